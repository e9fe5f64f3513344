package io.rookery.tcpip.tcp;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.Readiness;
import io.rookery.tcpip.TcpState;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.ip.Flow;
import io.rookery.tcpip.ip.IcmpError;
import io.rookery.tcpip.ip.IpLayer;
import io.rookery.tcpip.ip.LinkInterface;
import io.rookery.tcpip.socket.PortHolder;
import io.rookery.tcpip.wire.Protocol;
import io.rookery.tcpip.wire.TcpOptionWriter;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A connection: its state, and what ties sender, receiver, timers and socket together. */
final class Connection implements PortHolder {
  private static final long TIME_WAIT = TimeUnit.SECONDS.toNanos(60); // as Linux: 2 MSL
  private static final int RETRIES = 15; // R2, about 15 minutes
  private static final int ORPHAN_RETRIES = 8;
  private static final int BLACK_HOLE_TIMEOUTS = 2;

  private final TcpLayer tcp;
  private final FlowKey key;
  private final Flow flow;
  private final int timestampOffset;
  private final long startedAt;
  private final Sender sender;
  private final Receiver receiver;
  private final ConnectionTimers timers;
  private final Transmitter transmitter;
  private final AckProcessor acks;
  private final SegmentProcessor processor;
  private final Handshake handshake;

  private TcpConfig config;
  private TcpState state = TcpState.CLOSED;
  private boolean timestamps;
  private boolean sack;
  private @Nullable Listener listener;
  private @Nullable TcpSocketImpl socket;
  private boolean orphan;
  private boolean wasEstablished;
  private @Nullable NetError softError;
  private long lastHeard;
  private int keepAliveProbes;
  private int mssCap = Integer.MAX_VALUE;
  private long stalledSince;

  /**
   * A closed connection.
   *
   * @param listener that it came by, null if it is opened from here
   */
  Connection(TcpLayer tcp, FlowKey key, TcpConfig config, int iss, @Nullable Listener listener) {
    this.tcp = tcp;
    this.key = key;
    this.config = config;
    this.listener = listener;
    startedAt = tcp.loop().now();
    flow = new Flow(tcp.ip(), key.local(), key.remote(), Protocol.TCP, config.boundInterface());
    configureFlow();
    timestampOffset = tcp.secrets().timestampOffset(key);
    timers = new ConnectionTimers(this);
    sender = new Sender(this, iss);
    receiver = new Receiver(this);
    transmitter = new Transmitter(this);
    acks = new AckProcessor(this);
    handshake = new Handshake(this);
    processor = new SegmentProcessor(this);
  }

  // --- Parts ---

  TcpLayer tcp() {
    return tcp;
  }

  StackLoop loop() {
    return tcp.loop();
  }

  IpLayer ip() {
    return tcp.ip();
  }

  FlowKey key() {
    return key;
  }

  Flow flow() {
    return flow;
  }

  boolean v6() {
    return key.remote().v6();
  }

  Sender sender() {
    return sender;
  }

  Receiver receiver() {
    return receiver;
  }

  ConnectionTimers timers() {
    return timers;
  }

  Transmitter transmitter() {
    return transmitter;
  }

  AckProcessor acks() {
    return acks;
  }

  SegmentProcessor processor() {
    return processor;
  }

  Handshake handshake() {
    return handshake;
  }

  TcpConfig config() {
    return config;
  }

  TcpState state() {
    return state;
  }

  long startedAt() {
    return startedAt;
  }

  /** Changes the state along an edge of RFC 9293's diagram. */
  void setState(TcpState to) {
    StateDiagram.check(state, to);
    state = to;
  }

  // --- What was agreed on ---

  void negotiated(boolean stamps, boolean selective, int scale, int peerTimestamp) {
    timestamps = stamps;
    sack = selective;
    sender.setScale(scale);
    receiver.useScale(scale >= 0 ? Receiver.SCALE : 0);
    if (stamps) {
      processor.rememberTimestamp(peerTimestamp);
    }
  }

  boolean timestamps() {
    return timestamps;
  }

  /** Our SYN always carries the option. */
  boolean offersTimestamps() {
    return handshake.isActive();
  }

  boolean sackEnabled() {
    return sack;
  }

  /** RFC 7323 section 5.4: a clock of milliseconds, with an offset that is nobody's business. */
  int timestamp() {
    return timestampAt(loop().now());
  }

  int timestampAt(long nanos) {
    return (int) (nanos / 1_000_000) + timestampOffset;
  }

  int recentTimestamp() {
    return processor.recentTimestamp();
  }

  int echo() {
    return processor.echo();
  }

  /** Bytes of options in each segment with data. */
  int optionLength() {
    return timestamps ? TcpOptionWriter.TIMESTAMPS : 0;
  }

  private int headers() {
    return v6() ? 60 : 40;
  }

  /** What the MSS option says (RFC 6691: without regard to options). */
  int announcedMss() {
    LinkInterface out = flow.out();
    int mtu = out == null ? (v6() ? 1280 : 576) : out.mtu();
    int mss = mtu - headers();
    return config.maxSegment() == 0 ? mss : Math.min(mss, config.maxSegment());
  }

  /** Data and options that fit a packet to the peer. */
  int pathMss() {
    int mtu = flow.mtu();
    int mss = Math.min(handshake.peerMss(), mssCap);
    if (config.maxSegment() != 0) {
      mss = Math.min(mss, config.maxSegment());
    }
    return mtu == 0 ? mss : Math.min(mss, mtu - headers());
  }

  /** Whether segments may be larger than the path's MTU. */
  boolean segmentationOffload() {
    LinkInterface out = flow.out();
    return out != null && out.segmentation() && flow.mtu() == out.mtu() && mssCap > 0xffff;
  }

  // --- Opening ---

  /** Whether the connection ever was established. */
  boolean wasEstablished() {
    return wasEstablished;
  }

  void established() {
    wasEstablished = true;
    setState(TcpState.ESTABLISHED);
    Listener from = listener;
    if (from != null) {
      loop().count(Counter.TCP_PASSIVE_OPENS);
      from.established(this);
      return;
    }
    armKeepAlive();
    signal(Readiness.WRITABLE);
  }

  boolean acceptQueueHasRoom() {
    return listener == null || listener.acceptQueueHasRoom();
  }

  /** The socket that the connection belongs to now. */
  void attach(TcpSocketImpl owner) {
    socket = owner;
    listener = null;
    armKeepAlive();
  }

  /** The socket, null before it is accepted and after it is closed. */
  @Nullable TcpSocketImpl socket() {
    return socket;
  }

  /** The socket wants no more of it: ends with a reset. */
  void abandon() {
    socket = null;
    orphan = true;
    abort(NetError.CONNECTION_ABORTED);
    receiver.queue().clear();
  }

  void configure(TcpConfig value) {
    config = value;
    configureFlow();
    receiver.configChanged();
    if (state.isSynchronized()) {
      armKeepAlive();
      sender.output();
    }
  }

  private void configureFlow() {
    flow.with(config.hopLimit(), config.trafficClass(), config.discoverMtu());
  }

  // --- Segments ---

  /** The peer lives. */
  void heard() {
    lastHeard = loop().now();
    keepAliveProbes = 0;
  }

  void acknowledgeNow() {
    if (state != TcpState.CLOSED && state != TcpState.SYN_SENT) {
      transmitter.acknowledgment(sender.next());
    }
  }

  /** Sends what an arrived segment makes possible or asks for. */
  void react() {
    sender.output();
    if (receiver.ackNow()) {
      acknowledgeNow();
    }
    if (socket != null) {
      socket.sendSpaceChanged();
    }
  }

  /**
   * Moves on if our FIN is acknowledged.
   *
   * @return whether the connection has ended
   */
  boolean stateAfterAck() {
    if (sender.board().isEmpty()) {
      stalledSince = 0;
    }
    if (!sender.finAcknowledged()) {
      return false;
    }
    switch (state) {
      case FIN_WAIT_1 -> {
        setState(TcpState.FIN_WAIT_2);
        signal(Readiness.WRITABLE);
        if (orphan) {
          armFinWait2();
        }
      }
      case CLOSING -> enterTimeWait();
      case LAST_ACK -> {
        end();
        return true;
      }
      default -> {}
    }
    return false;
  }

  /** The peer's FIN is in order. */
  void finArrived() {
    int events = Readiness.READABLE | Readiness.READ_CLOSED;
    switch (state) {
      case ESTABLISHED -> setState(TcpState.CLOSE_WAIT);
      case FIN_WAIT_1 -> setState(sender.finAcknowledged() ? TcpState.TIME_WAIT : TcpState.CLOSING);
      case FIN_WAIT_2 -> setState(TcpState.TIME_WAIT);
      default -> throw new IllegalStateException("FIN in " + state);
    }
    if (state == TcpState.TIME_WAIT) {
      enterTimeWait();
    }
    signal(state == TcpState.CLOSE_WAIT ? events : events | Readiness.HANG_UP);
  }

  void enterTimeWait() {
    if (state != TcpState.TIME_WAIT) {
      setState(TcpState.TIME_WAIT);
    }
    sender.dispose();
    tcp.waiting(this);
    timers.slow(TIME_WAIT, this::end);
  }

  private void armFinWait2() {
    timers.slow(config.finWait2(), this::end);
  }

  /** An ICMP error about a segment of ours, whose sequence number was checked. */
  void icmpError(IcmpError error) {
    if (error.isTooBig()) {
      ip().paths().reduce(key.remote(), error.mtu(), sender.mss() + optionLength() + headers());
      if (state.isSynchronized()) {
        sender.pathShrank();
      }
      return;
    }
    // As Linux: an attempt ends with any error, so that programs try their next address.
    if (state == TcpState.SYN_SENT || error.isHard() && !state.isSynchronized()) {
      fail(error.error());
    } else {
      softError = error.error(); // RFC 5461
    }
  }

  // --- Timers ---

  void retransmissionTimeout() {
    if (!state.isSynchronized()) {
      handshake.timeout();
      return;
    }
    if (sender.board().isEmpty()) {
      return;
    }
    loop().count(Counter.TCP_TIMEOUTS);
    int backoff = sender.timer().backoff();
    if (backoff == 0) {
      stalledSince = sender.board().first().sentAt;
    }
    if (givesUp(backoff, stalledSince)) {
      fail(timeoutError());
      return;
    }
    if (backoff == BLACK_HOLE_TIMEOUTS || backoff == 2 * BLACK_HOLE_TIMEOUTS) {
      suspectBlackHole();
    }
    sender.timeout();
  }

  private boolean givesUp(int tries, long since) {
    long limit = config.userTimeout();
    if (limit > 0 && loop().now() - since >= limit) {
      return true;
    }
    return tries >= (orphan ? ORPHAN_RETRIES : RETRIES) && (limit == 0 || orphan);
  }

  private NetError timeoutError() {
    return softError == null ? NetError.TIMED_OUT : softError;
  }

  /** Large segments may vanish without a word (RFC 2923 section 2.1, RFC 4821): try small ones. */
  private void suspectBlackHole() {
    int least = v6() ? 1220 : 512;
    int smaller = mssCap == Integer.MAX_VALUE ? 1220 : least;
    if (sender.board().first().length() > smaller) {
      mssCap = smaller;
      loop().count(Counter.TCP_BLACK_HOLES);
      sender.updateMss();
    }
  }

  void windowProbeTimeout() {
    int probes = sender.timer().windowProbes();
    // A peer that answers may keep its window shut for ever (RFC 9293 section 3.8.6.1).
    boolean silent = loop().now() - lastHeard > 2 * sender.timer().timeout();
    long limit = config.userTimeout();
    if (silent && (probes > (orphan ? ORPHAN_RETRIES : RETRIES))
        || limit > 0 && silent && loop().now() - lastHeard >= limit) {
      fail(timeoutError());
      return;
    }
    int before = sender.next();
    sender.outputSmall();
    if (sender.next() == before) {
      transmitter.acknowledgment(sender.una() - 1);
      sender.timer().rearm();
    }
  }

  private void armKeepAlive() {
    if (!config.keepAlive()) {
      if (state == TcpState.ESTABLISHED || state == TcpState.CLOSE_WAIT) {
        timers.cancelSlow();
      }
    } else if (state.sends()) {
      timers.slow(config.keepIdle(), this::keepAlive);
    }
  }

  private void keepAlive() {
    if (!state.sends() || !config.keepAlive()) {
      return;
    }
    long idle = loop().now() - lastHeard;
    if (!sender.board().isEmpty() || idle < config.keepIdle()) {
      timers.slow(Math.max(config.keepIdle() - idle, config.keepInterval()), this::keepAlive);
      return;
    }
    long limit = config.userTimeout();
    boolean over =
        limit > 0 ? idle >= limit && keepAliveProbes > 0 : keepAliveProbes >= config.keepCount();
    if (over) {
      transmitter.reset();
      fail(timeoutError());
      return;
    }
    keepAliveProbes++;
    transmitter.acknowledgment(sender.una() - 1);
    timers.slow(config.keepInterval(), this::keepAlive);
  }

  // --- Ending ---

  /** No more data from here (RFC 9293 section 3.10.4). */
  void shutdownSending() {
    switch (state) {
      case ESTABLISHED -> setState(TcpState.FIN_WAIT_1);
      case CLOSE_WAIT -> setState(TcpState.LAST_ACK);
      default -> {
        return;
      }
    }
    timers.cancelSlow();
    sender.queueFin();
    sender.output();
  }

  /** The socket is gone; the connection ends in its own time. */
  void orphan() {
    socket = null;
    orphan = true;
    switch (state) {
      case CLOSED -> receiver.queue().clear();
      case SYN_SENT -> end();
      case SYN_RECEIVED -> abort(NetError.CONNECTION_RESET);
      case FIN_WAIT_2 -> armFinWait2();
      default -> {
        boolean unread = receiver.queue().length() > 0;
        if (unread && state.isSynchronized() && state != TcpState.TIME_WAIT) {
          abort(NetError.CONNECTION_RESET); // RFC 2525 section 2.17
        } else {
          shutdownSending();
        }
      }
    }
  }

  boolean isOrphan() {
    return orphan;
  }

  void resetByPeer() {
    if (state == TcpState.SYN_RECEIVED) {
      loop().count(Counter.TCP_ATTEMPT_FAILS);
      fail(NetError.CONNECTION_REFUSED);
      return;
    }
    loop().count(Counter.TCP_ESTABLISHED_RESETS);
    fail(state == TcpState.CLOSE_WAIT ? NetError.BROKEN_PIPE : NetError.CONNECTION_RESET);
  }

  /** Ends with a reset to the peer. */
  void abort(NetError reason) {
    if (state.isSynchronized() && state != TcpState.TIME_WAIT || state == TcpState.SYN_RECEIVED) {
      transmitter.reset();
    }
    fail(reason);
  }

  /** Ends without a word to the peer. */
  void fail(NetError reason) {
    TcpSocketImpl owner = socket;
    end();
    if (owner != null) {
      owner.connectionFailed(reason);
    }
  }

  private void end() {
    if (state == TcpState.CLOSED) {
      return;
    }
    setState(TcpState.CLOSED);
    timers.dispose();
    sender.dispose();
    if (orphan || socket == null) {
      receiver.queue().clear();
    }
    tcp.ended(this);
    Listener from = listener;
    if (from != null) {
      from.ended(this);
    }
    signal(Readiness.READABLE | Readiness.WRITABLE | Readiness.READ_CLOSED | Readiness.HANG_UP);
  }

  void signal(int events) {
    if (socket != null) {
      loop().signal(socket, events);
    }
  }

  // --- The port ---

  @Override
  public IpAddress boundAddress() {
    return key.local();
  }

  @Override
  public boolean dualStack() {
    return false;
  }

  @Override
  public boolean reuseAddress() {
    return config.reuseAddress();
  }

  @Override
  public boolean reusePort() {
    return config.reusePort();
  }

  @Override
  public boolean listening() {
    return false;
  }

  @Override
  public int boundInterface() {
    return config.boundInterface();
  }
}
