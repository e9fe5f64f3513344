package io.rookery.tcpip.wire;

import io.rookery.tcpip.address.IpAddress;

/** The IPv6 header (RFC 8200 section 3) and the fragment header (section 4.5). */
public final class Ipv6 {
  /** Bytes of the fixed header. */
  public static final int HEADER = 40;

  /** Bytes of the fragment header. */
  public static final int FRAGMENT_HEADER = 8;

  /** Every link carries packets of this size (RFC 8200 section 5). */
  public static final int MINIMUM_MTU = 1280;

  private Ipv6() {}

  public static int trafficClass(byte[] b, int at) {
    return Bytes.get16(b, at) >> 4 & 0xff;
  }

  public static int payloadLength(byte[] b, int at) {
    return Bytes.get16(b, at + 4);
  }

  public static int nextHeader(byte[] b, int at) {
    return Bytes.get8(b, at + 6);
  }

  public static int hopLimit(byte[] b, int at) {
    return Bytes.get8(b, at + 7);
  }

  public static IpAddress source(byte[] b, int at) {
    return Bytes.getV6(b, at + 8);
  }

  public static IpAddress destination(byte[] b, int at) {
    return Bytes.getV6(b, at + 24);
  }

  /** Whether header and payload length fit what is there. Nothing else may be read before. */
  public static boolean check(byte[] b, int at, int length) {
    return length >= HEADER && Ipv4.version(b, at) == 6 && HEADER + payloadLength(b, at) <= length;
  }

  /** Writes a fixed header; the flow label is zero (RFC 6437 allows that). */
  public static void write(
      byte[] b,
      int at,
      int trafficClass,
      int payloadLength,
      int nextHeader,
      int hopLimit,
      IpAddress from,
      IpAddress to) {
    Bytes.put32(b, at, 6 << 28 | trafficClass << 20);
    Bytes.put16(b, at + 4, payloadLength);
    Bytes.put16(b, at + 6, nextHeader << 8 | hopLimit);
    Bytes.putAddress(b, at + 8, from);
    Bytes.putAddress(b, at + 24, to);
  }

  /**
   * Writes a fragment header.
   *
   * @param offset of the fragment's data, a multiple of 8
   */
  public static void writeFragmentHeader(
      byte[] b, int at, int nextHeader, int offset, boolean more, int identification) {
    Bytes.put16(b, at, nextHeader << 8);
    Bytes.put16(b, at + 2, offset | (more ? 1 : 0));
    Bytes.put32(b, at + 4, identification);
  }
}
