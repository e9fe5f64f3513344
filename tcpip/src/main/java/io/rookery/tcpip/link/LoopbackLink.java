package io.rookery.tcpip.link;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A link with one end: what is sent comes back, in the same call. */
public final class LoopbackLink implements PacketSink {
  private final Delivery delivery = new Delivery();

  /** A loopback link. */
  public LoopbackLink() {}

  @Override
  public int mtu() {
    return 0xffff;
  }

  @Override
  public Set<Offload> offloads() {
    return EnumSet.of(Offload.CHECKSUM);
  }

  @Override
  public void attach(Receiver receiver) {
    delivery.attach(receiver);
  }

  @Override
  public void send(List<ByteBuffer> packets) {
    delivery.deliver(packets);
  }

  @Override
  public void close() {
    delivery.close();
  }
}
