package io.rookery.tcpip.tcp;

/** RACK (RFC 8985 section 6): what was sent before something that arrived, and is late, is lost. */
final class LossDetector {
  private static final int DUPLICATE_THRESHOLD = 3;
  private static final int PERSIST = 16;

  private final Scoreboard board;
  private final RttEstimator rtt;

  private boolean valid;
  private long sentAt;
  private int end;
  private long roundTrip;

  private int highestDelivered;
  private boolean reordering;
  private int windowFactor = 1;
  private int persist;
  private int roundEnd;
  private boolean inRound;

  LossDetector(Scoreboard board, RttEstimator rtt) {
    this.board = board;
    this.rtt = rtt;
  }

  void start(int iss) {
    highestDelivered = iss;
  }

  boolean reorderingSeen() {
    return reordering;
  }

  /**
   * Steps 2 and 3: a segment was acknowledged or selectively acknowledged.
   *
   * @param ambiguous whether the acknowledgment may be for an earlier transmission
   */
  void delivered(SentSegment segment, boolean ambiguous, long now) {
    if (Seq.after(segment.end, highestDelivered)) {
      highestDelivered = segment.end;
    } else if (Seq.before(segment.end, highestDelivered) && !segment.everRetransmitted()) {
      reordering = true;
    }
    long elapsed = now - segment.sentAt;
    if (segment.everRetransmitted() && (ambiguous || elapsed < rtt.minimum())) {
      return;
    }
    if (!valid || sentAfter(segment.sentAt, segment.end, sentAt, end)) {
      valid = true;
      sentAt = segment.sentAt;
      end = segment.end;
      roundTrip = elapsed;
    }
  }

  private static boolean sentAfter(long time1, int end1, long time2, int end2) {
    return time1 - time2 > 0 || time1 == time2 && Seq.after(end1, end2);
  }

  /** Step 4, first half: the peer got something twice, so more reordering must be borne. */
  void duplicateReported(int una, int next) {
    if (!inRound || Seq.atMost(roundEnd, una)) {
      inRound = true;
      roundEnd = next;
      windowFactor = Math.min(windowFactor + 1, 64);
      persist = PERSIST;
    }
  }

  /** Step 4: a recovery has ended. */
  void recovered() {
    if (--persist <= 0) {
      windowFactor = 1;
    }
  }

  /** Time that a segment may be late. */
  private long reorderingWindow(boolean inRecovery) {
    if (!reordering && (inRecovery || board.sackedSegments() >= DUPLICATE_THRESHOLD)) {
      return 0;
    }
    return Math.min(windowFactor * rtt.minimum() / 4, rtt.smoothed());
  }

  /**
   * Step 5: marks what is lost.
   *
   * @return nanoseconds until the next segment may turn out to be lost, 0 if there is none
   */
  long detect(boolean inRecovery, long now) {
    if (!valid) {
      return 0;
    }
    long window = reorderingWindow(inRecovery);
    SentSegment segment = board.oldest();
    while (segment != null && sentAfter(sentAt, end, segment.sentAt, segment.end)) {
      SentSegment next = segment.newer;
      long remaining = segment.sentAt + roundTrip + window - now;
      if (remaining > 0) {
        return remaining;
      }
      board.markLost(segment);
      segment = next;
    }
    return 0;
  }
}
