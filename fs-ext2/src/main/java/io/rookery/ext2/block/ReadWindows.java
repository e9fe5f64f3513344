package io.rookery.ext2.block;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * How much to fetch where something is missing: 128 KiB, aligned to that. Programs and their
 * libraries are read here and there, but near each other, and each request costs a round trip: from
 * the second miss in a region on, the rest of it is fetched while the caller goes on. A region has
 * 2 MiB, the first one 8: there are the tables of an ext2 volume's first group, and what was
 * written first. Behind a region that was missed before, what follows is fetched as well; whoever
 * gets there has twice as much on its way.
 *
 * <p>Measured with the start of {@code python3} from a server that answers after 20 ms, on an image
 * of the image builder's (medians of 7, interleaved): 23.2 MB and 3.8 s, of which a local file
 * takes 3.0; with windows that double with each miss in a region 28.0 MB and 4.1 s. Not
 * thread-safe.
 */
final class ReadWindows {
  private static final int WINDOW = 2;
  private static final int LARGEST = 32;
  private static final int FRONT = 128;
  private static final int REGION = 32;
  private static final int MAX_AHEADS = 64;

  /** Chunks from the first to before the end. */
  record Range(int first, int end) {
    int length() {
      return end - first;
    }
  }

  /**
   * What to fetch at once, and meanwhile.
   *
   * @param behind how many chunks to fetch behind it
   * @param region what to fetch as far as it is missing; empty for nothing
   */
  record Window(Range range, int behind, Range region) {}

  private static final Range NOTHING = new Range(0, 0);

  private final int chunks;
  private final Map<Range, Misses> misses = new HashMap<>();

  /**
   * The misses in a region.
   *
   * @param count how many there were, but for those that go on where the one before ended
   * @param end where the last one's range ended
   */
  private record Misses(int count, int end) {}

  /** What was fetched ahead and not reached yet, by first chunk. */
  private final Map<Integer, Window> aheads = new HashMap<>();

  ReadWindows(int chunks) {
    this.chunks = chunks;
  }

  /** What to fetch for a missing chunk, wanted up to another one. */
  Window missed(int chunk, int last, IntPredicate present) {
    Range region = region(chunk);
    Misses before = misses.getOrDefault(region, new Misses(0, -1));
    int low = chunk / WINDOW * WINDOW;
    int high = Math.min(Math.max(low + WINDOW, Math.min(last + 1, low + 2 * LARGEST)), chunks);
    int first = chunk;
    while (first > low && !present.test(first - 1)) {
      first--;
    }
    Range range = new Range(first, endOf(chunk, high, present));
    boolean goesOn = chunk == before.end;
    int count = before.count + (goesOn ? 0 : 1);
    misses.put(region, new Misses(count, range.end));
    int behind = before.count == 0 ? 0 : WINDOW;
    return new Window(range, behind, count == 2 && !goesOn ? region : NOTHING);
  }

  private Range region(int chunk) {
    int first = chunk < FRONT ? 0 : chunk / REGION * REGION;
    return new Range(first, Math.min(first + (chunk < FRONT ? FRONT : REGION), chunks));
  }

  private static int endOf(int chunk, int high, IntPredicate present) {
    int end = chunk + 1;
    while (end < high && !present.test(end)) {
      end++;
    }
    return end;
  }

  /** What is missing from a chunk on, at most so much; empty where that one is not. */
  Range missing(int chunk, int size, IntPredicate present) {
    if (size == 0 || chunk >= chunks || present.test(chunk)) {
      return new Range(chunk, chunk);
    }
    return new Range(chunk, endOf(chunk, Math.min(chunk + size, chunks), present));
  }

  /** The same, to be asked about by {@link #reached}. */
  Range ahead(int chunk, int size, IntPredicate present) {
    Range range = missing(chunk, size, present);
    if (range.length() == 0) {
      return range;
    }
    if (aheads.size() >= MAX_AHEADS) {
      aheads.clear();
    }
    aheads.put(chunk, new Window(range, Math.min(LARGEST, 2 * size), NOTHING));
    return range;
  }

  /** What was fetched ahead and begins with this chunk, which is read now; null for all others. */
  @Nullable Window reached(int chunk) {
    return aheads.isEmpty() ? null : aheads.remove(chunk);
  }
}
