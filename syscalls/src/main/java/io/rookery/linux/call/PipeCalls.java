package io.rookery.linux.call;

import static io.rookery.linux.vfs.OpenFlags.O_CLOEXEC;
import static io.rookery.linux.vfs.OpenFlags.O_DIRECT;
import static io.rookery.linux.vfs.OpenFlags.O_NONBLOCK;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.ipc.PipeEnd;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.OpenFlags;
import org.jspecify.annotations.Nullable;

/** Pipes, and the calls that move data between descriptions without guest memory. */
@SuppressWarnings("ReferenceEquality") // owners and files are who they are, not what they hold
public final class PipeCalls {
  private static final int CHUNK = 64 * 1024;
  private static final int SPLICE_F_NONBLOCK = 2;
  private static final int SPLICE_FLAGS = 15;
  private static final int SIGPIPE = 13;
  private static final int SEEK_SET = 0;
  private static final int SEEK_CUR = 1;

  private PipeCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(22, "pipe", (k, fds, b, c, d, e, f) -> pipe(k, fds, 0), "fds*");
    t.row(293, "pipe2", (k, fds, flags, c, d, e, f) -> pipe(k, fds, flags), "fds*, flags");
    t.row(40, "sendfile", PipeCalls::sendfile, "out, in, offset*, size");
    t.row(326, "copy_file_range", PipeCalls::copyFileRange, "in, off*, out, off*, size, flags");
    t.row(275, "splice", PipeCalls::splice, "in, off*, out, off*, size, flags");
    t.row(276, "tee", PipeCalls::tee, "in, out, size, flags");
    t.row(
        278,
        "vmsplice",
        PipeCalls::vmsplice,
        "fd, iov*, count, flags",
        Support.PARTIAL,
        "copies; SPLICE_F_GIFT has no effect");
  }

  private static long pipe(Task t, long fds, long flags) {
    if (((int) flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) != 0) {
      throw Errno.EINVAL.exception();
    }
    PipeEnd[] ends = PipeEnd.newPipe(t, t.kernel().vfs(), (int) flags & (O_NONBLOCK | O_DIRECT));
    installPair(t, ends[0], ends[1], fds, (flags & O_CLOEXEC) != 0);
    return 0;
  }

  /** Enters two new descriptions and stores their numbers; all or nothing. */
  static void installPair(
      Task t, FileDescription first, FileDescription second, long fds, boolean cloexec) {
    int a = -1;
    int b = -1;
    first.retain();
    second.retain();
    try {
      a = t.files().install(first, cloexec);
      b = t.files().install(second, cloexec);
      t.memory().putInt(fds, a);
      t.memory().putInt(fds + 4, b);
    } catch (ErrnoException e) {
      for (int fd : new int[] {a, b}) {
        if (fd >= 0) {
          t.files().closeRange(fd, fd, t.process());
        }
      }
      throw e;
    } finally {
      first.release();
      second.release();
    }
  }

  private static FileDescription input(Task t, long fd) {
    FileDescription d = t.files().getForIo((int) fd);
    if (!d.readable()) {
      throw Errno.EBADF.exception();
    }
    return d;
  }

  private static FileDescription output(Task t, long fd) {
    FileDescription d = t.files().getForIo((int) fd);
    if (!d.writable()) {
      throw Errno.EBADF.exception();
    }
    return d;
  }

  /**
   * Copies; positions of -1 mean the descriptions' own. Returns what was written; the rest of what
   * was read stays with the input.
   */
  private static long copy(
      Task t, FileDescription in, long inAt, FileDescription out, long outAt, long count) {
    byte[] buffer = UserIo.buffer(Math.max(CHUNK, 1));
    boolean ownPosition = inAt < 0 && in.seekable();
    long from = ownPosition ? in.seek(0, SEEK_CUR) : inAt;
    long done = 0;
    while (done < count) {
      int want = (int) Math.min(CHUNK, count - done);
      int n = 0;
      int written = 0;
      try {
        n = from < 0 ? in.read(t, buffer, 0, want) : in.pread(t, buffer, 0, want, from + done);
        while (written < n) {
          written += put(t, out, outAt < 0 ? -1 : outAt + done + written, buffer, written, n);
        }
      } catch (ErrnoException e) {
        if (e.errno() == Errno.EPIPE) {
          t.signalSelf(SIGPIPE);
        }
        if (written < n) {
          in.putBack(buffer, written, n - written);
        }
        if (done + written == 0) {
          throw e;
        }
      }
      done += written;
      if (written == 0 || written < n || !in.wholeTransfers()) {
        break;
      }
    }
    if (ownPosition) {
      in.seek(from + done, SEEK_SET);
    }
    return done;
  }

  private static int put(Task t, FileDescription out, long at, byte[] data, int start, int end) {
    return at < 0
        ? out.write(t, data, start, end - start)
        : out.pwrite(t, data, start, end - start, at);
  }

  private static long offset(Task t, long address) {
    if (address == 0) {
      return -1;
    }
    long offset = t.memory().getLong(address);
    if (offset < 0) {
      throw Errno.EINVAL.exception();
    }
    return offset;
  }

  private static void advance(Task t, long address, long by) {
    if (address != 0) {
      t.memory().putLong(address, t.memory().getLong(address) + by);
    }
  }

  static long sendfile(Task t, long outFd, long inFd, long offset, long count, long e, long f) {
    FileDescription in = input(t, inFd);
    FileDescription out = output(t, outFd);
    long at = offset(t, offset);
    if (at >= 0 && !in.seekable()) {
      throw Errno.ESPIPE.exception();
    }
    if ((!in.seekable() && !(in instanceof PipeEnd)) || (out.flags() & OpenFlags.O_APPEND) != 0) {
      throw Errno.EINVAL.exception();
    }
    long n = copy(t, in, at, out, -1, UserIo.size(count));
    advance(t, offset, n);
    return n;
  }

  static long copyFileRange(
      Task t, long inFd, long inOff, long outFd, long outOff, long count, long flags) {
    FileDescription in = input(t, inFd);
    FileDescription out = output(t, outFd);
    if (flags != 0) {
      throw Errno.EINVAL.exception();
    }
    if (in.inode().isDirectory() || out.inode().isDirectory()) {
      throw Errno.EISDIR.exception();
    }
    if (!in.inode().isRegular() || !out.inode().isRegular()) {
      throw Errno.EINVAL.exception();
    }
    if ((out.flags() & OpenFlags.O_APPEND) != 0) {
      throw Errno.EBADF.exception();
    }
    checkWrap(t, inOff, count);
    checkWrap(t, outOff, count);
    long from = offset(t, inOff);
    long to = offset(t, outOff);
    long size = UserIo.size(count);
    if (in.inode() == out.inode()) {
      long a = from >= 0 ? from : in.seek(0, 1);
      long b = to >= 0 ? to : out.seek(0, 1);
      if (a < b + size && b < a + size) {
        throw Errno.EINVAL.exception();
      }
    }
    long n = copy(t, in, from, out, to, size);
    advance(t, inOff, n);
    advance(t, outOff, n);
    return n;
  }

  /** No range may wrap around, as an unsigned one. */
  private static void checkWrap(Task t, long address, long count) {
    if (address != 0) {
      long offset = t.memory().getLong(address);
      if (Long.compareUnsigned(offset + count, offset) < 0) {
        throw Errno.EOVERFLOW.exception();
      }
    }
  }

  static long splice(
      Task t, long inFd, long inOff, long outFd, long outOff, long count, long flags) {
    if (((int) flags & ~SPLICE_FLAGS) != 0) {
      throw Errno.EINVAL.exception();
    }
    if (count == 0) {
      return 0;
    }
    FileDescription in = input(t, inFd);
    FileDescription out = output(t, outFd);
    PipeEnd from = in instanceof PipeEnd p ? p : null;
    PipeEnd to = out instanceof PipeEnd p ? p : null;
    if (from == null && to == null) {
      throw Errno.EINVAL.exception();
    }
    if ((from != null && inOff != 0) || (to != null && outOff != 0)) {
      throw Errno.ESPIPE.exception();
    }
    if (from != null && to != null && from.pipe() == to.pipe()) {
      throw Errno.EINVAL.exception();
    }
    if ((out.flags() & OpenFlags.O_APPEND) != 0) {
      throw Errno.EINVAL.exception();
    }
    if ((flags & SPLICE_F_NONBLOCK) != 0) {
      checkReady(from, to);
    }
    // A pipe moves what it has room or data for; more would wait in the middle.
    long room = to == null ? CHUNK : Math.max(1, to.pipe().capacity() - to.pipe().available());
    long n =
        copy(
            t,
            in,
            offset(t, inOff),
            out,
            offset(t, outOff),
            Math.min(UserIo.size(count), Math.min(room, CHUNK)));
    advance(t, inOff, n);
    advance(t, outOff, n);
    return n;
  }

  private static void checkReady(@Nullable PipeEnd from, @Nullable PipeEnd to) {
    boolean empty = from != null && from.poll() == 0;
    boolean full = to != null && to.poll() == 0;
    if (empty || full) {
      throw Errno.EAGAIN.exception();
    }
  }

  static long tee(Task t, long inFd, long outFd, long count, long flags, long e, long f) {
    if (((int) flags & ~SPLICE_FLAGS) != 0) {
      throw Errno.EINVAL.exception();
    }
    if (count == 0) {
      return 0;
    }
    if (!(input(t, inFd) instanceof PipeEnd in)
        || !(output(t, outFd) instanceof PipeEnd out)
        || in.pipe() == out.pipe()) {
      throw Errno.EINVAL.exception();
    }
    boolean wait = (flags & SPLICE_F_NONBLOCK) == 0 && !in.nonBlocking();
    byte[] data = in.peek(t, (int) Math.min(UserIo.size(count), CHUNK), wait);
    return data.length == 0 ? 0 : out.write(t, data, 0, data.length);
  }

  static long vmsplice(Task t, long fd, long iov, long count, long flags, long e, long f) {
    if (((int) flags & ~SPLICE_FLAGS) != 0) {
      throw Errno.EINVAL.exception();
    }
    FileDescription d = t.files().getForIo((int) fd);
    if (!(d instanceof PipeEnd end)) {
      throw Errno.EBADF.exception();
    }
    UserIo.Piece[] pieces = UserIo.pieces(t, iov, count);
    if ((flags & SPLICE_F_NONBLOCK) != 0 && UserIo.total(pieces) > 0) {
      checkReady(d.readable() ? end : null, d.writable() ? end : null);
    }
    return d.writable()
        ? UserIo.write(t, d, pieces, (b, o, n, done) -> d.write(t, b, o, n))
        : UserIo.read(t, d, pieces, false, (b, o, n, done) -> d.read(t, b, o, n));
  }
}
