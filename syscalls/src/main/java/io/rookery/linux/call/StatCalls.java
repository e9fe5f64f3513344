package io.rookery.linux.call;

import static io.rookery.linux.vfs.OpenFlags.AT_EACCESS;
import static io.rookery.linux.vfs.OpenFlags.AT_EMPTY_PATH;
import static io.rookery.linux.vfs.OpenFlags.AT_FDCWD;
import static io.rookery.linux.vfs.OpenFlags.AT_NO_AUTOMOUNT;
import static io.rookery.linux.vfs.OpenFlags.AT_SYMLINK_NOFOLLOW;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Mount;
import io.rookery.linux.vfs.Stat;
import io.rookery.linux.vfs.StatFs;
import io.rookery.linux.vfs.Subject;
import io.rookery.linux.vfs.Timespec;
import io.rookery.linux.vfs.VfsPath;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** The calls that tell about files: stat, statx, access, readlink and statfs. */
public final class StatCalls {
  private static final int STAT_SIZE = 144;
  private static final int STATX_SIZE = 256;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_BTIME = 0x800;
  private static final int STATX_MNT_ID = 0x1000;
  private static final int STATX_RESERVED = 0x8000_0000;
  private static final int AT_STATX_SYNC_TYPE = 0x6000;
  private static final int ST_VALID = 0x20;

  /** A file with the place it was found at, if there is one. */
  record Target(Inode inode, @Nullable VfsPath path) {}

  private StatCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(4, "stat", StatCalls::stat, "path*, buf*");
    t.row(5, "fstat", StatCalls::fstat, "fd, buf*");
    t.row(6, "lstat", StatCalls::lstat, "path*, buf*");
    t.row(262, "newfstatat", StatCalls::newfstatat, "dirfd, path*, buf*, flags");
    t.row(332, "statx", StatCalls::statx, "dirfd, path*, flags, flags, buf*");
    t.row(21, "access", StatCalls::access, "path*, mode");
    t.row(269, "faccessat", StatCalls::faccessat, "dirfd, path*, mode");
    t.row(439, "faccessat2", StatCalls::faccessat2, "dirfd, path*, mode, flags");
    t.row(89, "readlink", StatCalls::readlink, "path*, buf*, size");
    t.row(267, "readlinkat", StatCalls::readlinkat, "dirfd, path*, buf*, size");
    t.row(137, "statfs", StatCalls::statfs, "path*, buf*");
    t.row(138, "fstatfs", StatCalls::fstatfs, "fd, buf*");
  }

  /** Finds a file by the rules of the *at calls, AT_EMPTY_PATH included. */
  static Target find(Task t, long dirfd, byte[] path, long flags) {
    if (path.length == 0 && (flags & AT_EMPTY_PATH) != 0) {
      if ((int) dirfd == AT_FDCWD) {
        VfsPath cwd = t.fs().cwd();
        return new Target(cwd.inode(), cwd);
      }
      FileDescription d = t.files().get((int) dirfd);
      return new Target(d.inode(), d.path());
    }
    VfsPath p = t.kernel().vfs().resolve(t, (int) dirfd, path, (flags & AT_SYMLINK_NOFOLLOW) == 0);
    return new Target(p.inode(), p);
  }

  static long stat(Task t, long path, long buf, long c, long d, long e, long f) {
    return put(t, buf, find(t, AT_FDCWD, UserIo.path(t, path), 0).inode().stat());
  }

  static long lstat(Task t, long path, long buf, long c, long d, long e, long f) {
    return put(t, buf, find(t, AT_FDCWD, UserIo.path(t, path), AT_SYMLINK_NOFOLLOW).inode().stat());
  }

  static long fstat(Task t, long fd, long buf, long c, long d, long e, long f) {
    return put(t, buf, t.files().get((int) fd).inode().stat());
  }

  static long newfstatat(Task t, long dirfd, long path, long buf, long flags, long e, long f) {
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH)) != 0) {
      throw Errno.EINVAL.exception();
    }
    return put(t, buf, find(t, dirfd, UserIo.path(t, path), flags).inode().stat());
  }

  private static ByteBuffer structure(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static long put(Task t, long buf, Stat s) {
    byte[] bytes = new byte[STAT_SIZE];
    ByteBuffer b = structure(bytes);
    b.putLong(s.dev()).putLong(s.ino()).putLong(s.nlink());
    b.putInt(s.mode()).putInt(s.uid()).putInt(s.gid()).putInt(0);
    b.putLong(s.rdev()).putLong(s.size()).putLong(s.blockSize()).putLong(s.blocks());
    putTime(b, s.atime());
    putTime(b, s.mtime());
    putTime(b, s.ctime());
    t.memory().write(buf, bytes);
    return 0;
  }

  private static void putTime(ByteBuffer b, Timespec time) {
    b.putLong(time.seconds()).putLong(time.nanos());
  }

  static long statx(Task t, long dirfd, long path, long flags, long mask, long buf, long f) {
    if ((mask & STATX_RESERVED) != 0
        || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE
        || (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
            != 0) {
      throw Errno.EINVAL.exception();
    }
    Target target = find(t, dirfd, UserIo.path(t, path), flags);
    Stat s = target.inode().stat();
    byte[] bytes = new byte[STATX_SIZE];
    ByteBuffer b = structure(bytes);
    b.putInt(STATX_BASIC_STATS | STATX_BTIME | (target.path() == null ? 0 : STATX_MNT_ID));
    b.putInt(s.blockSize()).putLong(0).putInt((int) s.nlink());
    b.putInt(s.uid()).putInt(s.gid()).putShort((short) s.mode()).putShort((short) 0);
    b.putLong(s.ino()).putLong(s.size()).putLong(s.blocks()).putLong(0);
    putStatxTime(b, s.atime());
    putStatxTime(b, s.btime());
    putStatxTime(b, s.ctime());
    putStatxTime(b, s.mtime());
    b.putInt(FileMode.major(s.rdev())).putInt(FileMode.minor(s.rdev()));
    b.putInt(FileMode.major(s.dev())).putInt(FileMode.minor(s.dev()));
    b.putLong(target.path() == null ? 0 : target.path().mount().id());
    t.memory().write(buf, bytes);
    return 0;
  }

  private static void putStatxTime(ByteBuffer b, Timespec time) {
    b.putLong(time.seconds()).putInt(time.nanos()).putInt(0);
  }

  static long access(Task t, long path, long mode, long c, long d, long e, long f) {
    return check(t, AT_FDCWD, path, mode, 0);
  }

  static long faccessat(Task t, long dirfd, long path, long mode, long d, long e, long f) {
    return check(t, dirfd, path, mode, 0);
  }

  static long faccessat2(Task t, long dirfd, long path, long mode, long flags, long e, long f) {
    if ((flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
      throw Errno.EINVAL.exception();
    }
    return check(t, dirfd, path, mode, flags);
  }

  private static long check(Task t, long dirfd, long path, long mode, long flags) {
    if ((mode & ~7) != 0) {
      throw Errno.EINVAL.exception();
    }
    Subject subject =
        (flags & AT_EACCESS) != 0 ? Subject.of(t.credentials()) : Subject.real(t.credentials());
    byte[] name = UserIo.path(t, path);
    if (name.length == 0 && (flags & AT_EMPTY_PATH) != 0) {
      Target target = find(t, dirfd, name, flags);
      if (target.path() == null) {
        subject.check(target.inode(), (int) mode);
      } else {
        t.kernel().vfs().attributes().access(subject, target.path(), (int) mode);
      }
      return 0;
    }
    VfsPath p =
        t.kernel().vfs().resolve(t, subject, (int) dirfd, name, (flags & AT_SYMLINK_NOFOLLOW) == 0);
    t.kernel().vfs().attributes().access(subject, p, (int) mode);
    return 0;
  }

  static long readlink(Task t, long path, long buf, long size, long d, long e, long f) {
    return readlinkat(t, AT_FDCWD, path, buf, size, e, f);
  }

  static long readlinkat(Task t, long dirfd, long path, long buf, long size, long e, long f) {
    if ((int) size <= 0) {
      throw Errno.EINVAL.exception();
    }
    byte[] name = UserIo.path(t, path);
    boolean empty = name.length == 0 && (int) dirfd != AT_FDCWD;
    Inode inode = find(t, dirfd, name, empty ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW).inode();
    if (!inode.isSymlink()) {
      throw (empty ? Errno.ENOENT : Errno.EINVAL).exception();
    }
    byte[] target = inode.readLink(t);
    int n = Math.min((int) size, target.length);
    t.memory().write(buf, target, 0, n);
    return n;
  }

  static long statfs(Task t, long path, long buf, long c, long d, long e, long f) {
    VfsPath p = t.kernel().vfs().resolve(t, AT_FDCWD, UserIo.path(t, path), true);
    return put(t, buf, p.mount().fileSystem().statFs(), p.mount());
  }

  static long fstatfs(Task t, long fd, long buf, long c, long d, long e, long f) {
    FileDescription file = t.files().get((int) fd);
    VfsPath p = file.path();
    return put(t, buf, file.inode().fileSystem().statFs(), p == null ? null : p.mount());
  }

  private static long put(Task t, long buf, StatFs s, @Nullable Mount mount) {
    byte[] bytes = new byte[120];
    ByteBuffer b = structure(bytes);
    b.putLong(s.type()).putLong(s.blockSize()).putLong(s.blocks()).putLong(s.freeBlocks());
    b.putLong(s.availableBlocks()).putLong(s.files()).putLong(s.freeFiles()).putLong(s.id());
    b.putLong(s.nameLength()).putLong(s.blockSize()).putLong(ST_VALID | statFlags(mount));
    t.memory().write(buf, bytes);
    return 0;
  }

  /** ST_ flags of statvfs(3): the low ones are those of mount(2). */
  private static long statFlags(@Nullable Mount m) {
    if (m == null) {
      return 0;
    }
    int low = m.flags() & (Mount.MS_NOSUID | Mount.MS_NODEV | Mount.MS_NOEXEC);
    int relatime = m.has(Mount.MS_RELATIME) ? 0x1000 : 0;
    return low | relatime | (m.readOnly() ? Mount.MS_RDONLY : 0);
  }
}
