package io.rookery.tcpip.udp;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.SendInfo;
import io.rookery.tcpip.UdpSocket;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.core.PacketBuffer;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.ip.Flow;
import io.rookery.tcpip.ip.IpLayer;
import io.rookery.tcpip.ip.IpOutput;
import io.rookery.tcpip.ip.LinkInterface;
import io.rookery.tcpip.socket.DatagramSocketBase;
import io.rookery.tcpip.wire.Checksum;
import io.rookery.tcpip.wire.Protocol;
import io.rookery.tcpip.wire.Udp;
import io.rookery.tcpip.wire.UdpLite;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A UDP or UDP-Lite socket. */
public final class UdpSocketImpl extends DatagramSocketBase implements UdpSocket {
  private static final int MOST_MEMBERSHIPS = 20; // as Linux's igmp_max_memberships

  private record Membership(IpAddress group, LinkInterface on) {}

  private final UdpLayer layer;
  private final Set<Membership> memberships = new LinkedHashSet<>(0);

  /** A socket without a port. */
  public UdpSocketImpl(StackLoop loop, IpLayer ip, UdpLayer layer, boolean v6) {
    super(loop, ip, layer.ports()::bindSafely, layer.ports()::remove, v6);
    this.layer = layer;
  }

  @Override
  public boolean isLite() {
    return layer.protocol() == Protocol.UDP_LITE;
  }

  @Override
  public int send(ByteBuffer data, @Nullable Endpoint to, SendInfo how) throws NetException {
    loop.enter();
    try {
      Endpoint target = target(to, 1);
      int length = data.remaining();
      checkLength(Udp.HEADER + length, target);
      Flow flow = flowTo(target, layer.protocol(), how);
      boolean v6 = target.address().v6();
      PacketBuffer packet = ip.output().allocate(v6, Udp.HEADER + length);
      int at = IpOutput.headerLength(v6);
      data.get(packet.bytes(), at + Udp.HEADER, length);
      layer.count(Counter.UDP_OUT);
      sendOrThrow(flow, packet, writeHeader(packet.bytes(), at, Udp.HEADER + length, flow, target));
      return length;
    } finally {
      loop.exit();
    }
  }

  /** Where the IP layer has to fill in the checksum, if it has. */
  private int writeHeader(byte[] b, int at, int length, Flow flow, Endpoint target) {
    boolean asked = isLite() && options().isSet(Options.SEND_COVERAGE);
    int coverage = asked ? options().get(Options.SEND_COVERAGE) : length; // as Linux: 0 if asked
    Udp.write(b, at, boundPort(), target.port(), Math.min(coverage, length));
    if (isLite()) {
      long pseudoHeader =
          Checksum.pseudoHeader(flow.local(), flow.remote(), Protocol.UDP_LITE, length);
      UdpLite.finish(b, at, length, pseudoHeader);
      return IpOutput.NO_CHECKSUM;
    }
    boolean bare = !target.address().v6() && options().get(Options.NO_CHECKSUM);
    return bare ? IpOutput.NO_CHECKSUM : Udp.CHECKSUM;
  }

  /** Whether a datagram's checksum covers as much as was asked for. */
  boolean acceptsCoverage(int coverage, int length) {
    if (coverage == length || !options().isSet(Options.RECEIVE_COVERAGE)) {
      return true;
    }
    int least = options().get(Options.RECEIVE_COVERAGE);
    return least != 0 && coverage >= least;
  }

  @Override
  public void join(IpAddress group, int interfaceIndex) throws NetException {
    loop.enter();
    try {
      checkOpen();
      Membership membership = membership(group, interfaceIndex);
      if (memberships.contains(membership)) {
        throw new NetException(NetError.ADDRESS_IN_USE);
      }
      if (memberships.size() >= MOST_MEMBERSHIPS) {
        throw new NetException(NetError.NO_BUFFERS);
      }
      memberships.add(membership);
      membership.on.join(membership.group);
    } finally {
      loop.exit();
    }
  }

  @Override
  public void leave(IpAddress group, int interfaceIndex) throws NetException {
    loop.enter();
    try {
      checkOpen();
      Membership membership = membership(group, interfaceIndex);
      if (!memberships.remove(membership)) {
        throw new NetException(NetError.ADDRESS_NOT_AVAILABLE);
      }
      membership.on.leave(membership.group);
    } finally {
      loop.exit();
    }
  }

  private Membership membership(IpAddress given, int interfaceIndex) throws NetException {
    IpAddress group = given.unmapped();
    if (!group.isMulticast()) {
      throw new NetException(NetError.INVALID);
    }
    LinkInterface on = interfaceIndex == 0 ? ip.outInterface(group, 0) : ip.byIndex(interfaceIndex);
    if (on == null) {
      throw new NetException(NetError.NO_DEVICE);
    }
    return new Membership(group, on);
  }

  /** Broadcasts are for all sockets, groups for those that joined on that interface. */
  boolean isMember(IpAddress group, LinkInterface in) {
    return !group.isMulticast() || memberships.contains(new Membership(group, in));
  }

  @Override
  protected void closing() {
    memberships.forEach(membership -> membership.on.leave(membership.group));
    memberships.clear();
  }
}
