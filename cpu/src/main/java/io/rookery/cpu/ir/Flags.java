package io.rookery.cpu.ir;

/**
 * Lazy status flags: the tuple (kind, x, y) from which CF, PF, AF, ZF, SF and OF are computed when
 * something asks (SDM vol. 1, 3.4.3.1).
 *
 * <p>A kind is a family, a multiple of four, plus the operand size's log2 in bytes (0: 8 bits … 3:
 * 64 bits); only the low bits of x and y that the size covers count. Flags that the SDM leaves
 * undefined get the values that current Intel hardware gives.
 */
public final class Flags {
  public static final int CF = 1;
  public static final int PF = 1 << 2;
  public static final int AF = 1 << 4;
  public static final int ZF = 1 << 6;
  public static final int SF = 1 << 7;
  public static final int OF = 1 << 11;
  public static final int STATUS = CF | PF | AF | ZF | SF | OF;

  /** x: the status flags themselves. */
  public static final int RAW = 0;

  /** x + y. */
  public static final int ADD = 1 << 2;

  /** x - y; CMP too, and NEG with x = 0. */
  public static final int SUB = 2 << 2;

  /** Result x; CF, OF and AF clear. */
  public static final int LOGIC = 3 << 2;

  /** Result x; y: CF as before. */
  public static final int INC = 4 << 2;

  /** Result x; y: CF as before. */
  public static final int DEC = 5 << 2;

  /** x + y + 1. */
  public static final int ADC1 = 6 << 2;

  /** x - y - 1. */
  public static final int SBB1 = 7 << 2;

  /** x &lt;&lt; y; y is the masked count, not 0, and may exceed an 8- or 16-bit operand's width. */
  public static final int SHL = 8 << 2;

  /** x &gt;&gt;&gt; y. */
  public static final int SHR = 9 << 2;

  /** x &gt;&gt; y. */
  public static final int SAR = 10 << 2;

  /** Result x; CF = OF = (y != 0). */
  public static final int MUL = 11 << 2;

  private Flags() {}

  /** Kind of {@code family} for operands of {@code bits} (8, 16, 32, 64). */
  public static int kind(int family, int bits) {
    return family | (28 - Integer.numberOfLeadingZeros(bits));
  }

  /** Operand width in bits of {@code kind}. */
  private static int width(int kind) {
    return 8 << (kind & 3);
  }

  private static long signExtend(long value, int width) {
    return value << (64 - width) >> (64 - width);
  }

  private static long zeroExtend(long value, int width) {
    return value << (64 - width) >>> (64 - width);
  }

  /** The operation's result, sign-extended to 64 bits; not for RAW. */
  private static long result(int kind, long x, long y) {
    int width = width(kind);
    return switch (kind & ~3) {
      case ADD -> signExtend(x + y, width);
      case SUB -> signExtend(x - y, width);
      case ADC1 -> signExtend(x + y + 1, width);
      case SBB1 -> signExtend(x - y - 1, width);
      case SHL -> y >= width ? 0 : signExtend(x << y, width);
      case SHR -> y >= width ? 0 : signExtend(zeroExtend(x, width) >>> y, width);
      case SAR -> signExtend(x, width) >> Math.min(y, 63);
      default -> signExtend(x, width);
    };
  }

  /** CF, 0 or 1. */
  public static int carry(int kind, long x, long y) {
    int width = width(kind);
    return switch (kind & ~3) {
      case RAW -> (int) x & CF;
      case ADD -> unsignedLess(zeroExtend(x + y, width), zeroExtend(x, width));
      case SUB -> unsignedLess(zeroExtend(x, width), zeroExtend(y, width));
      case ADC1 -> 1 - unsignedLess(zeroExtend(x, width), zeroExtend(x + y + 1, width));
      case SBB1 -> 1 - unsignedLess(zeroExtend(y, width), zeroExtend(x, width));
      case INC, DEC -> (int) y & 1;
      case SHL -> y > width ? 0 : (int) (x >>> (width - y)) & 1;
      case SHR -> y > width ? 0 : (int) (zeroExtend(x, width) >>> (y - 1)) & 1;
      case SAR -> (int) (signExtend(x, width) >> (Math.min(y, 64) - 1)) & 1;
      case MUL -> y != 0 ? 1 : 0;
      default -> 0;
    };
  }

  private static int unsignedLess(long a, long b) {
    return Long.compareUnsigned(a, b) < 0 ? 1 : 0;
  }

  /** OF, 0 or 1. */
  private static int overflow(int kind, long x, long y) {
    int width = width(kind);
    long r = result(kind, x, y);
    long sign =
        switch (kind & ~3) {
          case RAW -> -(x >>> 11 & 1);
          case ADD, ADC1 -> signExtend((x ^ r) & (y ^ r), width);
          case SUB, SBB1 -> signExtend((x ^ y) & (x ^ r), width);
          case INC -> r == -1L << (width - 1) ? -1 : 0;
          case DEC -> r == ~(-1L << (width - 1)) ? -1 : 0;
          case SHL -> carry(kind, x, y) != (int) (r >>> 63) ? -1 : 0;
          case SHR -> y == 1 ? signExtend(x, width) : 0;
          case MUL -> y != 0 ? -1 : 0;
          default -> 0;
        };
    return (int) (sign >>> 63);
  }

  private static int adjust(int kind, long x, long y) {
    return switch (kind & ~3) {
      case RAW -> (int) x & AF;
      case ADD, SUB, ADC1, SBB1 -> (int) (x ^ y ^ result(kind, x, y)) & AF;
      case INC -> (x & 15) == 0 ? AF : 0;
      case DEC -> (x & 15) == 15 ? AF : 0;
      default -> 0;
    };
  }

  private static int parity(long result) {
    return (Integer.bitCount((int) result & 0xff) & 1) == 0 ? PF : 0;
  }

  /** The six status flags at their EFLAGS positions. */
  public static long status(int kind, long x, long y) {
    if (kind == RAW) {
      return x & STATUS;
    }
    long r = result(kind, x, y);
    return carry(kind, x, y)
        | parity(r)
        | adjust(kind, x, y)
        | (r == 0 ? ZF : 0)
        | (r < 0 ? SF : 0)
        | (overflow(kind, x, y) != 0 ? OF : 0);
  }

  /** Whether condition {@code condition} holds, a tttn code 0…15 (SDM vol. 2, B.1.4.7). */
  public static boolean test(int condition, int kind, long x, long y) {
    boolean value =
        switch (kind & ~3) {
          case SUB -> testSub(condition >> 1, kind, x, y);
          case RAW -> testRaw(condition >> 1, x);
          default -> testAny(condition >> 1, kind, x, y);
        };
    return value ^ ((condition & 1) != 0);
  }

  private static boolean testSub(int pair, int kind, long x, long y) {
    int shift = 64 - width(kind);
    long a = x << shift;
    long b = y << shift;
    return switch (pair) {
      case 1 -> a + Long.MIN_VALUE < b + Long.MIN_VALUE;
      case 2 -> a == b;
      case 3 -> a + Long.MIN_VALUE <= b + Long.MIN_VALUE;
      case 4 -> a - b < 0;
      case 6 -> a < b;
      case 7 -> a <= b;
      default -> testAny(pair, kind, x, y);
    };
  }

  private static boolean testRaw(int pair, long flags) {
    return switch (pair) {
      case 0 -> (flags & OF) != 0;
      case 1 -> (flags & CF) != 0;
      case 2 -> (flags & ZF) != 0;
      case 3 -> (flags & (CF | ZF)) != 0;
      case 4 -> (flags & SF) != 0;
      case 5 -> (flags & PF) != 0;
      case 6 -> (flags >>> 7 & 1) != (flags >>> 11 & 1);
      default -> (flags & ZF) != 0 || (flags >>> 7 & 1) != (flags >>> 11 & 1);
    };
  }

  private static boolean testAny(int pair, int kind, long x, long y) {
    long r = result(kind, x, y);
    return switch (pair) {
      case 0 -> overflow(kind, x, y) != 0;
      case 1 -> carry(kind, x, y) != 0;
      case 2 -> r == 0;
      case 3 -> r == 0 || carry(kind, x, y) != 0;
      case 4 -> r < 0;
      case 5 -> parity(r) != 0;
      case 6 -> (int) (r >>> 63) != overflow(kind, x, y);
      default -> r == 0 || (int) (r >>> 63) != overflow(kind, x, y);
    };
  }
}
