package io.rookery.tcpip.tcp;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.TcpState;
import io.rookery.tcpip.wire.TcpSegment;
import java.util.concurrent.TimeUnit;

/**
 * SEGMENT ARRIVES (RFC 9293 section 3.10.7) for everything but LISTEN and CLOSED, with the checks
 * of RFC 5961 against blind attacks and of RFC 7323 against old duplicates.
 */
final class SegmentProcessor {
  /** Needless answers are held to two a second, as RFC 5961 section 7 suggests. */
  private static final long ANSWER_INTERVAL = TimeUnit.MILLISECONDS.toNanos(500);

  private static final long TIMESTAMP_LIFETIME = TimeUnit.DAYS.toNanos(24);

  private final Connection c;
  private final Receiver receiver;
  private final Sender sender;
  private long lastAnswer;
  private boolean answered;
  private int recentTimestamp;
  private long recentTimestampAt;
  private int echo;
  private long segments;

  SegmentProcessor(Connection c) {
    this.c = c;
    receiver = c.receiver();
    sender = c.sender();
  }

  /** TS.Recent. */
  int recentTimestamp() {
    return recentTimestamp;
  }

  void rememberTimestamp(int value) {
    recentTimestamp = value;
    recentTimestampAt = c.loop().now();
  }

  /** The timestamp that the segment at hand echoes. */
  int echo() {
    return echo;
  }

  long segments() {
    return segments;
  }

  /** Takes a segment of this connection; it may change the segment. */
  void arrives(TcpSegment segment) {
    segments++;
    c.heard();
    echo = segment.timestampEcho();
    switch (c.state()) {
      case CLOSED, LISTEN -> {}
      case SYN_SENT -> c.handshake().synSent(segment);
      case TIME_WAIT -> timeWait(segment);
      default -> synchronizedOrReceived(segment);
    }
  }

  private void synchronizedOrReceived(TcpSegment segment) {
    boolean received = c.state() == TcpState.SYN_RECEIVED;
    if (received && c.handshake().repeatedSyn(segment)) {
      return;
    }
    if (!timestampAcceptable(segment) || !sequenceAcceptable(segment)) {
      return;
    }
    if (segment.rst()) {
      reset(segment);
      return;
    }
    if (segment.syn()) {
      challenge(); // RFC 5961 section 4.2
      return;
    }
    if (!segment.ack()) {
      return;
    }
    updateTimestamp(segment);
    if (received && !c.handshake().completed(segment)) {
      return;
    }
    if (!ackAcceptable(segment)) {
      return;
    }
    c.acks().process(segment);
    if (c.stateAfterAck()) {
      return;
    }
    deliver(segment);
    if (c.state() != TcpState.CLOSED) {
      c.react();
    }
  }

  /** RFC 7323 section 5.3, R1. */
  private boolean timestampAcceptable(TcpSegment segment) {
    if (!c.timestamps() || segment.rst()) {
      return true;
    }
    if (!segment.hasTimestamps()) {
      return false; // section 3.2
    }
    if (segment.timestampValue() - recentTimestamp >= 0
        || c.loop().now() - recentTimestampAt > TIMESTAMP_LIFETIME) {
      return true;
    }
    c.loop().count(Counter.TCP_PAWS);
    if (segment.dataLength() > 0) {
      receiver.duplicate(segment.sequence(), segment.sequence() + segment.dataLength());
    }
    answerSparingly();
    return false;
  }

  /** RFC 7323 section 4.3: only from segments that span what was acknowledged last. */
  private void updateTimestamp(TcpSegment segment) {
    if (c.timestamps()
        && segment.timestampValue() - recentTimestamp >= 0
        && Seq.atMost(segment.sequence(), receiver.lastAckSent())) {
      rememberTimestamp(segment.timestampValue());
    }
  }

  private boolean sequenceAcceptable(TcpSegment segment) {
    int start = segment.sequence();
    int end = start + segment.sequenceLength();
    int next = receiver.next();
    int edge = receiver.edge();
    // A segment without data may stand at the edge: what a sender with a full window sends.
    boolean acceptable =
        start == end
            ? !Seq.before(start, next) && !Seq.after(start, edge)
            : Seq.after(end, next) && Seq.before(start, edge);
    if (acceptable) {
      return true;
    }
    if (segment.rst()) {
      return false;
    }
    if (segment.syn()) {
      challenge();
      return false;
    }
    if (segment.dataLength() > 0 && Seq.atMost(end, next)) {
      receiver.duplicate(start, end);
      // Its acknowledgment may still be news, as when both sides send again.
      if (segment.ack() && c.state().isSynchronized() && ackInWindow(segment)) {
        c.acks().process(segment);
        if (!c.stateAfterAck()) {
          c.react();
        }
        return false;
      }
      c.acknowledgeNow();
      return false;
    }
    if (segment.dataLength() > 0) {
      c.acknowledgeNow(); // beyond the window, a probe for one
      return false;
    }
    // A keep-alive or window probe stands just left of the window.
    if (segment.ack() && c.state().isSynchronized() && ackInWindow(segment)) {
      c.acks().process(segment);
      if (c.stateAfterAck()) {
        return false;
      }
      c.react();
    }
    answerSparingly();
    return false;
  }

  private boolean ackInWindow(TcpSegment segment) {
    int ack = segment.acknowledgment();
    return !Seq.before(ack, sender.una()) && !Seq.after(ack, sender.next());
  }

  /** RFC 5961 section 3.2. */
  private void reset(TcpSegment segment) {
    if (segment.sequence() != receiver.next()) {
      challenge();
      return;
    }
    c.resetByPeer();
  }

  /** RFC 5961 section 5.2: an acknowledgment of something that is not outstanding. */
  private boolean ackAcceptable(TcpSegment segment) {
    int ack = segment.acknowledgment();
    if (Seq.after(ack, sender.next())) {
      challenge();
      return false;
    }
    if (Seq.before(ack, sender.una())) {
      if (sender.una() - ack > sender.maxWindow()) {
        challenge();
        return false;
      }
      // Old, but its data count.
      deliver(segment);
      if (c.state() != TcpState.CLOSED) {
        c.react();
      }
      return false;
    }
    return true;
  }

  /** URG, text and FIN. */
  private void deliver(TcpSegment segment) {
    if (!c.state().receives()) {
      return;
    }
    trim(segment);
    if (segment.urg()) {
      receiver.urgentPointer(segment);
    }
    if (segment.dataLength() == 0 && !segment.fin()) {
      return;
    }
    if (segment.dataLength() > 0 && c.isOrphan()) {
      // Nobody will read it (RFC 9293 section 3.6.1, RFC 2525 section 2.17).
      c.abort(NetError.CONNECTION_RESET);
      return;
    }
    receiver.data(segment);
  }

  private void trim(TcpSegment segment) {
    int before = receiver.next() - segment.sequence();
    if (before > 0) {
      if (segment.dataLength() > 0) {
        receiver.duplicate(segment.sequence(), receiver.next());
      }
      segment.trimFront(before);
    }
    int room = receiver.edge() - segment.sequence();
    if (segment.dataLength() > room) {
      segment.trimBack(room);
      receiver.requestAck();
    } else if (segment.fin() && receiver.finReceived()) {
      segment.dropFin();
    }
  }

  private void timeWait(TcpSegment segment) {
    if (segment.rst()) {
      return; // RFC 1337
    }
    boolean old =
        c.timestamps() && segment.hasTimestamps() && segment.timestampValue() - recentTimestamp < 0;
    if (segment.fin() && !old) {
      c.enterTimeWait(); // RFC 9293: restart the 2 MSL timeout
    }
    if (segment.sequenceLength() > 0 || old) {
      answerSparingly();
    }
  }

  /** RFC 5961 section 7. */
  void challenge() {
    if (mayAnswer() && c.tcp().takeChallenge()) {
      c.loop().count(Counter.TCP_CHALLENGE_ACKS);
      c.acknowledgeNow();
    }
  }

  /** Acknowledges, but not more than twice a second. */
  private void answerSparingly() {
    if (mayAnswer()) {
      c.acknowledgeNow();
    }
  }

  private boolean mayAnswer() {
    long now = c.loop().now();
    if (answered && now - lastAnswer < ANSWER_INTERVAL) {
      return false;
    }
    answered = true;
    lastAnswer = now;
    return true;
  }
}
