package io.rookery.linux.kernel;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.Mapping;
import io.rookery.mmu.PageSource;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Threads that wait on futexes (futex(2)). A futex is named by its address space and address, or,
 * in a shared mapping, by the mapped object and the offset in it. Thread-safe.
 */
final class FutexTable {
  private static final int BUCKETS = 256;

  private final Bucket[] buckets = new Bucket[BUCKETS];

  /** What names a futex: object identity and a number. */
  record Key(Object object, long offset) {
    @Override
    @SuppressWarnings("ReferenceEquality") // the object's identity is the name
    public boolean equals(Object o) {
      return o instanceof Key k && k.object == object && k.offset == offset;
    }

    @Override
    public int hashCode() {
      int h = System.identityHashCode(object) * 31 + Long.hashCode(offset >>> 2);
      return h ^ h >>> 16;
    }
  }

  private static final class Bucket {
    final int index; // the order in which two are locked
    final Set<Waiter> waiters = new LinkedHashSet<>(); // guarded by the bucket, oldest first

    Bucket(int index) {
      this.index = index;
    }
  }

  private static final class Waiter {
    final Thread thread = Thread.currentThread();
    final int bitset;
    volatile Key key;
    volatile boolean woken;

    Waiter(Key key, int bitset) {
      this.key = key;
      this.bitset = bitset;
    }
  }

  FutexTable() {
    Arrays.setAll(buckets, Bucket::new);
  }

  private Bucket bucket(Key key) {
    return buckets[key.hashCode() & BUCKETS - 1];
  }

  /** The name of the futex at an address; EINVAL unless aligned to four bytes. */
  static Key key(Task task, long address, boolean isPrivate) {
    if ((address & 3) != 0) {
      throw Errno.EINVAL.exception();
    }
    AddressSpace space = task.memory().space();
    if (!isPrivate) {
      Mapping m = space.mappingAt(address);
      if (m == null) {
        throw Errno.EFAULT.exception();
      }
      PageSource source = m.source();
      if (m.shared() && source != null) {
        return new Key(source, m.offset() + (address - m.start()));
      }
    }
    // Private and shared operations on one word do not meet: the address's lowest bit is free.
    return new Key(space, isPrivate ? address : address | 1);
  }

  /**
   * Waits while the word has the expected value.
   *
   * @param deadline CLOCK_MONOTONIC nanoseconds or {@link WaitQueue#FOREVER}
   * @throws io.rookery.linux.errno.ErrnoException EAGAIN, ETIMEDOUT, ERESTARTSYS, EFAULT
   */
  void await(Task task, Key key, long address, int expected, int bitset, long deadline) {
    Waiter self = new Waiter(key, bitset);
    Bucket b = bucket(key);
    task.memory().getInt(address); // a fault is taken here, not under the lock
    synchronized (b) {
      if (task.memory().getInt(address) != expected) {
        throw Errno.EAGAIN.exception();
      }
      b.waiters.add(self);
    }
    try {
      Parking.await(task, () -> self.woken, deadline, Errno.ERESTARTSYS);
    } catch (ErrnoException e) {
      if (cancel(self)) {
        throw e;
      } // else woken after all
    }
  }

  /** Takes a waiter out; false if somebody woke it before. */
  private boolean cancel(Waiter w) {
    while (true) {
      Key key = w.key;
      Bucket b = bucket(key);
      synchronized (b) {
        if (w.key.equals(key)) {
          return b.waiters.remove(w);
        }
      }
    }
  }

  /** Wakes up to {@code count} waiters whose bit set meets {@code bitset}; returns how many. */
  int wake(Key key, int count, int bitset) {
    Bucket b = bucket(key);
    synchronized (b) {
      return wakeLocked(b, key, count, bitset);
    }
  }

  private static int wakeLocked(Bucket b, Key key, int count, int bitset) {
    int woken = 0;
    for (Iterator<Waiter> i = b.waiters.iterator(); woken < count && i.hasNext(); ) {
      Waiter w = i.next();
      if (w.key.equals(key) && (w.bitset & bitset) != 0) {
        i.remove();
        w.woken = true;
        LockSupport.unpark(w.thread);
        woken++;
      }
    }
    return woken;
  }

  /**
   * Wakes some waiters and moves others to a second futex.
   *
   * @param expected if not null, EAGAIN unless the word at {@code address} has this value
   * @return how many were woken or moved
   */
  int requeue(
      Task task, Key from, Key to, int wake, int move, long address, @Nullable Integer expected) {
    Bucket a = bucket(from);
    Bucket b = bucket(to);
    return locked(
        a,
        b,
        () -> {
          if (expected != null && task.memory().getInt(address) != expected) {
            throw Errno.EAGAIN.exception();
          }
          int woken = wakeLocked(a, from, wake, -1);
          int moved = 0;
          for (Waiter w : a.waiters.toArray(new Waiter[0])) {
            if (moved < move && w.key.equals(from)) {
              a.waiters.remove(w);
              w.key = to;
              b.waiters.add(w);
              moved++;
            }
          }
          return woken + moved;
        });
  }

  /**
   * FUTEX_WAKE_OP: {@code operation} changes the second word and tells whether to wake its waiters.
   */
  int wakeOperation(Key first, Key second, int wakeFirst, int wakeSecond, BooleanSupplier op) {
    Bucket a = bucket(first);
    Bucket b = bucket(second);
    return locked(
        a,
        b,
        () -> {
          boolean also = op.getAsBoolean();
          int woken = wakeLocked(a, first, wakeFirst, -1);
          return also ? woken + wakeLocked(b, second, wakeSecond, -1) : woken;
        });
  }

  private static int locked(Bucket a, Bucket b, IntSupplier action) {
    boolean ordered = a.index <= b.index;
    synchronized (ordered ? a : b) {
      synchronized (ordered ? b : a) {
        return action.getAsInt();
      }
    }
  }

  /** CLONE_CHILD_CLEARTID: zeroes a word and wakes one waiter; a bad address is ignored. */
  static void clearAndWake(Task task, long address) {
    try {
      task.memory().putInt(address, 0);
      task.kernel().futexes().wake(key(task, address, false), 1, -1);
    } catch (ErrnoException e) {
      // The thread is past caring, as in mm_release().
    }
  }
}
