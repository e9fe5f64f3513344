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
import io.rookery.tcpip.wire.Protocol;
import io.rookery.tcpip.wire.Udp;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A UDP socket. */
public final class UdpSocketImpl extends DatagramSocketBase implements UdpSocket {
  private static final int MOST_MEMBERSHIPS = 20; // as Linux's igmp_max_memberships

  private record Membership(IpAddress group, LinkInterface on) {}

  private final Set<Membership> memberships = new LinkedHashSet<>(0);

  /** A socket without a port. */
  public UdpSocketImpl(StackLoop loop, IpLayer ip, UdpLayer layer, boolean v6) {
    super(loop, ip, layer.ports()::bindSafely, layer.ports()::remove, v6);
  }

  @Override
  public int send(ByteBuffer data, @Nullable Endpoint to, SendInfo how) throws NetException {
    loop.enter();
    try {
      Endpoint target = target(to, 1);
      int length = data.remaining();
      checkLength(Udp.HEADER + length, target);
      Flow flow = flowTo(target, Protocol.UDP, how);
      boolean v6 = target.address().v6();
      PacketBuffer packet = ip.output().allocate(v6, Udp.HEADER + length);
      int at = IpOutput.headerLength(v6);
      Udp.write(packet.bytes(), at, boundPort(), target.port(), Udp.HEADER + length);
      data.get(packet.bytes(), at + Udp.HEADER, length);
      boolean bare = !v6 && options().get(Options.NO_CHECKSUM);
      loop.count(Counter.UDP_OUT);
      sendOrThrow(flow, packet, bare ? IpOutput.NO_CHECKSUM : Udp.CHECKSUM);
      return length;
    } finally {
      loop.exit();
    }
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
