package io.rookery.tcpip;

/** What a stack counts, mostly why packets were dropped. */
public enum Counter {
  /** Packets received. */
  IP_IN,
  /** Packets sent, fragments counted one by one. */
  IP_OUT,
  /** IP header that contradicts itself or is cut. */
  IP_MALFORMED,
  /** Wrong IPv4 header checksum. */
  IP_BAD_CHECKSUM,
  /** Not for an address of this stack, or from an address that nobody can have. */
  IP_BAD_ADDRESS,
  /** Source routed, or with an option that forbids processing. */
  IP_BAD_OPTION,
  /** No route to the destination. */
  IP_NO_ROUTE,
  /** No handler for the protocol. */
  IP_UNKNOWN_PROTOCOL,
  /** Fragments received. */
  FRAGMENTS_IN,
  /** Packets put together. */
  REASSEMBLED,
  /** Reassemblies given up: time, overlap, memory. */
  REASSEMBLY_FAILED,
  /** Packets cut into fragments. */
  FRAGMENTED,
  /** ICMP messages received. */
  ICMP_IN,
  /** ICMP messages sent. */
  ICMP_OUT,
  /** Cut, wrong checksum or quoting nothing useful. */
  ICMP_MALFORMED,
  /** Errors not sent since too many were. */
  ICMP_RATE_LIMITED,
  /** Datagrams delivered. */
  UDP_IN,
  /** Datagrams sent. */
  UDP_OUT,
  /** Cut or wrong checksum. */
  UDP_MALFORMED,
  /** No socket for the port. */
  UDP_NO_PORT,
  /** The socket's buffer was full. */
  UDP_OVERFLOW,
  /** Segments received. */
  TCP_IN,
  /** Segments sent. */
  TCP_OUT,
  /** Cut or wrong checksum. */
  TCP_MALFORMED,
  /** Segments sent again. */
  TCP_RETRANSMITTED,
  /** Resets sent. */
  TCP_RESETS_OUT,
  /** Connections opened from here. */
  TCP_ACTIVE_OPENS,
  /** Connections opened by peers. */
  TCP_PASSIVE_OPENS,
  /** Connection attempts that failed. */
  TCP_ATTEMPT_FAILS,
  /** Established connections that were reset. */
  TCP_ESTABLISHED_RESETS,
  /** Attempts dropped because a listener's queue was full. */
  TCP_LISTEN_OVERFLOWS,
  /** SYN cookies sent. */
  TCP_COOKIES_OUT,
  /** Connections made of SYN cookies. */
  TCP_COOKIES_IN,
  /** Challenge acknowledgments sent (RFC 5961). */
  TCP_CHALLENGE_ACKS,
  /** Segments dropped for an old timestamp (RFC 7323). */
  TCP_PAWS,
  /** Retransmission timeouts. */
  TCP_TIMEOUTS,
  /** Tail loss probes sent (RFC 8985). */
  TCP_LOSS_PROBES,
  /** Retransmissions found to have been needless. */
  TCP_SPURIOUS,
  /** Paths whose large packets vanish silently. */
  TCP_BLACK_HOLES,
  /** A sink failed to send. */
  SINK_FAILURES,
  /** Bugs: an exception where there should be none, with a log message. */
  INTERNAL_ERRORS
}
