package io.rookery.tcpip.link;

/**
 * Where stacks and links get their time from. {@link #system} is real time; tests and deterministic
 * machines have their own.
 */
public interface Scheduler {

  /** A clock in nanoseconds that never goes back, with any origin. Any thread may ask. */
  long nanoTime();

  /**
   * Runs a task once, not before the delay is over, on a thread of the scheduler's choice; never
   * within this call. Tasks are short and do not block. After the scheduler was closed, tasks are
   * dropped.
   *
   * @param delayNanos nanoseconds; zero or less means soon
   */
  void schedule(Runnable task, long delayNanos);

  /**
   * A scheduler in real time with a daemon thread of its own.
   *
   * @param name the thread's name
   */
  static SystemScheduler system(String name) {
    return new SystemScheduler(name);
  }
}
