package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;

/**
 * x87 remainders, scaling and parts of numbers, as EXEC helpers with arguments as in {@link X87}.
 */
public final class X87Functions {
  private X87Functions() {}

  /**
   * FPREM (imm 0: quotient truncated) and FPREM1 (imm 1: to nearest): the remainder of ST(0) by
   * ST(1), or, if the exponents differ by 64 or more, a step toward it, which C2 says. The low bits
   * of the quotient go to C0, C3 and C1.
   */
  public static void x87Remainder(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    int kept = s.x87.status & (X87Control.C0 | X87Control.C3);
    if (op.underflows(0, 1)) {
      op.conditions(kept);
      op.finish(0, Extended.INDEFINITE, 0);
      return;
    }
    Extended x = op.raw(0);
    Extended y = op.raw(1);
    int codes = 0;
    Extended result;
    if (x.isUnsupported() || y.isUnsupported()) {
      codes = kept;
      result = op.invalid();
    } else if (x.isNan() || y.isNan()) {
      codes = kept;
      result = op.nan(x, y);
    } else if (x.isInfinite() || y.isZero()) {
      codes = kept;
      result = op.invalid();
    } else if (op.denormal(x, y) || x.isZero() || y.isInfinite()) {
      // A pseudo-denormal becomes the normal number it is.
      result = x.canonical();
    } else {
      Remainder remainder = new Remainder(x, y, imm != 0);
      codes = remainder.codes;
      op.c1 = (remainder.quotient & 1) != 0 && codes != X87Control.C2;
      boolean odd = op.c1;
      result =
          remainder.value.isZero() ? Extended.zero(x.isNegative()) : op.round(remainder.value, 64);
      op.c1 = odd;
    }
    op.conditions(op.stopped() ? kept : codes);
    op.finish(0, result, 0);
  }

  /** An exact remainder of finite values that are not zero. */
  private static final class Remainder {
    final Unrounded value;
    long quotient;
    int codes;

    Remainder(Extended x, Extended y, boolean nearest) {
      int distance = x.exponent() - y.exponent();
      long divisor = y.normalized();
      if (distance < -1 || (distance < 0 && !nearest)) {
        value = x.unpack();
        return;
      }
      // Processors reduce the exponent by some 32 to 63 at a time.
      boolean partial = distance >= 64;
      int steps = partial ? (distance & 31) + 32 : distance;
      long rest = x.normalized();
      if (distance == -1) { // x is between a quarter and all of y
        value = new Unrounded().set(x.isNegative(), x.exponent(), rest);
        if (Long.compareUnsigned(rest, divisor) > 0) { // more than a half
          quotient = 1;
          y.addTo(value, !(x.isNegative() ^ y.isNegative()));
        }
        finishCodes();
        return;
      }
      boolean carry = false;
      for (int i = 0; ; i++) {
        quotient <<= 1;
        if (carry || Long.compareUnsigned(rest, divisor) >= 0) {
          rest -= divisor;
          quotient |= 1;
        }
        if (i == steps) {
          break;
        }
        carry = rest < 0;
        rest <<= 1;
      }
      boolean negative = x.isNegative();
      int exponent = x.exponent() - steps;
      if (!partial && nearest && roundsUp(rest, divisor)) {
        rest = divisor - rest;
        negative = !negative;
        quotient++;
      }
      int zeros = Long.numberOfLeadingZeros(rest);
      value =
          rest == 0
              ? new Unrounded().set(x.isNegative(), 0, 0)
              : new Unrounded().set(negative, exponent - zeros, rest << zeros);
      if (partial) {
        codes = X87Control.C2;
      } else {
        finishCodes();
      }
    }

    private boolean roundsUp(long rest, long divisor) {
      int order = rest < 0 ? 1 : Long.compareUnsigned(rest << 1, divisor);
      return order > 0 || (order == 0 && (quotient & 1) != 0);
    }

    private void finishCodes() {
      codes = ((quotient & 4) != 0 ? X87Control.C0 : 0) | ((quotient & 2) != 0 ? X87Control.C3 : 0);
    }
  }

  /** FSCALE: ST(0) × 2^⌊ST(1)⌋, truncated toward zero. */
  public static void x87Scale(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    if (op.underflows(0, 1)) {
      op.finish(0, Extended.INDEFINITE, 0);
      return;
    }
    op.finish(0, scale(op, op.raw(0), op.raw(1)), 0);
  }

  private static Extended scale(X87Operation op, Extended x, Extended by) {
    if (x.isUnsupported() || by.isUnsupported()) {
      return op.invalid();
    }
    if (x.isNan() || by.isNan()) {
      return op.nan(x, by);
    }
    if (by.isInfinite()) {
      if (by.isNegative() ? x.isInfinite() : x.isZero()) {
        return op.invalid();
      }
      op.denormal(x, by);
      if (by.isNegative()) {
        return Extended.zero(x.isNegative());
      }
      return x.isInfinite() ? x : Extended.infinity(x.isNegative());
    }
    if (op.denormal(x, by) || x.isZero() || x.isInfinite() || by.isZero()) {
      return x.canonical();
    }
    int amount;
    if (by.isZero() || by.exponent() < 0) {
      amount = 0;
    } else if (by.exponent() > 16) {
      amount = 1 << 17;
    } else {
      amount = (int) (by.normalized() >>> 63 - by.exponent());
    }
    Unrounded u = x.unpack();
    u.exponent += by.isNegative() ? -amount : amount;
    return op.round(u, 64);
  }

  /** FXTRACT: ST(0) becomes its exponent, its significand is pushed. */
  public static void x87Extract(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    Extended x = op.raw(0);
    Extended exponent;
    Extended significand;
    if (op.underflows(0) || op.overflows()) {
      exponent = Extended.INDEFINITE;
      significand = Extended.INDEFINITE;
    } else if (x.isUnsupported()) {
      exponent = op.invalid();
      significand = exponent;
    } else if (x.isNan()) {
      exponent = op.nan(x, x);
      significand = exponent;
    } else if (x.isInfinite()) {
      exponent = Extended.infinity(false);
      significand = x;
    } else if (x.isZero()) {
      op.flags |= X87Control.ZERO_DIVIDE;
      exponent = Extended.infinity(true);
      significand = x;
    } else {
      op.denormal(x, x);
      exponent = Extended.from(x.exponent());
      significand =
          new Extended((x.isNegative() ? Extended.SIGN : 0) | Extended.BIAS, x.normalized());
    }
    if (!op.stopped()) {
      op.set(0, exponent);
      op.push(significand);
    }
    op.finish();
  }
}
