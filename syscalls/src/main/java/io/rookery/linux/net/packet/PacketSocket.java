package io.rookery.linux.net.packet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.OptionBytes;
import io.rookery.linux.ipc.socket.Socket;
import io.rookery.linux.ipc.socket.SocketFamilies;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.KernelClock;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.net.Interfaces;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.mmu.PageSource;
import io.rookery.tcpip.FilterContext;
import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.LinkTap;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.PacketFilter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A packet socket (packet(7)): it gets a copy of what passes the interfaces, and sends past routes
 * and protocols. The stack calls {@link #packet} within its lock, so nothing here calls the stack
 * while it holds the monitor of this.
 */
public final class PacketSocket extends Socket implements LinkTap {
  static final int ETH_P_ALL = 3;

  private static final int OUTGOING = 4; // PACKET_OUTGOING
  private static final int ETHERTYPE = 12; // in an Ethernet header
  private static final int MSG_ERRQUEUE = 0x2000;
  private static final int RECEIVE_FLAGS = MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC | MSG_ERRQUEUE;
  private static final int FIONREAD = 0x541B;
  private static final int TIOCOUTQ = 0x5411;
  private static final int IN = POLLIN | POLLRDNORM;

  /** Makes these sockets. */
  public static final SocketFamilies.Family FAMILY = PacketSocket::create;

  private final NetworkNamespace network;
  private final KernelClock clock;
  private final WaitQueue queue = new WaitQueue();
  private final PacketOptions options;
  private final PacketQueue received;
  // Guarded by this, all below.
  private PacketFilter filter = PacketFilter.ALL;
  private int protocol;
  private @Nullable IpInterface bound;
  private @Nullable Errno error;
  private boolean tapping;
  private boolean closed;

  private PacketSocket(Task creator, int type, int protocol, int flags) {
    super(creator.kernel().vfs(), creator, type, flags);
    network = creator.kernel().network();
    clock = creator.kernel().clock();
    received = new PacketQueue(network.packetSockets());
    options = new PacketOptions(this, received, network, creator.kernel().memory());
    this.protocol = protocol;
  }

  private static Socket create(Task task, int type, int protocol, int flags) {
    if (!task.credentials().capable(Capability.NET_RAW)) {
      throw Errno.EPERM.exception();
    }
    if (type != SOCK_RAW && type != SOCK_DGRAM) {
      throw Errno.ESOCKTNOSUPPORT.exception();
    }
    int ethertype = Short.toUnsignedInt(Short.reverseBytes((short) protocol));
    PacketSocket s = new PacketSocket(task, type, ethertype, flags);
    s.network.packetSockets().opened(s);
    s.tapIfWanted();
    return s;
  }

  /** Listens at the interfaces from when a protocol is named. */
  private void tapIfWanted() {
    synchronized (this) {
      if (tapping || closed || protocol == 0) {
        return;
      }
      tapping = true;
    }
    network.stack().tap(this);
  }

  @Override
  public int family() {
    return LinkAddress.AF_PACKET;
  }

  @Override
  public WaitQueue waitQueue() {
    return queue;
  }

  // --- What passes ---

  @Override
  public boolean packet(
      IpInterface on, boolean outgoing, int ethertype, byte[] bytes, int at, int length) {
    boolean raw = type() == SOCK_RAW && on.isLoopback(); // others have no header
    int link = on.isLoopback() ? at - LINK_HEADER : at;
    int start = raw ? link : at;
    int size = at + length - start;
    synchronized (this) {
      if (closed
          || !isWanted(ethertype, outgoing)
          || outgoing && options.ignoresOutgoing()
          || bound != null && bound.index() != on.index()) {
        return false;
      }
      int packetType = outgoing ? OUTGOING : 0;
      int hardware = Interfaces.type(on);
      int kept =
          filter.accept(
              bytes,
              start,
              size,
              new FilterContext(
                  link, at, at + length, ethertype, packetType, on.index(), hardware));
      if (kept == 0) {
        return false;
      }
      byte[] address = LinkAddress.of(ethertype, on.index(), on, packetType);
      int status = CapturedPacket.USER | (outgoing ? 0 : CapturedPacket.CHECKSUM_VALID);
      return received.add(
          new CapturedPacket(
              Arrays.copyOfRange(bytes, start, start + kept),
              size,
              at - start,
              address,
              status,
              clock.realtimeNanos()),
          options.receiveBuffer());
    }
  }

  /** Those who ask for one protocol see only what arrives. */
  private boolean isWanted(int ethertype, boolean outgoing) {
    return protocol == ETH_P_ALL || protocol == ethertype && !outgoing;
  }

  @Override
  public void ready() {
    queue.wakeAll(IN);
  }

  // --- Addresses ---

  @Override
  public void bind(Task task, byte[] address) {
    LinkAddress a = LinkAddress.parse(address);
    IpInterface on = a.interfaceIndex() == 0 ? null : network.byIndex(a.interfaceIndex());
    if (on == null && a.interfaceIndex() != 0) {
      throw Errno.ENODEV.exception();
    }
    boolean down = on != null && !on.isUp();
    synchronized (this) {
      bound = on;
      protocol = a.protocol() != 0 ? a.protocol() : protocol;
      error = down && protocol != 0 ? Errno.ENETDOWN : error;
    }
    if (down) {
      queue.wakeAll();
    }
    tapIfWanted();
  }

  @Override
  public synchronized byte[] localAddress() {
    return LinkAddress.shown(protocol, bound == null ? 0 : bound.index(), bound);
  }

  @Override
  public byte[] peerAddress() {
    throw Errno.EOPNOTSUPP.exception();
  }

  @Override
  public void connect(Task task, byte[] address) {
    throw Errno.EOPNOTSUPP.exception();
  }

  @Override
  public void shutdown(int how) {
    throw Errno.EOPNOTSUPP.exception();
  }

  // --- Data ---

  @Override
  public int send(Task task, byte[] source, int offset, int length, Ancillary ancillary) {
    IpInterface out;
    int ethertype;
    byte[] address = ancillary.address();
    if (address != null) {
      LinkAddress to = LinkAddress.parse(address);
      out = network.byIndex(to.interfaceIndex());
      ethertype = to.protocol();
    } else {
      synchronized (this) {
        out = bound;
        ethertype = protocol;
      }
    }
    if (out == null) {
      throw Errno.ENXIO.exception();
    }
    if (!out.isUp()) {
      throw Errno.ENETDOWN.exception();
    }
    int header = type() == SOCK_RAW && out.isLoopback() ? LINK_HEADER : 0;
    if (length - header > out.mtu()) {
      throw Errno.EMSGSIZE.exception();
    }
    if (length < header) {
      throw Errno.EINVAL.exception();
    }
    if (header > 0) {
      ethertype = ByteBuffer.wrap(source).getShort(offset + ETHERTYPE) & 0xffff;
    } else if (type() == SOCK_RAW && length > 0) { // without a header the packet itself tells
      ethertype = (source[offset] & 0xf0) == 0x60 ? 0x86dd : 0x0800;
    }
    try {
      out.send(ethertype, ByteBuffer.wrap(source, offset + header, length - header), this);
    } catch (NetException e) {
      throw (e.error() == NetError.NETWORK_DOWN ? Errno.ENETDOWN : Errno.EMSGSIZE).exception();
    }
    return length;
  }

  @Override
  public Received receive(Task task, byte[] target, int offset, int length, int flags) {
    if ((flags & ~RECEIVE_FLAGS) != 0) {
      throw Errno.EINVAL.exception();
    }
    if ((flags & MSG_ERRQUEUE) != 0) {
      throw Errno.EAGAIN.exception(); // nothing that is sent is reported
    }
    boolean waits = !nonBlocking() && (flags & MSG_DONTWAIT) == 0;
    boolean keep = (flags & MSG_PEEK) != 0;
    long deadline = deadline(task, receiveTimeout());
    CapturedPacket p = take(keep);
    while (p == null) {
      if (!waits || !queue.await(task, this::isReceivable, deadline)) {
        throw Errno.EAGAIN.exception();
      }
      p = take(keep);
    }
    int n = Math.min(length, p.data().length);
    System.arraycopy(p.data(), 0, target, offset, n);
    return new Received(
        n,
        p.data().length,
        p.address(),
        List.of(),
        null,
        options.controls(p),
        n < p.data().length ? MSG_TRUNC : 0);
  }

  private synchronized boolean isReceivable() {
    return error != null || received.hasWaiting();
  }

  private synchronized @Nullable CapturedPacket take(boolean keep) {
    throwError();
    return received.take(keep);
  }

  private void throwError() {
    Errno e = error;
    if (e != null) {
      error = null;
      throw e.exception();
    }
  }

  @Override
  public synchronized int poll() {
    int out = POLLOUT | POLLWRNORM | (error != null ? POLLERR : 0);
    return received.isReadable() ? out | IN : out;
  }

  @Override
  public long ioctl(Task task, int request, long argument) {
    switch (request) {
      case FIONREAD -> {
        CapturedPacket first = received.take(true);
        int n = first == null ? 0 : first.data().length;
        task.memory().putInt(argument, n);
      }
      case TIOCOUTQ -> task.memory().putInt(argument, 0); // what is sent has left
      default -> {
        return super.ioctl(task, request, argument);
      }
    }
    return 0;
  }

  // --- Options ---

  @Override
  public byte[] getOption(Task task, int level, int name) {
    throw new AssertionError("the other form is called");
  }

  @Override
  public byte[] getOption(Task task, int level, int name, long value, int room) {
    return options.get(task, level, name, value, room);
  }

  @Override
  public void setOption(Task task, int level, int name, byte[] value) {
    options.set(task, level, name, value);
  }

  /** SO_ERROR. */
  synchronized byte[] takeError() {
    Errno e = error;
    error = null;
    return OptionBytes.of(e == null ? 0 : e.number());
  }

  synchronized PacketFilter filter() {
    return filter;
  }

  synchronized void setFilter(PacketFilter value) {
    filter = value;
  }

  @Override
  public PageSource pages() {
    PacketRing r = received.ring();
    if (r == null) {
      throw Errno.EINVAL.exception();
    }
    return r;
  }

  @Override
  protected void close() {
    boolean taps;
    synchronized (this) {
      closed = true;
      taps = tapping;
    }
    if (taps) {
      network.stack().untap(this);
    }
    network.packetSockets().closed(this);
    received.close();
    queue.wakeAll();
  }

  /** A line of /proc/net/packet. */
  synchronized PacketTexts.Entry entry() {
    return new PacketTexts.Entry(
        type(),
        protocol,
        bound == null ? 0 : bound.index(),
        tapping,
        received.bytes(),
        inode().stat());
  }
}
