package io.rookery.tcpip;

import io.rookery.tcpip.address.Endpoint;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * A connection as blocking streams, for those who have a thread to wait on. Any thread may use it;
 * one reader and one writer at a time. An interrupt ends a wait with {@link
 * InterruptedIOException}.
 */
public final class TcpStream implements Closeable {
  private final TcpSocket socket;
  private final Waiter waiter;

  /** Waits for events without holding a lock while sockets are called. */
  private static final class Waiter implements ReadinessListener {
    private long events;

    @Override
    public synchronized void ready(int bits) {
      events++;
      notifyAll();
    }

    synchronized long seen() {
      return events;
    }

    synchronized void await(long seen) throws InterruptedIOException {
      try {
        while (events == seen) {
          wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException();
      }
    }
  }

  /**
   * Takes a connection over, its listener included.
   *
   * @param socket a connection, open or being opened
   */
  public TcpStream(TcpSocket socket) {
    this.socket = socket;
    waiter = new Waiter();
    socket.listener(waiter);
  }

  /** Opens a connection, waiting until it is there. */
  public static TcpStream connect(IpStack stack, Endpoint remote) throws IOException {
    TcpStream stream = new TcpStream(stack.tcp(remote.address().v6()));
    try {
      stream.socket.connect(remote);
      stream.awaitOpen();
      return stream;
    } catch (IOException e) {
      stream.close();
      throw e;
    }
  }

  /** Waits for a connection to a listening socket, whose listener this replaces. */
  public static TcpStream accept(TcpSocket listening) throws IOException {
    Waiter waiter = new Waiter();
    listening.listener(waiter);
    while (true) {
      long seen = waiter.seen();
      TcpSocket accepted = listening.accept();
      if (accepted != null) {
        return new TcpStream(accepted);
      }
      waiter.await(seen);
    }
  }

  private void awaitOpen() throws IOException {
    while (true) {
      long seen = waiter.seen();
      NetError error = socket.takeError();
      if (error != null) {
        throw new NetException(error);
      }
      if (socket.state().isSynchronized()) {
        return;
      }
      waiter.await(seen);
    }
  }

  /** The socket below. */
  public TcpSocket socket() {
    return socket;
  }

  /** What the peer sends; closing it does nothing. */
  public InputStream input() {
    return new Input();
  }

  /** What the peer gets; closing it ends this direction only. */
  public OutputStream output() {
    return new Output();
  }

  @Override
  public void close() {
    socket.close();
  }

  private final class Input extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int at, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      ByteBuffer buffer = ByteBuffer.wrap(to, at, length);
      while (true) {
        long seen = waiter.seen();
        int count = socket.read(buffer);
        if (count != 0) {
          return count;
        }
        waiter.await(seen);
      }
    }

    @Override
    public int available() {
      return socket.available();
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int at, int length) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(from, at, length);
      while (buffer.hasRemaining()) {
        long seen = waiter.seen();
        if (socket.write(buffer, false) == 0) {
          waiter.await(seen);
        }
      }
    }

    @Override
    public void close() throws IOException {
      socket.shutdown(false, true);
    }
  }
}
