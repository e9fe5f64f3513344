package io.rookery;

import io.rookery.tcpip.link.PacketSink;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A switch by name: the first guest makes it, the last one ends it. */
final class SwitchNetwork extends Network {
  private static final Map<String, SwitchHub> HUBS = new HashMap<>();

  /** Networks of higher numbers are those of switches that JVMs share. */
  static final int MOST_HUBS = 120;

  private final String name;

  SwitchNetwork(String name) {
    this.name = name;
  }

  @Override
  boolean namesOfItsOwnOnly() {
    return true;
  }

  @Override
  Joined join(Guest guest) {
    synchronized (HUBS) {
      SwitchHub hub =
          HUBS.computeIfAbsent(
              name, n -> new SwitchHub(n, freeNumber(), SwitchHub.FIRST_GUEST - 1));
      Joined joined;
      try {
        joined = hub.join(guest, 0);
      } catch (RuntimeException e) {
        leave(hub);
        throw e;
      }
      PacketSink port = joined.sink();
      return new Joined(
          new ClosingSink(
              port,
              () -> {
                synchronized (HUBS) {
                  hub.left(joined);
                  leave(hub);
                }
              }),
          joined.addresses(),
          joined.gateways(),
          joined.nameServers());
    }
  }

  private void leave(SwitchHub hub) {
    if (hub.isEmpty()) {
      HUBS.remove(name);
      hub.close();
    }
  }

  /** Two switches never share addresses, since one guest may be on both. */
  private static int freeNumber() {
    Set<Integer> taken = new TreeSet<>();
    HUBS.values().forEach(hub -> taken.add(hub.number()));
    int number = 1;
    while (taken.contains(number)) {
      number++;
    }
    if (number > MOST_HUBS) {
      throw new VmException("more than " + MOST_HUBS + " switches");
    }
    return number;
  }
}
