package io.rookery.mmu;

import static io.rookery.mmu.Host.U;

/**
 * {@link Access} without fences, for processes with a single thread and no shared memory. Stores
 * and loads may be reordered and merged as Java's memory model allows between unsynchronised
 * threads.
 */
@SuppressWarnings("removal") // sun.misc.Unsafe, see Host
public final class PlainAccess {
  private PlainAccess() {}

  /** Loads 1 byte, zero-extended. */
  public static long load8(long addr, long base, long perms, long pages, AddressSpace space) {
    if (Access.unreadable(addr, perms, pages) == 0) {
      return get8(base + addr);
    }
    return space.slow.load(addr, 1);
  }

  /** Loads 2 bytes, zero-extended. */
  public static long load16(long addr, long base, long perms, long pages, AddressSpace space) {
    if (Access.unreadable2(addr, perms, pages) == 0) {
      return get16(base + addr);
    }
    return space.slow.load(addr, 2);
  }

  /** Loads 4 bytes, zero-extended. */
  public static long load32(long addr, long base, long perms, long pages, AddressSpace space) {
    if (Access.unreadable4(addr, perms, pages) == 0) {
      return get32(base + addr);
    }
    return space.slow.load(addr, 4);
  }

  /** Loads 8 bytes. */
  public static long load64(long addr, long base, long perms, long pages, AddressSpace space) {
    if (Access.unreadable8(addr, perms, pages) == 0) {
      return get64(base + addr);
    }
    return space.slow.load(addr, 8);
  }

  /** Stores the low 1 byte. */
  public static void store8(
      long addr, long value, long base, long perms, long pages, AddressSpace space) {
    if (Access.unwritable(addr, perms, pages) == 0) {
      put8(base + addr, value);
    } else {
      space.slow.store(addr, value, 1);
    }
  }

  /** Stores the low 2 bytes. */
  public static void store16(
      long addr, long value, long base, long perms, long pages, AddressSpace space) {
    if (Access.unwritable2(addr, perms, pages) == 0) {
      put16(base + addr, value);
    } else {
      space.slow.store(addr, value, 2);
    }
  }

  /** Stores the low 4 bytes. */
  public static void store32(
      long addr, long value, long base, long perms, long pages, AddressSpace space) {
    if (Access.unwritable4(addr, perms, pages) == 0) {
      put32(base + addr, value);
    } else {
      space.slow.store(addr, value, 4);
    }
  }

  /** Stores 8 bytes. */
  public static void store64(
      long addr, long value, long base, long perms, long pages, AddressSpace space) {
    if (Access.unwritable8(addr, perms, pages) == 0) {
      put64(base + addr, value);
    } else {
      space.slow.store(addr, value, 8);
    }
  }

  /** Stores 16 bytes, all or (on a fault) none; not atomic. */
  public static void store128(
      long addr, long lo, long hi, long base, long perms, long pages, AddressSpace space) {
    if (Access.unwritable16(addr, perms, pages) == 0) {
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
    put256(Access.writableHost(addr, base, perms, pages), space, addr, q0, q1, q2, q3);
  }

  private static void put256(
      long host, AddressSpace space, long addr, long q0, long q1, long q2, long q3) {
    if (host != 0) {
      putQuads(host, q0, q1, q2, q3);
    } else {
      space.slowStore256(addr, q0, q1, q2, q3);
    }
  }

  private static long get8(long host) {
    return U.getByte(host) & 0xff;
  }

  private static long get16(long host) {
    return U.getShort(host) & 0xffff;
  }

  private static long get32(long host) {
    return U.getInt(host) & 0xffff_ffffL;
  }

  private static long get64(long host) {
    return U.getLong(host);
  }

  private static void put8(long host, long value) {
    U.putByte(host, (byte) value);
  }

  private static void put16(long host, long value) {
    U.putShort(host, (short) value);
  }

  private static void put32(long host, long value) {
    U.putInt(host, (int) value);
  }

  private static void put64(long host, long value) {
    U.putLong(host, value);
  }

  private static void put128(long host, long lo, long hi) {
    put64(host, lo);
    put64(host + 8, hi);
  }

  private static void putQuads(long host, long q0, long q1, long q2, long q3) {
    put128(host, q0, q1);
    put128(host + 16, q2, q3);
  }
}
