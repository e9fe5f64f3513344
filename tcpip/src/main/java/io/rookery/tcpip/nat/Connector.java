package io.rookery.tcpip.nat;

import io.rookery.tcpip.address.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * Opens what leaves this JVM; nothing else of a gateway does. The addresses have passed the policy.
 * Thread-safe.
 */
public interface Connector {

  /** A non-blocking channel that is connected, or is being connected. */
  SocketChannel stream(InetSocketAddress to) throws IOException;

  /** A non-blocking, connected channel. */
  DatagramChannel datagrams(InetSocketAddress to) throws IOException;

  /** Whether a host answers pings; blocks for at most that time. */
  boolean answers(IpAddress to, Duration timeout) throws IOException;

  /** The connector that uses the JVM's own sockets. */
  static Connector system() {
    return new SystemConnector();
  }
}
