package io.rookery.cpu.helper;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;

/**
 * SSE arithmetic on one binary format in integers: exact values, NaN operands and MXCSR flags (SDM
 * vol. 1, 4.8.4, 4.9 and 11.5). The helpers with fast paths come here for what those do not cover.
 * Values are bit patterns in the low bits of a {@code long}.
 */
final class SoftFloat {
  static final SoftFloat HALF = new SoftFloat(5, 10);
  static final SoftFloat SINGLE = new SoftFloat(8, 23);
  static final SoftFloat DOUBLE = new SoftFloat(11, 52);

  // MXCSR: exception flags, DAZ, exception masks, rounding control, FTZ.
  static final int INVALID = 1;
  static final int DENORMAL = 2;
  static final int ZERO_DIVIDE = 4;
  static final int OVERFLOW = 8;
  static final int UNDERFLOW = 16;
  static final int PRECISION = 32;
  static final int DAZ = 0x40;
  static final int MASKS = 7;
  static final int ROUNDING = 13;
  static final int FTZ = 0x8000;

  final int fractionBits;
  final int bias;
  final int maxExponent;
  final long sign;
  final long fractionMask;
  final long infinity;
  final long quiet;

  /** The real indefinite: a negative quiet NaN. */
  final long indefinite;

  private SoftFloat(int exponentBits, int fractionBits) {
    this.fractionBits = fractionBits;
    bias = (1 << exponentBits - 1) - 1;
    maxExponent = (1 << exponentBits) - 1;
    sign = 1L << exponentBits + fractionBits;
    fractionMask = (1L << fractionBits) - 1;
    infinity = (long) maxExponent << fractionBits;
    quiet = 1L << fractionBits - 1;
    indefinite = sign | infinity | quiet;
  }

  // ---------------------------------------------------------------- exceptions

  /**
   * Sets flags; an unmasked one faults. Within a packed operation they are noted only: what is
   * computed with them is not used.
   */
  static void raise(CpuState s, int flags) {
    if (s.packedExceptions != CpuState.NOT_PACKED) {
      s.packedExceptions |= flags;
      return;
    }
    s.mxcsr |= flags;
    if ((flags & ~(s.mxcsr >> MASKS)) != 0) {
      throw new CpuFault(CpuFault.SIMD_ERROR);
    }
  }

  static int roundingControl(CpuState s) {
    return s.mxcsr >> ROUNDING & 3;
  }

  // ---------------------------------------------------------------- classes of values

  boolean isNan(long a) {
    return (a & ~sign) > infinity;
  }

  boolean isSignaling(long a) {
    return isNan(a) && (a & quiet) == 0;
  }

  boolean isInfinite(long a) {
    return (a & ~sign) == infinity;
  }

  boolean isZero(long a) {
    return (a & ~sign) == 0;
  }

  boolean isDenormal(long a) {
    return (a & infinity) == 0 && (a & fractionMask) != 0;
  }

  boolean isNegative(long a) {
    return (a & sign) != 0;
  }

  /** The operand as DAZ has it. */
  long operand(long a, CpuState s) {
    return (s.mxcsr & DAZ) != 0 && isDenormal(a) ? a & sign : a;
  }

  private int denormalFlag(long a, long b) {
    return isDenormal(a) || isDenormal(b) ? DENORMAL : 0;
  }

  /** The result for operands of which at least one is a NaN: the first NaN, quieted. */
  long nan(long a, long b, CpuState s) {
    if (isSignaling(a) || isSignaling(b)) {
      raise(s, INVALID);
    }
    return (isNan(a) ? a : b) | quiet;
  }

  private long invalid(CpuState s) {
    raise(s, INVALID);
    return indefinite;
  }

  /** Unbiased exponent of a finite value that is not zero. */
  int exponent(long a) {
    int biased = (int) (a >>> fractionBits) & maxExponent;
    return biased != 0
        ? biased - bias
        : 1 - bias - (Long.numberOfLeadingZeros(a & fractionMask) - (63 - fractionBits));
  }

  /** Its significand, the first bit at the top. */
  long significand(long a) {
    long fraction = a & fractionMask;
    return (a & infinity) != 0
        ? (fraction | fractionMask + 1) << 63 - fractionBits
        : fraction << Long.numberOfLeadingZeros(fraction);
  }

  Unrounded unpack(long a) {
    return isZero(a)
        ? new Unrounded().set(isNegative(a), -100_000, 0)
        : new Unrounded().set(isNegative(a), exponent(a), significand(a));
  }

  // ---------------------------------------------------------------- rounding

  /** Rounds as MXCSR says and raises the flags of that. */
  long round(Unrounded u, CpuState s) {
    long signBit = u.negative ? sign : 0;
    if (u.isZero()) {
      return signBit;
    }
    int rc = roundingControl(s);
    int kept = fractionBits + 1;
    int biased = u.exponent + bias;
    if (biased <= 0) {
      return roundTiny(u, s, rc);
    }
    boolean exact = u.isExact(kept);
    long magnitude = ((long) biased << fractionBits) + (u.high >>> 64 - kept) - (fractionMask + 1);
    if (u.roundsAway(kept, rc)) {
      magnitude++; // a carry out of the fraction goes into the exponent, which is right
    }
    if (biased >= maxExponent || magnitude >= infinity) {
      boolean toInfinity = rc == 0 || rc == (u.negative ? 1 : 2);
      raise(s, OVERFLOW | ((s.mxcsr & OVERFLOW << MASKS) != 0 || !exact ? PRECISION : 0));
      return signBit | (toInfinity ? infinity : infinity - 1);
    }
    raise(s, exact ? 0 : PRECISION);
    return signBit | magnitude;
  }

  private long roundTiny(Unrounded u, CpuState s, int rc) {
    long signBit = u.negative ? sign : 0;
    int kept = fractionBits + 1;
    // Tiny after rounding as if the exponent had no bounds (SDM vol. 1, 4.9.1.5).
    boolean carriesUp =
        u.exponent == -bias && u.high >>> 64 - kept == (1L << kept) - 1 && u.roundsAway(kept, rc);
    boolean tiny = !carriesUp;
    boolean masked = (s.mxcsr & UNDERFLOW << MASKS) != 0;
    if (tiny && !masked) {
      raise(s, UNDERFLOW | (u.isExact(kept) ? 0 : PRECISION));
      return signBit;
    }
    if (tiny && (s.mxcsr & FTZ) != 0) {
      raise(s, UNDERFLOW | PRECISION);
      return signBit;
    }
    u.denormalize(1 - bias - u.exponent);
    boolean exact = u.isExact(kept);
    long magnitude = u.high >>> 64 - kept;
    if (u.roundsAway(kept, rc)) {
      magnitude++;
    }
    raise(s, exact ? 0 : tiny ? UNDERFLOW | PRECISION : PRECISION);
    return signBit | magnitude;
  }

  // ---------------------------------------------------------------- arithmetic

  long add(long aBits, long bBits, CpuState s) {
    long a = operand(aBits, s);
    long b = operand(bBits, s);
    if (isNan(a) || isNan(b)) {
      return nan(a, b, s);
    }
    if (isInfinite(a) || isInfinite(b)) {
      if (isInfinite(a) && isInfinite(b) && a != b) {
        return invalid(s);
      }
      raise(s, denormalFlag(a, b));
      return isInfinite(a) ? a : b;
    }
    if (isZero(a) && isZero(b)) {
      return a == b ? a : zeroOfCancellation(s);
    }
    preRaise(s, denormalFlag(a, b));
    Unrounded u = unpack(a);
    u.add(isNegative(b), isZero(b) ? -100_000 : exponent(b), isZero(b) ? 0 : significand(b));
    if (u.isZero()) {
      return zeroOfCancellation(s);
    }
    return round(u, s);
  }

  private long zeroOfCancellation(CpuState s) {
    return roundingControl(s) == 1 ? sign : 0;
  }

  /** Flags that are found before the computation: unmasked, they end it. */
  private static void preRaise(CpuState s, int flags) {
    if (flags != 0) {
      raise(s, flags);
    }
  }

  long subtract(long a, long b, CpuState s) {
    long x = operand(a, s);
    long y = operand(b, s);
    return isNan(x) || isNan(y) ? nan(x, y, s) : add(a, b ^ sign, s);
  }

  long multiply(long aBits, long bBits, CpuState s) {
    long a = operand(aBits, s);
    long b = operand(bBits, s);
    if (isNan(a) || isNan(b)) {
      return nan(a, b, s);
    }
    long signBit = (a ^ b) & sign;
    if (isInfinite(a) || isInfinite(b)) {
      if (isZero(a) || isZero(b)) {
        return invalid(s);
      }
      preRaise(s, denormalFlag(a, b));
      return signBit | infinity;
    }
    preRaise(s, denormalFlag(a, b));
    if (isZero(a) || isZero(b)) {
      return signBit;
    }
    return round(unpack(a).multiply(isNegative(b), exponent(b), significand(b)), s);
  }

  long divide(long aBits, long bBits, CpuState s) {
    long a = operand(aBits, s);
    long b = operand(bBits, s);
    if (isNan(a) || isNan(b)) {
      return nan(a, b, s);
    }
    long signBit = (a ^ b) & sign;
    if (isInfinite(a)) {
      if (isInfinite(b)) {
        return invalid(s);
      }
      preRaise(s, denormalFlag(a, b));
      return signBit | infinity;
    }
    if (isZero(b)) {
      if (isZero(a)) {
        return invalid(s);
      }
      raise(s, ZERO_DIVIDE); // denormal dividends are not reported
      return signBit | infinity;
    }
    preRaise(s, denormalFlag(a, b));
    if (isZero(a) || isInfinite(b)) {
      return signBit;
    }
    return round(unpack(a).divide(isNegative(b), exponent(b), significand(b)), s);
  }

  long squareRoot(long aBits, CpuState s) {
    long a = operand(aBits, s);
    if (isNan(a)) {
      return nan(a, a, s);
    }
    if (isZero(a)) {
      return a;
    }
    if (isNegative(a)) {
      return invalid(s);
    }
    preRaise(s, denormalFlag(a, a));
    return isInfinite(a) ? a : round(unpack(a).squareRoot(), s);
  }

  /**
   * ±a × b ± c with one rounding, signs as in {@link SseDouble#fmasd}; the lifter has put the
   * operands into this order.
   */
  long multiplyAdd(long aBits, long bBits, long cBits, int negations, CpuState s) {
    long a = operand(aBits, s);
    long b = operand(bBits, s);
    long c = operand(cBits, s);
    boolean zeroTimesInfinity = (isZero(a) && isInfinite(b)) || (isInfinite(a) && isZero(b));
    if (isNan(a) || isNan(b)) {
      return isSignaling(c) ? nan(nan(a, b, s), c, s) : nan(a, b, s);
    }
    if (isNan(c)) {
      return nan(c, c, s);
    }
    if (zeroTimesInfinity) {
      return invalid(s);
    }
    if ((negations & SseDouble.NEGATE_PRODUCT) != 0) {
      a ^= sign;
    }
    if ((negations & SseDouble.NEGATE_ADDEND) != 0) {
      c ^= sign;
    }
    boolean productNegative = ((a ^ b) & sign) != 0;
    boolean infiniteProduct = isInfinite(a) || isInfinite(b);
    if (infiniteProduct && isInfinite(c) && productNegative != isNegative(c)) {
      return invalid(s);
    }
    preRaise(s, denormalFlag(a, b) | denormalFlag(c, c));
    if (infiniteProduct) {
      return (productNegative ? sign : 0) | infinity;
    }
    if (isInfinite(c)) {
      return c;
    }
    if (isZero(a) || isZero(b)) {
      if (!isZero(c)) {
        return round(unpack(c), s);
      }
      return productNegative == isNegative(c) ? c : zeroOfCancellation(s);
    }
    Unrounded u = unpack(a).multiply(isNegative(b), exponent(b), significand(b));
    if (!isZero(c)) {
      u.add(isNegative(c), exponent(c), significand(c));
    }
    return u.isZero() ? zeroOfCancellation(s) : round(u, s);
  }

  // ---------------------------------------------------------------- comparisons

  /** MINxx: the second operand unless the first is less. */
  long min(long aBits, long bBits, CpuState s) {
    return lesser(operand(aBits, s), operand(bBits, s), false, s);
  }

  /** MAXxx: the second operand unless the first is greater. */
  long max(long aBits, long bBits, CpuState s) {
    return lesser(operand(aBits, s), operand(bBits, s), true, s);
  }

  private long lesser(long a, long b, boolean greater, CpuState s) {
    if (isNan(a) || isNan(b)) {
      raise(s, INVALID);
      return b;
    }
    raise(s, denormalFlag(a, b));
    return greater ? (order(a, b) > 0 ? a : b) : (order(a, b) < 0 ? a : b);
  }

  /** Sign of a - b; zeros are equal, no NaNs. */
  int order(long a, long b) {
    return Long.compare(orderKey(a), orderKey(b));
  }

  private long orderKey(long a) {
    long magnitude = a & ~sign;
    return isNegative(a) ? -magnitude : magnitude;
  }

  static final int UNORDERED = 2;

  /** -1, 0, 1 or {@link #UNORDERED}; {@code signaling}: quiet NaNs are invalid too. */
  int compare(long aBits, long bBits, boolean signaling, CpuState s) {
    long a = operand(aBits, s);
    long b = operand(bBits, s);
    if (isNan(a) || isNan(b)) {
      if (signaling || isSignaling(a) || isSignaling(b)) {
        raise(s, INVALID);
      }
      return UNORDERED;
    }
    raise(s, denormalFlag(a, b));
    return order(a, b);
  }

  // ---------------------------------------------------------------- conversions

  /** From another format. */
  long from(SoftFloat other, long aBits, CpuState s) {
    long a = other.operand(aBits, s);
    long signBit = other.isNegative(a) ? sign : 0;
    if (other.isNan(a)) {
      if (other.isSignaling(a)) {
        raise(s, INVALID);
      }
      int shift = fractionBits - other.fractionBits;
      long fraction = a & other.fractionMask;
      return signBit | infinity | quiet | (shift >= 0 ? fraction << shift : fraction >>> -shift);
    }
    if (other.isInfinite(a)) {
      return signBit | infinity;
    }
    if (other.isZero(a)) {
      return signBit;
    }
    preRaise(s, other.isDenormal(a) ? DENORMAL : 0);
    if (this == HALF && other.isDenormal(a) && (s.mxcsr & UNDERFLOW << MASKS) == 0) {
      raise(s, UNDERFLOW | PRECISION); // processors set PE, exact or not
    }
    return round(other.unpack(a), s);
  }

  long fromInteger(long value, CpuState s) {
    return value == 0 ? 0 : round(new Unrounded().setInteger(value), s);
  }

  /** To a signed integer of {@code bits}; the most negative one where that is impossible. */
  long toInteger(long aBits, int bits, int rc, CpuState s) {
    long a = operand(aBits, s);
    long integerIndefinite = Long.MIN_VALUE >> 64 - bits;
    if (isZero(a)) {
      return 0;
    }
    if (isNan(a) || isInfinite(a) || exponent(a) >= 64) {
      raise(s, INVALID);
      return integerIndefinite;
    }
    Unrounded u = unpack(a);
    boolean exact = toIntegral(u, rc);
    long magnitude = u.high;
    long limit = u.negative ? integerIndefinite : -integerIndefinite - 1;
    boolean fits =
        u.negative
            ? Long.compareUnsigned(magnitude, -limit) <= 0
            : Long.compareUnsigned(magnitude, limit) <= 0;
    if (!fits) {
      raise(s, INVALID);
      return integerIndefinite;
    }
    raise(s, exact ? 0 : PRECISION);
    return u.negative ? -magnitude : magnitude;
  }

  /** Rounds a value below 2^64 to an integer, left in {@code u.high}; true if it was one. */
  static boolean toIntegral(Unrounded u, int rc) {
    // Bit 64 - … of the 128 is the unit: shift so that high holds the integer part, low the
    // fraction.
    u.denormalize(63 - u.exponent);
    boolean exact = u.low == 0;
    if (u.roundsAway(64, rc)) {
      u.high++;
    }
    return exact;
  }

  /** ROUNDxx: to an integral value of the same format; PE is not signalled if {@code quietly}. */
  long roundToIntegral(long aBits, int rc, boolean quietly, CpuState s) {
    long a = operand(aBits, s);
    if (isNan(a)) {
      return nan(a, a, s);
    }
    if (isInfinite(a) || isZero(a) || exponent(a) >= fractionBits) {
      return a;
    }
    Unrounded u = unpack(a);
    boolean exact = toIntegral(u, rc);
    if (!exact && !quietly) {
      raise(s, PRECISION);
    }
    long magnitude = u.high;
    if (magnitude == 0) {
      return a & sign;
    }
    int zeros = Long.numberOfLeadingZeros(magnitude);
    long fraction = magnitude << zeros << 1 >>> 64 - fractionBits;
    return (a & sign) | (long) (63 - zeros + bias) << fractionBits | fraction;
  }
}
