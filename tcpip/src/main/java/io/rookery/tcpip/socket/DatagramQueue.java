package io.rookery.tcpip.socket;

import io.rookery.tcpip.DatagramInfo;
import io.rookery.tcpip.core.PagePool;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Received datagrams that wait for their reader. */
final class DatagramQueue {
  /** Of a datagram besides its data, roughly. */
  private static final int OVERHEAD = 256;

  private record Datagram(DatagramInfo info, byte[] data) {}

  private final Deque<Datagram> waiting = new ArrayDeque<>(0);
  private final PagePool memory;
  private int bytes;

  DatagramQueue(PagePool memory) {
    this.memory = memory;
  }

  /** False if that would be more than the limit. */
  boolean add(DatagramInfo info, byte[] from, int at, int length, int limit) {
    if (bytes + length + OVERHEAD > limit && bytes > 0 || memory.isFull()) {
      return false;
    }
    byte[] data = new byte[length];
    System.arraycopy(from, at, data, 0, length);
    waiting.add(new Datagram(info, data));
    charge(length + OVERHEAD);
    return true;
  }

  @Nullable DatagramInfo take(ByteBuffer to, boolean keep) {
    Datagram datagram = waiting.peek();
    if (datagram == null) {
      return null;
    }
    to.put(datagram.data, 0, Math.min(datagram.data.length, to.remaining()));
    if (!keep) {
      waiting.remove();
      charge(-datagram.data.length - OVERHEAD);
    }
    return datagram.info;
  }

  int nextLength() {
    Datagram datagram = waiting.peek();
    return datagram == null ? 0 : datagram.data.length;
  }

  int bytes() {
    return bytes;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  void clear() {
    waiting.clear();
    charge(-bytes);
  }

  private void charge(int count) {
    bytes += count;
    memory.charge(count);
  }
}
