package io.rookery.tcpip;

import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.link.Offload;
import io.rookery.tcpip.link.PacketSink;
import io.rookery.tcpip.wire.Bytes;
import io.rookery.tcpip.wire.Ipv4;
import io.rookery.tcpip.wire.Ipv6;
import io.rookery.tcpip.wire.Protocol;
import io.rookery.tcpip.wire.Tcp;
import io.rookery.tcpip.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The other end of a link, in the hands of a test: it sees what is sent and sends what it likes.
 */
final class RawPeer implements PacketSink {
  static final IpAddress OURS = IpAddress.parse("10.0.0.1");
  static final IpAddress THEIRS = IpAddress.parse("10.0.0.2");
  static final IpAddress OURS_V6 = IpAddress.parse("fd00::1");
  static final IpAddress THEIRS_V6 = IpAddress.parse("fd00::2");

  private final List<byte[]> sent = new ArrayList<>();
  private Receiver receiver;
  private long packets;
  private long bytes;
  private boolean recording = true;

  @Override
  public int mtu() {
    return 1500;
  }

  @Override
  public Set<Offload> offloads() {
    return Set.of(Offload.CHECKSUM);
  }

  @Override
  public void attach(Receiver to) {
    receiver = to;
  }

  @Override
  public void send(List<ByteBuffer> batch) {
    for (ByteBuffer packet : batch) {
      byte[] copy = new byte[packet.remaining()];
      packet.get(packet.position(), copy);
      packets++;
      bytes += copy.length;
      if (recording) {
        sent.add(copy);
      }
    }
  }

  @Override
  public void close() {}

  /** Only count from now on. */
  void stopRecording() {
    recording = false;
    sent.clear();
  }

  long packets() {
    return packets;
  }

  long bytes() {
    return bytes;
  }

  void inject(byte[] packet) {
    receiver.receive(List.of(ByteBuffer.wrap(packet)));
  }

  /** Takes what was sent since the last call. */
  List<byte[]> take() {
    List<byte[]> taken = List.copyOf(sent);
    sent.clear();
    return taken;
  }

  /** Takes the last TCP segment that was sent over IPv4. */
  TcpSegment takeSegment() {
    List<byte[]> taken = take();
    if (taken.isEmpty()) {
      throw new AssertionError("nothing was sent");
    }
    byte[] last = taken.getLast();
    TcpSegment segment = new TcpSegment();
    if (!segment.parse(last, Ipv4.HEADER, last.length - Ipv4.HEADER)) {
      throw new AssertionError("not a segment");
    }
    return segment;
  }

  static byte[] ip(boolean v6, int protocol, byte[] payload) {
    int header = v6 ? Ipv6.HEADER : Ipv4.HEADER;
    byte[] packet = new byte[header + payload.length];
    System.arraycopy(payload, 0, packet, header, payload.length);
    if (v6) {
      Ipv6.write(packet, 0, 0, payload.length, protocol, 64, THEIRS_V6, OURS_V6);
    } else {
      Ipv4.write(packet, 0, 0, packet.length, 1, 0, 64, protocol, THEIRS, OURS);
    }
    return packet;
  }

  /** A segment without options. */
  void segment(int from, int to, int sequence, int ack, int flags, int window, byte... data) {
    byte[] b = new byte[Tcp.HEADER + data.length];
    Tcp.write(b, 0, from, to, sequence, ack, Tcp.HEADER, flags, window, 0);
    System.arraycopy(data, 0, b, Tcp.HEADER, data.length);
    inject(ip(false, Protocol.TCP, b));
  }

  /** An ICMP error of IPv4 that quotes the start of a packet. */
  void icmp(int type, int code, int rest, byte[] about) {
    int quoted = Math.min(about.length, 28);
    byte[] b = new byte[8 + quoted];
    Bytes.put16(b, 0, type << 8 | code);
    Bytes.put32(b, 4, rest);
    System.arraycopy(about, 0, b, 8, quoted);
    inject(ip(false, Protocol.ICMP, b));
  }
}
