package io.rookery.cpu.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The 128-bit arithmetic below soft floating point against big integers. */
class UnroundedTest {
  private static final BigInteger WORD = BigInteger.ONE.shiftLeft(64);

  private static BigInteger big(long unsigned) {
    return new BigInteger(Long.toUnsignedString(unsigned));
  }

  private static BigInteger value(Unrounded u) {
    return big(u.high).multiply(WORD).add(big(u.low));
  }

  private static long normalized(long a) {
    return a | Long.MIN_VALUE;
  }

  @Property
  void quotientsAreExactOrSticky(@ForAll long x, @ForAll long y) {
    long a = normalized(x);
    long b = normalized(y);
    Unrounded u = new Unrounded().set(false, 0, a).divide(false, 0, b);
    // a ÷ b × 2^127 or, where a < b, × 2^128, the lowest bit telling about a remainder.
    BigInteger[] exact = big(a).shiftLeft(127 - u.exponent).divideAndRemainder(big(b));
    BigInteger expected = exact[1].signum() == 0 ? exact[0] : exact[0].or(BigInteger.ONE);
    assertEquals(expected, value(u));
  }

  @Property
  void rootsAreExactOrSticky(@ForAll long x, @ForAll boolean odd) {
    long a = normalized(x);
    Unrounded u = new Unrounded().set(false, odd ? 1 : 0, a).squareRoot();
    BigInteger n = big(a).shiftLeft(odd ? 64 : 63);
    BigInteger[] root = n.sqrtAndRemainder();
    assertEquals(root[0], big(u.high));
    boolean aboveHalf = root[1].compareTo(root[0]) > 0;
    assertEquals(aboveHalf, u.low < 0);
    assertEquals(root[1].signum() != 0, (u.low & 1) != 0);
  }

  @Property
  void productsAreExact(@ForAll long x, @ForAll long y) {
    long a = normalized(x);
    long b = normalized(y);
    Unrounded u = new Unrounded().set(false, 0, a).multiply(false, 0, b);
    assertEquals(big(a).multiply(big(b)).shiftLeft(1 - u.exponent), value(u));
  }

  @Property
  void differencesAreExactOrSticky(
      @ForAll long x, @ForAll long y, @ForAll @IntRange(max = 200) int distance) {
    long a = normalized(x);
    long b = normalized(y);
    Unrounded u = new Unrounded().set(false, distance, a).add(true, 0, b);
    // In units of 2^-63 of the smaller operand.
    BigInteger exact = big(a).shiftLeft(distance).subtract(big(b));
    assertEquals(exact.signum() < 0, u.negative && !u.isZero());
    if (exact.signum() == 0) {
      assertEquals(true, u.isZero());
      return;
    }
    int length = exact.abs().bitLength();
    BigInteger scaled = exact.abs().shiftLeft(128).shiftRight(length);
    boolean lost = !scaled.shiftLeft(length).shiftRight(128).equals(exact.abs());
    // What rounding looks at: the first 66 bits and whether more follow.
    BigInteger value = value(u);
    BigInteger rest = BigInteger.ONE.shiftLeft(62).subtract(BigInteger.ONE);
    assertEquals(scaled.shiftRight(62), value.shiftRight(62));
    assertEquals(lost || scaled.and(rest).signum() != 0, value.and(rest).signum() != 0);
    assertEquals(length - 64, u.exponent);
  }
}
