package io.rookery.mmu;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The {@link PageShare}s of an address space by page, lent and borrowed ones. Not thread-safe. */
final class ShareTable {
  private static final int CHUNK_SHIFT = 9;
  private static final int CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;

  private final Map<Long, @Nullable PageShare[]> chunks = new HashMap<>();
  private long lastChunk = -1;
  private @Nullable PageShare[] last = new PageShare[0];

  /** The share of a page that is known to have one. */
  PageShare get(long page) {
    return Objects.requireNonNull(chunk(page)[(int) page & CHUNK_MASK]);
  }

  void put(long page, PageShare share) {
    chunk(page)[(int) page & CHUNK_MASK] = share;
  }

  PageShare remove(long page) {
    @Nullable PageShare[] chunk = chunk(page);
    int index = (int) page & CHUNK_MASK;
    PageShare share = Objects.requireNonNull(chunk[index]);
    chunk[index] = null;
    return share;
  }

  void clear() {
    chunks.clear();
    lastChunk = -1;
  }

  private @Nullable PageShare[] chunk(long page) {
    long number = page >>> CHUNK_SHIFT;
    if (number != lastChunk) {
      last = chunks.computeIfAbsent(number, n -> new PageShare[CHUNK_MASK + 1]);
      lastChunk = number;
    }
    return last;
  }
}
