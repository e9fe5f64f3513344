package io.rookery.tcpip;

import io.rookery.tcpip.address.Endpoint;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A socket for messages, each of which is sent and received as a whole. */
public sealed interface MessageSocket extends StackSocket permits UdpSocket, PingSocket, RawSocket {

  /**
   * Names the peer: only its datagrams are received, and errors it causes are reported.
   *
   * @param remote null to be without a peer again
   * @throws NetException {@link NetError#NETWORK_UNREACHABLE}, {@link NetError#ACCESS} for a
   *     broadcast address
   */
  void connect(@Nullable Endpoint remote) throws NetException;

  /**
   * Sends a datagram.
   *
   * @param to null for the peer
   * @param how what differs from the socket's options
   * @return bytes sent: all
   * @throws NetException a pending error, once; {@link NetError#MESSAGE_TOO_LONG}, {@link
   *     NetError#DESTINATION_REQUIRED}, {@link NetError#NETWORK_UNREACHABLE}, {@link
   *     NetError#ACCESS}, {@link NetError#INVALID} for what is no echo request on a ping socket, or
   *     no IP packet on a raw socket that wants it whole
   */
  int send(ByteBuffer data, @Nullable Endpoint to, SendInfo how) throws NetException;

  /** Sends a datagram as the socket's options say. */
  default int send(ByteBuffer data, @Nullable Endpoint to) throws NetException {
    return send(data, to, SendInfo.DEFAULT);
  }

  /**
   * Receives the oldest datagram; what does not fit the buffer is lost.
   *
   * @return null if there is none
   * @throws NetException a pending error, once
   */
  @Nullable DatagramInfo receive(ByteBuffer to) throws NetException;

  /** Like {@link #receive}, and leaves the datagram there. */
  @Nullable DatagramInfo peek(ByteBuffer to) throws NetException;

  /** Takes the oldest entry of the error queue; null if there is none. */
  @Nullable ErrorReport takeErrorReport();

  /** Bytes of the next datagram, 0 if there is none. */
  int available();

  /** Ends one direction or both, for those who wait in it. */
  void shutdown(boolean reading, boolean writing) throws NetException;
}
