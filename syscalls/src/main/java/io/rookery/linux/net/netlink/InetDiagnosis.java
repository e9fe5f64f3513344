package io.rookery.linux.net.netlink;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.linux.net.SocketAddresses;
import io.rookery.linux.net.TcpStates;
import io.rookery.linux.net.inet.TcpInfoStruct;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Stat;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Option;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.SocketEntry;
import io.rookery.tcpip.StackSocket;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.TcpState;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** TCP and UDP sockets as sock_diag(7) tells of them (linux/inet_diag.h). */
final class InetDiagnosis {
  private static final int BODY = 56; // struct inet_diag_req_v2
  private static final int PROTOCOL_AT = 1;
  private static final int EXTENSIONS_AT = 2;
  private static final int STATES_AT = 4;
  private static final int ID_AT = 8; // struct inet_diag_sockid
  private static final int ID_SIZE = 48;
  private static final int INTERFACE_IN_ID = 36;
  private static final int COOKIE_IN_ID = 40;
  private static final int COOKIE_AT = ID_AT + COOKIE_IN_ID;
  private static final int TCP = 6;
  private static final int UDP = 17;

  private static final int REQ_BYTECODE = 1;
  private static final int INFO = 2;
  private static final int CONG = 4;
  private static final int SHUTDOWN = 8;
  private static final int SKV6ONLY = 11;

  private static final int ESTABLISHED = 1;
  private static final int TIME_WAIT = 6;
  private static final int CLOSE = 7;
  private static final int LISTEN = 10;
  private static final int TIMER_OF_TIME_WAIT = 3;
  private static final int RCV_SHUTDOWN = 1;
  private static final int SEND_SHUTDOWN = 2;

  private final NetworkNamespace network;
  private final NetlinkRequest request;
  private final int port;
  private final int protocol;

  /** Null in a request without one. */
  private final @Nullable DiagFilter filter;

  InetDiagnosis(Task task, NetlinkRequest request, int port) {
    this.network = task.kernel().network();
    this.request = request;
    this.port = port;
    request.bodyInt(BODY - 4); // EINVAL if it is shorter
    protocol = request.bodyByte(PROTOCOL_AT);
    byte[] program = request.attribute(BODY, REQ_BYTECODE);
    filter = program == null ? null : new DiagFilter(program);
  }

  List<byte[]> answers() {
    if (protocol != TCP && protocol != UDP) {
      throw Errno.ENOENT.exception();
    }
    boolean v6 = request.family() == SocketAddresses.AF_INET6;
    List<SocketEntry> found =
        network.stack().sockets().stream()
            .filter(e -> e.protocol() == protocol && family6(e) == v6)
            .filter(e -> request.isDump() ? wanted(e, v6) : asked(e, v6))
            .toList();
    if (!request.isDump() && found.isEmpty()) {
      throw Errno.ENOENT.exception();
    }
    List<byte[]> answers = new ArrayList<>();
    for (SocketEntry e : request.isDump() ? found : found.subList(0, 1)) {
      answers.add(message(e, v6));
    }
    return answers;
  }

  /** An IPv6 socket is one, though it may speak IPv4. */
  private static boolean family6(SocketEntry e) {
    StackSocket s = e.socket();
    return s == null ? e.v6() : s.v6();
  }

  private static Endpoint remote(SocketEntry e) {
    Endpoint remote = e.remote();
    return remote == null ? new Endpoint(any(family6(e)), 0) : remote;
  }

  private static IpAddress any(boolean v6) {
    return v6 ? IpAddress.ANY_V6 : IpAddress.ANY_V4;
  }

  private int state(SocketEntry e) {
    if (protocol == TCP) {
      return TcpStates.number(e.state());
    }
    return e.remote() == null ? CLOSE : ESTABLISHED;
  }

  /** Whether a dump is to have it; sockets without a port are not in the kernel's tables. */
  private boolean wanted(SocketEntry e, boolean v6) {
    int ports = request.bodyInt(ID_AT);
    int local = Short.reverseBytes((short) ports) & 0xffff;
    int peer = Short.reverseBytes((short) (ports >>> 16)) & 0xffff;
    boolean bound = protocol != TCP || e.state() != TcpState.CLOSED;
    return bound
        && e.local().port() != 0
        && (request.bodyInt(STATES_AT) >> state(e) & 1) != 0
        && (local == 0 || local == e.local().port())
        && (peer == 0 || peer == remote(e).port())
        && (filter == null || filter.wants(v6, e.local(), remote(e), boundInterface(e)));
  }

  /** Whether it is the one of the ports and addresses of the request. */
  private boolean asked(SocketEntry e, boolean v6) {
    byte[] id = id(e, v6);
    for (int i = 0; i < INTERFACE_IN_ID; i++) { // but for the interface and the cookie
      if (request.bodyByte(ID_AT + i) != (id[i] & 0xff)) {
        return false;
      }
    }
    int cookie = request.bodyInt(COOKIE_AT);
    return cookie == SocketDiagnosis.NO_COOKIE || cookie == inode(e);
  }

  private byte[] id(SocketEntry e, boolean v6) {
    ByteBuffer id = ByteBuffer.allocate(ID_SIZE);
    id.putShort((short) e.local().port()).putShort((short) remote(e).port());
    id.put(4, address(e.local(), v6)).put(20, address(remote(e), v6));
    id.putInt(INTERFACE_IN_ID, Integer.reverseBytes(boundInterface(e)));
    return id.putInt(COOKIE_IN_ID, Integer.reverseBytes(inode(e))).array();
  }

  private static byte[] address(Endpoint e, boolean v6) {
    return (v6 ? e.address().mapped() : e.address()).toBytes();
  }

  private @Nullable Stat stat(SocketEntry e) {
    StackSocket s = e.socket();
    FileDescription guest = s == null ? null : network.socketOf(s);
    return guest == null ? null : guest.inode().stat();
  }

  private int inode(SocketEntry e) {
    Stat stat = stat(e);
    return stat == null ? 0 : (int) stat.ino();
  }

  private byte[] message(SocketEntry e, boolean v6) {
    Stat stat = stat(e);
    int state = state(e);
    NetlinkWriter m =
        new NetlinkWriter(
            SocketDiagnosis.SOCK_DIAG_BY_FAMILY,
            request.isDump() ? NetlinkWriter.MULTI : 0,
            request.sequence(),
            port);
    m.byte_(request.family()).byte_(state);
    m.byte_(state == TIME_WAIT ? TIMER_OF_TIME_WAIT : 0).byte_(0);
    m.bytes(id(e, v6)).int_(0); // when the timer expires is not told
    m.int_(e.receiveQueue()).int_(state == LISTEN ? e.backlog() : e.sendQueue());
    m.int_(stat == null ? 0 : stat.uid()).int_(stat == null ? 0 : (int) stat.ino());
    StackSocket socket = e.socket();
    if (socket == null) {
      return m.done();
    }
    m.attribute(SHUTDOWN, (byte) shutdown(e.state()));
    if (v6 && (state == LISTEN || state == CLOSE)) {
      m.attribute(SKV6ONLY, (byte) (option(socket, Options.V6_ONLY, false) ? 1 : 0));
    }
    if (socket instanceof TcpSocket tcp) {
      if (extension(INFO)) {
        m.attribute(INFO, TcpInfoStruct.of(tcp.info()));
      }
      if (extension(CONG)) {
        String name = option(tcp, Options.CONGESTION, "cubic");
        m.attribute(CONG, (name + "\0").getBytes(StandardCharsets.US_ASCII));
      }
    }
    return m.done();
  }

  /** The interface that a socket is bound to (SO_BINDTODEVICE), 0 if to none. */
  private static int boundInterface(SocketEntry e) {
    StackSocket s = e.socket();
    return s == null ? 0 : option(s, Options.INTERFACE, 0);
  }

  /** Which directions of a connection have ended: RCV_SHUTDOWN and SEND_SHUTDOWN. */
  private static int shutdown(TcpState state) {
    return switch (state) {
      case CLOSE_WAIT -> RCV_SHUTDOWN;
      case FIN_WAIT_1, FIN_WAIT_2 -> SEND_SHUTDOWN;
      case CLOSING, LAST_ACK -> RCV_SHUTDOWN | SEND_SHUTDOWN;
      default -> 0;
    };
  }

  private boolean extension(int attribute) {
    return (request.bodyByte(EXTENSIONS_AT) >> (attribute - 1) & 1) != 0;
  }

  /** An option, or {@code otherwise} of a socket that is being closed. */
  private static <T> T option(StackSocket socket, Option<T> option, T otherwise) {
    try {
      return socket.option(option);
    } catch (NetException e) {
      return otherwise;
    }
  }
}
