package io.rookery.tcpip.tcp;

import io.rookery.tcpip.core.PagePool;
import io.rookery.tcpip.core.PagedBuffer;
import java.nio.ByteBuffer;

/** What the user wrote and the peer has not acknowledged, by offset in the stream. */
final class SendQueue {
  private final PagedBuffer bytes;
  private long end;

  SendQueue(PagePool pool) {
    bytes = new PagedBuffer(pool);
  }

  /** Offset of the first byte that is not acknowledged. */
  long start() {
    return bytes.start();
  }

  /** Offset behind the last byte written. */
  long end() {
    return end;
  }

  int length() {
    return (int) (end - bytes.start());
  }

  void write(ByteBuffer from, int count) {
    bytes.write(end, from, count);
    end += count;
  }

  void read(long offset, byte[] to, int at, int length) {
    bytes.read(offset, to, at, length);
  }

  void acknowledge(long offset) {
    bytes.discardTo(offset);
    if (offset == end) {
      bytes.clear(); // thousands of idle connections hold no page
    }
  }

  void clear() {
    bytes.discardTo(end);
    bytes.clear();
  }
}
