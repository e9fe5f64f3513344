package io.rookery.tcpip.nat;

import io.rookery.tcpip.address.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Records dials; opens connections to this machine's loopback only, in place of what was meant. */
final class RecordingConnector implements Connector {
  final List<String> dials = new CopyOnWriteArrayList<>();
  private final Map<String, InetSocketAddress> servers = new ConcurrentHashMap<>();
  private final Map<String, IOException> failures = new ConcurrentHashMap<>();

  /** A local server that stands for an address and port. */
  void serve(String to, InetSocketAddress local) {
    if (!local.getAddress().isLoopbackAddress()) {
      throw new IllegalArgumentException(local.toString());
    }
    servers.put(to, local);
  }

  void fail(String to, IOException how) {
    failures.put(to, how);
  }

  private static String text(InetSocketAddress to) {
    return IpAddress.of(to.getAddress()) + ":" + to.getPort();
  }

  private InetSocketAddress record(String what, InetSocketAddress to) throws IOException {
    dials.add(what + " " + text(to));
    IOException failure = failures.get(text(to));
    if (failure != null) {
      throw failure;
    }
    InetSocketAddress local = servers.get(text(to));
    if (local == null) {
      throw new java.net.ConnectException("Connection refused");
    }
    return local;
  }

  @Override
  public SocketChannel stream(InetSocketAddress to) throws IOException {
    return Connector.system().stream(record("tcp", to));
  }

  @Override
  public DatagramChannel datagrams(InetSocketAddress to) throws IOException {
    return Connector.system().datagrams(record("udp", to));
  }

  @Override
  public boolean answers(IpAddress to, Duration timeout) {
    dials.add("icmp " + to);
    return true;
  }
}
