package io.rookery.linux.vfs;

import static io.rookery.linux.vfs.OpenFlags.O_ACCMODE;
import static io.rookery.linux.vfs.OpenFlags.O_CREAT;
import static io.rookery.linux.vfs.OpenFlags.O_DIRECTORY;
import static io.rookery.linux.vfs.OpenFlags.O_EXCL;
import static io.rookery.linux.vfs.OpenFlags.O_LARGEFILE;
import static io.rookery.linux.vfs.OpenFlags.O_NOATIME;
import static io.rookery.linux.vfs.OpenFlags.O_NOFOLLOW;
import static io.rookery.linux.vfs.OpenFlags.O_PATH;
import static io.rookery.linux.vfs.OpenFlags.O_TMPFILE;
import static io.rookery.linux.vfs.OpenFlags.O_TRUNC;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.Fifo;
import io.rookery.linux.kernel.Task;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** open(2): creation, the checks of an existing file, and the choice of its description. */
final class FileOpener {
  private static final int SYNTHETIC_O_TMPFILE = O_TMPFILE & ~O_DIRECTORY;

  private final Vfs vfs;

  FileOpener(Vfs vfs) {
    this.vfs = vfs;
  }

  FileDescription open(Task task, int dirfd, byte[] pathName, int flags, int mode, int resolve) {
    if (pathName.length == 0) {
      throw Errno.ENOENT.exception();
    }
    boolean create = (flags & O_CREAT) != 0;
    if ((flags & O_PATH) != 0) {
      create = false;
    }
    Subject subject = Subject.of(task.credentials());
    VfsPath base =
        pathName[0] == '/' && (resolve & PathWalk.RESOLVE_IN_ROOT) == 0
            ? task.fs().root()
            : vfs.base(task, dirfd);
    boolean scoped = (resolve & (PathWalk.RESOLVE_BENEATH | PathWalk.RESOLVE_IN_ROOT)) != 0;
    PathWalk walk =
        new PathWalk(vfs, task, subject, resolve, scoped ? base : task.fs().root()).opening();
    if ((flags & SYNTHETIC_O_TMPFILE) != 0 && (flags & O_PATH) == 0) {
      return temporary(task, walk, base, pathName, flags, mode);
    }
    byte[] path = pathName;
    while (true) {
      PathWalk.Parent p = walk.parent(base, path);
      if (p.last() != PathWalk.Last.NAME) {
        VfsPath directory =
            p.last() == PathWalk.Last.DOT_DOT ? walk.dotDot(p.directory()) : p.directory();
        if (create) {
          throw ((flags & O_EXCL) != 0 ? Errno.EEXIST : Errno.EISDIR).exception();
        }
        return openChecked(task, subject, directory, flags);
      }
      if (create && p.trailingSlash()) {
        throw Errno.EISDIR.exception();
      }
      VfsPath found = walk.lastChild(p.directory(), p.name());
      if (found == null && create) {
        found = create(task, subject, p, mode);
        if (found != null) {
          return describe(task, found, flags & ~O_TRUNC);
        }
        found = walk.lastChild(p.directory(), p.name()); // somebody else was faster
      }
      if (found == null) {
        throw Errno.ENOENT.exception();
      }
      if (create && (flags & O_EXCL) != 0) {
        throw Errno.EEXIST.exception();
      }
      if (found.inode().isSymlink() && ((flags & O_NOFOLLOW) == 0 || p.trailingSlash())) {
        VfsPath jump = found.inode().jump(task);
        if (jump == null) {
          walk.countLink();
          base = p.directory();
          path = withSlash(walk.target(found), p.trailingSlash());
          continue;
        }
        found = walk.followLink(p.directory(), found);
      }
      if (p.trailingSlash() && !found.inode().isDirectory()) {
        throw Errno.ENOTDIR.exception();
      }
      if (create) {
        if (found.inode().isDirectory()) {
          throw Errno.EISDIR.exception();
        }
        checkSticky(subject, p.directory().inode().stat(), found.inode().stat());
      }
      return openChecked(task, subject, found, flags);
    }
  }

  /** Others' nodes and links in a public sticky directory are no place for O_CREAT. */
  private static void checkSticky(Subject subject, Stat directory, Stat file) {
    int type = file.mode() & FileMode.S_IFMT;
    int publicSticky = FileMode.S_ISVTX | 0002;
    if ((directory.mode() & publicSticky) == publicSticky
        && type != FileMode.S_IFREG
        && type != FileMode.S_IFIFO
        && file.uid() != directory.uid()
        && file.uid() != subject.uid()) {
      throw Errno.EACCES.exception();
    }
  }

  private static byte[] withSlash(byte[] target, boolean slash) {
    if (!slash) {
      return target;
    }
    byte[] longer = Arrays.copyOf(target, target.length + 1);
    longer[target.length] = '/';
    return longer;
  }

  /** Creates the file, or answers null when the name has come into being meanwhile. */
  private @Nullable VfsPath create(Task task, Subject subject, PathWalk.Parent p, int mode) {
    int full = FileMode.S_IFREG | (mode & FileMode.PERMISSIONS);
    return vfs.names().createChild(subject, p.directory(), p.name(), full, task.fs().umask());
  }

  private FileDescription temporary(
      Task task, PathWalk walk, VfsPath base, byte[] path, int flags, int mode) {
    if ((flags & (O_TMPFILE | O_CREAT)) != O_TMPFILE || (flags & O_ACCMODE) == OpenFlags.O_RDONLY) {
      throw Errno.EINVAL.exception();
    }
    VfsPath directory = walk.resolve(base, path, true);
    if (!directory.inode().isDirectory()) {
      throw Errno.ENOTDIR.exception();
    }
    Subject subject = walk.subject();
    if (directory.mount().readOnly()) {
      throw Errno.EROFS.exception();
    }
    subject.check(directory.inode(), Subject.WRITE | Subject.EXECUTE);
    Stat d = directory.inode().stat();
    int full = FileMode.S_IFREG | (mode & FileMode.PERMISSIONS);
    Inode inode =
        directory
            .inode()
            .createUnnamed(
                subject.modeOfNew(d, full, task.fs().umask()),
                subject.uid(),
                subject.groupOfNew(d));
    if ((flags & O_EXCL) == 0) {
      inode.makeLinkable();
    }
    Dentry dentry =
        DentryCache.detached(directory.dentry(), Name.of("#" + inode.stat().ino()), inode);
    dentry.markDeleted();
    return new RegularFile(new VfsPath(directory.mount(), dentry), flags & ~O_TMPFILE).writes();
  }

  /** Opens a place that has been found, with all checks. */
  FileDescription openFound(Task task, VfsPath found, int flags) {
    return openChecked(task, Subject.of(task.credentials()), found, flags);
  }

  private FileDescription openChecked(Task task, Subject subject, VfsPath found, int flags) {
    Inode inode = found.inode();
    int type = inode.mode() & FileMode.S_IFMT;
    boolean directory = type == FileMode.S_IFDIR;
    if ((flags & O_DIRECTORY) != 0 && !directory) {
      throw Errno.ENOTDIR.exception();
    }
    if ((flags & O_PATH) != 0) {
      return new PathFile(found, flags);
    }
    if (type == FileMode.S_IFLNK) {
      throw Errno.ELOOP.exception();
    }
    int access = accessOf(flags);
    boolean writes = (access & Subject.WRITE) != 0;
    if (directory && writes) {
      throw Errno.EISDIR.exception();
    }
    if (FileMode.isDevice(type) && found.mount().has(Mount.MS_NODEV)) {
      throw Errno.EACCES.exception();
    }
    subject.check(inode, access);
    if (writes && type == FileMode.S_IFREG && found.mount().readOnly()) {
      throw Errno.EROFS.exception();
    }
    if ((flags & O_NOATIME) != 0 && !subject.ownerOf(inode.stat())) {
      throw Errno.EPERM.exception();
    }
    if (type == FileMode.S_IFREG) {
      if (writes && inode.isProgram()) {
        throw Errno.ETXTBSY.exception();
      }
      if ((flags & O_LARGEFILE) == 0 && inode.size() > Integer.MAX_VALUE) {
        throw Errno.EOVERFLOW.exception();
      }
    }
    return describe(task, found, flags);
  }

  private static int accessOf(int flags) {
    int access =
        switch (flags & O_ACCMODE) {
          case OpenFlags.O_RDONLY -> Subject.READ;
          case OpenFlags.O_WRONLY -> Subject.WRITE;
          default -> Subject.READ | Subject.WRITE;
        };
    return (flags & O_TRUNC) != 0 ? access | Subject.WRITE : access;
  }

  private FileDescription describe(Task task, VfsPath found, int flags) {
    FileDescription description = describeQuietly(task, found, flags);
    if (description instanceof RegularFile file) {
      file.writes();
    }
    FileEvents.happened(found, FileEvents.IN_OPEN);
    if ((flags & O_TRUNC) != 0 && found.inode().isRegular()) {
      FileEvents.happened(found, FileEvents.IN_MODIFY);
    }
    return description;
  }

  private FileDescription describeQuietly(Task task, VfsPath found, int flags) {
    Inode inode = found.inode();
    FileDescription special = inode.open(found, flags, task);
    if (special != null) {
      return special;
    }
    return switch (inode.mode() & FileMode.S_IFMT) {
      case FileMode.S_IFREG -> {
        if ((flags & O_TRUNC) != 0) {
          Subject.of(task.credentials()).dropSetIds(inode);
          inode.truncate(0);
        }
        yield new RegularFile(found, flags & ~O_TRUNC);
      }
      case FileMode.S_IFDIR -> new DirectoryFile(found, flags);
      case FileMode.S_IFIFO -> Fifo.open(task, found, flags & ~O_TRUNC);
      case FileMode.S_IFCHR, FileMode.S_IFBLK -> vfs.devices().open(found, flags & ~O_TRUNC, task);
      default -> throw Errno.ENXIO.exception(); // a socket
    };
  }

  FileDescription openForExec(Task task, int dirfd, byte[] path, int flags) {
    Subject subject = Subject.of(task.credentials());
    VfsPath found;
    if (path.length == 0 && (flags & OpenFlags.AT_EMPTY_PATH) != 0) {
      found = vfs.base(task, dirfd);
    } else {
      boolean follow = (flags & OpenFlags.AT_SYMLINK_NOFOLLOW) == 0;
      found = vfs.resolve(task, new PathWalk(vfs, task, subject).opening(), dirfd, path, follow);
    }
    Inode inode = found.inode();
    if (inode.isSymlink()) {
      throw Errno.ELOOP.exception();
    }
    if (!inode.isRegular() || found.mount().has(Mount.MS_NOEXEC)) {
      throw Errno.EACCES.exception();
    }
    subject.check(inode, Subject.EXECUTE);
    if (inode.hasWriters()) {
      throw Errno.ETXTBSY.exception();
    }
    FileEvents.happened(found, FileEvents.IN_OPEN);
    return new RegularFile(found, OpenFlags.O_RDONLY);
  }
}
