package io.rookery.linux.kernel;

import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.Vfs;

/** A descriptor that stands for a process (pidfd_open(2)); readable once it has ended. */
public final class PidFile extends FileDescription {
  private static final int NONBLOCK = OpenFlags.O_NONBLOCK;

  private final ThreadGroup process;
  private final Inode inode;

  /** Makes a descriptor; {@code flags} may hold O_NONBLOCK. */
  public PidFile(Vfs vfs, ThreadGroup process, int flags) {
    super(OpenFlags.O_RDWR | (flags & NONBLOCK));
    this.process = process;
    this.inode = vfs.anonymous().newInode(FileMode.S_IFREG | 0600, 0, 0, vfs.now());
  }

  public ThreadGroup process() {
    return process;
  }

  @Override
  public Inode inode() {
    return inode;
  }

  @Override
  public String label() {
    return "anon_inode:[pidfd]";
  }

  @Override
  public int poll() {
    return process.isZombie() ? POLLIN | POLLRDNORM : 0;
  }

  @Override
  public WaitQueue waitQueue() {
    return process.exitQueue();
  }
}
