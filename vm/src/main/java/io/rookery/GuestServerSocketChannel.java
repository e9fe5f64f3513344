package io.rookery;

import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.address.Endpoint;
import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A port of a guest's stack where the host's code listens; as {@link GuestSocketChannel}. */
final class GuestServerSocketChannel extends ServerSocketChannel {
  private static final int BACKLOG = 128;

  private final TcpSocket socket;
  private final GuestSignal signal = new GuestSignal();

  private GuestServerSocketChannel(TcpSocket socket) {
    super(SelectorProvider.provider());
    this.socket = socket;
    socket.listener(signal);
  }

  static GuestServerSocketChannel listen(IpStack stack, Endpoint at) throws IOException {
    TcpSocket socket = stack.tcp(at.address().v6());
    try {
      socket.bind(at);
      socket.listen(BACKLOG);
      return new GuestServerSocketChannel(socket);
    } catch (NetException e) {
      socket.close();
      if (e.error() == NetError.ADDRESS_IN_USE) {
        BindException inUse = new BindException(at + " of the guest is in use");
        inUse.initCause(e);
        throw inUse;
      }
      throw e;
    }
  }

  @Override
  public @Nullable SocketChannel accept() throws IOException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
    TcpSocket accepted = null;
    begin();
    try {
      accepted = signal.first(this, socket::accept);
    } finally {
      end(accepted != null || !isBlocking());
    }
    return accepted == null ? null : new GuestSocketChannel(accepted);
  }

  @Override
  public ServerSocketChannel bind(@Nullable SocketAddress local, int backlog) {
    throw new AlreadyBoundException();
  }

  @Override
  public @Nullable SocketAddress getLocalAddress() {
    return GuestSignal.address(socket.localEndpoint());
  }

  @Override
  public ServerSocket socket() {
    throw new UnsupportedOperationException("a guest's port is a channel only");
  }

  @Override
  public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) {
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
