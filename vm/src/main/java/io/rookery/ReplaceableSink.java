package io.rookery;

import io.rookery.tcpip.link.Offload;
import io.rookery.tcpip.link.PacketSink;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A sink whose link may be replaced by another of its kind. Without one, packets are lost. */
final class ReplaceableSink implements PacketSink {
  private final int mtu;
  private final Set<Offload> offloads;
  private final Runnable whenClosed;
  private volatile @Nullable PacketSink link;
  private @Nullable Receiver receiver; // guarded by this
  private boolean closed; // guarded by this

  ReplaceableSink(int mtu, Set<Offload> offloads, Runnable whenClosed) {
    this.mtu = mtu;
    this.offloads = Set.copyOf(offloads);
    this.whenClosed = whenClosed;
  }

  /** Takes another link, which belongs to this from then on, in place of the one before. */
  synchronized void replace(PacketSink with) {
    PacketSink old = link;
    if (old != null) {
      old.close();
    }
    if (closed) {
      with.close();
      return;
    }
    if (receiver != null) {
      with.attach(receiver);
    }
    link = with;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public Set<Offload> offloads() {
    return offloads;
  }

  @Override
  public synchronized void attach(Receiver to) {
    if (closed || receiver != null) {
      throw new IllegalStateException(closed ? "Closed" : "There is a receiver already");
    }
    receiver = to;
    PacketSink now = link;
    if (now != null) {
      now.attach(to);
    }
  }

  @Override
  public void send(List<ByteBuffer> packets) {
    PacketSink now = link;
    if (now != null) {
      now.send(packets);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      PacketSink now = link;
      link = null;
      if (now != null) {
        now.close();
      }
    }
    whenClosed.run();
  }
}
