package io.rookery.linux.net;

import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Stat;
import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.PingSocket;
import io.rookery.tcpip.RawSocket;
import io.rookery.tcpip.Route;
import io.rookery.tcpip.SocketEntry;
import io.rookery.tcpip.StackSocket;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.TcpState;
import io.rookery.tcpip.UdpSocket;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The files of /proc/net about the Internet protocols (proc_net(5)). */
public final class NetworkTexts {
  /** Kinds of sockets, each with two files: that of IPv4 and that of IPv6. */
  public enum Kind {
    TCP(149, "  sl  ", 4),
    UDP(WIDTH, "   sl  ", 5),
    UDPLITE(WIDTH, "   sl  ", 5),
    ICMP(WIDTH, "  sl  ", 5),
    RAW(0, "  sl  ", 4);

    private final int width;
    private final String number;
    private final int digits;

    Kind(int width, String number, int digits) {
      this.width = width;
      this.number = number;
      this.digits = digits;
    }
  }

  private static final int WIDTH = 127;
  private static final int ESTABLISHED = 1;
  private static final int CLOSED = 7;
  private static final int RTF_UP = 1;
  private static final int RTF_GATEWAY = 2;
  private static final int RTF_HOST = 4;
  private static final HexFormat HEX = HexFormat.of();

  private NetworkTexts() {}

  /** tcp, tcp6, udp, udp6, udplite, udplite6, icmp, icmp6, raw and raw6. */
  public static String sockets(NetworkNamespace network, Kind kind, boolean v6) {
    int width = v6 ? 0 : kind.width;
    String addresses =
        v6
            ? "local_address                         remote_address                       "
            : "local_address rem_address  ";
    String end = kind == Kind.TCP ? " inode" : " inode ref pointer drops";
    StringBuilder b = new StringBuilder();
    line(
        b,
        (v6 ? "  sl  " : kind.number)
            + addresses
            + " st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
            + end,
        width);
    List<SocketEntry> entries =
        network.stack().sockets().stream()
            .filter(e -> kind(e) == kind && belongs(e, v6))
            .sorted(Comparator.comparing((SocketEntry e) -> e.state() != TcpState.LISTEN))
            .toList();
    for (int i = 0; i < entries.size(); i++) {
      line(b, entry(network, entries.get(i), kind, i, v6), width);
    }
    return b.toString();
  }

  private static Kind kind(SocketEntry e) {
    return switch (e.socket()) {
      case null -> Kind.TCP; // a connection without a socket
      case TcpSocket _ -> Kind.TCP;
      case UdpSocket udp -> udp.isLite() ? Kind.UDPLITE : Kind.UDP;
      case PingSocket _ -> Kind.ICMP;
      case RawSocket _ -> Kind.RAW;
    };
  }

  /** A connection of an IPv6 socket is listed there, though it may speak IPv4. */
  private static boolean belongs(SocketEntry e, boolean v6) {
    StackSocket s = e.socket();
    boolean bound = kind(e) != Kind.TCP || e.state() != TcpState.CLOSED;
    return bound && (s == null ? e.v6() : s.v6()) == v6;
  }

  private static String entry(
      NetworkNamespace network, SocketEntry e, Kind kind, int line, boolean v6) {
    StackSocket s = e.socket();
    FileDescription guest = s == null ? null : network.socketOf(s);
    Stat stat = guest == null ? null : guest.inode().stat();
    Endpoint remote = e.remote();
    boolean tcp = kind == Kind.TCP;
    int state = tcp ? TcpStates.number(e.state()) : remote == null ? CLOSED : ESTABLISHED;
    String number =
        String.format(Locale.ROOT, "%" + (v6 && kind != Kind.TCP ? 5 : kind.digits) + "d: ", line);
    return number
        + String.format(
            Locale.ROOT,
            tcp
                ? "%s %s %02X %08X:%08X 00:00000000 00000000 %5d %8d %d 1 0000000000000000 20 0 0 10 -1"
                : "%s %s %02X %08X:%08X 00:00000000 00000000 %5d %8d %d 2 0000000000000000 0",
            endpoint(e.local(), v6),
            endpoint(remote == null ? new Endpoint(any(v6), 0) : remote, v6),
            state,
            e.sendQueue(),
            e.receiveQueue(),
            stat == null ? 0 : stat.uid(),
            0,
            stat == null ? 0 : stat.ino());
  }

  private static IpAddress any(boolean v6) {
    return v6 ? IpAddress.ANY_V6 : IpAddress.ANY_V4;
  }

  private static String endpoint(Endpoint e, boolean v6) {
    IpAddress a = v6 ? e.address().mapped() : e.address();
    return words(a) + String.format(Locale.ROOT, ":%04X", e.port());
  }

  /** An address as words of the processor. */
  private static String words(IpAddress a) {
    ByteBuffer b = ByteBuffer.wrap(a.toBytes()).order(ByteOrder.LITTLE_ENDIAN);
    StringBuilder text = new StringBuilder();
    while (b.hasRemaining()) {
      text.append(String.format(Locale.ROOT, "%08X", b.getInt()));
    }
    return text.toString();
  }

  private static void line(StringBuilder b, String text, int width) {
    b.append(text).repeat(' ', Math.max(0, width - text.length())).append('\n');
  }

  /** dev. */
  public static String devices(NetworkNamespace network) {
    StringBuilder b =
        new StringBuilder(
            "Inter-|   Receive                                                |  Transmit\n"
                + " face |bytes    packets errs drop fifo frame compressed multicast"
                + "|bytes    packets errs drop fifo colls carrier compressed\n");
    for (IpInterface i : network.stack().interfaces()) {
      IpInterface.Traffic t = i.traffic();
      b.append(
          String.format(
              Locale.ROOT,
              "%6s: %7d %7d    0    0    0     0          0         0"
                  + " %8d %7d    0    0    0     0       0          0\n",
              i.name(),
              t.bytesIn(),
              t.packetsIn(),
              t.bytesOut(),
              t.packetsOut()));
    }
    return b.toString();
  }

  /** route: the main table, which lo is not in. */
  public static String routes(NetworkNamespace network) {
    StringBuilder b = new StringBuilder();
    line(
        b,
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
        WIDTH);
    for (Route r : network.stack().routes()) {
      IpInterface out = network.byIndex(r.interfaceIndex());
      IpPrefix to = r.destination();
      if (out == null || out.isLoopback() || to.address().v6()) {
        continue;
      }
      IpAddress gateway = r.gateway();
      int flags =
          (out.isUp() ? RTF_UP : 0)
              | (gateway == null ? 0 : RTF_GATEWAY)
              | (to.length() == 32 ? RTF_HOST : 0);
      line(
          b,
          String.format(
              Locale.ROOT,
              "%s\t%s\t%s\t%04X\t0\t0\t%d\t%s\t0\t0\t0",
              out.name(),
              words(to.network()),
              words(gateway == null ? IpAddress.ANY_V4 : gateway),
              flags,
              r.metric(),
              words(Interfaces.mask(to))),
          WIDTH);
    }
    return b.toString();
  }

  /** if_inet6. */
  public static String addresses6(NetworkNamespace network) {
    StringBuilder b = new StringBuilder();
    for (IpInterface i : network.stack().interfaces()) {
      for (IpPrefix p : Interfaces.addresses(i, true)) {
        IpAddress a = p.address();
        int scope = a.isLoopback() ? 0x10 : a.isLinkLocal() ? 0x20 : 0;
        b.append(HEX.formatHex(a.toBytes()));
        b.append(
            String.format(
                Locale.ROOT, " %02x %02x %02x 80 %8s\n", i.index(), p.length(), scope, i.name()));
      }
    }
    return b.toString();
  }

  /** ipv6_route. */
  public static String routes6(NetworkNamespace network) {
    StringBuilder b = new StringBuilder();
    for (Route r : network.stack().routes()) {
      IpInterface out = network.byIndex(r.interfaceIndex());
      IpPrefix to = r.destination();
      if (out == null || !to.address().v6()) {
        continue;
      }
      IpAddress gateway = r.gateway();
      int flags =
          (out.isUp() ? RTF_UP : 0)
              | (gateway == null ? 0 : RTF_GATEWAY)
              | (to.length() == 128 ? RTF_HOST : 0);
      b.append(
          String.format(
              Locale.ROOT,
              "%s %02x %032x 00 %s %08x 00000001 00000000 %08x %8s\n",
              HEX.formatHex(to.network().toBytes()),
              to.length(),
              0,
              HEX.formatHex((gateway == null ? IpAddress.ANY_V6 : gateway).toBytes()),
              r.metric(),
              flags,
              out.name()));
    }
    return b.toString();
  }

  /** sockstat and sockstat6. */
  public static String counts(NetworkNamespace network, boolean v6) {
    Map<Kind, Integer> open = new EnumMap<>(Kind.class);
    int waiting = 0;
    int all = 0;
    for (SocketEntry e : network.stack().sockets()) {
      StackSocket s = e.socket();
      boolean waits = e.state() == TcpState.TIME_WAIT;
      waiting += waits ? 1 : 0;
      all += s == null ? 0 : 1;
      if (!waits && (s == null ? e.v6() : s.v6()) == v6) {
        open.merge(kind(e), 1, Integer::sum);
      }
    }
    int tcp = open.getOrDefault(Kind.TCP, 0);
    int udp = open.getOrDefault(Kind.UDP, 0);
    int lite = open.getOrDefault(Kind.UDPLITE, 0);
    int raw = open.getOrDefault(Kind.RAW, 0);
    if (v6) {
      return """
      TCP6: inuse %d
      UDP6: inuse %d
      UDPLITE6: inuse %d
      RAW6: inuse %d
      FRAG6: inuse 0 memory 0
      """
          .formatted(tcp, udp, lite, raw);
    }
    return """
    sockets: used %d
    TCP: inuse %d orphan 0 tw %d alloc %d mem 0
    UDP: inuse %d mem 0
    UDPLITE: inuse %d
    RAW: inuse %d
    FRAG: inuse 0 memory 0
    """
        .formatted(all, tcp, waiting, tcp, udp, lite, raw);
  }
}
