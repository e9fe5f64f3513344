package io.rookery.tcpip.link;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Hands packets to a receiver, one call at a time without a lock: who comes while another thread
 * delivers, or from within a delivery, leaves a copy that the other delivers.
 */
final class Delivery {
  private static final System.Logger LOG = System.getLogger(Delivery.class.getName());

  /**
   * Bytes that may wait, less in a small heap; what comes then is lost, as in a full queue of a
   * network card.
   */
  private static final int MOST_WAITING =
      (int) Math.clamp(Runtime.getRuntime().maxMemory() / 32, 2L << 20, 32L << 20);

  private final Queue<List<ByteBuffer>> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicInteger demand = new AtomicInteger();
  private final AtomicInteger waitingBytes = new AtomicInteger();
  private volatile PacketSink.@Nullable Receiver receiver;
  private volatile boolean closed;

  synchronized void attach(PacketSink.Receiver to) {
    if (closed || receiver != null) {
      throw new IllegalStateException(closed ? "Closed" : "There is a receiver already");
    }
    receiver = to;
  }

  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  void deliver(List<ByteBuffer> packets) {
    if (closed || receiver == null || packets.isEmpty()) {
      return;
    }
    if (demand.compareAndSet(0, 1)) {
      receive(packets);
    } else {
      List<ByteBuffer> copies = copy(packets);
      if (copies.isEmpty()) {
        return;
      }
      waiting.add(copies);
      if (demand.getAndIncrement() != 0) {
        return;
      }
    }
    int seen = 1;
    while (seen != 0) {
      for (List<ByteBuffer> next = waiting.poll(); next != null; next = waiting.poll()) {
        next.forEach(packet -> waitingBytes.addAndGet(-packet.remaining()));
        receive(next);
      }
      seen = demand.addAndGet(-seen);
    }
  }

  private void receive(List<ByteBuffer> packets) {
    PacketSink.Receiver to = receiver;
    if (to != null && !closed) {
      try {
        to.receive(packets);
      } catch (RuntimeException e) { // a receiver's bug must not stop the link
        LOG.log(System.Logger.Level.ERROR, "A receiver of packets failed", e);
      }
    }
  }

  private List<ByteBuffer> copy(List<ByteBuffer> packets) {
    List<ByteBuffer> copies = new ArrayList<>(packets.size());
    for (ByteBuffer packet : packets) {
      int length = packet.remaining();
      if (waitingBytes.addAndGet(length) > MOST_WAITING) {
        waitingBytes.addAndGet(-length);
      } else {
        copies.add(copy(packet));
      }
    }
    return copies;
  }

  static ByteBuffer copy(ByteBuffer packet) {
    return ByteBuffer.allocate(packet.remaining()).put(packet.duplicate()).flip();
  }
}
