package io.rookery.cpu.helper;

/**
 * The exact or sticky result of an arithmetic operation before rounding: {@code ±high.low ×
 * 2^exponent}, the binary point behind the first bit of {@code high}, which is set unless the value
 * is zero. Bits beyond the 128 are OR-ed into the lowest one, so that rounding to 64 bits or fewer,
 * and telling whether that is exact, comes out right. Mutable: one is made per operation.
 */
final class Unrounded {
  boolean negative;
  int exponent;
  long high;
  long low;

  boolean isZero() {
    return (high | low) == 0;
  }

  Unrounded set(boolean isNegative, int newExponent, long significand) {
    negative = isNegative;
    exponent = newExponent;
    high = significand;
    low = 0;
    return this;
  }

  /** An integer. */
  Unrounded setInteger(long value) {
    negative = value < 0;
    long magnitude = negative ? -value : value;
    int zeros = Long.numberOfLeadingZeros(magnitude);
    high = zeros == 64 ? 0 : magnitude << zeros;
    low = 0;
    exponent = 63 - zeros;
    return this;
  }

  /** this = this × b; neither is zero, and this.low is. */
  Unrounded multiply(boolean bNegative, int bExponent, long b) {
    negative ^= bNegative;
    exponent += bExponent + 1;
    long a = high;
    high = Math.unsignedMultiplyHigh(a, b);
    low = a * b;
    normalize();
    return this;
  }

  /** this = this + b, not zero both; cancelling to zero leaves the sign of this. */
  Unrounded add(boolean bNegative, int bExponent, long b) {
    return add(bNegative, bExponent, b, 0);
  }

  Unrounded add(boolean bNegative, int bExponent, long bHigh, long bLow) {
    if ((bHigh | bLow) == 0) {
      return this;
    }
    int distance = isZero() ? -1_000_000 : exponent - bExponent;
    long otherHigh = bHigh;
    long otherLow = bLow;
    boolean otherNegative = bNegative;
    boolean smaller =
        distance < 0
            || (distance == 0
                && (Long.compareUnsigned(high, bHigh) < 0
                    || (high == bHigh && Long.compareUnsigned(low, bLow) < 0)));
    if (smaller) { // swap, so that this has the greater magnitude
      otherHigh = high;
      otherLow = low;
      otherNegative = negative;
      high = bHigh;
      low = bLow;
      negative = bNegative;
      exponent = bExponent;
      distance = -distance;
    }
    addAligned(otherNegative, otherHigh, otherLow, distance);
    return this;
  }

  private void addAligned(boolean otherNegative, long otherHigh, long otherLow, int distance) {
    long bHigh = shiftedHigh(otherHigh, distance);
    long bLow = shiftedLow(otherHigh, otherLow, distance);
    if (otherNegative == negative) {
      long sumLow = low + bLow;
      long carry = Long.compareUnsigned(sumLow, low) < 0 ? 1 : 0;
      long sumHigh = high + bHigh + carry;
      boolean overflow =
          carry == 0
              ? Long.compareUnsigned(sumHigh, high) < 0
              : Long.compareUnsigned(sumHigh, high) <= 0;
      high = sumHigh;
      low = sumLow;
      if (overflow) {
        low = low >>> 1 | (low & 1) | high << 63;
        high = high >>> 1 | Long.MIN_VALUE;
        exponent++;
      }
    } else {
      long borrow = Long.compareUnsigned(low, bLow) < 0 ? 1 : 0;
      low -= bLow;
      high -= bHigh + borrow;
      normalize();
    }
  }

  private static long shiftedHigh(long high, int distance) {
    return distance > 63 ? 0 : high >>> distance;
  }

  /** Low half of high:low shifted right, what falls out OR-ed into its lowest bit. */
  private static long shiftedLow(long high, long low, int distance) {
    if (distance == 0) {
      return low;
    }
    if (distance < 64) {
      long lost = low << -distance;
      return high << -distance | low >>> distance | (lost != 0 ? 1 : 0);
    }
    if (distance == 64) {
      return high | (low != 0 ? 1 : 0);
    }
    if (distance < 128) {
      long lost = high << -distance | low;
      return high >>> distance | (lost != 0 ? 1 : 0);
    }
    return (high | low) != 0 ? 1 : 0;
  }

  /** Brings the first set bit to the top. */
  private void normalize() {
    if (high == 0) {
      if (low == 0) {
        return;
      }
      high = low;
      low = 0;
      exponent -= 64;
    }
    int zeros = Long.numberOfLeadingZeros(high);
    if (zeros != 0) {
      high = high << zeros | low >>> -zeros;
      low <<= zeros;
      exponent -= zeros;
    }
  }

  /** this = this ÷ b; neither is zero, and this.low is. */
  Unrounded divide(boolean bNegative, int bExponent, long b) {
    negative ^= bNegative;
    exponent -= bExponent;
    long remainder = high;
    long integer = 0; // the quotient's bit before the point
    if (Long.compareUnsigned(remainder, b) >= 0) {
      remainder -= b;
      integer = 1;
    }
    long first = divide128(remainder, b);
    remainder = -first * b; // remainder:0 - first × b, which fits 64 bits
    long second = divide128(remainder, b);
    remainder = -second * b;
    long sticky = remainder != 0 ? 1 : 0;
    if (integer != 0) {
      high = Long.MIN_VALUE | first >>> 1;
      low = first << 63 | second >>> 1 | (second & 1) | sticky;
    } else {
      high = first;
      low = second | sticky;
      exponent--;
    }
    return this;
  }

  /**
   * Quotient of {@code high:0} by the normalized {@code divisor}, greater than {@code high}:
   * Knuth's algorithm D, base 2^32.
   */
  static long divide128(long high, long divisor) {
    long d1 = divisor >>> 32;
    long d0 = divisor & 0xffffffffL;
    long q1 = quotientDigit(high, d1, d0, 0);
    long rest = (high << 32) - q1 * divisor;
    long q0 = quotientDigit(rest, d1, d0, 0);
    return q1 << 32 | q0;
  }

  private static long quotientDigit(long rest, long d1, long d0, long next) {
    long q = Long.divideUnsigned(rest, d1);
    long r = rest - q * d1;
    while (q > 0xffffffffL || Long.compareUnsigned(q * d0, r << 32 | next) > 0) {
      q--;
      r += d1;
      if (r > 0xffffffffL) {
        break;
      }
    }
    return q;
  }

  /** this = √this; positive and not zero, this.low is zero. */
  Unrounded squareRoot() {
    // The radicand as a 128-bit integer n in [2^126, 2^128): the root then has 64 bits.
    long nHigh;
    long nLow;
    if ((exponent & 1) == 0) {
      nHigh = high >>> 1;
      nLow = high << 63;
      exponent = exponent / 2;
    } else {
      nHigh = high;
      nLow = 0;
      exponent = (exponent - 1) / 2;
    }
    long root = integerRoot(nHigh, nLow);
    // remainder = n - root², at most 2 root, so 65 bits.
    long squareHigh = Math.unsignedMultiplyHigh(root, root);
    long squareLow = root * root;
    long remainderLow = nLow - squareLow;
    long remainderHigh = nHigh - squareHigh - (Long.compareUnsigned(nLow, squareLow) < 0 ? 1 : 0);
    boolean aboveHalf = remainderHigh != 0 || Long.compareUnsigned(remainderLow, root) > 0;
    high = root;
    low = (aboveHalf ? Long.MIN_VALUE : 0) | ((remainderHigh | remainderLow) != 0 ? 1 : 0);
    return this;
  }

  /** ⌊√(nHigh:nLow)⌋ for nHigh ≥ 2^62, unsigned. */
  private static long integerRoot(long nHigh, long nLow) {
    // Upper half by a double (correct within 1), lower half by one division, then corrections by 1.
    double approximate = Math.sqrt((nHigh >>> 1) * 2.0);
    long upper = Math.min((long) approximate, 0xffffffffL);
    while (Long.compareUnsigned(upper * upper, nHigh) > 0) {
      upper--;
    }
    while (upper < 0xffffffffL && Long.compareUnsigned((upper + 1) * (upper + 1), nHigh) <= 0) {
      upper++;
    }
    long rest = nHigh - upper * upper; // at most 2 upper, 33 bits
    // (rest:nLow's upper 32 bits) ÷ 2 upper, as in pencil-and-paper roots.
    long dividend = rest << 31 | nLow >>> 33; // half of it: up to 64 bits
    long lower = Math.min(Long.divideUnsigned(dividend, upper), 0xffffffffL);
    long root = upper << 32 | lower;
    while (squareExceeds(root, nHigh, nLow)) {
      root--;
    }
    while (root != -1 && !squareExceeds(root + 1, nHigh, nLow)) {
      root++;
    }
    return root;
  }

  private static boolean squareExceeds(long root, long nHigh, long nLow) {
    long high = Math.unsignedMultiplyHigh(root, root);
    int order = Long.compareUnsigned(high, nHigh);
    return order > 0 || (order == 0 && Long.compareUnsigned(root * root, nLow) > 0);
  }

  /**
   * Whether rounding away the bits behind the {@code kept} first ones (1 to 64) goes away from
   * zero, for rounding control {@code rc}: 0 nearest even, 1 down, 2 up, 3 toward zero.
   */
  boolean roundsAway(int kept, int rc) {
    long first = kept == 64 ? low : high << kept;
    long rest = kept == 64 ? 0 : low;
    return switch (rc) {
      case 0 ->
          first < 0
              && ((first & Long.MAX_VALUE) != 0 || rest != 0 || (high >>> 64 - kept & 1) != 0);
      case 1 -> negative && (first | rest) != 0;
      case 2 -> !negative && (first | rest) != 0;
      default -> false;
    };
  }

  /** Whether the {@code kept} first bits are all there is. */
  boolean isExact(int kept) {
    return ((kept == 64 ? 0 : high << kept) | low) == 0;
  }

  /**
   * Shifts right by {@code distance} ≥ 0, keeping the sticky bit; the first bit is then no longer
   * at the top.
   */
  void denormalize(int distance) {
    long newLow = shiftedLow(high, low, distance);
    high = shiftedHigh(high, distance);
    low = newLow;
    exponent += distance;
  }
}
