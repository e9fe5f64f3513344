package io.rookery.linux.call;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.OpenFlags;

/** Reading, writing, seeking and sizes of open files. */
public final class FileCalls {
  private static final int SEEK_END = 2;
  private static final int SEEK_HOLE = 4;
  private static final int FALLOC_KEEP_SIZE = 1;
  private static final int FALLOC_PUNCH_HOLE = 2;
  private static final int FALLOC_COLLAPSE_RANGE = 8;
  private static final int FALLOC_ZERO_RANGE = 0x10;
  private static final int FALLOC_INSERT_RANGE = 0x20;
  private static final int FALLOC_UNSHARE_RANGE = 0x40;
  private static final int RWF_HIPRI = 1;
  private static final int RWF_DSYNC = 2;
  private static final int RWF_SYNC = 4;
  private static final int RWF_NOWAIT = 8;
  private static final int RWF_APPEND = 16;

  private FileCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(0, "read", FileCalls::read, "fd, buf*, size");
    t.row(1, "write", FileCalls::write, "fd, buf*, size");
    t.row(8, "lseek", FileCalls::lseek, "fd, off, whence");
    t.row(17, "pread64", FileCalls::pread, "fd, buf*, size, off");
    t.row(18, "pwrite64", FileCalls::pwrite, "fd, buf*, size, off");
    t.row(19, "readv", FileCalls::readv, "fd, iov*, count");
    t.row(20, "writev", FileCalls::writev, "fd, iov*, count");
    t.row(295, "preadv", FileCalls::preadv, "fd, iov*, count, off");
    t.row(296, "pwritev", FileCalls::pwritev, "fd, iov*, count, off");
    t.row(327, "preadv2", FileCalls::preadv2, "fd, iov*, count, off, off, flags");
    t.row(328, "pwritev2", FileCalls::pwritev2, "fd, iov*, count, off, off, flags");
    t.row(74, "fsync", (k, a, b, c, d, e, f) -> sync(k, a, false), "fd");
    t.row(75, "fdatasync", (k, a, b, c, d, e, f) -> sync(k, a, true), "fd");
    t.row(76, "truncate", FileCalls::truncate, "path*, off");
    t.row(77, "ftruncate", FileCalls::ftruncate, "fd, off");
    t.row(162, "sync", FileCalls::syncAll, "");
    t.row(306, "syncfs", FileCalls::syncfs, "fd");
    t.row(277, "sync_file_range", FileCalls::syncRange, "fd, off, off, flags");
    t.row(285, "fallocate", FileCalls::fallocate, "fd, flags, off, off");
    t.row(221, "fadvise64", FileCalls::fadvise, "fd, off, off, advice");
    t.row(187, "readahead", FileCalls::readahead, "fd, off, size");
  }

  private static UserIo.Piece[] one(long address, long count) {
    return new UserIo.Piece[] {new UserIo.Piece(address, UserIo.size(count))};
  }

  private static FileDescription readable(Task t, long fd) {
    FileDescription d = t.files().getForIo((int) fd);
    if (!d.readable()) {
      throw Errno.EBADF.exception();
    }
    return d;
  }

  private static FileDescription writable(Task t, long fd) {
    FileDescription d = t.files().getForIo((int) fd);
    if (!d.writable()) {
      throw Errno.EBADF.exception();
    }
    return d;
  }

  static long read(Task t, long fd, long buf, long count, long d, long e, long f) {
    FileDescription file = readable(t, fd);
    return readPieces(t, file, one(buf, count));
  }

  private static long readPieces(Task t, FileDescription file, UserIo.Piece[] pieces) {
    return UserIo.read(t, file, pieces, false, (b, o, n, done) -> file.read(t, b, o, n));
  }

  static long write(Task t, long fd, long buf, long count, long d, long e, long f) {
    FileDescription file = writable(t, fd);
    return writePieces(t, file, one(buf, count));
  }

  static long readv(Task t, long fd, long iov, long count, long d, long e, long f) {
    FileDescription file = readable(t, fd);
    return readPieces(t, file, UserIo.pieces(t, iov, count));
  }

  static long writev(Task t, long fd, long iov, long count, long d, long e, long f) {
    FileDescription file = writable(t, fd);
    return writePieces(t, file, UserIo.pieces(t, iov, count));
  }

  private static long writePieces(Task t, FileDescription file, UserIo.Piece[] pieces) {
    return UserIo.write(t, file, pieces, (b, o, n, done) -> file.write(t, b, o, n));
  }

  static long pread(Task t, long fd, long buf, long count, long position, long e, long f) {
    return preadPieces(t, positioned(t, fd, position, false), one(buf, count), position);
  }

  private static long preadPieces(
      Task t, FileDescription file, UserIo.Piece[] pieces, long position) {
    checkEnd(pieces, position);
    return UserIo.read(
        t, file, pieces, true, (b, o, n, done) -> file.pread(t, b, o, n, position + done));
  }

  static long pwrite(Task t, long fd, long buf, long count, long position, long e, long f) {
    return pwritePieces(t, positioned(t, fd, position, true), one(buf, count), position);
  }

  private static long pwritePieces(
      Task t, FileDescription file, UserIo.Piece[] pieces, long position) {
    checkEnd(pieces, position);
    return UserIo.write(
        t, file, pieces, (b, o, n, done) -> file.pwrite(t, b, o, n, position + done));
  }

  /** No position behind the last one there is. */
  private static void checkEnd(UserIo.Piece[] pieces, long position) {
    if (position > Long.MAX_VALUE - UserIo.total(pieces)) {
      throw Errno.EINVAL.exception();
    }
  }

  /** The description for a call with a position; streams have none, whatever their mode. */
  private static FileDescription positioned(Task t, long fd, long position, boolean write) {
    if (position < 0) {
      throw Errno.EINVAL.exception();
    }
    FileDescription d = t.files().getForIo((int) fd);
    if (!d.positioned()) {
      throw Errno.ESPIPE.exception();
    }
    return write ? writable(t, fd) : readable(t, fd);
  }

  static long preadv(Task t, long fd, long iov, long count, long position, long e, long f) {
    FileDescription file = positioned(t, fd, position, false);
    return preadPieces(t, file, UserIo.pieces(t, iov, count), position);
  }

  static long pwritev(Task t, long fd, long iov, long count, long position, long e, long f) {
    FileDescription file = positioned(t, fd, position, true);
    return pwritePieces(t, file, UserIo.pieces(t, iov, count), position);
  }

  static long preadv2(Task t, long fd, long iov, long count, long position, long e, long flags) {
    FileDescription file = position == -1 ? readable(t, fd) : positioned(t, fd, position, false);
    UserIo.Piece[] pieces = UserIo.pieces(t, iov, count);
    checkRwFlags(flags, RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND);
    if ((flags & RWF_NOWAIT) != 0 && (file.poll() & FileDescription.POLLIN) == 0) {
      throw Errno.EAGAIN.exception();
    }
    return position == -1 ? readPieces(t, file, pieces) : preadPieces(t, file, pieces, position);
  }

  static long pwritev2(Task t, long fd, long iov, long count, long position, long e, long flags) {
    FileDescription file = position == -1 ? writable(t, fd) : positioned(t, fd, position, true);
    UserIo.Piece[] pieces = UserIo.pieces(t, iov, count);
    checkRwFlags(flags, RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_APPEND);
    boolean append = (flags & RWF_APPEND) != 0 && file.seekable();
    if (append && position == -1) {
      file.seek(0, SEEK_END);
    }
    long written;
    if (append && position != -1) {
      written = pwritePieces(t, file, pieces, file.inode().size());
    } else if (position == -1) {
      written = writePieces(t, file, pieces);
    } else {
      written = pwritePieces(t, file, pieces, position);
    }
    if ((flags & (RWF_DSYNC | RWF_SYNC)) != 0) {
      file.sync((flags & RWF_SYNC) == 0);
    }
    return written;
  }

  private static void checkRwFlags(long flags, int known) {
    if (((int) flags & ~known) != 0) {
      throw Errno.EOPNOTSUPP.exception();
    }
  }

  static long lseek(Task t, long fd, long offset, long whence, long d, long e, long f) {
    FileDescription file = t.files().getForIo((int) fd);
    if ((int) whence < 0 || (int) whence > SEEK_HOLE) {
      throw Errno.EINVAL.exception();
    }
    return file.seek(offset, (int) whence);
  }

  private static long sync(Task t, long fd, boolean dataOnly) {
    t.files().getForIo((int) fd).sync(dataOnly);
    return 0;
  }

  static long truncate(Task t, long path, long size, long c, long d, long e, long f) {
    if (size < 0) {
      throw Errno.EINVAL.exception();
    }
    t.kernel()
        .vfs()
        .attributes()
        .truncate(
            t, t.kernel().vfs().resolve(t, OpenFlags.AT_FDCWD, UserIo.path(t, path), true), size);
    return 0;
  }

  static long ftruncate(Task t, long fd, long size, long c, long d, long e, long f) {
    if (size < 0) {
      throw Errno.EINVAL.exception();
    }
    FileDescription file = t.files().getForIo((int) fd);
    if (!file.writable()) {
      throw Errno.EINVAL.exception();
    }
    file.truncate(t, size);
    return 0;
  }

  static long syncAll(Task t, long a, long b, long c, long d, long e, long f) {
    t.fs().namespace().mounts().forEach(m -> m.fileSystem().sync());
    return 0;
  }

  static long syncfs(Task t, long fd, long b, long c, long d, long e, long f) {
    t.files().getForIo((int) fd).inode().fileSystem().sync();
    return 0;
  }

  static long syncRange(Task t, long fd, long offset, long n, long flags, long e, long f) {
    FileDescription file = t.files().getForIo((int) fd);
    if (((int) flags & ~7) != 0 || offset < 0 || n < 0 || offset > Long.MAX_VALUE - n) {
      throw Errno.EINVAL.exception();
    }
    if (!file.seekable() && !file.inode().isDirectory()) {
      throw Errno.ESPIPE.exception();
    }
    file.sync(true);
    return 0;
  }

  static long fallocate(Task t, long fd, long mode, long offset, long length, long e, long f) {
    FileDescription file = t.files().getForIo((int) fd);
    if (offset < 0 || length <= 0) {
      throw Errno.EINVAL.exception();
    }
    checkFallocateMode((int) mode);
    if (!file.writable()) {
      throw Errno.EBADF.exception();
    }
    if (offset > Long.MAX_VALUE - length) {
      throw Errno.EFBIG.exception();
    }
    if (!file.inode().isRegular()) {
      Errno refused =
          switch (file.inode().mode() & FileMode.S_IFMT) {
            case FileMode.S_IFIFO -> Errno.ESPIPE;
            case FileMode.S_IFDIR -> Errno.EISDIR;
            default -> Errno.ENODEV;
          };
      throw refused.exception();
    }
    file.allocate(t, (int) mode, offset, length);
    return 0;
  }

  /** The combinations that vfs_fallocate lets through to a file system. */
  private static void checkFallocateMode(int mode) {
    boolean keepSize = (mode & FALLOC_KEEP_SIZE) != 0;
    boolean known =
        switch (mode & ~FALLOC_KEEP_SIZE) {
          case 0, FALLOC_ZERO_RANGE, FALLOC_UNSHARE_RANGE -> true;
          case FALLOC_PUNCH_HOLE -> keepSize;
          case FALLOC_COLLAPSE_RANGE, FALLOC_INSERT_RANGE -> !keepSize;
          default -> false;
        };
    if (!known) {
      throw Errno.EOPNOTSUPP.exception();
    }
  }

  static long fadvise(Task t, long fd, long offset, long length, long advice, long e, long f) {
    FileDescription file = t.files().getForIo((int) fd);
    if ((file.inode().mode() & 0170000) == 0010000) {
      throw Errno.ESPIPE.exception();
    }
    if (advice < 0 || advice > 5 || length < 0) {
      throw Errno.EINVAL.exception();
    }
    return 0;
  }

  static long readahead(Task t, long fd, long offset, long count, long d, long e, long f) {
    if (!readable(t, fd).inode().isRegular()) {
      throw Errno.EINVAL.exception();
    }
    return 0;
  }
}
