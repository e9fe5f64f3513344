package io.rookery.cpu.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.LongBinaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The packed integer helpers against one lane at a time. */
class PackedTest {
  /** A lane's operation on sign-extended values. */
  private interface Lane {
    long apply(long a, long b);
  }

  private static final long[] EDGES = {
    0, -1, 0x8000000080000000L, 0x7fffffff7fffffffL, 0x80807f7f80017fffL, 0x0001ffff8000ff80L
  };

  private static long lanes(long a, long b, int bits, Lane lane) {
    long result = 0;
    long mask = -1L >>> 64 - bits;
    for (int at = 0; at < 64; at += bits) {
      long x = a >>> at << 64 - bits >> 64 - bits;
      long y = b >>> at << 64 - bits >> 64 - bits;
      result |= (lane.apply(x, y) & mask) << at;
    }
    return result;
  }

  private static void check(
      String name, LongBinaryOperator helper, int bits, long a, long b, Lane lane) {
    checkOne(name, helper, bits, a, b, lane);
    for (long edge : EDGES) {
      checkOne(name, helper, bits, a, edge, lane);
      checkOne(name, helper, bits, edge, b, lane);
      checkOne(name, helper, bits, a, a ^ edge & b, lane);
    }
  }

  private static void checkOne(
      String name, LongBinaryOperator helper, int bits, long a, long b, Lane lane) {
    assertEquals(
        Long.toHexString(lanes(a, b, bits, lane)),
        Long.toHexString(helper.applyAsLong(a, b)),
        () -> "%s(%x, %x)".formatted(name, a, b));
  }

  private static long clamp(long value, long least, long greatest) {
    return Math.max(least, Math.min(greatest, value));
  }

  private static long unsigned(long value, int bits) {
    return value & -1L >>> 64 - bits;
  }

  @Property
  void wrapAround(@ForAll long a, @ForAll long b) {
    check("paddb", PackedInteger::paddb, 8, a, b, (x, y) -> x + y);
    check("paddw", PackedInteger::paddw, 16, a, b, (x, y) -> x + y);
    check("paddd", PackedInteger::paddd, 32, a, b, (x, y) -> x + y);
    check("psubb", PackedInteger::psubb, 8, a, b, (x, y) -> x - y);
    check("psubw", PackedInteger::psubw, 16, a, b, (x, y) -> x - y);
    check("psubd", PackedInteger::psubd, 32, a, b, (x, y) -> x - y);
    check("pmullw", PackedMultiply::pmullw, 16, a, b, (x, y) -> x * y);
    check("pmulld", PackedMultiply::pmulld, 32, a, b, (x, y) -> x * y);
  }

  @Property
  void saturation(@ForAll long a, @ForAll long b) {
    check("paddsb", PackedInteger::paddsb, 8, a, b, (x, y) -> clamp(x + y, -128, 127));
    check("psubsb", PackedInteger::psubsb, 8, a, b, (x, y) -> clamp(x - y, -128, 127));
    check("paddsw", PackedInteger::paddsw, 16, a, b, (x, y) -> clamp(x + y, -32768, 32767));
    check("psubsw", PackedInteger::psubsw, 16, a, b, (x, y) -> clamp(x - y, -32768, 32767));
    check(
        "paddusb",
        PackedInteger::paddusb,
        8,
        a,
        b,
        (x, y) -> clamp(unsigned(x, 8) + unsigned(y, 8), 0, 255));
    check(
        "psubusb",
        PackedInteger::psubusb,
        8,
        a,
        b,
        (x, y) -> clamp(unsigned(x, 8) - unsigned(y, 8), 0, 255));
    check(
        "paddusw",
        PackedInteger::paddusw,
        16,
        a,
        b,
        (x, y) -> clamp(unsigned(x, 16) + unsigned(y, 16), 0, 65535));
    check(
        "psubusw",
        PackedInteger::psubusw,
        16,
        a,
        b,
        (x, y) -> clamp(unsigned(x, 16) - unsigned(y, 16), 0, 65535));
  }

  @Property
  void comparisons(@ForAll long a, @ForAll long b) {
    check("pcmpeqb", PackedInteger::pcmpeqb, 8, a, b, (x, y) -> x == y ? -1 : 0);
    check("pcmpeqw", PackedInteger::pcmpeqw, 16, a, b, (x, y) -> x == y ? -1 : 0);
    check("pcmpeqd", PackedInteger::pcmpeqd, 32, a, b, (x, y) -> x == y ? -1 : 0);
    check("pcmpeqq", PackedInteger::pcmpeqq, 64, a, b, (x, y) -> x == y ? -1 : 0);
    check("pcmpgtb", PackedInteger::pcmpgtb, 8, a, b, (x, y) -> x > y ? -1 : 0);
    check("pcmpgtw", PackedInteger::pcmpgtw, 16, a, b, (x, y) -> x > y ? -1 : 0);
    check("pcmpgtd", PackedInteger::pcmpgtd, 32, a, b, (x, y) -> x > y ? -1 : 0);
    check("pcmpgtq", PackedInteger::pcmpgtq, 64, a, b, (x, y) -> x > y ? -1 : 0);
    check("pminsb", PackedInteger::pminsb, 8, a, b, Math::min);
    check("pmaxsw", PackedInteger::pmaxsw, 16, a, b, Math::max);
    check("pminsd", PackedInteger::pminsd, 32, a, b, Math::min);
    check(
        "pminub",
        PackedInteger::pminub,
        8,
        a,
        b,
        (x, y) -> Math.min(unsigned(x, 8), unsigned(y, 8)));
    check(
        "pmaxuw",
        PackedInteger::pmaxuw,
        16,
        a,
        b,
        (x, y) -> Math.max(unsigned(x, 16), unsigned(y, 16)));
    check(
        "pmaxud",
        PackedInteger::pmaxud,
        32,
        a,
        b,
        (x, y) -> Math.max(unsigned(x, 32), unsigned(y, 32)));
  }

  @Property
  void averagesSignsAndProducts(@ForAll long a, @ForAll long b) {
    check(
        "pavgb", PackedInteger::pavgb, 8, a, b, (x, y) -> unsigned(x, 8) + unsigned(y, 8) + 1 >> 1);
    check(
        "pavgw",
        PackedInteger::pavgw,
        16,
        a,
        b,
        (x, y) -> unsigned(x, 16) + unsigned(y, 16) + 1 >> 1);
    check("psignb", PackedInteger::psignb, 8, a, b, (x, y) -> x * Long.signum(y));
    check("psignd", PackedInteger::psignd, 32, a, b, (x, y) -> x * Long.signum(y));
    check("pabsw", (x, y) -> PackedInteger.pabsw(x), 16, a, b, (x, y) -> Math.abs(x));
    check("pmulhw", PackedMultiply::pmulhw, 16, a, b, (x, y) -> x * y >> 16);
    check(
        "pmulhuw",
        PackedMultiply::pmulhuw,
        16,
        a,
        b,
        (x, y) -> unsigned(x, 16) * unsigned(y, 16) >> 16);
    check("pmulhrsw", PackedMultiply::pmulhrsw, 16, a, b, (x, y) -> (x * y >> 14) + 1 >> 1);
  }

  @Property
  void shifts(@ForAll long a, @ForAll long b) {
    for (long count : new long[] {0, 1, 7, 8, 15, 16, 31, 32, 63, 64, b & 63, b}) {
      boolean out16 = Long.compareUnsigned(count, 15) > 0;
      boolean out32 = Long.compareUnsigned(count, 31) > 0;
      LongBinaryOperator left = (x, y) -> PackedInteger.psllw(x, count);
      checkOne("psllw", left, 16, a, b, (x, y) -> out16 ? 0 : x << count);
      LongBinaryOperator right = (x, y) -> PackedInteger.psrld(x, count);
      checkOne("psrld", right, 32, a, b, (x, y) -> out32 ? 0 : unsigned(x, 32) >>> count);
      LongBinaryOperator words = (x, y) -> PackedInteger.psraw(x, count);
      checkOne("psraw", words, 16, a, b, (x, y) -> x >> (out16 ? 15 : count));
      LongBinaryOperator doublewords = (x, y) -> PackedInteger.psrad(x, count);
      checkOne("psrad", doublewords, 32, a, b, (x, y) -> x >> (out32 ? 31 : count));
    }
  }

  @Property
  void masksAndSums(@ForAll long a, @ForAll long b) {
    long mask = 0;
    long sum = 0;
    for (int i = 0; i < 8; i++) {
      mask |= (a >>> 8 * i + 7 & 1) << i;
      sum += Math.abs((a >>> 8 * i & 0xff) - (b >>> 8 * i & 0xff));
    }
    assertEquals(mask, PackedShuffle.movmsk8(a));
    assertEquals(sum, PackedInteger.psadbw(a, b));
  }

  @Property
  void shuffles(@ForAll long a, @ForAll long b, @ForAll long control) {
    long expected = 0;
    for (int i = 0; i < 8; i++) {
      int c = (int) (control >>> 8 * i) & 0xff;
      long value = (c & 8) == 0 ? a >>> 8 * (c & 7) : b >>> 8 * (c & 7);
      expected |= (c >= 0x80 ? 0 : value & 0xff) << 8 * i;
    }
    assertEquals(expected, PackedShuffle.pshufb(a, b, control));
    long packed = 0;
    for (int i = 0; i < 4; i++) {
      packed |= (clamp((short) (a >>> 16 * i), -128, 127) & 0xff) << 8 * i;
      packed |= (clamp((short) (b >>> 16 * i), -128, 127) & 0xff) << 8 * i + 32;
    }
    assertEquals(packed, PackedShuffle.packsswb(a, b));
  }

  @Property
  void carrylessProduct(@ForAll long a, @ForAll long b) {
    long low = 0;
    long high = 0;
    for (int i = 0; i < 64; i++) {
      if ((b >>> i & 1) != 0) {
        low ^= a << i;
        high ^= i == 0 ? 0 : a >>> 64 - i;
      }
    }
    assertEquals(low, Crypto.clmulLow(a, b));
    assertEquals(high, Crypto.clmulHigh(a, b));
  }
}
