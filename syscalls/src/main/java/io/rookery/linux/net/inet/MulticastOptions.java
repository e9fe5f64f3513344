package io.rookery.linux.net.inet;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.OptionBytes;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.linux.net.SocketAddresses;
import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.MessageSocket;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.UdpSocket;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Groups: membership, and how packets to them are sent (ip(7), ipv6(7)). */
final class MulticastOptions {
  private static final int IP_MULTICAST_IF = 32;
  private static final int IP_MULTICAST_TTL = 33;
  private static final int IP_MULTICAST_LOOP = 34;
  private static final int IP_ADD_MEMBERSHIP = 35;
  private static final int IP_DROP_MEMBERSHIP = 36;
  private static final int MCAST_JOIN_GROUP = 42;
  private static final int MCAST_LEAVE_GROUP = 45;

  private static final int IPV6_MULTICAST_IF = 17;
  private static final int IPV6_MULTICAST_HOPS = 18;
  private static final int IPV6_MULTICAST_LOOP = 19;
  private static final int IPV6_ADD_MEMBERSHIP = 20;
  private static final int IPV6_DROP_MEMBERSHIP = 21;

  private static final int MREQ = 8; // struct ip_mreq
  private static final int MREQN = 12; // struct ip_mreqn
  private static final int MREQ_V6 = 20; // struct ipv6_mreq
  private static final int STORAGE = 128; // struct sockaddr_storage

  private MulticastOptions() {}

  /** Whether a number at IPPROTO_IP is of this topic. */
  static boolean isOfV4(int name) {
    return name >= IP_MULTICAST_IF && name <= IP_DROP_MEMBERSHIP;
  }

  /** An option's value; null if there is none of that name. */
  static byte @Nullable [] get(
      NetworkNamespace network, MessageSocket socket, int level, int name) {
    try {
      if (level == Protocols.IP) {
        return switch (name) {
          case IP_MULTICAST_TTL -> OptionBytes.of(socket.option(Options.MULTICAST_HOPS));
          case IP_MULTICAST_LOOP -> OptionBytes.of(socket.option(Options.MULTICAST_LOOP));
          case IP_MULTICAST_IF -> addressOf(network, socket.option(Options.MULTICAST_INTERFACE));
          default -> null;
        };
      }
      return switch (name) {
        case IPV6_MULTICAST_HOPS -> OptionBytes.of(socket.option(Options.MULTICAST_HOPS));
        case IPV6_MULTICAST_LOOP -> OptionBytes.of(socket.option(Options.MULTICAST_LOOP));
        case IPV6_MULTICAST_IF -> OptionBytes.of(socket.option(Options.MULTICAST_INTERFACE));
        default -> null;
      };
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  private static byte[] addressOf(NetworkNamespace network, int index) {
    IpInterface i = network.byIndex(index);
    return i == null
        ? new byte[4]
        : i.addresses().stream()
            .map(IpPrefix::address)
            .filter(a -> !a.v6())
            .findFirst()
            .orElse(IpAddress.ANY_V4)
            .toBytes();
  }

  /**
   * Sets an option; false if there is none of that name.
   *
   * @param narrow whether structures have the layout of 32-bit programs
   */
  static boolean set(
      NetworkNamespace network,
      MessageSocket socket,
      int level,
      int name,
      byte[] value,
      boolean narrow) {
    try {
      return level == Protocols.IP
          ? setV4(network, socket, name, value, narrow)
          : setV6(network, socket, name, value, narrow);
    } catch (NetException e) {
      throw NetErrors.exception(e);
    }
  }

  private static boolean setV4(
      NetworkNamespace network, MessageSocket socket, int name, byte[] value, boolean narrow)
      throws NetException {
    switch (name) {
      case IP_MULTICAST_TTL -> {
        int ttl = OptionBytes.intOrByte(value);
        socket.option(Options.MULTICAST_HOPS, ttl == -1 ? 1 : ttl);
      }
      case IP_MULTICAST_LOOP ->
          socket.option(Options.MULTICAST_LOOP, OptionBytes.intOrByte(value) != 0);
      case IP_MULTICAST_IF ->
          socket.option(Options.MULTICAST_INTERFACE, index(network, value, true));
      case IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP -> {
        int index = index(network, value, false);
        return changed(socket, name == IP_ADD_MEMBERSHIP, group(value), index);
      }
      default -> {
        return group(socket, name, value, narrow, false);
      }
    }
    return true;
  }

  private static boolean setV6(
      NetworkNamespace network, MessageSocket socket, int name, byte[] value, boolean narrow)
      throws NetException {
    switch (name) {
      case IPV6_MULTICAST_HOPS -> {
        int hops = OptionBytes.intOf(value);
        socket.option(Options.MULTICAST_HOPS, hops == -1 ? 1 : hops);
      }
      case IPV6_MULTICAST_LOOP -> socket.option(Options.MULTICAST_LOOP, flag(value));
      case IPV6_MULTICAST_IF -> {
        int index = OptionBytes.intOf(value);
        if (index != 0 && network.byIndex(index) == null) {
          throw Errno.ENODEV.exception();
        }
        socket.option(Options.MULTICAST_INTERFACE, index);
      }
      case IPV6_ADD_MEMBERSHIP, IPV6_DROP_MEMBERSHIP -> {
        if (value.length < MREQ_V6) {
          throw Errno.EINVAL.exception();
        }
        IpAddress group = IpAddress.of(Arrays.copyOf(value, 16));
        return changed(socket, name == IPV6_ADD_MEMBERSHIP, group, intAt(value, 16));
      }
      default -> {
        return group(socket, name, value, narrow, true);
      }
    }
    return true;
  }

  private static boolean flag(byte[] value) {
    int v = OptionBytes.intOf(value);
    if (v != 0 && v != 1) {
      throw Errno.EINVAL.exception();
    }
    return v != 0;
  }

  /** MCAST_JOIN_GROUP and MCAST_LEAVE_GROUP: struct group_req. */
  private static boolean group(
      MessageSocket socket, int name, byte[] value, boolean narrow, boolean v6)
      throws NetException {
    if (name != MCAST_JOIN_GROUP && name != MCAST_LEAVE_GROUP) {
      return false;
    }
    int at = narrow ? 4 : 8;
    if (value.length < at + STORAGE) {
      throw Errno.EINVAL.exception();
    }
    byte[] address = Arrays.copyOfRange(value, at, at + STORAGE);
    IpAddress group = SocketAddresses.toConnect(address, v6).address();
    return changed(socket, name == MCAST_JOIN_GROUP, group, intAt(value, 0));
  }

  /** Joins or leaves a group; false for sockets that cannot be members. */
  private static boolean changed(MessageSocket socket, boolean join, IpAddress group, int index)
      throws NetException {
    if (!(socket instanceof UdpSocket udp)) {
      return false;
    }
    if (join) {
      udp.join(group, index);
    } else {
      udp.leave(group, index);
    }
    return true;
  }

  private static int intAt(byte[] value, int at) {
    return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }

  private static IpAddress group(byte[] value) {
    if (value.length < MREQ) {
      throw Errno.EINVAL.exception();
    }
    return IpAddress.of(Arrays.copyOf(value, 4));
  }

  /** The interface that a struct ip_mreqn, an ip_mreq, or an address alone names; 0 for any. */
  private static int index(NetworkNamespace network, byte[] value, boolean alone) {
    int at = value.length >= MREQ ? 4 : 0;
    if (value.length < at + 4 || at == 0 && !alone) {
      throw Errno.EINVAL.exception();
    }
    if (value.length >= MREQN && intAt(value, 8) != 0) {
      int index = intAt(value, 8);
      if (network.byIndex(index) == null) {
        throw (alone ? Errno.EADDRNOTAVAIL : Errno.ENODEV).exception();
      }
      return index;
    }
    IpAddress address = IpAddress.of(Arrays.copyOfRange(value, at, at + 4));
    if (address.isAny()) {
      return 0;
    }
    return network.stack().interfaces().stream()
        .filter(i -> i.addresses().stream().anyMatch(p -> p.address().equals(address)))
        .findFirst()
        .orElseThrow(() -> (alone ? Errno.EADDRNOTAVAIL : Errno.ENODEV).exception())
        .index();
  }
}
