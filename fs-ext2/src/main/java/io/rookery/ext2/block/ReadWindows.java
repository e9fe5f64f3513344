package io.rookery.ext2.block;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * How much to fetch where something is missing. Each miss in a region of 8 MiB doubles what the
 * next one there brings in, from 128 KiB to 2 MiB, aligned to that: programs and their libraries
 * are read here and there, but near each other, and each request costs a round trip. Whoever goes
 * through a file from front to back gets the next window before asking for it. Measured for the
 * start of {@code python3} (6.9 MB in 337 reads): 52 requests for 22 MB; windows of 64 KiB take 114
 * requests for 12 MB, of 256 KiB 71 for 19 MB. Not thread-safe.
 */
final class ReadWindows {
  private static final int REGION = 128;
  private static final int FIRST = 2;
  private static final int LARGEST = 32;
  private static final int MAX_AHEADS = 64;

  /**
   * Chunks to fetch: from the first to before the end.
   *
   * @param goesOn whether what is before them was read as well, in so large pieces
   */
  record Window(int first, int end, boolean goesOn) {
    int length() {
      return end - first;
    }
  }

  private final int chunks;
  private final Map<Integer, Integer> misses = new HashMap<>();

  /** First chunk and end of what was fetched ahead. */
  private final Map<Integer, Integer> aheads = new HashMap<>();

  ReadWindows(int chunks) {
    this.chunks = chunks;
  }

  /** What to fetch for a missing chunk, wanted up to another one. */
  Window missed(int chunk, int last, IntPredicate present) {
    int before = misses.merge(chunk / REGION, 1, Integer::sum) - 1;
    int size = Math.min(LARGEST, FIRST << Math.min(before, 8));
    int low = chunk / size * size;
    int high = Math.min(Math.max(low + size, Math.min(last + 1, low + 2 * LARGEST)), chunks);
    int first = chunk;
    while (first > low && !present.test(first - 1)) {
      first--;
    }
    boolean goesOn = size == LARGEST && first > 0 && present.test(first - 1);
    return new Window(first, endOf(chunk, high, present), goesOn);
  }

  private static int endOf(int chunk, int high, IntPredicate present) {
    int end = chunk + 1;
    while (end < high && !present.test(end)) {
      end++;
    }
    return end;
  }

  /** The window that begins there, empty where it is not missing. */
  Window ahead(int chunk, IntPredicate present) {
    if (chunk >= chunks || present.test(chunk)) {
      return new Window(chunk, chunk, false);
    }
    int end = endOf(chunk, Math.min(chunk + LARGEST, chunks), present);
    if (aheads.size() >= MAX_AHEADS) {
      aheads.clear();
    }
    aheads.put(chunk, end);
    return new Window(chunk, end, false);
  }

  /** Where the window ends that begins with this chunk and was fetched ahead, or -1. */
  int endOfAhead(int chunk) {
    Integer end = aheads.isEmpty() ? null : aheads.remove(chunk);
    return end == null ? -1 : end;
  }
}
