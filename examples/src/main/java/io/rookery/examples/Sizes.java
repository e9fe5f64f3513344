package io.rookery.examples;

import java.util.Locale;

/** Sizes as people write them: 512m, 4g. */
final class Sizes {
  private Sizes() {}

  /**
   * Bytes, with k, m or g for their powers of 1024.
   *
   * @param what the option or operand, for the message
   */
  static long parse(String what, String size) {
    String text = size.toLowerCase(Locale.ROOT);
    int shift = text.endsWith("g") ? 30 : text.endsWith("m") ? 20 : text.endsWith("k") ? 10 : 0;
    try {
      long number = Long.parseLong(shift == 0 ? text : text.substring(0, text.length() - 1));
      return Math.multiplyExact(number, 1L << shift);
    } catch (ArithmeticException | NumberFormatException e) {
      throw new UsageException(what + ": not a size: " + size);
    }
  }
}
