package io.rookery.tcpip;

import io.rookery.tcpip.address.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * What the sockets of an {@link IpStack} have in common. No operation waits: what cannot be done
 * now says so, and {@link #listener} hears when it can. Any thread may call any method at any time.
 *
 * <p>A socket of the IPv6 family also speaks IPv4, unless {@link Options#V6_ONLY} is set; it shows
 * IPv4 addresses as IPv4-mapped ones (RFC 3493 section 3.7).
 */
public sealed interface StackSocket extends AutoCloseable permits TcpSocket, MessageSocket {

  /** Whether the socket is of the IPv6 family. */
  boolean v6();

  /**
   * Gives the socket an address and port of its own; port 0 picks a free one at random.
   *
   * @throws NetException {@link NetError#ADDRESS_IN_USE}, {@link NetError#ADDRESS_NOT_AVAILABLE},
   *     {@link NetError#FAMILY_NOT_SUPPORTED}, or {@link NetError#INVALID} if it has one already
   */
  void bind(Endpoint local) throws NetException;

  /** The socket's own address and port, as far as they are set. */
  Endpoint localEndpoint();

  /** The peer; null unless connected. */
  @Nullable Endpoint remoteEndpoint();

  /** Bits of {@link Readiness}: what the socket is ready for now. */
  int readiness();

  /** Names who hears of readiness from now on, in place of the one before. */
  void listener(ReadinessListener listener);

  /** Takes the pending error away, as SO_ERROR does; null if there is none. */
  @Nullable NetError takeError();

  /**
   * An option's value.
   *
   * @throws NetException {@link NetError#NO_PROTOCOL_OPTION} if this kind of socket lacks it
   */
  <T> T option(Option<T> option) throws NetException;

  /**
   * Sets an option.
   *
   * @throws NetException {@link NetError#NO_PROTOCOL_OPTION} if this kind of socket lacks it,
   *     {@link NetError#INVALID} if the value is out of range
   */
  <T> void option(Option<T> option, T value) throws NetException;

  /** Closes the socket. Closing again does nothing; other operations fail from then on. */
  @Override
  void close();
}
