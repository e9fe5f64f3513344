package io.rookery.linux.call;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.InotifyFile;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.Subject;

/** Watching files: inotify(7). */
public final class InotifyCalls {
  private static final int IN_ONLYDIR = 0x01000000;
  private static final int IN_DONT_FOLLOW = 0x02000000;
  private static final int IN_MASK_CREATE = 0x10000000;
  private static final int IN_MASK_ADD = 0x20000000;
  private static final int KEPT =
      InotifyFile.IN_ALL_EVENTS | InotifyFile.IN_EXCL_UNLINK | InotifyFile.IN_ONESHOT;

  /** What inotify_add_watch(2) must be given one of; the kernel's own events count, too. */
  private static final int KNOWN =
      KEPT | IN_ONLYDIR | IN_DONT_FOLLOW | IN_MASK_CREATE | IN_MASK_ADD | 0x4000e000;

  private InotifyCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    String deleted = "IN_DELETE_SELF comes with the last name's end, though the file may be open";
    t.row(253, "inotify_init", (k, a, b, c, d, e, f) -> init(k, 0), "", Support.PARTIAL, deleted);
    t.row(
        254,
        "inotify_add_watch",
        InotifyCalls::addWatch,
        "fd, path*, mask",
        Support.PARTIAL,
        "no events of mounts and extended attributes");
    t.row(255, "inotify_rm_watch", InotifyCalls::removeWatch, "fd, wd");
    t.row(
        294,
        "inotify_init1",
        (k, flags, b, c, d, e, f) -> init(k, flags),
        "flags",
        Support.PARTIAL,
        deleted);
  }

  private static long init(Task t, long flags) {
    if (((int) flags & ~(OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK)) != 0) {
      throw Errno.EINVAL.exception();
    }
    int status = OpenFlags.O_RDONLY | ((int) flags & OpenFlags.O_NONBLOCK);
    return DescriptorCalls.install(
        t, new InotifyFile(AnonymousFiles.inode(t), status), (int) flags);
  }

  private static InotifyFile file(Task t, long fd) {
    if (t.files().getForIo((int) fd) instanceof InotifyFile f) {
      return f;
    }
    throw Errno.EINVAL.exception();
  }

  static long addWatch(Task t, long fd, long path, long maskBits, long d, long e, long f) {
    int mask = (int) maskBits;
    boolean add = (mask & IN_MASK_ADD) != 0;
    boolean create = (mask & IN_MASK_CREATE) != 0;
    if ((mask & KNOWN) == 0) {
      throw Errno.EINVAL.exception();
    }
    t.files().getForIo((int) fd);
    if (add && create) {
      throw Errno.EINVAL.exception();
    }
    InotifyFile file = file(t, fd);
    Subject subject = Subject.of(t.credentials());
    Inode target =
        t.kernel()
            .vfs()
            .resolve(
                t, subject, OpenFlags.AT_FDCWD, UserIo.path(t, path), (mask & IN_DONT_FOLLOW) == 0)
            .inode();
    if ((mask & IN_ONLYDIR) != 0 && !target.isDirectory()) {
      throw Errno.ENOTDIR.exception();
    }
    subject.check(target, Subject.READ);
    return file.watch(target, mask & KEPT, add, create);
  }

  static long removeWatch(Task t, long fd, long wd, long c, long d, long e, long f) {
    file(t, fd).forget((int) wd);
    return 0;
  }
}
