package io.rookery.tcpip.ip;

import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.wire.Ipv6;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What paths carry less than their first link (RFC 1191, RFC 8201), as long as that is true. */
public final class PathMtus {
  /** Linux's min_pmtu: whoever asks for less is answered with fragments. */
  private static final int MINIMUM_V4 = 552;

  private static final long LIFETIME = TimeUnit.MINUTES.toNanos(10); // RFC 1191 section 6.3
  private static final int CAPACITY = 4096;

  /** For routers older than RFC 1191, which do not tell (its section 7.1). */
  private static final int[] PLATEAUS = {32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508};

  private record Limit(int mtu, long expires) {}

  private final StackLoop loop;
  private final Map<IpAddress, Limit> paths = new LinkedHashMap<>(); // oldest first

  PathMtus(StackLoop loop) {
    this.loop = loop;
  }

  /** The path's MTU, at most that of the link. */
  public int get(IpAddress destination, int linkMtu) {
    if (paths.isEmpty()) {
      return linkMtu;
    }
    Limit entry = paths.get(destination);
    if (entry == null) {
      return linkMtu;
    }
    if (entry.expires - loop.now() <= 0) {
      paths.remove(destination);
      return linkMtu;
    }
    return Math.min(entry.mtu, linkMtu);
  }

  /**
   * Takes note that a packet was too big.
   *
   * @param mtu as the router tells it; 0 if it does not
   * @param size of the packet
   */
  public void reduce(IpAddress destination, int mtu, int size) {
    int value = mtu;
    if (value == 0) {
      value = MINIMUM_V4;
      for (int plateau : PLATEAUS) {
        if (plateau < size) {
          value = plateau;
          break;
        }
      }
    }
    value = Math.max(value, destination.v6() ? Ipv6.MINIMUM_MTU : MINIMUM_V4);
    Limit old = paths.get(destination);
    if (old == null || value <= old.mtu || old.expires - loop.now() <= 0) {
      paths.remove(destination);
      paths.put(destination, new Limit(value, loop.now() + LIFETIME));
      if (paths.size() > CAPACITY) {
        paths.remove(paths.keySet().iterator().next());
      }
    }
  }
}
