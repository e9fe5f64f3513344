package io.rookery.tcpip.tcp;

import io.rookery.tcpip.wire.TcpOptionWriter;
import java.util.Map;

/**
 * Which SACK blocks an acknowledgment carries: a duplicate first (RFC 2883), then the islands that
 * changed last (RFC 2018 section 4).
 */
final class SackReporter {
  private static final int REMEMBERED = 4;

  /** An offset in each of the islands that changed last, the last one first. */
  private final long[] recent = new long[REMEMBERED];

  private int recentCount;
  private boolean duplicate;
  private int duplicateLeft;
  private int duplicateRight;

  /** Data at an offset came out of order. */
  void changed(long offset) {
    int keep = Math.min(recentCount, REMEMBERED - 1);
    System.arraycopy(recent, 0, recent, 1, keep);
    recent[0] = offset;
    recentCount = keep + 1;
  }

  /** A range came again. */
  void duplicated(int left, int right) {
    duplicate = true;
    duplicateLeft = left;
    duplicateRight = right;
  }

  /** Bytes of options for a number of blocks that fits. */
  int length(ReceiveQueue queue, int room) {
    int most = (room - 4) / 8;
    return most <= 0 ? 0 : TcpOptionWriter.sackLength(Math.min(most, count(queue)));
  }

  private int count(ReceiveQueue queue) {
    int count = duplicate ? 1 : 0;
    if (!queue.hasIslands()) {
      recentCount = 0;
      return count;
    }
    compact(queue);
    return count + recentCount;
  }

  /** Keeps one offset of each island that is still there. */
  private void compact(ReceiveQueue queue) {
    int kept = 0;
    for (int i = 0; i < recentCount; i++) {
      Map.Entry<Long, Long> island = queue.island(recent[i]);
      if (island != null && !isKept(island, kept)) {
        recent[kept++] = recent[i];
      }
    }
    recentCount = kept;
  }

  private boolean isKept(Map.Entry<Long, Long> island, int kept) {
    for (int i = 0; i < kept; i++) {
      if (recent[i] >= island.getKey() && recent[i] < island.getValue()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Writes what {@link #length} counted, and forgets the duplicate.
   *
   * @param sequenceOf0 the sequence number of offset 0
   */
  void write(byte[] b, int at, int length, ReceiveQueue queue, int sequenceOf0) {
    int left = (length - 4) / 8;
    int to = TcpOptionWriter.sackHeader(b, at, left);
    if (duplicate) {
      to = TcpOptionWriter.sackBlock(b, to, duplicateLeft, duplicateRight);
      left--;
      duplicate = false;
    }
    for (int i = 0; i < left; i++) {
      Map.Entry<Long, Long> island = queue.island(recent[i]);
      if (island == null) {
        throw new IllegalStateException("An island vanished");
      }
      to =
          TcpOptionWriter.sackBlock(
              b,
              to,
              sequenceOf0 + (int) (long) island.getKey(),
              sequenceOf0 + (int) (long) island.getValue());
    }
  }
}
