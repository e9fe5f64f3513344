package io.rookery.tcpip.ip;

import io.rookery.tcpip.Route;
import io.rookery.tcpip.address.IpAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Routes, most specific first. */
public final class RoutingTable {
  private static final Comparator<Route> ORDER =
      Comparator.comparingInt((Route route) -> -route.destination().length())
          .thenComparingInt(Route::metric);

  private final List<Route> routes = new ArrayList<>();
  private int generation;

  RoutingTable() {}

  /** Changes whenever what was looked up may no longer be true. */
  public int generation() {
    return generation;
  }

  void changed() {
    generation++;
  }

  void add(Route route) {
    if (!routes.contains(route)) {
      routes.add(route);
      routes.sort(ORDER);
      generation++;
    }
  }

  boolean remove(Route route) {
    generation++;
    return routes.remove(route);
  }

  void removeInterface(int index) {
    generation++;
    routes.removeIf(route -> route.interfaceIndex() == index);
  }

  /** Takes away routes that ask for a source address that is no more. */
  void removeSource(IpAddress source) {
    generation++;
    routes.removeIf(route -> source.equals(route.source()));
  }

  List<Route> routes() {
    return List.copyOf(routes);
  }

  /**
   * The best route.
   *
   * @param interfaceIndex the interface it must lead to, 0 for any
   * @param ip tells which interfaces are up
   */
  @Nullable Route lookup(IpAddress destination, int interfaceIndex, IpLayer ip) {
    for (Route route : routes) {
      if (route.destination().contains(destination)
          && (interfaceIndex == 0 || interfaceIndex == route.interfaceIndex())) {
        LinkInterface out = ip.byIndex(route.interfaceIndex());
        if (out != null && out.isUp()) {
          return route;
        }
      }
    }
    return null;
  }
}
