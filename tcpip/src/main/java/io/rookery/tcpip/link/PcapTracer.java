package io.rookery.tcpip.link;

import io.rookery.tcpip.wire.ChecksumCompletion;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Writes what passes a link into a {@link PcapFile}. Checksums that the link leaves unfinished are
 * complete there.
 */
public final class PcapTracer extends ForwardingSink {
  private static final int INBOUND = 1;
  private static final int OUTBOUND = 2;

  private final PcapFile file;
  private final int number;
  private final boolean completeChecksums;

  /**
   * Wraps a link, which belongs to the tracer from then on; the file does not.
   *
   * @param name of the interface in the file
   */
  public PcapTracer(PacketSink inner, PcapFile file, String name) {
    super(inner);
    this.file = file;
    number = file.add(name);
    completeChecksums = inner.offloads().contains(Offload.CHECKSUM);
  }

  @Override
  public void attach(Receiver receiver) {
    super.attach(
        packets -> {
          trace(packets, INBOUND);
          receiver.receive(packets);
        });
  }

  @Override
  public void send(List<ByteBuffer> packets) {
    trace(packets, OUTBOUND);
    super.send(packets);
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
