package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Flags;

/**
 * SSE arithmetic on singles: the scalar instructions (…ss: on the low half of a quadword, keeping
 * the high half of the first operand) and the packed ones (…ps: on both). Fast path and its
 * conditions as in {@link SseDouble}; rounding is noticed by computing in doubles, where products
 * and quotients' products are exact.
 */
public final class SseSingle {
  private static final long LOW = 0xffffffffL;
  private static final SoftFloat SOFT = SoftFloat.SINGLE;

  private SseSingle() {}

  private static boolean usual(float x) {
    return Math.abs(x) >= Float.MIN_NORMAL || x == 0;
  }

  private static boolean normal(float x) {
    float magnitude = Math.abs(x);
    return magnitude > Float.MIN_NORMAL && magnitude <= Float.MAX_VALUE;
  }

  private static float f(long bits) {
    return Float.intBitsToFloat((int) bits);
  }

  private static long bits(float value) {
    return Float.floatToRawIntBits(value) & LOW;
  }

  private static boolean usualControl(CpuState s) {
    return (s.mxcsr & SseDouble.CONTROL) == SseDouble.DEFAULT;
  }

  private static void note(boolean inexact, CpuState s) {
    if (inexact) {
      s.mxcsr |= SoftFloat.PRECISION;
    }
  }

  private static long join(long low, long high) {
    return low | high << 32;
  }

  private static long keepHigh(long a, long low) {
    return (a & ~LOW) | low;
  }

  // Tests in both halves at once, with the answers in their sign bits, as in SseDouble.

  private static final long SIGNS = PackedInteger.SIGN32;
  private static final long MAGNITUDES = ~SIGNS;
  private static final long EXPONENTS = 0x7f8000007f800000L;
  private static final long FRACTIONS = 0x007fffff007fffffL;
  private static final long UNIT_EXPONENTS = 0x0080000000800000L;

  /**
   * Signs of the halves whose magnitude is not between the least normal, exclusive, and infinity.
   */
  private static long abnormal(long a) {
    long m = a & MAGNITUDES;
    return (~((m | SIGNS) - (UNIT_EXPONENTS + 0x0000000100000001L)) | (m + UNIT_EXPONENTS)) & SIGNS;
  }

  /** Signs of the halves that are denormal. */
  private static long denormal(long a) {
    return ~((a & EXPONENTS) + EXPONENTS) & ((a & FRACTIONS) + MAGNITUDES) & SIGNS;
  }

  private static long joined(float low, float high) {
    return bits(low) | bits(high) << 32;
  }

  private static boolean fits(long result, long a, long b, CpuState s) {
    return SseDouble.quick(s) && (abnormal(result) | denormal(a) | denormal(b)) == 0;
  }

  private static final int LEAST_NORMAL = 1 << 23;
  private static final int INFINITY = 0xff << 23;

  // As in SseDouble.

  private static final int TO_NORMAL = Integer.MIN_VALUE ^ -((LEAST_NORMAL + 1) << 1);
  private static final int BELOW_INFINITY =
      Integer.MIN_VALUE ^ ((INFINITY - LEAST_NORMAL - 1) << 1);
  private static final int TO_DENORMAL = Integer.MAX_VALUE;
  private static final int BELOW_NORMAL = Integer.MIN_VALUE ^ ((LEAST_NORMAL << 1) - 1);

  /** Whether the magnitude of a is between the least normal, exclusive, and infinity. */
  static boolean isNormal(int a) {
    return (a << 1) + TO_NORMAL < BELOW_INFINITY;
  }

  private static boolean isDenormal(int a) {
    return (a << 1) + TO_DENORMAL < BELOW_NORMAL;
  }

  private static boolean lowFits(int result, int a, int b) {
    return isNormal(result) && !isDenormal(a) && !isDenormal(b);
  }

  private static boolean lowFits(long result, long a, long b, CpuState s) {
    return SseDouble.quick(s) && lowFits((int) result, (int) a, (int) b);
  }

  // One single each, in the low half of the arguments, whose upper halves do not count, and of the
  // result.

  private static long add(long a, long b, CpuState s) {
    float x = f(a);
    float y = f(b);
    float sum = x + y;
    if (usualControl(s) && (normal(sum) || sum == 0) && usual(x) && usual(y)) {
      if ((s.mxcsr & SoftFloat.PRECISION) == 0) {
        float part = sum - x;
        note((x - (sum - part)) + (y - part) != 0, s);
      }
      return bits(sum);
    }
    return SOFT.add(a & LOW, b & LOW, s);
  }

  private static long subtract(long a, long b, CpuState s) {
    float x = f(a);
    float y = f(b);
    float difference = x - y;
    if (usualControl(s) && (normal(difference) || difference == 0) && usual(x) && usual(y)) {
      if ((s.mxcsr & SoftFloat.PRECISION) == 0) {
        float part = difference - x;
        note((x - (difference - part)) + (-y - part) != 0, s);
      }
      return bits(difference);
    }
    return SOFT.subtract(a & LOW, b & LOW, s);
  }

  private static long multiply(long a, long b, CpuState s) {
    float x = f(a);
    float y = f(b);
    float product = x * y;
    if (usualControl(s)
        && usual(x)
        && usual(y)
        && (normal(product) || (product == 0 && (x == 0 || y == 0)))) {
      note((double) x * y != product, s);
      return bits(product);
    }
    return SOFT.multiply(a & LOW, b & LOW, s);
  }

  private static long divide(long a, long b, CpuState s) {
    float x = f(a);
    float y = f(b);
    float quotient = x / y;
    if (usualControl(s)
        && usual(x)
        && usual(y)
        && (normal(quotient) || (x == 0 && quotient == 0))) {
      note(x != 0 && (double) quotient * y != x, s); // 0 / infinity is exact
      return bits(quotient);
    }
    return SOFT.divide(a & LOW, b & LOW, s);
  }

  private static long squareRoot(long a, CpuState s) {
    float x = f(a);
    float root = (float) Math.sqrt(x);
    if (usualControl(s) && usual(x) && normal(root)) {
      note((double) root * root != x, s);
      return bits(root);
    }
    return SOFT.squareRoot(a & LOW, s);
  }

  private static long lesser(long a, long b) {
    return (f(a) < f(b) ? a : b) & LOW;
  }

  private static long greater(long a, long b) {
    return (f(a) > f(b) ? a : b) & LOW;
  }

  private static long min(long a, long b, CpuState s) {
    return comparable(a, b) ? lesser(a, b) : SOFT.min(a & LOW, b & LOW, s);
  }

  private static long max(long a, long b, CpuState s) {
    return comparable(a, b) ? greater(a, b) : SOFT.max(a & LOW, b & LOW, s);
  }

  private static int compare(long a, long b, boolean signaling, CpuState s) {
    float x = f(a);
    float y = f(b);
    return usual(x) && usual(y)
        ? (x == y ? 0 : x < y ? -1 : 1)
        : SOFT.compare(a & LOW, b & LOW, signaling, s);
  }

  private static long mask(long a, long b, int predicate, CpuState s) {
    return SseDouble.holds(predicate, compare(a, b, SseDouble.signals(predicate), s)) ? LOW : 0;
  }

  private static long round(long a, int imm8, CpuState s) {
    int rc = (imm8 & 4) != 0 ? SoftFloat.roundingControl(s) : imm8 & 3;
    return SOFT.roundToIntegral(a & LOW, rc, (imm8 & 8) != 0, s);
  }

  /**
   * A product of singles is exact in double; the sum is rounded to odd there (its last bit also
   * stands for what is lost), so that rounding it to single is as if done once.
   */
  private static long fma(long a, long b, long c, int negations, CpuState s) {
    float x = f(a);
    float y = f(b);
    float z = f(c);
    if (usualControl(s) && usual(x) && usual(y) && usual(z)) {
      double product = (double) x * y;
      double p = (negations & SseDouble.NEGATE_PRODUCT) != 0 ? -product : product;
      double addend = (negations & SseDouble.NEGATE_ADDEND) != 0 ? -z : z;
      double sum = p + addend;
      double part = sum - p;
      double lost = (p - (sum - part)) + (addend - part);
      long odd = Double.doubleToRawLongBits(sum);
      if (lost != 0 && (odd & 1) == 0) {
        odd += lost > 0 == sum > 0 ? 1 : -1;
      }
      float result = (float) Double.longBitsToDouble(odd);
      if (normal(result)) {
        note(lost != 0 || result != sum, s);
        return bits(result);
      }
    }
    return SOFT.multiplyAdd(a & LOW, b & LOW, c & LOW, negations, s);
  }

  // Scalar. The parts of the fast path that are public are for units that make the tests
  // themselves; they take and give quadwords.

  /** The low half is normal. */
  public static boolean isNormalLow(long a) {
    return isNormal((int) a);
  }

  /** The low half is not denormal. */
  public static boolean isUsualLow(long a) {
    return !isDenormal((int) a);
  }

  /** The low half is neither denormal nor NaN. */
  public static boolean isComparableLow(long a) {
    return isComparable((int) a);
  }

  public static long sumLow(long a, long b) {
    return keepHigh(a, sum(a, b));
  }

  public static long differenceLow(long a, long b) {
    return keepHigh(a, difference(a, b));
  }

  public static long productLow(long a, long b) {
    return keepHigh(a, product(a, b));
  }

  public static long quotientLow(long a, long b) {
    return keepHigh(a, quotient(a, b));
  }

  public static boolean sumLowIsUsual(long sum, long a, long b) {
    return ((int) sum << 1) + TO_NORMAL < BELOW_INFINITY || (int) sum << 1 == 0;
  }

  public static boolean differenceLowIsUsual(long difference, long a, long b) {
    return ((int) difference << 1) + TO_NORMAL < BELOW_INFINITY || (int) difference << 1 == 0;
  }

  public static boolean productLowIsUsual(long product, long a, long b) {
    return ((int) product << 1) + TO_NORMAL < BELOW_INFINITY
        || ((int) product << 1 == 0 && ((int) a << 1 == 0 || (int) b << 1 == 0));
  }

  public static boolean quotientLowIsUsual(long quotient, long a, long b) {
    return ((int) quotient << 1) + TO_NORMAL < BELOW_INFINITY
        || ((int) quotient << 1 == 0 && (int) a << 1 == 0);
  }

  public static boolean sumLowIsExact(long sum, long a, long b) {
    float part = f(sum) - f(a);
    return (f(a) - (f(sum) - part)) + (f(b) - part) == 0;
  }

  public static boolean differenceLowIsExact(long difference, long a, long b) {
    float part = f(difference) - f(a);
    return (f(a) - (f(difference) - part)) - (f(b) + part) == 0;
  }

  public static boolean productLowIsExact(long product, long a, long b) {
    return (double) f(a) * f(b) == f(product);
  }

  public static boolean quotientLowIsExact(long quotient, long a, long b) {
    return (double) f(quotient) * f(b) == f(a);
  }

  private static long sum(long a, long b) {
    return bits(f(a) + f(b));
  }

  private static long sumOrAdd(long low, long a, long b, CpuState s) {
    return lowFits(low, a, b, s) ? low : add(a, b, s);
  }

  public static long addss(long a, long b, CpuState s) {
    return keepHigh(a, sumOrAdd(sum(a, b), a, b, s));
  }

  private static long difference(long a, long b) {
    return bits(f(a) - f(b));
  }

  private static long differenceOrSubtract(long low, long a, long b, CpuState s) {
    return lowFits(low, a, b, s) ? low : subtract(a, b, s);
  }

  public static long subss(long a, long b, CpuState s) {
    return keepHigh(a, differenceOrSubtract(difference(a, b), a, b, s));
  }

  private static long product(long a, long b) {
    return bits(f(a) * f(b));
  }

  private static long productOrMultiply(long low, long a, long b, CpuState s) {
    return lowFits(low, a, b, s) ? low : multiply(a, b, s);
  }

  public static long mulss(long a, long b, CpuState s) {
    return keepHigh(a, productOrMultiply(product(a, b), a, b, s));
  }

  private static long quotient(long a, long b) {
    return bits(f(a) / f(b));
  }

  private static long quotientOrDivide(long low, long a, long b, CpuState s) {
    return lowFits(low, a, b, s) ? low : divide(a, b, s);
  }

  public static long divss(long a, long b, CpuState s) {
    return keepHigh(a, quotientOrDivide(quotient(a, b), a, b, s));
  }

  public static long minss(long a, long b, CpuState s) {
    return keepHigh(a, min(a, b, s));
  }

  public static long maxss(long a, long b, CpuState s) {
    return keepHigh(a, max(a, b, s));
  }

  private static long root(long a) {
    return bits((float) Math.sqrt(f(a)));
  }

  /** The high half from a, the root of b. */
  public static long sqrtss(long a, long b, CpuState s) {
    long root = root(b);
    return keepHigh(a, lowFits(root, b, b, s) ? root : squareRoot(b, s));
  }

  public static long cmpss(long a, long b, int predicate, CpuState s) {
    return keepHigh(a, mask(a, b, predicate, s));
  }

  public static long roundss(long a, long b, int imm8, CpuState s) {
    return keepHigh(a, round(b, imm8, s));
  }

  /** ±a × b ± c with one rounding, the high half zero; imm8 as in {@link SseDouble#fmasd}. */
  public static long fmass(long a, long b, long c, int imm8, CpuState s) {
    return fma(a, b, c, imm8 & 3, s);
  }

  /** Neither denormal nor NaN. */
  static boolean isComparable(int a) {
    return (a << 1) + TO_DENORMAL >= BELOW_NORMAL && a << 1 >>> 1 <= INFINITY;
  }

  private static boolean comparable(long a, long b) {
    return isComparable((int) a) && isComparable((int) b);
  }

  public static long ordered(long a, long b) {
    return ordered(f(a), f(b));
  }

  private static long ordered(float x, float y) {
    return x == y ? Flags.ZF : x < y ? Flags.CF : 0;
  }

  private static long flags(long a, long b, boolean signaling, CpuState s) {
    return SseDouble.flags(compare(a, b, signaling, s));
  }

  public static long comiss(long a, long b, CpuState s) {
    return comparable(a, b) ? ordered(a, b) : flags(a, b, true, s);
  }

  public static long ucomiss(long a, long b, CpuState s) {
    return comparable(a, b) ? ordered(a, b) : flags(a, b, false, s);
  }

  // Packed.

  /** Neither half is denormal. */
  public static boolean areUsual(long a) {
    return denormal(a) == 0;
  }

  public static long sums(long a, long b) {
    return joined(f(a) + f(b), f(a >>> 32) + f(b >>> 32));
  }

  private static long addBoth(long a, long b, CpuState s) {
    return join(add(a, b, s), add(a >>> 32, b >>> 32, s));
  }

  public static long addps(long a, long b, CpuState s) {
    long result = sums(a, b);
    return fits(result, a, b, s) ? result : addBoth(a, b, s);
  }

  public static long differences(long a, long b) {
    return joined(f(a) - f(b), f(a >>> 32) - f(b >>> 32));
  }

  private static long subtractBoth(long a, long b, CpuState s) {
    return join(subtract(a, b, s), subtract(a >>> 32, b >>> 32, s));
  }

  public static long subps(long a, long b, CpuState s) {
    long result = differences(a, b);
    return fits(result, a, b, s) ? result : subtractBoth(a, b, s);
  }

  public static long products(long a, long b) {
    return joined(f(a) * f(b), f(a >>> 32) * f(b >>> 32));
  }

  private static long multiplyBoth(long a, long b, CpuState s) {
    return join(multiply(a, b, s), multiply(a >>> 32, b >>> 32, s));
  }

  public static long mulps(long a, long b, CpuState s) {
    long result = products(a, b);
    return fits(result, a, b, s) ? result : multiplyBoth(a, b, s);
  }

  public static long quotients(long a, long b) {
    return joined(f(a) / f(b), f(a >>> 32) / f(b >>> 32));
  }

  private static long divideBoth(long a, long b, CpuState s) {
    return join(divide(a, b, s), divide(a >>> 32, b >>> 32, s));
  }

  public static long divps(long a, long b, CpuState s) {
    long result = quotients(a, b);
    return fits(result, a, b, s) ? result : divideBoth(a, b, s);
  }

  /** Signs of the halves that are not zero; of others, anything but the signs. */
  private static long nonzero(long a) {
    return (a & MAGNITUDES) + MAGNITUDES;
  }

  public static boolean sumsIsUsual(long sums, long a, long b) {
    return (abnormal(sums) & nonzero(sums)) == 0;
  }

  public static boolean differencesIsUsual(long differences, long a, long b) {
    return (abnormal(differences) & nonzero(differences)) == 0;
  }

  public static boolean productsIsUsual(long products, long a, long b) {
    return (abnormal(products) & (nonzero(products) | (nonzero(a) & nonzero(b)))) == 0;
  }

  public static boolean quotientsIsUsual(long quotients, long a, long b) {
    return (abnormal(quotients) & (nonzero(quotients) | nonzero(a))) == 0;
  }

  public static boolean sumsIsExact(long sums, long a, long b) {
    return sumLowIsExact(sums, a, b) && sumLowIsExact(sums >>> 32, a >>> 32, b >>> 32);
  }

  public static boolean differencesIsExact(long differences, long a, long b) {
    return differenceLowIsExact(differences, a, b)
        && differenceLowIsExact(differences >>> 32, a >>> 32, b >>> 32);
  }

  public static boolean productsIsExact(long products, long a, long b) {
    return productLowIsExact(products, a, b)
        && productLowIsExact(products >>> 32, a >>> 32, b >>> 32);
  }

  public static boolean quotientsIsExact(long quotients, long a, long b) {
    return quotientLowIsExact(quotients, a, b)
        && quotientLowIsExact(quotients >>> 32, a >>> 32, b >>> 32);
  }

  public static long minps(long a, long b, CpuState s) {
    return join(min(a, b, s), min(a >>> 32, b >>> 32, s));
  }

  public static long maxps(long a, long b, CpuState s) {
    return join(max(a, b, s), max(a >>> 32, b >>> 32, s));
  }

  public static long sqrtps(long a, CpuState s) {
    return join(squareRoot(a, s), squareRoot(a >>> 32, s));
  }

  public static long cmpps(long a, long b, int predicate, CpuState s) {
    return join(mask(a, b, predicate, s), mask(a >>> 32, b >>> 32, predicate, s));
  }

  public static long roundps(long a, int imm8, CpuState s) {
    return join(round(a, imm8, s), round(a >>> 32, imm8, s));
  }

  /** imm8: the signs for the low half, and two bits up for the high half. */
  public static long fmaps(long a, long b, long c, int imm8, CpuState s) {
    return join(fma(a, b, c, imm8 & 3, s), fma(a >>> 32, b >>> 32, c >>> 32, imm8 >> 2, s));
  }

  /** The sums of the halves of a and of b. */
  public static long haddps(long a, long b, CpuState s) {
    return join(add(a, a >>> 32, s), add(b, b >>> 32, s));
  }

  public static long hsubps(long a, long b, CpuState s) {
    return join(subtract(a, a >>> 32, s), subtract(b, b >>> 32, s));
  }

  public static long addsubps(long a, long b, CpuState s) {
    return join(subtract(a, b, s), add(a >>> 32, b >>> 32, s));
  }

  // Approximations. The manual bounds their relative error by 1.5 × 2^-12; these are rounded to 12
  // bits. No flags.

  private static final int KEPT = 0xfffff000;

  private static long approximate(double value) {
    float result = (float) value;
    if (Math.abs(result) < Float.MIN_NORMAL) {
      return bits(Math.copySign(0f, result));
    }
    if (Float.isInfinite(result)) {
      return bits(result);
    }
    return (Float.floatToRawIntBits(result) + 0x800) & KEPT & LOW;
  }

  private static long reciprocal(long a) {
    float x = f(a);
    if (Float.isNaN(x)) {
      return (a | SOFT.quiet) & LOW;
    }
    float operand = Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
    return approximate(1.0 / operand);
  }

  private static long reciprocalRoot(long a) {
    float x = f(a);
    if (Float.isNaN(x)) {
      return (a | SOFT.quiet) & LOW;
    }
    float operand = Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
    if (operand == 0) {
      return bits(Math.copySign(Float.POSITIVE_INFINITY, operand));
    }
    return operand < 0 ? SOFT.indefinite : approximate(1 / Math.sqrt(operand));
  }

  public static long rcpps(long a) {
    return join(reciprocal(a), reciprocal(a >>> 32));
  }

  public static long rsqrtps(long a) {
    return join(reciprocalRoot(a), reciprocalRoot(a >>> 32));
  }

  public static long rcpss(long a, long b) {
    return keepHigh(a, reciprocal(b));
  }

  public static long rsqrtss(long a, long b) {
    return keepHigh(a, reciprocalRoot(b));
  }
}
