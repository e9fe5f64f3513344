package io.rookery.cpu.helper;

import java.util.Random;

/** Random values of the x87 extended format, rich in edge cases. */
final class ExtendedInputs {
  private static final long TOP = Long.MIN_VALUE;
  private static final Extended[] SPECIAL = {
    Extended.ZERO,
    Extended.ONE,
    Extended.infinity(false),
    Extended.INDEFINITE,
    new Extended(0x7fff, TOP | 1), // signaling
    new Extended(0x7fff, TOP | 1L << 62 | 77),
    new Extended(0x7fff, 5), // pseudo-NaN
    new Extended(0x7fff, 0), // pseudo-infinity
    new Extended(0x4000, 1), // unnormal
    new Extended(0, 1),
    new Extended(0, Long.MAX_VALUE),
    new Extended(0, TOP), // pseudo-denormal
    new Extended(0, -1),
    new Extended(1, TOP),
    new Extended(1, TOP | 1),
    new Extended(0x7ffe, -1),
    new Extended(0x7ffe, TOP),
    new Extended(Extended.BIAS, TOP | 1),
    new Extended(Extended.BIAS - 1, -1),
    new Extended(Extended.BIAS + 63, -1),
    new Extended(Extended.BIAS + 63, TOP),
    new Extended(Extended.BIAS + 62, -1),
    new Extended(Extended.BIAS + 15, 0x80008000_00000000L),
    new Extended(Extended.BIAS - 1, TOP),
    new Extended(Extended.BIAS + 127, -1L << 40),
    new Extended(Extended.BIAS - 127, TOP),
    new Extended(Extended.BIAS - 1023, -1),
  };

  private ExtendedInputs() {}

  static Extended next(Random random) {
    int sign = random.nextBoolean() ? Extended.SIGN : 0;
    long m = TOP | random.nextLong();
    switch (random.nextInt(5)) {
      case 0 -> m &= -1L << random.nextInt(64);
      case 1 -> m |= ~(-1L << random.nextInt(64));
      default -> {}
    }
    return switch (random.nextInt(10)) {
      case 0, 1 -> {
        Extended special = SPECIAL[random.nextInt(SPECIAL.length)];
        yield new Extended(special.signExponent ^ sign, special.significand);
      }
      case 2 -> new Extended(sign | random.nextInt(0x7fff), m);
      case 3 -> new Extended(sign, random.nextLong() >>> random.nextInt(64));
      case 4 -> Extended.from(random.nextInt(2000) - 1000);
      case 5 -> new Extended(sign | Extended.BIAS + random.nextInt(70), m);
      case 6 -> new Extended(sign | Extended.BIAS - random.nextInt(1100), m);
      case 7 -> new Extended(sign | Extended.BIAS + random.nextInt(1100), m);
      default -> new Extended(sign | Extended.BIAS - 5 + random.nextInt(10), m);
    };
  }

  /** A value, often one near to {@code other}. */
  static Extended near(Extended other, Random random) {
    if (random.nextInt(3) != 0) {
      return next(random);
    }
    int exponent = other.biasedExponent();
    if (random.nextInt(4) == 0) {
      exponent = 2 * Extended.BIAS - exponent;
    }
    exponent = Math.max(0, Math.min(0x7fff, exponent + random.nextInt(7) - 3));
    long m = other.significand ^ random.nextLong() >>> 1 + random.nextInt(63);
    return new Extended((other.signExponent ^ random.nextInt(2) << 15) & 0x8000 | exponent, m);
  }
}
