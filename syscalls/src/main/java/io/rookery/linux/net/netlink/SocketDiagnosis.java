package io.rookery.linux.net.netlink;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.net.SocketAddresses;
import java.util.List;

/** Requests of sock_diag(7), by family. */
final class SocketDiagnosis {
  static final int SOCK_DIAG_BY_FAMILY = 20;

  /** In a request, of a socket whose cookie does not matter. */
  static final int NO_COOKIE = -1;

  private static final int AF_UNIX = 1;

  private SocketDiagnosis() {}

  static List<byte[]> answers(Task task, NetlinkRequest request, int port) {
    if (request.type() != SOCK_DIAG_BY_FAMILY) {
      task.kernel().reportRefused("sock_diag message " + request.type());
      throw Errno.EINVAL.exception();
    }
    return switch (request.family()) {
      case AF_UNIX -> new UnixDiagnosis(task, request, port).answers();
      case SocketAddresses.AF_INET, SocketAddresses.AF_INET6 ->
          new InetDiagnosis(task, request, port).answers();
      default -> throw Errno.ENOENT.exception(); // as without a module for that family
    };
  }
}
