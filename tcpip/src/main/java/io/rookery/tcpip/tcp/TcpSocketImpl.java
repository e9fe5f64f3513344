package io.rookery.tcpip.tcp;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Option;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.Readiness;
import io.rookery.tcpip.TcpInfo;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.TcpState;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.ip.IpLayer;
import io.rookery.tcpip.socket.OptionStore;
import io.rookery.tcpip.socket.PortHolder;
import io.rookery.tcpip.socket.SocketBase;
import io.rookery.tcpip.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A TCP socket: unbound, bound, a listener, or the user's side of a connection. */
public final class TcpSocketImpl extends SocketBase implements TcpSocket, PortHolder {
  private static final int LEAST_SEND_BUFFER = 16 << 10;
  private static final int MOST_SEND_BUFFER = 8 << 20;
  private static final int MOST_BACKLOG = 4096;

  private final TcpLayer tcp;
  private TcpConfig config;
  private IpAddress boundAddress;
  private int port;
  private int portOfUser;
  private @Nullable Listener listener;
  private @Nullable Connection connection;
  private boolean everConnected;
  private boolean readShut;
  private boolean writeShut;
  private boolean closed;
  private boolean wantsSpace;
  private int sendBuffer;

  /** A socket without a port. */
  public TcpSocketImpl(StackLoop loop, IpLayer ip, TcpLayer tcp, boolean v6) {
    this(loop, ip, tcp, v6, new OptionStore());
  }

  private TcpSocketImpl(StackLoop loop, IpLayer ip, TcpLayer tcp, boolean v6, OptionStore options) {
    super(loop, ip, v6, options);
    this.tcp = tcp;
    config = TcpConfig.of(options);
    boundAddress = any();
    sendBuffer = Options.SEND_BUFFER.initial();
  }

  TcpConfig tcpConfig() {
    return config;
  }

  @Override
  protected void optionChanged(Option<?> option) {
    config = TcpConfig.of(options());
    Connection c = connection;
    if (c == null) {
      return;
    }
    if (option == Options.CONGESTION) {
      c.sender().recovery().select(config.congestion());
    }
    if (option == Options.QUICK_ACK && config.quickAck()) {
      c.receiver().quickAck();
    }
    c.configure(config);
    if (option == Options.QUICK_ACK && c.receiver().ackNow()) {
      c.acknowledgeNow();
    }
  }

  @Override
  public <T> T option(Option<T> option) throws NetException {
    loop.enter();
    try {
      Connection c = connection;
      if (c != null && option == Options.RECEIVE_BUFFER) {
        return autotuned(option, c.receiver().bufferSize());
      }
      if (c != null && option == Options.SEND_BUFFER) {
        return autotuned(option, sendLimit(c));
      }
      if (c != null && option == Options.MAX_SEGMENT) {
        return autotuned(option, c.sender().mss());
      }
      return super.option(option);
    } finally {
      loop.exit();
    }
  }

  @SuppressWarnings("unchecked") // the caller has compared the option with one of this type
  private static <T> T autotuned(Option<T> option, int value) {
    assert option.initial() instanceof Integer;
    return (T) Integer.valueOf(value);
  }

  // --- Opening ---

  @Override
  public void bind(Endpoint local) throws NetException {
    loop.enter();
    try {
      checkOpen();
      IpAddress address = internal(local.address());
      if (address.isMulticast() || ip.isBroadcast(address)) {
        throw new NetException(NetError.ADDRESS_NOT_AVAILABLE);
      }
      checkBindable(address);
      if (port != 0 || connection != null) {
        throw new NetException(NetError.INVALID);
      }
      boundAddress = address;
      port = tcp.ports().bind(this, local.port());
      if (port == 0) {
        boundAddress = any();
        throw new NetException(NetError.ADDRESS_IN_USE);
      }
      portOfUser = port;
    } finally {
      loop.exit();
    }
  }

  @Override
  public void connect(Endpoint remote) throws NetException {
    loop.enter();
    try {
      checkOpen();
      checkConnectable();
      IpAddress to = internal(remote.address());
      if (to.isAny()) {
        to = to.v6() ? IpAddress.LOOPBACK_V6 : IpAddress.LOOPBACK_V4;
      }
      if (to.isMulticast() || ip.isBroadcast(to)) {
        throw new NetException(NetError.NETWORK_UNREACHABLE);
      }
      if (loop.memory().isFull()) {
        throw new NetException(NetError.NO_BUFFERS);
      }
      FlowKey key = chooseKey(to, remote.port());
      if (port != 0) {
        tcp.ports().remove(this, port);
      }
      port = key.localPort();
      Connection c = new Connection(tcp, key, config, tcp.secrets().initialSequence(key), null);
      connection = c;
      everConnected = true;
      c.attach(this);
      tcp.add(c);
      loop.count(Counter.TCP_ACTIVE_OPENS);
      c.handshake().connect();
    } finally {
      loop.exit();
    }
  }

  private void checkConnectable() throws NetException {
    if (listener != null) {
      throw new NetException(NetError.IS_CONNECTED);
    }
    Connection c = connection;
    if (c == null) {
      throwPendingError();
      return;
    }
    throwPendingError();
    boolean opening = c.state() == TcpState.SYN_SENT || c.state() == TcpState.SYN_RECEIVED;
    throw new NetException(opening ? NetError.ALREADY : NetError.IS_CONNECTED);
  }

  private FlowKey chooseKey(IpAddress to, int remotePort) throws NetException {
    IpAddress from = boundAddress;
    if (from.isAny() || from.v6() != to.v6()) {
      IpAddress source = ip.sourceFor(to, config.boundInterface());
      if (source == null) {
        throw new NetException(NetError.NETWORK_UNREACHABLE);
      }
      from = source;
    }
    IpAddress local = from;
    int chosen =
        port != 0 ? port : tcp.ports().pick(candidate -> suits(candidate, local, to, remotePort));
    if (chosen == 0) {
      throw new NetException(NetError.ADDRESS_NOT_AVAILABLE);
    }
    FlowKey key = tcp.key(local, chosen, to, remotePort);
    if (!tcp.isFree(key)) {
      throw new NetException(NetError.ADDRESS_NOT_AVAILABLE);
    }
    return key;
  }

  /** Ports of other connections may be shared, those of bound sockets not. */
  private boolean suits(int candidate, IpAddress local, IpAddress to, int remotePort) {
    for (PortHolder holder : tcp.ports().at(candidate)) {
      if (!(holder instanceof Connection)) {
        return false;
      }
    }
    return tcp.isFree(tcp.key(local, candidate, to, remotePort));
  }

  @Override
  public void listen(int backlog) throws NetException {
    loop.enter();
    try {
      checkOpen();
      int length = Math.clamp(backlog, 0, MOST_BACKLOG);
      Listener old = listener;
      if (old != null) {
        old.backlog(length);
        return;
      }
      if (connection != null) {
        throw new NetException(NetError.INVALID);
      }
      Listener made = new Listener(tcp, this, length);
      listener = made; // from now on this holder is a listener
      if (port == 0) {
        port = tcp.ports().bind(this, 0);
      }
      if (port == 0 || tcp.ports().inUse(this, port)) {
        listener = null;
        throw new NetException(NetError.ADDRESS_IN_USE);
      }
      tcp.addListener(port, made);
    } finally {
      loop.exit();
    }
  }

  @Override
  public @Nullable TcpSocket accept() throws NetException {
    loop.enter();
    try {
      checkOpen();
      Listener from = listener;
      if (from == null) {
        throw new NetException(NetError.INVALID);
      }
      Connection c = from.accept();
      if (c == null) {
        return null;
      }
      TcpSocketImpl accepted = new TcpSocketImpl(loop, ip, tcp, v6(), new OptionStore(options()));
      accepted.adopt(c);
      return accepted;
    } finally {
      loop.exit();
    }
  }

  /** Answers a SYN in another host's name; the socket is there before the connection is. */
  static TcpSocketImpl forwarded(TcpLayer tcp, FlowKey key, TcpSegment syn) {
    TcpSocketImpl made =
        new TcpSocketImpl(tcp.loop(), tcp.ip(), tcp, key.remote().v6(), new OptionStore());
    Connection c = new Connection(tcp, key, made.config, tcp.secrets().initialSequence(key), null);
    tcp.add(c);
    c.handshake().passive(syn);
    made.adopt(c);
    return made;
  }

  private void adopt(Connection c) {
    connection = c;
    everConnected = true;
    port = c.key().localPort();
    boundAddress = c.key().local();
    if (c.state() == TcpState.CLOSED) {
      setPendingError(NetError.CONNECTION_RESET);
    } else {
      c.attach(this);
      c.configure(config);
    }
  }

  // --- Data ---

  @Override
  public int read(ByteBuffer to) throws NetException {
    return read(to, 0, false);
  }

  @Override
  public int peek(ByteBuffer to, int skip) throws NetException {
    return read(to, skip, true);
  }

  private int read(ByteBuffer to, int skip, boolean keep) throws NetException {
    loop.enter();
    try {
      checkOpen();
      Connection c = connection;
      if (c == null) {
        throwPendingError();
        if (everConnected) {
          return -1;
        }
        throw new NetException(NetError.NOT_CONNECTED);
      }
      int count = c.receiver().read(to, skip, keep);
      if (count > 0) {
        return count;
      }
      if (c.receiver().finReceived()) {
        return -1; // an error that came later is for writes, as Linux has it
      }
      throwPendingError();
      return readShut || c.state() == TcpState.CLOSED ? -1 : 0;
    } finally {
      loop.exit();
    }
  }

  @Override
  public void unread(byte[] data, int offset, int length) {
    loop.enter();
    try {
      Connection c = connection;
      if (c != null) {
        c.receiver().unread(data, offset, length);
      }
    } finally {
      loop.exit();
    }
  }

  @Override
  public int write(ByteBuffer from, boolean more) throws NetException {
    return write(from, more, false);
  }

  @Override
  public int writeUrgent(ByteBuffer from) throws NetException {
    return write(from, false, true);
  }

  private int write(ByteBuffer from, boolean more, boolean urgent) throws NetException {
    loop.enter();
    try {
      checkOpen();
      throwPendingError();
      Connection c = connection;
      if (c == null || writeShut || c.state() == TcpState.CLOSED) {
        throw new NetException(NetError.BROKEN_PIPE);
      }
      if (!c.state().sends()) {
        wantsSpace = true;
        return 0;
      }
      int room = sendLimit(c) - c.sender().queue().length();
      int count = Math.min(from.remaining(), Math.max(room, 0));
      wantsSpace = count < from.remaining();
      if (count > 0) {
        c.sender().queue().write(from, count);
        if (urgent) {
          c.sender().setUrgent();
        }
        c.sender().setMore(more && !wantsSpace);
        c.sender().output();
      }
      return count;
    } finally {
      loop.exit();
    }
  }

  /** Two congestion windows unless the user has set it; a little even when memory is short. */
  private int sendLimit(Connection c) {
    if (loop.memory().isFull()) {
      return LEAST_SEND_BUFFER;
    }
    if (config.sendBuffer() != 0) {
      return config.sendBuffer();
    }
    if (!loop.memory().isTight()) {
      long wanted = Math.min(2 * c.sender().recovery().window(), MOST_SEND_BUFFER);
      sendBuffer = (int) Math.max(sendBuffer, wanted);
    }
    return sendBuffer;
  }

  /** Acknowledgments may have made room. */
  void sendSpaceChanged() {
    Connection c = connection;
    if (wantsSpace && c != null && hasSpace(c)) {
      wantsSpace = false;
      loop.signal(this, Readiness.WRITABLE);
    }
  }

  /** As Linux: when a third is free. */
  private boolean hasSpace(Connection c) {
    int limit = sendLimit(c);
    int free = limit - c.sender().queue().length();
    return free >= limit / 3 && c.sender().unsent() < config.notSentLowWater();
  }

  @Override
  public int readUrgent() throws NetException {
    return urgent(false);
  }

  @Override
  public int peekUrgent() throws NetException {
    return urgent(true);
  }

  private int urgent(boolean keep) throws NetException {
    loop.enter();
    try {
      checkOpen();
      Connection c = connection;
      if (c == null) {
        throw new NetException(NetError.NOT_CONNECTED);
      }
      UrgentMark urgent = c.receiver().urgent();
      long from = c.receiver().queue().start();
      if (config.urgentInline() || !urgent.isPending(from)) {
        throw new NetException(NetError.INVALID);
      }
      return urgent.isReadable(from) ? urgent.value(keep) : -1;
    } finally {
      loop.exit();
    }
  }

  @Override
  public boolean atUrgentMark() {
    loop.enter();
    try {
      Connection c = connection;
      return c != null && c.receiver().urgent().isAt(c.receiver().queue().start());
    } finally {
      loop.exit();
    }
  }

  @Override
  public int available() {
    loop.enter();
    try {
      Connection c = connection;
      return c == null ? 0 : c.receiver().available();
    } finally {
      loop.exit();
    }
  }

  @Override
  public int unacknowledged() {
    loop.enter();
    try {
      Connection c = connection;
      return c == null ? 0 : c.sender().queue().length();
    } finally {
      loop.exit();
    }
  }

  // --- Ending ---

  @Override
  public void shutdown(boolean reading, boolean writing) throws NetException {
    loop.enter();
    try {
      checkOpen();
      if (listener != null) {
        if (reading) {
          stopListening();
          takeBackPort();
        }
        return;
      }
      Connection c = connection;
      if (c == null || c.state() == TcpState.CLOSED) {
        throw new NetException(NetError.NOT_CONNECTED);
      }
      if (c.state() == TcpState.SYN_SENT) {
        c.fail(NetError.CONNECTION_RESET);
        return;
      }
      readShut |= reading;
      if (writing) {
        writeShut = true;
        c.shutdownSending();
      }
      loop.signal(this, readiness());
    } finally {
      loop.exit();
    }
  }

  @Override
  public void abort() {
    loop.enter();
    try {
      Connection c = connection;
      if (c != null && c.state() != TcpState.CLOSED) {
        c.abort(NetError.CONNECTION_ABORTED);
      }
    } finally {
      loop.exit();
    }
  }

  @Override
  public void disconnect() throws NetException {
    loop.enter();
    try {
      checkOpen();
      boolean listened = listener != null;
      stopListening();
      Connection c = connection;
      if (c != null) {
        connection = null;
        boolean open = c.state() != TcpState.CLOSED && c.state() != TcpState.TIME_WAIT;
        c.abandon();
        if (open) {
          setPendingError(NetError.CONNECTION_RESET);
        }
      }
      if (c != null || listened) {
        takeBackPort();
      }
      everConnected = false;
      readShut = false;
      writeShut = false;
      loop.signal(this, readiness());
    } finally {
      loop.exit();
    }
  }

  /** A port that the user chose stays with the socket. */
  private void takeBackPort() {
    port = portOfUser;
    if (port != 0) {
      tcp.ports().add(this, port);
    }
  }

  @Override
  public boolean lingering() {
    loop.enter();
    try {
      Connection c = connection;
      return c != null
          && switch (c.state()) {
            case FIN_WAIT_1, CLOSING, LAST_ACK -> true;
            default -> false;
          };
    } finally {
      loop.exit();
    }
  }

  /** The connection has ended with an error. */
  void connectionFailed(NetError error) {
    Connection c = connection;
    setPendingError(error);
    if (c != null && c.handshake().isActive() && !c.wasEstablished()) {
      // The socket may try again.
      connection = null;
      takeBackPort();
    }
    loop.signal(
        this,
        Readiness.ERROR
            | Readiness.READABLE
            | Readiness.WRITABLE
            | Readiness.READ_CLOSED
            | Readiness.HANG_UP);
  }

  @Override
  public void close() {
    loop.enter();
    try {
      if (closed) {
        return;
      }
      closed = true;
      stopListening();
      Connection c = connection;
      if (c == null) {
        tcp.ports().remove(this, port);
      } else if (options().get(Options.LINGER) == 0) {
        c.abort(NetError.CONNECTION_ABORTED);
        c.receiver().queue().clear();
      } else {
        c.orphan();
      }
    } finally {
      loop.exit();
    }
  }

  private void stopListening() {
    Listener old = listener;
    if (old != null) {
      tcp.removeListener(port, old);
      tcp.ports().remove(this, port);
      listener = null;
      port = 0;
      old.close();
      loop.signal(this, Readiness.HANG_UP | Readiness.READABLE);
    }
  }

  private void checkOpen() throws NetException {
    if (closed) {
      throw new NetException(NetError.INVALID);
    }
  }

  // --- Asking ---

  @Override
  public int readiness() {
    loop.enter();
    try {
      Listener l = listener;
      if (l != null) {
        return l.waiting() > 0 ? Readiness.READABLE : 0;
      }
      int bits = hasPendingError() ? Readiness.ERROR : 0;
      Connection c = connection;
      if (c == null || c.state() == TcpState.CLOSED) {
        bits |= Readiness.WRITABLE | Readiness.HANG_UP;
        return everConnected ? bits | Readiness.READABLE | Readiness.READ_CLOSED : bits;
      }
      if (c.state() == TcpState.SYN_SENT || c.state() == TcpState.SYN_RECEIVED) {
        return bits;
      }
      boolean readOver = readShut || c.receiver().finReceived();
      if (readOver) {
        bits |= Readiness.READABLE | Readiness.READ_CLOSED;
        bits |= writeShut ? Readiness.HANG_UP : 0;
      } else if (c.receiver().available() > 0) {
        bits |= Readiness.READABLE;
      }
      if (writeShut || hasSpace(c)) {
        bits |= Readiness.WRITABLE;
      } else {
        wantsSpace = true;
      }
      if (c.receiver().urgent().isReadable(c.receiver().queue().start())) {
        bits |= Readiness.URGENT;
      }
      return bits;
    } finally {
      loop.exit();
    }
  }

  @Override
  public Endpoint localEndpoint() {
    loop.enter();
    try {
      Connection c = connection;
      IpAddress address = c == null ? boundAddress : c.key().local();
      return new Endpoint(external(address), port);
    } finally {
      loop.exit();
    }
  }

  @Override
  public @Nullable Endpoint remoteEndpoint() {
    loop.enter();
    try {
      Connection c = connection;
      // TIME-WAIT concerns the connection, no more the socket.
      if (c == null || !c.state().isSynchronized() || c.state() == TcpState.TIME_WAIT) {
        return null;
      }
      return new Endpoint(external(c.key().remote()), c.key().remotePort());
    } finally {
      loop.exit();
    }
  }

  @Override
  public @Nullable Endpoint lastRemoteEndpoint() {
    loop.enter();
    try {
      Connection c = connection;
      return c == null ? null : new Endpoint(external(c.key().remote()), c.key().remotePort());
    } finally {
      loop.exit();
    }
  }

  @Override
  public TcpState state() {
    loop.enter();
    try {
      Connection c = connection;
      return listener != null ? TcpState.LISTEN : c == null ? TcpState.CLOSED : c.state();
    } finally {
      loop.exit();
    }
  }

  @Override
  public TcpInfo info() {
    loop.enter();
    try {
      Connection c = connection;
      return c == null ? TcpReports.empty(state()) : TcpReports.info(c, sendLimit(c));
    } finally {
      loop.exit();
    }
  }

  /** Connections that wait to be accepted. */
  int waiting() {
    return listener == null ? 0 : listener.waiting();
  }

  int backlog() {
    return listener == null ? 0 : listener.backlog();
  }

  // --- The port ---

  @Override
  public IpAddress boundAddress() {
    return boundAddress;
  }

  @Override
  public boolean dualStack() {
    return mapsV4();
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
    return listener != null;
  }

  @Override
  public int boundInterface() {
    return config.boundInterface();
  }
}
