package io.rookery.tcpip.ip;

import io.rookery.tcpip.NetError;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.wire.Icmp;
import io.rookery.tcpip.wire.IpPacket;

/**
 * An ICMP or ICMPv6 error about a packet that this stack sent, or is said to have sent.
 *
 * @param type of the message
 * @param code of the message
 * @param mtu that the path has, 0 unless this is about a packet too big
 * @param message the packet that the message is, valid until the handler returns
 * @param in the interface it came by
 * @param quoted the packet as far as it is quoted, valid until the handler returns
 */
public record IcmpError(
    int type, int code, int mtu, IpPacket message, LinkInterface in, IpPacket quoted) {

  /** Who sent the message. */
  public IpAddress offender() {
    return message.source();
  }

  /** Whether the packet was too big for a link on its path. */
  public boolean isTooBig() {
    return quoted.v6()
        ? type == Icmp.V6_PACKET_TOO_BIG
        : type == Icmp.V4_UNREACHABLE && code == Icmp.V4_FRAGMENTATION_NEEDED;
  }

  /** What it means to a socket, as Linux maps it (icmp(7)). */
  public NetError error() {
    return quoted.v6() ? errorV6() : errorV4();
  }

  private NetError errorV4() {
    if (type == Icmp.V4_PARAMETER_PROBLEM) {
      return NetError.PROTOCOL;
    }
    if (type != Icmp.V4_UNREACHABLE) {
      return NetError.HOST_UNREACHABLE;
    }
    return switch (code) {
      case Icmp.V4_NET_UNREACHABLE, 6, 9, 11 -> NetError.NETWORK_UNREACHABLE;
      case Icmp.V4_PROTOCOL_UNREACHABLE -> NetError.NO_PROTOCOL_OPTION;
      case Icmp.V4_PORT_UNREACHABLE -> NetError.CONNECTION_REFUSED;
      case Icmp.V4_FRAGMENTATION_NEEDED -> NetError.MESSAGE_TOO_LONG;
      case 5 -> NetError.NOT_SUPPORTED;
      default -> NetError.HOST_UNREACHABLE;
    };
  }

  private NetError errorV6() {
    return switch (type) {
      case Icmp.V6_PACKET_TOO_BIG -> NetError.MESSAGE_TOO_LONG;
      case Icmp.V6_PARAMETER_PROBLEM -> NetError.PROTOCOL;
      case Icmp.V6_UNREACHABLE ->
          switch (code) {
            case Icmp.V6_NO_ROUTE -> NetError.NETWORK_UNREACHABLE;
            case Icmp.V6_PROHIBITED, 5, 6 -> NetError.ACCESS;
            case Icmp.V6_PORT_UNREACHABLE -> NetError.CONNECTION_REFUSED;
            default -> NetError.HOST_UNREACHABLE;
          };
      default -> NetError.HOST_UNREACHABLE;
    };
  }

  /**
   * Whether it ends an attempt for good: a destination unreachable for a reason that does not pass
   * (RFC 1122 section 4.2.3.9), or a parameter problem.
   */
  public boolean isHard() {
    if (quoted.v6()) {
      return type == Icmp.V6_PARAMETER_PROBLEM
          || type == Icmp.V6_UNREACHABLE
              && (code == Icmp.V6_PROHIBITED || code == Icmp.V6_PORT_UNREACHABLE || code >= 5);
    }
    return type == Icmp.V4_PARAMETER_PROBLEM
        || type == Icmp.V4_UNREACHABLE
            && (code == Icmp.V4_PROTOCOL_UNREACHABLE
                || code == Icmp.V4_PORT_UNREACHABLE
                || code >= 9 && code <= 10
                || code == 13);
  }
}
