package io.rookery.tcpip.tcp;

/** How the congestion window grows and how far it falls; bytes and nanoseconds. */
interface CongestionControl {

  /** The algorithm of that name. */
  static CongestionControl named(String name) {
    return name.equals("reno") ? new Reno() : new Cubic();
  }

  /**
   * The window after an acknowledgment outside of recovery and slow start.
   *
   * @param acked bytes newly acknowledged
   * @param rtt smoothed round trip time
   */
  long increase(long window, int mss, long acked, long rtt, long now);

  /** The new slow start threshold after a loss. */
  long threshold(long window, int mss);

  /** The loss was none, or the connection was idle: growth starts anew. */
  void restart();
}
