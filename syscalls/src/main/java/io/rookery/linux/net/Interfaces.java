package io.rookery.linux.net;

import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import java.util.List;

/** What Linux tells about an interface (netdevice(7)). */
public final class Interfaces {
  public static final int IFF_UP = 1;
  private static final int IFF_LOOPBACK = 8;
  private static final int IFF_POINTOPOINT = 0x10;
  private static final int IFF_RUNNING = 0x40;
  private static final int IFF_NOARP = 0x80;
  private static final int IFF_MULTICAST = 0x1000;
  private static final int IFF_LOWER_UP = 0x10000;

  private static final int ARPHRD_LOOPBACK = 772;
  private static final int ARPHRD_NONE = 0xfffe;

  public static final int QUEUE_LENGTH = 1000;

  private Interfaces() {}

  /** IFF_ bits. Interfaces other than lo carry IP packets without a link layer, as tun(4) does. */
  public static int flags(IpInterface i) {
    int always = i.isLoopback() ? IFF_LOOPBACK : IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST;
    return i.isUp() ? always | IFF_UP | IFF_RUNNING | IFF_LOWER_UP : always;
  }

  /** ARPHRD_ number. */
  public static int type(IpInterface i) {
    return i.isLoopback() ? ARPHRD_LOOPBACK : ARPHRD_NONE;
  }

  /** Bytes of a link-layer address; lo shows zeros. */
  public static int hardwareAddressLength(IpInterface i) {
    return i.isLoopback() ? 6 : 0;
  }

  public static List<IpPrefix> addresses(IpInterface i, boolean v6) {
    return i.addresses().stream().filter(p -> p.address().v6() == v6).toList();
  }

  /** The mask of an IPv4 prefix. */
  public static IpAddress mask(IpPrefix p) {
    return IpAddress.v4(p.length() == 0 ? 0 : -1 << 32 - p.length());
  }

  /** RT_SCOPE_: host, link or global. */
  public static int scope(IpAddress a) {
    return a.isLoopback() ? 254 : a.isLinkLocal() ? 253 : 0;
  }
}
