package io.rookery.tcpip;

import io.rookery.tcpip.address.Endpoint;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A TCP socket (RFC 9293): after {@link #connect} a connection, after {@link #listen} a listener.
 */
public non-sealed interface TcpSocket extends StackSocket {

  /**
   * Begins to open a connection; {@link Readiness#WRITABLE} tells that it is there, {@link
   * Readiness#ERROR} that it failed.
   *
   * @throws NetException {@link NetError#IS_CONNECTED}, {@link NetError#ALREADY}, {@link
   *     NetError#NETWORK_UNREACHABLE}, {@link NetError#ADDRESS_NOT_AVAILABLE} if no port is free,
   *     {@link NetError#INVALID} when listening
   */
  void connect(Endpoint remote) throws NetException;

  /**
   * Begins to take connections, or changes the backlog.
   *
   * @param backlog most connections that wait to be accepted
   * @throws NetException {@link NetError#INVALID} if connected, {@link NetError#ADDRESS_IN_USE}
   */
  void listen(int backlog) throws NetException;

  /**
   * Takes the oldest waiting connection.
   *
   * @return null if there is none
   * @throws NetException {@link NetError#INVALID} unless listening
   */
  @Nullable TcpSocket accept() throws NetException;

  /**
   * Reads what is there.
   *
   * @return bytes read, 0 if there are none now, -1 when the peer sends no more
   * @throws NetException the connection's error, once; {@link NetError#NOT_CONNECTED}
   */
  int read(ByteBuffer to) throws NetException;

  /**
   * Reads what is there and leaves it there (MSG_PEEK).
   *
   * @param skip bytes to skip before
   */
  int peek(ByteBuffer to, int skip) throws NetException;

  /**
   * Puts bytes back before what is there, so that they are read again; for one reader at a time.
   * Nothing happens if the connection is gone.
   *
   * @param data what the last {@link #read} gave, or its end
   */
  void unread(byte[] data, int offset, int length);

  /**
   * Puts as much into the send queue as it takes.
   *
   * @param more whether more will follow soon, so that a last, small segment can wait (MSG_MORE)
   * @return bytes taken, 0 if the queue is full
   * @throws NetException the connection's error, once; {@link NetError#BROKEN_PIPE} after an end,
   *     {@link NetError#NOT_CONNECTED}
   */
  int write(ByteBuffer from, boolean more) throws NetException;

  /**
   * Like {@link #write(ByteBuffer, boolean)} with the last byte taken being urgent (MSG_OOB, RFC
   * 6093).
   */
  int writeUrgent(ByteBuffer from) throws NetException;

  /**
   * Takes the urgent byte (MSG_OOB).
   *
   * @return the byte, or -1 if it is announced but not there yet
   * @throws NetException {@link NetError#INVALID} if there is none, or it is in the stream
   */
  int readUrgent() throws NetException;

  /** Like {@link #readUrgent}, and leaves the byte there. */
  int peekUrgent() throws NetException;

  /** Whether the next byte to read is where the urgent data were (SIOCATMARK). */
  boolean atUrgentMark();

  /** Bytes that can be read now. */
  int available();

  /** Bytes written that the peer has not acknowledged (SIOCOUTQ). */
  int unacknowledged();

  /**
   * Ends one direction or both: reading answers -1 from then on, writing sends what is queued and a
   * FIN.
   *
   * @throws NetException {@link NetError#NOT_CONNECTED}
   */
  void shutdown(boolean reading, boolean writing) throws NetException;

  /** Ends the connection with a reset, dropping what is queued (RFC 9293 section 3.10.5). */
  void abort();

  /**
   * Ends the connection with a reset, or ends listening; the socket is then as it was after {@link
   * #bind}, or new if it never was bound (connect(2) to AF_UNSPEC).
   */
  void disconnect() throws NetException;

  /** The peer of the connection that the socket has or had last; null if it never had one. */
  @Nullable Endpoint lastRemoteEndpoint();

  /** Whether data or the FIN of a closed socket are still to be acknowledged. */
  boolean lingering();

  /** The state of the connection, or that the socket listens. */
  TcpState state();

  /** Everything that is known about the connection. */
  TcpInfo info();
}
