package io.rookery.tcpip.tcp;

/** RFC 5681 with byte counting (RFC 3465). */
final class Reno implements CongestionControl {
  private long acknowledged;

  @Override
  public long increase(long window, int mss, long acked, long rtt, long now) {
    acknowledged += acked;
    if (acknowledged < window) {
      return window;
    }
    acknowledged -= window;
    return window + mss;
  }

  @Override
  public long threshold(long window, int mss) {
    acknowledged = 0;
    return Math.max(window / 2, 2L * mss);
  }

  @Override
  public void restart() {
    acknowledged = 0;
  }
}
