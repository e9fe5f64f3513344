package io.rookery.tcpip.raw;

import io.rookery.tcpip.FilterContext;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.RawSocket;
import io.rookery.tcpip.SendInfo;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.core.PacketBuffer;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.ip.Arrival;
import io.rookery.tcpip.ip.Flow;
import io.rookery.tcpip.ip.IpLayer;
import io.rookery.tcpip.ip.IpOutput;
import io.rookery.tcpip.ip.LinkInterface;
import io.rookery.tcpip.socket.DatagramSocketBase;
import io.rookery.tcpip.wire.Bytes;
import io.rookery.tcpip.wire.Icmp;
import io.rookery.tcpip.wire.IpPacket;
import io.rookery.tcpip.wire.Ipv4;
import io.rookery.tcpip.wire.Protocol;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A raw socket. */
public final class RawSocketImpl extends DatagramSocketBase implements RawSocket {
  private static final int ETHERTYPE_V4 = 0x0800;
  private static final int ETHERTYPE_V6 = 0x86dd;
  private static final int ARPHRD_LOOPBACK = 772;
  private static final int ARPHRD_NONE = 0xfffe;

  private final RawLayer layer;
  private final int protocol;

  /** A socket that receives from now on. */
  public RawSocketImpl(StackLoop loop, IpLayer ip, RawLayer layer, boolean v6, int protocol) {
    super(loop, ip, protocol, v6);
    this.layer = layer;
    this.protocol = protocol;
    options().put(Options.HEADER_INCLUDED, protocol == Protocol.RAW);
    if (v6 && protocol == Protocol.ICMPV6) {
      options().put(Options.CHECKSUM_OFFSET, Icmp.CHECKSUM); // RFC 3542 section 3.1
    }
    loop.enter();
    try {
      layer.sockets().add(this);
    } finally {
      loop.exit();
    }
  }

  @Override
  public int protocol() {
    return protocol;
  }

  @Override
  public int send(ByteBuffer data, @Nullable Endpoint to, SendInfo how) throws NetException {
    loop.enter();
    try {
      Endpoint target = target(to, 0);
      if (options().get(Options.HEADER_INCLUDED)) {
        return sendWhole(data, target, how);
      }
      int length = data.remaining();
      checkLength(length, target);
      int checksum = v6() ? options().get(Options.CHECKSUM_OFFSET) : IpOutput.NO_CHECKSUM;
      if (checksum != IpOutput.NO_CHECKSUM && checksum + 2 > length) {
        throw new NetException(NetError.INVALID);
      }
      Flow flow = flowTo(target, protocol, how);
      PacketBuffer packet = ip.output().allocate(v6(), length);
      int at = IpOutput.headerLength(v6());
      data.get(packet.bytes(), at, length);
      if (checksum != IpOutput.NO_CHECKSUM) {
        Bytes.put16(packet.bytes(), at + checksum, 0);
      }
      sendOrThrow(flow, packet, checksum);
      return length;
    } finally {
      loop.exit();
    }
  }

  /** Sends a packet whose IP header is the user's, as far as raw(7) leaves it alone. */
  private int sendWhole(ByteBuffer data, Endpoint target, SendInfo how) throws NetException {
    int length = data.remaining();
    int least = IpOutput.headerLength(v6());
    Flow flow = flowTo(target, protocol, how);
    if (length > flow.mtu()) {
      throw new NetException(NetError.MESSAGE_TOO_LONG);
    }
    int version = length == 0 ? 0 : data.get(data.position()) >> 4 & 0xf;
    if (length < least || !v6() && version != 4) {
      throw new NetException(NetError.INVALID);
    }
    PacketBuffer packet = loop.packet(length);
    byte[] b = packet.bytes();
    data.get(b, 0, length);
    if (!v6()) {
      int header = Ipv4.headerLength(b, 0);
      if (header < least || header > length) {
        loop.discard(packet);
        throw new NetException(NetError.INVALID);
      }
      Ipv4.complete(b, 0, length, ip.output().identification(flow), flow.local());
    }
    ip.output().sendWhole(flow, packet);
    return length;
  }

  void offer(IpPacket packet, Arrival arrival, Endpoint from) {
    if (isIcmp() && packet.payloadLength() > 0 && blocked(packet)) {
      return;
    }
    int start = packet.v6() ? packet.payload() : packet.start();
    int length = packet.start() + packet.length() - start;
    LinkInterface in = arrival.in();
    FilterContext context =
        new FilterContext(
            packet.start(),
            packet.start(),
            start + length,
            packet.v6() ? ETHERTYPE_V6 : ETHERTYPE_V4,
            0,
            in.index(),
            in.isLoopback() ? ARPHRD_LOOPBACK : ARPHRD_NONE);
    int taken = options().get(Options.FILTER).accept(packet.bytes(), start, length, context);
    if (taken > 0) {
      enqueue(packet, start, Math.min(taken, length), arrival, from);
    }
  }

  private boolean isIcmp() {
    return protocol == (v6() ? Protocol.ICMPV6 : Protocol.ICMP);
  }

  private boolean blocked(IpPacket packet) {
    int type = Icmp.type(packet.bytes(), packet.payload());
    int word = type >> 5;
    var filter = options().get(Options.ICMP_FILTER);
    return word < filter.size() && (filter.get(word) >> (type & 31) & 1) != 0;
  }

  /** Where what the user sent begins in a packet that an error quotes. */
  int quotedData(IpPacket about) {
    return options().get(Options.HEADER_INCLUDED) ? about.start() : about.payload();
  }

  @Override
  protected boolean hasPorts() {
    return false;
  }

  @Override
  protected boolean mapsV4() {
    return false;
  }

  @Override
  protected void closing() {
    layer.sockets().remove(this);
  }
}
