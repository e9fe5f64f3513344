package io.rookery.linux.net.inet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.OptionBytes;
import io.rookery.linux.ipc.socket.Socket.Control;
import io.rookery.linux.kernel.KernelClock;
import io.rookery.linux.net.SocketAddresses;
import io.rookery.tcpip.DatagramInfo;
import io.rookery.tcpip.ErrorReport;
import io.rookery.tcpip.SendInfo;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The control messages of datagrams: which ones a socket asked for, and their structures (ip(7),
 * ipv6(7), socket(7)). Thread-safe.
 */
final class DatagramControls {
  private static final int SOL_SOCKET = 1;
  private static final int SO_TIMESTAMP = 29;
  private static final int SO_TIMESTAMPNS = 35;

  private static final int IP_TOS = 1;
  private static final int IP_TTL = 2;
  private static final int IP_RECVOPTS = 6;
  private static final int IP_RETOPTS = 7;
  private static final int IP_PKTINFO = 8;
  private static final int IP_RECVERR = 11;
  private static final int IP_RECVTTL = 12;
  private static final int IP_RECVTOS = 13;

  private static final int IPV6_RECVERR = 25;
  private static final int IPV6_RECVPKTINFO = 49;
  private static final int IPV6_PKTINFO = 50;
  private static final int IPV6_RECVHOPLIMIT = 51;
  private static final int IPV6_HOPLIMIT = 52;
  private static final int IPV6_RECVTCLASS = 66;
  private static final int IPV6_TCLASS = 67;

  private static final int SO_EE_ORIGIN_ICMP = 2;
  private static final int SO_EE_ORIGIN_ICMP6 = 3;
  private static final long SECOND = 1_000_000_000L;

  /** Options in the order in which their messages appear; a bit of {@link #wanted} for each. */
  private record Asked(int level, int name) {}

  private static final List<Asked> OPTIONS =
      List.of(
          new Asked(SOL_SOCKET, SO_TIMESTAMP),
          new Asked(SOL_SOCKET, SO_TIMESTAMPNS),
          new Asked(Protocols.IP, IP_PKTINFO),
          new Asked(Protocols.IP, IP_RECVTTL),
          new Asked(Protocols.IP, IP_RECVTOS),
          new Asked(Protocols.IP, IP_RECVOPTS), // packets have none: the stack takes no notice
          new Asked(Protocols.IP, IP_RETOPTS),
          new Asked(Protocols.IPV6, IPV6_RECVPKTINFO),
          new Asked(Protocols.IPV6, IPV6_RECVHOPLIMIT),
          new Asked(Protocols.IPV6, IPV6_RECVTCLASS));

  private volatile int wanted;

  private static int bit(int level, int name, boolean v6) {
    int at = level == Protocols.IPV6 && !v6 ? -1 : OPTIONS.indexOf(new Asked(level, name));
    return at < 0 ? 0 : 1 << at;
  }

  /** Whether messages of a kind are asked for; null if there is no such kind. */
  byte @Nullable [] option(int level, int name, boolean v6) {
    int bit = bit(level, name, v6);
    return bit == 0 ? null : OptionBytes.of((wanted & bit) != 0);
  }

  /** Asks for messages of a kind, or for no more; false if there is no such kind. */
  synchronized boolean setOption(int level, int name, boolean v6, byte[] value) {
    int bit = bit(level, name, v6);
    if (bit == 0) {
      return false;
    }
    int on = level == Protocols.IP ? OptionBytes.intOrByte(value) : OptionBytes.intOf(value);
    int others = wanted & ~bit;
    if (level == SOL_SOCKET) {
      others &= ~(bit(SOL_SOCKET, SO_TIMESTAMP, v6) | bit(SOL_SOCKET, SO_TIMESTAMPNS, v6));
    }
    wanted = on != 0 ? others | bit : others;
    return true;
  }

  /** The messages that come with a datagram. */
  List<Control> of(DatagramInfo info, KernelClock clock) {
    if (wanted == 0) {
      return List.of();
    }
    List<Control> all = new ArrayList<>(4);
    for (int i = 0; i < OPTIONS.size(); i++) {
      if ((wanted & 1 << i) != 0) {
        Control c = made(OPTIONS.get(i), info, clock);
        if (c != null) {
          all.add(c);
        }
      }
    }
    return all;
  }

  private static @Nullable Control made(Asked kind, DatagramInfo info, KernelClock clock) {
    IpAddress to = info.destination();
    if (kind.level == SOL_SOCKET) {
      return new Control(SOL_SOCKET, kind.name, time(kind.name, info, clock));
    }
    boolean v4 = !to.v6() || to.isMapped();
    if (kind.level == Protocols.IP) {
      return !v4 ? null : ofV4(kind, info, to.unmapped());
    }
    return switch (kind.name) {
      case IPV6_RECVPKTINFO -> {
        ByteBuffer b = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
        b.put(to.mapped().toBytes()).putInt(info.interfaceIndex());
        yield new Control(Protocols.IPV6, IPV6_PKTINFO, b.array());
      }
      case IPV6_RECVHOPLIMIT ->
          v4 ? null : new Control(Protocols.IPV6, IPV6_HOPLIMIT, OptionBytes.of(info.hopLimit()));
      default ->
          v4 ? null : new Control(Protocols.IPV6, IPV6_TCLASS, OptionBytes.of(info.trafficClass()));
    };
  }

  private static @Nullable Control ofV4(Asked kind, DatagramInfo info, IpAddress to) {
    return switch (kind.name) {
      case IP_PKTINFO -> {
        ByteBuffer b = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(info.interfaceIndex()).put(to.toBytes()).put(to.toBytes());
        yield new Control(Protocols.IP, IP_PKTINFO, b.array());
      }
      case IP_RECVTTL -> new Control(Protocols.IP, IP_TTL, OptionBytes.of(info.hopLimit()));
      case IP_RECVOPTS, IP_RETOPTS -> null;
      default -> new Control(Protocols.IP, IP_TOS, new byte[] {(byte) info.trafficClass()});
    };
  }

  private static byte[] time(int name, DatagramInfo info, KernelClock clock) {
    long at = clock.realtimeNanos() - (System.nanoTime() - info.arrivalNanos());
    long part = Math.floorMod(at, SECOND);
    return ByteBuffer.allocate(16)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(Math.floorDiv(at, SECOND))
        .putLong(name == SO_TIMESTAMP ? part / 1000 : part)
        .array();
  }

  /** What control messages ask for when a datagram is sent; EINVAL for what is not known. */
  static SendInfo sendInfo(List<Control> controls, boolean v6) {
    SendInfo how = SendInfo.DEFAULT;
    for (Control c : controls) {
      if (c.level() == Protocols.IP || c.level() == Protocols.IPV6 && v6) {
        how = with(how, c);
      } else if (c.level() == SOL_SOCKET) {
        throw Errno.EINVAL.exception();
      }
    }
    return how;
  }

  private static SendInfo with(SendInfo how, Control c) {
    boolean v6 = c.level() == Protocols.IPV6;
    if (c.type() == (v6 ? IPV6_PKTINFO : IP_PKTINFO)) {
      byte[] data = checked(c, v6 ? 20 : 12);
      int index = intAt(data, v6 ? 16 : 0);
      IpAddress source = IpAddress.of(Arrays.copyOfRange(data, v6 ? 0 : 4, v6 ? 16 : 8));
      return new SendInfo(
          source.isAny() ? null : source, index, how.hopLimit(), how.trafficClass());
    }
    if (c.type() == (v6 ? IPV6_HOPLIMIT : IP_TTL)) {
      int hops = intAt(checked(c, 4), 0);
      if (hops > 255 || hops < (v6 ? -1 : 1)) {
        throw Errno.EINVAL.exception();
      }
      return new SendInfo(how.source(), how.interfaceIndex(), hops, how.trafficClass());
    }
    if (c.type() == (v6 ? IPV6_TCLASS : IP_TOS)) {
      int traffic = OptionBytes.intOrByte(c.data());
      if (traffic > 255 || traffic < -1) {
        throw Errno.EINVAL.exception();
      }
      return new SendInfo(how.source(), how.interfaceIndex(), how.hopLimit(), traffic);
    }
    throw Errno.EINVAL.exception();
  }

  private static byte[] checked(Control c, int size) {
    if (c.data().length != size) {
      throw Errno.EINVAL.exception();
    }
    return c.data();
  }

  private static int intAt(byte[] data, int at) {
    return ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }

  /** struct sock_extended_err, and behind it who complained. */
  static Control error(ErrorReport r) {
    boolean v6 = r.offender().v6() && !r.offender().isMapped();
    byte[] offender = SocketAddresses.of(new Endpoint(r.offender(), 0));
    ByteBuffer b = ByteBuffer.allocate(16 + offender.length).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(NetErrors.of(r.error()).number());
    b.put((byte) (v6 ? SO_EE_ORIGIN_ICMP6 : SO_EE_ORIGIN_ICMP));
    b.put((byte) r.type()).put((byte) r.code()).put((byte) 0).putInt(r.info()).putInt(0);
    b.put(offender);
    return r.offender().v6()
        ? new Control(Protocols.IPV6, IPV6_RECVERR, b.array())
        : new Control(Protocols.IP, IP_RECVERR, b.array());
  }
}
