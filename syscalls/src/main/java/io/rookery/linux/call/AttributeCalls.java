package io.rookery.linux.call;

import static io.rookery.linux.vfs.OpenFlags.AT_EMPTY_PATH;
import static io.rookery.linux.vfs.OpenFlags.AT_FDCWD;
import static io.rookery.linux.vfs.OpenFlags.AT_SYMLINK_NOFOLLOW;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Timespec;
import io.rookery.linux.vfs.Vfs;
import org.jspecify.annotations.Nullable;

/** Modes, owners and times of files. */
public final class AttributeCalls {
  private static final long UTIME_NOW = 0x3fffffff;
  private static final long UTIME_OMIT = 0x3ffffffe;

  private AttributeCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(90, "chmod", AttributeCalls::chmod, "path*, mode");
    t.row(91, "fchmod", AttributeCalls::fchmod, "fd, mode");
    t.row(268, "fchmodat", AttributeCalls::fchmodat, "dirfd, path*, mode");
    t.row(452, "fchmodat2", AttributeCalls::fchmodat2, "dirfd, path*, mode, flags");
    t.row(92, "chown", AttributeCalls::chown, "path*, uid, gid");
    t.row(93, "fchown", AttributeCalls::fchown, "fd, uid, gid");
    t.row(94, "lchown", AttributeCalls::lchown, "path*, uid, gid");
    t.row(260, "fchownat", AttributeCalls::fchownat, "dirfd, path*, uid, gid, flags");
    t.row(132, "utime", AttributeCalls::utime, "path*, times*");
    t.row(235, "utimes", AttributeCalls::utimes, "path*, times*");
    t.row(261, "futimesat", AttributeCalls::futimesat, "dirfd, path*, times*");
    t.row(280, "utimensat", AttributeCalls::utimensat, "dirfd, path*, times*, flags");
  }

  static long chmod(Task t, long path, long mode, long c, long d, long e, long f) {
    return chmod(t, StatCalls.find(t, AT_FDCWD, UserIo.path(t, path), 0), mode);
  }

  static long fchmod(Task t, long fd, long mode, long c, long d, long e, long f) {
    FileDescription file = t.files().getForIo((int) fd);
    return chmod(t, new StatCalls.Target(file.inode(), file.path()), mode);
  }

  static long fchmodat(Task t, long dirfd, long path, long mode, long d, long e, long f) {
    return chmod(t, StatCalls.find(t, dirfd, UserIo.path(t, path), 0), mode);
  }

  static long fchmodat2(Task t, long dirfd, long path, long mode, long flags, long e, long f) {
    if (((int) flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
      throw Errno.EINVAL.exception();
    }
    return chmod(t, StatCalls.find(t, dirfd, UserIo.path(t, path), flags), mode);
  }

  private static long chmod(Task t, StatCalls.Target target, long mode) {
    t.kernel().vfs().attributes().chmod(t, target.inode(), target.path(), (int) mode);
    return 0;
  }

  static long chown(Task t, long path, long uid, long gid, long d, long e, long f) {
    return chown(t, StatCalls.find(t, AT_FDCWD, UserIo.path(t, path), 0), uid, gid);
  }

  static long lchown(Task t, long path, long uid, long gid, long d, long e, long f) {
    return chown(
        t, StatCalls.find(t, AT_FDCWD, UserIo.path(t, path), AT_SYMLINK_NOFOLLOW), uid, gid);
  }

  static long fchown(Task t, long fd, long uid, long gid, long d, long e, long f) {
    FileDescription file = t.files().getForIo((int) fd);
    return chown(t, new StatCalls.Target(file.inode(), file.path()), uid, gid);
  }

  static long fchownat(Task t, long dirfd, long path, long uid, long gid, long flags, long f) {
    if (((int) flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
      throw Errno.EINVAL.exception();
    }
    return chown(t, StatCalls.find(t, dirfd, UserIo.path(t, path), flags), uid, gid);
  }

  private static long chown(Task t, StatCalls.Target target, long uid, long gid) {
    t.kernel().vfs().attributes().chown(t, target.inode(), target.path(), (int) uid, (int) gid);
    return 0;
  }

  static long utime(Task t, long path, long times, long c, long d, long e, long f) {
    StatCalls.Target target = StatCalls.find(t, AT_FDCWD, UserIo.path(t, path), 0);
    if (times == 0) {
      return setNow(t, target);
    }
    Timespec atime = new Timespec(t.memory().getLong(times), 0);
    Timespec mtime = new Timespec(t.memory().getLong(times + 8), 0);
    return set(t, target, atime, mtime, false);
  }

  static long utimes(Task t, long path, long times, long c, long d, long e, long f) {
    return futimesat(t, AT_FDCWD, path, times, d, e, f);
  }

  static long futimesat(Task t, long dirfd, long path, long times, long d, long e, long f) {
    StatCalls.Target target = timed(t, dirfd, path, 0);
    if (times == 0) {
      return setNow(t, target);
    }
    return set(t, target, timeval(t.memory(), times), timeval(t.memory(), times + 16), false);
  }

  private static Timespec timeval(UserMemory m, long address) {
    long micros = m.getLong(address + 8);
    if (micros < 0 || micros >= 1_000_000) {
      throw Errno.EINVAL.exception();
    }
    return new Timespec(m.getLong(address), (int) micros * 1000);
  }

  static long utimensat(Task t, long dirfd, long path, long times, long flags, long e, long f) {
    if (((int) flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
      throw Errno.EINVAL.exception();
    }
    UserMemory m = t.memory();
    long atimeNanos = times == 0 ? UTIME_NOW : m.getLong(times + 8);
    long mtimeNanos = times == 0 ? UTIME_NOW : m.getLong(times + 24);
    checkNanos(atimeNanos);
    checkNanos(mtimeNanos);
    if (atimeNanos == UTIME_OMIT && mtimeNanos == UTIME_OMIT) {
      return 0;
    }
    StatCalls.Target target = timed(t, dirfd, path, flags);
    if (atimeNanos == UTIME_NOW && mtimeNanos == UTIME_NOW) {
      return setNow(t, target);
    }
    Vfs vfs = t.kernel().vfs();
    return set(
        t,
        target,
        time(vfs, times == 0 ? 0 : m.getLong(times), atimeNanos),
        time(vfs, times == 0 ? 0 : m.getLong(times + 16), mtimeNanos),
        false);
  }

  /** What a name means; without one, the file of the descriptor itself. */
  private static StatCalls.Target timed(Task t, long dirfd, long path, long flags) {
    if (path != 0 || (int) dirfd == AT_FDCWD) {
      return StatCalls.find(t, dirfd, UserIo.path(t, path), flags);
    }
    if ((int) flags != 0) {
      throw Errno.EINVAL.exception();
    }
    FileDescription file = t.files().getForIo((int) dirfd);
    return new StatCalls.Target(file.inode(), file.path());
  }

  private static void checkNanos(long nanos) {
    if (nanos != UTIME_NOW && nanos != UTIME_OMIT && (nanos < 0 || nanos > 999_999_999)) {
      throw Errno.EINVAL.exception();
    }
  }

  private static @Nullable Timespec time(Vfs vfs, long seconds, long nanos) {
    if (nanos == UTIME_OMIT) {
      return null;
    }
    return nanos == UTIME_NOW ? vfs.now() : new Timespec(seconds, (int) nanos);
  }

  private static long setNow(Task t, StatCalls.Target target) {
    Timespec now = t.kernel().vfs().now();
    return set(t, target, now, now, true);
  }

  private static long set(
      Task t,
      StatCalls.Target target,
      @Nullable Timespec atime,
      @Nullable Timespec mtime,
      boolean now) {
    t.kernel().vfs().attributes().setTimes(t, target.inode(), target.path(), atime, mtime, now);
    return 0;
  }
}
