package io.rookery.tcpip.tcp;

import io.rookery.tcpip.wire.TcpSegment;

/** What an acceptable acknowledgment means to the sender (RFC 9293, 5681, 6675, 6937, 8985). */
final class AckProcessor {
  private static final int DUPLICATE_THRESHOLD = 3;

  private final Connection c;
  private final Sender sender;
  private final Scoreboard board;

  // SACK blocks of the last acknowledgment, so that each range is looked at once.
  private final int[] lastLeft = new int[TcpSegment.MAX_SACK_BLOCKS];
  private final int[] lastRight = new int[TcpSegment.MAX_SACK_BLOCKS];
  private int lastBlocks;

  // For peers without SACK: duplicate acknowledgments, each standing for a segment that left.
  private int duplicates;
  private long duplicateSacks;

  // Of the acknowledgment at hand.
  private boolean ambiguous;
  private long delivered;
  private long oldestSample;
  private boolean original; // something that was sent only once was acknowledged

  AckProcessor(Connection c) {
    this.c = c;
    sender = c.sender();
    board = sender.board();
  }

  long duplicateSacks() {
    return duplicateSacks;
  }

  /** Takes the acknowledgment, SACK and window of a segment. */
  void process(TcpSegment segment) {
    long now = c.loop().now();
    int ack = segment.acknowledgment();
    int acked = ack - sender.una();
    Recovery recovery = sender.recovery();
    RetransmissionTimer timer = sender.timer();
    boolean wasEmpty = board.isEmpty();
    boolean windowChanged = sender.updateWindow(segment.window(), segment.sequence(), ack);
    delivered = 0;
    oldestSample = -1;
    original = false;
    ambiguous = isAmbiguous(segment);

    boolean duplicate = c.sackEnabled() && duplicateReported(segment);
    if (acked > 0) {
      board.acknowledge(ack, this::removed);
      sender.acknowledged(ack);
      timer.restart();
      timer.resetBackoff();
      timer.wantProbe();
      duplicates = 0;
      board.departed(board.departedBytes() - acked);
      sample(segment, now);
    }
    if (c.sackEnabled()) {
      sack(segment);
    }
    boolean isDuplicate =
        acked == 0 && !wasEmpty && !windowChanged && segment.dataLength() == 0 && !segment.fin();
    if (acked > 0
        && recovery.provedSpurious(
            c.timestamps() && segment.hasTimestamps(), segment.timestampEcho())) {
      recovery.undo();
    }
    if (sender.probe().acknowledged(ack, duplicate, isDuplicate && segment.sackBlocks() == 0)) {
      recovery.probeRepairedLoss(sender.mss());
    }
    if (c.sackEnabled()) {
      sender.detectLosses();
    } else {
      newReno(isDuplicate, acked, recovery);
    }
    boolean limited = sender.takeWindowLimited();
    recovery.acknowledged(ack, delivered, Math.max(acked, 0), sender.mss(), limited, now);
  }

  /** Whether it cannot be told which transmission of a segment is acknowledged. */
  private boolean isAmbiguous(TcpSegment segment) {
    return !c.timestamps() || !segment.hasTimestamps() || segment.timestampEcho() == 0;
  }

  private boolean isAmbiguousFor(SentSegment segment) {
    return ambiguous || c.echo() - c.timestampAt(segment.sentAt) < 0;
  }

  private void removed(SentSegment segment) {
    if (!segment.sacked) {
      arrived(segment);
    }
  }

  private void arrived(SentSegment segment) {
    long now = c.loop().now();
    delivered += segment.length();
    if (!segment.everRetransmitted()) {
      long elapsed = now - segment.sentAt;
      sender.rtt().sampleMinimum(elapsed, now);
      original = true;
      oldestSample = Math.max(oldestSample, elapsed);
    }
    sender.detector().delivered(segment, isAmbiguousFor(segment), now);
  }

  /** Karn's algorithm, and timestamps where it has no answer (RFC 7323 section 4). */
  private void sample(TcpSegment segment, long now) {
    if (original) {
      sender.rtt().sample(oldestSample, now);
    } else if (!ambiguous) {
      int elapsed = c.timestamp() - segment.timestampEcho();
      if (elapsed >= 0) {
        sender.rtt().sample(elapsed * 1_000_000L, now);
      }
    }
  }

  /** RFC 2883 section 4: a first block below the acknowledgment, or within the second block. */
  private boolean duplicateReported(TcpSegment segment) {
    if (segment.sackBlocks() == 0) {
      return false;
    }
    int left = segment.sackLeft(0);
    int right = segment.sackRight(0);
    boolean below = Seq.before(left, segment.acknowledgment());
    boolean within =
        segment.sackBlocks() > 1
            && Seq.atMost(segment.sackLeft(1), left)
            && Seq.atMost(right, segment.sackRight(1));
    // Not older than what can have been sent lately: RFC 2883 allows a whole window.
    if (!(below || within)
        || !Seq.before(left, right)
        || Seq.after(right, sender.next())
        || sender.next() - left > sender.maxWindow() + (1 << 20)) {
      return false;
    }
    duplicateSacks++;
    sender.detector().duplicateReported(segment.acknowledgment(), sender.next());
    if (sender.recovery().duplicateReported(left, right)) {
      sender.recovery().undo();
    }
    return true;
  }

  private void sack(TcpSegment segment) {
    int blocks = segment.sackBlocks();
    for (int i = 0; i < blocks; i++) {
      int left = segment.sackLeft(i);
      int right = segment.sackRight(i);
      if (Seq.before(left, right)
          && Seq.after(right, sender.una())
          && Seq.atMost(right, sender.next())) {
        sackNew(Seq.max(left, sender.una()), right, 0);
      }
    }
    for (int i = 0; i < blocks; i++) {
      lastLeft[i] = segment.sackLeft(i);
      lastRight[i] = segment.sackRight(i);
    }
    lastBlocks = blocks;
  }

  /** Marks a range without the parts that the last acknowledgment reported. */
  private void sackNew(int left, int right, int from) {
    for (int i = from; i < lastBlocks; i++) {
      if (Seq.before(lastLeft[i], right) && Seq.after(lastRight[i], left)) {
        if (Seq.before(left, lastLeft[i])) {
          sackNew(left, lastLeft[i], i + 1);
        }
        if (Seq.before(lastRight[i], right)) {
          sackNew(lastRight[i], right, i + 1);
        }
        return;
      }
    }
    board.sack(left, right, this::arrived);
  }

  /** The peer has dropped what it reported, so that ranges must be looked at again. */
  void forgetSacks() {
    lastBlocks = 0;
  }

  /** RFC 6582. */
  private void newReno(boolean isDuplicate, int acked, Recovery recovery) {
    if (board.isEmpty()) {
      return;
    }
    if (isDuplicate) {
      duplicates++;
      board.departed(board.departedBytes() + sender.mss());
      delivered += sender.mss();
      if (duplicates == DUPLICATE_THRESHOLD && !recovery.inRecovery()) {
        board.markLost(board.first());
        recovery.lossFound(sender.next(), sender.mss());
      }
    } else if (acked > 0
        && recovery.state() == Recovery.FAST
        && Seq.before(sender.una(), recovery.point())) {
      if (!board.first().lost) {
        board.markLost(board.first());
      }
    }
  }
}
