package io.rookery.tcpip;

import io.rookery.tcpip.address.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * A SYN that waits for an answer; the one who sent it repeats it meanwhile. The first answer
 * counts, further ones do nothing. Thread-safe.
 */
public interface ForwardedConnection {

  /** Who wants to connect. */
  Endpoint from();

  /** Where to. */
  Endpoint to();

  /**
   * Completes the handshake.
   *
   * @return the connection, in whose name of the other side the stack speaks; null if who asked for
   *     it has given up, or there was an answer already
   */
  @Nullable TcpSocket accept();

  /** Answers with a reset: nobody listens there. */
  void refuse();

  /** Answers with an ICMP error. */
  void unreachable(Unreachable why);

  /** Forgets it: as if it were lost on the way. */
  void drop();
}
