package io.rookery.mmu;

import java.util.ArrayList;
import java.util.List;

/** What an operation took away, to be let go when no thread can reach it any more. */
final class Retired {
  private record Unmapped(PageSource source, long pages) {}

  private final List<ExternalPage> external = new ArrayList<>();
  private final List<Unmapped> unmapped = new ArrayList<>();
  private long chargedPages;
  private boolean storable;
  private boolean code;
  private long start = Long.MAX_VALUE;
  private long end;
  private long epoch;

  /** A page of the window; {@code lateStores} tells that a thread may be about to store to it. */
  void addWindowPage(boolean lateStores) {
    chargedPages++;
    storable |= lateStores;
  }

  void addExternal(ExternalPage page) {
    external.add(page);
    code |= page.code();
  }

  void addUnmapped(PageSource source, long pages) {
    unmapped.add(new Unmapped(source, pages));
  }

  void addCode() {
    code = true;
  }

  /** Guest addresses that must not be used again before the release. */
  void addRange(long from, long to) {
    start = Math.min(start, from);
    end = Math.max(end, to);
  }

  boolean code() {
    return code;
  }

  boolean lateStores() {
    return storable;
  }

  boolean isEmpty() {
    return chargedPages == 0 && external.isEmpty() && unmapped.isEmpty();
  }

  long size() {
    return chargedPages + external.size();
  }

  boolean overlaps(long from, long to) {
    return storable && start < to && from < end;
  }

  long start() {
    return start;
  }

  void setEpoch(long value) {
    epoch = value;
  }

  long epoch() {
    return epoch;
  }

  /** Lets everything go. Call without locks: page sources have their own. */
  void release(MemoryPool pool) {
    pool.uncharge(chargedPages);
    for (ExternalPage page : external) {
      release(page);
    }
    for (Unmapped part : unmapped) {
      part.source().unmapped(part.pages());
    }
  }

  private static void release(ExternalPage page) {
    PageSource source = page.pinnedBy();
    if (source == null) {
      page.frame().release();
      return;
    }
    if (page.pinnedForWrite()) {
      source.dirtied(page.frame());
    }
    source.unpin(page.frame());
  }
}
