package io.rookery.tcpip.ip;

import io.rookery.tcpip.LinkTap;
import io.rookery.tcpip.core.EventTarget;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.wire.Bytes;
import io.rookery.tcpip.wire.ChecksumCompletion;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Shows packets to those who tap the interfaces; all methods want the lock. */
public final class Taps {
  private static final int ETHERTYPE_V4 = 0x0800;
  private static final int ETHERTYPE_V6 = 0x86dd;
  private static final int MOST = 40 + 0xffff; // an IPv6 header counts extra
  private static final byte[] NONE = {};

  private final StackLoop loop;
  private final List<Listener> listeners = new ArrayList<>(0);
  private byte[] scratch = NONE;

  private static final class Listener extends EventTarget {
    final LinkTap tap;

    Listener(LinkTap tap) {
      this.tap = tap;
    }

    @Override
    protected void deliver(int events) {
      tap.ready();
    }
  }

  Taps(StackLoop loop) {
    this.loop = loop;
  }

  /** Shows packets to a tap from now on. */
  public void add(LinkTap tap) {
    listeners.add(new Listener(tap));
    if (scratch.length == 0) {
      scratch = new byte[LinkTap.LINK_HEADER + MOST];
    }
  }

  /** Ends {@link #add}. */
  public void remove(LinkTap tap) {
    listeners.removeIf(l -> l.tap.equals(tap));
  }

  boolean isEmpty() {
    return listeners.isEmpty();
  }

  /** The EtherType of a packet: that of IPv4, unless it says it is IPv6. */
  static int protocol(byte first) {
    return (first & 0xf0) == 0x60 ? ETHERTYPE_V6 : ETHERTYPE_V4;
  }

  static boolean isIp(int protocol) {
    return protocol == ETHERTYPE_V4 || protocol == ETHERTYPE_V6;
  }

  /**
   * Shows a packet.
   *
   * @param unfinished whether its checksum may be left to the link
   * @param except who sent it, and does not hear of it
   */
  void show(
      LinkInterface on,
      boolean outgoing,
      int protocol,
      byte[] bytes,
      int at,
      int length,
      boolean unfinished,
      @Nullable LinkTap except) {
    if (length > MOST) {
      return;
    }
    Bytes.put16(scratch, LinkTap.LINK_HEADER - 2, protocol);
    System.arraycopy(bytes, at, scratch, LinkTap.LINK_HEADER, length);
    if (unfinished && isIp(protocol)) {
      ChecksumCompletion.complete(scratch, LinkTap.LINK_HEADER, length);
    }
    for (Listener l : listeners) {
      if (!l.tap.equals(except)
          && l.tap.packet(on, outgoing, protocol, scratch, LinkTap.LINK_HEADER, length)) {
        loop.signal(l, 1);
      }
    }
  }
}
