package io.rookery.tcpip.tcp;

import io.rookery.tcpip.SocketEntry;
import io.rookery.tcpip.TcpInfo;
import io.rookery.tcpip.TcpState;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.socket.PortHolder;
import io.rookery.tcpip.wire.Protocol;
import java.util.ArrayList;
import java.util.List;

/** What is told about connections. */
public final class TcpReports {
  private TcpReports() {}

  static TcpInfo empty(TcpState state) {
    return new TcpInfo(
        state,
        false,
        false,
        -1,
        -1,
        0,
        0,
        RttEstimator.INITIAL_RTO,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        false,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0);
  }

  static TcpInfo info(Connection c, int sendSpace) {
    Sender sender = c.sender();
    Receiver receiver = c.receiver();
    Scoreboard board = sender.board();
    Recovery recovery = sender.recovery();
    RttEstimator rtt = sender.rtt();
    return new TcpInfo(
        c.state(),
        c.timestamps(),
        c.sackEnabled(),
        sender.scale(),
        sender.scale() < 0 ? -1 : Receiver.SCALE,
        recovery.inRecovery() ? recovery.state() : board.sackedBytes() > 0 ? 1 : 0,
        sender.timer().backoff(),
        sender.timer().timeout(),
        rtt.smoothed(),
        rtt.variation(),
        rtt.minimum(),
        receiver.rtt(),
        sender.mss(),
        receiver.peerMss(),
        c.flow().mtu(),
        recovery.window(),
        recovery.threshold(),
        board.outstanding(),
        board.sackedBytes(),
        board.lostBytes(),
        board.resentBytes(),
        sender.retransmissions(),
        sender.detector().reorderingSeen(),
        sender.bytesSent(),
        sender.bytesAcknowledged(),
        receiver.queue().next(),
        sender.bytesRetransmitted(),
        c.transmitter().segments(),
        c.processor().segments(),
        c.acks().duplicateSacks(),
        c.state().isSynchronized() ? sender.unsent() : 0,
        receiver.bufferSize(),
        sendSpace,
        sender.window(),
        receiver.edge() - receiver.next());
  }

  /** All sockets and connections. */
  public static List<SocketEntry> entries(TcpLayer tcp) {
    List<SocketEntry> entries = new ArrayList<>();
    tcp.ports()
        .all()
        .forEach(
            (port, holders) -> {
              for (PortHolder holder : holders) {
                entries.add(entry(holder, port));
              }
            });
    return entries;
  }

  private static SocketEntry entry(PortHolder holder, int port) {
    if (holder instanceof Connection c) {
      return new SocketEntry(
          Protocol.TCP,
          c.v6(),
          new Endpoint(c.key().local(), port),
          new Endpoint(c.key().remote(), c.key().remotePort()),
          c.state(),
          c.sender().queue().length(),
          c.receiver().queue().length(),
          0,
          c.socket());
    }
    boolean listening = holder.listening();
    return new SocketEntry(
        Protocol.TCP,
        holder.boundAddress().v6(),
        new Endpoint(holder.boundAddress(), port),
        null,
        listening ? TcpState.LISTEN : TcpState.CLOSED,
        0,
        holder instanceof TcpSocketImpl socket ? socket.waiting() : 0,
        holder instanceof TcpSocketImpl socket ? socket.backlog() : 0,
        holder instanceof TcpSocketImpl socket ? socket : null);
  }
}
