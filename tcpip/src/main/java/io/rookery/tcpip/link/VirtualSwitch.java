package io.rookery.tcpip.link;

import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.wire.Bytes;
import io.rookery.tcpip.wire.Ipv4;
import io.rookery.tcpip.wire.Ipv6;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Joins several links on the IP layer: each port has its prefixes, and takes packets from no other
 * source. Packets for a group or a broadcast address go to all other ports. It is no router: hop
 * limits stay as they are. Ports may come and go at any time, on any thread.
 */
public final class VirtualSwitch {
  private static final int FROM_V4 = 12;
  private static final int FROM_V6 = 8;

  private final int mtu;
  private final Set<Offload> offloads;
  private final List<Port> ports = new CopyOnWriteArrayList<>();

  /**
   * A switch without ports.
   *
   * @param mtu of all ports, 68 to 65,535
   * @param offloads of all ports; packets pass as they are
   * @throws IllegalArgumentException if the MTU is out of range
   */
  public VirtualSwitch(int mtu, Offload... offloads) {
    if (mtu < 68 || mtu > 0xffff) {
      throw new IllegalArgumentException("MTU " + mtu);
    }
    this.mtu = mtu;
    this.offloads = Set.of(offloads);
  }

  /**
   * A new port; closing it removes it.
   *
   * @param prefixes the addresses behind it
   * @throws IllegalArgumentException if another port has an equal prefix
   */
  public synchronized PacketSink port(IpPrefix... prefixes) {
    for (Port other : ports) {
      for (IpPrefix prefix : prefixes) {
        if (Arrays.asList(other.prefixes).contains(prefix)) {
          throw new IllegalArgumentException("There is a port for " + prefix + " already");
        }
      }
    }
    Port added = new Port(prefixes.clone());
    ports.add(added);
    return added;
  }

  private @Nullable Port portFor(IpAddress address) {
    Port best = null;
    int bestLength = -1;
    for (Port port : ports) {
      for (IpPrefix prefix : port.prefixes) {
        if (prefix.length() > bestLength && prefix.contains(address)) {
          best = port;
          bestLength = prefix.length();
        }
      }
    }
    return best;
  }

  private void forward(Port from, List<ByteBuffer> packets) {
    // Runs of packets to one port stay one batch.
    List<ByteBuffer> batch = new ArrayList<>(packets.size());
    Port to = null;
    for (ByteBuffer packet : packets) {
      IpAddress source = address(packet, FROM_V4, FROM_V6);
      IpAddress destination = address(packet, FROM_V4 + 4, FROM_V6 + 16);
      if (source == null || destination == null || !from.mayUse(source)) {
        continue;
      }
      Port next = portFor(destination);
      if (next != to) {
        flush(to, batch);
        batch = new ArrayList<>(packets.size());
        to = next;
      }
      if (next == null) {
        if (destination.isMulticast() || isBroadcast(destination)) {
          flood(from, packet);
        }
      } else if (next != from) {
        batch.add(packet);
      }
    }
    flush(to, batch);
  }

  private static void flush(@Nullable Port to, List<ByteBuffer> batch) {
    if (to != null && !batch.isEmpty()) {
      to.in.deliver(batch);
    }
  }

  private void flood(Port from, ByteBuffer packet) {
    for (Port port : ports) {
      if (port != from) {
        port.in.deliver(List.of(packet));
      }
    }
  }

  /** Nobody's address, with only host bits of some length set. */
  private static boolean isBroadcast(IpAddress address) {
    return !address.v6() && (address.low() & 0xff) == 0xff;
  }

  private static @Nullable IpAddress address(ByteBuffer packet, int at4, int at6) {
    int start = packet.position();
    int version = packet.get(start) >> 4 & 0xf;
    boolean v6 = version == 6;
    if (packet.remaining() < (v6 ? Ipv6.HEADER : Ipv4.HEADER) || !v6 && version != 4) {
      return null;
    }
    if (packet.hasArray()) {
      int at = packet.arrayOffset() + start;
      return v6 ? Bytes.getV6(packet.array(), at + at6) : Bytes.getV4(packet.array(), at + at4);
    }
    return v6
        ? IpAddress.v6(packet.getLong(start + at6), packet.getLong(start + at6 + 8))
        : IpAddress.v4(packet.getInt(start + at4));
  }

  private final class Port implements PacketSink {
    private final IpPrefix[] prefixes;
    private final Delivery in = new Delivery();

    Port(IpPrefix[] prefixes) {
      this.prefixes = prefixes;
    }

    boolean mayUse(IpAddress source) {
      if (source.isAny()) {
        return true; // DHCP, duplicate address detection
      }
      for (IpPrefix prefix : prefixes) {
        if (prefix.contains(source)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public int mtu() {
      return mtu;
    }

    @Override
    public Set<Offload> offloads() {
      return offloads;
    }

    @Override
    public void attach(Receiver receiver) {
      in.attach(receiver);
    }

    @Override
    public void send(List<ByteBuffer> packets) {
      LinkPair.checkLengths(this, packets);
      if (!in.isClosed()) {
        forward(this, packets);
      }
    }

    @Override
    public void close() {
      in.close();
      ports.remove(this);
    }
  }
}
