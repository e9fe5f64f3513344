package io.rookery.linux.call;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.vfs.FileDescription;

/** Moves data between guest memory and descriptions, through a buffer of the thread. */
final class UserIo {
  /** The most that one call transfers (read(2), NOTES). */
  static final long MAX_RW = 0x7ffff000L;

  private static final int PAGE = 4096;
  private static final int SCRATCH = 128 * 1024;
  private static final int SMALL = 4096;
  private static final int PATH_MAX = 4096;
  private static final int IOV_MAX = 1024;
  private static final int SIGPIPE = 13;
  private static final ThreadLocal<byte[]> BUFFER =
      ThreadLocal.withInitial(() -> new byte[SCRATCH]);

  /** A piece of guest memory (struct iovec). */
  record Piece(long address, long length) {}

  /** One transfer from a description; position is ignored where the call has none. */
  @FunctionalInterface
  interface Transfer {
    int transfer(byte[] buffer, int offset, int length, long done);
  }

  /** Copies between an array and guest memory. */
  @FunctionalInterface
  private interface Copy {
    void copy(long address, byte[] data, int offset, int length);
  }

  private UserIo() {}

  /** A path argument; ENAMETOOLONG from PATH_MAX on. */
  static byte[] path(Task t, long address) {
    return t.memory().cString(address, PATH_MAX);
  }

  /** A buffer of the calling thread for up to {@code wanted} bytes; perhaps smaller. */
  static byte[] buffer(long wanted) {
    return wanted <= SMALL ? new byte[(int) wanted] : BUFFER.get();
  }

  /** Clips a size argument; one that no buffer can have is EFAULT, as access_ok finds. */
  static long size(long count) {
    if (count < 0) {
      throw Errno.EFAULT.exception();
    }
    return Math.min(count, MAX_RW);
  }

  /** Reads an array of struct iovec. */
  static Piece[] pieces(Task t, long address, long count) {
    if (count < 0 || count > IOV_MAX) {
      throw Errno.EINVAL.exception();
    }
    Piece[] pieces = new Piece[(int) count];
    UserMemory m = t.memory();
    long total = 0;
    for (int i = 0; i < pieces.length; i++) {
      long length = m.getLong(address + 16L * i + 8);
      if (length < 0) {
        throw Errno.EINVAL.exception();
      }
      length = Math.min(length, MAX_RW - total);
      total += length;
      pieces[i] = new Piece(m.getLong(address + 16L * i), length);
    }
    return pieces;
  }

  static long total(Piece[] pieces) {
    long sum = 0;
    for (Piece p : pieces) {
      sum += p.length();
    }
    return sum;
  }

  /**
   * Reads into guest memory; stops at the first short read, and after one where streams do. What
   * memory takes before it faults is read, unless from a stream.
   */
  static long read(Task t, FileDescription d, Piece[] pieces, boolean positioned, Transfer from) {
    long total = total(pieces);
    if (total == 0) {
      return from.transfer(new byte[0], 0, 0, 0);
    }
    byte[] buffer = buffer(total);
    long done = 0;
    while (done < total) {
      int want = (int) Math.min(buffer.length, total - done);
      int n;
      try {
        n = from.transfer(buffer, 0, want, done);
      } catch (ErrnoException e) {
        if (done > 0) {
          return done;
        }
        throw e;
      }
      int stored = copy(t.memory()::write, pieces, done, buffer, n);
      if (stored < n) {
        if (!d.wholeTransfers()) {
          d.putBack(buffer, 0, n);
          throw Errno.EFAULT.exception();
        }
        if (d.seekable() && !positioned) {
          d.seek(stored - (long) n, 1);
        }
        if (done + stored == 0) {
          throw Errno.EFAULT.exception();
        }
        return done + stored;
      }
      done += n;
      if (n < want || !d.wholeTransfers()) {
        break;
      }
    }
    return done;
  }

  /** Stores data behind the first {@code skip} bytes of the pieces. */
  static void scatter(UserMemory m, Piece[] pieces, long skip, byte[] data, int length) {
    if (copy(m::write, pieces, skip, data, length) < Math.min(length, total(pieces) - skip)) {
      throw Errno.EFAULT.exception();
    }
  }

  /** Up to {@code length} bytes of the pieces, in an array of that size. */
  static byte[] gathered(Task t, Piece[] pieces, long skip, int length) {
    byte[] data = new byte[length];
    if (copy(t.memory()::read, pieces, skip, data, length) < length) {
      throw Errno.EFAULT.exception();
    }
    return data;
  }

  /**
   * Copies between data and what is behind the first {@code skip} bytes of the pieces.
   *
   * @return how much could be copied before memory faulted or the pieces ended
   */
  private static int copy(Copy copy, Piece[] pieces, long skip, byte[] data, int length) {
    long before = 0;
    int done = 0;
    for (Piece p : pieces) {
      long in = skip + done - before;
      if (in < p.length() && done < length) {
        int n = (int) Math.min(p.length() - in, length - done);
        int copied = copy(copy, p.address() + in, data, done, n);
        done += copied;
        if (copied < n) {
          return done;
        }
      }
      before += p.length();
    }
    return done;
  }

  private static int copy(Copy copy, long address, byte[] data, int offset, int length) {
    if (copies(copy, address, data, offset, length)) {
      return length;
    }
    int done = 0;
    while (done < length) {
      long at = address + done;
      int n = (int) Math.min(length - done, PAGE - (at & PAGE - 1));
      if (!copies(copy, at, data, offset + done, n)) {
        break;
      }
      done += n;
    }
    return done;
  }

  private static boolean copies(Copy copy, long address, byte[] data, int offset, int length) {
    try {
      copy.copy(address, data, offset, length);
      return true;
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EFAULT) {
        throw e;
      }
      return false;
    }
  }

  /**
   * Writes from guest memory; a broken pipe raises SIGPIPE. What memory holds before it faults is
   * written, unless to a stream.
   */
  static long write(Task t, FileDescription d, Piece[] pieces, Transfer to) {
    long total = total(pieces);
    byte[] buffer = buffer(total);
    long done = 0;
    do {
      int want = (int) Math.min(buffer.length, total - done);
      int n;
      try {
        int there = copy(t.memory()::read, pieces, done, buffer, want);
        if (there < want && (there == 0 || !d.wholeTransfers())) {
          throw Errno.EFAULT.exception();
        }
        n = to.transfer(buffer, 0, there, done);
      } catch (ErrnoException e) {
        if (e.errno() == Errno.EPIPE) {
          t.signalSelf(SIGPIPE);
        }
        if (done > 0) {
          return done;
        }
        throw e;
      }
      done += n;
      if (n < want) {
        break;
      }
    } while (done < total);
    return done;
  }
}
