package io.rookery.tcpip.link;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * A sink that does what another one does, but for the methods that its subclass overrides. The
 * other belongs to it: closing this closes that. As thread-safe as the other.
 */
public abstract class ForwardingSink implements PacketSink {
  private final PacketSink inner;

  /**
   * Wraps a link.
   *
   * @param inner does what is not overridden
   */
  protected ForwardingSink(PacketSink inner) {
    this.inner = inner;
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
    inner.attach(receiver);
  }

  @Override
  public void send(List<ByteBuffer> packets) {
    inner.send(packets);
  }

  @Override
  public void close() {
    inner.close();
  }
}
