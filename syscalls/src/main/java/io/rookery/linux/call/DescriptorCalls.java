package io.rookery.linux.call;

import static io.rookery.linux.vfs.OpenFlags.AT_FDCWD;
import static io.rookery.linux.vfs.OpenFlags.O_CLOEXEC;
import static io.rookery.linux.vfs.OpenFlags.O_CREAT;
import static io.rookery.linux.vfs.OpenFlags.O_DIRECTORY;
import static io.rookery.linux.vfs.OpenFlags.O_LARGEFILE;
import static io.rookery.linux.vfs.OpenFlags.O_NOFOLLOW;
import static io.rookery.linux.vfs.OpenFlags.O_PATH;
import static io.rookery.linux.vfs.OpenFlags.O_TMPFILE;
import static io.rookery.linux.vfs.OpenFlags.O_TRUNC;
import static io.rookery.linux.vfs.OpenFlags.O_WRONLY;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.Socket;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.vfs.FileDescription;

/** Opening, closing and duplicating descriptors. */
public final class DescriptorCalls {
  private static final int VALID_OPEN_FLAGS = 037777703; // VALID_OPEN_FLAGS of Linux's fcntl.h
  private static final int CREATE_DIRECTORY = O_CREAT | O_DIRECTORY;
  private static final int OPEN_HOW_SIZE = 24;
  private static final int RESOLVE_CACHED = 0x20;

  /** What may go with O_PATH. */
  private static final long PATH_FLAGS = O_PATH | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW;

  private static final int CLOSE_RANGE_UNSHARE = 2;
  private static final int CLOSE_RANGE_CLOEXEC = 4;

  private DescriptorCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(2, "open", DescriptorCalls::open, "path*, flags, mode");
    t.row(257, "openat", DescriptorCalls::openat, "dirfd, path*, flags, mode");
    t.row(437, "openat2", DescriptorCalls::openat2, "dirfd, path*, how*, size");
    t.row(85, "creat", DescriptorCalls::creat, "path*, mode");
    t.row(3, "close", DescriptorCalls::close, "fd");
    t.row(436, "close_range", DescriptorCalls::closeRange, "first, last, flags");
    t.row(32, "dup", DescriptorCalls::dup, "fd");
    t.row(33, "dup2", DescriptorCalls::dup2, "oldfd, newfd");
    t.row(292, "dup3", DescriptorCalls::dup3, "oldfd, newfd, flags");
  }

  static long open(Task t, long path, long flags, long mode, long d, long e, long f) {
    return open(t, AT_FDCWD, path, (int) flags | O_LARGEFILE, (int) mode, 0);
  }

  static long openat(Task t, long dirfd, long path, long flags, long mode, long e, long f) {
    return open(t, (int) dirfd, path, (int) flags | O_LARGEFILE, (int) mode, 0);
  }

  /** open(2) of 32-bit programs, which must ask for large files. */
  public static long open32(Task t, long path, long flags, long mode, long d, long e, long f) {
    return open(t, AT_FDCWD, path, (int) flags, (int) mode, 0);
  }

  /** openat(2) of 32-bit programs. */
  public static long openat32(
      Task t, long dirfd, long path, long flags, long mode, long e, long f) {
    return open(t, (int) dirfd, path, (int) flags, (int) mode, 0);
  }

  static long creat(Task t, long path, long mode, long c, long d, long e, long f) {
    return open(t, AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC | O_LARGEFILE, (int) mode, 0);
  }

  private static long open(Task t, int dirfd, long path, int flags, int mode, int resolve) {
    int known = flags & VALID_OPEN_FLAGS;
    boolean temporary = (flags & O_TMPFILE & ~O_DIRECTORY) != 0;
    if ((flags & O_PATH) == 0 && !temporary && (flags & CREATE_DIRECTORY) == CREATE_DIRECTORY) {
      throw Errno.EINVAL.exception();
    }
    byte[] name = UserIo.path(t, path);
    t.files().checkRoom();
    return install(t, t.kernel().vfs().open(t, dirfd, name, known, mode, resolve), flags);
  }

  /** Enters a new description, or lets it go where the table is full. */
  static long install(Task t, FileDescription d, int flags) {
    d.retain();
    try {
      return t.files().install(d, (flags & O_CLOEXEC) != 0);
    } finally {
      d.release();
    }
  }

  static long openat2(Task t, long dirfd, long path, long how, long size, long e, long f) {
    if (size < OPEN_HOW_SIZE) {
      throw Errno.EINVAL.exception();
    }
    if (size > 4096) {
      throw Errno.E2BIG.exception();
    }
    UserMemory m = t.memory();
    for (byte b : m.read(how + OPEN_HOW_SIZE, (int) size - OPEN_HOW_SIZE)) {
      if (b != 0) {
        throw Errno.E2BIG.exception();
      }
    }
    long flags = m.getLong(how);
    long mode = m.getLong(how + 8);
    long resolve = m.getLong(how + 16);
    boolean creates = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    if ((flags & ~(long) VALID_OPEN_FLAGS) != 0
        || (resolve & ~0x3fL) != 0
        || (resolve & 0x18) == 0x18
        || (mode & ~07777L) != 0
        || (mode != 0 && !creates)
        || ((flags & O_PATH) != 0 && (flags & ~PATH_FLAGS) != 0)) {
      throw Errno.EINVAL.exception();
    }
    if ((resolve & RESOLVE_CACHED) != 0 && (creates || (flags & O_TRUNC) != 0)) {
      throw Errno.EAGAIN.exception();
    }
    return open(t, (int) dirfd, path, (int) flags | O_LARGEFILE, (int) mode, (int) resolve);
  }

  static long close(Task t, long fd, long b, long c, long d, long e, long f) {
    FileDescription file = t.files().find((int) fd);
    t.files().close((int) fd, t.process());
    if (file instanceof Socket s) {
      s.linger(t);
    }
    return 0;
  }

  static long closeRange(Task t, long first, long last, long flags, long d, long e, long f) {
    long from = first & 0xffffffffL;
    long to = last & 0xffffffffL;
    if (from > to || ((int) flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) != 0) {
      throw Errno.EINVAL.exception();
    }
    if ((flags & CLOSE_RANGE_UNSHARE) != 0 && t.files().shared()) {
      var old = t.files();
      t.setFiles(old.copy());
      old.release(t.process());
    }
    int low = (int) Math.min(from, Integer.MAX_VALUE);
    int high = (int) Math.min(to, Integer.MAX_VALUE);
    if ((flags & CLOSE_RANGE_CLOEXEC) != 0) {
      t.files().setCloseOnExec(low, high);
    } else {
      t.files().closeRange(low, high, t.process());
    }
    return 0;
  }

  static long dup(Task t, long fd, long b, long c, long d, long e, long f) {
    return t.files().install(t.files().get((int) fd), false);
  }

  static long dup2(Task t, long oldfd, long newfd, long c, long d, long e, long f) {
    FileDescription from = t.files().get((int) oldfd);
    if ((int) oldfd == (int) newfd) {
      return newfd;
    }
    t.files().installAt((int) newfd, from, false, t.process());
    return (int) newfd;
  }

  static long dup3(Task t, long oldfd, long newfd, long flags, long d, long e, long f) {
    if (((int) flags & ~O_CLOEXEC) != 0 || (int) oldfd == (int) newfd) {
      throw Errno.EINVAL.exception();
    }
    FileDescription from = t.files().get((int) oldfd);
    t.files().installAt((int) newfd, from, (flags & O_CLOEXEC) != 0, t.process());
    return (int) newfd;
  }
}
