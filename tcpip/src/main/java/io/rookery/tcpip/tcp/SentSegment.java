package io.rookery.tcpip.tcp;

import org.jspecify.annotations.Nullable;

/** A range of sequence numbers that was sent as one segment and is not acknowledged. */
final class SentSegment {
  int start;

  /** Behind the last sequence number, a FIN's included. */
  int end;

  boolean fin;

  /** When it was sent last. */
  long sentAt;

  int transmissions = 1;

  /** Selectively acknowledged. */
  boolean sacked;

  /** Held to be lost. */
  boolean lost;

  /** Sent again since it was held to be lost, or as a probe, and that copy may be under way. */
  boolean resent;

  /** Neighbours in the order of {@link #sentAt}; see {@link Scoreboard}. */
  @Nullable SentSegment older;

  @Nullable SentSegment newer;
  boolean listed;

  SentSegment(int start, int end, boolean fin, long sentAt) {
    this.start = start;
    this.end = end;
    this.fin = fin;
    this.sentAt = sentAt;
  }

  int length() {
    return end - start;
  }

  boolean everRetransmitted() {
    return transmissions > 1;
  }
}
