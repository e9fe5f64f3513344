package io.rookery.tcpip.address;

/**
 * An address with a prefix length, in CIDR notation (RFC 4632): an interface's address and its
 * network, or a route's destination. Host bits may be set.
 *
 * @param address an address of the network
 * @param length leading bits that make the network, 0 to 32 or 128
 */
public record IpPrefix(IpAddress address, int length) {

  /** Every IPv4 address. */
  public static final IpPrefix ALL_V4 = new IpPrefix(IpAddress.ANY_V4, 0);

  /** Every IPv6 address. */
  public static final IpPrefix ALL_V6 = new IpPrefix(IpAddress.ANY_V6, 0);

  /**
   * @throws IllegalArgumentException if the length is out of range
   */
  public IpPrefix {
    if (length < 0 || length > address.bits()) {
      throw new IllegalArgumentException("Prefix length " + length + " of " + address);
    }
  }

  /**
   * Parses {@code address/length}; an address alone is one host.
   *
   * @throws IllegalArgumentException if it is not in that notation
   */
  public static IpPrefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return host(IpAddress.parse(text));
    }
    return new IpPrefix(
        IpAddress.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
  }

  /** The prefix that holds one address only. */
  public static IpPrefix host(IpAddress address) {
    return new IpPrefix(address, address.bits());
  }

  /** Whether the address is of this family and lies in this network. */
  public boolean contains(IpAddress other) {
    return other.v6() == address.v6() && address.commonPrefix(other) >= length;
  }

  /** The address of this network with all host bits clear. */
  public IpAddress network() {
    if (!address.v6()) {
      return IpAddress.v4((int) (address.low() & -1L << 32 - length));
    }
    return IpAddress.v6(
        length == 0 ? 0 : length >= 64 ? address.high() : address.high() & -1L << 64 - length,
        length <= 64 ? 0 : length == 128 ? address.low() : address.low() & -1L << 128 - length);
  }

  /**
   * The address of this IPv4 network with all host bits set (RFC 919).
   *
   * @throws IllegalStateException if this is IPv6, or has fewer than two host bits
   */
  public IpAddress broadcast() {
    if (!hasBroadcast()) {
      throw new IllegalStateException("No broadcast address in " + this);
    }
    return IpAddress.v4((int) address.low() | (int) (0xffff_ffffL >>> length));
  }

  /** Whether {@link #broadcast()} has an answer: IPv4 with at least two host bits (RFC 3021). */
  public boolean hasBroadcast() {
    return !address.v6() && length < 31;
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
