package io.rookery.tcpip;

import io.rookery.tcpip.address.IpAddress;

/** A UDP socket (RFC 768), or one of UDP-Lite (RFC 3828). */
public non-sealed interface UdpSocket extends MessageSocket {

  /** Whether it is one of UDP-Lite. */
  boolean isLite();

  /**
   * Receives from now on what is sent to a group.
   *
   * @param interfaceIndex 0 for the interface that routes choose
   * @throws NetException {@link NetError#INVALID} if it is not a group, {@link NetError#NO_DEVICE},
   *     {@link NetError#ADDRESS_IN_USE} if joined already, {@link NetError#NO_BUFFERS} beyond 20
   */
  void join(IpAddress group, int interfaceIndex) throws NetException;

  /**
   * Ends a membership.
   *
   * @throws NetException {@link NetError#ADDRESS_NOT_AVAILABLE} if there is none
   */
  void leave(IpAddress group, int interfaceIndex) throws NetException;
}
