package io.rookery.linux.kernel;

import io.rookery.linux.errno.ErrnoException;

/** Futexes that a dying thread still owns (get_robust_list(2)). */
final class RobustList {
  /** sizeof(struct robust_list_head). */
  static final int HEAD_SIZE = 24;

  /** The same of 32-bit programs. */
  static final int HEAD_SIZE_32 = 12;

  private static final int LIMIT = 2048;

  /** In the address of an entry: the futex is one with priority inheritance. */
  private static final long PI = 1;

  private RobustList() {}

  /**
   * Marks the futexes on the task's lists and wakes a waiter of each, but for those that {@link
   * PiFutexTable#handOver(Task)} hands over; stops at the first fault.
   */
  static void ownerDied(Task t) {
    long head = t.robustList;
    long head32 = t.robustList32;
    t.robustList = 0;
    t.robustList32 = 0;
    if (head != 0) {
      walk(t, head, true);
    }
    if (head32 != 0) {
      walk(t, head32, false);
    }
  }

  private static long pointer(UserMemory m, long address, boolean wide) {
    return wide ? m.getLong(address) : m.getInt(address) & 0xffffffffL;
  }

  private static void walk(Task t, long head, boolean wide) {
    UserMemory m = t.memory();
    int word = wide ? 8 : 4;
    long reach = wide ? -1L : 0xffffffffL;
    try {
      long entry = pointer(m, head, wide);
      long offset = wide ? m.getLong(head + word) : m.getInt(head + word);
      long pending = pointer(m, head + 2L * word, wide);
      for (int i = 0; i < LIMIT && (entry & ~PI) != head; i++) {
        long next = pointer(m, entry & ~PI, wide);
        if ((entry & ~PI) != (pending & ~PI)) {
          handle(t, (entry & ~PI) + offset & reach, (entry & PI) != 0, false);
        }
        entry = next;
      }
      if (pending != 0) {
        handle(t, (pending & ~PI) + offset & reach, (pending & PI) != 0, true);
      }
    } catch (ErrnoException e) {
      // A broken list ends here, as in exit_robust_list().
    }
  }

  private static void handle(Task t, long address, boolean pi, boolean pending) {
    UserMemory m = t.memory();
    FutexTable.Key key = FutexTable.key(t, address, false);
    while (true) {
      int old = m.getInt(address);
      if (pending && !pi && old == 0) {
        t.kernel().futexes().wake(key, 1, -1);
        return;
      }
      if ((old & PiFutexTable.TID_MASK) != t.tid()) {
        return;
      }
      int dead = (old & PiFutexTable.WAITERS) | PiFutexTable.OWNER_DIED;
      if (m.compareAndExchangeInt(address, old, dead) == old) {
        if (!pi && (old & PiFutexTable.WAITERS) != 0) {
          t.kernel().futexes().wake(key, 1, -1);
        }
        return;
      }
    }
  }
}
