package io.rookery.linux.kernel;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs short actions at points in time, all on one daemon thread, which starts with the first
 * timer. Actions must not block.
 */
public final class KernelTimers implements AutoCloseable {
  private final KernelClock clock;
  private final ScheduledThreadPoolExecutor executor;

  /** A timer that was set. */
  @FunctionalInterface
  public interface Timeout {
    /** Takes the timer back; it may run a last time if it is due just now. */
    void cancel();
  }

  KernelTimers(KernelClock clock, String name) {
    this.clock = clock;
    this.executor =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().daemon().name("timers " + name).factory(),
            new ThreadPoolExecutor.DiscardPolicy());
    executor.setRemoveOnCancelPolicy(true);
  }

  /** Runs {@code action} once, at or after CLOCK_MONOTONIC {@code deadlineNanos}. */
  public Timeout at(long deadlineNanos, Runnable action) {
    long delay = Math.max(0, deadlineNanos - clock.monotonicNanos());
    ScheduledFuture<?> f = executor.schedule(action, delay, TimeUnit.NANOSECONDS);
    return () -> f.cancel(false);
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
