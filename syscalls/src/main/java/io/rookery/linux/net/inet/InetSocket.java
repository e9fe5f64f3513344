package io.rookery.linux.net.inet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.RememberedOptions;
import io.rookery.linux.ipc.socket.Socket;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.linux.net.SocketAddresses;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.Readiness;
import io.rookery.tcpip.ReadinessListener;
import io.rookery.tcpip.StackSocket;
import io.rookery.tcpip.address.Endpoint;
import org.jspecify.annotations.Nullable;

/** A socket of AF_INET or AF_INET6 over one of the IP stack's (ip(7), ipv6(7)). */
abstract class InetSocket extends Socket implements ReadinessListener {
  private static final int FIRST_FREE_FOR_ALL = 1024; // net.ipv4.ip_unprivileged_port_start
  private static final int IN = POLLIN | POLLRDNORM;
  private static final int OUT = POLLOUT | POLLWRNORM;
  private static final int ANY = -1;

  private final NetworkNamespace network;
  private final boolean v6;
  private final WaitQueue queue = new WaitQueue();
  private final RememberedOptions remembered = new RememberedOptions();

  /** A socket over {@code stackSocket}, which is closed with it. */
  InetSocket(Task creator, NetworkNamespace network, StackSocket stackSocket, int type, int flags) {
    super(creator.kernel().vfs(), creator, type, flags);
    this.network = network;
    this.v6 = stackSocket.v6();
  }

  /** The socket of the stack. */
  abstract StackSocket stackSocket();

  /** Called once by the subclass, when everything is in place to hear of readiness. */
  final void open() {
    network.opened(stackSocket(), this);
    stackSocket().listener(this);
  }

  final NetworkNamespace network() {
    return network;
  }

  final boolean v6() {
    return v6;
  }

  final RememberedOptions remembered() {
    return remembered;
  }

  /** IANA number of its protocol. */
  abstract int protocol();

  @Override
  public final int family() {
    return v6 ? SocketAddresses.AF_INET6 : SocketAddresses.AF_INET;
  }

  @Override
  public final WaitQueue waitQueue() {
    return queue;
  }

  /** Something happened in the stack, on whichever thread that is. */
  @Override
  public final void ready(int events) {
    queue.wakeAll(
        switch (events) { // pure data and pure room do not concern those who want the other
          case Readiness.READABLE -> IN;
          case Readiness.WRITABLE -> OUT;
          default -> ANY;
        });
  }

  @Override
  public int poll() {
    int bits = stackSocket().readiness();
    int events = 0;
    events |= (bits & Readiness.READABLE) != 0 ? IN : 0;
    events |= (bits & Readiness.WRITABLE) != 0 ? OUT : 0;
    events |= (bits & Readiness.URGENT) != 0 ? POLLPRI : 0;
    events |= (bits & Readiness.READ_CLOSED) != 0 ? POLLRDHUP : 0;
    events |= (bits & Readiness.HANG_UP) != 0 ? POLLHUP : 0;
    events |= (bits & Readiness.ERROR) != 0 ? POLLERR : 0;
    return events;
  }

  final boolean isReady(int wanted) {
    return (stackSocket().readiness() & wanted) != 0;
  }

  final boolean waits(int flags) {
    return !nonBlocking() && (flags & MSG_DONTWAIT) == 0;
  }

  @Override
  public void bind(Task task, byte[] address) {
    Endpoint local = SocketAddresses.toBind(address, v6);
    if (v6 && local.address().isMapped() && InetOptions.isV6Only(this)) {
      throw Errno.EINVAL.exception();
    }
    if (local.port() != 0
        && local.port() < FIRST_FREE_FOR_ALL
        && (protocol() == Protocols.TCP
            || protocol() == Protocols.UDP
            || protocol() == Protocols.UDP_LITE)
        && !task.credentials().capable(Capability.NET_BIND_SERVICE)) {
      throw Errno.EACCES.exception();
    }
    try {
      stackSocket().bind(local);
      if (v6 && !local.address().isAny() && !local.address().isMapped()) {
        stackSocket().option(Options.V6_ONLY, true); // as Linux: an address of IPv6 is for IPv6
      }
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  @Override
  public final byte[] localAddress() {
    return SocketAddresses.of(stackSocket().localEndpoint());
  }

  @Override
  public final byte[] peerAddress() {
    Endpoint remote = stackSocket().remoteEndpoint();
    if (remote == null) {
      throw Errno.ENOTCONN.exception();
    }
    return SocketAddresses.of(remote);
  }

  @Override
  public final byte[] getOption(Task task, int level, int name) {
    return InetOptions.get(this, task, level, name);
  }

  @Override
  public final void setOption(Task task, int level, int name, byte[] value) {
    InetOptions.set(this, task, level, name, value);
  }

  /** An option of one kind of socket only; null where there is none of that name. */
  byte @Nullable [] ownOption(int level, int name) {
    return null;
  }

  /** Sets an option of one kind of socket only; false where there is none of that name. */
  boolean setOwnOption(Task task, int level, int name, byte[] value) {
    return false;
  }

  @Override
  protected void close() {
    network.closed(stackSocket());
    stackSocket().close();
    queue.wakeAll();
  }
}
