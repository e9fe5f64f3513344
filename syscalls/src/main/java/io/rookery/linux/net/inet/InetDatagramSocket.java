package io.rookery.linux.net.inet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.RememberedOptions;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.linux.net.SocketAddresses;
import io.rookery.tcpip.DatagramInfo;
import io.rookery.tcpip.ErrorReport;
import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.MessageSocket;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.PingSocket;
import io.rookery.tcpip.RawSocket;
import io.rookery.tcpip.Readiness;
import io.rookery.tcpip.UdpSocket;
import io.rookery.tcpip.address.Endpoint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A UDP socket (udp(7), udplite(7)), a ping socket (icmp(7)) or a raw socket (raw(7)). */
final class InetDatagramSocket extends InetSocket {
  private static final int MSG_ERRQUEUE = 0x2000;
  private static final int MSG_MORE = 0x8000;
  private static final int ENDED = Readiness.READ_CLOSED | Readiness.HANG_UP | Readiness.ERROR;

  private static final int FIONREAD = 0x541B;
  private static final int TIOCOUTQ = 0x5411;

  private final MessageSocket socket;
  private final DatagramControls controls = new DatagramControls();

  private InetDatagramSocket(
      Task creator, NetworkNamespace network, MessageSocket socket, int flags) {
    super(creator, network, socket, socket instanceof RawSocket ? SOCK_RAW : SOCK_DGRAM, flags);
    this.socket = socket;
  }

  static InetDatagramSocket udp(
      Task task, NetworkNamespace network, boolean v6, boolean lite, int flags) {
    IpStack stack = network.stack();
    return create(task, network, lite ? stack.udpLite(v6) : stack.udp(v6), flags);
  }

  static InetDatagramSocket ping(Task task, NetworkNamespace network, boolean v6, int flags) {
    return create(task, network, network.stack().ping(v6), flags);
  }

  static InetDatagramSocket raw(
      Task task, NetworkNamespace network, boolean v6, int protocol, int flags) {
    return create(task, network, network.stack().raw(v6, protocol), flags);
  }

  private static InetDatagramSocket create(
      Task task, NetworkNamespace network, MessageSocket socket, int flags) {
    try {
      socket.option(Options.RECEIVE_BUFFER, RememberedOptions.MOST_BUFFER);
      socket.option(Options.SEND_BUFFER, RememberedOptions.MOST_BUFFER);
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
    InetDatagramSocket s = new InetDatagramSocket(task, network, socket, flags);
    s.open();
    return s;
  }

  @Override
  MessageSocket stackSocket() {
    return socket;
  }

  @Override
  int protocol() {
    return switch (socket) {
      case UdpSocket u -> u.isLite() ? Protocols.UDP_LITE : Protocols.UDP;
      case PingSocket p -> p.v6() ? Protocols.ICMPV6 : Protocols.ICMP;
      case RawSocket r -> r.protocol();
    };
  }

  @Override
  public void connect(Task task, byte[] address) {
    try {
      if (SocketAddresses.family(address) == SocketAddresses.AF_UNSPEC) {
        socket.connect(null);
      } else {
        socket.connect(peer(address));
      }
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  @Override
  public void shutdown(int how) {
    try {
      socket.shutdown(how != 1, how != 0);
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  @Override
  public int send(Task task, byte[] source, int offset, int length, Ancillary ancillary) {
    if ((ancillary.flags() & MSG_OOB) != 0) {
      throw Errno.EOPNOTSUPP.exception();
    }
    if ((ancillary.flags() & MSG_MORE) != 0) { // as UDP_CORK: one datagram of several sends
      task.kernel().reportRefused("send(MSG_MORE) of datagrams");
      throw Errno.EOPNOTSUPP.exception();
    }
    byte[] address = ancillary.address();
    Endpoint to = address == null ? null : peer(address);
    try {
      return socket.send(
          ByteBuffer.wrap(source, offset, length),
          to,
          DatagramControls.sendInfo(ancillary.controls(), v6()));
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  /** A peer's address; in those of IPv6 a raw socket's port is its protocol's number or zero. */
  private Endpoint peer(byte[] address) {
    Endpoint peer = SocketAddresses.toSend(address, v6());
    int p = peer.port();
    if (socket instanceof RawSocket raw
        && v6()
        && p != 0
        && (p > Protocols.RAW || p != raw.protocol() && raw.protocol() != Protocols.RAW)) {
      throw Errno.EINVAL.exception();
    }
    return peer;
  }

  @Override
  public Received receive(Task task, byte[] target, int offset, int length, int flags) {
    if ((flags & MSG_ERRQUEUE) != 0) {
      return report(task, target, offset, length);
    }
    ByteBuffer to = ByteBuffer.wrap(target, offset, length);
    long deadline = deadline(task, receiveTimeout());
    while (true) {
      DatagramInfo info = take(to, (flags & MSG_PEEK) != 0);
      if (info != null) {
        return new Received(
            Math.min(length, info.length()),
            info.length(),
            SocketAddresses.of(info.source()),
            List.of(),
            null,
            controls.of(info, task.kernel().clock()),
            info.length() > length ? MSG_TRUNC : 0);
      }
      if (isReady(Readiness.READ_CLOSED)) {
        return Received.plain(0);
      }
      if (!waits(flags)
          || !waitQueue().await(task, () -> isReady(Readiness.READABLE | ENDED), deadline)) {
        throw Errno.EAGAIN.exception();
      }
      if (isReady(Readiness.HANG_UP) && !isReady(Readiness.READ_CLOSED)) {
        throw Errno.EBADF.exception(); // closed by another thread
      }
    }
  }

  private @Nullable DatagramInfo take(ByteBuffer to, boolean peek) {
    try {
      return peek ? socket.peek(to) : socket.receive(to);
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  /** The oldest entry of the error queue (IP_RECVERR). */
  private Received report(Task task, byte[] target, int offset, int length) {
    ErrorReport r = socket.takeErrorReport();
    if (r == null) {
      throw Errno.EAGAIN.exception();
    }
    int n = Math.min(length, r.data().length);
    System.arraycopy(r.data(), 0, target, offset, n);
    int flags = MSG_ERRQUEUE | (n < r.data().length ? MSG_TRUNC : 0);
    List<Control> all = new ArrayList<>(controls.of(r.message(), task.kernel().clock()));
    all.add(DatagramControls.error(r));
    return new Received(
        n, r.data().length, SocketAddresses.of(r.destination()), List.of(), null, all, flags);
  }

  @Override
  public long ioctl(Task task, int request, long argument) {
    switch (request) {
      case FIONREAD -> task.memory().putInt(argument, socket.available());
      case TIOCOUTQ -> task.memory().putInt(argument, 0); // what is sent has left
      default -> {
        return super.ioctl(task, request, argument);
      }
    }
    return 0;
  }

  @Override
  byte @Nullable [] ownOption(int level, int name) {
    byte[] flag = controls.option(level, name, v6());
    if (flag != null) {
      return flag;
    }
    byte[] value =
        switch (socket) {
          case RawSocket raw -> RawOptions.get(raw, level, name);
          case UdpSocket udp -> UdpLiteOptions.get(udp, level, name);
          case PingSocket _ -> null;
        };
    if (value != null) {
      return value;
    }
    return hasGroups(level) ? MulticastOptions.get(network(), socket, level, name) : null;
  }

  private boolean hasGroups(int level) {
    return level == Protocols.IP || level == Protocols.IPV6 && v6();
  }

  @Override
  boolean setOwnOption(Task task, int level, int name, byte[] value) {
    return controls.setOption(level, name, v6(), value)
        || socket instanceof RawSocket raw && RawOptions.set(task, raw, level, name, value)
        || socket instanceof UdpSocket udp && UdpLiteOptions.set(udp, level, name, value)
        || hasGroups(level)
            && MulticastOptions.set(network(), socket, level, name, value, task.inCall32());
  }
}
