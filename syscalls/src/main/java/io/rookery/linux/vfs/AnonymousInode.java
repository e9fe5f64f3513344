package io.rookery.linux.vfs;

import io.rookery.linux.kernel.Task;
import org.jspecify.annotations.Nullable;

/** The inode of a pipe, a socket, an eventfd and other files without a name. */
public final class AnonymousInode extends Inode {
  private final FileSystem fileSystem;
  private final long ino;
  private final Timespec created;
  private volatile @Nullable Reopener reopener;
  private volatile int mode;
  private volatile int uid;
  private volatile int gid;
  private volatile int links = 1;

  /** Opens the file once more, through /proc/PID/fd. */
  @FunctionalInterface
  public interface Reopener {
    FileDescription open(int flags, Task task);
  }

  AnonymousInode(FileSystem fileSystem, long ino, int mode, int uid, int gid, Timespec now) {
    this.fileSystem = fileSystem;
    this.ino = ino;
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    this.created = now;
  }

  @Override
  public FileSystem fileSystem() {
    return fileSystem;
  }

  /** Sets how the file is opened through /proc/PID/fd; ENXIO without. */
  public void setReopener(Reopener reopener) {
    this.reopener = reopener;
  }

  @Override
  public @Nullable FileDescription open(VfsPath path, int flags, Task task) {
    Reopener r = reopener;
    return r == null ? null : r.open(flags, task);
  }

  /** The name that it had after all is gone. */
  public void unlinked() {
    links = 0;
  }

  public long ino() {
    return ino;
  }

  @Override
  public int mode() {
    return mode;
  }

  @Override
  public Stat stat() {
    return new Stat(
        fileSystem.device(),
        ino,
        mode,
        links,
        uid,
        gid,
        0,
        0,
        4096,
        0,
        created,
        created,
        created,
        created);
  }

  @Override
  public void setAttributes(AttributeChange change) {
    if (change.mode() != null) {
      mode = (mode & FileMode.S_IFMT) | change.mode();
    }
    if (change.uid() != null) {
      uid = change.uid();
    }
    if (change.gid() != null) {
      gid = change.gid();
    }
  }
}
