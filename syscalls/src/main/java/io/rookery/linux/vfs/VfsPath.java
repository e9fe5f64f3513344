package io.rookery.linux.vfs;

/** A place in the tree: a dentry seen through a mount. */
public record VfsPath(Mount mount, Dentry dentry) {
  public Inode inode() {
    return dentry.inode();
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof VfsPath p && p.mount == mount && p.dentry == dentry;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(mount) * 31 + System.identityHashCode(dentry);
  }
}
