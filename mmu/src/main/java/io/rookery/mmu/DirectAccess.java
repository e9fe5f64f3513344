package io.rookery.mmu;

import static io.rookery.mmu.Host.U;

/**
 * Guest memory for code that tests page rights itself: what {@link Access} does in one, in two
 * steps. A test holds until the thread's next poll, call out of translated code, or slow path.
 *
 * <p>Memory order is x86's, as in {@link Access}. Every method stays within 35 bytecodes.
 */
@SuppressWarnings("removal") // sun.misc.Unsafe, see Host
public final class DirectAccess {
  /** Rights to test for, one at a time. */
  public static final int READ = 1;

  public static final int WRITE = 2;

  /** Times a right: the right for up to a granule's length of bytes from any address on. */
  public static final int AND_BEYOND = 16;

  /** Log2 of the bytes of a granule. */
  public static final int GRANULE_SHIFT = 8;

  /** Bytes of a granule. */
  public static final int GRANULE = 1 << GRANULE_SHIFT;

  /** Granules of a page of 4096 bytes. */
  public static final int GRANULES_PER_PAGE = 4096 / GRANULE;

  private DirectAccess() {}

  /**
   * Not zero if all bytes from {@code first} to {@code last}, on one page or two adjacent ones,
   * grant {@code right}. What may be stored to may be loaded from.
   *
   * @param perms {@link AddressSpace#perms}
   * @param pages {@link AddressSpace#pages}
   */
  public static int granted(long first, long last, int right, long perms, long pages) {
    return first >>> 12 < pages ? both(perms, first >>> 12, last >>> 12) & right : 0;
  }

  private static int both(long perms, long first, long last) {
    return U.getByte(perms + first) & U.getByte(perms + last);
  }

  // In front of the window is a table of a byte for each granule.

  /**
   * Not zero if the byte at {@code address} grants {@code right}, or, for a right times {@link
   * #AND_BEYOND}, all of the {@link #GRANULE} bytes from there on. One look where {@link #granted}
   * takes two; at the end of a mapping, less than a granule from what does not grant the right, it
   * is zero although fewer bytes may be accessed.
   *
   * @param base {@link AddressSpace#base}
   * @param granules {@link AddressSpace#pages} times {@link #GRANULES_PER_PAGE}
   */
  public static int reaches(long address, int right, long base, long granules) {
    return address >>> GRANULE_SHIFT < granules
        ? U.getByte(base + (address >>> GRANULE_SHIFT) - granules) & right
        : 0;
  }

  /**
   * Not zero if all bytes from {@code first} to {@code last}, no more than a page's size, grant
   * {@code right}.
   *
   * @param base {@link AddressSpace#base}
   * @param granules {@link AddressSpace#pages} times {@link #GRANULES_PER_PAGE}
   */
  public static int reaches(long first, long last, int right, long base, long granules) {
    return (first | last) >>> GRANULE_SHIFT < granules // a power of two
        ? bothGranules(base - granules, first, last) & right
        : 0;
  }

  private static int bothGranules(long table, long first, long last) {
    return both(table, first >>> GRANULE_SHIFT, last >>> GRANULE_SHIFT);
  }

  /** As {@link #granted(long, long, int, long, long)} for one byte. */
  public static int granted(long addr, int right, long perms, long pages) {
    return addr >>> 12 < pages ? U.getByte(perms + (addr >>> 12)) & right : 0;
  }

  // The rest takes host addresses: guest address plus AddressSpace.base.

  /** Loads 1 byte, zero-extended. */
  public static long load8(long host) {
    long value = U.getByte(host) & 0xff;
    U.loadFence();
    return value;
  }

  /** Loads 2 bytes, zero-extended. */
  public static long load16(long host) {
    long value = U.getShort(host) & 0xffff;
    U.loadFence();
    return value;
  }

  /** Loads 4 bytes, zero-extended. */
  public static long load32(long host) {
    long value = U.getInt(host) & 0xffff_ffffL;
    U.loadFence();
    return value;
  }

  /** Loads 8 bytes. */
  public static long load64(long host) {
    long value = U.getLong(host);
    U.loadFence();
    return value;
  }

  /** Stores the low byte. */
  public static void store8(long host, long value) {
    U.storeFence();
    U.putByte(host, (byte) value);
  }

  /** Stores the low 2 bytes. */
  public static void store16(long host, long value) {
    U.storeFence();
    U.putShort(host, (short) value);
  }

  /** Stores the low 4 bytes. */
  public static void store32(long host, long value) {
    U.storeFence();
    U.putInt(host, (int) value);
  }

  /** Stores 8 bytes. */
  public static void store64(long host, long value) {
    U.storeFence();
    U.putLong(host, value);
  }

  /** Copies {@code bytes} bytes, in any order; the ranges may overlap. */
  public static void copy(long from, long to, long bytes) {
    U.storeFence();
    U.copyMemory(from, to, bytes);
    U.loadFence();
  }

  /** Stores {@code bytes} bytes of a pattern of 8 bytes, in any order. */
  public static void fill(long host, long pattern, long bytes) {
    U.storeFence();
    long end = host + (bytes & -8);
    for (long at = host; at < end; at += 8) {
      U.putLong(at, pattern);
    }
    for (long i = 0; i < (bytes & 7); i++) {
      U.putByte(end + i, (byte) (pattern >>> 8 * i));
    }
  }
}
