package io.rookery.tcpip;

import io.rookery.tcpip.address.Endpoint;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A socket for echo requests and their replies, as Linux's ICMP datagram sockets: messages begin
 * with the ICMP header, whose identifier is the socket's port and whose checksum is filled in.
 */
public non-sealed interface PingSocket extends StackSocket {

  /**
   * Names the peer.
   *
   * @param remote its port is ignored; null to be without a peer again
   * @throws NetException {@link NetError#NETWORK_UNREACHABLE}
   */
  void connect(@Nullable Endpoint remote) throws NetException;

  /**
   * Sends an echo request.
   *
   * @param to null for the peer
   * @throws NetException {@link NetError#INVALID} if it is not an echo request, and as {@link
   *     UdpSocket#send}
   */
  int send(ByteBuffer message, @Nullable Endpoint to) throws NetException;

  /** Receives the oldest reply; null if there is none. */
  @Nullable DatagramInfo receive(ByteBuffer to) throws NetException;

  /** Takes the oldest entry of the error queue; null if there is none. */
  @Nullable ErrorReport takeErrorReport();
}
