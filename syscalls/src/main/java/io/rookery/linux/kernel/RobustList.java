package io.rookery.linux.kernel;

import io.rookery.linux.errno.ErrnoException;

/** Futexes that a dying thread still owns (get_robust_list(2)). */
final class RobustList {
  /** sizeof(struct robust_list_head). */
  static final int HEAD_SIZE = 24;

  private static final int LIMIT = 2048;
  private static final int FUTEX_WAITERS = 0x80000000;
  private static final int FUTEX_OWNER_DIED = 0x40000000;
  private static final int FUTEX_TID_MASK = 0x3fffffff;

  private RobustList() {}

  /** Marks the futexes on the task's list and wakes a waiter of each; stops at the first fault. */
  static void ownerDied(Task t) {
    long head = t.robustList;
    if (head == 0) {
      return;
    }
    t.robustList = 0;
    UserMemory m = t.memory();
    try {
      long entry = m.getLong(head);
      long offset = m.getLong(head + 8);
      long pending = m.getLong(head + 16);
      for (int i = 0; i < LIMIT && (entry & ~1L) != head; i++) {
        long next = m.getLong(entry & ~1L);
        if ((entry & ~1L) != (pending & ~1L)) {
          handle(t, (entry & ~1L) + offset, false);
        }
        entry = next;
      }
      if (pending != 0) {
        handle(t, (pending & ~1L) + offset, true);
      }
    } catch (ErrnoException e) {
      // A broken list ends here, as in exit_robust_list().
    }
  }

  private static void handle(Task t, long address, boolean pending) {
    UserMemory m = t.memory();
    FutexTable.Key key = FutexTable.key(t, address, false);
    while (true) {
      int old = m.getInt(address);
      if (pending && old == 0) {
        t.kernel().futexes().wake(key, 1, -1);
        return;
      }
      if ((old & FUTEX_TID_MASK) != t.tid()) {
        return;
      }
      int dead = (old & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
      if (m.compareAndExchangeInt(address, old, dead) == old) {
        if ((old & FUTEX_WAITERS) != 0) {
          t.kernel().futexes().wake(key, 1, -1);
        }
        return;
      }
    }
  }
}
