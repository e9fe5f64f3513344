package io.rookery.linux.net.inet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.Socket;
import io.rookery.linux.ipc.socket.SocketFamilies;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.net.NetworkNamespace;

/** AF_INET and AF_INET6: TCP, UDP, UDP-Lite, ping and raw sockets. */
public final class InetFamily implements SocketFamilies.Family {
  /** AF_INET. */
  public static final InetFamily V4 = new InetFamily(false);

  /** AF_INET6. */
  public static final InetFamily V6 = new InetFamily(true);

  private static final int PROTOCOLS = 263; // IPPROTO_MAX

  private final boolean v6;

  private InetFamily(boolean v6) {
    this.v6 = v6;
  }

  @Override
  public Socket create(Task task, int type, int protocol, int flags) {
    if (protocol < 0 || protocol >= PROTOCOLS) {
      throw Errno.EINVAL.exception();
    }
    NetworkNamespace network = task.kernel().network();
    return switch (type) {
      case Socket.SOCK_STREAM -> {
        check(protocol == 0 || protocol == Protocols.TCP);
        yield InetStreamSocket.create(task, network, v6, flags);
      }
      case Socket.SOCK_DGRAM -> {
        boolean ping = protocol == (v6 ? Protocols.ICMPV6 : Protocols.ICMP);
        if (ping) {
          yield InetDatagramSocket.ping(task, network, v6, flags);
        }
        boolean lite = protocol == Protocols.UDP_LITE;
        check(lite || protocol == 0 || protocol == Protocols.UDP);
        yield InetDatagramSocket.udp(task, network, v6, lite, flags);
      }
      case Socket.SOCK_RAW -> {
        check(protocol > 0 && protocol <= Protocols.RAW);
        if (!task.credentials().capable(Capability.NET_RAW)) {
          throw Errno.EPERM.exception();
        }
        yield InetDatagramSocket.raw(task, network, v6, protocol, flags);
      }
      default -> throw Errno.ESOCKTNOSUPPORT.exception();
    };
  }

  private static void check(boolean supported) {
    if (!supported) {
      throw Errno.EPROTONOSUPPORT.exception();
    }
  }
}
