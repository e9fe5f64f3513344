package io.rookery.linux.net.packet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.net.PacketSockets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Where a socket's packets wait: in memory of its own, or in a ring if there is one. Thread-safe.
 */
final class PacketQueue {
  private final PacketSockets all;
  // Guarded by this, all below.
  private final Deque<CapturedPacket> waiting = new ArrayDeque<>(0);
  private long bytes;
  private @Nullable PacketRing ring;
  private int taken;
  private int dropped;
  private boolean closed;

  /** An empty queue, whose memory is counted together with that of all others. */
  PacketQueue(PacketSockets all) {
    this.all = all;
  }

  /**
   * Adds a packet, or counts it as lost; whether it was added.
   *
   * @param limit bytes beyond which nothing is added
   */
  synchronized boolean add(CapturedPacket packet, int limit) {
    if (closed) {
      return false;
    }
    if (!store(packet, limit)) {
      dropped++;
      return false;
    }
    taken++;
    return true;
  }

  private boolean store(CapturedPacket packet, int limit) {
    PacketRing to = ring;
    if (to != null) {
      return to.put(packet, dropped > 0);
    }
    if (bytes >= limit || !all.charge(packet.charge())) {
      return false;
    }
    bytes += packet.charge();
    waiting.add(packet);
    return true;
  }

  /** The oldest packet, which stays there if it is kept; null if none waits here. */
  synchronized @Nullable CapturedPacket take(boolean keep) {
    CapturedPacket p = keep ? waiting.peek() : waiting.poll();
    if (p != null && !keep) {
      bytes -= p.charge();
      all.uncharge(p.charge());
    }
    return p;
  }

  /** Whether {@link #take} finds something. */
  synchronized boolean hasWaiting() {
    return !waiting.isEmpty();
  }

  /** Whether there is something to read, here or in the ring. */
  synchronized boolean isReadable() {
    return hasWaiting() || ring != null && ring.isReadable();
  }

  synchronized long bytes() {
    return bytes;
  }

  /** How many packets came, and how many of them were lost, since last asked. */
  synchronized int[] statistics() {
    int[] counts = {taken + dropped, dropped};
    taken = 0;
    dropped = 0;
    return counts;
  }

  synchronized @Nullable PacketRing ring() {
    return ring;
  }

  /** Packets go into a ring from now on, or stay here again; what waits is lost. EBADF. */
  synchronized void setRing(@Nullable PacketRing value) {
    if (closed) {
      throw Errno.EBADF.exception();
    }
    clear();
    ring = value;
  }

  private void clear() {
    all.uncharge(bytes);
    bytes = 0;
    waiting.clear();
    if (ring != null) {
      ring.close();
      ring = null;
    }
  }

  /** Nothing is added from now on. */
  synchronized void close() {
    closed = true;
    clear();
  }
}
