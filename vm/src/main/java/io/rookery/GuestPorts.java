package io.rookery;

import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.nat.PortPublisher;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A guest's ports for the host: connections both ways, and ports of the host that lead to them. */
final class GuestPorts implements AutoCloseable {
  private final NetworkNamespace network;
  private final Map<Integer, InetSocketAddress> published = new LinkedHashMap<>();
  private @Nullable PortPublisher publisher;

  private GuestPorts(NetworkNamespace network) {
    this.network = network;
  }

  /**
   * Publishes what the settings ask for.
   *
   * @throws VmException if a port of the host cannot be had; nothing is published then
   */
  static GuestPorts open(NetworkNamespace network, VmBuilder settings) {
    GuestPorts ports = new GuestPorts(network);
    for (VmBuilder.Publication p : settings.publications) {
      try {
        ports.publish(settings.hostname, p);
      } catch (IOException e) {
        ports.close();
        throw new VmException(
            "port " + p.guestPort() + " cannot be published at " + p.host() + ": " + e.getMessage(),
            e);
      }
    }
    return ports;
  }

  private void publish(String hostname, VmBuilder.Publication p) throws IOException {
    PortPublisher to = publisher;
    if (to == null) {
      to = new PortPublisher("published ports of " + hostname, this::stack, this::addresses);
      publisher = to;
    }
    published.put(p.guestPort(), to.publish(p.host(), p.guestPort()));
  }

  @Nullable InetSocketAddress published(int guestPort) {
    return published.get(guestPort);
  }

  private IpStack stack() {
    try {
      return network.stack();
    } catch (ErrnoException e) {
      throw new IllegalStateException("the VM is closed", e);
    }
  }

  /** Programs listen at the loopback interface more often than at another only. */
  private List<IpAddress> addresses() {
    List<IpAddress> all = new ArrayList<>();
    for (IpInterface i : stack().interfaces()) {
      i.addresses().stream().map(IpPrefix::address).forEach(all::add);
    }
    return all;
  }

  SocketChannel connect(int port) throws IOException {
    ConnectException refused = new ConnectException("Nobody listens at port " + port);
    for (IpAddress address : addresses()) {
      try {
        return GuestSocketChannel.connect(stack(), new Endpoint(address, port));
      } catch (ConnectException e) {
        refused.addSuppressed(e);
      }
    }
    throw refused;
  }

  ServerSocketChannel listen(int port) throws IOException {
    return GuestServerSocketChannel.listen(stack(), new Endpoint(IpAddress.LOOPBACK_V4, port));
  }

  @Override
  public void close() {
    PortPublisher closing = publisher;
    if (closing != null) {
      closing.close();
    }
  }
}
