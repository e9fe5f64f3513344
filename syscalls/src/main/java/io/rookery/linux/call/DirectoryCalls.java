package io.rookery.linux.call;

import static io.rookery.linux.vfs.OpenFlags.AT_EMPTY_PATH;
import static io.rookery.linux.vfs.OpenFlags.AT_FDCWD;
import static io.rookery.linux.vfs.OpenFlags.AT_REMOVEDIR;
import static io.rookery.linux.vfs.OpenFlags.AT_SYMLINK_FOLLOW;
import static io.rookery.linux.vfs.OpenFlags.AT_SYMLINK_NOFOLLOW;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.DirEntry;
import io.rookery.linux.vfs.DirectoryFile;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.NameOperations;
import io.rookery.linux.vfs.Subject;
import io.rookery.linux.vfs.Vfs;
import io.rookery.linux.vfs.VfsPath;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Directories: listing, the working directory, and names made, moved and removed. */
public final class DirectoryCalls {
  private static final int MAX_LISTING = 64 * 1024;

  private static final int SEEK_SET = 0;
  private static final int SEEK_CUR = 1;

  private DirectoryCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(78, "getdents", DirectoryCalls::getdents, "fd, buf*, size");
    t.row(217, "getdents64", DirectoryCalls::getdents64, "fd, buf*, size");
    t.row(79, "getcwd", DirectoryCalls::getcwd, "buf*, size");
    t.row(80, "chdir", DirectoryCalls::chdir, "path*");
    t.row(81, "fchdir", DirectoryCalls::fchdir, "fd");
    t.row(161, "chroot", DirectoryCalls::chroot, "path*");
    t.row(83, "mkdir", DirectoryCalls::mkdir, "path*, mode");
    t.row(258, "mkdirat", DirectoryCalls::mkdirat, "dirfd, path*, mode");
    t.row(84, "rmdir", DirectoryCalls::rmdir, "path*");
    t.row(87, "unlink", DirectoryCalls::unlink, "path*");
    t.row(263, "unlinkat", DirectoryCalls::unlinkat, "dirfd, path*, flags");
    t.row(82, "rename", DirectoryCalls::rename, "oldpath*, newpath*");
    t.row(264, "renameat", DirectoryCalls::renameat, "dirfd, oldpath*, dirfd, newpath*");
    t.row(
        316,
        "renameat2",
        DirectoryCalls::renameat2,
        "dirfd, oldpath*, dirfd, newpath*, flags",
        Support.PARTIAL,
        "no RENAME_WHITEOUT: EINVAL");
    t.row(86, "link", DirectoryCalls::link, "oldpath*, newpath*");
    t.row(265, "linkat", DirectoryCalls::linkat, "dirfd, oldpath*, dirfd, newpath*, flags");
    t.row(88, "symlink", DirectoryCalls::symlink, "oldpath*, newpath*");
    t.row(266, "symlinkat", DirectoryCalls::symlinkat, "oldpath*, dirfd, newpath*");
    t.row(133, "mknod", DirectoryCalls::mknod, "path*, mode, dev");
    t.row(259, "mknodat", DirectoryCalls::mknodat, "dirfd, path*, mode, dev");
    t.row(95, "umask", DirectoryCalls::umask, "mode");
  }

  private static DirectoryFile directory(Task t, long fd) {
    FileDescription d = t.files().getForIo((int) fd);
    if (d instanceof DirectoryFile dir) {
      return dir;
    }
    throw Errno.ENOTDIR.exception();
  }

  static long getdents64(Task t, long fd, long buf, long count, long d, long e, long f) {
    return list(t, fd, buf, count, Format.DIRENT64);
  }

  static long getdents(Task t, long fd, long buf, long count, long d, long e, long f) {
    return list(t, fd, buf, count, Format.DIRENT);
  }

  /** getdents(2) with the structure of 32-bit programs. */
  public static long getdents32(Task t, long fd, long buf, long count, long d, long e, long f) {
    return list(t, fd, buf, count, Format.DIRENT_32);
  }

  /** readdir(2) of 32-bit programs: one entry; 0 at the end. */
  public static long readdir32(Task t, long fd, long buf, long count, long d, long e, long f) {
    long[] found = new long[1];
    directory(t, fd)
        .list(
            (entry, next) -> {
              if (found[0] != 0) {
                return false;
              }
              byte[] name = entry.name().bytes();
              t.memory().putInt(buf, (int) entry.ino());
              t.memory().putInt(buf + 4, (int) next);
              t.memory().putShort(buf + 8, (short) name.length);
              t.memory().write(buf + 10, Arrays.copyOf(name, name.length + 1));
              found[0] = 1;
              return true;
            });
    return found[0];
  }

  /** How an entry is laid out. */
  private enum Format {
    /** struct linux_dirent64: d_type before the name. */
    DIRENT64(19, 1, 8),
    /** struct linux_dirent: d_type in the last byte. */
    DIRENT(18, 2, 8),
    /** The same with 32-bit numbers. */
    DIRENT_32(10, 2, 4);

    final int header;
    final int trailer;
    final int alignment;

    Format(int header, int trailer, int alignment) {
      this.header = header;
      this.trailer = trailer;
      this.alignment = alignment;
    }
  }

  /** An address that is none leaves the position. */
  private static long list(Task t, long fd, long buf, long count, Format format) {
    DirectoryFile dir = directory(t, fd);
    int capacity = (int) Math.min(count & 0xffffffffL, MAX_LISTING);
    ByteBuffer b = ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
    boolean[] offered = new boolean[1];
    long before = dir.seek(0, SEEK_CUR);
    dir.list(
        (entry, next) -> {
          offered[0] = true;
          return append(b, entry, next, format);
        });
    if (offered[0] && b.position() == 0) {
      throw Errno.EINVAL.exception(); // no room for one entry
    }
    try {
      t.memory().write(buf, b.array(), 0, b.position());
    } catch (ErrnoException e) {
      dir.seek(before, SEEK_SET);
      throw e;
    }
    return b.position();
  }

  private static boolean append(ByteBuffer b, DirEntry entry, long next, Format format) {
    int size = format.header + entry.name().length() + format.trailer;
    size = size + format.alignment - 1 & -format.alignment;
    if (b.remaining() < size) {
      return false;
    }
    int end = b.position() + size;
    if (format == Format.DIRENT_32) {
      b.putInt((int) entry.ino()).putInt((int) next);
    } else {
      b.putLong(entry.ino()).putLong(next);
    }
    b.putShort((short) size);
    if (format == Format.DIRENT64) {
      b.put((byte) entry.type());
    }
    b.put(entry.name().bytes());
    if (format != Format.DIRENT64) {
      b.put(end - 1, (byte) entry.type());
    }
    b.position(end);
    return true;
  }

  static long getcwd(Task t, long buf, long size, long c, long d, long e, long f) {
    VfsPath cwd = t.fs().cwd();
    if (cwd.dentry().deleted()) {
      throw Errno.ENOENT.exception();
    }
    byte[] path = Vfs.pathOf(cwd, t.fs().root());
    if (path.length + 1 > size && size >= 0) {
      throw Errno.ERANGE.exception();
    }
    t.memory().write(buf, Arrays.copyOf(path, path.length + 1));
    return path.length + 1L;
  }

  static long chdir(Task t, long path, long b, long c, long d, long e, long f) {
    t.fs().setCwd(searchable(t, t.kernel().vfs().resolve(t, AT_FDCWD, UserIo.path(t, path), true)));
    return 0;
  }

  static long fchdir(Task t, long fd, long b, long c, long d, long e, long f) {
    VfsPath p = t.files().get((int) fd).path();
    if (p == null) {
      throw Errno.ENOTDIR.exception();
    }
    t.fs().setCwd(searchable(t, p));
    return 0;
  }

  static long chroot(Task t, long path, long b, long c, long d, long e, long f) {
    VfsPath p = searchable(t, t.kernel().vfs().resolve(t, AT_FDCWD, UserIo.path(t, path), true));
    if (!t.credentials().capable(Capability.SYS_CHROOT)) {
      throw Errno.EPERM.exception();
    }
    t.fs().setRoot(p);
    return 0;
  }

  private static VfsPath searchable(Task t, VfsPath p) {
    if (!p.inode().isDirectory()) {
      throw Errno.ENOTDIR.exception();
    }
    Subject.of(t.credentials()).check(p.inode(), Subject.EXECUTE);
    return p;
  }

  static long mkdir(Task t, long path, long mode, long c, long d, long e, long f) {
    return mkdirat(t, AT_FDCWD, path, mode, d, e, f);
  }

  static long mkdirat(Task t, long dirfd, long path, long mode, long d, long e, long f) {
    t.kernel().vfs().names().mkdir(t, (int) dirfd, UserIo.path(t, path), (int) mode);
    return 0;
  }

  static long rmdir(Task t, long path, long b, long c, long d, long e, long f) {
    t.kernel().vfs().names().rmdir(t, AT_FDCWD, UserIo.path(t, path));
    return 0;
  }

  static long unlink(Task t, long path, long b, long c, long d, long e, long f) {
    t.kernel().vfs().names().unlink(t, AT_FDCWD, UserIo.path(t, path));
    return 0;
  }

  static long unlinkat(Task t, long dirfd, long path, long flags, long d, long e, long f) {
    if (((int) flags & ~AT_REMOVEDIR) != 0) {
      throw Errno.EINVAL.exception();
    }
    byte[] name = UserIo.path(t, path);
    if ((flags & AT_REMOVEDIR) != 0) {
      t.kernel().vfs().names().rmdir(t, (int) dirfd, name);
    } else {
      t.kernel().vfs().names().unlink(t, (int) dirfd, name);
    }
    return 0;
  }

  static long rename(Task t, long from, long to, long c, long d, long e, long f) {
    return renameat2(t, AT_FDCWD, from, AT_FDCWD, to, 0, f);
  }

  static long renameat(Task t, long fromfd, long from, long tofd, long to, long e, long f) {
    return renameat2(t, fromfd, from, tofd, to, 0, f);
  }

  static long renameat2(Task t, long fromfd, long from, long tofd, long to, long flags, long f) {
    NameOperations.checkRenameFlags((int) flags);
    t.kernel()
        .vfs()
        .names()
        .rename(t, (int) fromfd, UserIo.path(t, from), (int) tofd, UserIo.path(t, to), (int) flags);
    return 0;
  }

  static long link(Task t, long from, long to, long c, long d, long e, long f) {
    return linkat(t, AT_FDCWD, from, AT_FDCWD, to, 0, f);
  }

  static long linkat(Task t, long fromfd, long from, long tofd, long to, long flags, long f) {
    if (((int) flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0) {
      throw Errno.EINVAL.exception();
    }
    if ((flags & AT_EMPTY_PATH) != 0 && !t.credentials().capable(Capability.DAC_READ_SEARCH)) {
      throw Errno.ENOENT.exception();
    }
    long how = (flags & AT_SYMLINK_FOLLOW) != 0 ? 0 : AT_SYMLINK_NOFOLLOW;
    VfsPath existing =
        StatCalls.find(t, fromfd, UserIo.path(t, from), how | (flags & AT_EMPTY_PATH)).path();
    if (existing == null) {
      throw Errno.EXDEV.exception();
    }
    t.kernel().vfs().names().link(t, existing, (int) tofd, UserIo.path(t, to));
    return 0;
  }

  static long symlink(Task t, long target, long path, long c, long d, long e, long f) {
    return symlinkat(t, target, AT_FDCWD, path, d, e, f);
  }

  static long symlinkat(Task t, long target, long dirfd, long path, long d, long e, long f) {
    t.kernel().vfs().names().symlink(t, UserIo.path(t, target), (int) dirfd, UserIo.path(t, path));
    return 0;
  }

  static long mknod(Task t, long path, long mode, long dev, long d, long e, long f) {
    return mknodat(t, AT_FDCWD, path, mode, dev, e, f);
  }

  static long mknodat(Task t, long dirfd, long path, long mode, long dev, long e, long f) {
    int full = ((int) mode & FileMode.PERMISSIONS) | NameOperations.nodeType((int) mode);
    t.kernel().vfs().names().mknod(t, (int) dirfd, UserIo.path(t, path), full, dev & 0xffffffffL);
    return 0;
  }

  static long umask(Task t, long mask, long b, long c, long d, long e, long f) {
    return t.fs().setUmask((int) mask);
  }
}
