package io.rookery.tcpip.link;

import io.rookery.tcpip.wire.Bytes;
import io.rookery.tcpip.wire.Checksum;
import io.rookery.tcpip.wire.Icmp;
import io.rookery.tcpip.wire.IpPacket;
import io.rookery.tcpip.wire.Protocol;
import io.rookery.tcpip.wire.Tcp;
import io.rookery.tcpip.wire.Udp;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes what passes a link in the pcapng format (draft-ietf-opsawg-pcapng), with directions and
 * times in nanoseconds. Checksums that the link leaves unfinished are complete in the file. When
 * writing fails the trace ends and the traffic goes on.
 */
public final class PcapTracer implements PacketSink {
  private static final System.Logger LOG = System.getLogger(PcapTracer.class.getName());

  private static final int SECTION_HEADER = 0x0a0d0d0a;
  private static final int BYTE_ORDER = 0x1a2b3c4d;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int ENHANCED_PACKET = 6;
  private static final int LINK_TYPE_RAW = 101;
  private static final int OPTION_TIME_RESOLUTION = 9;
  private static final int OPTION_FLAGS = 2;
  private static final int INBOUND = 1;
  private static final int OUTBOUND = 2;

  private final PacketSink inner;
  private final InstantSource clock;
  private final boolean completeChecksums;
  private final IpPacket parsed = new IpPacket();
  private @Nullable OutputStream out;

  /**
   * Wraps a link, which belongs to the tracer from then on.
   *
   * @param out where the trace goes, closed with the link; wrap a file's stream in a buffered one
   * @param clock the time of day
   */
  public PcapTracer(PacketSink inner, OutputStream out, InstantSource clock) {
    this.inner = inner;
    this.out = out;
    this.clock = clock;
    completeChecksums = inner.offloads().contains(Offload.CHECKSUM);
    ByteBuffer head = ByteBuffer.allocate(28 + 28).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(SECTION_HEADER)
        .putInt(28)
        .putInt(BYTE_ORDER)
        .putShort((short) 1)
        .putShort((short) 0);
    head.putLong(-1).putInt(28);
    head.putInt(INTERFACE_DESCRIPTION)
        .putInt(28)
        .putShort((short) LINK_TYPE_RAW)
        .putShort((short) 0);
    head.putInt(0);
    head.putShort((short) OPTION_TIME_RESOLUTION).putShort((short) 1).putInt(9); // 10^-9 s
    head.putInt(28);
    write(head.array());
  }

  @Override
  public int mtu() {
    return inner.mtu();
  }

  @Override
  public Set<Offload> offloads() {
    return inner.offloads();
  }

  @Override
  public void attach(Receiver receiver) {
    inner.attach(
        packets -> {
          trace(packets, INBOUND);
          receiver.receive(packets);
        });
  }

  @Override
  public void send(List<ByteBuffer> packets) {
    trace(packets, OUTBOUND);
    inner.send(packets);
  }

  @Override
  public void close() {
    inner.close();
    synchronized (this) {
      OutputStream closing = out;
      out = null;
      if (closing != null) {
        try {
          closing.close();
        } catch (IOException e) {
          LOG.log(System.Logger.Level.WARNING, "A packet trace is incomplete", e);
        }
      }
    }
  }

  private synchronized void trace(List<ByteBuffer> packets, int direction) {
    for (ByteBuffer packet : packets) {
      if (out == null) {
        return;
      }
      int length = packet.remaining();
      int padded = length + 3 & ~3;
      int total = 28 + padded + 16; // header, data, two options, length again
      Instant now = clock.instant();
      long time = now.getEpochSecond() * 1_000_000_000 + now.getNano();
      ByteBuffer block = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
      block.putInt(ENHANCED_PACKET).putInt(total).putInt(0);
      block.putInt((int) (time >>> 32)).putInt((int) time).putInt(length).putInt(length);
      block.put(packet.duplicate());
      if (completeChecksums) {
        complete(block.array(), 28, length);
      }
      block.position(28 + padded);
      block.putShort((short) OPTION_FLAGS).putShort((short) 4).putInt(direction);
      block.putInt(0); // end of options
      block.putInt(total);
      write(block.array());
    }
  }

  private void complete(byte[] b, int at, int length) {
    if (parsed.parse(b, at, length, false) != IpPacket.Verdict.OK || parsed.fragment()) {
      return;
    }
    int field =
        switch (parsed.protocol()) {
          case Protocol.TCP -> Tcp.CHECKSUM;
          case Protocol.UDP -> Udp.CHECKSUM;
          case Protocol.ICMP, Protocol.ICMPV6 -> Icmp.CHECKSUM;
          default -> -1;
        };
    int size = parsed.payloadLength();
    if (field < 0 || size < field + 2) {
      return;
    }
    Bytes.put16(b, parsed.payload() + field, 0);
    long sum = Checksum.sum(b, parsed.payload(), size);
    if (parsed.protocol() != Protocol.ICMP) {
      sum += Checksum.pseudoHeader(parsed.source(), parsed.destination(), parsed.protocol(), size);
    }
    int value = Checksum.finish(sum);
    boolean udp = parsed.protocol() == Protocol.UDP;
    Bytes.put16(b, parsed.payload() + field, udp && value == 0 ? 0xffff : value);
  }

  private void write(byte[] bytes) {
    OutputStream to = out;
    if (to == null) {
      return;
    }
    try {
      to.write(bytes);
    } catch (IOException e) {
      out = null;
      LOG.log(System.Logger.Level.WARNING, "The packet trace ends", e);
    }
  }
}
