package io.rookery.tcpip.core;

/** Somebody outside who hears of events when the lock is free. */
public abstract class EventTarget {
  int pendingEvents;

  /** A target without events. */
  protected EventTarget() {}

  /** Called without the lock, one call at a time. */
  protected abstract void deliver(int events);
}
