package io.rookery.tcpip.tcp;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.core.PacketBuffer;
import io.rookery.tcpip.ip.IpOutput;
import io.rookery.tcpip.wire.Tcp;
import io.rookery.tcpip.wire.TcpOptionWriter;
import org.jspecify.annotations.Nullable;

/** Writes a connection's segments. */
final class Transmitter {
  private final Connection c;
  private long segments;

  Transmitter(Connection c) {
    this.c = c;
  }

  long segments() {
    return segments;
  }

  /** Sends a SYN, or a SYN with an acknowledgment. */
  @Nullable NetError syn(boolean acknowledge) {
    boolean scale = !acknowledge || c.sender().scale() >= 0;
    boolean stamps = !acknowledge || c.timestamps();
    boolean sack = !acknowledge || c.sackEnabled();
    int options =
        TcpOptionWriter.MSS
            + (scale ? TcpOptionWriter.WINDOW_SCALE : 0)
            + (stamps ? TcpOptionWriter.TIMESTAMPS : 0)
            + (sack ? TcpOptionWriter.SACK_PERMITTED : 0);
    PacketBuffer packet = allocate(options, 0);
    byte[] b = packet.bytes();
    int at = IpOutput.headerLength(c.v6()) + Tcp.HEADER;
    at = TcpOptionWriter.mss(b, at, c.announcedMss());
    if (sack) {
      at = TcpOptionWriter.sackPermitted(b, at);
    }
    if (stamps) {
      at = TcpOptionWriter.timestamps(b, at, c.timestamp(), acknowledge ? c.recentTimestamp() : 0);
    }
    if (scale) {
      TcpOptionWriter.windowScale(b, at, Receiver.SCALE);
    }
    int window = c.receiver().announceInitialWindow();
    int flags = acknowledge ? Tcp.SYN | Tcp.ACK : Tcp.SYN;
    int ack = acknowledge ? c.receiver().next() : 0;
    header(b, c.sender().iss(), ack, options, flags, window, 0);
    if (acknowledge) {
      c.receiver().acknowledged();
    }
    return send(packet);
  }

  /**
   * Sends data, or a FIN, or both.
   *
   * @param offset of the data in the send queue
   */
  @Nullable NetError data(int sequence, long offset, int length, boolean fin, boolean push) {
    int options = c.optionLength();
    PacketBuffer packet = allocate(options, length);
    byte[] b = packet.bytes();
    int start = IpOutput.headerLength(c.v6());
    c.sender().queue().read(offset, b, start + Tcp.HEADER + options, length);
    if (c.timestamps()) {
      TcpOptionWriter.timestamps(b, start + Tcp.HEADER, c.timestamp(), c.recentTimestamp());
    }
    int flags = Tcp.ACK | (fin ? Tcp.FIN : 0) | (push ? Tcp.PSH : 0);
    int urgent = c.sender().urgentPointer(sequence);
    int window = c.receiver().announceWindow();
    header(
        b,
        sequence,
        c.receiver().next(),
        options,
        urgent > 0 ? flags | Tcp.URG : flags,
        window,
        urgent);
    c.receiver().acknowledged();
    if (length > 0) {
      c.receiver().dataSent(c.loop().now());
    }
    return send(packet);
  }

  /** Sends an acknowledgment with SACK blocks, from a sequence number of its own for a probe. */
  void acknowledgment(int sequence) {
    Receiver receiver = c.receiver();
    int stamps = c.timestamps() ? TcpOptionWriter.TIMESTAMPS : 0;
    int sacks = receiver.sackLength(Tcp.MAX_OPTIONS - stamps);
    PacketBuffer packet = allocate(stamps + sacks, 0);
    byte[] b = packet.bytes();
    int at = IpOutput.headerLength(c.v6()) + Tcp.HEADER;
    if (stamps > 0) {
      at = TcpOptionWriter.timestamps(b, at, c.timestamp(), c.recentTimestamp());
    }
    if (sacks > 0) {
      receiver.writeSacks(b, at, sacks);
    }
    int urgent = c.sender().urgentPointer(sequence);
    int window = receiver.announceWindow();
    header(
        b,
        sequence,
        receiver.next(),
        stamps + sacks,
        urgent > 0 ? Tcp.ACK | Tcp.URG : Tcp.ACK,
        window,
        urgent);
    receiver.acknowledged();
    send(packet);
  }

  /** Sends a reset that the peer will believe. */
  void reset() {
    boolean stamps = c.timestamps();
    PacketBuffer packet = allocate(stamps ? TcpOptionWriter.TIMESTAMPS : 0, 0);
    int options = stamps ? TcpOptionWriter.TIMESTAMPS : 0;
    if (stamps) {
      TcpOptionWriter.timestamps(
          packet.bytes(),
          IpOutput.headerLength(c.v6()) + Tcp.HEADER,
          c.timestamp(),
          c.recentTimestamp());
    }
    header(
        packet.bytes(), c.sender().next(), c.receiver().next(), options, Tcp.RST | Tcp.ACK, 0, 0);
    c.loop().count(Counter.TCP_RESETS_OUT);
    send(packet);
  }

  private PacketBuffer allocate(int options, int data) {
    return c.ip().output().allocate(c.v6(), Tcp.HEADER + options + data);
  }

  private void header(
      byte[] b, int sequence, int ack, int options, int flags, int window, int urgent) {
    Tcp.write(
        b,
        IpOutput.headerLength(c.v6()),
        c.key().localPort(),
        c.key().remotePort(),
        sequence,
        ack,
        Tcp.HEADER + options,
        flags,
        window,
        Math.max(0, urgent));
  }

  private @Nullable NetError send(PacketBuffer packet) {
    segments++;
    c.loop().count(Counter.TCP_OUT);
    return c.ip().output().send(c.flow(), packet, Tcp.CHECKSUM);
  }
}
