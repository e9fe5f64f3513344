package io.rookery.tcpip.udp;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.core.SipHash;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.forward.ForwardLayer;
import io.rookery.tcpip.ip.Arrival;
import io.rookery.tcpip.ip.IcmpError;
import io.rookery.tcpip.ip.IpInput;
import io.rookery.tcpip.ip.IpLayer;
import io.rookery.tcpip.ip.Transport;
import io.rookery.tcpip.socket.PortTable;
import io.rookery.tcpip.wire.Checksum;
import io.rookery.tcpip.wire.Icmp;
import io.rookery.tcpip.wire.IpPacket;
import io.rookery.tcpip.wire.Ipv4;
import io.rookery.tcpip.wire.Protocol;
import io.rookery.tcpip.wire.Udp;
import io.rookery.tcpip.wire.UdpLite;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gives datagrams to sockets: those of UDP, or those of UDP-Lite. */
public final class UdpLayer implements Transport {
  private final StackLoop loop;
  private final IpLayer ip;
  private final IpInput.ErrorSender errors;
  private final int protocol;
  private final PortTable<UdpSocketImpl> ports;
  private final SipHash hash;
  private @Nullable ForwardLayer forwards;

  /**
   * A layer that is not registered yet.
   *
   * @param protocol {@link Protocol#UDP} or {@link Protocol#UDP_LITE}
   */
  public UdpLayer(StackLoop loop, IpLayer ip, IpInput.ErrorSender errors, int protocol) {
    this.loop = loop;
    this.ip = ip;
    this.errors = errors;
    this.protocol = protocol;
    ports = new PortTable<>(loop.random(), 32_768, 60_999);
    hash = new SipHash(loop.random());
  }

  /** Lets somebody have the datagrams that are for no socket. */
  public void forward(ForwardLayer layer) {
    forwards = layer;
  }

  int protocol() {
    return protocol;
  }

  /** The counters are those of UDP; of UDP-Lite nothing is counted. */
  void count(Counter counter) {
    if (protocol == Protocol.UDP) {
      loop.count(counter);
    }
  }

  /** The sockets by their ports. */
  public PortTable<UdpSocketImpl> ports() {
    return ports;
  }

  @Override
  public void receive(IpPacket packet, Arrival arrival) {
    byte[] b = packet.bytes();
    int at = packet.payload();
    boolean lite = protocol == Protocol.UDP_LITE;
    boolean wellFormed =
        lite
            ? UdpLite.check(b, at, packet.payloadLength())
            : Udp.check(b, at, packet.payloadLength());
    if (!wellFormed) {
      count(Counter.UDP_MALFORMED);
      return;
    }
    int length = lite ? packet.payloadLength() : Udp.length(b, at);
    int covered = lite ? UdpLite.coverage(b, at, length) : length;
    if (!checksumValid(packet, arrival, length, covered)) {
      count(Counter.UDP_MALFORMED);
      return;
    }
    Endpoint from = new Endpoint(packet.source(), Udp.sourcePort(b, at));
    int port = Udp.destinationPort(b, at);
    if (arrival.toGroup()) {
      for (UdpSocketImpl socket : ports.at(port)) {
        if (socket.accepts(packet, arrival.in(), from)
            && socket.isMember(packet.destination(), arrival.in())) {
          deliver(socket, packet, arrival, from, length, covered);
        }
      }
      return;
    }
    UdpSocketImpl socket = find(packet, arrival, from, port);
    if (socket != null) {
      deliver(socket, packet, arrival, from, length, covered);
      return;
    }
    ForwardLayer others = forwards;
    if (others != null && !arrival.in().isLoopback()) {
      others.datagram(packet);
      return;
    }
    count(Counter.UDP_NO_PORT);
    if (packet.v6()) {
      errors.send(packet, arrival, Icmp.V6_UNREACHABLE, Icmp.V6_PORT_UNREACHABLE, 0);
    } else {
      errors.send(packet, arrival, Icmp.V4_UNREACHABLE, Icmp.V4_PORT_UNREACHABLE, 0);
    }
  }

  private void deliver(
      UdpSocketImpl socket,
      IpPacket packet,
      Arrival arrival,
      Endpoint from,
      int length,
      int covered) {
    if (socket.acceptsCoverage(covered, length)) {
      count(Counter.UDP_IN);
      int data = packet.payload() + Udp.HEADER;
      socket.enqueue(packet, data, length - Udp.HEADER, arrival, from);
    }
  }

  private boolean checksumValid(IpPacket packet, Arrival arrival, int length, int covered) {
    byte[] b = packet.bytes();
    int at = packet.payload();
    if (arrival.checksumTrusted()) {
      return true;
    }
    if (Udp.checksum(b, at) == 0) {
      return !packet.v6(); // RFC 8200 section 8.1
    }
    return Checksum.isValid(
        Checksum.sum(b, at, covered)
            + Checksum.pseudoHeader(packet.source(), packet.destination(), protocol, length));
  }

  /** The most specific socket; among equal ones the last bound, or one by hash (SO_REUSEPORT). */
  private @Nullable UdpSocketImpl find(IpPacket packet, Arrival arrival, Endpoint from, int port) {
    List<UdpSocketImpl> best = new ArrayList<>(1);
    int bestScore = -1;
    for (UdpSocketImpl socket : ports.at(port)) {
      if (socket.accepts(packet, arrival.in(), from)) {
        int score = score(socket, packet);
        if (score > bestScore) {
          best.clear();
          bestScore = score;
        }
        if (score == bestScore) {
          best.add(socket);
        }
      }
    }
    if (best.size() > 1 && best.getFirst().reusePort()) {
      long h = hash.hash(packet.destination(), port, from.address(), from.port(), 0);
      return best.get((int) Long.remainderUnsigned(h, best.size()));
    }
    return best.isEmpty() ? null : best.getLast();
  }

  private static int score(UdpSocketImpl socket, IpPacket packet) {
    return (socket.isConnected() ? 8 : 0)
        + (socket.boundAddress().isAny() ? 0 : 4)
        + (socket.boundInterface() != 0 ? 2 : 0)
        + (socket.boundAddress().v6() == packet.v6() ? 1 : 0);
  }

  @Override
  public void error(IcmpError error) {
    IpPacket about = error.quoted();
    byte[] b = about.bytes();
    int at = about.payload();
    Endpoint to = new Endpoint(about.destination(), Udp.destinationPort(b, at));
    for (UdpSocketImpl socket : List.copyOf(ports.at(Udp.sourcePort(b, at)))) {
      if (socket.sends(about.source(), to)) {
        if (error.isTooBig()) {
          int size = about.v6() ? 0 : Ipv4.totalLength(b, about.start());
          ip.paths().reduce(about.destination(), error.mtu(), size);
        }
        socket.icmpError(error, to, at + Udp.HEADER);
      }
    }
  }
}
