package io.rookery.linux.net.inet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;

/** The stack's errors as errno. */
final class NetErrors {
  private NetErrors() {}

  static ErrnoException exception(NetException e) {
    return of(e.error()).exception();
  }

  static Errno of(NetError error) {
    return switch (error) {
      case ACCESS -> Errno.EACCES;
      case ADDRESS_IN_USE -> Errno.EADDRINUSE;
      case ADDRESS_NOT_AVAILABLE -> Errno.EADDRNOTAVAIL;
      case FAMILY_NOT_SUPPORTED -> Errno.EAFNOSUPPORT;
      case ALREADY -> Errno.EALREADY;
      case CONNECTION_ABORTED -> Errno.ECONNABORTED;
      case CONNECTION_REFUSED -> Errno.ECONNREFUSED;
      case CONNECTION_RESET -> Errno.ECONNRESET;
      case DESTINATION_REQUIRED -> Errno.EDESTADDRREQ;
      case HOST_UNREACHABLE -> Errno.EHOSTUNREACH;
      case INVALID -> Errno.EINVAL;
      case IS_CONNECTED -> Errno.EISCONN;
      case MESSAGE_TOO_LONG -> Errno.EMSGSIZE;
      case NETWORK_DOWN -> Errno.ENETDOWN;
      case NETWORK_UNREACHABLE -> Errno.ENETUNREACH;
      case NO_BUFFERS -> Errno.ENOBUFS;
      case NO_DEVICE -> Errno.ENODEV;
      case NO_PROTOCOL_OPTION -> Errno.ENOPROTOOPT;
      case NOT_CONNECTED -> Errno.ENOTCONN;
      case NOT_SUPPORTED -> Errno.EOPNOTSUPP;
      case BROKEN_PIPE -> Errno.EPIPE;
      case PROTOCOL -> Errno.EPROTO;
      case TIMED_OUT -> Errno.ETIMEDOUT;
      case WOULD_BLOCK -> Errno.EAGAIN;
      case IN_PROGRESS -> Errno.EINPROGRESS;
    };
  }
}
