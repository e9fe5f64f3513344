package io.rookery.tcpip.tcp;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.TcpState;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.core.PacketBuffer;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.core.TokenBucket;
import io.rookery.tcpip.forward.ForwardLayer;
import io.rookery.tcpip.ip.Arrival;
import io.rookery.tcpip.ip.Flow;
import io.rookery.tcpip.ip.IcmpError;
import io.rookery.tcpip.ip.IpLayer;
import io.rookery.tcpip.ip.IpOutput;
import io.rookery.tcpip.ip.LinkInterface;
import io.rookery.tcpip.ip.Transport;
import io.rookery.tcpip.socket.PortHolder;
import io.rookery.tcpip.socket.PortTable;
import io.rookery.tcpip.wire.Checksum;
import io.rookery.tcpip.wire.IpPacket;
import io.rookery.tcpip.wire.Protocol;
import io.rookery.tcpip.wire.Tcp;
import io.rookery.tcpip.wire.TcpOptionWriter;
import io.rookery.tcpip.wire.TcpSegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gives segments to connections and listeners, and answers those that belong to nobody. */
public final class TcpLayer implements Transport {
  private static final int MOST_TIME_WAITS = 16_384;
  private static final int CHALLENGES_PER_SECOND = 1000;

  /** Of a connection without data, roughly. */
  private static final int CONNECTION_BYTES = 3072;

  private final StackLoop loop;
  private final IpLayer ip;
  private final PortTable<PortHolder> ports;
  private final TcpSecrets secrets;
  private final SynCookies cookies;
  private final TokenBucket challenges;
  private final Map<FlowKey, Connection> connections = new HashMap<>();
  private final Map<Integer, List<Listener>> listeners = new HashMap<>();
  private final Set<Connection> timeWaits = new LinkedHashSet<>();
  private final TcpSegment segment = new TcpSegment();
  private @Nullable TcpForwards forwards;

  /** A layer that is not registered yet. */
  public TcpLayer(StackLoop loop, IpLayer ip) {
    this.loop = loop;
    this.ip = ip;
    ports = new PortTable<>(loop.random(), 32_768, 60_999);
    secrets = new TcpSecrets(loop);
    cookies = new SynCookies(secrets);
    challenges = new TokenBucket(CHALLENGES_PER_SECOND, CHALLENGES_PER_SECOND, loop.now());
  }

  /** Lets somebody decide about connections that are for no socket. */
  public void forward(ForwardLayer layer) {
    forwards = new TcpForwards(this, layer);
  }

  StackLoop loop() {
    return loop;
  }

  IpLayer ip() {
    return ip;
  }

  /** The holders of ports: bound sockets and connections. */
  public PortTable<PortHolder> ports() {
    return ports;
  }

  TcpSecrets secrets() {
    return secrets;
  }

  SynCookies cookies() {
    return cookies;
  }

  boolean takeChallenge() {
    return challenges.take(loop.now());
  }

  // --- Tables ---

  FlowKey key(IpAddress local, int localPort, IpAddress remote, int remotePort) {
    return new FlowKey(secrets.tableSeed(), local, localPort, remote, remotePort);
  }

  boolean isFree(FlowKey key) {
    return !connections.containsKey(key);
  }

  void add(Connection c) {
    connections.put(c.key(), c);
    loop.memory().charge(CONNECTION_BYTES);
    ports.add(c, c.key().localPort());
  }

  void ended(Connection c) {
    connections.remove(c.key(), c);
    loop.memory().charge(-CONNECTION_BYTES);
    ports.remove(c, c.key().localPort());
    timeWaits.remove(c);
  }

  /** A connection has entered TIME-WAIT; the oldest ones give way. */
  void waiting(Connection c) {
    timeWaits.add(c);
    if (timeWaits.size() > MOST_TIME_WAITS) {
      timeWaits.iterator().next().fail(NetError.TIMED_OUT);
    }
  }

  void addListener(int port, Listener listener) {
    listeners.computeIfAbsent(port, _ -> new ArrayList<>(1)).add(listener);
  }

  void removeListener(int port, Listener listener) {
    List<Listener> list = listeners.get(port);
    if (list != null && list.remove(listener) && list.isEmpty()) {
      listeners.remove(port);
    }
  }

  /** All connections, whether they have a socket or not. */
  Collection<Connection> connections() {
    return Collections.unmodifiableCollection(connections.values());
  }

  /** Resets all connections without waiting for anything. */
  public void abortAll() {
    for (Connection c : List.copyOf(connections.values())) {
      c.abort(NetError.NETWORK_DOWN);
    }
  }

  // --- Segments ---

  @Override
  public void receive(IpPacket packet, Arrival arrival) {
    loop.count(Counter.TCP_IN);
    if (arrival.toGroup() || packet.source().isAny()) {
      return;
    }
    int length = packet.payloadLength();
    if (!arrival.checksumTrusted() && !checksumValid(packet, length)
        || !segment.parse(packet.bytes(), packet.payload(), length)) {
      loop.count(Counter.TCP_MALFORMED);
      return;
    }
    FlowKey key =
        key(packet.destination(), segment.destinationPort(), packet.source(), segment.sourcePort());
    Connection c = connections.get(key);
    if (c != null && !givesWay(c, segment)) {
      c.processor().arrives(segment);
      return;
    }
    Listener listener = findListener(packet, arrival.in());
    TcpForwards others = forwards;
    if (listener != null) {
      listener.arrives(key, segment);
    } else if (others != null && !arrival.in().isLoopback()) {
      others.arrives(key, packet, segment);
    } else {
      resetFor(segment, flow(key));
    }
  }

  private static boolean checksumValid(IpPacket packet, int length) {
    return Checksum.isValid(
        Checksum.sum(packet.bytes(), packet.payload(), length)
            + Checksum.pseudoHeader(packet.source(), packet.destination(), Protocol.TCP, length));
  }

  /** RFC 6191: a SYN that cannot be an old duplicate ends TIME-WAIT. */
  private static boolean givesWay(Connection c, TcpSegment syn) {
    if (c.state() != TcpState.TIME_WAIT || !syn.syn() || syn.ack() || syn.rst()) {
      return false;
    }
    boolean newer =
        c.timestamps() && syn.hasTimestamps()
            ? syn.timestampValue() - c.recentTimestamp() > 0
            : Seq.after(syn.sequence(), c.receiver().next());
    if (newer) {
      c.fail(NetError.TIMED_OUT);
    }
    return newer;
  }

  private @Nullable Listener findListener(IpPacket packet, LinkInterface in) {
    List<Listener> candidates = listeners.get(segment.destinationPort());
    if (candidates == null) {
      return null;
    }
    List<Listener> best = new ArrayList<>(1);
    int bestScore = -1;
    for (Listener candidate : candidates) {
      int score = score(candidate.socket(), packet, in);
      if (score > bestScore) {
        best.clear();
        bestScore = score;
      }
      if (score >= 0 && score == bestScore) {
        best.add(candidate);
      }
    }
    if (best.isEmpty()) {
      return null;
    }
    // SO_REUSEPORT: spread by peer.
    long h = secrets.hash().hash(packet.source().low(), segment.sourcePort());
    return best.get((int) Long.remainderUnsigned(h, best.size()));
  }

  private static int score(PortHolder holder, IpPacket packet, LinkInterface in) {
    if (!PortHolder.covers(holder, packet.destination())
        || holder.boundInterface() != 0 && holder.boundInterface() != in.index()) {
      return -1;
    }
    return (holder.boundAddress().isAny() ? 0 : 4)
        + (holder.boundInterface() != 0 ? 2 : 0)
        + (holder.boundAddress().v6() == packet.v6() ? 1 : 0);
  }

  @Override
  public void error(IcmpError error) {
    IpPacket about = error.quoted();
    byte[] b = about.bytes();
    int at = about.payload();
    Connection c =
        connections.get(
            key(
                about.source(),
                Tcp.sourcePort(b, at),
                about.destination(),
                Tcp.destinationPort(b, at)));
    if (c == null) {
      return;
    }
    // RFC 5927 section 4.1: only about something that is outstanding.
    int sequence = Tcp.sequence(b, at);
    if (!Seq.before(sequence, c.sender().una()) && Seq.before(sequence, c.sender().next())) {
      c.icmpError(error);
    }
  }

  // --- Answers without a connection ---

  Flow flow(FlowKey key) {
    return new Flow(ip, key.local(), key.remote(), Protocol.TCP, 0);
  }

  /** Answers a segment with a reset (RFC 9293 section 3.10.7.1), unless it is one. */
  @SuppressWarnings("ArgumentSelectionDefectChecker") // an answer swaps the ports
  void resetFor(TcpSegment to, Flow flow) {
    if (to.rst()) {
      return;
    }
    boolean v6 = flow.remote().v6();
    PacketBuffer packet = ip.output().allocate(v6, Tcp.HEADER);
    int at = IpOutput.headerLength(v6);
    int sequence = to.ack() ? to.acknowledgment() : 0;
    int ack = to.ack() ? 0 : to.sequence() + to.sequenceLength();
    int flags = to.ack() ? Tcp.RST : Tcp.RST | Tcp.ACK;
    Tcp.write(
        packet.bytes(),
        at,
        to.destinationPort(),
        to.sourcePort(),
        sequence,
        ack,
        Tcp.HEADER,
        flags,
        0,
        0);
    loop.count(Counter.TCP_OUT);
    loop.count(Counter.TCP_RESETS_OUT);
    ip.output().send(flow, packet, Tcp.CHECKSUM);
  }

  /** Answers a SYN without remembering it. */
  void sendCookie(FlowKey key, TcpSegment syn, TcpConfig config) {
    Flow flow = flow(key).with(config.hopLimit(), config.trafficClass(), true);
    boolean v6 = flow.remote().v6();
    boolean stamps = syn.hasTimestamps();
    boolean scale = stamps && syn.windowScale() >= 0;
    boolean sack = stamps && syn.sackPermitted();
    int options =
        TcpOptionWriter.MSS
            + (stamps ? TcpOptionWriter.TIMESTAMPS : 0)
            + (scale ? TcpOptionWriter.WINDOW_SCALE : 0)
            + (sack ? TcpOptionWriter.SACK_PERMITTED : 0);
    PacketBuffer packet = ip.output().allocate(v6, Tcp.HEADER + options);
    byte[] b = packet.bytes();
    int start = IpOutput.headerLength(v6);
    int mtu = flow.mtu() == 0 ? 576 : flow.mtu();
    int at = TcpOptionWriter.mss(b, start + Tcp.HEADER, mtu - start - Tcp.HEADER);
    if (sack) {
      at = TcpOptionWriter.sackPermitted(b, at);
    }
    if (stamps) {
      int now = (int) (loop.now() / 1_000_000) + secrets.timestampOffset(key);
      int value = SynCookies.timestamp(now, syn);
      at = TcpOptionWriter.timestamps(b, at, value, syn.timestampValue());
    }
    if (scale) {
      TcpOptionWriter.windowScale(b, at, Receiver.SCALE);
    }
    Tcp.write(
        b,
        start,
        key.localPort(),
        key.remotePort(),
        cookies.make(key, syn, loop.now()),
        syn.sequence() + 1,
        Tcp.HEADER + options,
        Tcp.SYN | Tcp.ACK,
        0xffff,
        0);
    loop.count(Counter.TCP_OUT);
    ip.output().send(flow, packet, Tcp.CHECKSUM);
  }
}
