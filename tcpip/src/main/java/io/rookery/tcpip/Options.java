package io.rookery.tcpip;

import io.rookery.tcpip.Option.Kind;
import java.util.List;
import java.util.Set;

/** The socket options, after socket(7), ip(7), ipv6(7), tcp(7) and udp(7). */
public final class Options {
  private static final Set<Kind> ALL = Set.of(Kind.values());
  private static final Set<Kind> TCP = Set.of(Kind.TCP);
  private static final Set<Kind> DATAGRAM = Set.of(Kind.UDP, Kind.UDP_LITE, Kind.PING, Kind.RAW);
  private static final Set<Kind> LITE = Set.of(Kind.UDP_LITE);
  private static final Set<Kind> RAW = Set.of(Kind.RAW);

  /** Bind although another socket with this option has the address and port. */
  public static final Option<Boolean> REUSE_ADDRESS = flag("SO_REUSEADDR", ALL);

  /** Share an address and port evenly among sockets with this option. */
  public static final Option<Boolean> REUSE_PORT = flag("SO_REUSEPORT", ALL);

  /** An IPv6 socket without IPv4. Before bind only. */
  public static final Option<Boolean> V6_ONLY = flag("IPV6_V6ONLY", ALL);

  /** Most bytes of memory for received data; setting it ends autotuning. */
  public static final Option<Integer> RECEIVE_BUFFER =
      new Option<>("SO_RCVBUF", 131_072, v -> v >= 2048 && v <= 8 << 20, ALL);

  /** Most bytes of memory for data to send; setting it ends autotuning. */
  public static final Option<Integer> SEND_BUFFER =
      new Option<>("SO_SNDBUF", 131_072, v -> v >= 4096 && v <= 8 << 20, ALL);

  /** Index of the interface that packets must leave and arrive by; 0 for any. */
  public static final Option<Integer> INTERFACE =
      new Option<>("SO_BINDTOIFINDEX", 0, v -> v >= 0, ALL);

  /** The TOS byte or traffic class of packets sent. */
  public static final Option<Integer> TRAFFIC_CLASS =
      new Option<>("IP_TOS", 0, v -> v >= 0 && v <= 255, ALL);

  /** The TTL or hop limit of packets sent to one host; with 0 none leaves this host. */
  public static final Option<Integer> HOP_LIMIT =
      new Option<>("IP_TTL", 64, v -> v >= 0 && v <= 255, ALL);

  /** Collect ICMP errors in the error queue (IP_RECVERR). */
  public static final Option<Boolean> RECEIVE_ERRORS = flag("IP_RECVERR", ALL);

  /** Path MTU discovery: 0 never, 1 when the path tells, 2 always, 3 ignore the path's MTU. */
  public static final Option<Integer> MTU_DISCOVER =
      new Option<>("IP_MTU_DISCOVER", 1, v -> v >= 0 && v <= 3, ALL);

  /** Allow sending to broadcast addresses. */
  public static final Option<Boolean> BROADCAST = flag("SO_BROADCAST", DATAGRAM);

  /** The TTL or hop limit of packets sent to a group. */
  public static final Option<Integer> MULTICAST_HOPS =
      new Option<>("IP_MULTICAST_TTL", 1, v -> v >= 0 && v <= 255, DATAGRAM);

  /** Whether own packets to a group come back to members on this stack. */
  public static final Option<Boolean> MULTICAST_LOOP =
      new Option<>("IP_MULTICAST_LOOP", true, v -> true, DATAGRAM);

  /** Index of the interface for packets to groups; 0 leaves it to the routes. */
  public static final Option<Integer> MULTICAST_INTERFACE =
      new Option<>("IP_MULTICAST_IF", 0, v -> v >= 0, DATAGRAM);

  /** Send zero in place of the UDP checksum over IPv4; UDP-Lite always has one. */
  public static final Option<Boolean> NO_CHECKSUM =
      flag("SO_NO_CHECK", Set.of(Kind.UDP, Kind.UDP_LITE));

  /** How many bytes the checksum covers of what is sent, at least the header's 8; 0 for all. */
  public static final Option<Integer> SEND_COVERAGE =
      new Option<>("UDPLITE_SEND_CSCOV", 0, v -> v == 0 || v >= 8 && v <= 0xffff, LITE);

  /**
   * How many bytes the checksum of what is received has to cover unless it covers all, at least the
   * header's 8; once set, 0 for all.
   */
  public static final Option<Integer> RECEIVE_COVERAGE =
      new Option<>("UDPLITE_RECV_CSCOV", 0, v -> v == 0 || v >= 8 && v <= 0xffff, LITE);

  /** Messages sent begin with their IP header. */
  public static final Option<Boolean> HEADER_INCLUDED = flag("IP_HDRINCL", RAW);

  /** Where a checksum over IPv6 is to be filled in, an even number; -1 for nowhere. */
  public static final Option<Integer> CHECKSUM_OFFSET =
      new Option<>("IPV6_CHECKSUM", -1, v -> v == -1 || v >= 0 && v % 2 == 0 && v < 0xffff, RAW);

  /** Types of ICMP messages that are not received: bits of words, the lowest bit first. */
  public static final Option<List<Integer>> ICMP_FILTER =
      new Option<>("ICMP_FILTER", List.of(), v -> v.size() <= 8, RAW);

  /** Which packets are received, and how much of them. */
  public static final Option<PacketFilter> FILTER =
      new Option<>("SO_ATTACH_FILTER", PacketFilter.ALL, v -> true, RAW);

  /** Send small segments at once: no Nagle algorithm. */
  public static final Option<Boolean> NO_DELAY = flag("TCP_NODELAY", TCP);

  /** Hold back what does not fill a segment, for at most 200 ms. */
  public static final Option<Boolean> CORK = flag("TCP_CORK", TCP);

  /** Acknowledge at once for a while. */
  public static final Option<Boolean> QUICK_ACK =
      new Option<>("TCP_QUICKACK", true, v -> true, TCP);

  /** Probe an idle peer. */
  public static final Option<Boolean> KEEP_ALIVE = flag("SO_KEEPALIVE", TCP);

  /** Idle seconds before the first probe. */
  public static final Option<Integer> KEEP_IDLE =
      new Option<>("TCP_KEEPIDLE", 7200, v -> v >= 1 && v <= 32_767, TCP);

  /** Seconds between probes. */
  public static final Option<Integer> KEEP_INTERVAL =
      new Option<>("TCP_KEEPINTVL", 75, v -> v >= 1 && v <= 32_767, TCP);

  /** Unanswered probes before the connection is given up. */
  public static final Option<Integer> KEEP_COUNT =
      new Option<>("TCP_KEEPCNT", 9, v -> v >= 1 && v <= 127, TCP);

  /** Milliseconds that data may stay unacknowledged; 0 for the default of about 15 minutes. */
  public static final Option<Integer> USER_TIMEOUT =
      new Option<>("TCP_USER_TIMEOUT", 0, v -> v >= 0, TCP);

  /** Times that a SYN is repeated. */
  public static final Option<Integer> SYN_COUNT =
      new Option<>("TCP_SYNCNT", 6, v -> v >= 1 && v <= 127, TCP);

  /** Seconds that a closed socket stays in FIN-WAIT-2. */
  public static final Option<Integer> LINGER_2 =
      new Option<>("TCP_LINGER2", 60, v -> v >= 0 && v <= 120, TCP);

  /**
   * Seconds that closing waits for data to be delivered; 0 resets the connection; -1 (the default)
   * closes in the background. The stack itself never waits: for a positive value the caller watches
   * {@link TcpSocket#lingering()}.
   */
  public static final Option<Integer> LINGER = new Option<>("SO_LINGER", -1, v -> v >= -1, TCP);

  /** Largest segment to send and to announce; 0 for what the path allows. Before connect. */
  public static final Option<Integer> MAX_SEGMENT =
      new Option<>("TCP_MAXSEG", 0, v -> v == 0 || v >= 88 && v <= 32_767, TCP);

  /** Largest window to announce; 0 for what the buffer allows. */
  public static final Option<Integer> WINDOW_CLAMP =
      new Option<>("TCP_WINDOW_CLAMP", 0, v -> v == 0 || v >= 1024, TCP);

  /** Keep urgent data in the stream. */
  public static final Option<Boolean> URGENT_INLINE = flag("SO_OOBINLINE", TCP);

  /** Congestion control: "cubic" (RFC 9438) or "reno" (RFC 5681). */
  public static final Option<String> CONGESTION =
      new Option<>("TCP_CONGESTION", "cubic", v -> v.equals("cubic") || v.equals("reno"), TCP);

  /** Unsent bytes beyond which the socket is not writable; the largest int for no limit. */
  public static final Option<Integer> NOT_SENT_LOW_WATER =
      new Option<>("TCP_NOTSENT_LOWAT", Integer.MAX_VALUE, v -> v >= 0, TCP);

  private Options() {}

  private static Option<Boolean> flag(String name, Set<Kind> kinds) {
    return new Option<>(name, false, v -> true, kinds);
  }
}
