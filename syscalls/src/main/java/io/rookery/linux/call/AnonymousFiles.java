package io.rookery.linux.call;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.MemoryFiles;
import io.rookery.linux.ipc.EventFile;
import io.rookery.linux.ipc.SignalFile;
import io.rookery.linux.ipc.TimerFile;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.vfs.AnonymousInode;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.OpenFlags;

/** Files that exist as descriptors only: eventfd, timerfd, signalfd and memfd. */
public final class AnonymousFiles {
  private static final int EFD_SEMAPHORE = 1;
  private static final int TFD_ABSTIME = 1;
  private static final int TFD_CANCEL_ON_SET = 2;
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int MFD_NAME_MAX = 249;
  private static final long SECOND = 1_000_000_000L;
  private static final int COMMON = OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK;

  private AnonymousFiles() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(284, "eventfd", (k, n, b, c, d, e, f) -> eventfd(k, n, 0), "count");
    t.row(290, "eventfd2", (k, n, flags, c, d, e, f) -> eventfd(k, n, flags), "count, flags");
    t.row(283, "timerfd_create", AnonymousFiles::timerCreate, "clock, flags");
    t.row(286, "timerfd_settime", AnonymousFiles::timerSet, "fd, flags, new*, old*");
    t.row(287, "timerfd_gettime", AnonymousFiles::timerGet, "fd, value*");
    t.row(282, "signalfd", (k, fd, m, s, d, e, f) -> signalfd(k, fd, m, s, 0), "fd, mask*, size");
    t.row(
        289,
        "signalfd4",
        (k, fd, m, s, flags, e, f) -> signalfd(k, fd, m, s, flags),
        "fd, mask*, size, flags");
    t.row(319, "memfd_create", AnonymousFiles::memfdCreate, "name*, flags");
  }

  static AnonymousInode inode(Task t) {
    return t.kernel().vfs().anonymous().newInode(0600, 0, 0, t.kernel().vfs().now());
  }

  private static long eventfd(Task t, long count, long flags) {
    if (((int) flags & ~(COMMON | EFD_SEMAPHORE)) != 0) {
      throw Errno.EINVAL.exception();
    }
    int status = OpenFlags.O_RDWR | ((int) flags & OpenFlags.O_NONBLOCK);
    EventFile file = new EventFile(inode(t), status, (int) count, (flags & EFD_SEMAPHORE) != 0);
    return DescriptorCalls.install(t, file, (int) flags);
  }

  static long timerCreate(Task t, long clock, long flags, long c, long d, long e, long f) {
    boolean known = clock == 0 || clock == 1 || clock == 7 || clock == 8 || clock == 9;
    if (!known || ((int) flags & ~COMMON) != 0) {
      throw Errno.EINVAL.exception();
    }
    int status = OpenFlags.O_RDWR | ((int) flags & OpenFlags.O_NONBLOCK);
    return DescriptorCalls.install(
        t, new TimerFile(t.kernel(), inode(t), (int) clock, status), (int) flags);
  }

  private static TimerFile timer(Task t, long fd) {
    if (t.files().getForIo((int) fd) instanceof TimerFile f) {
      return f;
    }
    throw Errno.EINVAL.exception();
  }

  private static long time(UserMemory m, long address) {
    long seconds = m.getLong(address);
    long nanos = m.getLong(address + 8);
    if (seconds < 0 || nanos < 0 || nanos >= SECOND) {
      throw Errno.EINVAL.exception();
    }
    return seconds >= Long.MAX_VALUE / SECOND - 1 ? Long.MAX_VALUE : seconds * SECOND + nanos;
  }

  private static void put(UserMemory m, long address, TimerFile.Setting s) {
    m.putLong(address, s.interval() / SECOND);
    m.putLong(address + 8, s.interval() % SECOND);
    m.putLong(address + 16, s.remaining() / SECOND);
    m.putLong(address + 24, s.remaining() % SECOND);
  }

  static long timerSet(Task t, long fd, long flags, long value, long old, long e, long f) {
    if (((int) flags & ~(TFD_ABSTIME | TFD_CANCEL_ON_SET)) != 0) {
      throw Errno.EINVAL.exception();
    }
    long interval = time(t.memory(), value);
    long first = time(t.memory(), value + 16);
    TimerFile.Setting before = timer(t, fd).set(first, interval, (flags & TFD_ABSTIME) != 0);
    if (old != 0) {
      put(t.memory(), old, before);
    }
    return 0;
  }

  static long timerGet(Task t, long fd, long value, long c, long d, long e, long f) {
    put(t.memory(), value, timer(t, fd).get());
    return 0;
  }

  private static long signalfd(Task t, long fd, long mask, long size, long flags) {
    if (size != 8 || ((int) flags & ~COMMON) != 0) {
      throw Errno.EINVAL.exception();
    }
    long set =
        t.memory().getLong(mask) & ~(Signals.bit(Signals.SIGKILL) | Signals.bit(Signals.SIGSTOP));
    if ((int) fd == -1) {
      int status = OpenFlags.O_RDWR | ((int) flags & OpenFlags.O_NONBLOCK);
      return DescriptorCalls.install(
          t, new SignalFile(inode(t), t.process(), set, status), (int) flags);
    }
    if (!(t.files().getForIo((int) fd) instanceof SignalFile file)) {
      throw Errno.EINVAL.exception();
    }
    file.setMask(set);
    return fd;
  }

  static long memfdCreate(Task t, long name, long flags, long c, long d, long e, long f) {
    if (((int) flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING)) != 0) {
      throw Errno.EINVAL.exception();
    }
    byte[] text;
    try {
      text = t.memory().cString(name, MFD_NAME_MAX + 1);
    } catch (io.rookery.linux.errno.ErrnoException x) {
      throw x.errno() == Errno.ENAMETOOLONG ? Errno.EINVAL.exception() : x;
    }
    FileDescription file = MemoryFiles.create(t, text, (flags & MFD_ALLOW_SEALING) != 0);
    return DescriptorCalls.install(t, file, (flags & MFD_CLOEXEC) != 0 ? OpenFlags.O_CLOEXEC : 0);
  }
}
