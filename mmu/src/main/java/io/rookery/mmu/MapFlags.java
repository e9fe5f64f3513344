package io.rookery.mmu;

/**
 * Flags of a mapping; the values are Linux's {@code MAP_*} and {@code MREMAP_*}, but for those
 * about fork(2), which Linux has none for.
 */
public final class MapFlags {
  /** Stores are seen by everyone who maps or reads the same pages. */
  public static final int SHARED = 0x01;

  /** Stores are private to the address space. */
  public static final int PRIVATE = 0x02;

  /** The mapping grows downwards when the pages below it are touched (a stack). */
  public static final int GROWSDOWN = 0x0100;

  /** No memory is set aside for the mapping; only kept for listings, nothing is ever set aside. */
  public static final int NORESERVE = 0x4000;

  /** A child process does not get the mapping; see {@link AddressSpace#setFlag}. */
  public static final int DONT_FORK = 0x0100_0000;

  /** A child process gets the mapping with zeroed pages; private anonymous memory only. */
  public static final int WIPE_ON_FORK = 0x0200_0000;

  /** The pages are locked in memory; a child process gets the mapping without. Only kept. */
  public static final int LOCKED = 0x2000;

  /** {@link AddressSpace#remap}: the mapping may move. */
  public static final int REMAP_MAYMOVE = 1;

  /** {@link AddressSpace#remap}: move to exactly the address given. */
  public static final int REMAP_FIXED = 2;

  /** {@link AddressSpace#remap}: keep the old range mapped, with its contents dropped. */
  public static final int REMAP_DONTUNMAP = 4;

  private MapFlags() {}
}
