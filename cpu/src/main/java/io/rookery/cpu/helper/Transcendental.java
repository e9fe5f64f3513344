package io.rookery.cpu.helper;

/** Elementary functions to about 100 bits, by argument reduction and Taylor series. */
final class Transcendental {
  static final DoubleDouble PI = constant(3, 0xc4c6628b80dc1cd1L, 1);
  static final DoubleDouble HALF_PI = PI.scaled(-1);
  static final DoubleDouble LN2 = constant(5, 0xc9e3b39803f2f6afL, -1);
  private static final DoubleDouble LOG2_E = constant(2, 0xbe87fed0691d3e89L, 0);

  private static final DoubleDouble[] INVERSE_FACTORIALS = new DoubleDouble[34];

  static {
    INVERSE_FACTORIALS[0] = DoubleDouble.ONE;
    for (int n = 1; n < INVERSE_FACTORIALS.length; n++) {
      INVERSE_FACTORIALS[n] = INVERSE_FACTORIALS[n - 1].dividedBy(new DoubleDouble(n, 0));
    }
  }

  /** 2^(k/32) for k = -32 … 32. */
  private static final DoubleDouble[] POWERS = new DoubleDouble[65];

  static {
    for (int k = -32; k <= 32; k++) {
      POWERS[k + 32] = expm1(LN2.times(k / 32.0), 33).plus(1);
    }
  }

  /** arctan(k/16) for k = 0 … 16. */
  private static final DoubleDouble[] ARCTANGENTS = new DoubleDouble[17];

  static {
    ARCTANGENTS[0] = new DoubleDouble(0, 0);
    for (int k = 1; k <= 16; k++) {
      DoubleDouble step = new DoubleDouble(16, 0).dividedBy(new DoubleDouble(256 + k * (k - 1), 0));
      ARCTANGENTS[k] = ARCTANGENTS[k - 1].plus(arctangentSeries(step));
    }
  }

  private Transcendental() {}

  /** The constant {@code index} of FLDxx with 64 more bits, times 2^exponent. */
  private static DoubleDouble constant(int index, long rest, int exponent) {
    long significand = X87Constants.load(index, 3).significand;
    DoubleDouble tail = DoubleDouble.ofSignificand(rest).scaled(-64);
    return DoubleDouble.ofSignificand(significand).plus(tail).scaled(exponent);
  }

  /** e^z - 1 by {@code terms} terms. */
  private static DoubleDouble expm1(DoubleDouble z, int terms) {
    DoubleDouble sum = INVERSE_FACTORIALS[terms];
    for (int n = terms - 1; n >= 1; n--) {
      sum = sum.times(z).plus(INVERSE_FACTORIALS[n]);
    }
    return sum.times(z);
  }

  /** 2^x - 1 for |x| ≤ 1. */
  static DoubleDouble exp2m1(DoubleDouble x) {
    int k = (int) Math.rint(x.high * 32);
    DoubleDouble rest = expm1(x.plus(-k / 32.0).times(LN2), 15);
    DoubleDouble power = POWERS[k + 32];
    return power.times(rest).plus(power.plus(-1));
  }

  /** log2(1 + f) for f in [√½ - 1, √2 - 1]. */
  static DoubleDouble log2p1(DoubleDouble f) {
    DoubleDouble s = f.dividedBy(f.plus(2));
    DoubleDouble square = s.times(s);
    DoubleDouble sum = new DoubleDouble(0, 0);
    for (int n = 21; n >= 0; n--) {
      sum = sum.times(square).plus(DoubleDouble.ONE.dividedBy(new DoubleDouble(2 * n + 1, 0)));
    }
    return sum.times(s).times(2).times(LOG2_E);
  }

  private static DoubleDouble arctangentSeries(DoubleDouble t) {
    DoubleDouble square = t.times(t).negated();
    DoubleDouble sum = new DoubleDouble(0, 0);
    for (int n = 14; n >= 0; n--) {
      sum = sum.times(square).plus(DoubleDouble.ONE.dividedBy(new DoubleDouble(2 * n + 1, 0)));
    }
    return sum.times(t);
  }

  /** arctan(q) for q in [0, 1]. */
  static DoubleDouble arctangent(DoubleDouble q) {
    int k = (int) Math.rint(q.high * 16);
    double c = k / 16.0;
    DoubleDouble t = q.plus(-c).dividedBy(q.times(c).plus(1));
    return ARCTANGENTS[k].plus(arctangentSeries(t));
  }

  /** sin(r) for |r| ≤ π/4. */
  static DoubleDouble sine(DoubleDouble r) {
    DoubleDouble square = r.times(r).negated();
    DoubleDouble sum = INVERSE_FACTORIALS[29];
    for (int n = 27; n >= 1; n -= 2) {
      sum = sum.times(square).plus(INVERSE_FACTORIALS[n]);
    }
    return sum.times(r);
  }

  /** cos(r) for |r| ≤ π/4. */
  static DoubleDouble cosine(DoubleDouble r) {
    DoubleDouble square = r.times(r).negated();
    DoubleDouble sum = INVERSE_FACTORIALS[28];
    for (int n = 26; n >= 0; n -= 2) {
      sum = sum.times(square).plus(INVERSE_FACTORIALS[n]);
    }
    return sum;
  }
}
