package io.rookery.linux.vfs;

/** A description of O_PATH: a place in the tree and nothing else. */
public final class PathFile extends FileDescription {
  private final VfsPath path;

  public PathFile(VfsPath path, int flags) {
    super(flags & (OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW));
    this.path = path;
    path.inode().held();
  }

  @Override
  protected void close() {
    path.inode().unheld();
  }

  @Override
  public Inode inode() {
    return path.inode();
  }

  @Override
  public VfsPath path() {
    return path;
  }

  @Override
  public void flush(Object process) {}
}
