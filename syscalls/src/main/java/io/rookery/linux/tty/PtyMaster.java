package io.rookery.linux.tty;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.VfsPath;

/** The master side of a pseudo terminal (pty(7)), opened through /dev/ptmx. */
final class PtyMaster extends FileDescription {
  private static final int TIOCPKT = 0x5420;
  private static final int TIOCGPKT = 0x80045438;
  private static final int TIOCGPTPEER = 0x5441;

  private final Ptys ptys;
  private final Tty tty;
  private final VfsPath path;
  private volatile boolean packets;

  PtyMaster(Ptys ptys, Tty tty, VfsPath path, int flags) {
    super(flags);
    this.ptys = ptys;
    this.tty = tty;
    this.path = path;
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
  public String details() {
    return "tty-index:\t" + tty.index() + "\n";
  }

  @Override
  public int read(Task task, byte[] target, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    int skip = packets ? 1 : 0;
    while (true) {
      int n = tty.takeOutput(target, offset + skip, length - skip);
      if (n < 0) {
        throw Errno.EIO.exception();
      }
      if (n > 0) {
        if (skip != 0) {
          target[offset] = 0; // TIOCPKT_DATA
        }
        return n + skip;
      }
      if (nonBlocking()) {
        throw Errno.EAGAIN.exception();
      }
      tty.masterQueue().await(task, tty::outputReadable, WaitQueue.FOREVER);
    }
  }

  @Override
  public int write(Task task, byte[] source, int offset, int length) {
    int done = 0;
    while (done < length) {
      done += tty.input(source, offset + done, length - done);
      if (done == length) {
        break;
      }
      if (nonBlocking()) {
        if (done > 0) {
          return done;
        }
        throw Errno.EAGAIN.exception();
      }
      try {
        tty.masterQueue().await(task, tty::inputRoom, WaitQueue.FOREVER);
      } catch (ErrnoException e) {
        if (done > 0) {
          return done;
        }
        throw e;
      }
    }
    return done;
  }

  @Override
  public int poll() {
    return tty.masterPoll();
  }

  @Override
  public WaitQueue waitQueue() {
    return tty.masterQueue();
  }

  @Override
  public long ioctl(Task task, int request, long argument) {
    switch (request) {
      case TIOCPKT -> packets = task.memory().getInt(argument) != 0;
      case TIOCGPKT -> task.memory().putInt(argument, packets ? 1 : 0);
      case TIOCGPTPEER -> {
        return ptys.openPeer(task, tty, path, (int) argument);
      }
      default -> {
        return TtyIoctl.master(task, tty, request, argument);
      }
    }
    return 0;
  }

  @Override
  protected void close() {
    ptys.remove(tty);
    tty.hangUp();
  }

  @Override
  public boolean positioned() {
    return false;
  }
}
