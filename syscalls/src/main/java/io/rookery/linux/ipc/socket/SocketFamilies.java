package io.rookery.linux.ipc.socket;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.net.SocketAddresses;
import io.rookery.linux.net.inet.InetFamily;
import io.rookery.linux.net.netlink.NetlinkSocket;
import io.rookery.linux.net.packet.PacketSocket;

/** The address families that there are. */
public final class SocketFamilies {
  /** Makes sockets of a family. */
  public interface Family {
    /**
     * socket(2).
     *
     * @param type a SOCK_ number without flags
     * @param flags O_NONBLOCK or 0
     */
    Socket create(Task task, int type, int protocol, int flags);

    /** socketpair(2). */
    default Socket[] createPair(Task task, int type, int protocol, int flags) {
      throw Errno.EOPNOTSUPP.exception();
    }
  }

  private SocketFamilies() {}

  private static final int AF_PACKET = 17;

  /** The family of a number; EAFNOSUPPORT. */
  public static Family get(int family) {
    return switch (family) {
      case UnixSocket.AF_UNIX -> UnixSocket.FAMILY;
      case SocketAddresses.AF_INET -> InetFamily.V4;
      case SocketAddresses.AF_INET6 -> InetFamily.V6;
      case NetlinkSocket.AF_NETLINK -> NetlinkSocket.FAMILY;
      case AF_PACKET -> PacketSocket.FAMILY;
      default -> throw Errno.EAFNOSUPPORT.exception();
    };
  }
}
