package io.rookery.tcpip.socket;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/**
 * Who holds which port of one protocol.
 *
 * @param <S> the holders
 */
public final class PortTable<S extends PortHolder> {
  private final RandomGenerator random;
  private final int firstFree;
  private final int lastFree;
  private final Map<Integer, Set<S>> holders = new HashMap<>();

  /**
   * A table without holders.
   *
   * @param firstFree least port that is given to those who ask for any
   * @param lastFree greatest such port
   */
  public PortTable(RandomGenerator random, int firstFree, int lastFree) {
    this.random = random;
    this.firstFree = firstFree;
    this.lastFree = lastFree;
  }

  /** Those who hold a port, in the order they took it. */
  public Collection<S> at(int port) {
    return holders.getOrDefault(port, Set.of());
  }

  /** Everybody, by port. */
  public Map<Integer, List<S>> all() {
    Map<Integer, List<S>> copy = new HashMap<>();
    holders.forEach((port, set) -> copy.put(port, new ArrayList<>(set)));
    return copy;
  }

  /**
   * Gives a port to a holder.
   *
   * @param port 0 for any
   * @return the port, 0 if it is in use, or all are
   */
  public int bind(S holder, int port) {
    int given = port != 0 ? port : pick(candidate -> !inUse(holder, candidate));
    if (given == 0 || inUse(holder, given)) {
      return 0;
    }
    add(holder, given);
    return given;
  }

  /** {@link #bind} for holders whose class is not known. */
  @SuppressWarnings("unchecked") // a socket is bound in the table it was made with
  public int bindSafely(PortHolder holder, int port) {
    return bind((S) holder, port);
  }

  /** A free port by RFC 6056's first algorithm, 0 if none suits. */
  public int pick(IntPredicate suits) {
    int count = lastFree - firstFree + 1;
    int start = random.nextInt(count);
    for (int i = 0; i < count; i++) {
      int port = firstFree + (start + i) % count;
      if (suits.test(port)) {
        return port;
      }
    }
    return 0;
  }

  /** Whether a port cannot be given to a holder besides those that have it. */
  @SuppressWarnings("ReferenceEquality") // the holder itself is no other
  public boolean inUse(PortHolder holder, int port) {
    for (S other : at(port)) {
      if (other != holder && PortHolder.conflict(holder, other)) {
        return true;
      }
    }
    return false;
  }

  /** Lets a holder have a port without asking the others. */
  public void add(S holder, int port) {
    holders.computeIfAbsent(port, _ -> new LinkedHashSet<>(2)).add(holder);
  }

  /** Takes a port from a holder. */
  public void remove(PortHolder holder, int port) {
    Set<S> set = holders.get(port);
    if (set != null && set.remove(holder) && set.isEmpty()) {
      holders.remove(port);
    }
  }
}
