package io.rookery.tcpip.icmp;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.core.PacketBuffer;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.forward.ForwardLayer;
import io.rookery.tcpip.ip.Arrival;
import io.rookery.tcpip.ip.Flow;
import io.rookery.tcpip.ip.IcmpError;
import io.rookery.tcpip.ip.IpInput;
import io.rookery.tcpip.ip.IpLayer;
import io.rookery.tcpip.ip.IpOutput;
import io.rookery.tcpip.ip.Transport;
import io.rookery.tcpip.socket.PortTable;
import io.rookery.tcpip.wire.Bytes;
import io.rookery.tcpip.wire.Checksum;
import io.rookery.tcpip.wire.Icmp;
import io.rookery.tcpip.wire.IpPacket;
import io.rookery.tcpip.wire.Ipv4;
import io.rookery.tcpip.wire.Protocol;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Both versions of ICMP. */
public final class IcmpLayer implements Transport {
  private final StackLoop loop;
  private final IpLayer ip;
  private final IcmpErrors errors;
  private final PortTable<PingSocketImpl> identifiers;
  private final Map<Integer, Transport> transports = new HashMap<>();
  private final IpPacket quoted = new IpPacket();
  private Consumer<IcmpError> rawErrors = _ -> {};
  private @Nullable ForwardLayer forwards;

  /** A layer that is not registered yet. */
  public IcmpLayer(StackLoop loop, IpLayer ip) {
    this.loop = loop;
    this.ip = ip;
    errors = new IcmpErrors(loop, ip);
    identifiers = new PortTable<>(loop.random(), 1, 0xffff);
  }

  /** Lets somebody have echo requests to other addresses. */
  public void forward(ForwardLayer layer) {
    forwards = layer;
  }

  /** Who sends errors for the other layers. */
  public IpInput.ErrorSender errors() {
    return errors;
  }

  /** Names who hears of errors about packets of a protocol. */
  public void register(int protocol, Transport transport) {
    transports.put(protocol, transport);
  }

  /** Names who hears of all errors, whatever protocol they are about. */
  public void rawErrors(Consumer<IcmpError> hears) {
    rawErrors = hears;
  }

  /** The sockets by their identifiers. */
  public PortTable<PingSocketImpl> identifiers() {
    return identifiers;
  }

  @Override
  public void receive(IpPacket packet, Arrival arrival) {
    byte[] b = packet.bytes();
    int at = packet.payload();
    int length = packet.payloadLength();
    loop.count(Counter.ICMP_IN);
    if (length < Icmp.HEADER || !arrival.checksumTrusted() && !checksumValid(packet)) {
      loop.count(Counter.ICMP_MALFORMED);
      return;
    }
    int type = Icmp.type(b, at);
    boolean v6 = packet.v6();
    if (type == (v6 ? Icmp.V6_ECHO_REQUEST : Icmp.V4_ECHO_REQUEST)) {
      echo(packet, arrival);
    } else if (type == (v6 ? Icmp.V6_ECHO_REPLY : Icmp.V4_ECHO_REPLY)) {
      reply(packet, arrival);
    } else if (Icmp.isError(v6, type)) {
      report(packet, arrival, type);
    }
  }

  private static boolean checksumValid(IpPacket packet) {
    int length = packet.payloadLength();
    long sum = Checksum.sum(packet.bytes(), packet.payload(), length);
    if (packet.v6()) {
      sum += Checksum.pseudoHeader(packet.source(), packet.destination(), Protocol.ICMPV6, length);
    }
    return Checksum.isValid(sum);
  }

  private void echo(IpPacket packet, Arrival arrival) {
    if (arrival.toGroup()) {
      return; // RFC 1122 section 3.2.2.6 allows it; Linux ignores broadcasts, too
    }
    ForwardLayer others = forwards;
    if (others != null && !ip.isLocal(packet.destination())) {
      others.echo(packet);
      return;
    }
    boolean v6 = packet.v6();
    int length = packet.payloadLength();
    Flow flow =
        new Flow(ip, packet.destination(), packet.source(), v6 ? Protocol.ICMPV6 : Protocol.ICMP, 0)
            .with(64, packet.trafficClass(), false);
    PacketBuffer answer = ip.output().allocate(v6, length);
    byte[] to = answer.bytes();
    int at = IpOutput.headerLength(v6);
    System.arraycopy(packet.bytes(), packet.payload(), to, at, length);
    Bytes.put16(to, at, (v6 ? Icmp.V6_ECHO_REPLY : Icmp.V4_ECHO_REPLY) << 8);
    Bytes.put16(to, at + Icmp.CHECKSUM, 0);
    loop.count(Counter.ICMP_OUT);
    ip.output().send(flow, answer, Icmp.CHECKSUM);
  }

  private void reply(IpPacket packet, Arrival arrival) {
    int identifier = Icmp.identifier(packet.bytes(), packet.payload());
    Endpoint from = new Endpoint(packet.source(), 0);
    for (PingSocketImpl socket : identifiers.at(identifier)) {
      if (socket.v6() == packet.v6() && socket.accepts(packet, arrival.in(), from)) {
        socket.enqueue(packet, packet.payload(), packet.payloadLength(), arrival, from);
      }
    }
  }

  private void report(IpPacket packet, Arrival arrival, int type) {
    int from = packet.payload() + Icmp.HEADER;
    int length = packet.payloadLength() - Icmp.HEADER;
    if (quoted.parseQuoted(packet.bytes(), from, length) != IpPacket.Verdict.OK
        || quoted.v6() != packet.v6()
        || !ip.isLocal(quoted.source())
        || quoted.fragment() && quoted.fragmentOffset() != 0
        || quoted.payloadLength() < 8) {
      loop.count(Counter.ICMP_MALFORMED);
      return;
    }
    if (!packet.v6() && (type == 4 || type == 5)) {
      return; // source quench, redirect
    }
    IcmpError error =
        new IcmpError(
            type,
            Icmp.code(packet.bytes(), packet.payload()),
            pathMtu(packet, type),
            packet,
            arrival.in(),
            quoted);
    rawErrors.accept(error);
    Transport transport = transports.get(quoted.protocol());
    if (transport != null) {
      transport.error(error);
    }
  }

  private static int pathMtu(IpPacket packet, int type) {
    int rest = Icmp.rest(packet.bytes(), packet.payload());
    if (packet.v6()) {
      return type == Icmp.V6_PACKET_TOO_BIG ? Math.clamp(rest & 0xffff_ffffL, 1, 0xffff) : 0;
    }
    return rest & 0xffff; // RFC 1191 section 4
  }

  /** An error about an echo request. */
  @Override
  public void error(IcmpError error) {
    IpPacket about = error.quoted();
    byte[] b = about.bytes();
    int at = about.payload();
    if (Icmp.type(b, at) != (about.v6() ? Icmp.V6_ECHO_REQUEST : Icmp.V4_ECHO_REQUEST)) {
      return;
    }
    Endpoint to = new Endpoint(about.destination(), 0);
    for (PingSocketImpl socket : identifiers.at(Icmp.identifier(b, at))) {
      if (socket.v6() == about.v6() && socket.sends(about.source(), to)) {
        if (error.isTooBig()) {
          ip.paths().reduce(about.destination(), error.mtu(), quotedLength(about));
        }
        socket.icmpError(error, to, at);
      }
    }
  }

  private static int quotedLength(IpPacket about) {
    return about.v6() ? 0 : Ipv4.totalLength(about.bytes(), about.start());
  }
}
