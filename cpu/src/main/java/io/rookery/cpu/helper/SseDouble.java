package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Flags;

/**
 * SSE2 arithmetic on one double (scalar instructions, and packed ones quadword by quadword).
 *
 * <p>The fast path uses Java's arithmetic when all exceptions are masked, rounding is to nearest,
 * operands are zero or normal and the result is normal (or a zero that is exact): then no flag but
 * PE can come of it, and PE is mostly set already. {@link SoftFloat} does the rest.
 */
public final class SseDouble {
  /** Exception masks and rounding control. */
  static final int CONTROL = 0x7f80;

  /** All exceptions masked, round to nearest. */
  static final int DEFAULT = 0x1f80;

  private static final SoftFloat SOFT = SoftFloat.DOUBLE;

  private SseDouble() {}

  private static boolean usual(double x) {
    return Math.abs(x) >= Double.MIN_NORMAL || x == 0;
  }

  /** Greater than the least normal, which may be a rounded-up tiny result, and finite. */
  private static boolean normal(double x) {
    double magnitude = Math.abs(x);
    return magnitude > Double.MIN_NORMAL && magnitude <= Double.MAX_VALUE;
  }

  private static double d(long bits) {
    return Double.longBitsToDouble(bits);
  }

  private static long bits(double value) {
    return Double.doubleToRawLongBits(value);
  }

  private static boolean precisionPending(CpuState s) {
    return (s.mxcsr & SoftFloat.PRECISION) == 0;
  }

  /** Notes the rounding error of a sum, by Knuth's error-free transformation. */
  private static void noteSum(double x, double y, double sum, CpuState s) {
    if (!isExact(x, y, sum)) {
      s.mxcsr |= SoftFloat.PRECISION;
    }
  }

  // The fast path. These methods stay within 35 bytecodes, HotSpot's bound for inlining anywhere,
  // and leave no call but that of the second path. The public ones without a CpuState are its
  // parts, for units that make the tests themselves.

  // Tests look at the high half alone, as its constants fit into instructions: shifted by one,
  // without its sign, it is compared from both sides at once, moved so that the lower bound becomes
  // the least int. The few results as small as the least normal number take the second path too.

  private static final int LEAST_NORMAL = 0x0010_0000 << 1;
  private static final int INFINITY = 0x7ff0_0000 << 1;
  private static final int TO_NORMAL = Integer.MIN_VALUE - LEAST_NORMAL;
  private static final int BELOW_INFINITY = INFINITY + TO_NORMAL;
  private static final int TO_RESULT = TO_NORMAL - 2;
  private static final int RESULT_BELOW_INFINITY = INFINITY + TO_RESULT;

  /** Whether the magnitude of a is more than about the least normal, and below infinity. */
  public static boolean isNormal(long a) {
    return ((int) (a >>> 32) << 1) + TO_RESULT < RESULT_BELOW_INFINITY;
  }

  public static boolean isDenormal(long a) {
    return ((int) (a >>> 32) << 1) + Integer.MIN_VALUE < LEAST_NORMAL + Integer.MIN_VALUE
        && a << 1 != 0;
  }

  /** Not denormal: no exception comes of such an operand alone, but for NaN. */
  public static boolean isUsual(long a) {
    return ((int) (a >>> 32) << 1) + Integer.MIN_VALUE >= LEAST_NORMAL + Integer.MIN_VALUE
        || a << 1 == 0;
  }

  /** Neither denormal nor NaN. */
  public static boolean isComparable(long a) {
    return ((int) (a >>> 32) << 1) + TO_NORMAL < BELOW_INFINITY
        || a << 1 == 0
        || a << 1 == (long) INFINITY << 32;
  }

  private static boolean fits(long result, long a, long b) {
    return isNormal(result) && !isDenormal(a) && !isDenormal(b);
  }

  private static boolean fits(long result, long a, long b, CpuState s) {
    return quick(s) && fits(result, a, b);
  }

  /** As {@link #fits(long, long, long, CpuState)}, PE being not set yet. */
  private static boolean fitsPending(long result, long a, long b, CpuState s) {
    return (s.mxcsr & (CONTROL | SoftFloat.PRECISION)) == DEFAULT && fits(result, a, b);
  }

  /** Exceptions masked, rounding to nearest, PE set. */
  static boolean quick(CpuState s) {
    return (s.mxcsr & (CONTROL | SoftFloat.PRECISION)) == (DEFAULT | SoftFloat.PRECISION);
  }

  public static long sum(long a, long b) {
    return bits(d(a) + d(b));
  }

  public static long difference(long a, long b) {
    return bits(d(a) - d(b));
  }

  public static long product(long a, long b) {
    return bits(d(a) * d(b));
  }

  public static long quotient(long a, long b) {
    return bits(d(a) / d(b));
  }

  public static long root(long a) {
    return bits(Math.sqrt(d(a)));
  }

  // Whether such a result of operands that are not denormal raises no exception but PE. No methods
  // are called here: HotSpot does not inline what is seldom reached, and a call, however rare,
  // costs
  // a loop its registers (docs/design.md).

  public static boolean sumIsUsual(long sum, long a, long b) {
    return ((int) (sum >>> 32) << 1) + TO_RESULT < RESULT_BELOW_INFINITY || sum << 1 == 0;
  }

  public static boolean differenceIsUsual(long difference, long a, long b) {
    return ((int) (difference >>> 32) << 1) + TO_RESULT < RESULT_BELOW_INFINITY
        || difference << 1 == 0;
  }

  public static boolean productIsUsual(long product, long a, long b) {
    return ((int) (product >>> 32) << 1) + TO_RESULT < RESULT_BELOW_INFINITY
        || (product << 1 == 0 && (a << 1 == 0 || b << 1 == 0));
  }

  public static boolean quotientIsUsual(long quotient, long a, long b) {
    return ((int) (quotient >>> 32) << 1) + TO_RESULT < RESULT_BELOW_INFINITY
        || (quotient << 1 == 0 && a << 1 == 0);
  }

  public static boolean rootIsUsual(long root, long a) {
    return ((int) (root >>> 32) << 1) + TO_RESULT < RESULT_BELOW_INFINITY || root << 1 == 0;
  }

  // Whether a usual result is not rounded, so that PE stays as it is.

  private static boolean isExact(double x, double y, double sum) {
    double part = sum - x;
    return (x - (sum - part)) + (y - part) == 0;
  }

  public static boolean sumIsExact(long sum, long a, long b) {
    double part = d(sum) - d(a);
    return (d(a) - (d(sum) - part)) + (d(b) - part) == 0;
  }

  public static boolean differenceIsExact(long difference, long a, long b) {
    double part = d(difference) - d(a);
    return (d(a) - (d(difference) - part)) - (d(b) + part) == 0;
  }

  public static boolean productIsExact(long product, long a, long b) {
    return Math.fma(d(a), d(b), -d(product)) == 0
        && (Math.abs(d(product)) > EXACT_ERROR || product << 1 == 0);
  }

  public static boolean quotientIsExact(long quotient, long a, long b) {
    return quotient << 1 == 0 || (fits(d(quotient), d(b)) && d(quotient) * d(b) == d(a));
  }

  /** Whether a product has all bits that it needs. */
  private static boolean fits(double x, double y) {
    return width(x) + width(y) <= 53;
  }

  public static boolean rootIsExact(long root, long a) {
    return root << 1 == 0 || (fits(d(root), d(root)) && d(root) * d(root) == d(a));
  }

  public static long addsd(long a, long b, CpuState s) {
    long sum = sum(a, b);
    return fits(sum, a, b, s) ? sum : add(a, b, s);
  }

  public static long subsd(long a, long b, CpuState s) {
    long difference = difference(a, b);
    return fits(difference, a, b, s) ? difference : subtract(a, b, s);
  }

  public static long mulsd(long a, long b, CpuState s) {
    long product = product(a, b);
    return fits(product, a, b, s) ? product : multiply(a, b, s);
  }

  public static long divsd(long a, long b, CpuState s) {
    long quotient = quotient(a, b);
    return fits(quotient, a, b, s) ? quotient : divide(a, b, s);
  }

  public static long sqrtsd(long a, CpuState s) {
    long root = root(a);
    return fits(root, a, a, s) ? root : squareRoot(a, s);
  }

  // The second path: zeros, and PE not yet set.

  private static long add(long a, long b, CpuState s) {
    long quick = sum(a, b);
    if (fitsPending(quick, a, b, s)) {
      noteSum(d(a), d(b), d(quick), s);
      return quick;
    }
    return addZero(a, b, s);
  }

  private static long addZero(long a, long b, CpuState s) {
    double x = d(a);
    double y = d(b);
    double sum = x + y;
    if ((s.mxcsr & CONTROL) == DEFAULT && (normal(sum) || sum == 0) && usual(x) && usual(y)) {
      if (precisionPending(s)) {
        noteSum(x, y, sum, s);
      }
      return bits(sum);
    }
    return SOFT.add(a, b, s);
  }

  private static long subtract(long a, long b, CpuState s) {
    long quick = difference(a, b);
    if (fitsPending(quick, a, b, s)) {
      noteSum(d(a), -d(b), d(quick), s);
      return quick;
    }
    return subtractZero(a, b, s);
  }

  private static long subtractZero(long a, long b, CpuState s) {
    double x = d(a);
    double y = d(b);
    double difference = x - y;
    if ((s.mxcsr & CONTROL) == DEFAULT
        && (normal(difference) || difference == 0)
        && usual(x)
        && usual(y)) {
      if (precisionPending(s)) {
        noteSum(x, -y, difference, s);
      }
      return bits(difference);
    }
    return SOFT.subtract(a, b, s);
  }

  /** Number of significant bits of a normal number. */
  private static int width(double x) {
    return 53 - Math.min(52, Long.numberOfTrailingZeros(bits(x)));
  }

  /** The least product whose rounding error is no denormal number. */
  private static final double EXACT_ERROR = 0x1p-960;

  private static long multiply(long a, long b, CpuState s) {
    long quick = product(a, b);
    if (fitsPending(quick, a, b, s) && Math.abs(d(quick)) > EXACT_ERROR) {
      if (Math.fma(d(a), d(b), -d(quick)) != 0) {
        s.mxcsr |= SoftFloat.PRECISION;
      }
      return quick;
    }
    return multiplyZero(a, b, s);
  }

  private static long multiplyZero(long a, long b, CpuState s) {
    double x = d(a);
    double y = d(b);
    double product = x * y;
    if ((s.mxcsr & CONTROL) == DEFAULT && usual(x) && usual(y)) {
      if (x == 0 || y == 0) {
        if (product == 0) {
          return bits(product);
        }
      } else if (normal(product) && (!precisionPending(s) || width(x) + width(y) <= 53)) {
        return bits(product);
      }
    }
    return SOFT.multiply(a, b, s);
  }

  private static long divide(long a, long b, CpuState s) {
    double x = d(a);
    double y = d(b);
    double quotient = x / y;
    if ((s.mxcsr & CONTROL) == DEFAULT
        && normal(quotient)
        && usual(x)
        && usual(y)
        && (!precisionPending(s) || (width(quotient) + width(y) <= 53 && quotient * y == x))) {
      return bits(quotient);
    }
    return SOFT.divide(a, b, s);
  }

  private static long squareRoot(long a, CpuState s) {
    double x = d(a);
    double root = Math.sqrt(x);
    if ((s.mxcsr & CONTROL) == DEFAULT
        && normal(root)
        && usual(x)
        && (!precisionPending(s) || (2 * width(root) <= 53 && root * root == x))) {
      return bits(root);
    }
    return SOFT.squareRoot(a, s);
  }

  private static boolean comparable(long a, long b) {
    return isComparable(a) && isComparable(b);
  }

  public static long lesser(long a, long b) {
    return d(a) < d(b) ? a : b;
  }

  public static long greater(long a, long b) {
    return d(a) > d(b) ? a : b;
  }

  public static long minsd(long a, long b, CpuState s) {
    return comparable(a, b) ? lesser(a, b) : SOFT.min(a, b, s);
  }

  public static long maxsd(long a, long b, CpuState s) {
    return comparable(a, b) ? greater(a, b) : SOFT.max(a, b, s);
  }

  // Comparisons.

  /** Status flags of COMISx and UCOMISx for the result of {@link SoftFloat#compare}. */
  static long flags(int order) {
    return switch (order) {
      case 0 -> Flags.ZF;
      case -1 -> Flags.CF;
      case 1 -> 0;
      default -> Flags.ZF | Flags.PF | Flags.CF;
    };
  }

  /** Status flags of a comparison of what is neither denormal nor NaN. */
  public static long ordered(long a, long b) {
    return ordered(d(a), d(b));
  }

  private static long ordered(double x, double y) {
    return x == y ? Flags.ZF : x < y ? Flags.CF : 0;
  }

  private static long compare(long a, long b, boolean signaling, CpuState s) {
    return flags(SOFT.compare(a, b, signaling, s));
  }

  public static long comisd(long a, long b, CpuState s) {
    return comparable(a, b) ? ordered(a, b) : compare(a, b, true, s);
  }

  public static long ucomisd(long a, long b, CpuState s) {
    return comparable(a, b) ? ordered(a, b) : compare(a, b, false, s);
  }

  /** All ones or zero. */
  public static long cmpsd(long a, long b, int predicate, CpuState s) {
    double x = d(a);
    double y = d(b);
    int order =
        usual(x) && usual(y)
            ? (x == y ? 0 : x < y ? -1 : 1)
            : SOFT.compare(a, b, signals(predicate), s);
    return holds(predicate, order) ? -1 : 0;
  }

  /** Whether quiet NaNs are invalid for predicate 0…31 of CMPxx (SDM vol. 2, table 3-1). */
  static boolean signals(int predicate) {
    boolean odd = (predicate & 3) == 1 || (predicate & 3) == 2;
    return odd != ((predicate & 16) != 0);
  }

  /** Whether a predicate holds for the result of {@link SoftFloat#compare}. */
  static boolean holds(int predicate, int order) {
    boolean unordered = order == SoftFloat.UNORDERED;
    return switch (predicate & 15) {
      case 0 -> order == 0;
      case 1 -> order == -1;
      case 2 -> order == -1 || order == 0;
      case 3 -> unordered;
      case 4 -> order != 0;
      case 5 -> order != -1;
      case 6 -> order == 1 || unordered;
      case 7 -> !unordered;
      case 8 -> order == 0 || unordered;
      case 9 -> order == -1 || unordered;
      case 10 -> order != 1;
      case 11 -> false;
      case 12 -> order == -1 || order == 1;
      case 13 -> order == 0 || order == 1;
      case 14 -> order == 1;
      default -> true;
    };
  }

  /** ROUNDSD; imm8 as in the instruction (SDM vol. 2, ROUNDPD). */
  public static long roundsd(long a, int imm8, CpuState s) {
    return quick(s) && isComparable(a) ? rounded(a, imm8) : round(a, imm8, s);
  }

  /** With rounding to nearest in force. */
  private static long rounded(long a, int imm8) {
    return bits(rounded(d(a), (imm8 & 4) != 0 ? 0 : imm8 & 3));
  }

  private static double rounded(double x, int rc) {
    return switch (rc) {
      case 0 -> Math.rint(x);
      case 1 -> Math.floor(x);
      case 2 -> Math.ceil(x);
      default -> x < 0 ? Math.ceil(x) : Math.floor(x);
    };
  }

  private static long round(long a, int imm8, CpuState s) {
    int rc = (imm8 & 4) != 0 ? SoftFloat.roundingControl(s) : imm8 & 3;
    return SOFT.roundToIntegral(a, rc, (imm8 & 8) != 0, s);
  }

  // What of a × b + c is negated.
  public static final int NEGATE_PRODUCT = 1;
  public static final int NEGATE_ADDEND = 2;

  /** ±a × b ± c with one rounding; the signs are in imm8. */
  public static long fmasd(long a, long b, long c, int imm8, CpuState s) {
    long result = fused(a, b, c, imm8);
    return fits(result, a, b, s) && !isDenormal(c) ? result : SOFT.multiplyAdd(a, b, c, imm8, s);
  }

  private static long fused(long a, long b, long c, int imm8) {
    return bits(
        Math.fma(d(a ^ sign(imm8, NEGATE_PRODUCT)), d(b), d(c ^ sign(imm8, NEGATE_ADDEND))));
  }

  private static long sign(int imm8, int bit) {
    return (imm8 & bit) != 0 ? Long.MIN_VALUE : 0;
  }
}
