package io.rookery;

import io.rookery.tcpip.link.ForwardingSink;
import io.rookery.tcpip.link.PacketSink;
import java.util.concurrent.atomic.AtomicBoolean;

/** A sink that says once when it is closed. */
final class ClosingSink extends ForwardingSink {
  private final Runnable whenClosed;
  private final AtomicBoolean closed = new AtomicBoolean();

  ClosingSink(PacketSink inner, Runnable whenClosed) {
    super(inner);
    this.whenClosed = whenClosed;
  }

  @Override
  public void close() {
    super.close();
    if (closed.compareAndSet(false, true)) {
      whenClosed.run();
    }
  }
}
