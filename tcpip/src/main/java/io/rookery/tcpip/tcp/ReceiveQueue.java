package io.rookery.tcpip.tcp;

import io.rookery.tcpip.core.PagePool;
import io.rookery.tcpip.core.PagedBuffer;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Received data by offset in the stream: what is in order and waits for the user, and what lies
 * behind gaps. The caller takes nothing beyond the window, which bounds the memory.
 */
final class ReceiveQueue {
  /** More islands than this are not kept: each costs memory that the window does not count. */
  private static final int MOST_ISLANDS = 1024;

  private final PagedBuffer bytes;
  private final TreeMap<Long, Long> islands =
      new TreeMap<>(); // start to end, apart from each other
  private long next;

  /** What {@link #insert} did. */
  enum Outcome {
    /** The data were there already. */
    DUPLICATE,
    /** The data went to the end of what is in order. */
    IN_ORDER,
    /** As {@link #IN_ORDER}, and a gap was closed or made smaller. */
    FILLED,
    /** The data lie behind a gap. */
    OUT_OF_ORDER,
    /** The data were not taken. */
    REFUSED
  }

  ReceiveQueue(PagePool pool) {
    bytes = new PagedBuffer(pool);
  }

  /** Offset of the next byte for the user. */
  long start() {
    return bytes.start();
  }

  /** Offset of the next byte expected from the peer. */
  long next() {
    return next;
  }

  /** Bytes in order. */
  int length() {
    return (int) (next - bytes.start());
  }

  boolean hasIslands() {
    return !islands.isEmpty();
  }

  /** The out-of-order range that an offset lies in; null if it lies in none. */
  Map.@Nullable Entry<Long, Long> island(long offset) {
    Map.Entry<Long, Long> entry = islands.floorEntry(offset);
    return entry != null && offset < entry.getValue() ? entry : null;
  }

  /** End of the last out-of-order range, or of what is in order. */
  long highest() {
    return islands.isEmpty() ? next : islands.lastEntry().getValue();
  }

  /** Takes data, of which nothing lies left of {@link #next}. */
  Outcome insert(long offset, byte[] from, int at, int length) {
    long end = offset + length;
    if (offset == next) {
      // What lies in an island already may only repeat it: the first copy stays.
      if (islands.isEmpty()) {
        bytes.write(offset, from, at, length);
        next = end;
        return Outcome.IN_ORDER;
      }
      fill(offset, end, from, at);
      next = end;
      absorb();
      return Outcome.FILLED;
    }
    Map.Entry<Long, Long> before = islands.floorEntry(offset);
    if (before != null && before.getValue() >= end) {
      return Outcome.DUPLICATE;
    }
    boolean joins = before != null && before.getValue() >= offset || touches(offset, end);
    if (!joins && islands.size() >= MOST_ISLANDS) {
      return Outcome.REFUSED;
    }
    fill(offset, end, from, at);
    merge(offset, end);
    return Outcome.OUT_OF_ORDER;
  }

  private boolean touches(long offset, long end) {
    Long following = islands.ceilingKey(offset);
    return following != null && following <= end;
  }

  /** Writes what is not there yet. */
  private void fill(long offset, long end, byte[] from, int at) {
    long cursor = offset;
    Map.Entry<Long, Long> before = islands.floorEntry(offset);
    if (before != null && before.getValue() > cursor) {
      cursor = Math.min(before.getValue(), end);
    }
    while (cursor < end) {
      Map.Entry<Long, Long> following = islands.ceilingEntry(cursor);
      long stop = following == null ? end : Math.min(following.getKey(), end);
      bytes.write(cursor, from, at + (int) (cursor - offset), (int) (stop - cursor));
      cursor = following == null ? end : Math.max(stop, Math.min(following.getValue(), end));
    }
  }

  private void merge(long offset, long end) {
    long left = offset;
    long right = end;
    Map.Entry<Long, Long> before = islands.floorEntry(left);
    if (before != null && before.getValue() >= left) {
      left = before.getKey();
      right = Math.max(right, before.getValue());
    }
    for (Map.Entry<Long, Long> next = islands.ceilingEntry(left);
        next != null && next.getKey() <= right;
        next = islands.ceilingEntry(left)) {
      right = Math.max(right, next.getValue());
      islands.remove(next.getKey());
    }
    islands.put(left, right);
  }

  /** Takes islands that are in order now. */
  private void absorb() {
    while (!islands.isEmpty() && islands.firstKey() <= next) {
      next = Math.max(next, islands.pollFirstEntry().getValue());
    }
  }

  /** Copies bytes that are in order. */
  void read(long offset, ByteBuffer to, int length) {
    bytes.read(offset, to, length);
  }

  /** Puts bytes back that were read last. */
  void unread(byte[] from, int at, int length) {
    bytes.prepend(from, at, length);
  }

  /** One byte that is in order. */
  byte at(long offset) {
    byte[] one = new byte[1];
    bytes.read(offset, one, 0, 1);
    return one[0];
  }

  void discardTo(long offset) {
    bytes.discardTo(offset);
    if (offset == next && islands.isEmpty()) {
      bytes.clear();
    }
  }

  /** Drops everything; what is in order counts as read. */
  void clear() {
    islands.clear();
    bytes.discardTo(next);
    bytes.clear();
  }
}
