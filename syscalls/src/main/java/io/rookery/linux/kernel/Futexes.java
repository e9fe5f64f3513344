package io.rookery.linux.kernel;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import org.jspecify.annotations.Nullable;

/** The operations of futex(2) as one task asks for them. */
public final class Futexes {
  /** sizeof(struct robust_list_head). */
  public static final int ROBUST_LIST_HEAD = RobustList.HEAD_SIZE;

  /** sizeof(struct robust_list_head) of 32-bit programs. */
  public static final int ROBUST_LIST_HEAD_32 = RobustList.HEAD_SIZE_32;

  private final Task task;
  private final boolean isPrivate;

  public Futexes(Task task, boolean isPrivate) {
    this.task = task;
    this.isPrivate = isPrivate;
  }

  private FutexTable.Key key(long address) {
    return FutexTable.key(task, address, isPrivate);
  }

  /** FUTEX_WAIT and FUTEX_WAIT_BITSET; {@code deadline} as of {@link WaitQueue#await}. */
  public long await(long address, int expected, int bitset, long deadline) {
    if (bitset == 0) {
      throw Errno.EINVAL.exception();
    }
    FutexTable table = task.kernel().futexes();
    try {
      table.await(task, key(address), address, expected, bitset, deadline);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ERESTARTSYS && deadline != WaitQueue.FOREVER) {
        // The deadline is absolute by now, so the restarted call must not add it up again.
        task.restartBlock =
            t -> new Futexes(t, isPrivate).await(address, expected, bitset, deadline);
        throw Errno.ERESTART_RESTARTBLOCK.exception();
      }
      throw e;
    }
    return 0;
  }

  /** FUTEX_WAKE and FUTEX_WAKE_BITSET. */
  public long wake(long address, int count, int bitset) {
    if (bitset == 0) {
      throw Errno.EINVAL.exception();
    }
    FutexTable.Key key = key(address);
    if (task.kernel().piFutexes().isAwaited(key)) {
      throw Errno.EINVAL.exception();
    }
    return task.kernel().futexes().wake(key, Math.max(1, count), bitset);
  }

  /** FUTEX_LOCK_PI and FUTEX_LOCK_PI2; {@code deadline} as of {@link WaitQueue#await}. */
  public long lockPi(long address, long deadline) {
    task.kernel().piFutexes().lock(task, key(address), address, deadline);
    return 0;
  }

  /** FUTEX_TRYLOCK_PI. */
  public long tryLockPi(long address) {
    task.kernel().piFutexes().tryLock(task, key(address), address);
    return 0;
  }

  /** FUTEX_UNLOCK_PI. */
  public long unlockPi(long address) {
    task.kernel().piFutexes().unlock(task, key(address), address);
    return 0;
  }

  /** FUTEX_REQUEUE and FUTEX_CMP_REQUEUE. */
  public long requeue(long from, long to, int wake, int move, @Nullable Integer expected) {
    if (wake < 0 || move < 0) {
      throw Errno.EINVAL.exception();
    }
    return task.kernel().futexes().requeue(task, key(from), key(to), wake, move, from, expected);
  }

  /**
   * FUTEX_WAKE_OP.
   *
   * @param encoded operation, comparison and their 12-bit arguments
   */
  public long wakeOperation(long first, long second, int wakeFirst, int wakeSecond, int encoded) {
    int operation = encoded >>> 28 & 7;
    int comparison = encoded >>> 24 & 15;
    int shifted = encoded << 8 >> 20;
    int argument = (encoded & 1 << 31) != 0 ? 1 << (shifted & 31) : shifted;
    int compared = encoded << 20 >> 20;
    if (operation > 4 || comparison > 5) {
      throw Errno.ENOSYS.exception();
    }
    UserMemory m = task.memory();
    m.getInt(second); // a fault is taken here, not under the locks
    return task.kernel()
        .futexes()
        .wakeOperation(
            key(first),
            key(second),
            Math.max(1, wakeFirst),
            Math.max(1, wakeSecond),
            () -> {
              int old = m.getInt(second);
              while (true) {
                int seen = m.compareAndExchangeInt(second, old, apply(operation, old, argument));
                if (seen == old) {
                  return holds(comparison, old, compared);
                }
                old = seen;
              }
            });
  }

  private static int apply(int operation, int old, int argument) {
    return switch (operation) {
      case 0 -> argument;
      case 1 -> old + argument;
      case 2 -> old | argument;
      case 3 -> old & ~argument;
      default -> old ^ argument;
    };
  }

  private static boolean holds(int comparison, int old, int with) {
    return switch (comparison) {
      case 0 -> old == with;
      case 1 -> old != with;
      case 2 -> old < with;
      case 3 -> old <= with;
      case 4 -> old > with;
      default -> old >= with;
    };
  }

  public static void setRobustList(Task t, long head) {
    t.robustList = head;
  }

  /** As {@link #setRobustList} with a list of 32-bit pointers. */
  public static void setRobustList32(Task t, long head) {
    t.robustList32 = head;
  }

  public static long robustList32(Task t) {
    return t.robustList32;
  }

  public static long robustList(Task t) {
    return t.robustList;
  }
}
