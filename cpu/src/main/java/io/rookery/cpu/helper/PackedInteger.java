package io.rookery.cpu.helper;

/**
 * Integer arithmetic on the packed bytes, words and doublewords of one quadword (SDM vol. 2: PADDB
 * and its kin). Lane-local, so MMX, SSE and AVX registers are done quadword by quadword.
 * Branch-free: several lanes in one {@code long}.
 */
public final class PackedInteger {
  /** Sign bit of every byte, word and doubleword. */
  static final long SIGN8 = 0x8080808080808080L;

  static final long SIGN16 = 0x8000800080008000L;
  static final long SIGN32 = 0x8000000080000000L;

  private PackedInteger() {}

  // Lanes are told by their sign bits; `bits` is the lane width less one.

  private static long add(long a, long b, long sign) {
    return ((a & ~sign) + (b & ~sign)) ^ ((a ^ b) & sign);
  }

  private static long subtract(long a, long b, long sign) {
    return ((a | sign) - (b & ~sign)) ^ (~(a ^ b) & sign);
  }

  /** All ones in each lane whose sign bit is set in {@code signs}, which has no other bits. */
  static long fill(long signs, int bits) {
    return (signs << 1) - (signs >>> bits);
  }

  private static long select(long mask, long ifSet, long ifClear) {
    return ifClear ^ ((ifSet ^ ifClear) & mask);
  }

  private static long addUnsignedSaturating(long a, long b, long sign, int bits) {
    long sum = add(a, b, sign);
    return sum | fill(((a & b) | ((a | b) & ~sum)) & sign, bits);
  }

  private static long subtractUnsignedSaturating(long a, long b, long sign, int bits) {
    long difference = subtract(a, b, sign);
    return difference & ~fill(((~a & b) | (~(a ^ b) & difference)) & sign, bits);
  }

  /** The lanes' greatest value where {@code a} is positive, their least where it is negative. */
  private static long extreme(long a, long sign, int bits) {
    return ((a & sign) >>> bits) + ~sign;
  }

  private static long addSaturating(long a, long b, long sign, int bits) {
    long sum = add(a, b, sign);
    return select(fill(~(a ^ b) & (a ^ sum) & sign, bits), extreme(a, sign, bits), sum);
  }

  private static long subtractSaturating(long a, long b, long sign, int bits) {
    long difference = subtract(a, b, sign);
    return select(
        fill((a ^ b) & (a ^ difference) & sign, bits), extreme(a, sign, bits), difference);
  }

  private static long equal(long a, long b, long sign, int bits) {
    long x = a ^ b;
    return fill(~(((x & ~sign) + ~sign) | x) & sign, bits);
  }

  private static long greaterUnsigned(long a, long b, long sign, int bits) {
    return fill(((a & ~b) | (~(a ^ b) & subtract(b, a, sign))) & sign, bits);
  }

  private static long greater(long a, long b, long sign, int bits) {
    return greaterUnsigned(a ^ sign, b ^ sign, sign, bits);
  }

  public static long paddb(long a, long b) {
    return add(a, b, SIGN8);
  }

  public static long paddw(long a, long b) {
    return add(a, b, SIGN16);
  }

  public static long paddd(long a, long b) {
    return add(a, b, SIGN32);
  }

  public static long psubb(long a, long b) {
    return subtract(a, b, SIGN8);
  }

  public static long psubw(long a, long b) {
    return subtract(a, b, SIGN16);
  }

  public static long psubd(long a, long b) {
    return subtract(a, b, SIGN32);
  }

  public static long paddsb(long a, long b) {
    return addSaturating(a, b, SIGN8, 7);
  }

  public static long paddsw(long a, long b) {
    return addSaturating(a, b, SIGN16, 15);
  }

  public static long paddusb(long a, long b) {
    return addUnsignedSaturating(a, b, SIGN8, 7);
  }

  public static long paddusw(long a, long b) {
    return addUnsignedSaturating(a, b, SIGN16, 15);
  }

  public static long psubsb(long a, long b) {
    return subtractSaturating(a, b, SIGN8, 7);
  }

  public static long psubsw(long a, long b) {
    return subtractSaturating(a, b, SIGN16, 15);
  }

  public static long psubusb(long a, long b) {
    return subtractUnsignedSaturating(a, b, SIGN8, 7);
  }

  public static long psubusw(long a, long b) {
    return subtractUnsignedSaturating(a, b, SIGN16, 15);
  }

  public static long pcmpeqb(long a, long b) {
    return equal(a, b, SIGN8, 7);
  }

  public static long pcmpeqw(long a, long b) {
    return equal(a, b, SIGN16, 15);
  }

  public static long pcmpeqd(long a, long b) {
    return equal(a, b, SIGN32, 31);
  }

  public static long pcmpeqq(long a, long b) {
    long x = a ^ b;
    return ((x | -x) >> 63) ^ -1L;
  }

  public static long pcmpgtb(long a, long b) {
    return greater(a, b, SIGN8, 7);
  }

  public static long pcmpgtw(long a, long b) {
    return greater(a, b, SIGN16, 15);
  }

  public static long pcmpgtd(long a, long b) {
    return greater(a, b, SIGN32, 31);
  }

  public static long pcmpgtq(long a, long b) {
    return a > b ? -1 : 0;
  }

  public static long pminub(long a, long b) {
    return select(greaterUnsigned(a, b, SIGN8, 7), b, a);
  }

  public static long pminuw(long a, long b) {
    return select(greaterUnsigned(a, b, SIGN16, 15), b, a);
  }

  public static long pminud(long a, long b) {
    return select(greaterUnsigned(a, b, SIGN32, 31), b, a);
  }

  public static long pminsb(long a, long b) {
    return select(pcmpgtb(a, b), b, a);
  }

  public static long pminsw(long a, long b) {
    return select(pcmpgtw(a, b), b, a);
  }

  public static long pminsd(long a, long b) {
    return select(pcmpgtd(a, b), b, a);
  }

  public static long pmaxub(long a, long b) {
    return select(greaterUnsigned(a, b, SIGN8, 7), a, b);
  }

  public static long pmaxuw(long a, long b) {
    return select(greaterUnsigned(a, b, SIGN16, 15), a, b);
  }

  public static long pmaxud(long a, long b) {
    return select(greaterUnsigned(a, b, SIGN32, 31), a, b);
  }

  public static long pmaxsb(long a, long b) {
    return select(pcmpgtb(a, b), a, b);
  }

  public static long pmaxsw(long a, long b) {
    return select(pcmpgtw(a, b), a, b);
  }

  public static long pmaxsd(long a, long b) {
    return select(pcmpgtd(a, b), a, b);
  }

  public static long pavgb(long a, long b) {
    return (a | b) - (((a ^ b) & 0xfefefefefefefefeL) >>> 1);
  }

  public static long pavgw(long a, long b) {
    return (a | b) - (((a ^ b) & 0xfffefffefffefffeL) >>> 1);
  }

  private static long absolute(long a, long sign, int bits) {
    long mask = fill(a & sign, bits);
    return subtract(a ^ mask, mask, sign);
  }

  public static long pabsb(long a) {
    return absolute(a, SIGN8, 7);
  }

  public static long pabsw(long a) {
    return absolute(a, SIGN16, 15);
  }

  public static long pabsd(long a) {
    return absolute(a, SIGN32, 31);
  }

  private static long withSign(long a, long b, long sign, int bits) {
    long mask = fill(b & sign, bits);
    return subtract(a ^ mask, mask, sign) & ~equal(b, 0, sign, bits);
  }

  public static long psignb(long a, long b) {
    return withSign(a, b, SIGN8, 7);
  }

  public static long psignw(long a, long b) {
    return withSign(a, b, SIGN16, 15);
  }

  public static long psignd(long a, long b) {
    return withSign(a, b, SIGN32, 31);
  }

  /** Sum of the absolute differences of the eight unsigned bytes. */
  public static long psadbw(long a, long b) {
    long difference = psubusb(a, b) | psubusb(b, a);
    long pairs = (difference & 0x00ff00ff00ff00ffL) + ((difference >>> 8) & 0x00ff00ff00ff00ffL);
    return (pairs * 0x0001000100010001L) >>> 48;
  }

  // Shifts. The count is an unsigned quadword; from the lane's width on the result is zero, or all
  // sign.

  private static long repeat16(long word) {
    return (word & 0xffff) * 0x0001000100010001L;
  }

  private static long repeat32(long doubleword) {
    return (doubleword & 0xffffffffL) * 0x0000000100000001L;
  }

  public static long psllw(long a, long count) {
    return (count & ~15) != 0 ? 0 : (a << count) & repeat16(0xffff << (int) count);
  }

  public static long pslld(long a, long count) {
    return (count & ~31) != 0 ? 0 : (a << count) & repeat32(0xffffffffL << count);
  }

  public static long psllq(long a, long count) {
    return (count & ~63) != 0 ? 0 : a << count;
  }

  public static long psrlw(long a, long count) {
    return (count & ~15) != 0 ? 0 : (a >>> count) & repeat16(0xffff >>> (int) count);
  }

  public static long psrld(long a, long count) {
    return (count & ~31) != 0 ? 0 : (a >>> count) & repeat32(0xffffffffL >>> count);
  }

  public static long psrlq(long a, long count) {
    return (count & ~63) != 0 ? 0 : a >>> count;
  }

  public static long psraw(long a, long count) {
    long sign = fill(a & SIGN16, 15);
    return (count & ~15) != 0
        ? sign
        : ((a ^ sign) >>> count & repeat16(0xffff >>> (int) count)) ^ sign;
  }

  public static long psrad(long a, long count) {
    long sign = fill(a & SIGN32, 31);
    return (count & ~31) != 0
        ? sign
        : ((a ^ sign) >>> count & repeat32(0xffffffffL >>> count)) ^ sign;
  }

  // AVX2 shifts by a count per lane.

  private static long shiftLeft32(long a, long count) {
    return (count & 0xffffffffL) > 31 ? 0 : (a << count) & 0xffffffffL;
  }

  private static long shiftRight32(long a, long count) {
    return (count & 0xffffffffL) > 31 ? 0 : (a & 0xffffffffL) >>> count;
  }

  private static long shiftArithmetic32(long a, long count) {
    return ((int) a >> Math.min(count & 0xffffffffL, 31)) & 0xffffffffL;
  }

  public static long psllvd(long a, long counts) {
    return shiftLeft32(a, counts) | shiftLeft32(a >>> 32, counts >>> 32) << 32;
  }

  public static long psrlvd(long a, long counts) {
    return shiftRight32(a, counts) | shiftRight32(a >>> 32, counts >>> 32) << 32;
  }

  public static long psravd(long a, long counts) {
    return shiftArithmetic32(a, counts) | shiftArithmetic32(a >>> 32, counts >>> 32) << 32;
  }
}
