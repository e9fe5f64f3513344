package io.rookery.linux.fs.synthetic;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.Stat;
import io.rookery.linux.vfs.Timespec;
import org.jspecify.annotations.Nullable;

/** A made-up file: fixed mode, owner asked for each time. */
public abstract class SyntheticInode extends Inode {
  private final SyntheticFileSystem fileSystem;
  private final long ino;
  private final int mode;

  protected SyntheticInode(SyntheticFileSystem fileSystem, long ino, int mode) {
    this.fileSystem = fileSystem;
    this.ino = ino;
    this.mode = mode;
  }

  @Override
  public final SyntheticFileSystem fileSystem() {
    return fileSystem;
  }

  public final long ino() {
    return ino;
  }

  @Override
  public int mode() {
    return mode;
  }

  /** The owner. */
  protected int uid() {
    return 0;
  }

  /** The group. */
  protected int gid() {
    return 0;
  }

  /** The number of links: two and one per subdirectory for directories. */
  protected long links() {
    return FileMode.isDirectory(mode) ? 2 : 1;
  }

  @Override
  public long size() {
    return 0;
  }

  @Override
  public Stat stat() {
    Timespec time = fileSystem.created();
    return new Stat(
        fileSystem.device(),
        ino,
        mode(),
        links(),
        uid(),
        gid(),
        0,
        size(),
        1024,
        0,
        time,
        time,
        time,
        time);
  }

  // Names cannot be made or removed.

  @Override
  public Inode create(Name name, int mode, int uid, int gid, long rdev) {
    throw fileSystem.refusal(Errno.EACCES);
  }

  @Override
  public Inode mkdir(Name name, int permissions, int uid, int gid) {
    throw fileSystem.refusal(Errno.EPERM);
  }

  @Override
  public Inode symlink(Name name, byte[] target, int uid, int gid) {
    throw fileSystem.refusal(Errno.EPERM);
  }

  @Override
  public void link(Name name, Inode target) {
    throw fileSystem.refusal(Errno.EPERM);
  }

  @Override
  public void rename(
      Name name,
      Inode child,
      Inode newDirectory,
      Name newName,
      @Nullable Inode replaced,
      boolean exchange) {
    throw fileSystem.refusal(Errno.EPERM);
  }
}
