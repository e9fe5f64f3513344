package io.rookery.cpu.helper;

/** Packed decimal numbers of 18 digits, of FBLD and FBSTP (SDM vol. 1, 4.7). */
final class X87Decimal {
  private static final long LIMIT = 1_000_000_000_000_000_000L;

  /** Digits 0 to 15. */
  final long low;

  /** Digits 16 and 17, and in bit 15 the sign. */
  final int high;

  /**
   * ST(0) rounded to an integer; the packed decimal indefinite where it has more than 18 digits.
   */
  X87Decimal(X87Operation op, Extended value) {
    int before = op.flags;
    boolean c1Before = op.c1;
    long integer = op.toInteger(value, 64, op.roundingControl());
    if ((op.flags & X87Control.INVALID) != 0 || integer <= -LIMIT || integer >= LIMIT) {
      op.flags = before | X87Control.INVALID;
      op.c1 = c1Before;
      low = 0xc000000000000000L;
      high = 0xffff;
      return;
    }
    long rest = Math.abs(integer);
    long digits = 0;
    for (int i = 0; i < 16; i++) {
      digits |= rest % 10 << 4 * i;
      rest /= 10;
    }
    low = digits;
    high = (int) (rest / 10 << 4 | rest % 10) | (value.isNegative() ? 0x8000 : 0);
  }

  static Extended load(long low, int high) {
    long value = (high >> 4 & 15) * 10L + (high & 15);
    for (int i = 15; i >= 0; i--) {
      value = value * 10 + (low >>> 4 * i & 15);
    }
    Extended magnitude = Extended.from(value);
    return (high & 0x8000) != 0 ? magnitude.negated() : magnitude;
  }
}
