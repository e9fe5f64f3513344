package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import org.jspecify.annotations.Nullable;

/** One resolution of a path by the rules of path_resolution(7) and openat2(2). Not reusable. */
final class PathWalk {
  static final int RESOLVE_NO_XDEV = 1;
  static final int RESOLVE_NO_MAGICLINKS = 2;
  static final int RESOLVE_NO_SYMLINKS = 4;
  static final int RESOLVE_BENEATH = 8;
  static final int RESOLVE_IN_ROOT = 0x10;
  static final int RESOLVE_CACHED = 0x20;
  private static final int MAX_LINKS = 40;
  private static final int PATH_MAX = 4096;

  /** How the last component is written. */
  enum Last {
    NAME,
    DOT,
    DOT_DOT,
    /** There is none: the path is "/" or nothing but slashes. */
    ROOT
  }

  /** The directory that holds the last component, and that component. */
  record Parent(VfsPath directory, Name name, Last last, boolean trailingSlash) {}

  private static final Name NO_NAME = Name.of("");

  private final Vfs vfs;
  private final Task task;
  private final MountNamespace namespace;
  private final VfsPath root;
  private final Subject subject;
  private final int resolve;
  private boolean opening;
  private int links;

  PathWalk(Vfs vfs, Task task, Subject subject) {
    this(vfs, task, subject, 0, task.fs().root());
  }

  PathWalk(Vfs vfs, Task task, Subject subject, int resolve, VfsPath root) {
    this.vfs = vfs;
    this.task = task;
    this.namespace = task.fs().namespace();
    this.root = root;
    this.subject = subject;
    this.resolve = resolve;
  }

  /** The file at the end is to be opened: its name is looked at anew, not only its way. */
  PathWalk opening() {
    opening = true;
    return this;
  }

  /** Walks the whole path; an ordinary symbolic link at its end is followed if asked to. */
  VfsPath resolve(VfsPath base, byte[] path, boolean follow) {
    Parent p = parent(base, path);
    return switch (p.last()) {
      case ROOT -> p.directory();
      case DOT -> p.directory();
      case DOT_DOT -> dotDot(p.directory());
      case NAME -> {
        VfsPath found = lastChild(p.directory(), p.name());
        if (found == null) {
          throw Errno.ENOENT.exception();
        }
        if (found.inode().isSymlink() && (follow || p.trailingSlash())) {
          found = followLink(p.directory(), found);
        }
        if (p.trailingSlash() && !found.inode().isDirectory()) {
          throw Errno.ENOTDIR.exception();
        }
        yield found;
      }
    };
  }

  /** Walks all but the last component; the result is a directory that may be searched. */
  Parent parent(VfsPath base, byte[] path) {
    if (path.length == 0) {
      throw Errno.ENOENT.exception();
    }
    if (path.length >= PATH_MAX) {
      throw Errno.ENAMETOOLONG.exception();
    }
    VfsPath at = base;
    if (path[0] == '/') {
      if ((resolve & RESOLVE_BENEATH) != 0) {
        throw Errno.EXDEV.exception();
      }
      at = root;
    }
    int i = skipSlashes(path, 0);
    if (i == path.length) {
      return new Parent(at, NO_NAME, Last.ROOT, true);
    }
    while (true) {
      int end = i;
      while (end < path.length && path[end] != '/') {
        end++;
      }
      int next = skipSlashes(path, end);
      Last kind = kind(path, i, end);
      if (!at.inode().isDirectory()) {
        throw Errno.ENOTDIR.exception();
      }
      subject.check(at.inode(), Subject.EXECUTE);
      if (next == path.length) {
        return new Parent(at, Name.of(path, i, end), kind, end < path.length);
      }
      at =
          switch (kind) {
            case DOT, ROOT -> at;
            case DOT_DOT -> dotDot(at);
            case NAME -> enterDirectory(at, Name.of(path, i, end));
          };
      i = next;
    }
  }

  private VfsPath enterDirectory(VfsPath directory, Name name) {
    VfsPath found = child(directory, name);
    if (found == null) {
      throw Errno.ENOENT.exception();
    }
    return found.inode().isSymlink() ? followLink(directory, found) : found;
  }

  private static int skipSlashes(byte[] path, int from) {
    int i = from;
    while (i < path.length && path[i] == '/') {
      i++;
    }
    return i;
  }

  private static Last kind(byte[] path, int from, int end) {
    if (path[from] != '.' || end - from > 2) {
      return Last.NAME;
    }
    if (end - from == 1) {
      return Last.DOT;
    }
    return path[from + 1] == '.' ? Last.DOT_DOT : Last.NAME;
  }

  /** The child of a directory with mounts entered, or null. */
  @Nullable VfsPath child(VfsPath directory, Name name) {
    return child(directory, name, false);
  }

  /** As above, for the last component. */
  @Nullable VfsPath lastChild(VfsPath directory, Name name) {
    return child(directory, name, opening);
  }

  private @Nullable VfsPath child(VfsPath directory, Name name, boolean certain) {
    if (name.length() > Name.MAX) {
      throw Errno.ENAMETOOLONG.exception();
    }
    Dentry d = vfs.dentries().child(directory.dentry(), name, certain);
    if (d == null) {
      return null;
    }
    VfsPath p = new VfsPath(directory.mount(), d);
    return d.mountPoint() ? crossed(p, namespace.enter(p)) : p;
  }

  private VfsPath crossed(VfsPath from, VfsPath to) {
    if ((resolve & RESOLVE_NO_XDEV) != 0 && from.mount() != to.mount()) {
      throw Errno.EXDEV.exception();
    }
    return to;
  }

  VfsPath dotDot(VfsPath at) {
    if ((resolve & RESOLVE_BENEATH) != 0 && at.equals(root)) {
      throw Errno.EXDEV.exception();
    }
    return crossed(at, namespace.parent(at, root));
  }

  /** Follows a symbolic link found in a directory, to its end. */
  VfsPath followLink(VfsPath directory, VfsPath link) {
    countLink();
    VfsPath jump = link.inode().jump(task);
    if (jump != null) {
      if ((resolve & (RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH | RESOLVE_IN_ROOT)) != 0) {
        throw Errno.ELOOP.exception();
      }
      return crossed(directory, jump);
    }
    return resolve(directory, target(link), true);
  }

  /** The target of a link that is about to be followed. */
  byte[] target(VfsPath link) {
    byte[] target = link.inode().readLink(task);
    if (target.length == 0) {
      throw Errno.ENOENT.exception();
    }
    return target;
  }

  /** Counts one link more towards ELOOP. */
  void countLink() {
    if ((resolve & RESOLVE_NO_SYMLINKS) != 0 || ++links > MAX_LINKS) {
      throw Errno.ELOOP.exception();
    }
  }

  Subject subject() {
    return subject;
  }
}
