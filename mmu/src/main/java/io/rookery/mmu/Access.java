package io.rookery.mmu;

import static io.rookery.mmu.Host.U;

/**
 * Guest memory accesses as translated code and the interpreter make them.
 *
 * <p>All methods take the guest address first and end with {@link AddressSpace#base}, {@link
 * AddressSpace#perms}, {@link AddressSpace#pages} and the address space itself, which callers keep
 * in locals. An access may cross pages and be unaligned; one that is refused throws {@link
 * MemoryFault} and has stored nothing.
 *
 * <p>Memory order is x86's (Intel SDM volume 3, section 10.2): a fence follows each load and
 * precedes each store.
 *
 * <p>Every method stays within 35 bytecodes, HotSpot's bound for inlining at any call site. Callers
 * emit no branch of their own around them, see {@link AccessWarmUp}.
 */
@SuppressWarnings("removal") // sun.misc.Unsafe, see Host
public final class Access {
  private Access() {}

  /** Loads 1 byte, zero-extended. */
  public static long load8(long addr, long base, long perms, long pages, AddressSpace space) {
    if (unreadable(addr, perms, pages) == 0) {
      return DirectAccess.load8(base + addr);
    }
    return space.slow.load(addr, 1);
  }

  /** Loads 2 bytes, zero-extended. */
  public static long load16(long addr, long base, long perms, long pages, AddressSpace space) {
    if (unreadable2(addr, perms, pages) == 0) {
      return DirectAccess.load16(base + addr);
    }
    return space.slow.load(addr, 2);
  }

  /** Loads 4 bytes, zero-extended. */
  public static long load32(long addr, long base, long perms, long pages, AddressSpace space) {
    if (unreadable4(addr, perms, pages) == 0) {
      return DirectAccess.load32(base + addr);
    }
    return space.slow.load(addr, 4);
  }

  /** Loads 8 bytes. */
  public static long load64(long addr, long base, long perms, long pages, AddressSpace space) {
    if (unreadable8(addr, perms, pages) == 0) {
      return DirectAccess.load64(base + addr);
    }
    return space.slow.load(addr, 8);
  }

  /** Stores the low 1 byte. */
  public static void store8(
      long addr, long value, long base, long perms, long pages, AddressSpace space) {
    if (unwritable(addr, perms, pages) == 0) {
      DirectAccess.store8(base + addr, value);
    } else {
      space.slow.store(addr, value, 1);
    }
  }

  /** Stores the low 2 bytes. */
  public static void store16(
      long addr, long value, long base, long perms, long pages, AddressSpace space) {
    if (unwritable2(addr, perms, pages) == 0) {
      DirectAccess.store16(base + addr, value);
    } else {
      space.slow.store(addr, value, 2);
    }
  }

  /** Stores the low 4 bytes. */
  public static void store32(
      long addr, long value, long base, long perms, long pages, AddressSpace space) {
    if (unwritable4(addr, perms, pages) == 0) {
      DirectAccess.store32(base + addr, value);
    } else {
      space.slow.store(addr, value, 4);
    }
  }

  /** Stores 8 bytes. */
  public static void store64(
      long addr, long value, long base, long perms, long pages, AddressSpace space) {
    if (unwritable8(addr, perms, pages) == 0) {
      DirectAccess.store64(base + addr, value);
    } else {
      space.slow.store(addr, value, 8);
    }
  }

  /** Stores 16 bytes, all or (on a fault) none; not atomic. */
  public static void store128(
      long addr, long lo, long hi, long base, long perms, long pages, AddressSpace space) {
    if (unwritable16(addr, perms, pages) == 0) {
      put128(base + addr, lo, hi);
    } else {
      space.slowStore128(addr, lo, hi);
    }
  }

  /** Stores 32 bytes, all or (on a fault) none; not atomic. */
  public static void store256(
      long addr,
      long q0,
      long q1,
      long q2,
      long q3,
      long base,
      long perms,
      long pages,
      AddressSpace space) {
    put256(writableHost(addr, base, perms, pages), space, addr, q0, q1, q2, q3);
  }

  private static void put256(
      long host, AddressSpace space, long addr, long q0, long q1, long q2, long q3) {
    if (host != 0) {
      putQuads(host, q0, q1, q2, q3);
    } else {
      space.slowStore256(addr, q0, q1, q2, q3);
    }
  }

  // ---- LOCKed operations: any alignment; size is 1, 2, 4 or 8; the old value, zero-extended ----

  /** Adds atomically. */
  public static long getAndAdd(
      long addr, long value, int size, long base, long perms, long pages, AddressSpace space) {
    if (unwritable8(addr, perms, pages) == 0) {
      return Atomics.getAndAdd(base + addr, value, size);
    }
    return space.slowAtomic(Atomics.ADD, addr, value, 0, size);
  }

  /** Exchanges atomically. */
  public static long getAndSet(
      long addr, long value, int size, long base, long perms, long pages, AddressSpace space) {
    if (unwritable8(addr, perms, pages) == 0) {
      return Atomics.getAndSet(base + addr, value, size);
    }
    return space.slowAtomic(Atomics.SET, addr, value, 0, size);
  }

  /** Ands atomically. */
  public static long getAndAnd(
      long addr, long value, int size, long base, long perms, long pages, AddressSpace space) {
    if (unwritable8(addr, perms, pages) == 0) {
      return Atomics.getAndAnd(base + addr, value, size);
    }
    return space.slowAtomic(Atomics.AND, addr, value, 0, size);
  }

  /** Ors atomically. */
  public static long getAndOr(
      long addr, long value, int size, long base, long perms, long pages, AddressSpace space) {
    if (unwritable8(addr, perms, pages) == 0) {
      return Atomics.getAndOr(base + addr, value, size);
    }
    return space.slowAtomic(Atomics.OR, addr, value, 0, size);
  }

  /** Exclusive-ors atomically. */
  public static long getAndXor(
      long addr, long value, int size, long base, long perms, long pages, AddressSpace space) {
    if (unwritable8(addr, perms, pages) == 0) {
      return Atomics.getAndXor(base + addr, value, size);
    }
    return space.slowAtomic(Atomics.XOR, addr, value, 0, size);
  }

  /** Stores {@code value} if the memory holds {@code expected}, atomically; the old value. */
  public static long compareAndExchange(
      long addr,
      long expected,
      long value,
      int size,
      long base,
      long perms,
      long pages,
      AddressSpace space) {
    return compareAndExchange(
        writableHost(addr, base, perms, pages), addr, expected, value, size, space);
  }

  private static long compareAndExchange(
      long host, long addr, long expected, long value, int size, AddressSpace space) {
    return host != 0
        ? Atomics.compareAndExchange(host, expected, value, size)
        : space.slowAtomic(Atomics.COMPARE, addr, value, expected, size);
  }

  /**
   * CMPXCHG16B: atomic where the host's own instruction can be used (x86-64 Linux with native
   * access); elsewhere among its likes, and each half towards other LOCKed operations.
   *
   * @param addr a multiple of 16
   * @param values expected low and high half, which become the old ones; new low and high half
   * @return whether the memory held the expected value, and was changed
   */
  public static boolean compareAndSwap128(
      long addr, long[] values, long base, long perms, long pages, AddressSpace space) {
    return space.compareAndSwap128(writableHost(addr, base, perms, pages), addr, values);
  }

  // Zero when the page of addr (and those the access reaches) grants the right. Shaped for 35
  // bytecodes.

  static int unreadable(long addr, long perms, long pages) {
    return addr >>> 12 < pages ? ~U.getByte(perms + (addr >>> 12)) & 0x01 : 1;
  }

  static int unreadable2(long addr, long perms, long pages) {
    return unreadable(addr, addr + 1, perms, pages);
  }

  static int unreadable4(long addr, long perms, long pages) {
    return unreadable(addr, addr + 3, perms, pages);
  }

  static int unreadable8(long addr, long perms, long pages) {
    return unreadable(addr, addr + 7, perms, pages);
  }

  static int unwritable2(long addr, long perms, long pages) {
    return unwritable(addr, addr + 1, perms, pages);
  }

  static int unwritable4(long addr, long perms, long pages) {
    return unwritable(addr, addr + 3, perms, pages);
  }

  static int unwritable8(long addr, long perms, long pages) {
    return unwritable(addr, addr + 7, perms, pages);
  }

  static int unwritable16(long addr, long perms, long pages) {
    return unwritable(addr, addr + 15, perms, pages);
  }

  private static int unreadable(long addr, long last, long perms, long pages) {
    return addr >>> 12 < pages ? ~unrefused(perms, addr >>> 12, last >>> 12) & 0x01 : 1;
  }

  private static int unwritable(long addr, long last, long perms, long pages) {
    return addr >>> 12 < pages ? ~unrefused(perms, addr >>> 12, last >>> 12) & 0x02 : 1;
  }

  /** The rights that neither of two pages refuses. */
  private static int unrefused(long perms, long first, long last) {
    return U.getByte(perms + first) & U.getByte(perms + last);
  }

  static int unwritable(long addr, long perms, long pages) {
    return addr >>> 12 < pages ? ~U.getByte(perms + (addr >>> 12)) & 0x02 : 1;
  }

  /** Host address of up to 32 bytes that may be stored to, or 0. */
  static long writableHost(long addr, long base, long perms, long pages) {
    return unwritable(addr, addr + 31, perms, pages) == 0 ? base + addr : 0;
  }

  private static void put128(long host, long lo, long hi) {
    DirectAccess.store64(host, lo);
    DirectAccess.store64(host + 8, hi);
  }

  private static void putQuads(long host, long q0, long q1, long q2, long q3) {
    put128(host, q0, q1);
    put128(host + 16, q2, q3);
  }
}
