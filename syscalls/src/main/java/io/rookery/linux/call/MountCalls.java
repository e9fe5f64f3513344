package io.rookery.linux.call;

import static io.rookery.linux.vfs.OpenFlags.AT_FDCWD;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.MemoryFileSystem;
import io.rookery.linux.fs.TmpfsOptions;
import io.rookery.linux.fs.proc.ProcFileSystem;
import io.rookery.linux.fs.proc.SysFileSystem;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.Mount;
import io.rookery.linux.vfs.MountNamespace;
import io.rookery.linux.vfs.PageCache;
import io.rookery.linux.vfs.VfsPath;
import java.nio.charset.StandardCharsets;

/** mount(2) and its relatives. */
public final class MountCalls {
  private static final int KEPT_FLAGS =
      Mount.MS_RDONLY
          | Mount.MS_NOSUID
          | Mount.MS_NODEV
          | Mount.MS_NOEXEC
          | Mount.MS_NOATIME
          | Mount.MS_RELATIME;
  private static final int PROPAGATION = 1 << 17 | 1 << 18 | 1 << 19 | 1 << 20;
  private static final long MAGIC = 0xc0ed0000L; // of programs for Linux before 2.4
  private static final long MAGIC_MASK = 0xffff0000L;
  private static final int MS_SILENT = 1 << 15;
  private static final int MNT_DETACH = 2;
  private static final int MNT_EXPIRE = 4;
  private static final int UMOUNT_NOFOLLOW = 8;

  private MountCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(
        165,
        "mount",
        MountCalls::mount,
        "str*, path*, str*, flags, ptr",
        Support.PARTIAL,
        "tmpfs, ramfs, proc, sysfs, bind, remount; propagation flags have no effect; no MS_MOVE: EINVAL");
    t.row(
        166,
        "umount2",
        MountCalls::umount,
        "path*, flags",
        Support.PARTIAL,
        "MNT_EXPIRE is EINVAL; descriptors that are in a socket do not make a mount busy");
    t.row(
        155,
        "pivot_root",
        (k, a, b, c, d, e, f) -> refused(k),
        "path*, path*",
        Support.REFUSED,
        "one mount namespace for the whole VM: EINVAL");
  }

  private static long refused(Task t) {
    requireAdmin(t);
    throw Errno.EINVAL.exception();
  }

  private static void requireAdmin(Task t) {
    if (!t.credentials().capable(Capability.SYS_ADMIN)) {
      throw Errno.EPERM.exception();
    }
  }

  private static String text(Task t, long address, String otherwise) {
    return address == 0
        ? otherwise
        : new String(t.memory().cString(address, 4096), StandardCharsets.UTF_8);
  }

  static long mount(Task t, long source, long target, long type, long bits, long data, long f) {
    long flags = (bits & MAGIC_MASK) == MAGIC ? bits & ~MAGIC_MASK : bits;
    VfsPath at = t.kernel().vfs().resolve(t, AT_FDCWD, UserIo.path(t, target), true);
    requireAdmin(t);
    MountNamespace ns = t.fs().namespace();
    int kept = (int) flags & KEPT_FLAGS;
    if ((flags & Mount.MS_REMOUNT) != 0) {
      remount(t, at, (flags & Mount.MS_BIND) != 0, kept, text(t, data, ""));
      return 0;
    }
    if ((flags & Mount.MS_BIND) != 0) {
      VfsPath from = boundFrom(t, source);
      if (from.inode().isDirectory() != at.inode().isDirectory()) {
        throw Errno.ENOTDIR.exception();
      }
      ns.bind(from, at);
      return 0;
    }
    if ((flags & PROPAGATION) != 0) {
      MountNamespace.requireMount(at);
      checkPropagation((int) flags);
      return 0;
    }
    if ((flags & Mount.MS_MOVE) != 0) {
      throw Errno.EINVAL.exception();
    }
    if (type == 0) {
      throw Errno.EINVAL.exception();
    }
    if (!at.inode().isDirectory()) {
      throw Errno.ENOTDIR.exception();
    }
    String kind = text(t, type, "");
    FileSystem fs =
        switch (kind) {
          case "tmpfs" -> MemoryFileSystem.tmpfs(t.kernel().vfs(), options(t, text(t, data, "")));
          case "ramfs" -> MemoryFileSystem.ramfs(t.kernel().vfs(), mode(text(t, data, "")));
          case "proc" -> ProcFileSystem.create(t.kernel());
          case "sysfs" -> SysFileSystem.create(t.kernel());
          default -> throw Errno.ENODEV.exception();
        };
    ns.mount(at, fs, text(t, source, "none"), kept | Mount.MS_RELATIME);
    return 0;
  }

  private static VfsPath boundFrom(Task t, long source) {
    byte[] path = source == 0 ? new byte[0] : UserIo.path(t, source);
    if (path.length == 0) {
      throw Errno.EINVAL.exception();
    }
    return t.kernel().vfs().resolve(t, AT_FDCWD, path, true);
  }

  /** One kind of propagation, and no flags that have nothing to do with it. */
  private static void checkPropagation(int flags) {
    int kind = flags & ~(Mount.MS_REC | MS_SILENT);
    if ((kind & ~PROPAGATION) != 0 || Integer.bitCount(kind) != 1) {
      throw Errno.EINVAL.exception();
    }
  }

  private static TmpfsOptions options(Task t, String text) {
    return TmpfsOptions.parse(text, t.kernel().vfs().caches().limitBytes() / PageCache.PAGE);
  }

  /** Flags of a mount (with MS_BIND), or also the options of its file system. */
  private static void remount(Task t, VfsPath at, boolean bind, int flags, String text) {
    Mount mount = at.mount();
    FileSystem fs = mount.fileSystem();
    boolean tmpfs = !bind && fs instanceof MemoryFileSystem && fs.type().equals("tmpfs");
    TmpfsOptions options = tmpfs ? options(t, text) : TmpfsOptions.NONE;
    boolean loses = (flags & Mount.MS_RDONLY) != 0 && !mount.readOnly();
    if (loses
        && MountUse.isWritten(
            t.kernel(), m -> bind ? m.equals(mount) : m.fileSystem().equals(fs))) {
      throw Errno.EBUSY.exception();
    }
    if (tmpfs && fs instanceof MemoryFileSystem m) {
      m.setLimits(options);
    }
    t.fs().namespace().remount(at, flags);
  }

  /** The mode= option of ramfs, which takes no notice of others. */
  private static int mode(String options) {
    for (String o : options.split(",", -1)) {
      if (o.startsWith("mode=")) {
        try {
          return Integer.parseInt(o.substring(5), 8) & 07777;
        } catch (NumberFormatException e) {
          throw Errno.EINVAL.exception();
        }
      }
    }
    return 01777;
  }

  static long umount(Task t, long target, long flags, long c, long d, long e, long f) {
    if (((int) flags & ~15) != 0) {
      throw Errno.EINVAL.exception();
    }
    VfsPath at =
        t.kernel()
            .vfs()
            .resolve(t, AT_FDCWD, UserIo.path(t, target), (flags & UMOUNT_NOFOLLOW) == 0);
    requireAdmin(t);
    if ((flags & MNT_EXPIRE) != 0) {
      throw Errno.EINVAL.exception();
    }
    if ((flags & MNT_DETACH) != 0) {
      t.fs().namespace().detach(at);
    } else {
      t.fs().namespace().unmount(at, m -> MountUse.isBusy(t.kernel(), m));
    }
    return 0;
  }
}
