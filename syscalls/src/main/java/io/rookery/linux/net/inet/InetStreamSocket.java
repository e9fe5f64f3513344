package io.rookery.linux.net.inet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.ipc.socket.Socket;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.linux.net.SocketAddresses;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.Readiness;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.TcpState;
import io.rookery.tcpip.address.Endpoint;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A TCP socket (tcp(7)). */
final class InetStreamSocket extends InetSocket {
  private static final int SOMAXCONN = 4096;
  private static final int MSG_MORE = 0x8000;
  private static final int MSG_ERRQUEUE = 0x2000;
  private static final int ENDED = Readiness.READ_CLOSED | Readiness.HANG_UP | Readiness.ERROR;

  private static final int FIONREAD = 0x541B;
  private static final int TIOCOUTQ = 0x5411;
  private static final int SIOCATMARK = 0x8905;
  private static final int SIOCOUTQNSD = 0x894B;

  private static final long LINGER_POLL_NANOS = 10_000_000;

  private final TcpSocket tcp;
  private volatile boolean closing;

  /** connect(2) has begun, and nobody was told how it ended. */
  private boolean connecting; // guarded by this

  private InetStreamSocket(Task creator, NetworkNamespace network, TcpSocket tcp, int flags) {
    super(creator, network, tcp, SOCK_STREAM, flags);
    this.tcp = tcp;
  }

  static InetStreamSocket create(Task task, NetworkNamespace network, boolean v6, int flags) {
    return make(task, network, network.stack().tcp(v6), flags);
  }

  private static InetStreamSocket make(Task t, NetworkNamespace network, TcpSocket tcp, int flags) {
    InetStreamSocket s = new InetStreamSocket(t, network, tcp, flags);
    s.open();
    return s;
  }

  @Override
  TcpSocket stackSocket() {
    return tcp;
  }

  @Override
  int protocol() {
    return Protocols.TCP;
  }

  // Connections

  @Override
  public void bind(Task task, byte[] address) {
    if (v6()
        && SocketAddresses.family(address) == SocketAddresses.AF_INET6
        && SocketAddresses.toBind(address, true).address().isMulticast()) {
      throw Errno.EINVAL.exception();
    }
    super.bind(task, address);
  }

  @Override
  public void connect(Task task, byte[] address) {
    if (SocketAddresses.family(address) == SocketAddresses.AF_UNSPEC) {
      disconnect();
      return;
    }
    try {
      if (isConnecting()) {
        if (!opening()) {
          finish();
          return;
        }
        if (nonBlocking()) {
          throw Errno.EALREADY.exception();
        }
      } else {
        begin(SocketAddresses.toConnect(address, v6()));
        if (nonBlocking()) {
          throw Errno.EINPROGRESS.exception();
        }
      }
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
    if (!waitQueue().await(task, () -> !opening(), deadline(task, sendTimeout()))) {
      throw Errno.EINPROGRESS.exception();
    }
    finish();
  }

  private synchronized boolean isConnecting() {
    return connecting;
  }

  private boolean opening() {
    TcpState s = tcp.state();
    return s == TcpState.SYN_SENT || s == TcpState.SYN_RECEIVED;
  }

  private void begin(Endpoint to) throws NetException {
    if (tcp.lastRemoteEndpoint() == null) {
      tcp.takeError(); // of an attempt before
    }
    tcp.connect(to);
    synchronized (this) {
      connecting = true;
    }
  }

  /** The attempt is over: well, or the socket may try again. */
  private void finish() {
    synchronized (this) {
      connecting = false;
    }
    if (tcp.state() == TcpState.CLOSED) {
      NetError error = tcp.takeError();
      disconnect();
      throw (error == null ? Errno.ECONNABORTED : NetErrors.of(error)).exception();
    }
  }

  private void disconnect() {
    synchronized (this) {
      connecting = false;
    }
    try {
      tcp.disconnect();
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  @Override
  public void listen(Task task, int backlog) {
    try {
      tcp.listen(backlog < 0 ? SOMAXCONN : Math.min(backlog, SOMAXCONN));
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  @Override
  public Socket accept(Task task, int flags) {
    @Nullable TcpSocket[] taken = new @Nullable TcpSocket[1];
    boolean there = acceptInto(taken);
    if (!there
        && (nonBlocking()
            || !waitQueue()
                .await(task, () -> acceptInto(taken), deadline(task, receiveTimeout())))) {
      throw Errno.EAGAIN.exception();
    }
    TcpSocket accepted = taken[0];
    if (accepted == null) {
      throw new AssertionError();
    }
    InetStreamSocket s = make(task, network(), accepted, flags);
    s.remembered().inherit(remembered());
    s.setReceiveTimeout(receiveTimeout());
    s.setSendTimeout(sendTimeout());
    return s;
  }

  private boolean acceptInto(@Nullable TcpSocket[] taken) {
    try {
      taken[0] = tcp.accept();
      return taken[0] != null;
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  @Override
  public byte[] acceptedFrom() {
    Endpoint peer = tcp.lastRemoteEndpoint();
    if (peer == null) {
      throw Errno.ECONNABORTED.exception();
    }
    return SocketAddresses.of(peer);
  }

  @Override
  public void shutdown(int how) {
    try {
      tcp.shutdown(how != 1, how != 0);
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  @Override
  public void linger(Task task) {
    try {
      int seconds = closing ? tcp.option(Options.LINGER) : 0;
      long deadline = deadline(task, seconds * 1_000_000_000L);
      while (seconds > 0 && tcp.lingering() && task.kernel().clock().monotonicNanos() < deadline) {
        // A socket that was closed hears of nothing: it has to be asked.
        long soon = task.kernel().clock().monotonicNanos() + LINGER_POLL_NANOS;
        waitQueue().await(task, () -> !tcp.lingering(), Math.min(soon, deadline));
      }
    } catch (NetException e) {
      throw NetErrors.exception(e);
    } catch (ErrnoException e) {
      return; // a signal ends the wait; the descriptor is closed all the same
    }
  }

  @Override
  protected void close() {
    closing = true;
    super.close();
  }

  // Data

  @Override
  public int send(Task task, byte[] source, int offset, int length, Ancillary ancillary) {
    ByteBuffer from = ByteBuffer.wrap(source, offset, length);
    int flags = ancillary.flags();
    long deadline = 0;
    while (true) {
      try {
        int n = put(from, flags);
        if (!from.hasRemaining()) {
          return length;
        }
        if (n > 0) {
          continue;
        }
        deadline = deadline == 0 ? deadline(task, sendTimeout()) : deadline;
        if (!waits(flags)
            || !waitQueue().await(task, () -> isReady(Readiness.WRITABLE | ENDED), deadline)) {
          throw Errno.EAGAIN.exception();
        }
      } catch (ErrnoException e) {
        int done = length - from.remaining();
        if (done > 0) {
          return done;
        }
        throw e;
      }
    }
  }

  private int put(ByteBuffer from, int flags) {
    try {
      return (flags & MSG_OOB) != 0
          ? tcp.writeUrgent(from)
          : tcp.write(from, (flags & MSG_MORE) != 0);
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  @Override
  public Received receive(Task task, byte[] target, int offset, int length, int flags) {
    if ((flags & MSG_ERRQUEUE) != 0) {
      throw Errno.EAGAIN.exception();
    }
    if ((flags & MSG_OOB) != 0) {
      return urgent(target, offset, length, flags);
    }
    boolean peek = (flags & MSG_PEEK) != 0;
    int least =
        Math.min(length, (flags & MSG_WAITALL) != 0 ? length : remembered().receiveLowWater());
    ByteBuffer to = ByteBuffer.wrap(target, offset, length);
    long deadline = 0;
    while (true) {
      try {
        int n = take(to, peek);
        int done = to.position() - offset;
        if (n < 0 || (done >= least && (done > 0 || length == 0 && tcp.available() > 0))) {
          break;
        }
        if (n > 0 && !peek) {
          continue;
        }
        deadline = deadline == 0 ? deadline(task, receiveTimeout()) : deadline;
        int seen = peek ? done : 0;
        if (!waits(flags) || !waitQueue().await(task, () -> moreThan(seen), deadline)) {
          throw Errno.EAGAIN.exception();
        }
        if (peek) {
          to.position(offset);
        }
      } catch (ErrnoException e) {
        if (to.position() > offset) {
          break;
        }
        throw e;
      }
    }
    int done = to.position() - offset;
    return (flags & MSG_TRUNC) != 0 // tcp(7): the bytes are thrown away
        ? new Received(0, done, null, List.of(), null, List.of(), 0)
        : Received.plain(done);
  }

  @Override
  public void putBack(byte[] data, int offset, int length) {
    tcp.unread(data, offset, length);
  }

  private boolean moreThan(int seen) {
    return tcp.available() > seen || isReady(ENDED);
  }

  private int take(ByteBuffer to, boolean peek) {
    try {
      if (opening()) {
        return 0;
      }
      return peek ? tcp.peek(to, 0) : tcp.read(to);
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  /** The urgent byte; EINVAL where there is none or it is in the stream. */
  private Received urgent(byte[] target, int offset, int length, int flags) {
    try {
      int b = (flags & MSG_PEEK) != 0 ? tcp.peekUrgent() : tcp.readUrgent();
      if (b < 0) {
        throw Errno.EAGAIN.exception();
      }
      if (length > 0) {
        target[offset] = (byte) b;
      }
      int n = Math.min(length, 1);
      int result = length > 0 ? MSG_OOB : MSG_OOB | MSG_TRUNC;
      return new Received(n, n, null, List.of(), null, List.of(), result);
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  @Override
  public int poll() {
    int events = super.poll();
    int low = remembered().receiveLowWater();
    boolean few = low > 1 && (events & POLLRDHUP) == 0 && tcp.state() != TcpState.LISTEN;
    return few && tcp.available() < low ? events & ~(POLLIN | POLLRDNORM) : events;
  }

  @Override
  public long ioctl(Task task, int request, long argument) {
    if (request != SIOCATMARK && tcp.state() == TcpState.LISTEN && isQueueSize(request)) {
      throw Errno.EINVAL.exception();
    }
    switch (request) {
      case FIONREAD -> task.memory().putInt(argument, tcp.available());
      case TIOCOUTQ -> task.memory().putInt(argument, tcp.unacknowledged());
      case SIOCOUTQNSD -> task.memory().putInt(argument, tcp.info().notSent());
      case SIOCATMARK -> task.memory().putInt(argument, tcp.atUrgentMark() ? 1 : 0);
      default -> {
        return super.ioctl(task, request, argument);
      }
    }
    return 0;
  }

  private static boolean isQueueSize(int request) {
    return request == FIONREAD || request == TIOCOUTQ || request == SIOCOUTQNSD;
  }

  @Override
  byte @Nullable [] ownOption(int level, int name) {
    return level == Protocols.TCP ? TcpOptions.get(tcp, name) : null;
  }

  @Override
  boolean setOwnOption(Task task, int level, int name, byte[] value) {
    if (level == Protocols.IP && MulticastOptions.isOfV4(name)) {
      throw Errno.EINVAL.exception();
    }
    return level == Protocols.TCP && TcpOptions.set(task, tcp, name, value);
  }
}
