package io.rookery.tcpip.nat;

import io.rookery.tcpip.address.IpAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** By which names a guest found addresses. Thread-safe. */
final class LearnedNames {
  private static final int MOST_ADDRESSES = 4096;
  private static final int MOST_NAMES = 16; // of one address
  private static final long LIFETIME = TimeUnit.HOURS.toNanos(1); // programs keep addresses

  private final Map<IpAddress, Map<String, Long>> byAddress =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<IpAddress, Map<String, Long>> eldest) {
          return size() > MOST_ADDRESSES;
        }
      };

  synchronized void learn(String name, Iterable<IpAddress> addresses) {
    long now = System.nanoTime();
    for (IpAddress address : addresses) {
      Map<String, Long> names =
          byAddress.computeIfAbsent(SpecialAddresses.effective(address), _ -> new HashMap<>(2));
      names.values().removeIf(at -> now - at > LIFETIME);
      if (names.size() < MOST_NAMES || names.containsKey(name)) {
        names.put(name, now);
      }
    }
  }

  synchronized Set<String> of(IpAddress effective) {
    Map<String, Long> names = byAddress.get(effective);
    if (names == null) {
      return Set.of();
    }
    long now = System.nanoTime();
    names.values().removeIf(at -> now - at > LIFETIME);
    return Set.copyOf(names.keySet());
  }
}
