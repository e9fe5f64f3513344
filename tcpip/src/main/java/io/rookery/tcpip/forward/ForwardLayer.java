package io.rookery.tcpip.forward;

import io.rookery.tcpip.ForwardedConnection;
import io.rookery.tcpip.Forwarder;
import io.rookery.tcpip.Forwarding;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Unreachable;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.core.PacketBuffer;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.ip.Arrival;
import io.rookery.tcpip.ip.Flow;
import io.rookery.tcpip.ip.IpInput;
import io.rookery.tcpip.ip.IpLayer;
import io.rookery.tcpip.ip.IpOutput;
import io.rookery.tcpip.wire.Icmp;
import io.rookery.tcpip.wire.IpPacket;
import io.rookery.tcpip.wire.Ipv4;
import io.rookery.tcpip.wire.Ipv6;
import io.rookery.tcpip.wire.Protocol;
import io.rookery.tcpip.wire.Udp;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Hands a {@link Forwarder} what comes, and sends its answers. */
public final class ForwardLayer implements Forwarding {
  private static final int MOST_DATA = 0xffff - Udp.HEADER;

  private final StackLoop loop;
  private final IpLayer ip;
  private final IpInput.ErrorSender errors;
  private final Forwarder forwarder;
  private final ForwardQueue queue;

  /** A layer that is not registered yet. */
  public ForwardLayer(StackLoop loop, IpLayer ip, IpInput.ErrorSender errors, Forwarder forwarder) {
    this.loop = loop;
    this.ip = ip;
    this.errors = errors;
    this.forwarder = forwarder;
    queue = new ForwardQueue(loop);
  }

  /** Asks for an answer to a SYN; false if there are too many. */
  public boolean connection(ForwardedConnection request) {
    return queue.add(0, () -> forwarder.connection(request));
  }

  /** Takes a datagram whose header and checksum are right. */
  public void datagram(IpPacket packet) {
    byte[] b = packet.bytes();
    int at = packet.payload();
    Endpoint from = new Endpoint(packet.source(), Udp.sourcePort(b, at));
    Endpoint to = new Endpoint(packet.destination(), Udp.destinationPort(b, at));
    byte[] data = Arrays.copyOfRange(b, at + Udp.HEADER, at + Udp.length(b, at));
    if (from.port() != 0 && to.port() != 0) {
      queue.add(data.length, () -> forwarder.datagram(from, to, data));
    }
  }

  /** Takes an echo request whose header and checksum are right. */
  public void echo(IpPacket packet) {
    int at = packet.payload();
    IpAddress from = packet.source();
    IpAddress to = packet.destination();
    byte[] message = Arrays.copyOfRange(packet.bytes(), at + 4, at + packet.payloadLength());
    queue.add(message.length, () -> forwarder.echo(from, to, message));
  }

  // --- Answers ---

  @Override
  public void datagram(Endpoint from, Endpoint to, ByteBuffer data) throws NetException {
    loop.enter();
    try {
      int length = Udp.HEADER + data.remaining();
      boolean v6 = to.address().v6();
      if (data.remaining() > MOST_DATA - (v6 ? 0 : Ipv4.HEADER)) {
        throw new NetException(NetError.MESSAGE_TOO_LONG);
      }
      PacketBuffer packet = ip.output().allocate(v6, length);
      int at = IpOutput.headerLength(v6);
      Udp.write(packet.bytes(), at, from.port(), to.port(), length);
      data.get(packet.bytes(), at + Udp.HEADER, data.remaining());
      Flow flow = new Flow(ip, from.address(), to.address(), Protocol.UDP, 0);
      NetError error = ip.output().send(flow, packet, Udp.CHECKSUM);
      if (error != null) {
        throw new NetException(error);
      }
    } finally {
      loop.exit();
    }
  }

  @Override
  public void echoReply(IpAddress from, IpAddress to, byte[] message) {
    loop.enter();
    try {
      boolean v6 = to.v6();
      PacketBuffer packet = ip.output().allocate(v6, 4 + message.length);
      int at = IpOutput.headerLength(v6);
      System.arraycopy(message, 0, packet.bytes(), at + 4, message.length);
      int type = v6 ? Icmp.V6_ECHO_REPLY : Icmp.V4_ECHO_REPLY;
      packet.bytes()[at] = (byte) type;
      packet.bytes()[at + 1] = 0;
      packet.bytes()[at + Icmp.CHECKSUM] = 0;
      packet.bytes()[at + Icmp.CHECKSUM + 1] = 0;
      Flow flow = new Flow(ip, from, to, v6 ? Protocol.ICMPV6 : Protocol.ICMP, 0);
      ip.output().send(flow, packet, Icmp.CHECKSUM);
    } finally {
      loop.exit();
    }
  }

  @Override
  public void unreachable(Endpoint from, Endpoint to, Unreachable why) {
    byte[] header = new byte[Udp.HEADER];
    Udp.write(header, 0, from.port(), to.port(), Udp.HEADER);
    unreachable(from.address(), to.address(), Protocol.UDP, header, why);
  }

  @Override
  public void unreachable(IpAddress from, IpAddress to, byte[] message, Unreachable why) {
    byte[] header = new byte[Icmp.HEADER];
    header[0] = (byte) (from.v6() ? Icmp.V6_ECHO_REQUEST : Icmp.V4_ECHO_REQUEST);
    System.arraycopy(message, 0, header, 4, Math.min(4, message.length));
    unreachable(from, to, from.v6() ? Protocol.ICMPV6 : Protocol.ICMP, header, why);
  }

  /** The packet is gone; an error quotes no more of it than is built anew here. */
  private void unreachable(
      IpAddress from, IpAddress to, int protocol, byte[] transport, Unreachable why) {
    boolean v6 = from.v6();
    int header = IpOutput.headerLength(v6);
    byte[] b = new byte[header + transport.length];
    if (v6) {
      Ipv6.write(b, 0, 0, transport.length, protocol, 64, from, to);
    } else {
      Ipv4.write(b, 0, 0, b.length, 0, 0, 64, protocol, from, to);
    }
    System.arraycopy(transport, 0, b, header, transport.length);
    loop.enter();
    try {
      quote(b, why);
    } finally {
      loop.exit();
    }
  }

  /** Sends an error about the packet, or its beginning, that starts an array; wants the lock. */
  public void quote(byte[] packet, Unreachable why) {
    IpPacket about = new IpPacket();
    if (about.parseQuoted(packet, 0, packet.length) == IpPacket.Verdict.OK) {
      boolean v6 = about.v6();
      errors.send(
          about,
          new Arrival(ip.loopback(), false, true),
          v6 ? Icmp.V6_UNREACHABLE : Icmp.V4_UNREACHABLE,
          why.code(v6),
          0);
    }
  }
}
