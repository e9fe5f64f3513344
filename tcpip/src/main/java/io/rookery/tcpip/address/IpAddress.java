package io.rookery.tcpip.address;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An IPv4 or IPv6 address, immutable. Unlike {@link InetAddress} it has no name, no scope, and an
 * IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) stays one.
 *
 * @param high first 64 bits of an IPv6 address, 0 for IPv4
 * @param low last 64 bits of an IPv6 address, or the 32 bits of an IPv4 address
 * @param v6 whether this is an IPv6 address
 */
public record IpAddress(long high, long low, boolean v6) implements Comparable<IpAddress> {

  /** 0.0.0.0, which stands for "any" when binding. */
  public static final IpAddress ANY_V4 = v4(0);

  /** ::, which stands for "any" when binding. */
  public static final IpAddress ANY_V6 = v6(0, 0);

  /** 127.0.0.1. */
  public static final IpAddress LOOPBACK_V4 = v4(0x7f000001);

  /** ::1. */
  public static final IpAddress LOOPBACK_V6 = v6(0, 1);

  /** 255.255.255.255. */
  public static final IpAddress BROADCAST_V4 = v4(-1);

  private static final long MAPPED = 0xffff_0000_0000L;

  /**
   * @throws IllegalArgumentException if an IPv4 address has more than 32 bits
   */
  public IpAddress {
    if (!v6 && (high != 0 || low >>> 32 != 0)) {
      throw new IllegalArgumentException("An IPv4 address has 32 bits");
    }
  }

  /** The IPv4 address with these 32 bits, the first byte in the highest ones. */
  public static IpAddress v4(int bits) {
    return new IpAddress(0, bits & 0xffff_ffffL, false);
  }

  /** The IPv6 address with these 128 bits. */
  public static IpAddress v6(long high, long low) {
    return new IpAddress(high, low, true);
  }

  /**
   * The address in a byte array in network order.
   *
   * @throws IllegalArgumentException unless there are 4 or 16 bytes
   */
  public static IpAddress of(byte[] bytes) {
    return switch (bytes.length) {
      case 4 -> v4(ByteBuffer.wrap(bytes).getInt());
      case 16 -> v6(ByteBuffer.wrap(bytes).getLong(), ByteBuffer.wrap(bytes).getLong(8));
      default -> throw new IllegalArgumentException("Not an address: " + bytes.length + " bytes");
    };
  }

  /** The same address as a value of ours; a scope is lost. */
  public static IpAddress of(InetAddress address) {
    return of(address.getAddress());
  }

  /**
   * Parses a literal; never asks a resolver.
   *
   * @throws IllegalArgumentException if it is not an address in the usual notation
   */
  public static IpAddress parse(String literal) {
    if (literal.indexOf(':') < 0) {
      return of(Inet4Address.ofLiteral(literal));
    }
    if (literal.indexOf('%') >= 0) {
      throw new IllegalArgumentException("Addresses here have no scope: " + literal);
    }
    // The JDK makes IPv4 addresses of mapped ones.
    InetAddress parsed = InetAddress.ofLiteral(literal);
    IpAddress address = of(parsed);
    return address.v6 ? address : address.mapped();
  }

  /** This address as 4 or 16 bytes in network order. */
  public byte[] toBytes() {
    return v6
        ? ByteBuffer.allocate(16).putLong(high).putLong(low).array()
        : ByteBuffer.allocate(4).putInt((int) low).array();
  }

  /** This address for the JDK's classes; an IPv4-mapped one becomes an {@link Inet4Address}. */
  public InetAddress toInetAddress() {
    try {
      return InetAddress.getByAddress(toBytes());
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** Bits of an address of this family: 32 or 128. */
  public int bits() {
    return v6 ? 128 : 32;
  }

  /** Whether this is 0.0.0.0 or ::. */
  public boolean isAny() {
    return high == 0 && low == 0;
  }

  /** Whether this is in 127.0.0.0/8 or is ::1. */
  public boolean isLoopback() {
    return v6 ? high == 0 && low == 1 : low >>> 24 == 127;
  }

  /** Whether this is in 224.0.0.0/4 or ff00::/8. */
  public boolean isMulticast() {
    return v6 ? high >>> 56 == 0xff : low >>> 28 == 0xe;
  }

  /** Whether this is 255.255.255.255. */
  public boolean isLimitedBroadcast() {
    return !v6 && low == 0xffff_ffffL;
  }

  /** Whether this is in 169.254.0.0/16 or fe80::/10. */
  public boolean isLinkLocal() {
    return v6 ? high >>> 54 == 0x3fa : low >>> 16 == 0xa9fe;
  }

  /** Whether this is an IPv4-mapped IPv6 address. */
  public boolean isMapped() {
    return v6 && high == 0 && low >>> 32 == 0xffff;
  }

  /** The IPv4 address within a mapped one; every other address itself. */
  public IpAddress unmapped() {
    return isMapped() ? v4((int) low) : this;
  }

  /** The IPv4-mapped form of an IPv4 address; an IPv6 address itself. */
  public IpAddress mapped() {
    return v6 ? this : v6(0, MAPPED | low);
  }

  /** Leading bits that both addresses share; 0 if they are of different families. */
  public int commonPrefix(IpAddress other) {
    if (v6 != other.v6) {
      return 0;
    }
    if (!v6) {
      return Long.numberOfLeadingZeros(low ^ other.low) - 32;
    }
    int first = Long.numberOfLeadingZeros(high ^ other.high);
    return first < 64 ? first : 64 + Long.numberOfLeadingZeros(low ^ other.low);
  }

  // Written out: those of a record are slow before they are compiled, and every packet needs them.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof IpAddress o && low == o.low && high == o.high && v6 == o.v6;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(high) * 31 + Long.hashCode(low);
  }

  @Override
  public int compareTo(IpAddress other) {
    int order = Boolean.compare(v6, other.v6);
    order = order != 0 ? order : Long.compareUnsigned(high, other.high);
    return order != 0 ? order : Long.compareUnsigned(low, other.low);
  }

  /** Dotted decimal, or the canonical form of RFC 5952. */
  @Override
  public String toString() {
    return v6 ? Ipv6Text.format(this) : dotted((int) low);
  }

  static String dotted(int bits) {
    return (bits >>> 24)
        + "."
        + (bits >>> 16 & 255)
        + "."
        + (bits >>> 8 & 255)
        + "."
        + (bits & 255);
  }
}
