package io.rookery.linux.mm;

import io.rookery.mmu.PageSource;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * The one preferred load address of each program and library in a VM, so that translations of
 * position-dependent code can be shared by all processes. Thread-safe.
 */
public final class ImageAddresses {
  /** Nothing placed yet. */
  public ImageAddresses() {}

  private static final long ALIGNMENT = 1L << 16;

  private final Map<PageSource, Long> addresses = new WeakHashMap<>();
  private long next; // offset in the zone

  /**
   * The preferred address of a file, or 0 when the zone is full.
   *
   * @param length bytes that its image takes
   * @param alignment a power of two
   */
  public synchronized long preferred(
      PageSource file, long length, long alignment, MemoryLayout layout) {
    Long known = addresses.get(file);
    if (known == null) {
      long zone = layout.imagesEnd() - layout.images();
      long align = Math.max(alignment, ALIGNMENT);
      long offset = (next + align - 1) & -align;
      if (length < 0 || align > zone || length > zone - offset) {
        return 0;
      }
      next = (offset + length + ALIGNMENT - 1) & -ALIGNMENT;
      known = layout.images() + offset;
      addresses.put(file, known);
    }
    return known;
  }
}
