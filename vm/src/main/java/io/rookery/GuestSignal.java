package io.rookery;

import io.rookery.tcpip.ReadinessListener;
import io.rookery.tcpip.address.Endpoint;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.spi.AbstractSelectableChannel;
import org.jspecify.annotations.Nullable;

/** Lets threads wait for news of a stack's socket without holding a lock while it is called. */
final class GuestSignal implements ReadinessListener {
  private long news;

  @Override
  public synchronized void ready(int events) {
    news++;
    notifyAll();
  }

  /** Something that may not be possible yet. */
  interface Attempt<T> {
    /** What came of it; null if it has to wait. */
    @Nullable T make() throws IOException;
  }

  /** The first result of an attempt; null if the channel is closed, or does not block. */
  <T> @Nullable T first(AbstractSelectableChannel of, Attempt<T> attempt) throws IOException {
    while (of.isOpen()) {
      long seen = seen();
      T result = attempt.make();
      if (result != null || !of.isBlocking()) {
        return result;
      }
      await(seen);
    }
    return null;
  }

  /** An address as channels show it. */
  static @Nullable InetSocketAddress address(@Nullable Endpoint e) {
    return e == null ? null : new InetSocketAddress(e.address().toInetAddress(), e.port());
  }

  private synchronized long seen() {
    return news;
  }

  /** Waits until there is more news than was seen. */
  private synchronized void await(long seen) throws InterruptedIOException {
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
