package io.rookery.tcpip.tcp;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.Readiness;
import io.rookery.tcpip.wire.TcpSegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A listening socket's queues: connections in the making, and those to be accepted. */
final class Listener {
  /** How long after the last overflow acknowledgments may carry cookies. */
  private static final long COOKIE_TIME = TimeUnit.SECONDS.toNanos(128);

  private final TcpLayer tcp;
  private final TcpSocketImpl socket;
  private final Set<Connection> halfOpen = new LinkedHashSet<>();
  private final Deque<Connection> ready = new ArrayDeque<>();
  private int backlog;
  private boolean overflowed;
  private long lastOverflow;
  private boolean closed;

  Listener(TcpLayer tcp, TcpSocketImpl socket, int backlog) {
    this.tcp = tcp;
    this.socket = socket;
    this.backlog = backlog;
  }

  TcpSocketImpl socket() {
    return socket;
  }

  void backlog(int value) {
    backlog = value;
  }

  int backlog() {
    return backlog;
  }

  int waiting() {
    return ready.size();
  }

  /** As Linux: one more than the backlog. */
  boolean acceptQueueHasRoom() {
    return ready.size() <= backlog;
  }

  /** Takes a segment that belongs to no connection (RFC 9293 section 3.10.7.2). */
  void arrives(FlowKey key, TcpSegment segment) {
    if (segment.rst()) {
      return;
    }
    if (segment.ack()) {
      if (segment.syn() || !cookieArrives(key, segment)) {
        tcp.resetFor(segment, tcp.flow(key));
      }
      return;
    }
    if (!segment.syn() || segment.fin()) {
      return;
    }
    if (!acceptQueueHasRoom()) {
      tcp.loop().count(Counter.TCP_LISTEN_OVERFLOWS);
      return; // the peer will try again
    }
    if (halfOpen.size() >= Math.max(backlog, 1) || tcp.loop().memory().isFull()) {
      overflowed = true;
      lastOverflow = tcp.loop().now();
      tcp.loop().count(Counter.TCP_COOKIES_OUT);
      tcp.sendCookie(key, segment, socket.tcpConfig());
      return;
    }
    Connection c = open(key, tcp.secrets().initialSequence(key));
    c.handshake().passive(segment);
  }

  private Connection open(FlowKey key, int iss) {
    Connection c = new Connection(tcp, key, socket.tcpConfig(), iss, this);
    tcp.add(c);
    halfOpen.add(c);
    return c;
  }

  private boolean cookieArrives(FlowKey key, TcpSegment ack) {
    if (!overflowed || tcp.loop().now() - lastOverflow > COOKIE_TIME) {
      return false;
    }
    int cookie = ack.acknowledgment() - 1;
    int peerIsn = ack.sequence() - 1;
    int mss = tcp.cookies().check(key, cookie, peerIsn, tcp.loop().now());
    if (mss == 0) {
      return false;
    }
    if (!acceptQueueHasRoom() || tcp.loop().memory().isFull()) {
      tcp.loop().count(Counter.TCP_LISTEN_OVERFLOWS);
      return true;
    }
    tcp.loop().count(Counter.TCP_COOKIES_IN);
    Connection c = open(key, cookie);
    boolean stamps = ack.hasTimestamps();
    int echo = ack.timestampEcho();
    c.handshake().peerMss(mss);
    c.negotiated(
        stamps,
        stamps && SynCookies.sack(echo),
        stamps ? SynCookies.scale(echo) : -1,
        ack.timestampValue());
    c.receiver().start(peerIsn);
    c.handshake().fromCookie(ack);
    c.processor().arrives(ack); // it may carry data
    return true;
  }

  /** A connection in the making is there. */
  void established(Connection c) {
    halfOpen.remove(c);
    ready.add(c);
    tcp.loop().signal(socket, Readiness.READABLE);
  }

  /** A connection ended before it was accepted. */
  void ended(Connection c) {
    halfOpen.remove(c);
    // One that is ready stays: the user accepts it and hears of its end.
    if (closed) {
      ready.remove(c);
    }
  }

  @Nullable Connection accept() {
    return ready.poll();
  }

  /** Resets everything that was not accepted. */
  void close() {
    closed = true;
    for (Connection c : List.copyOf(halfOpen)) {
      c.abort(NetError.CONNECTION_RESET);
    }
    for (Connection c : List.copyOf(ready)) {
      c.abort(NetError.CONNECTION_RESET);
    }
    ready.clear();
  }
}
