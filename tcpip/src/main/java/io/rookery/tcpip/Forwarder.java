package io.rookery.tcpip;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;

/**
 * Takes what is sent to a stack's interfaces but to none of its sockets, whatever the address: the
 * stack is then the end of every connection, as a transparent proxy is. Calls come one at a time,
 * without a lock held, on whichever thread drives the stack; they must not block.
 */
public interface Forwarder {

  /** Somebody wants to connect. One of the request's answers must follow, at any time. */
  void connection(ForwardedConnection request);

  /** A UDP datagram. */
  void datagram(Endpoint from, Endpoint to, byte[] data);

  /**
   * An echo request (ping) to an address that is not the stack's.
   *
   * @param message from the identifier on: identifier, sequence number, data
   */
  void echo(IpAddress from, IpAddress to, byte[] message);
}
