package io.rookery.mmu;

import static io.rookery.mmu.Host.U;

import java.util.Arrays;

/**
 * LOCKed operations on host addresses. x86 hosts lock unaligned operands as well; on others an
 * operand that is not within an aligned word is changed under a stripe lock, atomic among its likes
 * only. Operands have 1, 2, 4 or 8 bytes, on pages that grant the right to store.
 */
@SuppressWarnings("removal") // sun.misc.Unsafe, see Host
public final class Atomics {
  static final int ADD = 0;
  static final int SET = 1;
  static final int AND = 2;
  static final int OR = 3;
  static final int XOR = 4;
  static final int COMPARE = 5;

  private static final boolean ANY_ALIGNMENT = Host.isX86();
  private static final Object[] STRIPES = new Object[256];

  static {
    Arrays.setAll(STRIPES, i -> new Object());
  }

  private Atomics() {}

  /** Whether the host can lock the operand itself. */
  private static boolean lockable(long host, int size) {
    return ANY_ALIGNMENT || (host & 3) + size <= 4 || (host & 7) == 0;
  }

  /** Adds; the old value, zero-extended. */
  public static long getAndAdd(long host, long value, int size) {
    if (size < 4 || !lockable(host, size)) {
      return update(ADD, host, value, 0, size);
    }
    return size == 8
        ? U.getAndAddLong(null, host, value)
        : U.getAndAddInt(null, host, (int) value) & 0xffff_ffffL;
  }

  /** Exchanges; the old value. */
  public static long getAndSet(long host, long value, int size) {
    if (size < 4 || !lockable(host, size)) {
      return update(SET, host, value, 0, size);
    }
    return size == 8
        ? U.getAndSetLong(null, host, value)
        : U.getAndSetInt(null, host, (int) value) & 0xffff_ffffL;
  }

  /** Ands; the old value. */
  public static long getAndAnd(long host, long value, int size) {
    return update(AND, host, value, 0, size);
  }

  /** Ors; the old value. */
  public static long getAndOr(long host, long value, int size) {
    return update(OR, host, value, 0, size);
  }

  /** Exclusive-ors; the old value. */
  public static long getAndXor(long host, long value, int size) {
    return update(XOR, host, value, 0, size);
  }

  /** Stores {@code value} if the memory holds {@code expected}; the old value. */
  public static long compareAndExchange(long host, long expected, long value, int size) {
    return update(COMPARE, host, value, expected, size);
  }

  /** Any operation; {@code expected} matters to COMPARE only. */
  static long update(int operation, long host, long value, long expected, int size) {
    if (!lockable(host, size)) {
      return updateApart(operation, host, host + 1, 1, value, expected, size);
    }
    return switch (size) {
      case 8 -> update64(operation, host, value, expected);
      case 4 -> update32(operation, host, value, expected) & 0xffff_ffffL;
      case 1, 2 -> narrow(operation, host, value, expected, size);
      default -> throw new IllegalArgumentException(size + " bytes, 1, 2, 4 or 8 expected");
    };
  }

  /** A failed comparison is a full barrier too, so it starts with a LOCKed instruction. */
  private static long update64(int operation, long host, long value, long expected) {
    while (true) {
      if (operation == COMPARE && U.compareAndSwapLong(null, host, expected, value)) {
        return expected;
      }
      long old = U.getLongVolatile(null, host);
      if (operation == COMPARE) {
        if (old != expected) {
          return old;
        }
      } else if (U.compareAndSwapLong(null, host, old, combine(operation, old, value))) {
        return old;
      }
    }
  }

  private static int update32(int operation, long host, long value, long expected) {
    while (true) {
      if (operation == COMPARE && U.compareAndSwapInt(null, host, (int) expected, (int) value)) {
        return (int) expected;
      }
      int old = U.getIntVolatile(null, host);
      if (operation == COMPARE) {
        if (old != (int) expected) {
          return old;
        }
      } else if (U.compareAndSwapInt(null, host, old, (int) combine(operation, old, value))) {
        return old;
      }
    }
  }

  /**
   * One or two bytes, by the aligned 4 bytes around them, or the 4 bytes around two words' border.
   */
  private static long narrow(int operation, long host, long value, long expected, int size) {
    boolean inWord = (host & 3) + size <= 4;
    long word = inWord ? host & ~3L : host - 1;
    int shift = (int) (host - word) * 8;
    int mask = (size == 1 ? 0xff : 0xffff) << shift;
    while (true) {
      int all = U.getIntVolatile(null, word);
      long old = Integer.toUnsignedLong((all & mask) >>> shift);
      boolean keeps = operation == COMPARE && old != (expected & (mask >>> shift));
      int changed = (all & ~mask) | (((int) combine(operation, old, value) << shift) & mask);
      if (U.compareAndSwapInt(null, word, all, keeps ? all : changed)) {
        return old;
      }
    }
  }

  /**
   * An operand in two parts that need not be neighbours, byte by byte: atomic among its likes only.
   *
   * @param low host address of the first part
   * @param high host address of the second part
   * @param inLow bytes in the first part
   */
  static long updateApart(
      int operation, long low, long high, int inLow, long value, long expected, int size) {
    long mask = size == 8 ? -1 : (1L << (size * 8)) - 1;
    synchronized (STRIPES[0]) {
      long old = 0;
      for (int i = size - 1; i >= 0; i--) {
        old = (old << 8) | (U.getByte(i < inLow ? low + i : high + (i - inLow)) & 0xff);
      }
      if (operation == COMPARE && old != (expected & mask)) {
        return old;
      }
      long changed = combine(operation, old, value);
      for (int i = 0; i < size; i++) {
        U.putByte(i < inLow ? low + i : high + (i - inLow), (byte) (changed >>> (i * 8)));
      }
      return old;
    }
  }

  static long combine(int operation, long old, long value) {
    return switch (operation) {
      case ADD -> old + value;
      case AND -> old & value;
      case OR -> old | value;
      case XOR -> old ^ value;
      case SET, COMPARE -> value;
      default -> throw new IllegalArgumentException("operation " + operation);
    };
  }

  /**
   * CMPXCHG16B, by the host's own where that can be reached. Elsewhere under a stripe lock of the
   * host address, which all who share the frame agree on: atomic among its likes; the halves are
   * exchanged one after the other, so that a LOCKed operation on one of them is not lost.
   *
   * @param values expected low and high half, which become the old ones; new low and high half
   */
  static boolean compareAndSwap128(long host, long[] values) {
    return NativeCompareExchange.available()
        ? NativeCompareExchange.run(host, values)
        : stripedCompareAndSwap128(host, values);
  }

  static boolean stripedCompareAndSwap128(long host, long[] values) {
    synchronized (STRIPES[(int) (host >>> 4) & STRIPES.length - 1]) {
      while (true) {
        long lo = U.getLongVolatile(null, host);
        long hi = U.getLongVolatile(null, host + 8);
        if (lo != values[0] || hi != values[1]) {
          values[0] = lo;
          values[1] = hi;
          return false;
        }
        if (U.compareAndSwapLong(null, host, lo, values[2])) {
          if (U.compareAndSwapLong(null, host + 8, hi, values[3])) {
            return true;
          }
          U.compareAndSwapLong(null, host, values[2], lo);
        }
      }
    }
  }
}
