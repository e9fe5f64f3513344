package io.rookery.cpu.engine;

import io.rookery.mmu.CodeIdentity;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Translations of unmodified file pages, shared by all address spaces of a VM: a program that is
 * forked or started again is not translated again. Bounded; thread-safe.
 */
final class TranslationCache {
  /** The guest address matters too: translations contain absolute addresses. */
  private record Key(long address, CodeIdentity page, boolean longMode) {
    // By hand: what records generate is slow until HotSpot has compiled it.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key
          && key.address == address
          && key.longMode == longMode
          && key.page.equals(page);
    }

    @Override
    public int hashCode() {
      return Long.hashCode(address) * 31 + page.hashCode();
    }
  }

  /** About 64 MiB of micro-ops. */
  private static final long MAX_LONGS = 8L << 20;

  private final ConcurrentHashMap<Key, OffsetTable<BlockCode>> pages = new ConcurrentHashMap<>();
  private final AtomicLong longs = new AtomicLong();
  private final AtomicInteger blocks = new AtomicInteger();

  /** The translations of the page at {@code address}, by the address of their first byte. */
  OffsetTable<BlockCode> page(long address, CodeIdentity page, boolean longMode) {
    return pages.computeIfAbsent(new Key(address, page, longMode), key -> new OffsetTable<>());
  }

  /** Adds a translation to a page of this cache. */
  void put(OffsetTable<BlockCode> page, long rip, BlockCode translation) {
    if (longs.addAndGet(translation.code.length) > MAX_LONGS) {
      pages.clear();
      blocks.set(0);
      longs.set(translation.code.length);
    }
    blocks.incrementAndGet();
    page.put(rip, translation);
  }

  int size() {
    return blocks.get();
  }
}
