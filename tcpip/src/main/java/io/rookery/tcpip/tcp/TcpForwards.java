package io.rookery.tcpip.tcp;

import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.Unreachable;
import io.rookery.tcpip.forward.ForwardLayer;
import io.rookery.tcpip.wire.IpPacket;
import io.rookery.tcpip.wire.TcpSegment;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Connections to others that a forwarder decides about. */
final class TcpForwards {
  private static final int MOST_PENDING = 1024;

  private final TcpLayer tcp;
  private final ForwardLayer layer;
  private final Map<FlowKey, PendingForward> pending = new HashMap<>();
  private final TcpSegment segment = new TcpSegment();

  TcpForwards(TcpLayer tcp, ForwardLayer layer) {
    this.tcp = tcp;
    this.layer = layer;
  }

  /** Takes a segment that belongs to no connection and no listener. */
  void arrives(FlowKey key, IpPacket packet, TcpSegment arrived) {
    PendingForward known = pending.get(key);
    if (arrived.rst()) {
      pending.remove(key);
      return;
    }
    if (!arrived.syn() || arrived.ack() || arrived.fin()) {
      tcp.resetFor(arrived, tcp.flow(key));
      return;
    }
    int header = packet.payloadLength() - arrived.dataLength();
    if (known != null) {
      known.repeated(packet, header);
      return;
    }
    if (pending.size() >= MOST_PENDING || tcp.loop().memory().isFull()) {
      return; // the peer will try again
    }
    PendingForward added = new PendingForward(this, key, packet, header);
    if (layer.connection(added)) {
      pending.put(key, added);
    }
  }

  /** Forgets a request, and makes its SYN the segment at hand; false if it is gone. */
  private boolean take(PendingForward request) {
    return pending.remove(request.key(), request)
        && segment.parse(request.packet(), request.transport(), request.transportLength());
  }

  @Nullable TcpSocket accept(PendingForward request) {
    tcp.loop().enter();
    try {
      if (!take(request) || !tcp.isFree(request.key())) {
        return null;
      }
      return TcpSocketImpl.forwarded(tcp, request.key(), segment);
    } finally {
      tcp.loop().exit();
    }
  }

  void refuse(PendingForward request) {
    tcp.loop().enter();
    try {
      if (take(request)) {
        tcp.resetFor(segment, tcp.flow(request.key()));
      }
    } finally {
      tcp.loop().exit();
    }
  }

  void unreachable(PendingForward request, Unreachable why) {
    tcp.loop().enter();
    try {
      if (take(request)) {
        layer.quote(request.packet(), why);
      }
    } finally {
      tcp.loop().exit();
    }
  }

  void drop(PendingForward request) {
    tcp.loop().enter();
    try {
      pending.remove(request.key(), request);
    } finally {
      tcp.loop().exit();
    }
  }
}
