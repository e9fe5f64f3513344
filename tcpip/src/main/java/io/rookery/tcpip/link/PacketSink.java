package io.rookery.tcpip.link;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * One end of a link that carries IP packets: what an IP stack sends into and receives from. A pair
 * of loopback ends, a switch port, a user-space NAT and a tunnel are all packet sinks.
 *
 * <p>A packet is one whole IPv4 (RFC 791) or IPv6 (RFC 8200) packet without a link-layer header,
 * lying between its buffer's position and limit, at most {@link #mtu()} bytes long. Packets travel
 * in batches to spread the cost of a hand-over; a batch says nothing about how packets belong
 * together.
 *
 * <p>Delivery is best effort, as on a wire: packets may be lost, repeated and reordered, and a sink
 * that cannot keep up drops them. Neither direction blocks for a peer.
 *
 * <p>All methods may be called from any thread, also at the same time, and from within {@link
 * Receiver#receive}.
 */
public interface PacketSink extends AutoCloseable {

  /**
   * Largest packet that the link carries.
   *
   * @return bytes, IP header included, from 68 (RFC 791's minimum; 1280 where IPv6 is used, RFC
   *     8200 section 5) to 65,535; the same for the life of the sink
   */
  int mtu();

  /**
   * What the link takes off the stack.
   *
   * @return the same for the life of the sink; nothing unless overridden
   */
  default Set<Offload> offloads() {
    return Set.of();
  }

  /**
   * Names the receiver of the packets that arrive from the link. Those that arrived earlier are
   * dropped.
   *
   * @throws IllegalStateException if there is a receiver already, or the sink is closed
   */
  void attach(Receiver receiver);

  /**
   * Sends packets into the link, the first of the list first. The sink neither changes the buffers
   * nor keeps them after it returns; after {@link #close()} it drops what it is given.
   *
   * @throws IllegalArgumentException if a packet is empty or longer than {@link #mtu()} and {@link
   *     Offload#SEGMENTATION} allow; those before it in the list have been sent
   */
  void send(List<ByteBuffer> packets);

  /**
   * Ends the link and frees what it holds. No {@link Receiver#receive} call begins after this
   * returns. Closing again does nothing.
   */
  @Override
  void close();

  /** Takes the packets that arrive from a link. */
  @FunctionalInterface
  interface Receiver {

    /**
     * Takes packets, the oldest first. Their content comes from a stranger: a receiver trusts no
     * field of it, throws nothing because of it and returns soon, since the link waits. Calls come
     * one at a time.
     *
     * @param packets valid until this returns; the receiver may read but not change the bytes
     */
    void receive(List<ByteBuffer> packets);
  }
}
