package io.rookery.linux.vfs;

import org.jspecify.annotations.Nullable;

/** A name in the tree: links a directory to a child. Moves with rename; thread-safe. */
public final class Dentry {
  private final Inode inode;
  private volatile @Nullable Dentry parent;
  private volatile Name name;
  private volatile boolean deleted;
  private volatile boolean mountPoint;

  Dentry(@Nullable Dentry parent, Name name, Inode inode) {
    this.parent = parent;
    this.name = name;
    this.inode = inode;
  }

  public Inode inode() {
    return inode;
  }

  /** The directory above, null for the root of a file system. */
  public @Nullable Dentry parent() {
    return parent;
  }

  public Name name() {
    return name;
  }

  /** Whether the name has been removed. */
  public boolean deleted() {
    return deleted;
  }

  void markDeleted() {
    deleted = true;
  }

  void moveTo(Dentry newParent, Name newName) {
    parent = newParent;
    name = newName;
  }

  boolean mountPoint() {
    return mountPoint;
  }

  void setMountPoint() {
    mountPoint = true;
  }

  /** Whether {@code other} is this dentry or above it. */
  boolean isBelow(Dentry other) {
    for (Dentry d = this; d != null; d = d.parent) {
      if (d == other) {
        return true;
      }
    }
    return false;
  }
}
