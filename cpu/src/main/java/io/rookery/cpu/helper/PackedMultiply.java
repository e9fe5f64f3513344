package io.rookery.cpu.helper;

/** Packed integer multiplications and horizontal additions, a quadword at a time. */
public final class PackedMultiply {
  private PackedMultiply() {}

  private static int word(long a, int lane) {
    return (short) (a >>> 16 * lane);
  }

  private static int unsignedWord(long a, int lane) {
    return (int) (a >>> 16 * lane) & 0xffff;
  }

  private static long words(int w0, int w1, int w2, int w3) {
    return (w0 & 0xffffL) | (w1 & 0xffffL) << 16 | (w2 & 0xffffL) << 32 | (long) w3 << 48;
  }

  static long doublewords(int low, int high) {
    return (low & 0xffffffffL) | (long) high << 32;
  }

  static int low(long a) {
    return (int) a;
  }

  static int high(long a) {
    return (int) (a >>> 32);
  }

  public static long pmullw(long a, long b) {
    return words(
        word(a, 0) * word(b, 0),
        word(a, 1) * word(b, 1),
        word(a, 2) * word(b, 2),
        word(a, 3) * word(b, 3));
  }

  public static long pmulhw(long a, long b) {
    return words(
        word(a, 0) * word(b, 0) >> 16,
        word(a, 1) * word(b, 1) >> 16,
        word(a, 2) * word(b, 2) >> 16,
        word(a, 3) * word(b, 3) >> 16);
  }

  public static long pmulhuw(long a, long b) {
    return words(
        unsignedWord(a, 0) * unsignedWord(b, 0) >>> 16,
        unsignedWord(a, 1) * unsignedWord(b, 1) >>> 16,
        unsignedWord(a, 2) * unsignedWord(b, 2) >>> 16,
        unsignedWord(a, 3) * unsignedWord(b, 3) >>> 16);
  }

  private static int roundedHigh(int a, int b) {
    return ((a * b >> 14) + 1) >> 1;
  }

  public static long pmulhrsw(long a, long b) {
    return words(
        roundedHigh(word(a, 0), word(b, 0)),
        roundedHigh(word(a, 1), word(b, 1)),
        roundedHigh(word(a, 2), word(b, 2)),
        roundedHigh(word(a, 3), word(b, 3)));
  }

  public static long pmaddwd(long a, long b) {
    return doublewords(
        word(a, 0) * word(b, 0) + word(a, 1) * word(b, 1),
        word(a, 2) * word(b, 2) + word(a, 3) * word(b, 3));
  }

  private static int saturate16(int value) {
    return Math.max(-0x8000, Math.min(0x7fff, value));
  }

  /** Unsigned bytes of a times signed bytes of b, neighbours added. */
  private static int bytePair(long a, long b, int lane) {
    int shift = 16 * lane;
    return saturate16(
        ((int) (a >>> shift) & 0xff) * (byte) (b >>> shift)
            + ((int) (a >>> shift + 8) & 0xff) * (byte) (b >>> shift + 8));
  }

  public static long pmaddubsw(long a, long b) {
    return words(bytePair(a, b, 0), bytePair(a, b, 1), bytePair(a, b, 2), bytePair(a, b, 3));
  }

  public static long pmuludq(long a, long b) {
    return (a & 0xffffffffL) * (b & 0xffffffffL);
  }

  public static long pmuldq(long a, long b) {
    return (long) (int) a * (int) b;
  }

  public static long pmulld(long a, long b) {
    return doublewords(low(a) * low(b), high(a) * high(b));
  }

  // Horizontal: the neighbours of `low`, then those of `high`.

  public static long phaddw(long low, long high) {
    return words(
        word(low, 0) + word(low, 1),
        word(low, 2) + word(low, 3),
        word(high, 0) + word(high, 1),
        word(high, 2) + word(high, 3));
  }

  public static long phsubw(long low, long high) {
    return words(
        word(low, 0) - word(low, 1),
        word(low, 2) - word(low, 3),
        word(high, 0) - word(high, 1),
        word(high, 2) - word(high, 3));
  }

  public static long phaddsw(long low, long high) {
    return words(
        saturate16(word(low, 0) + word(low, 1)),
        saturate16(word(low, 2) + word(low, 3)),
        saturate16(word(high, 0) + word(high, 1)),
        saturate16(word(high, 2) + word(high, 3)));
  }

  public static long phsubsw(long low, long high) {
    return words(
        saturate16(word(low, 0) - word(low, 1)),
        saturate16(word(low, 2) - word(low, 3)),
        saturate16(word(high, 0) - word(high, 1)),
        saturate16(word(high, 2) - word(high, 3)));
  }

  public static long phaddd(long low, long high) {
    return doublewords(low(low) + high(low), low(high) + high(high));
  }

  public static long phsubd(long low, long high) {
    return doublewords(low(low) - high(low), low(high) - high(high));
  }

  /**
   * Least unsigned word of the eight in bits 15:0, its index in bits 18:16; the first of equal
   * ones.
   */
  public static long phminposuw(long low, long high) {
    long best = 0x7ffff;
    for (int i = 0; i < 4; i++) {
      best = Math.min(best, (long) unsignedWord(low, i) << 3 | i);
      best = Math.min(best, (long) unsignedWord(high, i) << 3 | i + 4);
    }
    return best >>> 3 | (best & 7) << 16;
  }

  /**
   * Four sums of absolute differences for MPSADBW: the four bytes {@code block} against those at
   * byte 0…3 of the seven bytes {@code a}.
   */
  public static long mpsadbw(long a, long block) {
    long result = 0;
    for (int i = 0; i < 4; i++) {
      long sum = PackedInteger.psadbw(a >>> 8 * i & 0xffffffffL, block & 0xffffffffL);
      result |= sum << 16 * i;
    }
    return result;
  }
}
