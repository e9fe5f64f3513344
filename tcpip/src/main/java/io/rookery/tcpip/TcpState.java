package io.rookery.tcpip;

/** States of a connection (RFC 9293 section 3.3.2). */
public enum TcpState {
  CLOSED,
  LISTEN,
  SYN_SENT,
  SYN_RECEIVED,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  CLOSE_WAIT,
  CLOSING,
  LAST_ACK,
  TIME_WAIT;

  /** Whether both sides have agreed on sequence numbers. */
  public boolean isSynchronized() {
    return compareTo(ESTABLISHED) >= 0;
  }

  /** Whether the peer may still send data. */
  public boolean receives() {
    return this == ESTABLISHED || this == FIN_WAIT_1 || this == FIN_WAIT_2;
  }

  /** Whether the user may still send data. */
  public boolean sends() {
    return this == ESTABLISHED || this == CLOSE_WAIT;
  }
}
