package io.rookery.mmu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The mappings of an address space, sorted and disjoint. Not thread-safe. */
final class Mappings {
  /** Linux's default for vm.max_map_count. */
  static final int MAX_COUNT = 65_530;

  private Mapping[] sorted;
  private int count;
  private long bytes;

  Mappings() {
    sorted = new Mapping[16];
  }

  private Mappings(Mapping[] sorted, int count, long bytes) {
    this.sorted = sorted;
    this.count = count;
    this.bytes = bytes;
  }

  Mappings copy() {
    return new Mappings(Arrays.copyOf(sorted, Math.max(count, 16)), count, bytes);
  }

  long bytes() {
    return bytes;
  }

  int count() {
    return count;
  }

  List<Mapping> list() {
    return List.of(Arrays.copyOf(sorted, count));
  }

  /** Index of the first mapping that ends above the address. */
  private int indexAbove(long address) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = low + high >>> 1;
      if (sorted[middle].end() > address) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  @Nullable Mapping at(long address) {
    Mapping above = atOrAbove(address);
    return above != null && above.start() <= address ? above : null;
  }

  /** The first mapping that ends above the address. */
  @Nullable Mapping atOrAbove(long address) {
    int index = indexAbove(address);
    return index < count ? sorted[index] : null;
  }

  /** The last mapping that ends at the address or below. */
  @Nullable Mapping below(long address) {
    int index = indexAbove(address);
    return index > 0 ? sorted[index - 1] : null;
  }

  /** The parts of mappings inside a range, in order. */
  List<Mapping> slices(long start, long end) {
    List<Mapping> result = new ArrayList<>();
    for (int i = indexAbove(start); i < count && sorted[i].start() < end; i++) {
      Mapping m = sorted[i];
      result.add(m.slice(Math.max(start, m.start()), Math.min(end, m.end())));
    }
    return result;
  }

  boolean covers(long start, long end) {
    long next = start;
    for (int i = indexAbove(start); i < count && next < end; i++) {
      if (sorted[i].start() > next) {
        return false;
      }
      next = sorted[i].end();
    }
    return next >= end;
  }

  /** Removes a range; returns the parts that were there. */
  List<Mapping> remove(long start, long end) {
    List<Mapping> removed = slices(start, end);
    if (removed.isEmpty()) {
      return removed;
    }
    int first = indexAbove(start);
    int behind = indexAbove(end - 1);
    if (behind < count && sorted[behind].start() < end) {
      behind++;
    }
    Mapping head = sorted[first].start() < start ? sorted[first].slice(sorted[first].start(), start) : null;
    Mapping last = sorted[behind - 1];
    Mapping tail = last.end() > end ? last.slice(end, last.end()) : null;
    int kept = (head == null ? 0 : 1) + (tail == null ? 0 : 1);
    splice(first, behind, kept);
    if (head != null) {
      sorted[first] = head;
    }
    if (tail != null) {
      sorted[first + kept - 1] = tail;
    }
    for (Mapping m : removed) {
      bytes -= m.length();
    }
    return removed;
  }

  /** Adds a mapping to a free range, joined with its neighbours where they continue each other. */
  void add(Mapping added) {
    int index = indexAbove(added.start());
    int from = index;
    int to = index;
    Mapping joined = added;
    if (index > 0 && continues(sorted[index - 1], joined)) {
      from--;
      joined = join(sorted[from], joined);
    }
    if (index < count && continues(joined, sorted[index])) {
      joined = join(joined, sorted[index]);
      to++;
    }
    splice(from, to, 1);
    sorted[from] = joined;
    bytes += added.length();
  }

  private static boolean continues(Mapping low, Mapping high) {
    return low.end() == high.start()
        && low.protection() == high.protection()
        && low.flags() == high.flags()
        && low.source() == high.source()
        && (low.source() == null || low.offset() + low.length() == high.offset())
        && Objects.equals(low.tag(), high.tag());
  }

  private static Mapping join(Mapping low, Mapping high) {
    return new Mapping(
        low.start(), high.end(), low.protection(), low.flags(), low.source(), low.offset(), low.tag());
  }

  private void splice(int from, int to, int inserted) {
    int grown = count + inserted - (to - from);
    if (grown > sorted.length) {
      sorted = Arrays.copyOf(sorted, Math.max(grown, 2 * sorted.length));
    }
    System.arraycopy(sorted, to, sorted, from + inserted, count - to);
    for (int i = grown; i < count; i++) {
      sorted[i] = null;
    }
    count = grown;
  }

  /** The highest free range of a length between two bounds; its start, or -1. */
  long highestGap(long low, long high, long length) {
    long ceiling = high;
    int i = indexAbove(high - 1);
    if (i < count && sorted[i].start() < high) {
      ceiling = sorted[i].start();
    }
    while (ceiling - low >= length) {
      i--;
      long floor = i >= 0 ? Math.max(low, sorted[i].end()) : low;
      if (ceiling - floor >= length) {
        return ceiling - length;
      }
      if (i < 0) {
        return -1;
      }
      ceiling = sorted[i].start();
    }
    return -1;
  }

  boolean isFree(long start, long end) {
    int index = indexAbove(start);
    return index == count || sorted[index].start() >= end;
  }
}
