package io.rookery.cpu.helper;

/**
 * A value of the x87 double extended format (SDM vol. 1, 4.2.2): sign and exponent in one word,
 * significand with explicit integer bit. Immutable.
 */
final class Extended {
  static final int BIAS = 16383;
  static final int MAX_EXPONENT = 0x7fff;
  static final int SIGN = 0x8000;
  private static final long INTEGER = Long.MIN_VALUE;
  private static final long QUIET = 1L << 62;

  /** The real indefinite. */
  static final Extended INDEFINITE = new Extended(0xffff, INTEGER | QUIET);

  static final Extended ZERO = new Extended(0, 0);
  static final Extended ONE = new Extended(BIAS, INTEGER);

  /** Sign in bit 15, biased exponent in bits 14:0. */
  final int signExponent;

  final long significand;

  Extended(int signExponent, long significand) {
    this.signExponent = signExponent;
    this.significand = significand;
  }

  static Extended infinity(boolean negative) {
    return new Extended(negative ? SIGN | MAX_EXPONENT : MAX_EXPONENT, INTEGER);
  }

  static Extended zero(boolean negative) {
    return new Extended(negative ? SIGN : 0, 0);
  }

  int biasedExponent() {
    return signExponent & MAX_EXPONENT;
  }

  boolean isNegative() {
    return (signExponent & SIGN) != 0;
  }

  boolean isZero() {
    return biasedExponent() == 0 && significand == 0;
  }

  /** Denormal or pseudo-denormal. */
  boolean isDenormal() {
    return biasedExponent() == 0 && significand != 0;
  }

  boolean isInfinite() {
    return biasedExponent() == MAX_EXPONENT && significand == INTEGER;
  }

  boolean isNan() {
    return biasedExponent() == MAX_EXPONENT && significand < 0 && significand != INTEGER;
  }

  boolean isSignaling() {
    return isNan() && (significand & QUIET) == 0;
  }

  /**
   * Unnormals, pseudo-infinities and pseudo-NaNs, which are invalid operands (SDM vol. 1, 8.2.2).
   */
  boolean isUnsupported() {
    return biasedExponent() != 0 && significand >= 0;
  }

  Extended quieted() {
    return new Extended(signExponent, significand | QUIET);
  }

  /** A pseudo-denormal as the normal number it is; others as they are. */
  Extended canonical() {
    return biasedExponent() == 0 && significand < 0
        ? new Extended(signExponent | 1, significand)
        : this;
  }

  Extended negated() {
    return new Extended(signExponent ^ SIGN, significand);
  }

  Extended magnitude() {
    return new Extended(signExponent & MAX_EXPONENT, significand);
  }

  /** Exponent of a finite value that is not zero. */
  int exponent() {
    int biased = biasedExponent();
    return biased == 0 ? 1 - BIAS - Long.numberOfLeadingZeros(significand) : biased - BIAS;
  }

  /** Its significand, the first bit at the top. */
  long normalized() {
    return significand << Long.numberOfLeadingZeros(significand);
  }

  Unrounded unpack() {
    return isZero()
        ? new Unrounded().set(isNegative(), -100_000, 0)
        : new Unrounded().set(isNegative(), exponent(), normalized());
  }

  /** Adds this to {@code u}. */
  void addTo(Unrounded u, boolean negate) {
    if (!isZero()) {
      u.add(isNegative() != negate, exponent(), normalized());
    }
  }

  /** Sign of this - b for finite or infinite values; zeros are equal. */
  int order(Extended b) {
    if (isZero() && b.isZero()) {
      return 0;
    }
    if (isNegative() != b.isNegative() || isZero() || b.isZero()) {
      if (isZero()) {
        return b.isNegative() ? 1 : -1;
      }
      return isNegative() ? -1 : 1;
    }
    int magnitude = magnitudeOrder(b);
    return isNegative() ? -magnitude : magnitude;
  }

  private int magnitudeOrder(Extended b) {
    int byExponent = Integer.compare(orderExponent(), b.orderExponent());
    return byExponent != 0 ? byExponent : Long.compareUnsigned(normalized(), b.normalized());
  }

  private int orderExponent() {
    return biasedExponent() == MAX_EXPONENT ? MAX_EXPONENT : exponent();
  }

  /** From a double or single, exactly; signaling NaNs stay so. */
  static Extended from(SoftFloat format, long a) {
    int sign = format.isNegative(a) ? SIGN : 0;
    if (format.isZero(a)) {
      return new Extended(sign, 0);
    }
    if (format.isNan(a) || format.isInfinite(a)) {
      long fraction = a & format.fractionMask;
      return new Extended(sign | MAX_EXPONENT, INTEGER | fraction << 63 - format.fractionBits);
    }
    return new Extended(sign | format.exponent(a) + BIAS, format.significand(a));
  }

  static Extended from(long integer) {
    if (integer == 0) {
      return ZERO;
    }
    long magnitude = Math.abs(integer);
    int zeros = Long.numberOfLeadingZeros(magnitude);
    return new Extended((integer < 0 ? SIGN : 0) | 63 - zeros + BIAS, magnitude << zeros);
  }
}
