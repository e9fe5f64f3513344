package io.rookery.tcpip.tcp;

/**
 * Which acknowledgments of segments out of order may wait a moment, so that one reports several.
 * The first three behind a hole may not: fast retransmit counts them (RFC 5681 section 4.2). What
 * later ones report can wait; were each segment reported at once, the sender would take more of the
 * late ones for lost. Linux does the same (tcp_comp_sack_delay_ns, tcp_comp_sack_nr).
 */
final class DuplicateAcks {
  private static final int IMMEDIATE = 3;
  private static final int MOST_WAITING = 44;
  private static final long LEAST_DELAY = 100_000; // nanoseconds
  private static final long MOST_DELAY = 1_000_000;

  private int hole;
  private int immediate;
  private int waiting;

  /**
   * A segment came out of order.
   *
   * @param next RCV.NXT
   * @return whether its acknowledgment may wait
   */
  boolean mayWait(int next) {
    if (next != hole) {
      hole = next;
      immediate = 0;
    }
    if (immediate < IMMEDIATE) {
      immediate++;
      return false;
    }
    return waiting++ < MOST_WAITING;
  }

  /** An acknowledgment has left, so that none waits. */
  void sent() {
    waiting = 0;
  }

  /** How long one waits, for a round trip time, both in nanoseconds. */
  static long delay(long rtt) {
    return Math.clamp(rtt / 20, LEAST_DELAY, MOST_DELAY);
  }
}
