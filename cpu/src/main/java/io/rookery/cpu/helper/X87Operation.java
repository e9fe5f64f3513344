package io.rookery.cpu.helper;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.X87State;
import io.rookery.cpu.ir.Reg;

/**
 * One x87 instruction under way: reads the register stack, collects exceptions and C1, and at the
 * end writes them and the result, or withholds the result if an exception that was found before the
 * computation is unmasked (SDM vol. 1, 8.5).
 */
final class X87Operation {
  private final CpuState s;
  final X87State x;

  /** Exceptions so far. */
  int flags;

  /** What becomes of C1. */
  boolean c1;

  /** An operand from memory is denormal in its narrower format, though normal as it is now. */
  boolean denormalInMemory;

  /** Starts the instruction at {@code address}: a pending exception faults first. */
  X87Operation(CpuState s, long address) {
    this.s = s;
    x = s.x87;
    checkPending(x);
    x.lastInstruction = address;
  }

  /** Faults if an unmasked exception is pending. */
  static void checkPending(X87State x) {
    if ((x.status & X87Control.ERROR_SUMMARY) != 0) {
      throw new CpuFault(CpuFault.X87_ERROR);
    }
  }

  int roundingControl() {
    return x.control >> 10 & 3;
  }

  /** Bits of the significand that precision control keeps. */
  int precision() {
    return switch (x.control >> 8 & 3) {
      case 0 -> 24;
      case 2 -> 53;
      default -> 64;
    };
  }

  boolean unmasked(int exceptions) {
    return (flags & exceptions & ~x.control) != 0;
  }

  /** An exception of those found before the computation is unmasked: no result. */
  boolean stopped() {
    return unmasked(X87Control.INVALID | X87Control.ZERO_DIVIDE | X87Control.DENORMAL);
  }

  // ---------------------------------------------------------------- register stack

  boolean isEmpty(int i) {
    return (x.empty >> SseState.physical(s, i) & 1) != 0;
  }

  /** ST(i) without a look at its tag. */
  Extended raw(int i) {
    return new Extended(x.signExponent[SseState.physical(s, i)], s.r[SseState.slot(s, i)]);
  }

  void stackUnderflow() {
    flags |= X87Control.INVALID | X87Control.STACK_FAULT;
    c1 = false;
  }

  void stackOverflow() {
    flags |= X87Control.INVALID | X87Control.STACK_FAULT;
    c1 = true;
  }

  /** True, and a stack fault noted, if one of these registers is empty. */
  boolean underflows(int i, int j) {
    if (isEmpty(i) || isEmpty(j)) {
      stackUnderflow();
      return true;
    }
    return false;
  }

  boolean underflows(int i) {
    return underflows(i, i);
  }

  /** True, and a stack fault noted, if there is no room for another value. */
  boolean overflows() {
    if (isEmpty(7)) {
      return false;
    }
    stackOverflow();
    return true;
  }

  void set(int i, Extended value) {
    int physical = SseState.physical(s, i);
    s.r[Reg.MMX + physical] = value.significand;
    x.signExponent[physical] = value.signExponent;
    x.empty &= ~(1 << physical);
  }

  void push(Extended value) {
    x.top = (x.top - 1) & 7;
    set(0, value);
  }

  void pop() {
    x.empty |= 1 << x.top;
    x.top = (x.top + 1) & 7;
  }

  // ---------------------------------------------------------------- ends

  /** Writes exceptions and C1. */
  void finish() {
    x.status = (x.status & ~X87Control.C1) | flags | (c1 ? X87Control.C1 : 0);
    X87Control.updateErrorSummary(x);
  }

  /** Writes exceptions, C1 and, unless it is withheld, the result to ST(i), then pops if wanted. */
  void finish(int i, Extended result, int pops) {
    if (!stopped()) {
      set(i, result);
      for (int n = 0; n < pops; n++) {
        pop();
      }
    }
    finish();
  }

  /**
   * As {@link #finish} with a push; loading a denormal is completed even if that exception is
   * unmasked.
   */
  void finishPush(Extended result) {
    if (!unmasked(X87Control.INVALID)) {
      push(result);
    }
    finish();
  }

  /** Condition codes C3, C2 and C0. */
  void conditions(int codes) {
    x.status = (x.status & ~(X87Control.C0 | X87Control.C2 | X87Control.C3)) | codes;
  }

  /** C2 alone: an argument out of range. */
  void conditionC2(boolean set) {
    x.status = set ? x.status | X87Control.C2 : x.status & ~X87Control.C2;
  }

  // ---------------------------------------------------------------- special operands

  Extended invalid() {
    flags |= X87Control.INVALID;
    return Extended.INDEFINITE;
  }

  /** Notes denormal operands; true if that ends the operation. */
  boolean denormal(Extended a, Extended b) {
    if (denormalInMemory || a.isDenormal() || b.isDenormal()) {
      flags |= X87Control.DENORMAL;
      return unmasked(X87Control.DENORMAL);
    }
    return false;
  }

  /**
   * The NaN that an operation on these operands, one of them a NaN, gives (SDM vol. 1, table 4-7).
   */
  Extended nan(Extended a, Extended b) {
    boolean aSignaling = a.isSignaling();
    boolean bSignaling = b.isSignaling();
    if (aSignaling || bSignaling) {
      flags |= X87Control.INVALID;
    }
    if (!a.isNan()) {
      return b.quieted();
    }
    if (!b.isNan()) {
      return a.quieted();
    }
    if (aSignaling != bSignaling) {
      return aSignaling ? b : a;
    }
    int order = Long.compareUnsigned(a.significand, b.significand);
    if (order == 0) {
      return (a.isNegative() ? b : a).quieted();
    }
    return (order > 0 ? a : b).quieted();
  }

  // ---------------------------------------------------------------- rounding

  Extended round(Unrounded u) {
    return round(u, precision());
  }

  /** Rounds to {@code kept} bits of significand and the exponent range of the format. */
  Extended round(Unrounded u, int kept) {
    if (u.isZero()) {
      return Extended.zero(u.negative);
    }
    int sign = u.negative ? Extended.SIGN : 0;
    int biased = u.exponent + Extended.BIAS;
    if (biased <= 0) {
      return roundTiny(u, kept);
    }
    boolean exact = u.isExact(kept);
    boolean away = u.roundsAway(kept, roundingControl());
    long m = truncated(u.high, kept);
    if (away) {
      m += 1L << 64 - kept;
      if (m == 0) {
        m = Long.MIN_VALUE;
        biased++;
      }
    }
    if (biased >= Extended.MAX_EXPONENT) {
      flags |= X87Control.OVERFLOW;
      if (!unmasked(X87Control.OVERFLOW)) {
        return overflow(u.negative, kept);
      }
      biased -= 24576;
      if (biased >= Extended.MAX_EXPONENT) { // only FSCALE gets so far
        flags |= X87Control.PRECISION;
        c1 = true;
        return Extended.infinity(u.negative);
      }
    }
    if (!exact) {
      flags |= X87Control.PRECISION;
      c1 = away;
    }
    return new Extended(sign | biased, m);
  }

  private static long truncated(long significand, int kept) {
    return kept == 64 ? significand : significand & -1L << 64 - kept;
  }

  private Extended overflow(boolean negative, int kept) {
    int rc = roundingControl();
    flags |= X87Control.PRECISION;
    c1 = rc == 0 || rc == (negative ? 1 : 2);
    return c1
        ? Extended.infinity(negative)
        : new Extended(
            (negative ? Extended.SIGN : 0) | Extended.MAX_EXPONENT - 1, truncated(-1, kept));
  }

  private Extended roundTiny(Unrounded u, int kept) {
    int sign = u.negative ? Extended.SIGN : 0;
    int rc = roundingControl();
    long unit = 1L << 64 - kept;
    boolean unboundedAway = u.roundsAway(kept, rc);
    boolean carriesUp =
        u.exponent == -Extended.BIAS && truncated(u.high, kept) == -unit && unboundedAway;
    if (!carriesUp && (x.control & X87Control.UNDERFLOW) == 0) {
      flags |= X87Control.UNDERFLOW;
      if (u.exponent + 24576 <= -Extended.BIAS) { // only FSCALE gets so far
        flags |= X87Control.PRECISION;
        return Extended.zero(u.negative);
      }
      u.exponent += 24576;
      return round(u, kept);
    }
    u.denormalize(1 - Extended.BIAS - u.exponent);
    boolean exact = u.isExact(kept);
    boolean away = u.roundsAway(kept, rc);
    long m = truncated(u.high, kept) + (away ? unit : 0);
    if (!exact) {
      flags |= X87Control.PRECISION | (carriesUp ? 0 : X87Control.UNDERFLOW);
      c1 = away;
    }
    return new Extended(sign | (m < 0 ? 1 : 0), m);
  }

  // ---------------------------------------------------------------- arithmetic

  Extended add(Extended a, Extended b, boolean subtract) {
    if (a.isUnsupported() || b.isUnsupported()) {
      return invalid();
    }
    if (a.isNan() || b.isNan()) {
      return nan(a, b);
    }
    Extended addend = subtract ? b.negated() : b;
    if (a.isInfinite() || b.isInfinite()) {
      if (a.isInfinite() && b.isInfinite() && a.isNegative() != addend.isNegative()) {
        return invalid();
      }
      denormal(a, b);
      return a.isInfinite() ? a : addend;
    }
    if (denormal(a, b)) {
      return a;
    }
    if (a.isZero() && b.isZero()) {
      return a.isNegative() == addend.isNegative() ? a : zeroOfCancellation();
    }
    Unrounded u = a.unpack();
    addend.addTo(u, false);
    return u.isZero() ? zeroOfCancellation() : round(u);
  }

  private Extended zeroOfCancellation() {
    return Extended.zero(roundingControl() == 1);
  }

  Extended multiply(Extended a, Extended b) {
    if (a.isUnsupported() || b.isUnsupported()) {
      return invalid();
    }
    if (a.isNan() || b.isNan()) {
      return nan(a, b);
    }
    boolean negative = a.isNegative() != b.isNegative();
    if (a.isInfinite() || b.isInfinite()) {
      if (a.isZero() || b.isZero()) {
        return invalid();
      }
      denormal(a, b);
      return Extended.infinity(negative);
    }
    if (denormal(a, b)) {
      return a;
    }
    if (a.isZero() || b.isZero()) {
      return Extended.zero(negative);
    }
    return round(a.unpack().multiply(b.isNegative(), b.exponent(), b.normalized()));
  }

  Extended divide(Extended a, Extended b) {
    if (a.isUnsupported() || b.isUnsupported()) {
      return invalid();
    }
    if (a.isNan() || b.isNan()) {
      return nan(a, b);
    }
    boolean negative = a.isNegative() != b.isNegative();
    if (a.isInfinite()) {
      if (b.isInfinite()) {
        return invalid();
      }
      denormal(a, b);
      return Extended.infinity(negative);
    }
    if (b.isZero()) {
      if (a.isZero()) {
        return invalid();
      }
      flags |= X87Control.ZERO_DIVIDE;
      return Extended.infinity(negative);
    }
    if (denormal(a, b)) {
      return a;
    }
    if (a.isZero() || b.isInfinite()) {
      return Extended.zero(negative);
    }
    return round(a.unpack().divide(b.isNegative(), b.exponent(), b.normalized()));
  }

  Extended squareRoot(Extended a) {
    if (a.isUnsupported()) {
      return invalid();
    }
    if (a.isNan()) {
      return nan(a, a);
    }
    if (a.isZero()) {
      return a;
    }
    if (a.isNegative()) {
      return invalid();
    }
    if (denormal(a, a) || a.isInfinite()) {
      return a;
    }
    return round(a.unpack().squareRoot());
  }

  Extended roundToInteger(Extended a) {
    if (a.isUnsupported()) {
      return invalid();
    }
    if (a.isNan()) {
      return nan(a, a);
    }
    if (a.isInfinite() || a.isZero() || denormal(a, a) || a.exponent() >= 63) {
      return a;
    }
    Unrounded u = a.unpack();
    boolean exact = u.exponent >= 0 && (u.high << u.exponent + 1) == 0;
    if (exact) {
      return a;
    }
    flags |= X87Control.PRECISION;
    u.denormalize(63 - u.exponent);
    if (u.roundsAway(64, roundingControl())) {
      u.high++;
      c1 = true;
    }
    long magnitude = u.high;
    if (magnitude == 0) {
      return Extended.zero(a.isNegative());
    }
    int zeros = Long.numberOfLeadingZeros(magnitude);
    int sign = a.isNegative() ? Extended.SIGN : 0;
    return new Extended(sign | 63 - zeros + Extended.BIAS, magnitude << zeros);
  }

  static final int UNORDERED = 2;

  /** -1, 0, 1 or {@link #UNORDERED}; {@code signaling}: quiet NaNs are invalid too. */
  int compare(Extended a, Extended b, boolean signaling) {
    if (a.isUnsupported() || b.isUnsupported()) {
      flags |= X87Control.INVALID;
      return UNORDERED;
    }
    if (a.isNan() || b.isNan()) {
      if (signaling || a.isSignaling() || b.isSignaling()) {
        flags |= X87Control.INVALID;
      }
      return UNORDERED;
    }
    denormal(a, b);
    return a.order(b);
  }

  // ---------------------------------------------------------------- conversions

  /** An operand from memory in a narrower format. */
  Extended load(SoftFloat format, long bits) {
    Extended value = Extended.from(format, bits);
    if (format.isSignaling(bits)) {
      flags |= X87Control.INVALID;
      return value.quieted();
    }
    if (format.isDenormal(bits)) {
      flags |= X87Control.DENORMAL;
    }
    return value;
  }

  /** Whether storing in a narrower format is withheld. */
  boolean storeStopped() {
    return unmasked(X87Control.INVALID | X87Control.OVERFLOW | X87Control.UNDERFLOW);
  }

  /** The bits of a value in a narrower format. */
  long store(SoftFloat format, Extended a) {
    long sign = a.isNegative() ? format.sign : 0;
    if (a.isUnsupported()) {
      flags |= X87Control.INVALID;
      return format.indefinite;
    }
    if (a.isNan()) {
      if (a.isSignaling()) {
        flags |= X87Control.INVALID;
      }
      long fraction = a.significand >>> 63 - format.fractionBits & format.fractionMask;
      return sign | format.infinity | format.quiet | fraction;
    }
    if (a.isInfinite()) {
      return sign | format.infinity;
    }
    if (a.isZero()) {
      return sign;
    }
    return sign | narrow(format, a.unpack());
  }

  private long narrow(SoftFloat format, Unrounded u) {
    int rc = roundingControl();
    int kept = format.fractionBits + 1;
    boolean tiny = false;
    if (u.exponent < 1 - format.bias) {
      tiny =
          u.exponent != -format.bias
              || u.high >>> 64 - kept != (1L << kept) - 1
              || !u.roundsAway(kept, rc);
      if (tiny && (x.control & X87Control.UNDERFLOW) == 0) {
        flags |= X87Control.UNDERFLOW;
        return 0;
      }
      u.denormalize(1 - format.bias - u.exponent);
    }
    boolean exact = u.isExact(kept);
    boolean away = u.roundsAway(kept, rc);
    long magnitude =
        u.exponent > format.bias
            ? format.infinity
            : ((long) (u.exponent + format.bias - 1) << format.fractionBits)
                + (u.high >>> 64 - kept);
    if (away) {
      magnitude++;
    }
    if (magnitude >= format.infinity) {
      flags |= X87Control.OVERFLOW;
      if (unmasked(X87Control.OVERFLOW)) {
        return 0;
      }
      flags |= X87Control.PRECISION;
      c1 = rc == 0 || rc == (u.negative ? 1 : 2);
      return c1 ? format.infinity : format.infinity - 1;
    }
    if (!exact) {
      flags |= X87Control.PRECISION | (tiny ? X87Control.UNDERFLOW : 0);
      c1 = away;
    }
    return magnitude;
  }

  /** A signed integer of {@code bits}, or the most negative one where that is impossible. */
  long toInteger(Extended a, int bits, int rc) {
    long indefinite = Long.MIN_VALUE >> 64 - bits;
    if (a.isZero()) {
      return 0;
    }
    if (a.isUnsupported() || a.isNan() || a.isInfinite() || a.exponent() > 63) {
      flags |= X87Control.INVALID;
      return indefinite;
    }
    Unrounded u = a.unpack();
    u.denormalize(63 - u.exponent);
    boolean exact = u.low == 0;
    boolean away = u.roundsAway(64, rc);
    long magnitude = u.high + (away ? 1 : 0);
    long limit = u.negative ? -indefinite : -indefinite - 1;
    if (Long.compareUnsigned(magnitude, limit) > 0 || (away && magnitude == 0)) {
      flags |= X87Control.INVALID;
      return indefinite;
    }
    if (!exact) {
      flags |= X87Control.PRECISION;
      c1 = away;
    }
    return u.negative ? -magnitude : magnitude;
  }
}
