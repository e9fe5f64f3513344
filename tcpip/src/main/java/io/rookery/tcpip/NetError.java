package io.rookery.tcpip;

/** Why a socket operation failed; each stands for one errno of Linux, named beside it. */
public enum NetError {
  /** EACCES: a broadcast address without {@link Options#BROADCAST}. */
  ACCESS,
  /** EADDRINUSE. */
  ADDRESS_IN_USE,
  /** EADDRNOTAVAIL: not an address of this stack, or no port is free. */
  ADDRESS_NOT_AVAILABLE,
  /** EAFNOSUPPORT: an address of the other family. */
  FAMILY_NOT_SUPPORTED,
  /** EALREADY: connecting already. */
  ALREADY,
  /** ECONNABORTED. */
  CONNECTION_ABORTED,
  /** ECONNREFUSED. */
  CONNECTION_REFUSED,
  /** ECONNRESET. */
  CONNECTION_RESET,
  /** EDESTADDRREQ: no destination given, and not connected. */
  DESTINATION_REQUIRED,
  /** EHOSTUNREACH. */
  HOST_UNREACHABLE,
  /** EINVAL. */
  INVALID,
  /** EISCONN. */
  IS_CONNECTED,
  /** EMSGSIZE: the datagram is too long. */
  MESSAGE_TOO_LONG,
  /** ENETDOWN: the interface is down or the stack closed. */
  NETWORK_DOWN,
  /** ENETUNREACH: no route. */
  NETWORK_UNREACHABLE,
  /** ENOBUFS: memory or a table is used up. */
  NO_BUFFERS,
  /** ENODEV: no such interface. */
  NO_DEVICE,
  /** ENOPROTOOPT: the option does not exist here, or ICMP said protocol unreachable. */
  NO_PROTOCOL_OPTION,
  /** ENOTCONN. */
  NOT_CONNECTED,
  /** EOPNOTSUPP. */
  NOT_SUPPORTED,
  /** EPIPE: the direction was shut down. */
  BROKEN_PIPE,
  /** EPROTO: a parameter problem was reported. */
  PROTOCOL,
  /** ETIMEDOUT. */
  TIMED_OUT,
  /** EAGAIN: nothing to do now. */
  WOULD_BLOCK,
  /** EINPROGRESS: a connection is being opened; readiness tells when. */
  IN_PROGRESS
}
