package io.rookery.cpu.helper;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.ir.Flags;

/**
 * Integer operations that take more than a few micro-ops: divisions, narrow and through-carry
 * rotates, bit counts.
 */
public final class IntegerHelpers {
  private IntegerHelpers() {}

  private static long zeroExtend(long value, int bits) {
    return value << (64 - bits) >>> (64 - bits);
  }

  private static long signExtend(long value, int bits) {
    return value << (64 - bits) >> (64 - bits);
  }

  // ---------------------------------------------------------------- division (SDM vol. 2, DIV and
  // IDIV)

  /** Quotient of the unsigned 2 * {@code bits} wide dividend; the divisor is zero-extended. */
  public static long divu(long dividend, long divisor, int bits) {
    if (divisor == 0) {
      throw new CpuFault(CpuFault.DIVIDE_ERROR);
    }
    long quotient = Long.divideUnsigned(zeroExtend(dividend, 2 * bits), divisor);
    if (quotient >>> bits != 0) {
      throw new CpuFault(CpuFault.DIVIDE_ERROR);
    }
    return quotient;
  }

  /** Remainder to {@link #divu}, which has found the quotient to fit. */
  public static long remu(long dividend, long divisor, int bits) {
    return Long.remainderUnsigned(zeroExtend(dividend, 2 * bits), divisor);
  }

  /** Quotient of the signed 2 * {@code bits} wide dividend; the divisor is sign-extended. */
  public static long divs(long dividend, long divisor, int bits) {
    long wide = signExtend(dividend, 2 * bits);
    if (divisor == 0 || (divisor == -1 && wide == Long.MIN_VALUE)) {
      throw new CpuFault(CpuFault.DIVIDE_ERROR);
    }
    long quotient = wide / divisor;
    if (quotient != signExtend(quotient, bits)) {
      throw new CpuFault(CpuFault.DIVIDE_ERROR);
    }
    return quotient;
  }

  /** Remainder to {@link #divs}, which has found the quotient to fit. */
  public static long rems(long dividend, long divisor, int bits) {
    return signExtend(dividend, 2 * bits) % divisor;
  }

  /** Quotient of the unsigned 128-bit number high:low. */
  public static long divu64(long high, long low, long divisor) {
    if (Long.compareUnsigned(high, divisor) >= 0) {
      throw new CpuFault(CpuFault.DIVIDE_ERROR);
    }
    return high == 0 ? Long.divideUnsigned(low, divisor) : divideWide(high, low, divisor);
  }

  /** Remainder to {@link #divu64}. */
  public static long remu64(long high, long low, long divisor) {
    return low - divu64(high, low, divisor) * divisor;
  }

  /**
   * high:low / divisor for 0 &lt; high &lt; divisor, unsigned: Knuth's algorithm D with two 32-bit
   * digits.
   */
  private static long divideWide(long high, long low, long divisor) {
    int shift = Long.numberOfLeadingZeros(divisor);
    long d = divisor << shift;
    long u = shift == 0 ? high : high << shift | low >>> (64 - shift);
    long l = low << shift;
    long q1 = digit(u, d, l >>> 32);
    long r = (u << 32 | l >>> 32) - q1 * d;
    long q0 = digit(r, d, l & 0xffffffffL);
    return (q1 << 32) + q0;
  }

  /** One quotient digit of (u * 2^32 + next) / d, with d's top bit set and u &lt; d. */
  private static long digit(long u, long d, long next) {
    long dHigh = d >>> 32;
    long dLow = d & 0xffffffffL;
    long q = Long.divideUnsigned(u, dHigh);
    long r = u - q * dHigh;
    while (q >>> 32 != 0 || Long.compareUnsigned(q * dLow, r << 32 | next) > 0) {
      q--;
      r += dHigh;
      if (r >>> 32 != 0) {
        break;
      }
    }
    return q;
  }

  /** Quotient of the signed 128-bit number high:low. */
  public static long divs64(long high, long low, long divisor) {
    if (high == low >> 63) {
      if (divisor == 0 || (divisor == -1 && low == Long.MIN_VALUE)) {
        throw new CpuFault(CpuFault.DIVIDE_ERROR);
      }
      return low / divisor;
    }
    boolean negative = high < 0;
    long absLow = negative ? -low : low;
    long absHigh = negative ? ~high + (low == 0 ? 1 : 0) : high;
    long quotient = divu64(absHigh, absLow, Math.abs(divisor));
    boolean negativeQuotient = negative != divisor < 0;
    if (negativeQuotient ? Long.compareUnsigned(quotient, Long.MIN_VALUE) > 0 : quotient < 0) {
      throw new CpuFault(CpuFault.DIVIDE_ERROR);
    }
    return negativeQuotient ? -quotient : quotient;
  }

  /** Remainder to {@link #divs64}. */
  public static long rems64(long high, long low, long divisor) {
    return low - divs64(high, low, divisor) * divisor;
  }

  // ---------------------------------------------------------------- rotates

  /** ROL of an 8- or 16-bit operand. */
  public static long rol(long x, long count, int bits) {
    long value = zeroExtend(x, bits);
    int n = (int) count & (bits - 1);
    return zeroExtend(value << n | value >>> (bits - n), bits);
  }

  /** ROR of an 8- or 16-bit operand. */
  public static long ror(long x, long count, int bits) {
    return rol(x, bits - (count & (bits - 1)), bits);
  }

  private static long withCarryAndOverflow(long flags, long carry, long overflow) {
    return flags & ~(Flags.CF | Flags.OF) | (carry & 1) | (overflow & 1) << 11;
  }

  /**
   * Flags behind a ROL with this result; unchanged for count 0. OF is defined for count 1 only,
   * hardware gives the same rule always.
   */
  public static long rolFlags(long flags, long result, long count, int bits) {
    if (count == 0) {
      return flags;
    }
    return withCarryAndOverflow(flags, result, result ^ result >>> (bits - 1));
  }

  public static long rorFlags(long flags, long result, long count, int bits) {
    if (count == 0) {
      return flags;
    }
    long carry = result >>> (bits - 1);
    return withCarryAndOverflow(flags, carry, carry ^ result >>> (bits - 2));
  }

  private static int throughCarryCount(long count, int bits) {
    return bits >= 32 ? (int) count : (int) count % (bits + 1);
  }

  /** RCL: x zero-extended, flags with CF, count masked to 5 or 6 bits. */
  public static long rcl(long x, long flags, long count, int bits) {
    int n = throughCarryCount(count, bits);
    if (n == 0) {
      return x;
    }
    long carry = flags & 1;
    long right = n == 1 ? 0 : x >>> (bits + 1 - n);
    return zeroExtend((n == 64 ? 0 : x << n) | carry << (n - 1) | right, bits);
  }

  public static long rcr(long x, long flags, long count, int bits) {
    int n = throughCarryCount(count, bits);
    if (n == 0) {
      return x;
    }
    return rcl(x, flags, bits + 1 - n, bits);
  }

  public static long rclFlags(long x, long flags, long count, int bits) {
    int n = throughCarryCount(count, bits);
    if (n == 0) {
      return flags;
    }
    long carry = x >>> (bits - n) & 1;
    long result = rcl(x, flags, n, bits);
    return withCarryAndOverflow(flags, carry, carry ^ result >>> (bits - 1));
  }

  public static long rcrFlags(long x, long flags, long count, int bits) {
    int n = throughCarryCount(count, bits);
    if (n == 0) {
      return flags;
    }
    long carry = x >>> (n - 1) & 1;
    long result = rcr(x, flags, n, bits);
    return withCarryAndOverflow(flags, carry, (result ^ result << 1) >>> (bits - 1));
  }

  /**
   * SHLD: count masked to 5 or 6 bits. A 16-bit operand with a count above 16 is undefined;
   * hardware shifts the 48-bit string x:y:x.
   */
  public static long shld(long x, long y, long count, int bits) {
    int n = (int) count;
    if (n == 0) {
      return zeroExtend(x, bits);
    }
    if (bits == 16) {
      long string = (x & 0xffff) << 32 | (y & 0xffff) << 16 | (x & 0xffff);
      return string >>> (32 - n) & 0xffff;
    }
    return zeroExtend(x << n | zeroExtend(y, bits) >>> (bits - n), bits);
  }

  public static long shrd(long x, long y, long count, int bits) {
    int n = (int) count;
    if (n == 0) {
      return zeroExtend(x, bits);
    }
    if (bits == 16) {
      long string = (x & 0xffff) << 32 | (y & 0xffff) << 16 | (x & 0xffff);
      return string >>> n & 0xffff;
    }
    return zeroExtend(zeroExtend(x, bits) >>> n | y << (bits - n), bits);
  }

  /** {@code packed}: the count, and the operand width in bits 15:8. */
  public static long shldFlags(long x, long y, long packed, long flags) {
    int n = (int) packed & 0xff;
    int bits = (int) packed >>> 8;
    if (n == 0) {
      return flags;
    }
    long carry = n <= bits ? x >>> (bits - n) : y >>> (2 * bits - n);
    return doubleShiftFlags(x, shld(x, y, n, bits), carry, bits);
  }

  public static long shrdFlags(long x, long y, long packed, long flags) {
    int n = (int) packed & 0xff;
    int bits = (int) packed >>> 8;
    if (n == 0) {
      return flags;
    }
    long carry = n <= bits ? x >>> (n - 1) : y >>> (n - 1 - bits);
    return doubleShiftFlags(x, shrd(x, y, n, bits), carry, bits);
  }

  private static long doubleShiftFlags(long x, long result, long carry, int bits) {
    long others =
        Flags.status(Flags.kind(Flags.LOGIC, bits), result, 0) & ~(Flags.CF | Flags.OF | Flags.AF);
    return withCarryAndOverflow(others, carry, (x ^ result) >>> (bits - 1));
  }

  // ---------------------------------------------------------------- bit counts

  public static long ctz(long x) {
    return Long.numberOfTrailingZeros(x);
  }

  /** Index of the highest bit set; x is not 0. */
  public static long bsr(long x) {
    return 63L - Long.numberOfLeadingZeros(x);
  }

  public static long tzcnt(long x, int bits) {
    return Math.min(Long.numberOfTrailingZeros(x), bits);
  }

  public static long lzcnt(long x, int bits) {
    return Long.numberOfLeadingZeros(x) - (64L - bits);
  }

  public static long popcnt(long x) {
    return Long.bitCount(x);
  }

  /** Status flags of TZCNT and LZCNT: CF for a zero source, ZF for a zero result. */
  public static long countFlags(long source, long result) {
    return (source == 0 ? Flags.CF : 0) | (result == 0 ? Flags.ZF : 0);
  }

  /** ZF for x = 0, the other status flags clear. */
  public static long zeroFlag(long x) {
    return x == 0 ? Flags.ZF : 0;
  }

  // ---------------------------------------------------------------- BMI1, BMI2, ADX

  private static long zeroAndSign(long result, int bits) {
    long r = signExtend(result, bits);
    return (r == 0 ? Flags.ZF : 0) | (r < 0 ? Flags.SF : 0);
  }

  public static long blsiFlags(long x, long result, int bits) {
    return zeroAndSign(result, bits) | (x != 0 ? Flags.CF : 0);
  }

  public static long blsrFlags(long x, long result, int bits) {
    return zeroAndSign(result, bits) | (x == 0 ? Flags.CF : 0);
  }

  public static long bextr(long x, long control) {
    int start = (int) control & 0xff;
    int length = (int) (control >>> 8) & 0xff;
    long shifted = start > 63 ? 0 : x >>> start;
    return length > 63 ? shifted : shifted & ((1L << length) - 1);
  }

  public static long bzhi(long x, long control, int bits) {
    int n = (int) control & 0xff;
    return n >= bits ? x : x & ((1L << n) - 1);
  }

  public static long bzhiFlags(long result, long control, int bits) {
    return zeroAndSign(result, bits) | ((control & 0xff) > bits - 1 ? Flags.CF : 0);
  }

  public static long pdep(long x, long mask) {
    return Long.expand(x, mask);
  }

  public static long pext(long x, long mask) {
    return Long.compress(x, mask);
  }

  private static long carryOut(long x, long y, long carryIn, int bits) {
    if (bits == 32) {
      return (x + y + carryIn) >>> 32 & 1;
    }
    long sum = x + y + carryIn;
    return ((x & y) | ((x | y) & ~sum)) >>> 63;
  }

  public static long adcxFlags(long flags, long x, long y, int bits) {
    return flags & ~Flags.CF | carryOut(x, y, flags & 1, bits);
  }

  public static long adoxFlags(long flags, long x, long y, int bits) {
    return flags & ~Flags.OF | carryOut(x, y, flags >>> 11 & 1, bits) << 11;
  }

  /** ARPL: selector {@code to} with at least the requested privilege level of {@code from}. */
  public static long arpl(long to, long from) {
    return (to & 3) < (from & 3) ? (to & ~3L) | (from & 3) : to;
  }

  /** The status flags after ARPL: ZF says whether it changed {@code to}. */
  public static long arplFlags(long flags, long to, long from) {
    return (to & 3) < (from & 3) ? flags | Flags.ZF : flags & ~Flags.ZF;
  }
}
