package io.rookery.mmu;

/** Flags of a mapping; the values are Linux's {@code MAP_*} and {@code MREMAP_*}. */
public final class MapFlags {
  /** Stores are seen by everyone who maps or reads the same pages. */
  public static final int SHARED = 0x01;

  /** Stores are private to the address space. */
  public static final int PRIVATE = 0x02;

  /** The mapping grows downwards when the pages below it are touched (a stack). */
  public static final int GROWSDOWN = 0x0100;

  /** No memory is set aside for the mapping; only kept for listings, nothing is ever set aside. */
  public static final int NORESERVE = 0x4000;

  /** {@link AddressSpace#remap}: the mapping may move. */
  public static final int REMAP_MAYMOVE = 1;

  /** {@link AddressSpace#remap}: move to exactly the address given. */
  public static final int REMAP_FIXED = 2;

  /** {@link AddressSpace#remap}: keep the old range mapped, with its contents dropped. */
  public static final int REMAP_DONTUNMAP = 4;

  private MapFlags() {}
}
