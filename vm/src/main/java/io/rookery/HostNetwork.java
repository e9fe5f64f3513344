package io.rookery;

import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.dns.NameResolver;
import io.rookery.tcpip.nat.Connector;
import io.rookery.tcpip.nat.EgressPolicy;
import io.rookery.tcpip.nat.NatGateway;
import java.util.List;

/** The host's network behind NAT; each guest has a gateway of its own. */
final class HostNetwork extends Network {
  // The addresses that QEMU's user network and its kin have made usual.
  private static final IpAddress GATEWAY_V4 = IpAddress.parse("10.0.2.2");
  private static final IpAddress GUEST_V4 = IpAddress.parse("10.0.2.15");
  private static final IpAddress GATEWAY_V6 = IpAddress.parse("fd52:6f6f:6b65:2::2");
  private static final IpAddress GUEST_V6 = IpAddress.parse("fd52:6f6f:6b65:2::15");

  private final EgressPolicy policy;
  private final Connector connector;
  private final NameResolver resolver;

  HostNetwork(EgressPolicy policy, Connector connector, NameResolver resolver) {
    this.policy = policy;
    this.connector = connector;
    this.resolver = resolver;
  }

  private static List<IpPrefix> withNetworks(IpAddress v4, IpAddress v6) {
    return List.of(new IpPrefix(v4, 24), new IpPrefix(v6, 64));
  }

  @Override
  Joined join(Guest guest) {
    NatGateway gateway =
        new NatGateway(
            "gateway of " + guest.hostname(),
            withNetworks(GATEWAY_V4, GATEWAY_V6),
            policy,
            connector,
            resolver);
    return new Joined(
        new ClosingSink(gateway.sink(), gateway::close),
        withNetworks(GUEST_V4, GUEST_V6),
        List.of(GATEWAY_V4, GATEWAY_V6),
        List.of(GATEWAY_V4));
  }
}
