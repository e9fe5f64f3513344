package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import org.jspecify.annotations.Nullable;

/** The system calls that make, move and remove names. */
@SuppressWarnings("ReferenceEquality") // owners and files are who they are, not what they hold
public final class NameOperations {
  /** Flags of renameat2(2). */
  public static final int RENAME_NOREPLACE = 1;

  public static final int RENAME_EXCHANGE = 2;
  public static final int RENAME_WHITEOUT = 4;

  private final Vfs vfs;

  NameOperations(Vfs vfs) {
    this.vfs = vfs;
  }

  private interface Maker {
    Inode make(Inode directory, Name name, Subject subject, Stat directoryStat);

    default void tell(Inode directory, Name name, Inode made) {
      FileEvents.created(directory, name, made);
    }
  }

  private PathWalk walk(Task task) {
    return new PathWalk(vfs, task, Subject.of(task.credentials()));
  }

  private static void checkLength(Name name) {
    if (name.length() > Name.MAX) {
      throw Errno.ENAMETOOLONG.exception();
    }
  }

  /** Creates a name under the file system's lock; null when it exists already. */
  private @Nullable VfsPath make(Subject subject, VfsPath directory, Name name, Maker maker) {
    checkLength(name);
    Inode d = directory.inode();
    if (directory.mount().readOnly()) {
      if (vfs.dentries().child(directory.dentry(), name) != null) {
        return null;
      }
      throw Errno.EROFS.exception();
    }
    var lock = d.fileSystem().namespaceLock().writeLock();
    lock.lock();
    try {
      if (vfs.dentries().child(directory.dentry(), name) != null) {
        return null;
      }
      if (directory.dentry().deleted()) {
        throw Errno.ENOENT.exception();
      }
      subject.check(d, Subject.WRITE | Subject.EXECUTE);
      Inode made = maker.make(d, name, subject, d.stat());
      VfsPath child =
          new VfsPath(directory.mount(), vfs.dentries().add(directory.dentry(), name, made));
      maker.tell(d, name, made);
      return child;
    } finally {
      lock.unlock();
    }
  }

  /** Creates a regular file in a directory; null when the name exists. */
  @Nullable VfsPath createChild(
      Subject subject, VfsPath directory, Name name, int mode, int umask) {
    return make(
        subject,
        directory,
        name,
        (d, n, s, ds) -> d.create(n, s.modeOfNew(ds, mode, umask), s.uid(), s.groupOfNew(ds), 0));
  }

  private void makeNew(Task task, int dirfd, byte[] path, boolean slashAllowed, Maker maker) {
    PathWalk walk = walk(task);
    PathWalk.Parent p = vfs.parent(walk, task, dirfd, path);
    if (p.last() != PathWalk.Last.NAME) {
      throw Errno.EEXIST.exception();
    }
    if (p.trailingSlash() && !slashAllowed) {
      throw (walk.child(p.directory(), p.name()) == null ? Errno.ENOENT : Errno.EEXIST).exception();
    }
    if (make(walk.subject(), p.directory(), p.name(), maker) == null) {
      throw Errno.EEXIST.exception();
    }
  }

  public void mkdir(Task task, int dirfd, byte[] path, int mode) {
    int full = FileMode.S_IFDIR | (mode & (0777 | FileMode.S_ISVTX));
    int umask = task.fs().umask();
    makeNew(
        task,
        dirfd,
        path,
        true,
        (d, n, s, ds) ->
            d.mkdir(
                n, s.modeOfNew(ds, full, umask) & FileMode.PERMISSIONS, s.uid(), s.groupOfNew(ds)));
  }

  /** The type that mknod(2) is asked to make; EPERM for a directory, EINVAL for what is none. */
  public static int nodeType(int mode) {
    int type = mode & FileMode.S_IFMT;
    return switch (type) {
      case 0 -> FileMode.S_IFREG;
      case FileMode.S_IFREG,
          FileMode.S_IFIFO,
          FileMode.S_IFSOCK,
          FileMode.S_IFCHR,
          FileMode.S_IFBLK ->
          type;
      case FileMode.S_IFDIR -> throw Errno.EPERM.exception();
      default -> throw Errno.EINVAL.exception();
    };
  }

  /** Makes a file, fifo, socket or device node; the mode carries the type, 0 means regular. */
  public void mknod(Task task, int dirfd, byte[] path, int mode, long rdev) {
    int type = nodeType(mode);
    int full = type | (mode & FileMode.PERMISSIONS);
    int umask = task.fs().umask();
    long device = FileMode.isDevice(type) ? rdev : 0;
    makeNew(
        task,
        dirfd,
        path,
        false,
        (d, n, s, ds) -> {
          boolean whiteout = type == FileMode.S_IFCHR && rdev == 0; // of overlays: no device
          if (FileMode.isDevice(type) && !whiteout && !s.capable(Capability.MKNOD)) {
            throw Errno.EPERM.exception();
          }
          return d.create(n, s.modeOfNew(ds, full, umask), s.uid(), s.groupOfNew(ds), device);
        });
  }

  public void symlink(Task task, byte[] target, int dirfd, byte[] path) {
    if (target.length == 0) {
      throw Errno.ENOENT.exception();
    }
    makeNew(
        task, dirfd, path, false, (d, n, s, ds) -> d.symlink(n, target, s.uid(), s.groupOfNew(ds)));
  }

  /** Gives a file that has been found a further name. */
  public void link(Task task, VfsPath existing, int dirfd, byte[] path) {
    PathWalk walk = walk(task);
    PathWalk.Parent p = vfs.parent(walk, task, dirfd, path);
    VfsPath directory = p.directory();
    if (p.last() != PathWalk.Last.NAME) {
      throw Errno.EEXIST.exception();
    }
    if (walk.child(directory, p.name()) != null) {
      throw Errno.EEXIST.exception();
    }
    if (p.trailingSlash()) {
      throw Errno.ENOENT.exception();
    }
    if (directory.mount() != existing.mount()) {
      throw Errno.EXDEV.exception();
    }
    Inode inode = existing.inode();
    if (!walk.subject().mayLink(inode)) {
      throw Errno.EPERM.exception();
    }
    VfsPath made =
        make(
            walk.subject(),
            directory,
            p.name(),
            new Maker() {
              @Override
              public Inode make(Inode d, Name n, Subject s, Stat ds) {
                if (inode.isDirectory()) {
                  throw Errno.EPERM.exception();
                }
                if (!inode.mayBeLinked()) {
                  throw Errno.ENOENT.exception();
                }
                d.link(n, inode);
                inode.linked();
                return inode;
              }

              @Override
              public void tell(Inode d, Name n, Inode made) {
                FileEvents.linked(d, n, made);
              }
            });
    if (made == null) {
      throw Errno.EEXIST.exception();
    }
  }

  public void unlink(Task task, int dirfd, byte[] path) {
    PathWalk walk = walk(task);
    PathWalk.Parent p = vfs.parent(walk, task, dirfd, path);
    if (p.last() != PathWalk.Last.NAME) {
      throw Errno.EISDIR.exception();
    }
    remove(task, walk, p, false);
  }

  public void rmdir(Task task, int dirfd, byte[] path) {
    PathWalk walk = walk(task);
    PathWalk.Parent p = vfs.parent(walk, task, dirfd, path);
    switch (p.last()) {
      case DOT -> throw Errno.EINVAL.exception();
      case DOT_DOT -> throw Errno.ENOTEMPTY.exception();
      case ROOT -> throw Errno.EBUSY.exception();
      case NAME -> remove(task, walk, p, true);
    }
  }

  private void remove(Task task, PathWalk walk, PathWalk.Parent p, boolean directory) {
    checkLength(p.name());
    Dentry parent = p.directory().dentry();
    Inode d = parent.inode();
    var lock = d.fileSystem().namespaceLock().writeLock();
    lock.lock();
    try {
      Dentry victim = vfs.dentries().child(parent, p.name());
      if (victim == null) {
        throw Errno.ENOENT.exception();
      }
      if (p.directory().mount().readOnly()) {
        throw Errno.EROFS.exception();
      }
      boolean isDirectory = victim.inode().isDirectory();
      if (p.trailingSlash() && !directory) {
        throw (isDirectory ? Errno.EISDIR : Errno.ENOTDIR).exception();
      }
      walk.subject().checkDelete(d, victim.inode());
      if (directory != isDirectory) {
        throw (directory ? Errno.ENOTDIR : Errno.EISDIR).exception();
      }
      if (task.fs().namespace().isMountPoint(victim)) {
        throw Errno.EBUSY.exception();
      }
      if (directory) {
        d.rmdir(p.name(), victim.inode());
      } else {
        d.unlink(p.name(), victim.inode());
      }
      vfs.dentries().forget(parent, p.name());
      FileEvents.removed(d, p.name(), victim.inode());
    } finally {
      lock.unlock();
    }
  }

  /** EINVAL for flags that {@link #rename} does not know. */
  public static void checkRenameFlags(int flags) {
    if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) != 0
        || flags == (RENAME_NOREPLACE | RENAME_EXCHANGE)) {
      throw Errno.EINVAL.exception();
    }
  }

  public void rename(
      Task task, int oldDirfd, byte[] oldPath, int newDirfd, byte[] newPath, int flags) {
    checkRenameFlags(flags);
    boolean exchange = (flags & RENAME_EXCHANGE) != 0;
    PathWalk walk = walk(task);
    PathWalk.Parent from = vfs.parent(walk, task, oldDirfd, oldPath);
    PathWalk.Parent to = vfs.parent(walk, task, newDirfd, newPath);
    if (from.directory().mount() != to.directory().mount()) {
      throw Errno.EXDEV.exception();
    }
    if (from.last() != PathWalk.Last.NAME) {
      throw Errno.EBUSY.exception();
    }
    if (to.last() != PathWalk.Last.NAME) {
      throw ((flags & RENAME_NOREPLACE) != 0 ? Errno.EEXIST : Errno.EBUSY).exception();
    }
    var lock = from.directory().inode().fileSystem().namespaceLock().writeLock();
    lock.lock();
    try {
      renameLocked(task, walk.subject(), from, to, flags, exchange);
    } finally {
      lock.unlock();
    }
  }

  private void renameLocked(
      Task task,
      Subject subject,
      PathWalk.Parent from,
      PathWalk.Parent to,
      int flags,
      boolean exchange) {
    Dentry oldParent = from.directory().dentry();
    Dentry newParent = to.directory().dentry();
    checkLength(from.name());
    Dentry source = vfs.dentries().child(oldParent, from.name());
    if (source == null) {
      throw Errno.ENOENT.exception();
    }
    checkLength(to.name());
    Dentry target = vfs.dentries().child(newParent, to.name());
    if (from.directory().mount().readOnly()) {
      throw Errno.EROFS.exception();
    }
    if (target == null && exchange) {
      throw Errno.ENOENT.exception();
    }
    if (target != null && (flags & RENAME_NOREPLACE) != 0) {
      throw Errno.EEXIST.exception();
    }
    boolean directory = source.inode().isDirectory();
    if ((!directory && from.trailingSlash())
        || (!exchange && !directory && to.trailingSlash())
        || (exchange && target != null && to.trailingSlash() && !target.inode().isDirectory())) {
      throw Errno.ENOTDIR.exception();
    }
    if (newParent.isBelow(source)) {
      throw Errno.EINVAL.exception();
    }
    if (target != null && oldParent.isBelow(target)) {
      throw (exchange ? Errno.EINVAL : Errno.ENOTEMPTY).exception();
    }
    if (newParent.deleted()) {
      throw Errno.ENOENT.exception();
    }
    if (target != null && target.inode() == source.inode()) {
      return; // rename(2): two links of one file stay as they are
    }
    subject.checkDelete(oldParent.inode(), source.inode());
    if (target == null) {
      subject.check(newParent.inode(), Subject.WRITE | Subject.EXECUTE);
    } else {
      subject.checkDelete(newParent.inode(), target.inode());
      if (!exchange && directory != target.inode().isDirectory()) {
        throw (directory ? Errno.ENOTDIR : Errno.EISDIR).exception();
      }
    }
    if (oldParent != newParent) { // the ".." of what moves changes
      if (directory) {
        subject.check(source.inode(), Subject.WRITE);
      }
      if (exchange && target != null && target.inode().isDirectory()) {
        subject.check(target.inode(), Subject.WRITE);
      }
    }
    MountNamespace ns = task.fs().namespace();
    if (ns.isMountPoint(source) || (target != null && ns.isMountPoint(target))) {
      throw Errno.EBUSY.exception();
    }
    oldParent
        .inode()
        .rename(
            from.name(),
            source.inode(),
            newParent.inode(),
            to.name(),
            target == null ? null : target.inode(),
            exchange);
    Inode oldDirectory = oldParent.inode();
    Inode newDirectory = newParent.inode();
    Inode replaced = target == null ? null : target.inode();
    if (exchange && target != null) {
      vfs.dentries().exchange(source, target);
      FileEvents.moved(oldDirectory, from.name(), newDirectory, to.name(), source.inode(), null);
      FileEvents.moved(newDirectory, to.name(), oldDirectory, from.name(), target.inode(), null);
    } else {
      vfs.dentries().forget(newParent, to.name());
      vfs.dentries().move(source, newParent, to.name());
      FileEvents.moved(
          oldDirectory, from.name(), newDirectory, to.name(), source.inode(), replaced);
    }
  }
}
