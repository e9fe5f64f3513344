package io.rookery.tcpip.core;

import java.util.Arrays;

/** A binary heap of timers. Cancelled ones leave it when their time has come. */
public final class TimerQueue {
  private Timer[] heap = new Timer[16];
  private int size;

  /** A queue without timers. */
  public TimerQueue() {}

  void enqueue(Timer timer, long at) {
    timer.queuedAt = at;
    if (timer.index < 0) {
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, size * 2);
      }
      timer.index = size;
      heap[size++] = timer;
    }
    up(timer);
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** When to call {@link #run} next; meaningless when the queue is empty. */
  long next() {
    return heap[0].queuedAt;
  }

  /** Fires what is due. Timers set meanwhile fire in this call only if they are due, too. */
  void run(long now) {
    while (size > 0 && heap[0].queuedAt - now <= 0) {
      Timer timer = heap[0];
      if (timer.isSet() && timer.deadline() - now > 0) {
        timer.queuedAt = timer.deadline();
        down(timer);
        continue;
      }
      remove(timer);
      if (timer.isSet()) {
        timer.fire();
      }
    }
  }

  @SuppressWarnings("NullAway") // slots behind the end hold nothing
  void remove(Timer timer) {
    int at = timer.index;
    if (at < 0) {
      return;
    }
    timer.index = -1;
    Timer last = heap[--size];
    heap[size] = null;
    if (last != timer) {
      last.index = at;
      heap[at] = last;
      up(last);
      down(last);
    }
  }

  private void up(Timer timer) {
    int at = timer.index;
    while (at > 0) {
      int parent = (at - 1) >> 1;
      if (heap[parent].queuedAt - timer.queuedAt <= 0) {
        break;
      }
      place(heap[parent], at);
      at = parent;
    }
    place(timer, at);
  }

  private void down(Timer timer) {
    int at = timer.index;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && heap[child + 1].queuedAt - heap[child].queuedAt < 0) {
        child++;
      }
      if (timer.queuedAt - heap[child].queuedAt <= 0) {
        break;
      }
      place(heap[child], at);
      at = child;
    }
    place(timer, at);
  }

  private void place(Timer timer, int at) {
    heap[at] = timer;
    timer.index = at;
  }
}
