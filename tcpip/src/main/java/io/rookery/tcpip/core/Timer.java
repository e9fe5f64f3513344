package io.rookery.tcpip.core;

/**
 * A timer that can be set again and again. Moving it to a later time costs nothing: it stays where
 * it is in the queue, and is put back when it comes up too early.
 */
public final class Timer {
  private final TimerQueue queue;
  private final Runnable action;
  private boolean set;
  private long deadline;

  /** Position in the queue, -1 when not in it. */
  int index = -1;

  /** When the queue looks at this timer; never later than the deadline. */
  long queuedAt;

  /** A timer that is not set. */
  public Timer(TimerQueue queue, Runnable action) {
    this.queue = queue;
    this.action = action;
  }

  /** Sets the timer, in place of what was set before. */
  public void setAt(long nanos) {
    set = true;
    deadline = nanos;
    if (index < 0 || nanos - queuedAt < 0) {
      queue.enqueue(this, nanos);
    }
  }

  public void cancel() {
    set = false;
  }

  /** Takes the timer out of the queue, which then holds nothing of it. */
  public void dispose() {
    set = false;
    queue.remove(this);
  }

  public boolean isSet() {
    return set;
  }

  /** When the timer fires; meaningless unless it is set. */
  public long deadline() {
    return deadline;
  }

  void fire() {
    set = false;
    action.run();
  }
}
