package io.rookery.tcpip.ip;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.LinkTap;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.core.Outlet;
import io.rookery.tcpip.core.PacketBuffer;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.link.Offload;
import io.rookery.tcpip.link.PacketSink;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An interface: a sink with addresses and group memberships. */
public final class LinkInterface implements IpInterface, Outlet, PacketSink.Receiver {
  private static final System.Logger LOG = System.getLogger(LinkInterface.class.getName());

  private final StackLoop loop;
  private final IpLayer ip;
  private final String name;
  private final int index;
  private final PacketSink sink;
  private final boolean loopback;
  private final boolean checksumOffload;
  private final boolean segmentation;
  private final int mtu;

  /** Where own packets to groups come back in. */
  private final Outlet echo;

  private final List<IpPrefix> addresses = new ArrayList<>();
  private final Map<IpAddress, Integer> groups = new HashMap<>();
  private volatile boolean up = true;
  private boolean failing;
  private long packetsIn;
  private long bytesIn;
  private long packetsOut;
  private long bytesOut;

  LinkInterface(
      StackLoop loop, IpLayer ip, String name, int index, PacketSink sink, boolean loopback) {
    this.loop = loop;
    this.ip = ip;
    this.name = name;
    this.index = index;
    this.sink = sink;
    this.loopback = loopback;
    mtu = sink.mtu();
    checksumOffload = sink.offloads().contains(Offload.CHECKSUM);
    segmentation = sink.offloads().contains(Offload.SEGMENTATION);
    echo = packets -> arrive(packets, true, false);
  }

  @Override
  public void receive(List<ByteBuffer> packets) {
    arrive(packets, checksumOffload, true);
  }

  private void arrive(List<ByteBuffer> packets, boolean checksumTrusted, boolean fromLink) {
    loop.enter();
    try {
      if (!up) {
        return;
      }
      for (ByteBuffer packet : packets) {
        packetsIn++;
        bytesIn += packet.remaining();
        try {
          if (fromLink && !ip.taps().isEmpty() && packet.hasRemaining()) {
            showArriving(packet);
          }
          ip.input().receive(this, packet, checksumTrusted);
        } catch (RuntimeException e) {
          loop.internalError(e);
        }
      }
    } finally {
      loop.exit();
    }
  }

  @Override
  public void transmit(List<ByteBuffer> packets) {
    if (!up) {
      return;
    }
    try {
      sink.send(packets);
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private void failed(RuntimeException e) {
    loop.enter();
    try {
      loop.count(Counter.SINK_FAILURES);
      if (!failing) { // once: a broken sink fails for each packet
        failing = true;
        LOG.log(System.Logger.Level.ERROR, name + ": the sink failed; its packets are lost", e);
      }
    } finally {
      loop.exit();
    }
  }

  private void showArriving(ByteBuffer packet) {
    int length = packet.remaining();
    byte[] bytes;
    int at = 0;
    if (packet.hasArray()) {
      bytes = packet.array();
      at = packet.arrayOffset() + packet.position();
    } else {
      bytes = new byte[length];
      packet.get(packet.position(), bytes);
    }
    ip.taps().show(this, false, Taps.protocol(bytes[at]), bytes, at, length, checksumOffload, null);
  }

  /** Takes note of a packet that is about to be emitted. */
  void leaving(PacketBuffer packet) {
    packetsOut++;
    bytesOut += packet.length();
    if (!ip.taps().isEmpty() && up) {
      byte[] b = packet.bytes();
      ip.taps().show(this, true, Taps.protocol(b[0]), b, 0, packet.length(), checksumOffload, null);
    }
  }

  @Override
  public void send(int protocol, ByteBuffer packet, @Nullable LinkTap from) throws NetException {
    int length = packet.remaining();
    loop.enter();
    try {
      if (!up) {
        throw new NetException(NetError.NETWORK_DOWN);
      }
      if (length > mtu) {
        throw new NetException(NetError.MESSAGE_TOO_LONG);
      }
      PacketBuffer copy = loop.packet(length);
      packet.get(packet.position(), copy.bytes(), 0, length);
      packetsOut++;
      bytesOut += length;
      ip.taps().show(this, true, protocol, copy.bytes(), 0, length, false, from);
      if (Taps.isIp(protocol) && length > 0) {
        loop.emit(this, copy);
        return;
      }
      if (loopback) {
        packetsIn++;
        bytesIn += length;
        ip.taps().show(this, false, protocol, copy.bytes(), 0, length, false, null);
      }
      loop.discard(copy);
    } finally {
      loop.exit();
    }
  }

  @Override
  public Map<IpAddress, Integer> groups() {
    loop.enter();
    try {
      return Map.copyOf(groups);
    } finally {
      loop.exit();
    }
  }

  Outlet echo() {
    return echo;
  }

  boolean checksumOffload() {
    return checksumOffload;
  }

  /** Whether TCP packets may be longer than the MTU. */
  public boolean segmentation() {
    return segmentation;
  }

  /** The link. */
  public PacketSink sink() {
    return sink;
  }

  List<IpPrefix> prefixes() {
    return addresses;
  }

  /** Takes note of one more member of a group. */
  public void join(IpAddress group) {
    groups.merge(group, 1, Integer::sum);
  }

  public void leave(IpAddress group) {
    groups.computeIfPresent(group, (_, count) -> count == 1 ? null : count - 1);
  }

  boolean isMember(IpAddress group) {
    return groups.containsKey(group) || ip.isAllHosts(group);
  }

  /** Whether an address is this network's broadcast address. */
  boolean isBroadcast(IpAddress address) {
    if (address.isLimitedBroadcast()) {
      return true;
    }
    for (IpPrefix prefix : addresses) {
      if (prefix.hasBroadcast() && prefix.broadcast().equals(address)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public boolean isLoopback() {
    return loopback;
  }

  @Override
  public List<IpPrefix> addresses() {
    loop.enter();
    try {
      return List.copyOf(addresses);
    } finally {
      loop.exit();
    }
  }

  @Override
  public void addAddress(IpPrefix address) {
    loop.enter();
    try {
      ip.addAddress(this, address);
    } finally {
      loop.exit();
    }
  }

  @Override
  public void removeAddress(IpAddress address) {
    loop.enter();
    try {
      ip.removeAddress(this, address);
    } finally {
      loop.exit();
    }
  }

  @Override
  public boolean isUp() {
    return up;
  }

  @Override
  public void setUp(boolean value) {
    loop.enter();
    try {
      up = value;
      ip.routes().changed();
    } finally {
      loop.exit();
    }
  }

  @Override
  public Traffic traffic() {
    loop.enter();
    try {
      return new Traffic(packetsIn, bytesIn, packetsOut, bytesOut);
    } finally {
      loop.exit();
    }
  }

  @Override
  public void remove() {
    loop.enter();
    try {
      up = false;
      ip.removeInterface(this);
    } finally {
      loop.exit();
    }
    sink.close();
  }

  @Override
  public String toString() {
    return name + addresses;
  }
}
