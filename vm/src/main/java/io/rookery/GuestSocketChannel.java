package io.rookery;

import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.address.Endpoint;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A connection with a guest's stack as a channel: connected from the start, blocking or not, but
 * not for selectors, which are the JDK's own.
 */
final class GuestSocketChannel extends SocketChannel {
  private final TcpSocket socket;
  private final GuestSignal signal = new GuestSignal();
  private final ReentrantLock reading = new ReentrantLock();
  private final ReentrantLock writing = new ReentrantLock();

  /** Takes over a connection, open or being opened. */
  GuestSocketChannel(TcpSocket socket) {
    super(SelectorProvider.provider());
    this.socket = socket;
    socket.listener(signal);
  }

  /** Connects, and waits until the connection is there. */
  static GuestSocketChannel connect(IpStack stack, Endpoint to) throws IOException {
    GuestSocketChannel channel = new GuestSocketChannel(stack.tcp(to.address().v6()));
    try {
      channel.open(to);
      return channel;
    } catch (NetException e) {
      channel.close();
      if (e.error() == NetError.CONNECTION_REFUSED) {
        ConnectException refused = new ConnectException("Nobody listens at " + to);
        refused.initCause(e);
        throw refused;
      }
      throw e;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private void open(Endpoint to) throws IOException {
    boolean done = false;
    begin();
    try {
      socket.connect(to);
      done = signal.first(this, this::established) != null;
    } finally {
      end(done);
    }
  }

  private @Nullable Boolean established() throws IOException {
    NetError error = socket.takeError();
    if (error != null) {
      throw new NetException(error);
    }
    return socket.state().isSynchronized() ? true : null;
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    reading.lock();
    try {
      return transfer(to, () -> socket.read(to));
    } finally {
      reading.unlock();
    }
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    writing.lock();
    try {
      int total = 0;
      do {
        total += transfer(from, () -> socket.write(from, false));
      } while (from.hasRemaining() && isBlocking());
      return total;
    } finally {
      writing.unlock();
    }
  }

  private interface Transfer {
    int move() throws IOException;
  }

  /** Waits, if the channel is a blocking one, until something was moved. */
  private int transfer(ByteBuffer buffer, Transfer transfer) throws IOException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
    if (!buffer.hasRemaining()) {
      return 0;
    }
    Integer moved = null;
    begin();
    try {
      moved =
          signal.first(
              this,
              () -> {
                int count = transfer.move();
                return count == 0 ? null : count;
              });
      return moved == null ? 0 : moved;
    } finally {
      end(moved != null || !isBlocking());
    }
  }

  @Override
  public long read(ByteBuffer[] to, int offset, int length) throws IOException {
    long total = 0;
    for (int i = offset; i < offset + length; i++) {
      if (to[i].hasRemaining()) {
        if (total > 0 && socket.available() == 0) {
          break; // only the first one waits
        }
        int count = read(to[i]);
        if (count < 0) {
          return total == 0 ? -1 : total;
        }
        total += count;
        if (to[i].hasRemaining()) {
          break;
        }
      }
    }
    return total;
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) throws IOException {
    long total = 0;
    for (int i = offset; i < offset + length; i++) {
      total += write(from[i]);
      if (from[i].hasRemaining()) {
        break;
      }
    }
    return total;
  }

  @Override
  public SocketChannel shutdownInput() throws IOException {
    socket.shutdown(true, false);
    return this;
  }

  @Override
  public SocketChannel shutdownOutput() throws IOException {
    socket.shutdown(false, true);
    return this;
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean isConnectionPending() {
    return false;
  }

  @Override
  public boolean finishConnect() {
    return true;
  }

  @Override
  public boolean connect(SocketAddress remote) {
    throw new AlreadyConnectedException();
  }

  @Override
  public SocketChannel bind(@Nullable SocketAddress local) {
    throw new AlreadyConnectedException();
  }

  @Override
  public @Nullable SocketAddress getRemoteAddress() {
    return GuestSignal.address(socket.lastRemoteEndpoint());
  }

  @Override
  public @Nullable SocketAddress getLocalAddress() {
    return GuestSignal.address(socket.localEndpoint());
  }

  @Override
  public Socket socket() {
    throw new UnsupportedOperationException("a guest's connection is a channel only");
  }

  @Override
  public <T> SocketChannel setOption(SocketOption<T> name, T value) {
    throw new UnsupportedOperationException(name.name());
  }

  @Override
  public <T> T getOption(SocketOption<T> name) {
    throw new UnsupportedOperationException(name.name());
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return Set.of();
  }

  @Override
  protected void implCloseSelectableChannel() {
    socket.close();
    signal.ready(0);
  }

  @Override
  protected void implConfigureBlocking(boolean block) {
    signal.ready(0);
  }
}
