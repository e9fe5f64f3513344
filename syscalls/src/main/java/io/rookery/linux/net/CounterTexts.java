package io.rookery.linux.net;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.SocketEntry;
import io.rookery.tcpip.TcpState;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What was counted, as /proc/net/snmp and netstat have it (RFC 4293, 4022, 4113): IPv4 and IPv6
 * together. Readers go by names; those of which nothing is counted are left out where they may be.
 */
public final class CounterTexts {
  private final IpStack stack;
  private final StringBuilder text = new StringBuilder();

  private CounterTexts(NetworkNamespace network) {
    stack = network.stack();
  }

  /** snmp. */
  public static String snmp(NetworkNamespace network) {
    return new CounterTexts(network).snmp();
  }

  /** netstat. */
  public static String netstat(NetworkNamespace network) {
    return new CounterTexts(network).netstat();
  }

  private long sum(Counter... counters) {
    long sum = 0;
    for (Counter counter : counters) {
      sum += stack.count(counter);
    }
    return sum;
  }

  /** A line of names, and one of numbers: the arguments are one after the other. */
  private void lines(String group, Object... namesAndNumbers) {
    Map<String, String> columns = new LinkedHashMap<>();
    for (int i = 0; i < namesAndNumbers.length; i += 2) {
      columns.put(namesAndNumbers[i].toString(), namesAndNumbers[i + 1].toString());
    }
    text.append(group).append(": ").append(String.join(" ", columns.keySet())).append('\n');
    String numbers = columns.values().stream().collect(Collectors.joining(" "));
    text.append(group).append(": ").append(numbers).append('\n');
  }

  private String snmp() {
    long headers = sum(Counter.IP_MALFORMED, Counter.IP_BAD_CHECKSUM, Counter.IP_BAD_OPTION);
    long refused =
        headers + sum(Counter.IP_BAD_ADDRESS, Counter.IP_UNKNOWN_PROTOCOL, Counter.FRAGMENTS_IN);
    long in = sum(Counter.IP_IN);
    lines(
        "Ip",
        "Forwarding",
        2,
        "DefaultTTL",
        64,
        "InReceives",
        in,
        "InHdrErrors",
        headers,
        "InAddrErrors",
        sum(Counter.IP_BAD_ADDRESS),
        "ForwDatagrams",
        0,
        "InUnknownProtos",
        sum(Counter.IP_UNKNOWN_PROTOCOL),
        "InDiscards",
        0,
        "InDelivers",
        Math.max(in - refused + sum(Counter.REASSEMBLED), 0),
        "OutRequests",
        sum(Counter.IP_OUT),
        "OutDiscards",
        sum(Counter.SINK_FAILURES),
        "OutNoRoutes",
        sum(Counter.IP_NO_ROUTE),
        "ReasmTimeout",
        0,
        "ReasmReqds",
        sum(Counter.FRAGMENTS_IN),
        "ReasmOKs",
        sum(Counter.REASSEMBLED),
        "ReasmFails",
        sum(Counter.REASSEMBLY_FAILED),
        "FragOKs",
        sum(Counter.FRAGMENTED),
        "FragFails",
        0,
        "FragCreates",
        0);
    lines(
        "Icmp",
        "InMsgs",
        sum(Counter.ICMP_IN),
        "InErrors",
        sum(Counter.ICMP_MALFORMED),
        "OutMsgs",
        sum(Counter.ICMP_OUT),
        "OutRateLimitGlobal",
        sum(Counter.ICMP_RATE_LIMITED));
    lines(
        "Tcp",
        "RtoAlgorithm",
        1,
        "RtoMin",
        200,
        "RtoMax",
        120_000,
        "MaxConn",
        -1,
        "ActiveOpens",
        sum(Counter.TCP_ACTIVE_OPENS),
        "PassiveOpens",
        sum(Counter.TCP_PASSIVE_OPENS),
        "AttemptFails",
        sum(Counter.TCP_ATTEMPT_FAILS),
        "EstabResets",
        sum(Counter.TCP_ESTABLISHED_RESETS),
        "CurrEstab",
        stack.sockets().stream().map(SocketEntry::state).filter(CounterTexts::isOpen).count(),
        "InSegs",
        sum(Counter.TCP_IN),
        "OutSegs",
        sum(Counter.TCP_OUT) - sum(Counter.TCP_RETRANSMITTED),
        "RetransSegs",
        sum(Counter.TCP_RETRANSMITTED),
        "InErrs",
        sum(Counter.TCP_MALFORMED),
        "OutRsts",
        sum(Counter.TCP_RESETS_OUT),
        "InCsumErrors",
        0);
    lines(
        "Udp",
        "InDatagrams",
        sum(Counter.UDP_IN),
        "NoPorts",
        sum(Counter.UDP_NO_PORT),
        "InErrors",
        sum(Counter.UDP_MALFORMED, Counter.UDP_OVERFLOW),
        "OutDatagrams",
        sum(Counter.UDP_OUT),
        "RcvbufErrors",
        sum(Counter.UDP_OVERFLOW),
        "SndbufErrors",
        0,
        "InCsumErrors",
        0);
    return text.toString();
  }

  private static boolean isOpen(TcpState state) {
    return state == TcpState.ESTABLISHED || state == TcpState.CLOSE_WAIT;
  }

  private String netstat() {
    lines(
        "TcpExt",
        "SyncookiesSent",
        sum(Counter.TCP_COOKIES_OUT),
        "SyncookiesRecv",
        sum(Counter.TCP_COOKIES_IN),
        "PAWSEstab",
        sum(Counter.TCP_PAWS),
        "ListenOverflows",
        sum(Counter.TCP_LISTEN_OVERFLOWS),
        "ListenDrops",
        sum(Counter.TCP_LISTEN_OVERFLOWS),
        "TCPTimeouts",
        sum(Counter.TCP_TIMEOUTS),
        "TCPLossProbes",
        sum(Counter.TCP_LOSS_PROBES),
        "TCPChallengeACK",
        sum(Counter.TCP_CHALLENGE_ACKS));
    long bytesIn = 0;
    long bytesOut = 0;
    for (IpInterface i : stack.interfaces()) {
      bytesIn += i.traffic().bytesIn();
      bytesOut += i.traffic().bytesOut();
    }
    lines("IpExt", "InOctets", bytesIn, "OutOctets", bytesOut);
    return text.toString();
  }
}
