package io.rookery.tcpip.link;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * A link in memory with two ends: what is sent into one arrives at the other, within the call that
 * sends it unless a delivery is under way. Closing one end leaves the other without a peer.
 */
public final class LinkPair {
  private final End first;
  private final End second;

  private LinkPair(int mtu, Set<Offload> offloads) {
    Delivery toFirst = new Delivery();
    Delivery toSecond = new Delivery();
    first = new End(mtu, offloads, toFirst, toSecond);
    second = new End(mtu, offloads, toSecond, toFirst);
  }

  /**
   * A pair with an MTU.
   *
   * @param mtu 68 to 65,535 bytes
   * @param offloads what the ends say of themselves; they pass packets as they are
   * @throws IllegalArgumentException if the MTU is out of range
   */
  public static LinkPair of(int mtu, Offload... offloads) {
    if (mtu < 68 || mtu > 0xffff) {
      throw new IllegalArgumentException("MTU " + mtu);
    }
    return new LinkPair(mtu, Set.of(offloads));
  }

  /** One end. */
  public PacketSink first() {
    return first;
  }

  /** The other end. */
  public PacketSink second() {
    return second;
  }

  private record End(int mtu, Set<Offload> offloads, Delivery in, Delivery out)
      implements PacketSink {

    @Override
    public void attach(Receiver receiver) {
      in.attach(receiver);
    }

    @Override
    public void send(List<ByteBuffer> packets) {
      checkLengths(this, packets);
      if (!in.isClosed()) {
        out.deliver(packets);
      }
    }

    @Override
    public void close() {
      in.close();
    }
  }

  /** What {@link PacketSink#send} promises about lengths. */
  static void checkLengths(PacketSink sink, List<ByteBuffer> packets) {
    int most = sink.offloads().contains(Offload.SEGMENTATION) ? 0xffff : sink.mtu();
    for (ByteBuffer packet : packets) {
      if (packet.remaining() == 0 || packet.remaining() > most) {
        throw new IllegalArgumentException(
            "A packet of " + packet.remaining() + " bytes; the link takes 1 to " + most);
      }
    }
  }
}
