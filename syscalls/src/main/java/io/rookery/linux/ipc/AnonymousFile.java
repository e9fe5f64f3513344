package io.rookery.linux.ipc;

import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Inode;

/** A file of the kernel's own that has no name (anon_inode): event, signal, timer and the like. */
abstract class AnonymousFile extends FileDescription {
  private final Inode inode;

  AnonymousFile(Inode inode, int flags) {
    super(flags);
    this.inode = inode;
  }

  @Override
  public final Inode inode() {
    return inode;
  }

  /** There is no position, but Linux seeks without an error. */
  @Override
  public final long seek(long offset, int whence) {
    return 0;
  }
}
