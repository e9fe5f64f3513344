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
    double part = sum - x;
    if ((x - (sum - part)) + (y - part) != 0) {
      s.mxcsr |= SoftFloat.PRECISION;
    }
  }

  // The tests of the fast path have their answers in the sign bit, to be joined without branches.

  private static final long MAGNITUDE = Long.MAX_VALUE;
  private static final long LEAST_NORMAL = 1L << 52;
  private static final long INFINITY = 0x7ffL << 52;

  /** Negative unless the magnitude of a is between the least normal, exclusive, and infinity. */
  private static long abnormal(long a) {
    long m = a & MAGNITUDE;
    return (m - LEAST_NORMAL - 1) | (INFINITY - 1 - m);
  }

  /** Negative if a is denormal. */
  private static long denormal(long a) {
    long m = a & MAGNITUDE;
    return ~(m - 1) & (m - LEAST_NORMAL);
  }

  /** Negative if a is denormal or a NaN. */
  private static long denormalOrNan(long a) {
    long m = a & MAGNITUDE;
    return (~(m - 1) & (m - LEAST_NORMAL)) | (INFINITY - m);
  }

  /** Exceptions masked, rounding to nearest, PE set. */
  static boolean quick(CpuState s) {
    return (s.mxcsr & (CONTROL | SoftFloat.PRECISION)) == (DEFAULT | SoftFloat.PRECISION);
  }

  public static long addsd(long a, long b, CpuState s) {
    long sum = bits(d(a) + d(b));
    return quick(s) && (abnormal(sum) | denormal(a) | denormal(b)) >= 0 ? sum : add(a, b, s);
  }

  public static long subsd(long a, long b, CpuState s) {
    long difference = bits(d(a) - d(b));
    return quick(s) && (abnormal(difference) | denormal(a) | denormal(b)) >= 0
        ? difference
        : subtract(a, b, s);
  }

  public static long mulsd(long a, long b, CpuState s) {
    long product = bits(d(a) * d(b));
    return quick(s) && (abnormal(product) | denormal(a) | denormal(b)) >= 0
        ? product
        : multiply(a, b, s);
  }

  public static long divsd(long a, long b, CpuState s) {
    long quotient = bits(d(a) / d(b));
    return quick(s) && (abnormal(quotient) | denormal(a) | denormal(b)) >= 0
        ? quotient
        : divide(a, b, s);
  }

  public static long sqrtsd(long a, CpuState s) {
    long root = bits(Math.sqrt(d(a)));
    return quick(s) && (abnormal(root) | denormal(a)) >= 0 ? root : squareRoot(a, s);
  }

  // The second path: zeros, and PE not yet set.

  private static long add(long a, long b, CpuState s) {
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

  private static long multiply(long a, long b, CpuState s) {
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

  public static long minsd(long a, long b, CpuState s) {
    return (denormalOrNan(a) | denormalOrNan(b)) >= 0 ? (d(a) < d(b) ? a : b) : SOFT.min(a, b, s);
  }

  public static long maxsd(long a, long b, CpuState s) {
    return (denormalOrNan(a) | denormalOrNan(b)) >= 0 ? (d(a) > d(b) ? a : b) : SOFT.max(a, b, s);
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

  private static long ordered(double x, double y) {
    return x == y ? Flags.ZF : x < y ? Flags.CF : 0;
  }

  public static long comisd(long a, long b, CpuState s) {
    return (denormalOrNan(a) | denormalOrNan(b)) >= 0
        ? ordered(d(a), d(b))
        : flags(SOFT.compare(a, b, true, s));
  }

  public static long ucomisd(long a, long b, CpuState s) {
    return (denormalOrNan(a) | denormalOrNan(b)) >= 0
        ? ordered(d(a), d(b))
        : flags(SOFT.compare(a, b, false, s));
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
    int rc = (imm8 & 4) != 0 ? SoftFloat.roundingControl(s) : imm8 & 3;
    return SOFT.roundToIntegral(a, rc, (imm8 & 8) != 0, s);
  }

  // What of a × b + c is negated.
  public static final int NEGATE_PRODUCT = 1;
  public static final int NEGATE_ADDEND = 2;

  /** ±a × b ± c with one rounding; the signs are in imm8. */
  public static long fmasd(long a, long b, long c, int imm8, CpuState s) {
    double x = d(a);
    double y = d(b);
    double z = d(c);
    if ((s.mxcsr & (CONTROL | SoftFloat.PRECISION)) == (DEFAULT | SoftFloat.PRECISION)
        && usual(x)
        && usual(y)
        && usual(z)) {
      double factor = (imm8 & NEGATE_PRODUCT) != 0 ? -x : x;
      double result = Math.fma(factor, y, (imm8 & NEGATE_ADDEND) != 0 ? -z : z);
      if (normal(result)) {
        return bits(result);
      }
    }
    return SOFT.multiplyAdd(a, b, c, imm8, s);
  }
}
