package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;

/**
 * x87 transcendental instructions (SDM vol. 1, 8.3.9 and 8.3.10), as EXEC helpers with arguments as
 * in {@link X87}. Results are rounded from about 100 bits, so they are within 1 ulp of the exact
 * ones; angles are reduced by a π of 66 bits, as Intel's processors do. Precision control does not
 * count.
 */
public final class X87Transcendental {
  /** Below 2^-66 second-order terms do not count. */
  private static final int TINY = -66;

  private X87Transcendental() {}

  private static DoubleDouble value(Extended x) {
    DoubleDouble value = DoubleDouble.ofSignificand(x.normalized());
    return x.isNegative() ? value.negated() : value;
  }

  private static Extended round(X87Operation op, DoubleDouble result, int exponent) {
    return inexact(op, op.round(result.toUnrounded(exponent), 64));
  }

  /**
   * Processors call these results inexact, and denormal ones underflows, even where they happen to
   * be exact.
   */
  private static Extended inexact(X87Operation op, Extended result) {
    op.flags |= X87Control.PRECISION | (result.biasedExponent() == 0 ? X87Control.UNDERFLOW : 0);
    return result;
  }

  /** F2XM1: 2^ST(0) - 1 for |ST(0)| ≤ 1; beyond that, where results are undefined, ST(0) stays. */
  public static void f2xm1(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    if (op.underflows(0)) {
      op.finish(0, Extended.INDEFINITE, 0);
      return;
    }
    op.finish(0, f2xm1(op, op.raw(0)), 0);
  }

  private static Extended f2xm1(X87Operation op, Extended x) {
    if (x.isUnsupported()) {
      return op.invalid();
    }
    if (x.isNan()) {
      return op.nan(x, x);
    }
    if (x.isInfinite()) {
      return x.isNegative() ? Extended.ONE.negated() : x;
    }
    if (op.denormal(x, x) || x.isZero()) {
      return x;
    }
    int exponent = x.exponent();
    if (exponent < TINY) {
      return round(op, value(x).times(Transcendental.LN2), exponent);
    }
    if (exponent > 0 || (exponent == 0 && x.significand != Long.MIN_VALUE)) {
      return x;
    }
    return round(op, Transcendental.exp2m1(value(x).scaled(exponent)), 0);
  }

  /** FYL2X: ST(1) × log2 ST(0), popped. */
  public static void fyl2x(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    if (op.underflows(0, 1)) {
      op.finish(1, Extended.INDEFINITE, 1);
      return;
    }
    op.finish(1, yLog2x(op, op.raw(1), op.raw(0)), 1);
  }

  private static Extended yLog2x(X87Operation op, Extended y, Extended x) {
    if (x.isUnsupported() || y.isUnsupported()) {
      return op.invalid();
    }
    if (x.isNan() || y.isNan()) {
      return op.nan(x, y);
    }
    if (x.isNegative() && !x.isZero()) {
      return op.invalid();
    }
    if (x.isZero()) {
      if (y.isZero()) {
        return op.invalid();
      }
      if (!y.isInfinite()) {
        op.flags |= X87Control.ZERO_DIVIDE;
      }
      return Extended.infinity(!y.isNegative());
    }
    int order = x.order(Extended.ONE);
    if (y.isInfinite()) {
      if (order == 0) {
        return op.invalid();
      }
      op.denormal(x, y);
      return Extended.infinity(y.isNegative() != order < 0);
    }
    if (x.isInfinite()) {
      if (y.isZero()) {
        return op.invalid();
      }
      op.denormal(x, y);
      return Extended.infinity(y.isNegative());
    }
    if (op.denormal(x, y)) {
      return y;
    }
    if (y.isZero() || order == 0) {
      return Extended.zero(y.isNegative() != order < 0);
    }
    return timesLogarithm(op, y, log2(x));
  }

  /** log2 of a positive number. */
  private static DoubleDouble log2(Extended x) {
    int exponent = x.exponent();
    DoubleDouble m = DoubleDouble.ofSignificand(x.normalized());
    if (m.high > 1.4142) {
      m = m.scaled(-1);
      exponent++;
    }
    return Transcendental.log2p1(m.plus(-1)).plus(exponent);
  }

  private static Extended timesLogarithm(X87Operation op, Extended y, DoubleDouble logarithm) {
    return round(op, value(y).times(logarithm), y.exponent());
  }

  /** FYL2XP1: ST(1) × log2(ST(0) + 1), popped. */
  public static void fyl2xp1(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    if (op.underflows(0, 1)) {
      op.finish(1, Extended.INDEFINITE, 1);
      return;
    }
    op.finish(1, yLog2xPlus1(op, op.raw(1), op.raw(0)), 1);
  }

  private static Extended yLog2xPlus1(X87Operation op, Extended y, Extended x) {
    if (x.isUnsupported() || y.isUnsupported()) {
      return op.invalid();
    }
    if (x.isNan() || y.isNan()) {
      return op.nan(x, y);
    }
    boolean negative = x.isNegative() != y.isNegative();
    if (y.isInfinite()) {
      if (x.isZero() || (x.isInfinite() && x.isNegative())) {
        return op.invalid();
      }
      op.denormal(x, y);
      return Extended.infinity(negative);
    }
    if (x.isInfinite()) {
      if (y.isZero() || x.isNegative()) {
        return op.invalid();
      }
      op.denormal(x, y);
      return Extended.infinity(negative);
    }
    if (op.denormal(x, y)) {
      return y;
    }
    if (x.isZero() || y.isZero()) {
      return Extended.zero(negative);
    }
    int exponent = x.exponent();
    if (exponent < TINY) {
      DoubleDouble product = value(x).dividedBy(Transcendental.LN2).times(value(y));
      return round(op, product, exponent + y.exponent());
    }
    if (exponent < -2) {
      return timesLogarithm(op, y, Transcendental.log2p1(value(x).scaled(exponent)));
    }
    // The manual's range ends at 1 - √½; beyond it the sum is exact enough.
    Unrounded sum = new Unrounded().set(false, 0, Long.MIN_VALUE);
    x.addTo(sum, false);
    if (sum.isZero() || sum.negative) {
      return op.invalid();
    }
    Extended rounded = new Extended(sum.exponent + Extended.BIAS, sum.high);
    DoubleDouble rest = DoubleDouble.ofSignificand(sum.low >>> 1).scaled(-63);
    DoubleDouble m = DoubleDouble.ofSignificand(sum.high);
    DoubleDouble correction = rest.dividedBy(m).times(1 / Transcendental.LN2.high);
    return timesLogarithm(op, y, log2(rounded).plus(correction));
  }

  /** FPATAN: arctan(ST(1) ÷ ST(0)) in the quadrant of the point, popped. */
  public static void fpatan(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    if (op.underflows(0, 1)) {
      op.finish(1, Extended.INDEFINITE, 1);
      return;
    }
    op.finish(1, arctangent(op, op.raw(1), op.raw(0)), 1);
  }

  private static Extended arctangent(X87Operation op, Extended y, Extended x) {
    if (x.isUnsupported() || y.isUnsupported()) {
      return op.invalid();
    }
    if (x.isNan() || y.isNan()) {
      return op.nan(x, y);
    }
    if (op.denormal(x, y)) {
      return y;
    }
    boolean negative = y.isNegative();
    if (y.isZero() || (x.isInfinite() && !y.isInfinite())) {
      return x.isNegative() ? angle(op, Transcendental.PI, negative) : Extended.zero(negative);
    }
    if (x.isZero() || (y.isInfinite() && !x.isInfinite())) {
      return angle(op, Transcendental.HALF_PI, negative);
    }
    if (x.isInfinite()) {
      DoubleDouble quarter = Transcendental.PI.scaled(-2);
      return angle(op, x.isNegative() ? quarter.times(3) : quarter, negative);
    }
    boolean steep = y.magnitude().order(x.magnitude()) > 0;
    Extended smaller = steep ? x : y;
    Extended greater = steep ? y : x;
    int distance = smaller.exponent() - greater.exponent();
    if (!steep && !x.isNegative() && distance < TINY) {
      Unrounded quotient = y.unpack().divide(false, x.exponent(), x.normalized());
      return inexact(op, op.round(quotient, 64));
    }
    DoubleDouble angle = new DoubleDouble(0, 0);
    if (distance > 2 * TINY) {
      DoubleDouble quotient =
          DoubleDouble.ofSignificand(smaller.normalized())
              .dividedBy(DoubleDouble.ofSignificand(greater.normalized()))
              .scaled(distance);
      angle = Transcendental.arctangent(quotient);
    }
    if (steep) {
      angle = Transcendental.HALF_PI.minus(angle);
    }
    return angle(op, x.isNegative() ? Transcendental.PI.minus(angle) : angle, negative);
  }

  private static Extended angle(X87Operation op, DoubleDouble angle, boolean negative) {
    return round(op, negative ? angle.negated() : angle, 0);
  }

  // ---------------------------------------------------------------- sines

  /** An angle below 2^63, reduced to a quadrant and what is beyond it, |rest| ≤ π/4. */
  private static final class Angle {
    final int quadrant;
    final DoubleDouble rest;

    /** π/2 × 2^65 for the processor's π of 66 bits. */
    private static final long P_HIGH = 3;

    private static final long P_LOW = 0x243f6a8885a308d3L;

    Angle(Extended x) {
      int exponent = x.exponent();
      DoubleDouble magnitude = DoubleDouble.ofSignificand(x.normalized()).scaled(exponent);
      int q = 0;
      if (magnitude.high > Math.PI / 4) {
        // Division of significand × 2^(exponent + 2) by P, bit by bit; high:low is the remainder.
        long high = 0;
        long low = 0;
        for (int bit = 63; bit >= -(exponent + 2); bit--) {
          high = high << 1 | low >>> 63;
          low = low << 1 | (bit >= 0 ? x.normalized() >>> bit & 1 : 0);
          q <<= 1;
          if (high > P_HIGH || (high == P_HIGH && Long.compareUnsigned(low, P_LOW) >= 0)) {
            high -= P_HIGH + (Long.compareUnsigned(low, P_LOW) < 0 ? 1 : 0);
            low -= P_LOW;
            q |= 1;
          }
        }
        magnitude = remainder(high, low);
        if (magnitude.high > Math.PI / 4) {
          magnitude = magnitude.minus(remainder(P_HIGH, P_LOW));
          q++;
        }
      }
      quadrant = x.isNegative() ? -q & 3 : q & 3;
      rest = x.isNegative() ? magnitude.negated() : magnitude;
    }

    private static DoubleDouble remainder(long high, long low) {
      DoubleDouble lowPart = DoubleDouble.ofSignificand(low).scaled(63);
      return lowPart.plus(high * 0x1p64).scaled(-65);
    }

    DoubleDouble sine() {
      DoubleDouble value =
          (quadrant & 1) == 0 ? Transcendental.sine(rest) : Transcendental.cosine(rest);
      return (quadrant & 2) == 0 ? value : value.negated();
    }

    DoubleDouble cosine() {
      DoubleDouble value =
          (quadrant & 1) == 0 ? Transcendental.cosine(rest) : Transcendental.sine(rest);
      return quadrant == 1 || quadrant == 2 ? value.negated() : value;
    }
  }

  private static final int SINE = 0;
  private static final int COSINE = 1;
  private static final int TANGENT = 2;

  /** True if the instruction gives up with C2 set: the angle is 2^63 or more. */
  private static boolean tooGreat(Extended x) {
    return !x.isNan()
        && !x.isInfinite()
        && !x.isUnsupported()
        && x.biasedExponent() >= Extended.BIAS + 63;
  }

  private static Extended function(X87Operation op, Extended x, int which) {
    if (x.isUnsupported() || x.isInfinite()) {
      return op.invalid();
    }
    if (x.isNan()) {
      return op.nan(x, x);
    }
    if (op.denormal(x, x)) {
      return x;
    }
    if (x.isZero()) {
      return which == COSINE ? Extended.ONE : x;
    }
    int exponent = x.exponent();
    if (exponent < -34) {
      if (which != COSINE && x.biasedExponent() < 64) {
        return inexact(op, op.round(x.unpack(), 64));
      }
      // sin x is a little less than x, tan x a little more, cos x a little less than 1.
      Unrounded u = which == COSINE ? Extended.ONE.unpack() : x.unpack();
      boolean less = which != TANGENT;
      u.add(u.negative != less, u.exponent - 100, Long.MIN_VALUE);
      return op.round(u, 64);
    }
    Angle angle = new Angle(x);
    return switch (which) {
      case SINE -> round(op, angle.sine(), 0);
      case COSINE -> round(op, angle.cosine(), 0);
      default -> round(op, angle.sine().dividedBy(angle.cosine()), 0);
    };
  }

  /** FSIN (imm 0) and FCOS (imm 1). */
  public static void fsin(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    Extended x = op.raw(0);
    op.conditionC2(false);
    if (op.underflows(0)) {
      op.finish(0, Extended.INDEFINITE, 0);
    } else if (tooGreat(x)) {
      giveUp(op);
    } else {
      op.finish(0, function(op, x, imm), 0);
    }
  }

  private static void giveUp(X87Operation op) {
    op.conditionC2(true);
    op.finish();
  }

  /** FSINCOS (imm 0): sine, then the cosine pushed. FPTAN (imm 2): tangent, then 1 pushed. */
  public static void fsincos(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    Extended x = op.raw(0);
    Extended first;
    Extended second;
    op.conditionC2(false);
    if (op.underflows(0) || op.overflows()) {
      first = Extended.INDEFINITE;
      second = first;
    } else if (tooGreat(x)) {
      giveUp(op);
      return;
    } else {
      first = function(op, x, imm);
      if (imm == SINE) {
        second = function(op, x, COSINE);
      } else {
        second = first.isNan() ? first : Extended.ONE;
      }
    }
    if (!op.stopped()) {
      op.set(0, first);
      op.push(second);
    }
    op.finish();
  }
}
