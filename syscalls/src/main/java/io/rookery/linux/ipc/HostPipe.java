package io.rookery.linux.ipc;

import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.AnonymousInode;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.Vfs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

/**
 * A pipe with one end in the guest and the other a stream of the host: what {@link Process} shows
 * of a guest program. The streams are for one thread at a time.
 */
public final class HostPipe {
  private HostPipe() {}

  /** A guest's descriptor to write to, and the stream that its bytes come out of. */
  public record FromGuest(FileDescription guest, InputStream host) {}

  /** A guest's descriptor to read from, and the stream that feeds it. */
  public record ToGuest(FileDescription guest, OutputStream host) {}

  public static FromGuest fromGuest(Vfs vfs) {
    Pipe pipe = new Pipe();
    pipe.addEnd(true, false);
    return new FromGuest(end(vfs, pipe, OpenFlags.O_WRONLY), new Reader(pipe));
  }

  public static ToGuest toGuest(Vfs vfs) {
    Pipe pipe = new Pipe();
    pipe.addEnd(false, true);
    return new ToGuest(end(vfs, pipe, OpenFlags.O_RDONLY), new Writer(pipe));
  }

  private static PipeEnd end(Vfs vfs, Pipe pipe, int flags) {
    AnonymousInode inode = vfs.pipes().newInode(FileMode.S_IFIFO | 0600, 0, 0, vfs.now());
    inode.setReopener((again, _) -> new PipeEnd(pipe, inode, null, again));
    return new PipeEnd(pipe, inode, null, flags);
  }

  /**
   * Waits until the queue wakes up; {@code ready} is looked at before, so that no wake-up is
   * missed.
   */
  private static void await(WaitQueue queue, java.util.function.BooleanSupplier ready)
      throws IOException {
    Thread self = Thread.currentThread();
    try (WaitQueue.Registration _ = queue.register(() -> LockSupport.unpark(self))) {
      while (!ready.getAsBoolean()) {
        LockSupport.park(queue);
        if (Thread.interrupted()) {
          self.interrupt();
          throw new java.io.InterruptedIOException("interrupted while waiting for the guest");
        }
      }
    }
  }

  private static final class Reader extends InputStream {
    private final Pipe pipe;
    private boolean closed;

    Reader(Pipe pipe) {
      this.pipe = pipe;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, target.length);
      if (closed) {
        throw new IOException("stream closed");
      }
      if (length == 0) {
        return 0;
      }
      while (true) {
        int n = pipe.readNow(target, offset, length);
        if (n != 0) {
          return n;
        }
        await(pipe.queue(), pipe::readable);
      }
    }

    @Override
    public int available() {
      return closed ? 0 : pipe.available();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        pipe.removeEnd(true, false);
      }
    }
  }

  private static final class Writer extends OutputStream {
    private final Pipe pipe;
    private boolean closed;

    Writer(Pipe pipe) {
      this.pipe = pipe;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, source.length);
      if (closed) {
        throw new IOException("stream closed");
      }
      int done = 0;
      while (done < length) {
        int n = writeNow(source, offset + done, length - done);
        done += n;
        if (n == 0) {
          await(pipe.queue(), () -> pipe.writable(1));
        }
      }
    }

    private int writeNow(byte[] source, int offset, int length) throws IOException {
      try {
        return pipe.writeNow(source, offset, length);
      } catch (ErrnoException e) {
        throw new IOException("the guest has closed the other end", e);
      }
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        pipe.removeEnd(false, true);
      }
    }
  }
}
