package io.rookery.tcpip.tcp;

import io.rookery.tcpip.NetError;
import io.rookery.tcpip.TcpState;
import io.rookery.tcpip.wire.TcpSegment;

/** Opening a connection: SYN-SENT and SYN-RECEIVED (RFC 9293 sections 3.5 and 3.10.7.3). */
final class Handshake {
  /**
   * More SYNs than these, and the path is taken for congested: data begin with one segment (RFC
   * 5681 section 3.1). One more, after just a second (RFC 6298), says little; Linux counts alike.
   */
  private static final int SENT_WITHOUT_MEANING = 2;

  private final Connection c;
  private boolean active;
  private int attempts;
  private long sentAt;
  private int peerMss = 536;

  Handshake(Connection c) {
    this.c = c;
    peerMss = c.v6() ? 1220 : 536;
  }

  /** Whether this side sent a SYN first. */
  boolean isActive() {
    return active;
  }

  int attempts() {
    return attempts;
  }

  /** The largest segment the peer takes, without options. */
  int peerMss() {
    return peerMss;
  }

  /** What the peer's MSS option says (RFC 9293 section 3.7.1). */
  void peerMss(int option) {
    peerMss = Math.max(option, 48); // as Linux: smaller ones would be mostly headers
  }

  void connect() {
    active = true;
    c.setState(TcpState.SYN_SENT);
    send();
  }

  /** Sends the SYN or SYN-ACK, and sets the timer. */
  void send() {
    attempts++;
    sentAt = c.loop().now();
    c.transmitter().syn(c.state() == TcpState.SYN_RECEIVED);
    c.sender().timer().handshake();
  }

  /** The timer: again, or give up. */
  void timeout() {
    int most = c.state() == TcpState.SYN_SENT ? c.config().synCount() : 5;
    long limit = c.config().userTimeout();
    if (attempts > most || limit > 0 && c.loop().now() - c.startedAt() >= limit) {
      c.fail(NetError.TIMED_OUT);
      return;
    }
    c.sender().timer().backOff();
    send();
  }

  /** A listener's answer to a SYN. */
  void passive(TcpSegment syn) {
    negotiate(syn, true);
    c.setState(TcpState.SYN_RECEIVED);
    send();
  }

  /** A connection out of a cookie: the SYN was forgotten, the final acknowledgment is here. */
  void fromCookie(TcpSegment ack) {
    c.setState(TcpState.SYN_RECEIVED);
    attempts = 1;
    sentAt = c.loop().now();
    establish(ack);
  }

  /** Takes the options of a SYN: what both sides want is in use. */
  void negotiate(TcpSegment syn, boolean offered) {
    if (syn.mss() != 0) {
      peerMss(syn.mss());
    }
    c.negotiated(
        offered && syn.hasTimestamps(),
        syn.sackPermitted(),
        syn.windowScale(),
        syn.timestampValue());
    c.receiver().start(syn.sequence());
  }

  void synSent(TcpSegment segment) {
    int ack = segment.acknowledgment();
    boolean acceptable = segment.ack() && ack == c.sender().next();
    if (segment.ack() && !acceptable) {
      if (!segment.rst()) {
        c.tcp().resetFor(segment, c.flow());
      }
      return;
    }
    if (segment.rst()) {
      if (acceptable) {
        c.fail(NetError.CONNECTION_REFUSED);
      }
      return;
    }
    if (!segment.syn()) {
      return;
    }
    if (acceptable && c.offersTimestamps() && segment.hasTimestamps() && !echoPlausible(segment)) {
      c.tcp().resetFor(segment, c.flow());
      return;
    }
    negotiate(segment, true);
    if (!acceptable) {
      c.setState(TcpState.SYN_RECEIVED); // both open at the same time
      send();
      return;
    }
    establish(segment);
    if (c.state() == TcpState.ESTABLISHED) {
      c.receiver().requestAck();
      // Data may come with the SYN; the peer will send them again, which is simpler.
      c.react();
    }
  }

  private boolean echoPlausible(TcpSegment segment) {
    int echo = segment.timestampEcho();
    return echo == 0 || c.timestamp() - echo >= 0;
  }

  /** In SYN-RECEIVED: the SYN came again, so the answer was lost. */
  boolean repeatedSyn(TcpSegment segment) {
    if (!segment.syn() || segment.rst() || segment.sequence() != c.receiver().irs()) {
      return false;
    }
    if (segment.ack() && segment.acknowledgment() == c.sender().next()) {
      segment.trimFront(1); // a simultaneous open: this acknowledges our SYN
      return false;
    }
    if (!segment.ack() && c.loop().now() - sentAt > 500_000_000L) {
      sentAt = c.loop().now();
      c.transmitter().syn(true);
    }
    return true;
  }

  /** In SYN-RECEIVED: whether the segment acknowledges our SYN, and all is well. */
  boolean completed(TcpSegment segment) {
    if (segment.acknowledgment() != c.sender().next()) {
      c.tcp().resetFor(segment, c.flow());
      return false;
    }
    if (!c.acceptQueueHasRoom()) {
      return false; // the peer thinks it is there; our SYN-ACK will come again
    }
    establish(segment);
    return c.state() != TcpState.CLOSED;
  }

  private void establish(TcpSegment segment) {
    int window = segment.window();
    int shift = segment.syn() ? 0 : Math.max(c.sender().scale(), 0);
    measure(segment);
    boolean lost = attempts > SENT_WITHOUT_MEANING;
    c.sender().established(window << shift, segment.sequence(), segment.acknowledgment(), lost);
    c.sender().timer().resetBackoff();
    c.established();
  }

  /**
   * The round trip; of a SYN that was repeated only if timestamps tell that the last one is
   * answered (RFC 7323 section 4): a peer whose answer was lost may echo the first.
   */
  private void measure(TcpSegment segment) {
    boolean answersLast =
        c.timestamps()
            && segment.hasTimestamps()
            && segment.timestampEcho() - c.timestampAt(sentAt) >= 0;
    if (attempts == 1 || answersLast) {
      c.sender().rtt().sample(c.loop().now() - sentAt, c.loop().now());
    } else {
      c.sender().rtt().startAt3Seconds();
    }
  }
}
