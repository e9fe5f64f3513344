package io.rookery.mmu;

import static io.rookery.mmu.Host.U;

import java.util.Arrays;

/**
 * LOCKed operations on host addresses. x86 hosts lock unaligned operands as well; on others only
 * operands within an aligned 8 bytes are atomic, and the rest take a stripe lock.
 */
@SuppressWarnings("removal") // sun.misc.Unsafe, see Host
final class Atomics {
  static final int ADD = 0;
  static final int SET = 1;
  static final int AND = 2;
  static final int OR = 3;
  static final int XOR = 4;
  static final int COMPARE = 5;

  private static final Object[] STRIPES = new Object[256];

  static {
    Arrays.setAll(STRIPES, i -> new Object());
  }

  private Atomics() {}

  static long getAndAdd(long host, long value, int size) {
    if (size == 8) {
      return U.getAndAddLong(null, host, value);
    }
    return size == 4
        ? U.getAndAddInt(null, host, (int) value) & 0xffff_ffffL
        : narrow(ADD, host, value, 0, size);
  }

  static long getAndSet(long host, long value, int size) {
    if (size == 8) {
      return U.getAndSetLong(null, host, value);
    }
    return size == 4
        ? U.getAndSetInt(null, host, (int) value) & 0xffff_ffffL
        : narrow(SET, host, value, 0, size);
  }

  static long getAndAnd(long host, long value, int size) {
    return update(AND, host, value, 0, size);
  }

  static long getAndOr(long host, long value, int size) {
    return update(OR, host, value, 0, size);
  }

  static long getAndXor(long host, long value, int size) {
    return update(XOR, host, value, 0, size);
  }

  static long compareAndExchange(long host, long expected, long value, int size) {
    return update(COMPARE, host, value, expected, size);
  }

  /** Any operation; {@code expected} matters to COMPARE only. */
  static long update(int operation, long host, long value, long expected, int size) {
    return switch (size) {
      case 8 -> update64(operation, host, value, expected);
      case 4 -> update32(operation, host, value, expected);
      default -> narrow(operation, host, value, expected, size);
    };
  }

  private static long update64(int operation, long host, long value, long expected) {
    while (true) {
      long old = U.getLongVolatile(null, host);
      if (operation == COMPARE && old != expected) {
        return old;
      }
      if (U.compareAndSwapLong(null, host, old, combine(operation, old, value))) {
        return old;
      }
    }
  }

  private static long update32(int operation, long host, long value, long expected) {
    while (true) {
      int old = U.getIntVolatile(null, host);
      if (operation == COMPARE && old != (int) expected) {
        return old & 0xffff_ffffL;
      }
      if (U.compareAndSwapInt(null, host, old, (int) combine(operation, old, value))) {
        return old & 0xffff_ffffL;
      }
    }
  }

  /**
   * One or two bytes, by the enclosing aligned 4 bytes, or the 4 bytes around the middle of two
   * words.
   */
  private static long narrow(int operation, long host, long value, long expected, int size) {
    if (size != 1 && size != 2) {
      throw new IllegalArgumentException("operand of " + size + " bytes, 1, 2, 4 or 8 expected");
    }
    boolean inWord = (host & 3) + size <= 4;
    long word = inWord ? host & ~3L : host - 1;
    int shift = (int) (host - word) * 8;
    int mask = (size == 1 ? 0xff : 0xffff) << shift;
    while (true) {
      int all = U.getIntVolatile(null, word);
      long old = Integer.toUnsignedLong((all & mask) >>> shift);
      if (operation == COMPARE && old != (expected & (mask >>> shift))) {
        return old;
      }
      int changed = (all & ~mask) | (((int) combine(operation, old, value) << shift) & mask);
      if (U.compareAndSwapInt(null, word, all, changed)) {
        return old;
      }
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
   * CMPXCHG16B under a stripe lock of the host address, which all who share the frame agree on. The
   * halves are exchanged one after the other, so that a LOCKed operation on one of them is not
   * lost.
   */
  static boolean compareAndSwap128(
      long host, long expectedLo, long expectedHi, long newLo, long newHi, long[] oldOut) {
    synchronized (STRIPES[(int) (host >>> 4) & STRIPES.length - 1]) {
      while (true) {
        long lo = U.getLongVolatile(null, host);
        long hi = U.getLongVolatile(null, host + 8);
        oldOut[0] = lo;
        oldOut[1] = hi;
        if (lo != expectedLo || hi != expectedHi) {
          return false;
        }
        if (U.compareAndSwapLong(null, host, lo, newLo)) {
          if (U.compareAndSwapLong(null, host + 8, hi, newHi)) {
            return true;
          }
          U.compareAndSwapLong(null, host, newLo, lo);
        }
      }
    }
  }
}
