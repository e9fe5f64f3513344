package io.rookery.linux.kernel;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Futexes that are locks with an owner (futex(2), "Priority-inheritance futexes"): the word holds
 * the owner's thread id, and an unlock or the owner's end hands the lock to the one that waits
 * longest. Nobody inherits a priority, as all threads of a guest have the same. Thread-safe.
 */
final class PiFutexTable {
  static final int WAITERS = 0x80000000;
  static final int OWNER_DIED = 0x40000000;
  static final int TID_MASK = 0x3fffffff;

  private static final class Waiter {
    final Task task;
    final Thread thread = Thread.currentThread();

    /** The lock is this waiter's. */
    volatile boolean owns;

    Waiter(Task task) {
      this.task = task;
    }
  }

  /** A lock that is waited for. */
  private static final class Lock {
    final Queue<Waiter> waiters = new ArrayDeque<>(); // in the order in which they get it
    Task owner;

    /** The owner before ended; the first waiter has the lock and is about to say so in the word. */
    boolean inherited;

    Lock(Task owner) {
      this.owner = owner;
    }
  }

  /** Changed under this; looked at by every FUTEX_WAKE, so without it. */
  private final Map<FutexTable.Key, Lock> locks = new ConcurrentHashMap<>();

  /** Whether somebody waits for the lock. */
  boolean isAwaited(FutexTable.Key key) {
    return locks.containsKey(key);
  }

  /**
   * FUTEX_LOCK_PI, FUTEX_LOCK_PI2.
   *
   * @param deadline CLOCK_MONOTONIC nanoseconds or {@link WaitQueue#FOREVER}
   * @throws ErrnoException EDEADLK, ESRCH (no such owner), EINVAL (the word names another owner
   *     than the kernel knows), ETIMEDOUT, EFAULT; ERESTARTNOINTR when a signal is pending
   */
  void lock(Task task, FutexTable.Key key, long address, long deadline) {
    Waiter self = enter(task, key, address, true);
    if (self == null) {
      return;
    }
    try {
      Parking.await(task, () -> self.owns, deadline, Errno.ERESTARTNOINTR);
    } catch (ErrnoException e) {
      if (leave(key, self)) {
        throw e;
      }
    }
    inherit(key, self, address);
  }

  /**
   * FUTEX_TRYLOCK_PI.
   *
   * @throws ErrnoException EAGAIN if it is another's, and as {@link #lock}
   */
  void tryLock(Task task, FutexTable.Key key, long address) {
    if (enter(task, key, address, false) != null) {
      throw Errno.EAGAIN.exception();
    }
  }

  /** Takes the lock (null), or marks it as waited for and, if wanted, joins those who wait. */
  private @Nullable Waiter enter(Task task, FutexTable.Key key, long address, boolean waiting) {
    UserMemory memory = task.memory();
    memory.getInt(address); // a fault is taken here, not under the lock
    synchronized (this) {
      while (true) {
        int word = memory.getInt(address);
        if ((word & TID_MASK) == task.tid()) {
          throw Errno.EDEADLK.exception();
        }
        Lock lock = locks.get(key);
        if (lock == null && (word & TID_MASK) == 0) {
          int taken = word & OWNER_DIED | task.tid();
          if (memory.compareAndExchangeInt(address, word, taken) == word) {
            return null;
          }
          continue;
        }
        if (lock == null) {
          if (memory.compareAndExchangeInt(address, word, word | WAITERS) != word) {
            continue;
          }
          lock = new Lock(owner(task, word & TID_MASK));
        } else if (!lock.inherited && (word & TID_MASK) != lock.owner.tid()) {
          throw Errno.EINVAL.exception();
        }
        Waiter self = new Waiter(task);
        if (waiting) {
          locks.put(key, lock);
          lock.waiters.add(self);
        }
        return self;
      }
    }
  }

  private static Task owner(Task task, int tid) {
    Task owner = task.kernel().pids().task(tid);
    if (owner == null || owner.leftLocks) {
      throw Errno.ESRCH.exception();
    }
    return owner;
  }

  /** Gives up waiting; false if the lock has come meanwhile. */
  private synchronized boolean leave(FutexTable.Key key, Waiter self) {
    Lock lock = locks.get(key);
    if (self.owns || lock == null) {
      return false;
    }
    lock.waiters.remove(self);
    forgetUnawaited(key, lock);
    return true;
  }

  private void forgetUnawaited(FutexTable.Key key, Lock lock) {
    if (lock.waiters.isEmpty()) {
      locks.remove(key);
    }
  }

  /** Names the new owner in the word where the one before could not. */
  private synchronized void inherit(FutexTable.Key key, Waiter self, long address) {
    Lock lock = locks.get(key);
    if (lock == null || !lock.inherited || lock.waiters.peek() != self) {
      return;
    }
    lock.inherited = false;
    lock.waiters.remove();
    forgetUnawaited(key, lock);
    UserMemory memory = self.task.memory();
    int word;
    do {
      word = memory.getInt(address);
    } while (memory.compareAndExchangeInt(address, word, OWNER_DIED | WAITERS | self.task.tid())
        != word);
  }

  /**
   * FUTEX_UNLOCK_PI.
   *
   * @throws ErrnoException EPERM unless the word names the caller, EFAULT
   */
  void unlock(Task task, FutexTable.Key key, long address) {
    UserMemory memory = task.memory();
    memory.getInt(address); // a fault is taken here, not under the lock
    synchronized (this) {
      while (true) {
        int word = memory.getInt(address);
        if ((word & TID_MASK) != task.tid()) {
          throw Errno.EPERM.exception();
        }
        Lock lock = locks.get(key);
        if (lock != null && lock.owner != task) {
          throw Errno.EINVAL.exception();
        }
        Waiter next = lock == null ? null : lock.waiters.peek();
        int left = next == null ? 0 : WAITERS | next.task.tid();
        if (memory.compareAndExchangeInt(address, word, left) != word) {
          continue;
        }
        if (lock != null && next != null) {
          lock.waiters.remove();
          handOver(lock, next);
          forgetUnawaited(key, lock);
        }
        return;
      }
    }
  }

  private static void handOver(Lock lock, Waiter next) {
    lock.owner = next.task;
    next.owns = true;
    LockSupport.unpark(next.thread);
  }

  /** A task has ended: what it still owns goes to those who wait for it, and it can own no more. */
  synchronized void ended(Task task) {
    task.leftLocks = true;
    handOver(task);
  }

  /** Hands over what a task owns that leaves its memory. */
  synchronized void handOver(Task task) {
    for (Lock lock : locks.values()) {
      if (lock.owner == task) {
        lock.inherited = true;
        handOver(lock, lock.waiters.element());
      }
    }
  }
}
