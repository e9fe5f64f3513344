package io.rookery.cpu.helper;

import java.util.Random;

/** Random bit patterns of a floating point format, rich in edge cases. */
final class FloatInputs {
  static final FloatInputs SINGLE = new FloatInputs(SoftFloat.SINGLE);
  static final FloatInputs DOUBLE = new FloatInputs(SoftFloat.DOUBLE);

  private final SoftFloat format;
  private final long[] special;

  private FloatInputs(SoftFloat format) {
    this.format = format;
    long one = (long) format.bias << format.fractionBits;
    long unit = 1L << format.fractionBits;
    special =
        new long[] {
          0,
          1,
          2,
          format.fractionMask,
          format.fractionMask - 1,
          unit,
          unit + 1,
          2 * unit,
          one,
          one + 1,
          one - 1,
          one + unit,
          one + unit / 2,
          one - unit,
          format.infinity - 1,
          format.infinity,
          format.infinity + 1,
          format.infinity | format.quiet,
          format.infinity | format.quiet | 5,
          one + 31 * unit,
          one + 31 * unit - 1,
          one + 31 * unit + 1,
          one + 62 * unit,
          one + 63 * unit,
          one + 63 * unit - 1,
          one + 64 * unit,
        };
  }

  private long sign(Random random) {
    return random.nextBoolean() ? format.sign : 0;
  }

  private long value(Random random) {
    return switch (random.nextInt(8)) {
      case 0, 1 -> special[random.nextInt(special.length)] | sign(random);
      case 2 -> random.nextLong() & format.fractionMask | sign(random); // denormal
      case 3 -> small(random.nextInt(2000) - 1000);
      case 4 ->
          ((long) (format.bias + random.nextInt(70)) << format.fractionBits)
              | (random.nextLong() & format.fractionMask)
              | sign(random);
      case 5 -> // few bits set
          ((long) random.nextInt(format.maxExponent) << format.fractionBits)
              | (1L << random.nextInt(format.fractionBits)) & format.fractionMask
              | sign(random);
      default -> random.nextLong() & (format.sign << 1) - 1;
    };
  }

  private long small(int integer) {
    return format == SoftFloat.SINGLE
        ? Float.floatToRawIntBits(integer) & 0xffffffffL
        : Double.doubleToRawLongBits(integer);
  }

  /** A value; above a single, arbitrary bits. */
  long next(Random random) {
    long value = value(random);
    return format == SoftFloat.SINGLE ? value & 0xffffffffL | random.nextLong() << 32 : value;
  }

  /**
   * A value, often one whose exponent is near to that of {@code other}, or near to its negative.
   */
  long near(long other, Random random) {
    if (random.nextInt(3) != 0) {
      return next(random);
    }
    long value = other ^ (random.nextLong() & format.fractionMask >>> random.nextInt(20));
    long exponent = value >>> format.fractionBits & format.maxExponent;
    exponent =
        (random.nextInt(4) == 0 ? 2L * format.bias - exponent : exponent) + random.nextInt(5) - 2;
    exponent = Math.max(0, Math.min(format.maxExponent, exponent));
    return (value & ~((long) format.maxExponent << format.fractionBits))
        | exponent << format.fractionBits;
  }
}
