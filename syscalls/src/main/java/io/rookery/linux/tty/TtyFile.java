package io.rookery.linux.tty;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Session;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.VfsPath;

/** An open terminal: the slave side of a pseudo terminal. */
public final class TtyFile extends FileDescription {
  private final Tty tty;
  private final VfsPath path;
  private final int epoch;

  private TtyFile(Tty tty, VfsPath path, int flags) {
    super(flags);
    this.tty = tty;
    this.path = path;
    this.epoch = tty.slaveOpened();
  }

  /** Opens a terminal for a task; a session leader without one gets it as controlling terminal. */
  static TtyFile open(Tty tty, VfsPath path, int flags, Task task) {
    if (tty.locked()) {
      throw Errno.EIO.exception();
    }
    if (tty.exclusive() && task.credentials().euid() != 0) {
      throw Errno.EBUSY.exception();
    }
    TtyFile f = new TtyFile(tty, path, flags & ~OpenFlags.O_NOCTTY);
    Session s = task.process().session();
    if ((flags & OpenFlags.O_NOCTTY) == 0
        && s.id() == task.process().pid()
        && s.terminal() == null
        && !tty.ownedByOther(s)
        && f.readable()) {
      tty.takeAsControlling(task);
    }
    return f;
  }

  /** Opens a terminal on behalf of nobody: the host attaches a program to it. */
  static TtyFile open(Tty tty, VfsPath path, int flags) {
    return new TtyFile(tty, path, flags);
  }

  public Tty tty() {
    return tty;
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
  public int read(Task task, byte[] target, int offset, int length) {
    return tty.slaveRead(task, target, offset, length, nonBlocking(), epoch);
  }

  @Override
  public int write(Task task, byte[] source, int offset, int length) {
    return tty.slaveWrite(task, source, offset, length, nonBlocking(), epoch);
  }

  @Override
  public int poll() {
    return tty.slavePoll(epoch);
  }

  @Override
  public WaitQueue waitQueue() {
    return tty.slaveQueue();
  }

  @Override
  public long ioctl(Task task, int request, long argument) {
    if (tty.hungUp(epoch)) {
      throw Errno.EIO.exception();
    }
    return TtyIoctl.slave(task, tty, request, argument);
  }

  @Override
  protected void close() {
    tty.slaveClosed();
  }

  @Override
  public boolean positioned() {
    return false;
  }
}
