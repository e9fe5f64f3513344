package io.rookery.cpu.helper;

/**
 * An unevaluated sum of two doubles, about 106 bits of precision: the working arithmetic of the x87
 * transcendental functions. Plain error-free transformations (Dekker, Knuth); values stay far from
 * overflow and underflow. Immutable.
 */
final class DoubleDouble {
  static final DoubleDouble ONE = new DoubleDouble(1, 0);
  private static final double SPLITTER = 0x1p27 + 1;

  final double high;
  final double low;

  DoubleDouble(double high, double low) {
    this.high = high;
    this.low = low;
  }

  /** {@code significand × 2^-63}, the significand being unsigned. */
  static DoubleDouble ofSignificand(long significand) {
    double high = (significand >>> 11) * 0x1p-52;
    return quick(high, (significand & 0x7ff) * 0x1p-63);
  }

  /** A sum whose first term is the greater. */
  private static DoubleDouble quick(double a, double b) {
    double sum = a + b;
    return new DoubleDouble(sum, b - (sum - a));
  }

  private static DoubleDouble sum(double a, double b) {
    double sum = a + b;
    double part = sum - a;
    return new DoubleDouble(sum, (a - (sum - part)) + (b - part));
  }

  private static DoubleDouble product(double a, double b) {
    double product = a * b;
    double c = SPLITTER * a;
    double aHigh = c - (c - a);
    double aLow = a - aHigh;
    c = SPLITTER * b;
    double bHigh = c - (c - b);
    double bLow = b - bHigh;
    double error = ((aHigh * bHigh - product) + aHigh * bLow + aLow * bHigh) + aLow * bLow;
    return new DoubleDouble(product, error);
  }

  DoubleDouble plus(DoubleDouble b) {
    DoubleDouble s = sum(high, b.high);
    DoubleDouble t = sum(low, b.low);
    DoubleDouble u = quick(s.high, s.low + t.high);
    return quick(u.high, u.low + t.low);
  }

  DoubleDouble plus(double b) {
    DoubleDouble s = sum(high, b);
    return quick(s.high, s.low + low);
  }

  DoubleDouble minus(DoubleDouble b) {
    return plus(b.negated());
  }

  DoubleDouble negated() {
    return new DoubleDouble(-high, -low);
  }

  DoubleDouble times(DoubleDouble b) {
    DoubleDouble p = product(high, b.high);
    return quick(p.high, p.low + (high * b.low + low * b.high));
  }

  DoubleDouble times(double b) {
    DoubleDouble p = product(high, b);
    return quick(p.high, p.low + low * b);
  }

  DoubleDouble dividedBy(DoubleDouble b) {
    double q1 = high / b.high;
    DoubleDouble rest = minus(b.times(q1));
    double q2 = rest.high / b.high;
    rest = rest.minus(b.times(q2));
    double q3 = rest.high / b.high;
    return quick(q1, q2).plus(q3);
  }

  /** Multiplies by a power of two. */
  DoubleDouble scaled(int exponent) {
    return new DoubleDouble(Math.scalb(high, exponent), Math.scalb(low, exponent));
  }

  /** This times 2^exponent, for rounding. */
  Unrounded toUnrounded(int exponent) {
    SoftFloat format = SoftFloat.DOUBLE;
    Unrounded u = format.unpack(Double.doubleToRawLongBits(high));
    long lowBits = Double.doubleToRawLongBits(low);
    if (!format.isZero(lowBits)) {
      u.add(format.isNegative(lowBits), format.exponent(lowBits), format.significand(lowBits));
    }
    u.exponent += exponent;
    return u;
  }
}
