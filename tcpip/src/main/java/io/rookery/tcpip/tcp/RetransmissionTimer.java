package io.rookery.tcpip.tcp;

import io.rookery.tcpip.core.Timer;

/**
 * The one timer that keeps a sender going: retransmission (RFC 6298), reordering and tail loss
 * probe (RFC 8985), window probe (RFC 9293 section 3.8.6.1), and the end of corking. Never two are
 * needed.
 */
final class RetransmissionTimer {
  private static final long CORKED = 200_000_000;
  private static final long PROBE_WITHOUT_RTT = 1_000_000_000;
  private static final long PROBE_ACK_DELAY = 200_000_000;

  /** More than a thread of the peer's waits for a processor: a needless probe costs both sides. */
  private static final long LEAST_PROBE = 10_000_000;

  private enum Mode {
    RETRANSMIT,
    REORDER,
    TAIL_PROBE,
    WINDOW_PROBE,
    CORK
  }

  private final Connection c;
  private final Timer timer;
  private Mode mode = Mode.RETRANSMIT;
  private long base;
  private int backoff;
  private long reorderAt;
  private boolean reorderSet;
  private long probeFrom;
  private boolean probeWanted;
  private long windowProbeFrom;
  private int windowProbes;

  RetransmissionTimer(Connection c) {
    this.c = c;
    timer = c.loop().timer(this::fire);
  }

  int backoff() {
    return backoff;
  }

  /** Window probes since the peer last opened its window or answered. */
  int windowProbes() {
    return windowProbes;
  }

  /** The timeout with backoff. */
  long timeout() {
    return Math.min(c.sender().rtt().rto() << Math.min(backoff, 20), RttEstimator.MAX_RTO);
  }

  /** Starts anew for a handshake segment. */
  void handshake() {
    mode = Mode.RETRANSMIT;
    timer.setAt(c.loop().now() + timeout());
  }

  /** (5.1), (5.3): time counts from now. */
  void restart() {
    base = c.loop().now();
  }

  void resetBackoff() {
    backoff = 0;
  }

  void backOff() {
    backoff++;
  }

  void peerAnswered() {
    windowProbes = 0;
  }

  /** RACK wants to look again. */
  void reorder(long delay) {
    reorderSet = delay > 0;
    reorderAt = c.loop().now() + delay;
  }

  /** RFC 8985 section 7.2: after new data and after progress. */
  void wantProbe() {
    probeWanted = true;
    probeFrom = c.loop().now();
  }

  void noProbe() {
    probeWanted = false;
  }

  /** Sets the timer for what is the case now. */
  void rearm() {
    Sender sender = c.sender();
    long now = c.loop().now();
    if (sender.board().isEmpty()) {
      reorderSet = false;
      if (!sender.hasUnsent()) {
        timer.cancel();
      } else if (sender.windowBlocks()) {
        if (mode != Mode.WINDOW_PROBE || !timer.isSet()) {
          windowProbeFrom = now;
        }
        set(Mode.WINDOW_PROBE, windowProbeFrom + probeDelay());
      } else if (mode != Mode.CORK || !timer.isSet()) {
        set(Mode.CORK, now + CORKED);
      }
      return;
    }
    long retransmitAt = base + timeout();
    if (reorderSet && reorderAt - retransmitAt < 0) {
      set(Mode.REORDER, reorderAt);
    } else if (probeWanted && sender.mayProbe()) {
      long probeAt = probeFrom + probeTimeout();
      set(
          probeAt - retransmitAt < 0 ? Mode.TAIL_PROBE : Mode.RETRANSMIT,
          Math.min(probeAt, retransmitAt));
    } else {
      set(Mode.RETRANSMIT, retransmitAt);
    }
  }

  private long probeDelay() {
    return Math.min(c.sender().rtt().rto() << Math.min(windowProbes, 20), RttEstimator.MAX_RTO);
  }

  private long probeTimeout() {
    long smoothed = c.sender().rtt().smoothed();
    if (smoothed == 0) {
      return PROBE_WITHOUT_RTT;
    }
    long timeout = Math.max(2 * smoothed, LEAST_PROBE);
    return c.sender().board().size() == 1 ? timeout + PROBE_ACK_DELAY : timeout;
  }

  private void set(Mode what, long at) {
    mode = what;
    timer.setAt(at);
  }

  private void fire() {
    switch (mode) {
      case RETRANSMIT -> c.retransmissionTimeout();
      case REORDER -> {
        reorderSet = false;
        c.sender().reorderingTimeout();
      }
      case TAIL_PROBE -> {
        probeWanted = false;
        c.sender().sendTailProbe();
      }
      case WINDOW_PROBE -> {
        windowProbes++;
        windowProbeFrom = c.loop().now();
        c.windowProbeTimeout();
      }
      case CORK -> c.sender().outputSmall();
    }
  }

  void dispose() {
    timer.dispose();
  }
}
