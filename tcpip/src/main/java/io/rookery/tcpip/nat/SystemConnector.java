package io.rookery.tcpip.nat;

import io.rookery.tcpip.address.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** The JVM's own sockets. */
final class SystemConnector implements Connector {

  @Override
  public SocketChannel stream(InetSocketAddress to) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true); // the guest has decided already
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      channel.connect(to);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public DatagramChannel datagrams(InetSocketAddress to) throws IOException {
    DatagramChannel channel = DatagramChannel.open();
    try {
      channel.configureBlocking(false);
      channel.connect(to);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public boolean answers(IpAddress to, Duration timeout) throws IOException {
    return to.toInetAddress().isReachable((int) timeout.toMillis());
  }
}
