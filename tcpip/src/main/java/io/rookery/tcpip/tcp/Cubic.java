package io.rookery.tcpip.tcp;

/** RFC 9438; windows in segments, times in seconds, as there. */
final class Cubic implements CongestionControl {
  private static final double C = 0.4;
  private static final double BETA = 0.7;
  private static final double ALPHA = 3 * (1 - BETA) / (1 + BETA);

  private double wMax;
  private double k;
  private double wEst;
  private double fraction;
  private long epoch;
  private boolean inEpoch;

  @Override
  public long increase(long window, int mss, long acked, long rtt, long now) {
    double cwnd = (double) window / mss;
    if (!inEpoch) {
      begin(cwnd, now);
    }
    double t = (now - epoch) / 1e9;
    double target = cubic(t + rtt / 1e9);
    target = Math.clamp(target, cwnd, 1.5 * cwnd); // section 4.2
    double segments = (double) acked / mss;
    wEst += (wEst >= wMax ? 1 : ALPHA) * segments / cwnd; // section 4.3
    double grown =
        cubic(t) < wEst
            ? Math.max(wEst, cwnd)
            : cwnd + Math.min(segments * (target - cwnd) / cwnd, segments / 2 + 1);
    fraction += (grown - cwnd) * mss;
    long bytes = (long) fraction;
    fraction -= bytes;
    return window + bytes;
  }

  private void begin(double cwnd, long now) {
    inEpoch = true;
    epoch = now;
    fraction = 0;
    wEst = cwnd;
    wMax = Math.max(wMax, cwnd);
    k = Math.cbrt((wMax - cwnd) / C);
  }

  private double cubic(double t) {
    double d = t - k;
    return C * d * d * d + wMax;
  }

  @Override
  public long threshold(long window, int mss) {
    double cwnd = (double) window / mss;
    // section 4.7, fast convergence
    wMax = cwnd < wMax ? cwnd * (1 + BETA) / 2 : cwnd;
    inEpoch = false;
    return Math.max((long) (window * BETA), 2L * mss);
  }

  @Override
  public void restart() {
    inEpoch = false;
  }
}
