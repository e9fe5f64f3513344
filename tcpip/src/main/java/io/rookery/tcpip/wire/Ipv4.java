package io.rookery.tcpip.wire;

import io.rookery.tcpip.address.IpAddress;

/** The IPv4 header (RFC 791 section 3.1). */
public final class Ipv4 {
  /** Bytes of a header without options. */
  public static final int HEADER = 20;

  public static final int DONT_FRAGMENT = 0x4000;
  public static final int MORE_FRAGMENTS = 0x2000;

  private static final int OPTION_END = 0;
  private static final int OPTION_NOP = 1;
  private static final int OPTION_LOOSE_ROUTE = 131;
  private static final int OPTION_STRICT_ROUTE = 137;

  private Ipv4() {}

  public static int version(byte[] b, int at) {
    return b[at] >> 4 & 0xf;
  }

  public static int headerLength(byte[] b, int at) {
    return (b[at] & 0xf) * 4;
  }

  public static int typeOfService(byte[] b, int at) {
    return Bytes.get8(b, at + 1);
  }

  public static int totalLength(byte[] b, int at) {
    return Bytes.get16(b, at + 2);
  }

  public static int identification(byte[] b, int at) {
    return Bytes.get16(b, at + 4);
  }

  public static boolean dontFragment(byte[] b, int at) {
    return (Bytes.get16(b, at + 6) & DONT_FRAGMENT) != 0;
  }

  public static boolean moreFragments(byte[] b, int at) {
    return (Bytes.get16(b, at + 6) & MORE_FRAGMENTS) != 0;
  }

  /** Where this fragment's data belongs, in bytes. */
  public static int fragmentOffset(byte[] b, int at) {
    return (Bytes.get16(b, at + 6) & 0x1fff) * 8;
  }

  public static int timeToLive(byte[] b, int at) {
    return Bytes.get8(b, at + 8);
  }

  public static int protocol(byte[] b, int at) {
    return Bytes.get8(b, at + 9);
  }

  public static IpAddress source(byte[] b, int at) {
    return Bytes.getV4(b, at + 12);
  }

  public static IpAddress destination(byte[] b, int at) {
    return Bytes.getV4(b, at + 16);
  }

  /** Whether header and total length fit what is there. Nothing else may be read before. */
  public static boolean check(byte[] b, int at, int length) {
    if (length < HEADER || version(b, at) != 4) {
      return false;
    }
    int header = headerLength(b, at);
    int total = totalLength(b, at);
    return header >= HEADER && header <= total && total <= length;
  }

  public static boolean checksumValid(byte[] b, int at) {
    return Checksum.isValid(Checksum.sum(b, at, headerLength(b, at)));
  }

  /** Whether an option asks for source routing, which hosts should refuse (RFC 7126). */
  public static boolean sourceRouted(byte[] b, int at) {
    int end = at + headerLength(b, at);
    for (int i = at + HEADER; i < end; ) {
      int kind = Bytes.get8(b, i);
      if (kind == OPTION_END) {
        return false;
      }
      if (kind == OPTION_LOOSE_ROUTE || kind == OPTION_STRICT_ROUTE) {
        return true;
      }
      if (kind == OPTION_NOP) {
        i++;
        continue;
      }
      if (i + 1 >= end || Bytes.get8(b, i + 1) < 2) {
        return false;
      }
      i += Bytes.get8(b, i + 1);
    }
    return false;
  }

  /**
   * Fills in what a header made elsewhere may leave open: the total length, the identification and
   * the source if they are zero, the checksum.
   */
  public static void complete(
      byte[] b, int at, int totalLength, int identification, IpAddress source) {
    Bytes.put16(b, at + 2, totalLength);
    if (identification(b, at) == 0) {
      Bytes.put16(b, at + 4, identification);
    }
    if (source(b, at).isAny()) {
      Bytes.putAddress(b, at + 12, source);
    }
    Bytes.put16(b, at + 10, 0);
    Bytes.put16(b, at + 10, Checksum.finish(Checksum.sum(b, at, headerLength(b, at))));
  }

  /** Writes a header without options, checksum included. */
  public static void write(
      byte[] b,
      int at,
      int typeOfService,
      int totalLength,
      int identification,
      int flagsAndOffset,
      int timeToLive,
      int protocol,
      IpAddress from,
      IpAddress to) {
    Bytes.put16(b, at, 0x4500 | typeOfService);
    Bytes.put16(b, at + 2, totalLength);
    Bytes.put16(b, at + 4, identification);
    Bytes.put16(b, at + 6, flagsAndOffset);
    Bytes.put16(b, at + 8, timeToLive << 8 | protocol);
    Bytes.put16(b, at + 10, 0);
    Bytes.putAddress(b, at + 12, from);
    Bytes.putAddress(b, at + 16, to);
    Bytes.put16(b, at + 10, Checksum.finish(Checksum.sum(b, at, HEADER)));
  }
}
