package io.rookery.cpu.engine;

import io.rookery.mmu.CodeIdentity;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Translations of unmodified file pages, shared by all address spaces of a VM: a program that is
 * forked or started again is not translated again. Bounded; thread-safe.
 */
final class TranslationCache {
  /** The guest address matters too: translations contain absolute addresses. */
  private record Key(long rip, CodeIdentity page, boolean longMode) {
    // By hand: what records generate is slow until HotSpot has compiled it.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key
          && key.rip == rip
          && key.longMode == longMode
          && key.page.equals(page);
    }

    @Override
    public int hashCode() {
      return Long.hashCode(rip) * 31 + page.hashCode();
    }
  }

  /** About 64 MiB of micro-ops. */
  private static final long MAX_LONGS = 8L << 20;

  private final ConcurrentHashMap<Key, BlockCode> blocks = new ConcurrentHashMap<>();
  private final AtomicLong longs = new AtomicLong();

  @Nullable BlockCode get(long rip, CodeIdentity page, boolean longMode) {
    return blocks.get(new Key(rip, page, longMode));
  }

  void put(long rip, CodeIdentity page, boolean longMode, BlockCode translation) {
    if (longs.addAndGet(translation.code.length) > MAX_LONGS) {
      blocks.clear();
      longs.set(translation.code.length);
    }
    blocks.put(new Key(rip, page, longMode), translation);
  }

  int size() {
    return blocks.size();
  }
}
