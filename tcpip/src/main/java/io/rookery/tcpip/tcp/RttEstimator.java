package io.rookery.tcpip.tcp;

import java.util.concurrent.TimeUnit;

/** Round trip time and the retransmission timeout (RFC 6298), in nanoseconds. */
final class RttEstimator {
  static final long INITIAL_RTO = TimeUnit.SECONDS.toNanos(1);
  static final long MAX_RTO = TimeUnit.SECONDS.toNanos(120);

  /** As Linux; RFC 6298 (2.4) says one second. */
  private static final long MIN_RTO = TimeUnit.MILLISECONDS.toNanos(200);

  private static final long MINIMUM_WINDOW = TimeUnit.SECONDS.toNanos(150);

  private long smoothed;
  private long variation;
  private long rto = INITIAL_RTO;

  // The least of the last 150 to 300 seconds.
  private long minimum = Long.MAX_VALUE;
  private long minimumBefore = Long.MAX_VALUE;
  private long windowStart;

  void sample(long rtt, long now) {
    long r = Math.max(rtt, 1000);
    sampleMinimum(r, now);
    if (smoothed == 0) {
      smoothed = r;
      variation = r / 2;
    } else {
      variation += (Math.abs(smoothed - r) - variation) / 4;
      smoothed += (r - smoothed) / 8;
    }
    rto = Math.min(smoothed + Math.max(4 * variation, MIN_RTO), MAX_RTO);
  }

  /** For segments whose time says nothing about the timeout. */
  void sampleMinimum(long rtt, long now) {
    if (now - windowStart > MINIMUM_WINDOW) {
      minimumBefore = minimum;
      minimum = Long.MAX_VALUE;
      windowStart = now;
    }
    minimum = Math.min(minimum, Math.max(rtt, 1000));
  }

  /** RFC 6298 (5.7): after a handshake that timed out. */
  void startAt3Seconds() {
    rto = TimeUnit.SECONDS.toNanos(3);
  }

  /** 0 before the first sample. */
  long smoothed() {
    return smoothed;
  }

  long variation() {
    return variation;
  }

  /** Without backoff. */
  long rto() {
    return rto;
  }

  /** 0 before the first sample. */
  long minimum() {
    long least = Math.min(minimum, minimumBefore);
    return least == Long.MAX_VALUE ? 0 : least;
  }
}
