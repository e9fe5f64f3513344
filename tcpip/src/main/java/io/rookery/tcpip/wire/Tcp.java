package io.rookery.tcpip.wire;

/** The TCP header (RFC 9293 section 3.1) and the kinds of its options. */
public final class Tcp {
  /** Bytes of a header without options. */
  public static final int HEADER = 20;

  /** Most bytes of options. */
  public static final int MAX_OPTIONS = 40;

  public static final int CHECKSUM = 16;

  public static final int FIN = 0x01;
  public static final int SYN = 0x02;
  public static final int RST = 0x04;
  public static final int PSH = 0x08;
  public static final int ACK = 0x10;
  public static final int URG = 0x20;

  static final int OPTION_END = 0;
  static final int OPTION_NOP = 1;
  static final int OPTION_MSS = 2;
  static final int OPTION_WINDOW_SCALE = 3;
  static final int OPTION_SACK_PERMITTED = 4;
  static final int OPTION_SACK = 5;
  static final int OPTION_TIMESTAMPS = 8;

  private Tcp() {}

  public static int sourcePort(byte[] b, int at) {
    return Bytes.get16(b, at);
  }

  public static int destinationPort(byte[] b, int at) {
    return Bytes.get16(b, at + 2);
  }

  public static int sequence(byte[] b, int at) {
    return Bytes.get32(b, at + 4);
  }

  public static int acknowledgment(byte[] b, int at) {
    return Bytes.get32(b, at + 8);
  }

  /** Header and options. */
  public static int headerLength(byte[] b, int at) {
    return (b[at + 12] >> 4 & 0xf) * 4;
  }

  public static int flags(byte[] b, int at) {
    return b[at + 13] & 0x3f;
  }

  public static int window(byte[] b, int at) {
    return Bytes.get16(b, at + 14);
  }

  public static int urgentPointer(byte[] b, int at) {
    return Bytes.get16(b, at + 18);
  }

  /** Whether the header is there and its length fits. Nothing else may be read before. */
  public static boolean check(byte[] b, int at, int available) {
    return available >= HEADER && headerLength(b, at) >= HEADER && headerLength(b, at) <= available;
  }

  /**
   * Writes a header with a zero checksum.
   *
   * @param headerLength with options, a multiple of 4
   */
  public static void write(
      byte[] b,
      int at,
      int sourcePort,
      int destinationPort,
      int sequence,
      int acknowledgment,
      int headerLength,
      int flags,
      int window,
      int urgentPointer) {
    Bytes.put16(b, at, sourcePort);
    Bytes.put16(b, at + 2, destinationPort);
    Bytes.put32(b, at + 4, sequence);
    Bytes.put32(b, at + 8, acknowledgment);
    Bytes.put16(b, at + 12, headerLength << 10 | flags);
    Bytes.put16(b, at + 14, window);
    Bytes.put16(b, at + CHECKSUM, 0);
    Bytes.put16(b, at + 18, urgentPointer);
  }
}
