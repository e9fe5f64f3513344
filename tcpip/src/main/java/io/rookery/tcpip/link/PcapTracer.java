package io.rookery.tcpip.link;

import io.rookery.tcpip.wire.ChecksumCompletion;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * Writes what passes a link into a {@link PcapFile}. Checksums that the link leaves unfinished are
 * complete there.
 */
public final class PcapTracer implements PacketSink {
  private static final int INBOUND = 1;
  private static final int OUTBOUND = 2;

  private final PacketSink inner;
  private final PcapFile file;
  private final int number;
  private final boolean completeChecksums;

  /**
   * Wraps a link, which belongs to the tracer from then on; the file does not.
   *
   * @param name of the interface in the file
   */
  public PcapTracer(PacketSink inner, PcapFile file, String name) {
    this.inner = inner;
    this.file = file;
    number = file.add(name);
    completeChecksums = inner.offloads().contains(Offload.CHECKSUM);
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
  }

  private void trace(List<ByteBuffer> packets, int direction) {
    for (ByteBuffer packet : packets) {
      byte[] copy = new byte[packet.remaining()];
      packet.get(packet.position(), copy);
      if (completeChecksums) {
        ChecksumCompletion.complete(copy, 0, copy.length);
      }
      file.add(number, copy, direction);
    }
  }
}
