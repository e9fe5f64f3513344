package io.rookery.tcpip.socket;

import io.rookery.tcpip.address.IpAddress;

/** What holds a port: a bound socket or a connection. */
public interface PortHolder {

  /** The local address, IPv4-mapped ones as IPv4; an "any" address if it takes all. */
  IpAddress boundAddress();

  /** Whether an IPv6 "any" address takes IPv4, too. */
  boolean dualStack();

  boolean reuseAddress();

  boolean reusePort();

  /** A listener of a stream protocol never shares its port by {@link #reuseAddress}. */
  boolean listening();

  /** The interface it is bound to, 0 for none. */
  int boundInterface();

  /**
   * Whether the two would take packets from each other, with no leave to.
   *
   * @param a who wants the port
   * @param b who has it
   */
  static boolean conflict(PortHolder a, PortHolder b) {
    if (a.boundInterface() != 0
        && b.boundInterface() != 0
        && a.boundInterface() != b.boundInterface()) {
      return false;
    }
    if (a.reusePort() && b.reusePort() || a.reuseAddress() && b.reuseAddress() && !b.listening()) {
      return false;
    }
    IpAddress one = a.boundAddress();
    IpAddress other = b.boundAddress();
    if (one.isAny() && other.isAny()) {
      return one.v6() == other.v6() || a.dualStack() || b.dualStack();
    }
    if (one.isAny()) {
      return covers(a, other);
    }
    return other.isAny() ? covers(b, one) : one.equals(other);
  }

  /** Whether a holder takes packets to an address. */
  static boolean covers(PortHolder holder, IpAddress address) {
    IpAddress bound = holder.boundAddress();
    if (!bound.isAny()) {
      return bound.equals(address);
    }
    return bound.v6() == address.v6() || bound.v6() && holder.dualStack();
  }
}
