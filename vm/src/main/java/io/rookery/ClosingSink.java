package io.rookery;

import io.rookery.tcpip.link.Offload;
import io.rookery.tcpip.link.PacketSink;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** A sink that says once when it is closed. */
final class ClosingSink implements PacketSink {
  private final PacketSink inner;
  private final Runnable whenClosed;
  private final AtomicBoolean closed = new AtomicBoolean();

  ClosingSink(PacketSink inner, Runnable whenClosed) {
    this.inner = inner;
    this.whenClosed = whenClosed;
  }

  @Override
  public int mtu() {
    return inner.mtu();
  }

  @Override
  public Set<Offload> offloads() {
    return inner.offloads();
  }

  @Override
  public void attach(Receiver receiver) {
    inner.attach(receiver);
  }

  @Override
  public void send(List<ByteBuffer> packets) {
    inner.send(packets);
  }

  @Override
  public void close() {
    inner.close();
    if (closed.compareAndSet(false, true)) {
      whenClosed.run();
    }
  }
}
