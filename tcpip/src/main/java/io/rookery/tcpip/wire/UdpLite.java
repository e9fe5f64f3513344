package io.rookery.tcpip.wire;

/**
 * The UDP-Lite header (RFC 3828): that of {@link Udp}, with the number of bytes that the checksum
 * covers in place of the length, which is the IP packet's.
 */
public final class UdpLite {
  private UdpLite() {}

  /** Bytes from the header's start that the checksum covers; all of {@code length} for a zero. */
  public static int coverage(byte[] b, int at, int length) {
    int coverage = Udp.length(b, at);
    return coverage == 0 ? length : coverage;
  }

  /** Whether the header is there, with a checksum and a coverage that fits. */
  public static boolean check(byte[] b, int at, int length) {
    if (length < Udp.HEADER || Udp.checksum(b, at) == 0) {
      return false;
    }
    int coverage = coverage(b, at, length);
    return coverage >= Udp.HEADER && coverage <= length;
  }

  /** Fills in the checksum of a datagram whose header has its coverage, and zero for it. */
  public static void finish(byte[] b, int at, int length, long pseudoHeader) {
    int value = Checksum.finish(Checksum.sum(b, at, coverage(b, at, length)) + pseudoHeader);
    Bytes.put16(b, at + Udp.CHECKSUM, value == 0 ? 0xffff : value);
  }
}
