package io.rookery.linux.kernel;

import io.rookery.linux.errno.Errno;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Threads that wait for a condition, and callbacks that want to hear of it.
 *
 * <p>Whoever changes what a condition looks at calls {@link #wakeAll} or {@link #wakeOne}
 * afterwards. Guest threads are parked, never interrupted: an interrupt would close the host
 * channel that they happen to use. Thread-safe.
 */
public final class WaitQueue {
  /** No deadline. */
  public static final long FOREVER = Long.MAX_VALUE;

  private static final int ANY_EVENT = -1;

  /** A callback on a queue; closing it ends the calls. */
  public interface Registration extends AutoCloseable {
    @Override
    void close();
  }

  private static final class Entry {
    final @Nullable Thread thread;
    final @Nullable IntConsumer callback;
    boolean woken; // guarded by the queue's list

    Entry(@Nullable Thread thread, @Nullable IntConsumer callback) {
      this.thread = thread;
      this.callback = callback;
    }
  }

  private final List<Entry> entries = new ArrayList<>();
  private volatile int size; // entries.size(), read without the lock

  /** A queue without waiters. */
  public WaitQueue() {}

  /** Makes every waiter look at its condition again, and runs every callback. */
  public void wakeAll() {
    wake(Integer.MAX_VALUE, ANY_EVENT);
  }

  /**
   * Like {@link #wakeAll()} where it is known what has become true.
   *
   * @param events bits of poll(2)
   */
  public void wakeAll(int events) {
    wake(Integer.MAX_VALUE, events);
  }

  /** Wakes the thread that has waited longest, and runs every callback. */
  public void wakeOne() {
    wake(1, ANY_EVENT);
  }

  private void wake(int threads, int events) {
    // The caller's change must be visible before the queue is seen empty.
    VarHandle.fullFence();
    if (size == 0) {
      return;
    }
    List<IntConsumer> callbacks = List.of();
    synchronized (entries) {
      int left = threads;
      for (Entry e : entries) {
        if (e.thread == null) {
          if (callbacks.isEmpty()) {
            callbacks = new ArrayList<>();
          }
          callbacks.add(e.callback);
        } else if (left > 0 && !e.woken) {
          e.woken = true;
          left--;
          LockSupport.unpark(e.thread);
        }
      }
    }
    callbacks.forEach(c -> c.accept(events));
  }

  /**
   * Blocks the calling task until {@code condition} holds.
   *
   * @param task the task of the calling thread
   * @param condition evaluated without any lock of this queue
   * @param deadlineNanos CLOCK_MONOTONIC nanoseconds, or {@link #FOREVER}
   * @return true once the condition holds, false when the deadline passed
   * @throws io.rookery.linux.errno.ErrnoException ERESTARTSYS when a signal or a kill is pending
   */
  public boolean await(Task task, BooleanSupplier condition, long deadlineNanos) {
    return await(task, condition, deadlineNanos, true);
  }

  /** Like {@link #await(Task, BooleanSupplier, long)}, but only the task's death interrupts it. */
  public boolean awaitKillable(Task task, BooleanSupplier condition, long deadlineNanos) {
    return await(task, condition, deadlineNanos, false);
  }

  /** Blocks until the condition holds or the task is killed. */
  void awaitUnlessKilled(Task task, BooleanSupplier condition) {
    await(task, () -> condition.getAsBoolean() || task.killed(), FOREVER, false);
  }

  private boolean await(Task task, BooleanSupplier condition, long deadline, boolean signals) {
    if (condition.getAsBoolean()) {
      return true;
    }
    KernelClock clock = task.kernel().clock();
    Entry self = new Entry(Thread.currentThread(), null);
    add(self);
    task.setSleeping(true);
    boolean satisfied = false;
    try {
      while (true) {
        synchronized (entries) {
          self.woken = false;
        }
        if (condition.getAsBoolean()) {
          satisfied = true;
          return true;
        }
        if (signals ? task.interrupted() : task.killed()) {
          throw Errno.ERESTARTSYS.exception();
        }
        if (isWoken(self)) {
          continue; // the permit may be gone: locks that the condition took park as well
        }
        if (deadline == FOREVER) {
          LockSupport.park(this);
        } else {
          long left = deadline - clock.monotonicNanos();
          if (left <= 0) {
            return false;
          }
          LockSupport.parkNanos(this, left);
        }
      }
    } finally {
      task.setSleeping(false);
      if (remove(self) && !satisfied) {
        wakeOne(); // a wake-up meant for one of us must not be lost with this waiter
      }
    }
  }

  private boolean isWoken(Entry self) {
    synchronized (entries) {
      return self.woken;
    }
  }

  /** Calls {@code onWake} at every wake-up, on the waking thread; it must not block. */
  public Registration register(Runnable onWake) {
    return registerForEvents(_ -> onWake.run());
  }

  /** Like {@link #register(Runnable)}; the call is given the events, or all bits. */
  public Registration registerForEvents(IntConsumer onWake) {
    Entry e = new Entry(null, onWake);
    add(e);
    return () -> remove(e);
  }

  private void add(Entry e) {
    synchronized (entries) {
      entries.add(e);
      size = entries.size();
    }
    VarHandle.fullFence();
  }

  private boolean remove(Entry e) {
    synchronized (entries) {
      entries.remove(e);
      size = entries.size();
      return e.woken;
    }
  }

  /** Whether a thread or a callback is on the queue. */
  public boolean hasWaiters() {
    return size != 0;
  }
}
