package io.rookery.tcpip.raw;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.ip.Arrival;
import io.rookery.tcpip.ip.IcmpError;
import io.rookery.tcpip.ip.IpLayer;
import io.rookery.tcpip.ip.PacketTap;
import io.rookery.tcpip.wire.IpPacket;
import io.rookery.tcpip.wire.Ipv4;
import java.util.LinkedHashSet;
import java.util.Set;

/** Gives copies of packets, and errors about them, to raw sockets. */
public final class RawLayer implements PacketTap {
  private final IpLayer ip;
  private final Set<RawSocketImpl> sockets = new LinkedHashSet<>();

  /** A layer that is not registered yet. */
  public RawLayer(IpLayer ip) {
    this.ip = ip;
  }

  /** The open sockets. */
  public Set<RawSocketImpl> sockets() {
    return sockets;
  }

  @Override
  public boolean offer(IpPacket packet, Arrival arrival) {
    if (sockets.isEmpty()) {
      return false;
    }
    boolean wanted = false;
    Endpoint from = new Endpoint(packet.source(), 0);
    for (RawSocketImpl socket : sockets) {
      if (isFor(socket, packet) && socket.accepts(packet, arrival.in(), from)) {
        wanted = true;
        socket.offer(packet, arrival, from);
      }
    }
    return wanted;
  }

  private static boolean isFor(RawSocketImpl socket, IpPacket packet) {
    return socket.v6() == packet.v6() && socket.protocol() == packet.protocol();
  }

  /** Hears of an ICMP error about a packet of any protocol. */
  public void error(IcmpError error) {
    IpPacket about = error.quoted();
    Endpoint to = new Endpoint(about.destination(), 0);
    for (RawSocketImpl socket : sockets) {
      if (isFor(socket, about) && socket.sends(about.source(), to)) {
        if (error.isTooBig()) {
          int size = about.v6() ? 0 : Ipv4.totalLength(about.bytes(), about.start());
          ip.paths().reduce(about.destination(), error.mtu(), size);
        }
        socket.icmpError(error, to, socket.quotedData(about));
      }
    }
  }
}
