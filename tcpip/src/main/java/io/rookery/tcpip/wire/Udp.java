package io.rookery.tcpip.wire;

/** The UDP header (RFC 768). */
public final class Udp {
  public static final int HEADER = 8;
  public static final int CHECKSUM = 6;

  private Udp() {}

  public static int sourcePort(byte[] b, int at) {
    return Bytes.get16(b, at);
  }

  public static int destinationPort(byte[] b, int at) {
    return Bytes.get16(b, at + 2);
  }

  /** Header and data. */
  public static int length(byte[] b, int at) {
    return Bytes.get16(b, at + 4);
  }

  public static int checksum(byte[] b, int at) {
    return Bytes.get16(b, at + CHECKSUM);
  }

  /** Whether the header is there and its length fits. Nothing else may be read before. */
  public static boolean check(byte[] b, int at, int available) {
    return available >= HEADER && length(b, at) >= HEADER && length(b, at) <= available;
  }

  /** Writes a header with a zero checksum. */
  public static void write(byte[] b, int at, int sourcePort, int destinationPort, int length) {
    Bytes.put16(b, at, sourcePort);
    Bytes.put16(b, at + 2, destinationPort);
    Bytes.put16(b, at + 4, length);
    Bytes.put16(b, at + CHECKSUM, 0);
  }
}
