package io.rookery.linux.net;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.Route;
import io.rookery.tcpip.StackSocket;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.link.PacketSink;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The network of a VM: one IP stack, whose only interface is lo unless links are added, and the
 * guest sockets on it. Made when it is first needed. Thread-safe.
 */
public final class NetworkNamespace implements AutoCloseable {
  /** Sockets of all processes; socket(2) and accept(2) fail with ENFILE beyond. */
  private static final int MOST_SOCKETS = 65_536;

  private static final long LEAST_MEMORY = 4L << 20;
  private static final long MOST_MEMORY = 256L << 20;

  private final Kernel kernel;
  private final Map<StackSocket, FileDescription> sockets = new ConcurrentHashMap<>();
  private final Map<Integer, Set<Integer>> netlinkPorts = new ConcurrentHashMap<>();
  private final PacketSockets packetSockets = new PacketSockets();
  private volatile @Nullable IpStack stack;
  private boolean closed; // guarded by this

  public NetworkNamespace(Kernel kernel) {
    this.kernel = kernel;
  }

  /** The stack; ENETDOWN when the VM is being closed. */
  public IpStack stack() {
    IpStack s = stack;
    return s != null ? s : start();
  }

  private synchronized IpStack start() {
    IpStack s = stack;
    if (s == null) {
      if (closed) {
        throw Errno.ENETDOWN.exception();
      }
      long eighth = kernel.memory().limitBytes() / 8;
      s =
          IpStack.builder()
              .name("network of " + kernel.hostname())
              .random(kernel.random())
              .memory(Math.clamp(eighth, LEAST_MEMORY, MOST_MEMORY))
              .build();
      stack = s;
    }
    return s;
  }

  /**
   * Adds an interface at the end of a link, up, and default routes by it.
   *
   * @param gateways next hops for everything else, at most one of each family
   * @param metric of these routes; the least wins
   */
  public IpInterface addLink(
      String name,
      PacketSink sink,
      List<IpPrefix> addresses,
      List<IpAddress> gateways,
      int metric) {
    IpStack s = stack();
    IpInterface added = s.addInterface(name, sink, addresses.toArray(IpPrefix[]::new));
    for (IpAddress gateway : gateways) {
      IpPrefix all = gateway.v6() ? IpPrefix.ALL_V6 : IpPrefix.ALL_V4;
      s.addRoute(new Route(all, gateway, added.index(), null, metric));
    }
    return added;
  }

  /** The interface of a name, or null. */
  public @Nullable IpInterface byName(String name) {
    return stack().interfaces().stream().filter(i -> i.name().equals(name)).findAny().orElse(null);
  }

  /** The interface of an index, or null. */
  public @Nullable IpInterface byIndex(int index) {
    return stack().interfaces().stream().filter(i -> i.index() == index).findAny().orElse(null);
  }

  /** The open guest socket over one of the stack's; null where there is none. */
  public @Nullable FileDescription socketOf(StackSocket socket) {
    return sockets.get(socket);
  }

  /** How many guest sockets are open. */
  public int openSockets() {
    return sockets.size();
  }

  /** The packet sockets. */
  public PacketSockets packetSockets() {
    return packetSockets;
  }

  /** The ports of a protocol of AF_NETLINK that are in use. */
  public Set<Integer> netlinkPorts(int protocol) {
    return netlinkPorts.computeIfAbsent(protocol, key -> ConcurrentHashMap.newKeySet());
  }

  /** A guest socket was made over one of the stack's; ENFILE, and it is closed, beyond a limit. */
  public void opened(StackSocket socket, FileDescription guest) {
    if (sockets.size() >= MOST_SOCKETS) {
      socket.close();
      throw Errno.ENFILE.exception();
    }
    sockets.put(socket, guest);
  }

  /** A guest socket is being closed. */
  public void closed(StackSocket socket) {
    sockets.remove(socket);
  }

  @Override
  public void close() {
    IpStack s;
    synchronized (this) {
      closed = true;
      s = stack;
    }
    if (s != null) {
      s.close();
    }
  }
}
