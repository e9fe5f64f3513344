package io.rookery;

import io.rookery.tcpip.ReadinessListener;
import java.io.InterruptedIOException;

/** Lets threads wait for news of a stack's socket without holding a lock while it is called. */
final class GuestSignal implements ReadinessListener {
  private long news;

  @Override
  public synchronized void ready(int events) {
    news++;
    notifyAll();
  }

  synchronized long seen() {
    return news;
  }

  /** Waits until there is more news than was seen. */
  synchronized void await(long seen) throws InterruptedIOException {
    try {
      while (news == seen) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the channel has been closed by it
      throw new InterruptedIOException();
    }
  }
}
