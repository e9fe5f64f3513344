package io.rookery.tcpip.tcp;

/**
 * The urgent byte as Linux has it (tcp(7)): of several only the last counts, it is taken out of the
 * stream unless the user wants it inline, and reading stops there once.
 */
final class UrgentMark {
  private static final long NONE = -1;

  private long at = NONE;
  private boolean here;
  private boolean taken;
  private byte value;

  /** True if this is news. */
  boolean announced(long offset, ReceiveQueue queue) {
    if (offset < queue.start() || offset <= at) {
      return false;
    }
    at = offset;
    taken = false;
    here = false;
    arrived(queue);
    return true;
  }

  /** True if the byte has just come. */
  boolean arrived(ReceiveQueue queue) {
    if (at == NONE || here || at >= queue.next()) {
      return false;
    }
    here = true;
    value = queue.at(at);
    return true;
  }

  /** Whether the byte waits for {@link #value} while the user reads from an offset. */
  boolean isReadable(long from) {
    return here && isPending(from);
  }

  /** Whether there is an urgent byte that was not taken or passed, here or announced. */
  boolean isPending(long from) {
    return at >= from && !taken;
  }

  int value(boolean keep) {
    taken = !keep;
    return value & 0xff;
  }

  /** Whether the next byte to read is the urgent one. */
  boolean isAt(long offset) {
    return at != NONE && at == offset;
  }

  /** Whether reading from an offset passes over the urgent byte. */
  boolean skips(long offset, boolean inline) {
    return !inline && here && at == offset;
  }

  /** Where a read from an offset must stop. */
  long stop(long from, long next, boolean inline) {
    if (at == NONE || at >= next || at < from) {
      return next;
    }
    return at == from ? inline ? next : from : at;
  }

  /** Bytes in the queue that no read returns. */
  int hole(ReceiveQueue queue, boolean inline) {
    return !inline && here && at >= queue.start() && at < queue.next() ? 1 : 0;
  }
}
