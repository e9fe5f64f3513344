package io.rookery.linux.net;

import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.Route;
import io.rookery.tcpip.address.IpAddress;
import org.jspecify.annotations.Nullable;

/** Questions about where packets go. */
public final class Routes {
  private Routes() {}

  /** The route to an address; null if there is none. */
  public static @Nullable Route to(NetworkNamespace network, IpAddress address) {
    return network.stack().routes().stream() // most specific ones first
        .filter(r -> r.destination().contains(address))
        .findFirst()
        .orElse(null);
  }

  /** Whether an address is of this host. */
  public static boolean isLocal(NetworkNamespace network, IpAddress address) {
    return address.isLoopback()
        || network.stack().interfaces().stream()
            .flatMap(i -> i.addresses().stream())
            .anyMatch(p -> p.address().equals(address));
  }

  /** The MTU of the interface towards an address. */
  public static int mtuTowards(NetworkNamespace network, IpAddress address) {
    Route route = isLocal(network, address) ? null : to(network, address);
    IpInterface out = route == null ? null : network.byIndex(route.interfaceIndex());
    return (out == null ? network.stack().loopback() : out).mtu();
  }
}
