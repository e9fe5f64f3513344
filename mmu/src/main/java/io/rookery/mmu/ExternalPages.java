package io.rookery.mmu;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The {@link ExternalPage}s of an address space. Changed under its lock; {@link #find} needs none:
 * what it answers stays usable until the calling thread's next poll.
 */
final class ExternalPages {
  private static final int CACHE_SIZE = 1024;

  private final NavigableMap<Long, ExternalPage> pages = new TreeMap<>();
  private @Nullable ExternalPage[] cache = new ExternalPage[0];

  /** The page if it was used lately; a miss means nothing. */
  @Nullable ExternalPage find(long page) {
    @Nullable ExternalPage[] current = cache;
    if (current.length == 0) {
      return null;
    }
    ExternalPage found = current[slot(page)];
    return found != null && found.page() == page ? found : null;
  }

  private static int slot(long page) {
    return (int) (page ^ page >>> 10) & CACHE_SIZE - 1;
  }

  /** The page, which is remembered for {@link #find}. */
  @Nullable ExternalPage get(long page) {
    ExternalPage found = pages.get(page);
    if (found != null) {
      remember(found);
    }
    return found;
  }

  private void remember(ExternalPage page) {
    if (cache.length == 0) {
      cache = new ExternalPage[CACHE_SIZE];
    }
    cache[slot(page.page())] = page;
  }

  /** Adds or replaces a page; returns what was there. */
  @Nullable ExternalPage put(ExternalPage page) {
    remember(page);
    return pages.put(page.page(), page);
  }

  @Nullable ExternalPage remove(long page) {
    ExternalPage removed = pages.remove(page);
    if (removed != null && find(page) != null) {
      cache[slot(page)] = null;
    }
    return removed;
  }

  /** The pages with numbers in a range, as a copy. */
  List<ExternalPage> in(long from, long to) {
    return pages.isEmpty() ? List.of() : new ArrayList<>(pages.subMap(from, to).values());
  }

  int size() {
    return pages.size();
  }
}
