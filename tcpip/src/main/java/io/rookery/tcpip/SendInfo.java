package io.rookery.tcpip;

import io.rookery.tcpip.address.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * How one datagram is sent, where it differs from the socket's options (IP_PKTINFO and others of
 * ip(7) and ipv6(7) as control messages).
 *
 * @param source the address to send from, null for the usual one
 * @param interfaceIndex the interface to leave by, 0 for the usual one
 * @param hopLimit TTL or hop limit, -1 for the usual one
 * @param trafficClass TOS byte or traffic class, -1 for the usual one
 */
public record SendInfo(
    @Nullable IpAddress source, int interfaceIndex, int hopLimit, int trafficClass) {
  /** As the socket's options say. */
  public static final SendInfo DEFAULT = new SendInfo(null, 0, -1, -1);
}
