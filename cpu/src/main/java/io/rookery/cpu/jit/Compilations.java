package io.rookery.cpu.jit;

import io.rookery.mmu.AddressSpace;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How often code at the same place was compiled, for the latest places. For one thread that counts,
 * and any that ask.
 */
final class Compilations {
  private static final int MAX_PLACES = 1 << 16;

  private record Place(int space, long rip) {
    // By hand: what records generate is slow until HotSpot has compiled it.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Place place && place.space == space && place.rip == rip;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(rip) * 31 + space;
    }
  }

  private final Map<Place, Integer> counts =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Integer> eldest) {
          return size() > MAX_PLACES;
        }
      };

  private volatile int most;

  /** A unit was made that begins at {@code rip}. */
  void count(AddressSpace space, long rip) {
    int times = counts.merge(new Place(System.identityHashCode(space), rip), 1, Integer::sum);
    most = Math.max(most, times);
  }

  /** The highest count of any place. */
  int most() {
    return most;
  }
}
