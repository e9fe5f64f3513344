package io.rookery.tcpip;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A UDP socket (RFC 768). */
public non-sealed interface UdpSocket extends StackSocket {

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
   * @return bytes sent: all
   * @throws NetException a pending error, once; {@link NetError#MESSAGE_TOO_LONG}, {@link
   *     NetError#DESTINATION_REQUIRED}, {@link NetError#NETWORK_UNREACHABLE}, {@link
   *     NetError#ACCESS}
   */
  int send(ByteBuffer data, @Nullable Endpoint to) throws NetException;

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

  /**
   * Receives from now on what is sent to a group.
   *
   * @param interfaceIndex 0 for the interface that routes choose
   * @throws NetException {@link NetError#INVALID} if it is not a group, {@link NetError#NO_DEVICE},
   *     {@link NetError#ADDRESS_IN_USE} if joined already
   */
  void join(IpAddress group, int interfaceIndex) throws NetException;

  /**
   * Ends a membership.
   *
   * @throws NetException {@link NetError#ADDRESS_NOT_AVAILABLE} if there is none
   */
  void leave(IpAddress group, int interfaceIndex) throws NetException;
}
