package io.rookery.mmu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** LOCKed operations against arithmetic on longs: all operations, sizes and alignments. */
class AtomicsTest {
  private static final long A = 0x40_0000;

  private static long apply(int operation, long old, long value, long expected) {
    return switch (operation) {
      case Atomics.ADD -> old + value;
      case Atomics.SET -> value;
      case Atomics.AND -> old & value;
      case Atomics.OR -> old | value;
      case Atomics.XOR -> old ^ value;
      default -> old == expected ? value : old;
    };
  }

  private static long run(int op, AddressSpace s, long at, long value, long expected, int size) {
    return switch (op) {
      case Atomics.ADD -> Access.getAndAdd(at, value, size, s.base, s.perms, s.pages, s);
      case Atomics.SET -> Access.getAndSet(at, value, size, s.base, s.perms, s.pages, s);
      case Atomics.AND -> Access.getAndAnd(at, value, size, s.base, s.perms, s.pages, s);
      case Atomics.OR -> Access.getAndOr(at, value, size, s.base, s.perms, s.pages, s);
      case Atomics.XOR -> Access.getAndXor(at, value, size, s.base, s.perms, s.pages, s);
      default -> Access.compareAndExchange(at, expected, value, size, s.base, s.perms, s.pages, s);
    };
  }

  @Property(tries = 2000)
  void behaveLikeArithmetic(
      @ForAll @IntRange(max = 5) int operation,
      @ForAll @IntRange(max = 3) int logSize,
      @ForAll @IntRange(min = 4070, max = 4120) int offset,
      @ForAll long old,
      @ForAll long value,
      @ForAll boolean shared,
      @ForAll boolean matching) {
    int size = 1 << logSize;
    long mask = size == 8 ? -1 : (1L << (size * 8)) - 1;
    try (MemoryPool pool = new MemoryPool(1 << 20)) {
      AddressSpace s = pool.newAddressSpace(24, 1L << 47);
      int flags = shared ? MapFlags.SHARED : MapFlags.PRIVATE;
      s.map(A, 3 * 4096, Guest.RW, flags, null, 0, null);
      long at = A + offset;
      s.storeLong(at - 8, -1);
      s.storeLong(at + 8, -1);
      s.storeLong(at, old);
      long expected = matching ? old : ~old;
      assertEquals(old & mask, run(operation, s, at, value, expected, size));
      long result = apply(operation, old & mask, value & mask, expected & mask);
      assertEquals((old & ~mask) | (result & mask), s.loadLong(at));
      assertEquals(-1, s.loadLong(at - 8));
      assertEquals(-1, s.loadLong(at + 8));
      s.release();
    }
  }

  @Property(tries = 500)
  void partsApartBehaveLikeArithmetic(
      @ForAll @IntRange(max = 5) int operation,
      @ForAll @IntRange(min = 1, max = 3) int logSize,
      @ForAll @IntRange(min = 1, max = 7) int inLow,
      @ForAll long old,
      @ForAll long value) {
    int size = 1 << logSize;
    int low = Math.min(inLow, size - 1);
    long mask = size == 8 ? -1 : (1L << (size * 8)) - 1;
    try (MemoryPool pool = new MemoryPool(1 << 20)) {
      Frame first = pool.allocateFrame();
      Frame second = pool.allocateFrame();
      for (int i = 0; i < size; i++) {
        byte[] b = {(byte) (old >>> (8 * i))};
        (i < low ? first : second).write(i < low ? 4096 - low + i : i - low, b, 0, 1);
      }
      long at = first.address() + 4096 - low;
      assertEquals(
          old & mask, Atomics.updateApart(operation, at, second.address(), low, value, old, size));
      long result = apply(operation, old & mask, value & mask, old & mask);
      for (int i = 0; i < size; i++) {
        byte[] b = new byte[1];
        (i < low ? first : second).read(i < low ? 4096 - low + i : i - low, b, 0, 1);
        assertEquals((byte) (result >>> (8 * i)), b[0]);
      }
      first.release();
      second.release();
    }
  }

  @Test
  void compareAndSwap128NeedsAlignment() {
    try (MemoryPool pool = new MemoryPool(1 << 20)) {
      AddressSpace s = pool.newAddressSpace(24, 1L << 47);
      s.map(A, 4096, Guest.RW, MapFlags.PRIVATE, null, 0, null);
      long[] values = {0, 0, 1, 2};
      MemoryFault fault =
          assertThrows(
              MemoryFault.class,
              () -> Access.compareAndSwap128(A + 8, values, s.base, s.perms, s.pages, s));
      assertEquals(MemoryFault.Kind.GENERAL_PROTECTION, fault.kind());
      assertEquals(true, Access.compareAndSwap128(A + 4080, values, s.base, s.perms, s.pages, s));
      assertEquals(false, Access.compareAndSwap128(A + 4080, values, s.base, s.perms, s.pages, s));
      assertArrayEquals(new long[] {1, 2, 1, 2}, values);
      s.release();
    }
  }
}
