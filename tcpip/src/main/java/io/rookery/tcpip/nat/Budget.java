package io.rookery.tcpip.nat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What a guest has left of its policy's limits. Thread-safe. */
final class Budget {
  private final int most;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong bytes;

  Budget(EgressPolicy policy) {
    most = policy.connections();
    bytes = new AtomicLong(policy.bytes());
  }

  /** Takes a connection; false if there are as many as there may be. */
  boolean open() {
    if (open.incrementAndGet() > most) {
      open.decrementAndGet();
      return false;
    }
    return true;
  }

  void closed() {
    open.decrementAndGet();
  }

  /** Takes bytes; false if there were not as many left. */
  boolean spend(long count) {
    return bytes.addAndGet(-count) >= 0;
  }

  boolean exhausted() {
    return bytes.get() <= 0;
  }
}
