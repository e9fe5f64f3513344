package io.rookery.tcpip.nat;

import io.rookery.tcpip.Forwarding;
import io.rookery.tcpip.Unreachable;
import io.rookery.tcpip.address.Endpoint;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A guest's flows of datagrams; those that are not used end. Thread-safe. */
final class UdpFlows implements AutoCloseable {
  /** RFC 4787 section 4.3 asks for at least this. */
  private static final long LIFETIME = TimeUnit.MINUTES.toNanos(2);

  /** Of those to DNS and its kin, which are done after one answer. */
  private static final long SHORT_LIFETIME = TimeUnit.SECONDS.toNanos(20);

  private static final int SYSTEM_PORTS = 1024;

  private record Key(Endpoint guest, Endpoint peer) {}

  private final NatLoop loop;
  private final Connector connector;
  private final Judge judge;
  private final Map<Key, UdpFlow> flows = new LinkedHashMap<>(); // guarded by this
  private boolean closed; // guarded by this

  UdpFlows(NatLoop loop, Connector connector, Judge judge) {
    this.loop = loop;
    this.connector = connector;
    this.judge = judge;
  }

  void send(Forwarding inside, Endpoint from, Endpoint to, byte[] data) {
    UdpFlow flow = flow(inside, from, to);
    if (flow != null) {
      flow.send(data);
    }
  }

  private synchronized @Nullable UdpFlow flow(Forwarding inside, Endpoint from, Endpoint to) {
    Key key = new Key(from, to);
    UdpFlow known = flows.get(key);
    if (known != null || closed) {
      return known;
    }
    Judge.Verdict verdict = judge.connection("udp", from, to);
    if (verdict.dial() == null) {
      inside.unreachable(from, to, verdict.gateway() ? Unreachable.PORT : Unreachable.PROHIBITED);
      return null;
    }
    try {
      DatagramChannel channel = connector.datagrams(verdict.dial());
      UdpFlow made = new UdpFlow(loop, inside, channel, from, to, judge.budget());
      flows.put(key, made);
      loop.register(channel, SelectionKey.OP_READ, made);
      return made;
    } catch (IOException e) {
      UdpFlow gone = flows.remove(key);
      if (gone != null) {
        gone.close();
      }
      judge.budget().closed();
      inside.unreachable(from, to, DialErrors.reason(e));
      return null;
    }
  }

  /** Ends what is not used any more. */
  synchronized void sweep() {
    long now = System.nanoTime();
    Iterator<Map.Entry<Key, UdpFlow>> all = flows.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Key, UdpFlow> entry = all.next();
      boolean brief = entry.getKey().peer().port() < SYSTEM_PORTS;
      if (now - entry.getValue().usedAt() > (brief ? SHORT_LIFETIME : LIFETIME)) {
        all.remove();
        entry.getValue().close();
        judge.budget().closed();
      }
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    flows.values().forEach(UdpFlow::close);
    flows.clear();
  }
}
