package io.rookery.linux.net.netlink;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import java.util.List;

/** Who answers on the kernel's side of a netlink socket (netlink(7)). */
enum NetlinkProtocol {
  /** Interfaces, addresses and routes: rtnetlink(7). */
  ROUTE(0) {
    @Override
    List<byte[]> answers(Task task, NetlinkRequest request, int port) {
      return RouteMessages.answers(task, request, port);
    }
  },
  /** What sockets there are: sock_diag(7). */
  SOCK_DIAG(4) {
    @Override
    List<byte[]> answers(Task task, NetlinkRequest request, int port) {
      return SocketDiagnosis.answers(task, request, port);
    }
  };

  private final int number;

  NetlinkProtocol(int number) {
    this.number = number;
  }

  /** Its number; EPROTONOSUPPORT for others. */
  static NetlinkProtocol of(int number) {
    for (NetlinkProtocol p : values()) {
      if (p.number == number) {
        return p;
      }
    }
    throw Errno.EPROTONOSUPPORT.exception();
  }

  int number() {
    return number;
  }

  /**
   * The messages that answer a request, an end or acknowledgment not included.
   *
   * @throws io.rookery.linux.errno.ErrnoException what NLMSG_ERROR is to say
   */
  abstract List<byte[]> answers(Task task, NetlinkRequest request, int port);
}
