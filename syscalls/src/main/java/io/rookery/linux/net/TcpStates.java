package io.rookery.linux.net;

import io.rookery.tcpip.TcpState;

/** The numbers of TCP's states. */
public final class TcpStates {
  private TcpStates() {}

  /** The number of a state in struct tcp_info and in /proc/net/tcp. */
  public static int number(TcpState s) {
    return switch (s) {
      case ESTABLISHED -> 1;
      case SYN_SENT -> 2;
      case SYN_RECEIVED -> 3;
      case FIN_WAIT_1 -> 4;
      case FIN_WAIT_2 -> 5;
      case TIME_WAIT -> 6;
      case CLOSED -> 7;
      case CLOSE_WAIT -> 8;
      case LAST_ACK -> 9;
      case LISTEN -> 10;
      case CLOSING -> 11;
    };
  }
}
