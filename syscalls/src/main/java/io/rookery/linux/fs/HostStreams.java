package io.rookery.linux.fs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.AnonymousInode;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.Vfs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Host streams as open files of a guest: its standard input, output and error. */
public final class HostStreams {
  private HostStreams() {}

  /**
   * A stream of the host that the guest reads. A host thread does the reading, so that a waiting
   * guest can be interrupted; it reads only when the guest asks. The stream is not closed.
   */
  public static FileDescription input(Vfs vfs, InputStream in) {
    Source source = new Source(in);
    AnonymousInode inode = vfs.pipes().newInode(FileMode.S_IFIFO | 0600, 0, 0, vfs.now());
    inode.setReopener((flags, task) -> new Input(source, inode, flags));
    return new Input(source, inode, OpenFlags.O_RDONLY);
  }

  /** A stream of the host that the guest writes; flushed after each write, not closed. */
  public static FileDescription output(Vfs vfs, OutputStream out) {
    AnonymousInode inode = vfs.pipes().newInode(FileMode.S_IFIFO | 0600, 0, 0, vfs.now());
    Object lock = new Object();
    inode.setReopener((flags, task) -> new Output(out, lock, inode, flags));
    return new Output(out, lock, inode, OpenFlags.O_WRONLY);
  }

  /** The bytes read ahead of the guest; read by one host thread that lives while it is needed. */
  private static final class Source {
    private static final int SIZE = 64 * 1024;

    private final InputStream in;
    private final WaitQueue queue = new WaitQueue();
    private final byte[] buffer = new byte[SIZE]; // guarded by this, as all below
    private int position;
    private int limit;
    private boolean ended;
    private boolean reading;
    private @Nullable IOException failure;

    Source(InputStream in) {
      this.in = in;
    }

    synchronized boolean ready() {
      if (position < limit || ended) {
        return true;
      }
      if (!reading) {
        reading = true;
        Thread.ofPlatform().daemon().name("rookery-host-input").start(this::fill);
      }
      return false;
    }

    private void fill() {
      byte[] chunk = new byte[SIZE];
      int n = -1;
      IOException problem = null;
      try {
        n = in.read(chunk, 0, SIZE);
      } catch (IOException e) {
        problem = e;
      }
      synchronized (this) {
        if (n > 0) {
          System.arraycopy(chunk, 0, buffer, 0, n);
          position = 0;
          limit = n;
        } else {
          ended = true;
          failure = problem;
        }
        reading = false;
      }
      queue.wakeAll();
    }

    synchronized int take(byte[] target, int offset, int length) {
      int n = Math.min(length, limit - position);
      if (n == 0 && failure != null) {
        throw Errno.EIO.exception();
      }
      System.arraycopy(buffer, position, target, offset, n);
      position += n;
      return n;
    }

    synchronized int available() {
      return limit - position;
    }
  }

  private static final class Input extends FileDescription {
    private static final int FIONREAD = 0x541B;

    private final Source source;
    private final AnonymousInode inode;

    Input(Source source, AnonymousInode inode, int flags) {
      super(flags);
      this.source = source;
      this.inode = inode;
    }

    @Override
    public Inode inode() {
      return inode;
    }

    @Override
    public String label() {
      return "pipe:[" + inode.ino() + "]";
    }

    @Override
    public int read(Task task, byte[] target, int offset, int length) {
      if (length == 0) {
        return 0;
      }
      if (!source.ready()) {
        if (nonBlocking()) {
          throw Errno.EAGAIN.exception();
        }
        source.queue.await(task, source::ready, WaitQueue.FOREVER);
      }
      return source.take(target, offset, length);
    }

    @Override
    public int poll() {
      return source.ready() ? POLLIN | POLLRDNORM : 0;
    }

    @Override
    public WaitQueue waitQueue() {
      return source.queue;
    }

    @Override
    public long ioctl(Task task, int request, long argument) {
      if (request == FIONREAD) {
        task.memory().putInt(argument, source.available());
        return 0;
      }
      return super.ioctl(task, request, argument);
    }
  }

  private static final class Output extends FileDescription {
    private final OutputStream out;
    private final Object lock;
    private final AnonymousInode inode;
    private final WaitQueue queue = new WaitQueue();

    Output(OutputStream out, Object lock, AnonymousInode inode, int flags) {
      super(flags);
      this.out = out;
      this.lock = lock;
      this.inode = inode;
    }

    @Override
    public Inode inode() {
      return inode;
    }

    @Override
    public String label() {
      return "pipe:[" + inode.ino() + "]";
    }

    @Override
    public int write(Task task, byte[] source, int offset, int length) {
      try {
        synchronized (lock) {
          out.write(source, offset, length);
          out.flush();
        }
        return length;
      } catch (IOException e) {
        throw failure(e);
      }
    }

    private static ErrnoException failure(IOException e) {
      String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
      boolean gone = text.contains("broken pipe") || text.contains("closed");
      return (gone ? Errno.EPIPE : Errno.EIO).exception();
    }

    @Override
    public int poll() {
      return POLLOUT | POLLWRNORM;
    }

    @Override
    public WaitQueue waitQueue() {
      return queue;
    }
  }
}
