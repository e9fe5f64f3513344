package io.rookery.tcpip.wire;

/** Headers of ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code, checksum and four bytes more. */
public final class Icmp {
  public static final int HEADER = 8;
  public static final int CHECKSUM = 2;

  public static final int V4_ECHO_REPLY = 0;
  public static final int V4_UNREACHABLE = 3;
  public static final int V4_ECHO_REQUEST = 8;
  public static final int V4_TIME_EXCEEDED = 11;
  public static final int V4_PARAMETER_PROBLEM = 12;

  public static final int V4_NET_UNREACHABLE = 0;
  public static final int V4_HOST_UNREACHABLE = 1;
  public static final int V4_PROTOCOL_UNREACHABLE = 2;
  public static final int V4_PORT_UNREACHABLE = 3;
  public static final int V4_FRAGMENTATION_NEEDED = 4;

  public static final int V6_UNREACHABLE = 1;
  public static final int V6_PACKET_TOO_BIG = 2;
  public static final int V6_TIME_EXCEEDED = 3;
  public static final int V6_PARAMETER_PROBLEM = 4;
  public static final int V6_ECHO_REQUEST = 128;
  public static final int V6_ECHO_REPLY = 129;

  public static final int V6_NO_ROUTE = 0;
  public static final int V6_PROHIBITED = 1;
  public static final int V6_ADDRESS_UNREACHABLE = 3;
  public static final int V6_PORT_UNREACHABLE = 4;
  public static final int V6_UNKNOWN_NEXT_HEADER = 1;

  /** Of a time exceeded message, both versions: reassembly gave up. */
  public static final int REASSEMBLY_TIME = 1;

  private Icmp() {}

  public static int type(byte[] b, int at) {
    return Bytes.get8(b, at);
  }

  public static int code(byte[] b, int at) {
    return Bytes.get8(b, at + 1);
  }

  /** The identifier of an echo message. */
  public static int identifier(byte[] b, int at) {
    return Bytes.get16(b, at + 4);
  }

  /** The four bytes behind the checksum. */
  public static int rest(byte[] b, int at) {
    return Bytes.get32(b, at + 4);
  }

  /** Whether a message reports an error about a packet that it quotes. */
  public static boolean isError(boolean v6, int type) {
    return v6
        ? type < 128
        : type == V4_UNREACHABLE
            || type == 4 // source quench
            || type == 5 // redirect
            || type == V4_TIME_EXCEEDED
            || type == V4_PARAMETER_PROBLEM;
  }

  /** Writes a header with a zero checksum. */
  public static void write(byte[] b, int at, int type, int code, int rest) {
    Bytes.put16(b, at, type << 8 | code);
    Bytes.put16(b, at + CHECKSUM, 0);
    Bytes.put32(b, at + 4, rest);
  }
}
