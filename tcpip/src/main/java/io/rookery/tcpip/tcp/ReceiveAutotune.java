package io.rookery.tcpip.tcp;

/**
 * Grows the receive buffer to twice what the user reads in a round trip, so that the window is
 * never what limits a sender ("dynamic right-sizing", Fisk and Feng 2001).
 */
final class ReceiveAutotune {
  static final int INITIAL = 128 << 10;
  static final int MOST = 8 << 20;

  /**
   * What a sender starts with (RFC 6928). Growth is measured from here on, so that the buffer is
   * larger before the sender needs it: one that once waits for a window sends in bursts, which
   * HyStart (RFC 9406) takes for the end of slow start.
   */
  private static final int INITIAL_SEGMENTS = 10;

  private long rtt;
  private long measuredFrom;
  private long bytesThen;
  private long perRoundTrip; // 0 before the first measurement

  // For peers without timestamps: the time that a window takes to arrive.
  private long windowFrom;
  private int windowEnd;
  private boolean windowMeasured;

  /** 0 before the first sample. */
  long rtt() {
    return rtt;
  }

  /** A timestamp came back with data. */
  void sample(long nanos) {
    long r = Math.max(nanos, 1_000_000);
    rtt = rtt == 0 ? r : Math.min(r, rtt + (r - rtt) / 8);
  }

  /** Data arrived from a peer without timestamps. */
  void arrived(int next, int windowRight, long now) {
    if (windowMeasured && Seq.before(next, windowEnd)) {
      return;
    }
    if (windowMeasured) {
      sample(now - windowFrom);
    }
    windowMeasured = true;
    windowFrom = now;
    windowEnd = windowRight;
  }

  /**
   * The user has read.
   *
   * @param total bytes read since the start
   * @return how large the buffer should be at least, 0 for no change
   */
  long read(long total, int mss, long now) {
    if (rtt == 0 || now - measuredFrom < rtt) {
      return 0;
    }
    if (perRoundTrip == 0) {
      perRoundTrip = (long) INITIAL_SEGMENTS * mss;
    }
    long copied = total - bytesThen;
    measuredFrom = now;
    bytesThen = total;
    if (copied <= perRoundTrip) {
      return 0;
    }
    // Twice, since the sender may double its window in the next round trip, and what it grew by.
    long wanted = 2 * copied + 16L * mss;
    wanted += 2 * wanted * (copied - perRoundTrip) / perRoundTrip;
    perRoundTrip = copied;
    return Math.min(wanted, MOST);
  }
}
