package io.rookery.linux.net.packet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.OptionBytes;
import io.rookery.linux.ipc.socket.RememberedOptions;
import io.rookery.linux.ipc.socket.Socket.Control;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.net.FilterPrograms;
import io.rookery.linux.net.Interfaces;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.mmu.MemoryPool;
import io.rookery.tcpip.ClassicFilter;
import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.PacketFilter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The options of packet sockets (packet(7), socket(7)). Thread-safe. */
final class PacketOptions {
  private static final int SOL_SOCKET = 1;
  private static final int SO_ERROR = 4;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int SO_DETACH_FILTER = 27;
  private static final int SO_TIMESTAMP = 29;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_TIMESTAMPNS = 35;
  private static final int SO_PROTOCOL = 38;
  private static final int SO_BPF_EXTENSIONS = 48;

  private static final int SOL_PACKET = 263;
  private static final int ADD_MEMBERSHIP = 1;
  private static final int DROP_MEMBERSHIP = 2;
  private static final int RX_RING = 5;
  private static final int STATISTICS = 6;
  private static final int AUXDATA = 8;
  private static final int ORIGDEV = 9;
  private static final int VERSION = 10;
  private static final int HDRLEN = 11;
  private static final int RESERVE = 12;
  private static final int TX_RING = 13;
  private static final int LOSS = 14;
  private static final int VNET_HDR = 15;
  private static final int TIMESTAMP = 17;
  private static final int FANOUT = 18;
  private static final int QDISC_BYPASS = 20;
  private static final int IGNORE_OUTGOING = 23;

  private static final int TPACKET_V1 = 0;
  private static final int TPACKET_V2 = 1;
  private static final int MEMBERSHIP = 16; // struct packet_mreq
  private static final int LAST_MEMBERSHIP = 3; // PACKET_MR_UNICAST
  private static final int MOST_MEMBERSHIPS = 256;
  private static final int RING_REQUEST = 16; // struct tpacket_req
  private static final long NANOS = 1_000_000_000L;

  private final PacketSocket socket;
  private final PacketQueue queue;
  private final NetworkNamespace network;
  private final MemoryPool memory;
  private final RememberedOptions remembered = new RememberedOptions();
  private final Map<Integer, Integer> values = new ConcurrentHashMap<>();
  private final List<Membership> memberships = new ArrayList<>(0); // guarded by itself

  /** struct packet_mreq. What it asks a network card for, these interfaces do anyway. */
  private record Membership(int index, int type, List<Byte> address) {}

  PacketOptions(
      PacketSocket socket, PacketQueue queue, NetworkNamespace network, MemoryPool memory) {
    this.socket = socket;
    this.queue = queue;
    this.network = network;
    this.memory = memory;
  }

  private int value(int name) {
    return values.getOrDefault(name, 0);
  }

  boolean ignoresOutgoing() {
    return value(IGNORE_OUTGOING) != 0;
  }

  int receiveBuffer() {
    return OptionBytes.intOf(remembered.get(RememberedOptions.SO_RCVBUF));
  }

  // --- Control messages ---

  /** What comes with a packet. */
  List<Control> controls(CapturedPacket p) {
    List<Control> all = new ArrayList<>(2);
    int time = value(-SO_TIMESTAMP);
    if (time != 0) {
      long part = p.nanos() % NANOS;
      ByteBuffer b = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
      b.putLong(p.nanos() / NANOS).putLong(time == SO_TIMESTAMP ? part / 1000 : part);
      all.add(new Control(SOL_SOCKET, time, b.array()));
    }
    if (value(AUXDATA) != 0) { // struct tpacket_auxdata
      ByteBuffer b = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
      b.putInt(p.status()).putInt(p.length()).putInt(p.data().length);
      b.putShort((short) 0).putShort((short) p.networkHeader());
      all.add(new Control(SOL_PACKET, AUXDATA, b.array()));
    }
    return all;
  }

  // --- Getting ---

  byte[] get(Task task, int level, int name, long value, int room) {
    return switch (level) {
      case SOL_SOCKET ->
          switch (name) {
            case SO_ERROR -> socket.takeError();
            case SO_PROTOCOL, SO_ACCEPTCONN -> OptionBytes.of(0);
            case SO_TIMESTAMP, SO_TIMESTAMPNS -> OptionBytes.of(value(-SO_TIMESTAMP) == name);
            case SO_BPF_EXTENSIONS -> OptionBytes.of(ClassicFilter.EXTENSIONS_END);
            default -> remembered.get(name);
          };
      case SOL_PACKET -> packetOption(task, name, value, room);
      default -> throw Errno.ENOPROTOOPT.exception();
    };
  }

  private byte[] packetOption(Task task, int name, long value, int room) {
    return switch (name) {
      case STATISTICS -> {
        int[] counts = queue.statistics();
        ByteBuffer b = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        yield b.putInt(counts[0]).putInt(counts[1]).array();
      }
      case HDRLEN -> {
        if (room < 4) {
          throw Errno.EINVAL.exception();
        }
        int version = task.memory().getInt(value);
        if (version != TPACKET_V2) {
          throw refused(task, "PACKET_HDRLEN of version " + version, Errno.EINVAL);
        }
        yield OptionBytes.of(PacketRing.HEADER);
      }
      case AUXDATA, ORIGDEV, VERSION, RESERVE, LOSS, TIMESTAMP, QDISC_BYPASS, IGNORE_OUTGOING ->
          OptionBytes.of(value(name));
      case VNET_HDR, FANOUT -> OptionBytes.of(0); // always off
      default -> throw Errno.ENOPROTOOPT.exception();
    };
  }

  private static RuntimeException refused(Task task, String what, Errno e) {
    task.kernel().reportRefused(what);
    return e.exception();
  }

  // --- Setting ---

  void set(Task task, int level, int name, byte[] data) {
    switch (level) {
      case SOL_SOCKET -> setSocketOption(task, name, data);
      case SOL_PACKET -> setPacketOption(task, name, data);
      default -> throw Errno.ENOPROTOOPT.exception();
    }
  }

  private void setSocketOption(Task task, int name, byte[] data) {
    switch (name) {
      case SO_ATTACH_FILTER -> {
        try {
          socket.setFilter(FilterPrograms.read(task, data));
        } catch (NetException e) {
          throw Errno.EINVAL.exception();
        }
      }
      case SO_DETACH_FILTER -> {
        if (socket.filter().equals(PacketFilter.ALL)) {
          throw Errno.ENOENT.exception();
        }
        socket.setFilter(PacketFilter.ALL);
      }
      case SO_TIMESTAMP, SO_TIMESTAMPNS ->
          values.put(-SO_TIMESTAMP, OptionBytes.intOf(data) != 0 ? name : 0);
      default -> remembered.set(task, name, data);
    }
  }

  private void setPacketOption(Task task, int name, byte[] data) {
    switch (name) {
      case ADD_MEMBERSHIP, DROP_MEMBERSHIP -> member(name == ADD_MEMBERSHIP, data);
      case RX_RING -> ring(task, data);
      case AUXDATA, ORIGDEV -> values.put(name, OptionBytes.intOf(data) != 0 ? 1 : 0);
      case VERSION -> {
        int version = exactInt(data);
        checkNoRing();
        if (version != TPACKET_V1 && version != TPACKET_V2) {
          throw refused(task, "PACKET_VERSION " + version, Errno.EINVAL);
        }
        values.put(name, version);
      }
      case RESERVE -> {
        int bytes = exactInt(data);
        if (bytes < 0) {
          throw Errno.EINVAL.exception();
        }
        checkNoRing();
        values.put(name, bytes);
      }
      case LOSS -> {
        int on = exactInt(data);
        checkNoRing();
        values.put(name, on != 0 ? 1 : 0);
      }
      case TIMESTAMP -> values.put(name, exactInt(data)); // all clocks are one here
      case QDISC_BYPASS -> values.put(name, exactInt(data) != 0 ? 1 : 0); // no queues to pass
      case IGNORE_OUTGOING -> {
        int on = exactInt(data);
        if (on != 0 && on != 1) {
          throw Errno.EINVAL.exception();
        }
        values.put(name, on);
      }
      case TX_RING -> throw refused(task, "PACKET_TX_RING", Errno.EINVAL);
      default -> throw refused(task, "setsockopt(SOL_PACKET, " + name + ")", Errno.ENOPROTOOPT);
    }
  }

  private static int exactInt(byte[] data) {
    if (data.length != 4) {
      throw Errno.EINVAL.exception();
    }
    return OptionBytes.intOf(data);
  }

  private void checkNoRing() {
    if (queue.ring() != null) {
      throw Errno.EBUSY.exception();
    }
  }

  private void ring(Task task, byte[] data) {
    if (data.length < RING_REQUEST) {
      throw Errno.EINVAL.exception();
    }
    ByteBuffer b = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    int blockSize = b.getInt();
    int blocks = b.getInt();
    int slotSize = b.getInt();
    int slots = b.getInt();
    PacketRing old = queue.ring();
    if (old != null && (old.isMapped() || blocks != 0)) {
      throw Errno.EBUSY.exception();
    }
    if (blocks == 0) {
      if (slots != 0) {
        throw Errno.EINVAL.exception();
      }
      queue.setRing(null);
      return;
    }
    if (value(VERSION) != TPACKET_V2) {
      throw refused(task, "PACKET_RX_RING of TPACKET_V1", Errno.EINVAL);
    }
    PacketRing made = new PacketRing(memory, blockSize, blocks, slotSize, slots, value(RESERVE));
    try {
      queue.setRing(made);
    } catch (RuntimeException e) {
      made.close();
      throw e;
    }
  }

  private void member(boolean join, byte[] data) {
    if (data.length < MEMBERSHIP) {
      throw Errno.EINVAL.exception();
    }
    ByteBuffer b = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    int index = b.getInt();
    int type = b.getShort() & 0xffff;
    int length = b.getShort() & 0xffff;
    if (join) {
      IpInterface on = network.byIndex(index);
      if (on == null) {
        throw Errno.ENODEV.exception();
      }
      if (length > Interfaces.hardwareAddressLength(on) || type > LAST_MEMBERSHIP) {
        throw Errno.EINVAL.exception();
      }
    }
    byte[] address = Arrays.copyOfRange(data, 8, 8 + Math.min(length, 8));
    Membership m = new Membership(index, type, bytes(address));
    synchronized (memberships) {
      if (join && memberships.size() >= MOST_MEMBERSHIPS) {
        throw Errno.ENOBUFS.exception();
      }
      if (join) {
        memberships.add(m);
      } else {
        memberships.remove(m); // as Linux: whether it is there or not
      }
    }
  }

  private static List<Byte> bytes(byte[] of) {
    List<Byte> all = new ArrayList<>(of.length);
    for (byte b : of) {
      all.add(b);
    }
    return all;
  }
}
