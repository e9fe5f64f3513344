package io.rookery.tcpip.wire;

/** Writes TCP options one behind the other; each method returns the index behind what it wrote. */
public final class TcpOptionWriter {
  public static final int MSS = 4;
  public static final int WINDOW_SCALE = 4;
  public static final int SACK_PERMITTED = 4;
  public static final int TIMESTAMPS = 12;

  private TcpOptionWriter() {}

  public static int mss(byte[] b, int at, int mss) {
    Bytes.put32(b, at, Tcp.OPTION_MSS << 24 | 4 << 16 | mss);
    return at + MSS;
  }

  public static int windowScale(byte[] b, int at, int shift) {
    Bytes.put32(b, at, Tcp.OPTION_NOP << 24 | Tcp.OPTION_WINDOW_SCALE << 16 | 3 << 8 | shift);
    return at + WINDOW_SCALE;
  }

  public static int sackPermitted(byte[] b, int at) {
    Bytes.put32(
        b, at, Tcp.OPTION_NOP << 24 | Tcp.OPTION_NOP << 16 | Tcp.OPTION_SACK_PERMITTED << 8 | 2);
    return at + SACK_PERMITTED;
  }

  public static int timestamps(byte[] b, int at, int value, int echo) {
    Bytes.put32(
        b, at, Tcp.OPTION_NOP << 24 | Tcp.OPTION_NOP << 16 | Tcp.OPTION_TIMESTAMPS << 8 | 10);
    Bytes.put32(b, at + 4, value);
    Bytes.put32(b, at + 8, echo);
    return at + TIMESTAMPS;
  }

  /** Bytes that {@link #sackHeader} and this many blocks take; 0 for none. */
  public static int sackLength(int blocks) {
    return blocks == 0 ? 0 : 4 + 8 * blocks;
  }

  public static int sackHeader(byte[] b, int at, int blocks) {
    int size = 2 + 8 * blocks;
    Bytes.put32(b, at, Tcp.OPTION_NOP << 24 | Tcp.OPTION_NOP << 16 | Tcp.OPTION_SACK << 8 | size);
    return at + 4;
  }

  public static int sackBlock(byte[] b, int at, int left, int right) {
    Bytes.put32(b, at, left);
    Bytes.put32(b, at + 4, right);
    return at + 8;
  }
}
