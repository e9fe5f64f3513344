package io.rookery.tcpip.ip;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.core.Timer;
import io.rookery.tcpip.wire.IpPacket;
import io.rookery.tcpip.wire.Ipv4;
import io.rookery.tcpip.wire.Ipv6;
import io.rookery.tcpip.wire.Protocol;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts fragments together (RFC 791 section 3.2, RFC 8200 section 4.5) in bounded memory. Fragments
 * that overlap take the whole packet away (RFC 5722); exact repetitions are ignored.
 */
final class Reassembler {
  private static final int MEMORY = 4 << 20;
  private static final int OVERHEAD = 160; // of a piece, roughly
  private static final long TIMEOUT_V4 = TimeUnit.SECONDS.toNanos(30);
  private static final long TIMEOUT_V6 = TimeUnit.SECONDS.toNanos(60);

  private record Key(IpAddress source, IpAddress destination, int protocol, int id) {}

  /** A packet in the making. */
  private static final class Partial {
    final TreeMap<Integer, byte[]> pieces = new TreeMap<>();
    final long deadline;
    byte @Nullable [] first; // the first fragment as it came, for the ICMP message
    int firstProtocol;
    int total = -1;
    int received;
    int memory;

    Partial(long deadline) {
      this.deadline = deadline;
    }
  }

  private final StackLoop loop;
  private final Map<Key, Partial> partials = new LinkedHashMap<>(); // oldest first
  private final Timer timer;
  private final Consumer<byte[]> timedOut;
  private int memory;

  /**
   * @param timedOut hears of the first fragment of packets that stayed incomplete
   */
  Reassembler(StackLoop loop, Consumer<byte[]> timedOut) {
    this.loop = loop;
    this.timedOut = timedOut;
    timer = loop.timer(this::expire);
  }

  int memory() {
    return memory;
  }

  /** Takes a fragment; answers the whole packet if that was the last one missing. */
  byte @Nullable [] add(IpPacket fragment) {
    Key key =
        new Key(
            fragment.source(),
            fragment.destination(),
            fragment.v6() ? 0 : fragment.protocol(),
            fragment.identification());
    Partial partial = partials.get(key);
    if (partial == null) {
      partial = new Partial(loop.now() + (fragment.v6() ? TIMEOUT_V6 : TIMEOUT_V4));
      partials.put(key, partial);
      if (!timer.isSet()) {
        timer.setAt(partial.deadline);
      }
    }
    int offset = fragment.fragmentOffset();
    int length = fragment.payloadLength();
    byte[] same = partial.pieces.get(offset);
    if (same != null && same.length == length) {
      return null;
    }
    if (!fits(partial, offset, length, fragment.moreFragments())) {
      fail(key, partial);
      return null;
    }
    byte[] piece = new byte[length];
    System.arraycopy(fragment.bytes(), fragment.payload(), piece, 0, length);
    partial.pieces.put(offset, piece);
    partial.received += length;
    charge(partial, length + OVERHEAD);
    if (!fragment.moreFragments()) {
      partial.total = offset + length;
    }
    if (offset == 0) {
      partial.firstProtocol = fragment.protocol();
      partial.first = new byte[Math.min(fragment.length(), Ipv6.MINIMUM_MTU)];
      System.arraycopy(fragment.bytes(), fragment.start(), partial.first, 0, partial.first.length);
    }
    if (partial.received == partial.total) {
      drop(key, partial);
      loop.count(Counter.REASSEMBLED);
      return join(key, partial);
    }
    shed();
    return null;
  }

  private static boolean fits(Partial partial, int offset, int length, boolean more) {
    int end = offset + length;
    if (partial.total >= 0 && (end > partial.total || !more)) {
      return false;
    }
    Map.Entry<Integer, byte[]> before = partial.pieces.lowerEntry(end);
    if (before != null && before.getKey() + before.getValue().length > offset) {
      return false;
    }
    return more || partial.pieces.higherKey(offset) == null;
  }

  private static byte @Nullable [] join(Key key, Partial partial) {
    boolean v6 = key.source.v6();
    int header = v6 ? Ipv6.HEADER : Ipv4.HEADER;
    byte[] first = partial.first;
    if (first == null || partial.total + (v6 ? 0 : header) > 0xffff) {
      return null;
    }
    byte[] whole = new byte[header + partial.total];
    if (v6) {
      Ipv6.write(
          whole,
          0,
          Ipv6.trafficClass(first, 0),
          partial.total,
          partial.firstProtocol,
          Ipv6.hopLimit(first, 0),
          key.source,
          key.destination);
    } else {
      Ipv4.write(
          whole,
          0,
          Ipv4.typeOfService(first, 0),
          whole.length,
          key.id,
          0,
          Ipv4.timeToLive(first, 0),
          key.protocol,
          key.source,
          key.destination);
    }
    partial.pieces.forEach(
        (at, piece) -> System.arraycopy(piece, 0, whole, header + at, piece.length));
    return v6 && partial.firstProtocol == Protocol.FRAGMENT
        ? null
        : whole; // no fragments of fragments
  }

  /** Gives up the oldest packets while there is too much in memory. */
  private void shed() {
    while (memory > MEMORY) {
      Map.Entry<Key, Partial> oldest = partials.entrySet().iterator().next();
      fail(oldest.getKey(), oldest.getValue());
    }
  }

  private void expire() {
    Iterator<Map.Entry<Key, Partial>> entries = partials.entrySet().iterator();
    long next = Long.MAX_VALUE;
    while (entries.hasNext()) {
      Partial partial = entries.next().getValue();
      if (partial.deadline - loop.now() <= 0) {
        entries.remove();
        memory -= partial.memory;
        loop.count(Counter.REASSEMBLY_FAILED);
        if (partial.first != null) {
          timedOut.accept(partial.first);
        }
      } else {
        next = Math.min(next, partial.deadline - loop.now());
      }
    }
    if (!partials.isEmpty()) {
      timer.setAt(loop.now() + next);
    }
  }

  private void fail(Key key, Partial partial) {
    loop.count(Counter.REASSEMBLY_FAILED);
    drop(key, partial);
  }

  private void drop(Key key, Partial partial) {
    partials.remove(key);
    memory -= partial.memory;
  }

  private void charge(Partial partial, int bytes) {
    partial.memory += bytes;
    memory += bytes;
  }
}
