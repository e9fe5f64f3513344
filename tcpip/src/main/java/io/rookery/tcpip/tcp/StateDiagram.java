package io.rookery.tcpip.tcp;

import io.rookery.tcpip.TcpState;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** The edges of RFC 9293's figure 5, and to CLOSED by reset, timeout and abort. */
final class StateDiagram {
  private static final Map<TcpState, Set<TcpState>> EDGES = new EnumMap<>(TcpState.class);

  static {
    edges(TcpState.CLOSED, TcpState.SYN_SENT, TcpState.SYN_RECEIVED);
    edges(TcpState.LISTEN, TcpState.SYN_RECEIVED, TcpState.SYN_SENT);
    edges(TcpState.SYN_SENT, TcpState.SYN_RECEIVED, TcpState.ESTABLISHED);
    edges(TcpState.SYN_RECEIVED, TcpState.ESTABLISHED, TcpState.FIN_WAIT_1);
    edges(TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.CLOSE_WAIT);
    edges(TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2, TcpState.CLOSING, TcpState.TIME_WAIT);
    edges(TcpState.FIN_WAIT_2, TcpState.TIME_WAIT);
    edges(TcpState.CLOSE_WAIT, TcpState.LAST_ACK);
    edges(TcpState.CLOSING, TcpState.TIME_WAIT);
    edges(TcpState.LAST_ACK);
    edges(TcpState.TIME_WAIT);
  }

  private StateDiagram() {}

  private static void edges(TcpState from, TcpState... to) {
    Set<TcpState> targets = EnumSet.of(TcpState.CLOSED, to);
    EDGES.put(from, targets);
  }

  /**
   * @throws IllegalStateException if there is no such edge: a bug of ours, whatever the peer sent
   */
  static void check(TcpState from, TcpState to) {
    Set<TcpState> targets = EDGES.get(from);
    if (targets == null || !targets.contains(to)) {
      throw new IllegalStateException("No edge from " + from + " to " + to);
    }
  }
}
