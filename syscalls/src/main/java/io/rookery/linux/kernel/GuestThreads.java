package io.rookery.linux.kernel;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Java threads with large stacks for guest threads. Making one costs about as much as all the rest
 * of a fork, so those that are done wait a while for the next guest. Thread-safe.
 */
final class GuestThreads {
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int MOST_IDLE = 64;

  private final long stackBytes;
  private final Deque<Worker> idle = new ArrayDeque<>(); // guarded by itself
  private boolean closed; // guarded by idle

  GuestThreads(long stackBytes) {
    this.stackBytes = stackBytes;
  }

  /** A thread and the guest that it is to run next. */
  private final class Worker implements Runnable {
    private final Thread thread =
        Thread.ofPlatform().daemon().stackSize(stackBytes).name("guest idle").unstarted(this);
    private volatile @Nullable TaskRunner job;
    private volatile boolean dismissed;

    Worker(TaskRunner first) {
      job = first;
    }

    @Override
    public void run() {
      for (TaskRunner next = job; next != null; next = await()) {
        job = null;
        thread.setName(next.threadName());
        next.run();
        thread.setName("guest idle");
        if (!rest(this)) {
          return;
        }
      }
    }

    private @Nullable TaskRunner await() {
      long deadline = System.nanoTime() + IDLE_NANOS;
      while (job == null) {
        long left = deadline - System.nanoTime();
        if (left <= 0 && leave(this)) {
          return null;
        }
        LockSupport.parkNanos(this, Math.max(left, 1));
        if (dismissed) {
          return null;
        }
      }
      return job;
    }
  }

  private boolean rest(Worker w) {
    synchronized (idle) {
      if (closed || idle.size() >= MOST_IDLE) {
        return false;
      }
      idle.push(w);
      return true;
    }
  }

  /** Whether nobody has taken the worker yet: then nobody will. */
  private boolean leave(Worker w) {
    synchronized (idle) {
      return idle.remove(w);
    }
  }

  /**
   * Runs a task on a thread of its own.
   *
   * @throws OutOfMemoryError when the host has no more threads
   */
  void start(Task task) {
    TaskRunner job = new TaskRunner(task);
    Worker w;
    synchronized (idle) {
      w = idle.poll();
    }
    if (w != null) {
      task.setThread(w.thread, ProcessorTime.of(w.thread));
      w.job = job;
      LockSupport.unpark(w.thread);
    } else {
      Worker fresh = new Worker(job);
      task.setThread(fresh.thread, 0);
      fresh.thread.start();
    }
  }

  /** Lets the idle threads end; those that still run a guest end after it. */
  void close() {
    synchronized (idle) {
      closed = true;
      for (Worker w : idle) {
        w.dismissed = true;
        LockSupport.unpark(w.thread);
      }
      idle.clear();
    }
  }
}
