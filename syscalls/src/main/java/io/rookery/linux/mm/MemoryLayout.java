package io.rookery.linux.mm;

import org.jspecify.annotations.Nullable;

/**
 * Where things lie in a process. Everything that is used much lies in the address space's window;
 * addresses are the same in every process, there is no randomisation.
 *
 * @param heap first heap address of programs that have no fixed address themselves
 * @param images start of the zone of position-independent programs and libraries
 * @param imagesEnd end of that zone
 * @param stackTop end of the main stack
 */
public record MemoryLayout(long heap, long images, long imagesEnd, long stackTop) {
  /** The most that the main stack may grow to. */
  public static final long STACK_MAXIMUM = 1L << 30;

  /** Unmapped pages that stay between the stack and the mappings below it. */
  public static final long STACK_GAP = 1L << 20;

  /** Addresses below are never mapped without being asked for (vm.mmap_min_addr). */
  public static final long LOWEST = 0x10000;

  /** Size of a 32-bit program's window, as a power of two. */
  public static final int WINDOW_BITS_32 = 32;

  /** End of a 32-bit program's addresses (IA32_PAGE_OFFSET). */
  public static final long LIMIT_32 = 0xffffe000L;

  /** The page with a 32-bit program's signal trampolines. */
  public static final long TRAMPOLINES_32 = 0xf7fff000L;

  private static final MemoryLayout FULL_32 =
      new MemoryLayout(0x57000000L, 0xe0000000L, 0xf7000000L, LIMIT_32);

  // By hand: making what records do themselves takes a JVM 15 ms of its start.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof MemoryLayout layout
        && layout.heap == heap
        && layout.images == images
        && layout.imagesEnd == imagesEnd
        && layout.stackTop == stackTop;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(images) * 31 + Long.hashCode(stackTop);
  }

  /** The layout of a 32-bit program; compact if the window has not all of its addresses. */
  public static MemoryLayout of32(long windowBytes) {
    return windowBytes >= LIMIT_32 ? FULL_32 : of(windowBytes);
  }

  /** A layout that leaves out the shadow that AddressSanitizer keeps, from 0x7fff7000 on. */
  public static final MemoryLayout BELOW_SHADOW = of(1L << 31);

  /** The layout of an address space whose window has this many bytes. */
  public static MemoryLayout of(long windowBytes) {
    long w = windowBytes;
    return new MemoryLayout(w / 16, w / 4, w / 2, w - 0x10000);
  }

  /** The address below which mmap(2) searches, under a given RLIMIT_STACK. */
  public long mappingBase(long stackLimit) {
    long room = Math.min(Math.min(stackLimit, STACK_MAXIMUM), (stackTop - imagesEnd) / 4);
    return (stackTop - Math.max(room, 1L << 20) - STACK_GAP) & -4096L;
  }
}
