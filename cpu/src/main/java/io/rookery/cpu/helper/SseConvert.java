package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;

/**
 * Conversions between singles, doubles and integers. Fast paths where the result is exact, or
 * inexact and PE already set; see {@link SseDouble}.
 */
public final class SseConvert {
  private static final long LOW = 0xffffffffL;

  private SseConvert() {}

  private static long join(long low, long high) {
    return (low & LOW) | high << 32;
  }

  private static long keepHigh(long a, long low) {
    return (a & ~LOW) | (low & LOW);
  }

  // From integers.

  private static boolean fitsDouble(long a) {
    return (a >> 53) + 1 >>> 1 == 0;
  }

  /** The part of CVTSI2SD that remains when PE is set. */
  public static long toDouble(long a) {
    return Double.doubleToRawLongBits((double) a);
  }

  /** From a signed 64-bit integer, a sign-extended 32-bit one too. */
  public static long cvtsi2sd(long a, CpuState s) {
    return fitsDouble(a) || SseDouble.quick(s) ? toDouble(a) : SoftFloat.DOUBLE.fromInteger(a, s);
  }

  private static boolean fitsSingle(long a) {
    return (a >> 24) + 1 >>> 1 == 0;
  }

  private static long toSingle(long a) {
    return Float.floatToRawIntBits((float) a) & LOW;
  }

  private static long singleFromInteger(long a, CpuState s) {
    return fitsSingle(a) || SseDouble.quick(s) ? toSingle(a) : SoftFloat.SINGLE.fromInteger(a, s);
  }

  /** The high half from a, the integer b. */
  public static long cvtsi2ss(long a, long b, CpuState s) {
    return keepHigh(a, singleFromInteger(b, s));
  }

  public static long cvtdq2ps(long a, CpuState s) {
    return join(singleFromInteger((int) a, s), singleFromInteger(a >> 32, s));
  }

  // To integers. rc: rounding control.

  /** Truncation is all there is to it: the magnitude is normal or zero, and below 2^bits. */
  private static boolean truncates(long a, int exponent, CpuState s) {
    return SseDouble.quick(s) && !SseDouble.isDenormal(a) && (a << 1 >>> 53) < exponent;
  }

  public static long truncated(long a) {
    return (long) Double.longBitsToDouble(a);
  }

  public static boolean toDoubleIsExact(long result, long a) {
    return fitsDouble(a);
  }

  public static boolean truncatedIsExact(long result, long a) {
    return result == Double.longBitsToDouble(a);
  }

  public static boolean truncatedLowIsExact(long result, long a) {
    return (int) result == Double.longBitsToDouble(a);
  }

  public static long truncatedLow(long a) {
    return truncated(a) & LOW;
  }

  /** Whether CVTTSD2SI with 32 bits raises no exception but PE. */
  public static boolean isInt(long a) {
    return !SseDouble.isDenormal(a) && (a << 1 >>> 53) < EXPONENT_31;
  }

  /** As {@link #isInt} with 64 bits. */
  public static boolean isLong(long a) {
    return !SseDouble.isDenormal(a) && (a << 1 >>> 53) < EXPONENT_63;
  }

  /** The exponents of 2^31 and 2^63 as doubles have them. */
  private static final int EXPONENT_31 = 1023 + 31;

  private static final int EXPONENT_63 = 1023 + 63;

  private static long doubleToInteger(long a, int bits, int rc, CpuState s) {
    double x = Double.longBitsToDouble(a);
    double magnitude = Math.abs(x);
    if (magnitude < (bits == 32 ? 0x1p31 : 0x1p63)) {
      long truncated = (long) x;
      if (truncated == x) {
        return truncated;
      }
      long result = rc == 3 ? truncated : (long) Math.rint(x);
      if (magnitude >= Double.MIN_NORMAL
          && (rc == 0 || rc == 3)
          && (s.mxcsr & SoftFloat.PRECISION << SoftFloat.MASKS) != 0
          && (bits == 64 || result == (int) result)) {
        SoftFloat.raise(s, SoftFloat.PRECISION);
        return result;
      }
    }
    return SoftFloat.DOUBLE.toInteger(a, bits, rc, s);
  }

  private static long singleToInteger(long a, int bits, int rc, CpuState s) {
    float x = Float.intBitsToFloat((int) a);
    if (Math.abs(x) >= Float.MIN_NORMAL || x == 0) {
      return doubleToInteger(Double.doubleToRawLongBits(x), bits, rc, s);
    }
    return SoftFloat.SINGLE.toInteger(a & LOW, bits, rc, s);
  }

  public static long cvtsd2si32(long a, CpuState s) {
    return doubleToInteger(a, 32, SoftFloat.roundingControl(s), s) & LOW;
  }

  public static long cvtsd2si64(long a, CpuState s) {
    return doubleToInteger(a, 64, SoftFloat.roundingControl(s), s);
  }

  public static long cvttsd2si32(long a, CpuState s) {
    long result = truncates(a, EXPONENT_31, s) ? truncated(a) : doubleToInteger(a, 32, 3, s);
    return result & LOW;
  }

  public static long cvttsd2si64(long a, CpuState s) {
    return truncates(a, EXPONENT_63, s) ? truncated(a) : doubleToInteger(a, 64, 3, s);
  }

  public static long cvtss2si32(long a, CpuState s) {
    return singleToInteger(a, 32, SoftFloat.roundingControl(s), s) & LOW;
  }

  public static long cvtss2si64(long a, CpuState s) {
    return singleToInteger(a, 64, SoftFloat.roundingControl(s), s);
  }

  public static long cvttss2si32(long a, CpuState s) {
    return SseSingle.isComparable((int) a)
        ? cvttsd2si32(widened(a), s)
        : singleToInteger(a, 32, 3, s) & LOW;
  }

  public static long cvttss2si64(long a, CpuState s) {
    return SseSingle.isComparable((int) a)
        ? cvttsd2si64(widened(a), s)
        : singleToInteger(a, 64, 3, s);
  }

  public static long cvtps2dq(long a, CpuState s) {
    int rc = SoftFloat.roundingControl(s);
    return join(singleToInteger(a, 32, rc, s), singleToInteger(a >>> 32, 32, rc, s));
  }

  public static long cvttps2dq(long a, CpuState s) {
    return join(singleToInteger(a, 32, 3, s), singleToInteger(a >>> 32, 32, 3, s));
  }

  public static long cvtpd2dq(long low, long high, CpuState s) {
    int rc = SoftFloat.roundingControl(s);
    return join(doubleToInteger(low, 32, rc, s), doubleToInteger(high, 32, rc, s));
  }

  public static long cvttpd2dq(long low, long high, CpuState s) {
    return join(doubleToInteger(low, 32, 3, s), doubleToInteger(high, 32, 3, s));
  }

  // Between the formats.

  public static long widened(long a) {
    return Double.doubleToRawLongBits(Float.intBitsToFloat((int) a));
  }

  public static boolean narrowedLowIsUsual(long result, long a, long b) {
    return SseSingle.isNormalLow(result) || b << 1 == 0;
  }

  /** The low half is a single that is neither denormal nor NaN. */
  public static boolean isComparableLow(long a) {
    return SseSingle.isComparableLow(a);
  }

  /** From the single in the low half. */
  public static long cvtss2sd(long a, CpuState s) {
    return SseSingle.isComparable((int) a)
        ? widened(a)
        : SoftFloat.DOUBLE.from(SoftFloat.SINGLE, a & LOW, s);
  }

  public static long narrowed(long a) {
    return Float.floatToRawIntBits((float) Double.longBitsToDouble(a)) & LOW;
  }

  /** A normal result is only rounded, and comes of no denormal double. */
  private static long singleFromDouble(long a, CpuState s) {
    long result = narrowed(a);
    return SseDouble.quick(s) && SseSingle.isNormal((int) result) ? result : narrow(a, s);
  }

  private static long narrow(long a, CpuState s) {
    double x = Double.longBitsToDouble(a);
    float result = (float) x;
    float magnitude = Math.abs(result);
    if ((s.mxcsr & SseDouble.CONTROL) == SseDouble.DEFAULT
        && (x == 0 || (magnitude > Float.MIN_NORMAL && magnitude <= Float.MAX_VALUE))) {
      if (result != x) {
        s.mxcsr |= SoftFloat.PRECISION;
      }
      return Float.floatToRawIntBits(result) & LOW;
    }
    return SoftFloat.SINGLE.from(SoftFloat.DOUBLE, a, s);
  }

  /** The usual case of {@link #cvtsd2ss}. */
  public static long narrowedLow(long a, long b) {
    return keepHigh(a, narrowed(b));
  }

  public static boolean narrowedLowIsExact(long result, long a, long b) {
    return Float.intBitsToFloat((int) result) == Double.longBitsToDouble(b);
  }

  /** The high half from a, the double b. */
  public static long cvtsd2ss(long a, long b, CpuState s) {
    return keepHigh(a, singleFromDouble(b, s));
  }

  public static long cvtpd2ps(long low, long high, CpuState s) {
    return join(singleFromDouble(low, s), singleFromDouble(high, s));
  }

  // Half precision (F16C).

  private static long singleFromHalf(long a, CpuState s) {
    int daz = s.mxcsr & SoftFloat.DAZ;
    s.mxcsr &= ~SoftFloat.DAZ; // denormal halves count, and are not reported
    int denormal = s.mxcsr & SoftFloat.DENORMAL;
    int mask = s.mxcsr & SoftFloat.DENORMAL << SoftFloat.MASKS;
    s.mxcsr |= SoftFloat.DENORMAL << SoftFloat.MASKS;
    try {
      return SoftFloat.SINGLE.from(SoftFloat.HALF, a & 0xffff, s);
    } finally {
      int changed = SoftFloat.DENORMAL | SoftFloat.DENORMAL << SoftFloat.MASKS;
      s.mxcsr = s.mxcsr & ~changed | denormal | mask | daz;
      if (s.packedExceptions != CpuState.NOT_PACKED) {
        s.packedExceptions &= ~SoftFloat.DENORMAL;
      }
    }
  }

  /** Two singles from the halves in the low doubleword. */
  public static long cvtph2ps(long a, CpuState s) {
    return join(singleFromHalf(a, s), singleFromHalf(a >>> 16, s));
  }

  private static long halfFromSingle(long a, int imm8, CpuState s) {
    int control = 3 << SoftFloat.ROUNDING | SoftFloat.FTZ;
    int before = s.mxcsr & control;
    int rc = (imm8 & 4) != 0 ? before & 3 << SoftFloat.ROUNDING : (imm8 & 3) << SoftFloat.ROUNDING;
    s.mxcsr = s.mxcsr & ~control | rc;
    try {
      return SoftFloat.HALF.from(SoftFloat.SINGLE, a & LOW, s);
    } finally {
      s.mxcsr = s.mxcsr & ~control | before;
    }
  }

  /** Four halves from the singles of low and high; imm8 as in the instruction. */
  public static long cvtps2ph(long low, long high, int imm8, CpuState s) {
    return halfFromSingle(low, imm8, s)
        | halfFromSingle(low >>> 32, imm8, s) << 16
        | halfFromSingle(high, imm8, s) << 32
        | halfFromSingle(high >>> 32, imm8, s) << 48;
  }
}
