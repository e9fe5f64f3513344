package io.rookery.tcpip;

import io.rookery.tcpip.link.Scheduler;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/** A scheduler whose time passes only when a test says so; all on the test's thread. */
public final class VirtualTime implements Scheduler {
  private record Task(long at, long order, Runnable action) implements Comparable<Task> {
    @Override
    public int compareTo(Task other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final PriorityQueue<Task> tasks = new PriorityQueue<>();
  private long now = 1_000_000_000_000L;
  private long order;

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public void schedule(Runnable task, long delayNanos) {
    tasks.add(new Task(now + Math.max(0, delayNanos), order++, task));
  }

  /** Lets time pass until a condition holds; false if it does not within the limit. */
  public boolean runUntil(BooleanSupplier condition, long limitNanos) {
    long end = now + limitNanos;
    while (!condition.getAsBoolean()) {
      Task next = tasks.peek();
      if (next == null || next.at > end) {
        now = end;
        return condition.getAsBoolean();
      }
      tasks.remove();
      now = Math.max(now, next.at);
      next.action.run();
    }
    return true;
  }

  /** Lets an amount of time pass. */
  public void run(long nanos) {
    runUntil(() -> false, nanos);
  }

  public int pendingTasks() {
    return tasks.size();
  }
}
