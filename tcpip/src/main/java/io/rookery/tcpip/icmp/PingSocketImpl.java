package io.rookery.tcpip.icmp;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.PingSocket;
import io.rookery.tcpip.SendInfo;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.core.PacketBuffer;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.ip.Flow;
import io.rookery.tcpip.ip.IpLayer;
import io.rookery.tcpip.ip.IpOutput;
import io.rookery.tcpip.socket.DatagramSocketBase;
import io.rookery.tcpip.wire.Bytes;
import io.rookery.tcpip.wire.Icmp;
import io.rookery.tcpip.wire.Protocol;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A ping socket: its identifier is the local port. */
public final class PingSocketImpl extends DatagramSocketBase implements PingSocket {

  /** A socket without an identifier. */
  public PingSocketImpl(StackLoop loop, IpLayer ip, IcmpLayer layer, boolean v6) {
    super(loop, ip, layer.identifiers()::bindSafely, layer.identifiers()::remove, v6);
  }

  @Override
  public int send(ByteBuffer message, @Nullable Endpoint to, SendInfo how) throws NetException {
    loop.enter();
    try {
      int length = message.remaining();
      Endpoint target = target(to, 0);
      int type = v6() ? Icmp.V6_ECHO_REQUEST : Icmp.V4_ECHO_REQUEST;
      if (length < Icmp.HEADER || message.getShort(message.position()) != (short) (type << 8)) {
        throw new NetException(NetError.INVALID);
      }
      checkLength(length, target);
      Flow flow = flowTo(target, v6() ? Protocol.ICMPV6 : Protocol.ICMP, how);
      PacketBuffer packet = ip.output().allocate(v6(), length);
      int at = IpOutput.headerLength(v6());
      message.get(packet.bytes(), at, length);
      Bytes.put16(packet.bytes(), at + Icmp.CHECKSUM, 0);
      Bytes.put16(packet.bytes(), at + 4, boundPort());
      loop.count(Counter.ICMP_OUT);
      sendOrThrow(flow, packet, Icmp.CHECKSUM);
      return length;
    } finally {
      loop.exit();
    }
  }

  @Override
  protected boolean hasPorts() {
    return false;
  }

  @Override
  protected boolean mapsV4() {
    return false;
  }
}
