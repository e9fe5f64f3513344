package io.rookery.linux.mm;

import io.rookery.mmu.PageSource;
import java.util.HashMap;
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

  private final Map<MemoryLayout, Zone> zones = new HashMap<>();

  /** The files of one layout. */
  private static final class Zone {
    final Map<PageSource, Long> addresses = new WeakHashMap<>();
    long next; // offset in the zone
  }

  /**
   * The preferred address of a file, or 0 when the zone is full.
   *
   * @param length bytes that its image takes
   * @param alignment a power of two
   */
  public synchronized long preferred(
      PageSource file, long length, long alignment, MemoryLayout layout) {
    Zone zone = zones.computeIfAbsent(layout, key -> new Zone());
    Long known = zone.addresses.get(file);
    if (known == null) {
      long size = layout.imagesEnd() - layout.images();
      long align = Math.max(alignment, ALIGNMENT);
      long offset = (zone.next + align - 1) & -align;
      if (length < 0 || align > size || length > size - offset) {
        return 0;
      }
      zone.next = (offset + length + ALIGNMENT - 1) & -ALIGNMENT;
      known = layout.images() + offset;
      zone.addresses.put(file, known);
    }
    return known;
  }
}
