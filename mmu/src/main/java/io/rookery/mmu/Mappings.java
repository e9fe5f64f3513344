package io.rookery.mmu;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The mappings of an address space, sorted and disjoint. Not thread-safe. */
final class Mappings {
  /** Linux's default for vm.max_map_count. */
  static final int MAX_COUNT = 65_530;

  private final List<Mapping> sorted;
  private long bytes;

  Mappings() {
    this(new ArrayList<>(), 0);
  }

  private Mappings(List<Mapping> sorted, long bytes) {
    this.sorted = sorted;
    this.bytes = bytes;
  }

  /** The mappings that a child process gets. */
  Mappings inherited() {
    List<Mapping> kept = new ArrayList<>(sorted);
    kept.removeIf(m -> (m.flags() & MapFlags.DONT_FORK) != 0);
    kept.replaceAll(
        m -> (m.flags() & MapFlags.LOCKED) == 0 ? m : m.withFlags(m.flags() & ~MapFlags.LOCKED));
    return new Mappings(kept, kept.stream().mapToLong(Mapping::length).sum());
  }

  long bytes() {
    return bytes;
  }

  int count() {
    return sorted.size();
  }

  List<Mapping> list() {
    return List.copyOf(sorted);
  }

  /** Index of the first mapping that ends above the address. */
  private int indexAbove(long address) {
    int low = 0;
    int high = sorted.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted.get(middle).end() > address) {
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
    return index < sorted.size() ? sorted.get(index) : null;
  }

  /** The last mapping that ends at the address or below. */
  @Nullable Mapping below(long address) {
    int index = indexAbove(address);
    return index > 0 ? sorted.get(index - 1) : null;
  }

  /** The parts of mappings inside a range, in order. */
  List<Mapping> slices(long start, long end) {
    List<Mapping> result = new ArrayList<>();
    for (int i = indexAbove(start); i < sorted.size() && sorted.get(i).start() < end; i++) {
      Mapping m = sorted.get(i);
      result.add(m.slice(Math.max(start, m.start()), Math.min(end, m.end())));
    }
    return result;
  }

  boolean covers(long start, long end) {
    long next = start;
    for (int i = indexAbove(start); i < sorted.size() && next < end; i++) {
      if (sorted.get(i).start() > next) {
        return false;
      }
      next = sorted.get(i).end();
    }
    return next >= end;
  }

  boolean isFree(long start, long end) {
    int index = indexAbove(start);
    return index == sorted.size() || sorted.get(index).start() >= end;
  }

  /** Removes a range; returns the parts that were there. */
  List<Mapping> remove(long start, long end) {
    List<Mapping> removed = slices(start, end);
    if (removed.isEmpty()) {
      return removed;
    }
    int first = indexAbove(start);
    int behind = first + removed.size();
    Mapping head = sorted.get(first);
    Mapping tail = sorted.get(behind - 1);
    List<Mapping> range = sorted.subList(first, behind);
    range.clear();
    if (head.start() < start) {
      range.add(head.slice(head.start(), start));
    }
    if (tail.end() > end) {
      range.add(tail.slice(end, tail.end()));
    }
    for (Mapping m : removed) {
      bytes -= m.length();
    }
    return removed;
  }

  /** Adds a mapping to a free range, joined with its neighbours where they continue each other. */
  void add(Mapping added) {
    int index = indexAbove(added.start());
    Mapping joined = added;
    if (index < sorted.size() && continues(joined, sorted.get(index))) {
      joined = join(joined, sorted.remove(index));
    }
    if (index > 0 && continues(sorted.get(index - 1), joined)) {
      index--;
      joined = join(sorted.remove(index), joined);
    }
    sorted.add(index, joined);
    bytes += added.length();
  }

  private static boolean continues(Mapping low, Mapping high) {
    return low.end() == high.start()
        && low.protection() == high.protection()
        && low.flags() == high.flags()
        && low.comesFrom(high.source())
        && (low.source() == null || low.offset() + low.length() == high.offset())
        && Objects.equals(low.tag(), high.tag());
  }

  private static Mapping join(Mapping low, Mapping high) {
    return new Mapping(
        low.start(),
        high.end(),
        low.protection(),
        low.flags(),
        low.source(),
        low.offset(),
        low.tag());
  }

  /** The highest free range of a length between two bounds; its start, or -1. */
  long highestGap(long low, long high, long length) {
    long ceiling = high;
    int i = indexAbove(high - 1);
    if (i < sorted.size()) {
      ceiling = Math.min(high, sorted.get(i).start());
    }
    while (ceiling - low >= length) {
      i--;
      long floor = i >= 0 ? Math.max(low, sorted.get(i).end()) : low;
      if (ceiling - floor >= length) {
        return ceiling - length;
      }
      if (i < 0) {
        return -1;
      }
      ceiling = sorted.get(i).start();
    }
    return -1;
  }
}
