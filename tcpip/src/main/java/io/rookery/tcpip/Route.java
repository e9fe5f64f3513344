package io.rookery.tcpip;

import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import org.jspecify.annotations.Nullable;

/**
 * A route: the longest prefix wins, then the least metric.
 *
 * @param destination where it leads
 * @param gateway the next hop; null if the link reaches the destination itself. Links without
 *     link-layer addresses ignore it
 * @param interfaceIndex the interface that packets leave by
 * @param source the address to send from; null to choose one of the interface's
 * @param metric 0 or more
 */
public record Route(
    IpPrefix destination,
    @Nullable IpAddress gateway,
    int interfaceIndex,
    @Nullable IpAddress source,
    int metric) {

  /** A route without gateway and source, of metric 0. */
  public static Route direct(IpPrefix destination, int interfaceIndex) {
    return new Route(destination, null, interfaceIndex, null, 0);
  }
}
