package io.rookery.tcpip.socket;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.DatagramInfo;
import io.rookery.tcpip.ErrorReport;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.Readiness;
import io.rookery.tcpip.SendInfo;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.core.PacketBuffer;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.ip.Arrival;
import io.rookery.tcpip.ip.Flow;
import io.rookery.tcpip.ip.IcmpError;
import io.rookery.tcpip.ip.IpLayer;
import io.rookery.tcpip.ip.LinkInterface;
import io.rookery.tcpip.wire.IpPacket;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What UDP, ping and raw sockets share: binding, peers, queues, errors. */
public abstract class DatagramSocketBase extends SocketBase implements PortHolder {
  private static final int MOST_REPORTS = 64;
  private static final int PMTU_ALWAYS = 2;
  private static final int PMTU_PROBE = 3;

  /** Takes a port for a holder: the port, 0 if there is none. */
  public interface Binder {
    int bind(PortHolder holder, int port);
  }

  /** Gives a port back. */
  public interface Unbinder {
    void unbind(PortHolder holder, int port);
  }

  private final Binder binder;
  private final Unbinder unbinder;
  private final DatagramQueue received;
  private final boolean fixedPort;
  private final Deque<ErrorReport> reports = new ArrayDeque<>(0);

  private IpAddress boundAddress;
  private boolean boundByUser;
  private boolean portByUser;
  private int port;
  private @Nullable Endpoint remote;
  private boolean readShut;
  private boolean writeShut;
  private boolean closed;

  /** A socket without a port. */
  protected DatagramSocketBase(
      StackLoop loop, IpLayer ip, Binder binder, Unbinder unbinder, boolean v6) {
    this(loop, ip, binder, unbinder, v6, 0);
  }

  /** A socket whose port is always the same, and no other's business. */
  protected DatagramSocketBase(StackLoop loop, IpLayer ip, int port, boolean v6) {
    this(loop, ip, (_, _) -> port, (_, _) -> {}, v6, port);
  }

  private DatagramSocketBase(
      StackLoop loop, IpLayer ip, Binder binder, Unbinder unbinder, boolean v6, int port) {
    super(loop, ip, v6, new OptionStore());
    this.binder = binder;
    this.unbinder = unbinder;
    this.port = port;
    fixedPort = port != 0;
    portByUser = fixedPort;
    received = new DatagramQueue(loop.memory());
    boundAddress = v6 ? IpAddress.ANY_V6 : IpAddress.ANY_V4;
  }

  /** Binds. */
  public void bind(Endpoint local) throws NetException {
    loop.enter();
    try {
      checkOpen();
      IpAddress address = internal(local.address());
      checkBindable(address);
      if (port != 0 && !fixedPort) {
        throw new NetException(NetError.INVALID);
      }
      boundAddress = address;
      boundByUser = !address.isAny();
      try {
        take(local.port(), NetError.ADDRESS_IN_USE);
        portByUser = true;
      } finally {
        if (port == 0) {
          boundAddress = any();
          boundByUser = false;
        }
      }
    } finally {
      loop.exit();
    }
  }

  private void take(int wanted, NetError failure) throws NetException {
    port = binder.bind(this, wanted);
    if (port == 0) {
      throw new NetException(failure);
    }
  }

  /** Names or forgets the peer. */
  public void connect(@Nullable Endpoint to) throws NetException {
    loop.enter();
    try {
      checkOpen();
      if (to == null) {
        remote = null;
        if (!boundByUser) {
          boundAddress = any();
        }
        if (!portByUser) {
          unbinder.unbind(this, port);
          port = 0;
        }
        return;
      }
      IpAddress address = destination(to.address());
      checkAllowed(address);
      IpAddress source = sourceFor(address, outInterface(address));
      ensurePort();
      remote = new Endpoint(address, to.port());
      if (!boundByUser) {
        boundAddress = source;
      }
    } finally {
      loop.exit();
    }
  }

  /** The destination an address stands for: "any" is this host. */
  private IpAddress destination(IpAddress given) throws NetException {
    IpAddress address = internal(given);
    if (!address.isAny()) {
      return address;
    }
    return address.v6() ? IpAddress.LOOPBACK_V6 : IpAddress.LOOPBACK_V4;
  }

  private void ensurePort() throws NetException {
    if (port == 0) {
      take(0, NetError.WOULD_BLOCK); // as Linux: EAGAIN when all are in use
    }
  }

  /** Where a datagram goes, after the checks that precede all sending. */
  protected final Endpoint target(@Nullable Endpoint to, int leastPort) throws NetException {
    checkOpen();
    ensurePort();
    if (writeShut) {
      throw new NetException(NetError.BROKEN_PIPE);
    }
    throwPendingError();
    Endpoint target = remote;
    if (to != null) {
      target = new Endpoint(destination(to.address()), to.port());
      if (target.port() < leastPort) {
        throw new NetException(NetError.INVALID);
      }
      checkAllowed(target.address());
    }
    if (target == null) {
      throw new NetException(NetError.DESTINATION_REQUIRED);
    }
    return target;
  }

  private void checkAllowed(IpAddress address) throws NetException {
    if (ip.output().needsBroadcastRight(address) && !options().get(Options.BROADCAST)) {
      throw new NetException(NetError.ACCESS);
    }
  }

  /** A flow with the headers that the options ask for. */
  protected final Flow flowTo(Endpoint target, int protocol, SendInfo how) throws NetException {
    IpAddress to = target.address();
    int out = how.interfaceIndex() != 0 ? how.interfaceIndex() : outInterface(to);
    int hops = options().get(to.isMulticast() ? Options.MULTICAST_HOPS : Options.HOP_LIMIT);
    int traffic = options().get(Options.TRAFFIC_CLASS);
    return new Flow(ip, source(how, to, out), to, protocol, out)
        .with(
            how.hopLimit() >= 0 ? how.hopLimit() : hops,
            how.trafficClass() >= 0 ? how.trafficClass() : traffic,
            options().get(Options.MTU_DISCOVER) >= PMTU_ALWAYS);
  }

  private IpAddress source(SendInfo how, IpAddress to, int out) throws NetException {
    IpAddress wanted = how.source();
    if (wanted == null) {
      return sourceFor(to, out);
    }
    IpAddress source = wanted.unmapped();
    if (source.v6() != to.v6() || !ip.isLocal(source)) {
      throw new NetException(NetError.NETWORK_UNREACHABLE);
    }
    return source;
  }

  private int outInterface(IpAddress to) {
    int bound = options().get(Options.INTERFACE);
    return bound == 0 && to.isMulticast() ? options().get(Options.MULTICAST_INTERFACE) : bound;
  }

  private IpAddress sourceFor(IpAddress to, int out) throws NetException {
    if (!boundAddress.isAny()
        && !boundAddress.isMulticast()
        && boundAddress.v6() == to.v6()
        && !ip.isBroadcast(boundAddress)) {
      return boundAddress;
    }
    IpAddress source = ip.sourceFor(to, out);
    if (source == null) {
      throw new NetException(NetError.NETWORK_UNREACHABLE);
    }
    return source;
  }

  /** The largest datagram has 65,535 bytes with its IPv4 header; IPv6 does not count its own. */
  protected final void checkLength(int transportLength, Endpoint target) throws NetException {
    if (transportLength + (target.address().v6() ? 0 : 20) > 0xffff) {
      throw new NetException(NetError.MESSAGE_TOO_LONG);
    }
  }

  /** Sends, and tells the user why it failed. */
  protected final void sendOrThrow(Flow flow, PacketBuffer packet, int checksum)
      throws NetException {
    LinkInterface out = flow.out();
    boolean comesBack = out != null && out.isLoopback();
    if (flow.remote().isMulticast() && !comesBack && options().get(Options.MULTICAST_LOOP)) {
      ip.output().echo(flow, packet, checksum);
    }
    int discover = options().get(Options.MTU_DISCOVER);
    if (discover == PMTU_PROBE && out != null && packet.length() > out.mtu()) {
      loop.discard(packet);
      throw new NetException(NetError.MESSAGE_TOO_LONG);
    }
    NetError error = ip.output().send(flow, packet, checksum);
    if (error != null) {
      throw new NetException(error);
    }
  }

  /** Whether a packet that came to this port is for this socket. */
  public final boolean accepts(IpPacket packet, LinkInterface in, Endpoint from) {
    int bound = options().get(Options.INTERFACE);
    return !closed
        && (bound == 0 || bound == in.index())
        && PortHolder.covers(this, packet.destination())
        && isPeer(from);
  }

  /** Whether this socket sends from an address to somewhere, so that an error may be about it. */
  public final boolean sends(IpAddress from, Endpoint to) {
    return !closed && PortHolder.covers(this, from) && isPeer(to);
  }

  private boolean isPeer(Endpoint other) {
    Endpoint peer = remote;
    return peer == null
        || peer.address().equals(other.address()) && (!hasPorts() || peer.port() == other.port());
  }

  /** Whether peers are told apart by their ports. */
  protected boolean hasPorts() {
    return true;
  }

  public final boolean isConnected() {
    return remote != null;
  }

  /** Puts a datagram into the queue, or drops it if that is full. */
  public final void enqueue(IpPacket packet, int data, int length, Arrival arrival, Endpoint from) {
    if (readShut) {
      return;
    }
    DatagramInfo info = info(packet, arrival.in(), length, from);
    if (received.add(info, packet.bytes(), data, length, options().get(Options.RECEIVE_BUFFER))) {
      loop.signal(this, Readiness.READABLE);
    } else {
      loop.count(Counter.UDP_OVERFLOW);
    }
  }

  private DatagramInfo info(IpPacket packet, LinkInterface in, int length, Endpoint from) {
    return new DatagramInfo(
        external(from),
        external(packet.destination()),
        in.index(),
        packet.hopLimit(),
        packet.trafficClass(),
        length,
        loop.now());
  }

  /**
   * Takes an ICMP error: into the error queue if there is one, and as the pending error if this
   * socket is connected or has that queue (ip(7), udp(7)).
   *
   * @param data index of the user's data in what is quoted
   */
  public final void icmpError(IcmpError error, Endpoint to, int data) {
    boolean queue = options().get(Options.RECEIVE_ERRORS);
    if (queue && reports.size() < MOST_REPORTS) {
      IpPacket quoted = error.quoted();
      int end = quoted.start() + quoted.length();
      reports.add(
          new ErrorReport(
              error.error(),
              error.type(),
              error.code(),
              error.isTooBig() ? error.mtu() : 0,
              external(error.offender()),
              external(to),
              info(error.message(), error.in(), 0, new Endpoint(error.offender(), 0)),
              Arrays.copyOfRange(quoted.bytes(), Math.min(data, end), end)));
    }
    boolean fatal =
        error.isTooBig() ? options().get(Options.MTU_DISCOVER) >= PMTU_ALWAYS : error.isHard();
    if (queue || remote != null && fatal) {
      setPendingError(error.error());
      loop.signal(this, Readiness.ERROR | Readiness.READABLE | Readiness.WRITABLE);
    }
  }

  /** Takes the oldest datagram. */
  public final @Nullable DatagramInfo receive(ByteBuffer to) throws NetException {
    return receive(to, false);
  }

  /** Looks at the oldest datagram. */
  public final @Nullable DatagramInfo peek(ByteBuffer to) throws NetException {
    return receive(to, true);
  }

  private @Nullable DatagramInfo receive(ByteBuffer to, boolean keep) throws NetException {
    loop.enter();
    try {
      checkOpen();
      throwPendingError();
      return received.take(to, keep);
    } finally {
      loop.exit();
    }
  }

  /** Takes the oldest entry of the error queue. */
  public final @Nullable ErrorReport takeErrorReport() {
    loop.enter();
    try {
      ErrorReport report = reports.poll();
      if (report != null) { // as Linux: the pending error is that of the next one
        ErrorReport next = reports.peek();
        setPendingError(next == null ? null : next.error());
      }
      return report;
    } finally {
      loop.exit();
    }
  }

  /** Bytes of the next datagram. */
  public final int available() {
    loop.enter();
    try {
      return received.nextLength();
    } finally {
      loop.exit();
    }
  }

  /** Bytes in the receive queue. */
  public final int queued() {
    return received.bytes();
  }

  /** Ends directions. */
  public void shutdown(boolean reading, boolean writing) throws NetException {
    loop.enter();
    try {
      checkOpen();
      readShut |= reading;
      writeShut |= writing;
      loop.signal(this, readiness());
      if (remote == null) {
        throw new NetException(NetError.NOT_CONNECTED); // as Linux: nevertheless
      }
    } finally {
      loop.exit();
    }
  }

  /** Bits of readiness. */
  public final int readiness() {
    loop.enter();
    try {
      int bits = Readiness.WRITABLE;
      if (!received.isEmpty() || readShut) {
        bits |= Readiness.READABLE;
      }
      if (readShut) {
        bits |= Readiness.READ_CLOSED | (writeShut ? Readiness.HANG_UP : 0);
      }
      if (hasPendingError() || !reports.isEmpty()) {
        bits |= Readiness.ERROR;
      }
      return closed ? bits | Readiness.HANG_UP : bits;
    } finally {
      loop.exit();
    }
  }

  /** Own address and port. */
  public final Endpoint localEndpoint() {
    loop.enter();
    try {
      return new Endpoint(external(boundAddress), port);
    } finally {
      loop.exit();
    }
  }

  /** The peer. */
  public final @Nullable Endpoint remoteEndpoint() {
    loop.enter();
    try {
      return remote == null ? null : external(remote);
    } finally {
      loop.exit();
    }
  }

  protected final int boundPort() {
    return port;
  }

  protected final void checkOpen() throws NetException {
    if (closed) {
      throw new NetException(NetError.INVALID);
    }
  }

  /** Closes. */
  public void close() {
    loop.enter();
    try {
      if (!closed) {
        closed = true;
        unbinder.unbind(this, port);
        received.clear();
        reports.clear();
        closing();
      }
    } finally {
      loop.exit();
    }
  }

  /** Called once, within the lock. */
  protected void closing() {}

  @Override
  public final IpAddress boundAddress() {
    return boundAddress;
  }

  @Override
  public final boolean dualStack() {
    return mapsV4();
  }

  @Override
  public final boolean reuseAddress() {
    return options().get(Options.REUSE_ADDRESS);
  }

  @Override
  public final boolean reusePort() {
    return options().get(Options.REUSE_PORT);
  }

  @Override
  public final boolean listening() {
    return false;
  }

  @Override
  public final int boundInterface() {
    return options().get(Options.INTERFACE);
  }
}
