package io.rookery.linux.vfs;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Tells those who watch a file or its directory what happens to it (inotify(7)). */
public final class FileEvents {
  public static final int IN_ACCESS = 1;
  public static final int IN_MODIFY = 2;
  public static final int IN_ATTRIB = 4;
  public static final int IN_CLOSE_WRITE = 8;
  public static final int IN_CLOSE_NOWRITE = 0x10;
  public static final int IN_OPEN = 0x20;
  public static final int IN_MOVED_FROM = 0x40;
  public static final int IN_MOVED_TO = 0x80;
  public static final int IN_CREATE = 0x100;
  public static final int IN_DELETE = 0x200;
  public static final int IN_DELETE_SELF = 0x400;
  public static final int IN_MOVE_SELF = 0x800;
  public static final int IN_ISDIR = 0x40000000;

  private static final AtomicInteger NEXT_COOKIE = new AtomicInteger(1);

  private FileEvents() {}

  /** Who wants to hear of one file. */
  public interface Listener {
    /**
     * Something happened.
     *
     * @param mask one of the IN_ constants, and IN_ISDIR for directories
     * @param cookie joins the two ends of a rename
     * @param name the name in the watched directory; null for the watched file itself
     * @param unlinked whether that name has been removed meanwhile
     */
    void happened(int mask, int cookie, @Nullable Name name, boolean unlinked);
  }

  /** Something happened to the file at {@code path}; its directory hears it first. */
  static void happened(@Nullable VfsPath path, int event) {
    if (path == null) {
      return;
    }
    Dentry dentry = path.dentry();
    Inode inode = path.inode();
    Dentry parent = dentry.parent();
    if (parent != null && parent.inode().watched()) {
      int mask = event | kind(inode);
      parent.inode().tell(mask, 0, dentry.name(), dentry.deleted());
    }
    itself(inode, event);
  }

  /** The same where the file may have no place. */
  static void happened(Inode inode, @Nullable VfsPath path, int event) {
    if (path != null) {
      happened(path, event);
    } else {
      itself(inode, event);
    }
  }

  /** A description was closed for good. */
  static void closed(FileDescription file) {
    if (!file.pathOnly()) {
      happened(file.path(), file.writable() ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
    }
  }

  /** A name came into being. */
  static void created(Inode directory, Name name, Inode child) {
    if (directory.watched()) {
      directory.tell(IN_CREATE | kind(child), 0, name, false);
    }
  }

  /** A further name of {@code child} came into being. */
  static void linked(Inode directory, Name name, Inode child) {
    itself(child, IN_ATTRIB);
    created(directory, name, child);
  }

  /** A name was removed, perhaps the last one of {@code child}. */
  static void removed(Inode directory, Name name, Inode child) {
    boolean isDirectory = child.isDirectory();
    if (!isDirectory) {
      itself(child, IN_ATTRIB);
    }
    gone(child, isDirectory);
    if (directory.watched()) {
      directory.tell(IN_DELETE | kind(child), 0, name, false);
    }
  }

  private static void gone(Inode child, boolean isDirectory) {
    if (child.watched() && (isDirectory || child.stat().nlink() == 0)) {
      child.tell(IN_DELETE_SELF, 0, null, false);
    }
  }

  /** {@code child} has another name, which was that of {@code replaced}. */
  static void moved(
      Inode from, Name oldName, Inode to, Name newName, Inode child, @Nullable Inode replaced) {
    boolean anyone =
        from.watched()
            || to.watched()
            || child.watched()
            || (replaced != null && replaced.watched());
    if (!anyone) {
      return;
    }
    int cookie = NEXT_COOKIE.getAndIncrement();
    from.tell(IN_MOVED_FROM | kind(child), cookie, oldName, false);
    to.tell(IN_MOVED_TO | kind(child), cookie, newName, false);
    if (replaced != null) {
      itself(replaced, IN_ATTRIB);
    }
    child.tell(IN_MOVE_SELF, 0, null, false);
    if (replaced != null) {
      gone(replaced, replaced.isDirectory());
    }
  }

  private static void itself(Inode inode, int event) {
    if (inode.watched()) {
      inode.tell(event | kind(inode), 0, null, false);
    }
  }

  private static int kind(Inode inode) {
    return inode.isDirectory() ? IN_ISDIR : 0;
  }
}
