package io.rookery.tcpip.wire;

import io.rookery.tcpip.address.IpAddress;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The Internet checksum (RFC 1071). A running sum is a {@code long} of 16-bit big-endian words that
 * need not be folded before the end; it cannot overflow for what fits an IP packet.
 */
public final class Checksum {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Checksum() {}

  /** Sum of a range whose first byte is the high byte of a word; an odd end is padded with zero. */
  public static long sum(byte[] b, int from, int length) {
    // One's complement sums do not depend on byte order (RFC 1071 section 2 (B)): add wide
    // little-endian words and swap once.
    long even = 0;
    long odd = 0;
    int at = from;
    int end = from + length;
    for (int stop = end - 31; at < stop; at += 32) {
      long w0 = (long) LONG.get(b, at);
      long w1 = (long) LONG.get(b, at + 8);
      long w2 = (long) LONG.get(b, at + 16);
      long w3 = (long) LONG.get(b, at + 24);
      even += (w0 & 0xffff_ffffL) + (w1 & 0xffff_ffffL) + (w2 & 0xffff_ffffL) + (w3 & 0xffff_ffffL);
      odd += (w0 >>> 32) + (w1 >>> 32) + (w2 >>> 32) + (w3 >>> 32);
    }
    for (int stop = end - 1; at < stop; at += 2) {
      even += (b[at] & 0xff) | (b[at + 1] & 0xff) << 8;
    }
    if (at < end) {
      even += b[at] & 0xff;
    }
    return Short.toUnsignedLong(Short.reverseBytes((short) fold(even + odd)));
  }

  /** A sum as 16 bits, not complemented. */
  public static int fold(long sum) {
    long s = (sum >>> 32) + (sum & 0xffff_ffffL);
    s = (s >>> 32) + (s & 0xffff_ffffL);
    s = (s >>> 16) + (s & 0xffff);
    s = (s >>> 16) + (s & 0xffff);
    return (int) ((s >>> 16) + (s & 0xffff));
  }

  /** What goes into the checksum field for this sum. */
  public static int finish(long sum) {
    return ~fold(sum) & 0xffff;
  }

  /** Whether a sum that includes the checksum field is right. */
  public static boolean isValid(long sum) {
    return fold(sum) == 0xffff;
  }

  /** Sum of the pseudo header (RFC 9293 section 3.1, RFC 8200 section 8.1). */
  public static long pseudoHeader(IpAddress from, IpAddress to, int protocol, int length) {
    return words(from) + words(to) + protocol + length;
  }

  /** The checksum after a 16-bit word has changed (RFC 1624, equation 3). */
  public static int update(int checksum, int oldWord, int newWord) {
    return finish((~checksum & 0xffff) + (~oldWord & 0xffff) + (long) newWord);
  }

  private static long words(IpAddress address) {
    return words(address.low()) + (address.v6() ? words(address.high()) : 0);
  }

  private static long words(long bits) {
    return (bits >>> 48) + (bits >>> 32 & 0xffff) + (bits >>> 16 & 0xffff) + (bits & 0xffff);
  }
}
