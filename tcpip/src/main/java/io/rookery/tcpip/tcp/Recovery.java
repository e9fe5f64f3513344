package io.rookery.tcpip.tcp;

import io.rookery.tcpip.Counter;

/**
 * The congestion window, and how it passes through losses: proportional rate reduction (RFC 6937)
 * in fast recovery (RFC 6675), slow start after a timeout (RFC 5681), and undoing both when they
 * proved needless (RFC 3522, 3708).
 */
final class Recovery {
  static final int OPEN = 0;
  static final int FAST = 3;
  static final int LOSS = 4;

  private static final int INITIAL_SEGMENTS = 10; // RFC 6928

  private final Connection c;
  private final Scoreboard board;
  private CongestionControl control;

  private long window;
  private long threshold = Long.MAX_VALUE / 4;
  private int state = OPEN;
  private int recoveryPoint;

  // RFC 6937
  private long prrDelivered;
  private long prrOut;
  private long flightAtStart;

  // For undoing.
  private boolean undoable;
  private long priorWindow;
  private long priorThreshold;
  private int firstRetransmission; // timestamp
  private boolean retransmitted;
  private long undoBytes;
  private int undoFrom;

  Recovery(Connection c, Scoreboard board) {
    this.c = c;
    this.board = board;
    control = CongestionControl.named(c.config().congestion());
  }

  void start(int mss, boolean synLost) {
    window = (long) mss * (synLost ? 1 : INITIAL_SEGMENTS);
  }

  void select(String name) {
    control = CongestionControl.named(name);
  }

  int state() {
    return state;
  }

  /** Recovery ends when this is acknowledged. */
  int point() {
    return recoveryPoint;
  }

  boolean inRecovery() {
    return state != OPEN;
  }

  long window() {
    return window;
  }

  long threshold() {
    return threshold;
  }

  /** After a time without traffic the window says nothing about the path (RFC 5681 section 4.1). */
  void idle(int mss, long restarts) {
    long restart = (long) INITIAL_SEGMENTS * mss;
    threshold = Math.max(threshold, window * 3 / 4);
    for (long i = restarts; i > 0 && window > restart; i--) {
      window = Math.max(window / 2, restart);
    }
    control.restart();
  }

  /** A segment was sent again, or a new one during recovery. */
  void sent(int length, boolean again, int timestamp) {
    if (state == FAST) {
      prrOut += length;
    }
    if (again && state != OPEN) {
      undoBytes += length;
      if (!retransmitted) {
        retransmitted = true;
        firstRetransmission = timestamp;
      }
    }
  }

  /** Losses were found: begin fast recovery, unless one is under way. */
  void lossFound(int next, int mss) {
    if (state != OPEN) {
      return;
    }
    begin(next, mss);
    state = FAST;
    prrDelivered = 0;
    prrOut = 0;
    flightAtStart = Math.max(board.outstanding(), mss);
  }

  /** The retransmission timer has fired. */
  void timeout(int next, int mss) {
    if (state != LOSS) {
      if (state == OPEN) {
        begin(next, mss);
      } else {
        undoable = false;
        threshold = control.threshold(window, mss);
      }
    }
    state = LOSS;
    recoveryPoint = next;
    window = mss;
  }

  private void begin(int next, int mss) {
    undoable = true;
    priorWindow = window;
    priorThreshold = threshold;
    undoBytes = 0;
    undoFrom = c.sender().una();
    retransmitted = false;
    recoveryPoint = next;
    threshold = control.threshold(window, mss);
  }

  /** A tail loss probe has repaired a loss: reduce, although there is nothing to recover. */
  void probeRepairedLoss(int mss) {
    if (state == OPEN) {
      threshold = control.threshold(window, mss);
      window = Math.max(threshold, mss);
    }
  }

  /**
   * Takes account of an acknowledgment.
   *
   * @param delivered bytes newly acknowledged, selectively or not
   * @param acked bytes newly acknowledged cumulatively
   */
  void acknowledged(int una, long delivered, long acked, int mss, boolean limited, long now) {
    if (state != OPEN && Seq.atMost(recoveryPoint, una)) {
      end(mss);
    }
    switch (state) {
      case FAST -> reduce(delivered, mss);
      case LOSS -> window += Math.min(acked, 2L * mss);
      default -> {
        if (limited && acked > 0) {
          grow(acked, mss, now);
        }
      }
    }
  }

  private void end(int mss) {
    if (state == FAST) {
      window = Math.max(threshold, mss);
      c.sender().detector().recovered();
    }
    state = OPEN;
  }

  private void grow(long acked, int mss, long now) {
    long left = acked;
    if (window < threshold) {
      long step = Math.min(left, threshold - window);
      window += step; // RFC 3465 without its limit: RFC 9002 and Linux do the same
      left -= step;
    }
    if (left > 0) {
      window = control.increase(window, mss, left, c.sender().rtt().smoothed(), now);
    }
  }

  /** RFC 6937 section 3; with the slow start bound only while the path delivers (RFC 9937). */
  private void reduce(long delivered, int mss) {
    prrDelivered += delivered;
    long pipe = board.pipe();
    long send;
    if (pipe > threshold) {
      send = (prrDelivered * threshold + flightAtStart - 1) / flightAtStart - prrOut;
    } else {
      long limit = Math.max(prrDelivered - prrOut, delivered) + mss;
      send = Math.min(threshold - pipe, limit);
    }
    if (prrOut == 0) {
      send = Math.max(send, mss);
    }
    window = pipe + Math.max(send, 0);
  }

  /**
   * An acknowledgment answers what was sent before the first retransmission (the Eifel algorithm),
   * so that nothing was lost.
   */
  boolean provedSpurious(boolean hasEcho, int echo) {
    return state != OPEN
        && undoable
        && retransmitted
        && hasEcho
        && echo != 0
        && echo - firstRetransmission < 0;
  }

  /** A retransmission was needless, says the peer; true if all were. */
  boolean duplicateReported(int left, int right) {
    // What lies before the losses was repeated by the network.
    if (!undoable || undoBytes == 0 || Seq.before(left, undoFrom)) {
      return false;
    }
    undoBytes = Math.max(0, undoBytes - (right - left));
    return undoBytes == 0;
  }

  /** Takes back what the last loss did. */
  void undo() {
    window = Math.max(window, priorWindow);
    threshold = Math.max(threshold, priorThreshold);
    undoable = false;
    state = OPEN;
    board.forgetLosses();
    control.restart();
    c.loop().count(Counter.TCP_SPURIOUS);
  }
}
