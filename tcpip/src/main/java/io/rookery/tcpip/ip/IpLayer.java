package io.rookery.tcpip.ip;

import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.Route;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.link.PacketSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Interfaces, addresses and routes of a stack; all methods want the lock. */
public final class IpLayer {
  private static final IpAddress ALL_HOSTS_V4 = IpAddress.v4(0xe0000001);
  private static final IpAddress ALL_NODES_V6 = IpAddress.v6(0xff02L << 48, 1);
  private static final IpAddress ALL_NODES_INTERFACE_V6 = IpAddress.v6(0xff01L << 48, 1);

  private final StackLoop loop;
  private final List<LinkInterface> interfaces = new ArrayList<>();
  private final Map<IpAddress, LinkInterface> owners = new HashMap<>();
  private final RoutingTable routes = new RoutingTable();
  private final PathMtus paths;
  private final IpOutput output;
  private final IpInput input;
  private final Taps taps;
  private int lastIndex;

  /** A layer without interfaces. The first one added is the loopback interface. */
  public IpLayer(StackLoop loop) {
    this.loop = loop;
    paths = new PathMtus(loop);
    output = new IpOutput(loop, this);
    input = new IpInput(loop, this);
    taps = new Taps(loop);
  }

  public RoutingTable routes() {
    return routes;
  }

  public PathMtus paths() {
    return paths;
  }

  public IpOutput output() {
    return output;
  }

  public IpInput input() {
    return input;
  }

  public Taps taps() {
    return taps;
  }

  /** The interface is not attached to its sink yet. */
  public LinkInterface addInterface(String name, PacketSink sink) {
    for (LinkInterface other : interfaces) {
      if (other.name().equals(name)) {
        throw new IllegalArgumentException("There is an interface " + name + " already");
      }
    }
    LinkInterface added =
        new LinkInterface(loop, this, name, ++lastIndex, sink, interfaces.isEmpty());
    interfaces.add(added);
    return added;
  }

  void removeInterface(LinkInterface gone) {
    for (IpPrefix address : List.copyOf(gone.prefixes())) {
      removeAddress(gone, address.address());
    }
    routes.removeInterface(gone.index());
    interfaces.remove(gone);
  }

  void addAddress(LinkInterface to, IpPrefix address) {
    if (to.prefixes().contains(address)) {
      return;
    }
    to.prefixes().add(address);
    owners.putIfAbsent(address.address(), to);
    routes.add(connected(to, address));
  }

  void removeAddress(LinkInterface from, IpAddress address) {
    for (IpPrefix prefix : List.copyOf(from.prefixes())) {
      if (prefix.address().equals(address)) {
        from.prefixes().remove(prefix);
        owners.remove(address, from);
        routes.remove(connected(from, prefix));
        routes.removeSource(address);
      }
    }
  }

  private static Route connected(LinkInterface of, IpPrefix address) {
    return new Route(address, null, of.index(), address.address(), 0);
  }

  /** Adds a route. */
  public void addRoute(Route route) {
    if (byIndex(route.interfaceIndex()) == null) {
      throw new IllegalArgumentException("No interface " + route.interfaceIndex());
    }
    routes.add(route);
  }

  public boolean removeRoute(Route route) {
    return routes.remove(route);
  }

  public List<Route> routeList() {
    return routes.routes();
  }

  public List<IpInterface> interfaces() {
    return List.copyOf(interfaces);
  }

  /** Those interfaces whose sinks the stack closes in the end. */
  public List<LinkInterface> links() {
    return List.copyOf(interfaces);
  }

  public LinkInterface loopback() {
    return interfaces.getFirst();
  }

  public @Nullable LinkInterface byIndex(int index) {
    for (LinkInterface candidate : interfaces) {
      if (candidate.index() == index) {
        return candidate;
      }
    }
    return null;
  }

  /** Whether packets to this address stay in the stack. */
  public boolean isLocal(IpAddress address) {
    return owners.containsKey(address) || !address.v6() && address.isLoopback();
  }

  /** Whether the address is a broadcast address of some interface. */
  public boolean isBroadcast(IpAddress address) {
    if (address.v6()) {
      return false;
    }
    for (LinkInterface candidate : interfaces) {
      if (candidate.isBroadcast(address)) {
        return true;
      }
    }
    return false;
  }

  boolean isAllHosts(IpAddress group) {
    return group.equals(ALL_HOSTS_V4)
        || group.equals(ALL_NODES_V6)
        || group.equals(ALL_NODES_INTERFACE_V6);
  }

  /** The interface that packets to an address leave by; null if there is no route. */
  public @Nullable LinkInterface outInterface(IpAddress destination, int boundInterface) {
    if (isLocal(destination)) {
      return loopback().isUp() ? loopback() : null;
    }
    if (boundInterface != 0 && (destination.isMulticast() || destination.isLimitedBroadcast())) {
      LinkInterface bound = byIndex(boundInterface);
      return bound != null && bound.isUp() ? bound : null;
    }
    Route route = routes.lookup(destination, boundInterface, this);
    if (route != null) {
      return byIndex(route.interfaceIndex());
    }
    return destination.isMulticast() || destination.isLimitedBroadcast() ? firstUp() : null;
  }

  /** Without a route, groups and 255.255.255.255 are sought on the first link. */
  private @Nullable LinkInterface firstUp() {
    for (LinkInterface candidate : interfaces) {
      if (candidate.isUp() && !candidate.isLoopback()) {
        return candidate;
      }
    }
    return null;
  }

  /**
   * The address to send from (RFC 6724 section 5, rules 1, 2 and 8).
   *
   * @return null if there is no route, or no address of that family
   */
  public @Nullable IpAddress sourceFor(IpAddress destination, int boundInterface) {
    if (isLocal(destination)) {
      return owners.containsKey(destination) ? destination : IpAddress.LOOPBACK_V4;
    }
    LinkInterface out = outInterface(destination, boundInterface);
    if (out == null) {
      return null;
    }
    Route route = routes.lookup(destination, boundInterface, this);
    if (route != null && route.source() != null) {
      return route.source();
    }
    IpAddress best = bestOf(out, destination);
    for (LinkInterface other : interfaces) {
      if (best == null && !other.isLoopback()) {
        best = bestOf(other, destination);
      }
    }
    return best;
  }

  private static @Nullable IpAddress bestOf(LinkInterface of, IpAddress destination) {
    IpAddress best = null;
    int bestScore = -1;
    for (IpPrefix prefix : of.prefixes()) {
      IpAddress candidate = prefix.address();
      if (candidate.v6() == destination.v6()) {
        int score = candidate.commonPrefix(destination);
        if (candidate.isLinkLocal() == destination.isLinkLocal()) {
          score += 256;
        }
        if (score > bestScore) {
          best = candidate;
          bestScore = score;
        }
      }
    }
    return best;
  }
}
