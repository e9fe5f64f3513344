package io.rookery.tcpip;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import java.nio.ByteBuffer;

/** What a {@link Forwarder} answers through, in the name of any address. Thread-safe. */
public interface Forwarding {

  /**
   * Sends a UDP datagram.
   *
   * @throws NetException {@link NetError#NETWORK_UNREACHABLE}, {@link NetError#MESSAGE_TOO_LONG}
   */
  void datagram(Endpoint from, Endpoint to, ByteBuffer data) throws NetException;

  /** Tells the sender of a datagram that it did not arrive. */
  void unreachable(Endpoint from, Endpoint to, Unreachable why);

  /** Answers an echo request with the message that it had. */
  void echoReply(IpAddress from, IpAddress to, byte[] message);

  /** Tells the sender of an echo request that it did not arrive. */
  void unreachable(IpAddress from, IpAddress to, byte[] message, Unreachable why);
}
