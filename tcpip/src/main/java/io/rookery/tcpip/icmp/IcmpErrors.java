package io.rookery.tcpip.icmp;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.core.PacketBuffer;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.core.TokenBucket;
import io.rookery.tcpip.ip.Arrival;
import io.rookery.tcpip.ip.Flow;
import io.rookery.tcpip.ip.IpInput;
import io.rookery.tcpip.ip.IpLayer;
import io.rookery.tcpip.ip.IpOutput;
import io.rookery.tcpip.wire.Icmp;
import io.rookery.tcpip.wire.IpPacket;
import io.rookery.tcpip.wire.Ipv6;
import io.rookery.tcpip.wire.Protocol;

/** Sends errors, as far as RFC 1122 section 3.2.2 and RFC 4443 section 2.4 allow. */
final class IcmpErrors implements IpInput.ErrorSender {
  /** RFC 1812 section 4.3.2.3: as much as fits 576 bytes. */
  private static final int MOST_V4 = 576;

  private final StackLoop loop;
  private final IpLayer ip;
  private final TokenBucket bucket;

  IcmpErrors(StackLoop loop, IpLayer ip) {
    this.loop = loop;
    this.ip = ip;
    bucket = new TokenBucket(1000, 50, loop.now()); // Linux's icmp_msgs_per_sec and _burst
  }

  @Override
  public void send(IpPacket about, Arrival arrival, int type, int code, int info) {
    if (!mayAnswer(about, arrival, type, code)) {
      return;
    }
    if (!ip.isLocal(about.source()) && !bucket.take(loop.now())) {
      loop.count(Counter.ICMP_RATE_LIMITED);
      return;
    }
    boolean v6 = about.v6();
    IpAddress from = about.destination();
    if (arrival.toGroup() || !ip.isLocal(from)) {
      IpAddress own = ip.sourceFor(about.source(), 0);
      if (own == null) {
        return;
      }
      from = own;
    }
    Flow flow = new Flow(ip, from, about.source(), v6 ? Protocol.ICMPV6 : Protocol.ICMP, 0);
    int room = (v6 ? Ipv6.MINIMUM_MTU : MOST_V4) - IpOutput.headerLength(v6) - Icmp.HEADER;
    int quoted = Math.min(about.length(), room);
    PacketBuffer packet = ip.output().allocate(v6, Icmp.HEADER + quoted);
    int at = IpOutput.headerLength(v6);
    Icmp.write(packet.bytes(), at, type, code, info);
    System.arraycopy(about.bytes(), about.start(), packet.bytes(), at + Icmp.HEADER, quoted);
    loop.count(Counter.ICMP_OUT);
    ip.output().send(flow, packet, Icmp.CHECKSUM);
  }

  private static boolean mayAnswer(IpPacket about, Arrival arrival, int type, int code) {
    IpAddress source = about.source();
    if (source.isAny() || source.isMulticast() || source.isLimitedBroadcast()) {
      return false;
    }
    if (about.fragment() && about.fragmentOffset() != 0) {
      return false;
    }
    boolean icmp = about.protocol() == (about.v6() ? Protocol.ICMPV6 : Protocol.ICMP);
    if (icmp
        && (about.payloadLength() < 1
            || Icmp.isError(about.v6(), Icmp.type(about.bytes(), about.payload())))) {
      return false;
    }
    return !arrival.toGroup() || about.v6() && type == Icmp.V6_PARAMETER_PROBLEM && code == 2;
  }
}
