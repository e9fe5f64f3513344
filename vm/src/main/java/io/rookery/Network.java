package io.rookery;

import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.link.PacketSink;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a guest's network interface is joined to; see {@link Networks}. Immutable, thread-safe. */
public abstract sealed class Network
    permits NoNetwork, SwitchNetwork, SharedSwitchNetwork, HostNetwork {

  /**
   * A guest's end of a network.
   *
   * @param sink what its interface sends into, closed with the interface
   * @param addresses of the interface
   * @param gateways next hops for everything else
   * @param nameServers in the order in which they are to be asked
   */
  record Joined(
      PacketSink sink,
      List<IpPrefix> addresses,
      List<IpAddress> gateways,
      List<IpAddress> nameServers) {}

  /** Who joins: the guest's host name, and whether it asks other name servers after this one's. */
  record Guest(String hostname, boolean asksOthers) {}

  Network() {}

  /** Whether its name server knows nobody but who is on it; such servers are asked first. */
  boolean namesOfItsOwnOnly() {
    return false;
  }

  /** Joins a guest; null if there is nothing to join. */
  abstract @Nullable Joined join(Guest guest);
}
