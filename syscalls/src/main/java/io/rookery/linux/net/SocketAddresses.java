package io.rookery.linux.net;

import io.rookery.linux.errno.Errno;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** struct sockaddr_in (ip(7)) and struct sockaddr_in6 (ipv6(7)), as bytes. */
public final class SocketAddresses {
  public static final int AF_UNSPEC = 0;
  public static final int AF_INET = 2;
  public static final int AF_INET6 = 10;

  /** Bytes of struct sockaddr_in. */
  public static final int SIZE_V4 = 16;

  /** Bytes of struct sockaddr_in6. */
  public static final int SIZE_V6 = 28;

  private static final int LEAST_V6 = 24; // without sin6_scope_id, which RFC 2133 did not have
  private static final int FAMILY_SIZE = 2;
  private static final int PORT = 2;
  private static final int ADDRESS_V4 = 4;
  private static final int ADDRESS_V6 = 8;

  private SocketAddresses() {}

  /** The family that an address is of; EINVAL if it is too short to say. */
  public static int family(byte[] address) {
    if (address.length < FAMILY_SIZE) {
      throw Errno.EINVAL.exception();
    }
    return address[0] & 0xff | (address[1] & 0xff) << 8;
  }

  /** An address to bind a socket to. */
  public static Endpoint toBind(byte[] address, boolean v6) {
    int family = checkedFamily(address, v6);
    Endpoint e = v6 ? v6(address) : v4(address);
    boolean allowed =
        v6 ? family == AF_INET6 : family == AF_INET || family == AF_UNSPEC && e.address().isAny();
    if (!allowed) {
      throw Errno.EAFNOSUPPORT.exception();
    }
    return e;
  }

  /** An address to connect a stream to. */
  public static Endpoint toConnect(byte[] address, boolean v6) {
    if (checkedFamily(address, v6) != (v6 ? AF_INET6 : AF_INET)) {
      throw Errno.EAFNOSUPPORT.exception();
    }
    return v6 ? v6(address) : v4(address);
  }

  /**
   * An address to send a datagram to, as udp(7) takes them: AF_UNSPEC counts as AF_INET, and IPv6
   * sockets take IPv4 addresses.
   */
  public static Endpoint toSend(byte[] address, boolean v6) {
    int family = family(address);
    if (v6 && family == AF_INET6) {
      return toConnect(address, true);
    }
    if (family != AF_INET && (family != AF_UNSPEC || v6)) {
      throw (address.length < SIZE_V4 ? Errno.EINVAL : Errno.EAFNOSUPPORT).exception();
    }
    checkLength(address, false);
    Endpoint e = v4(address);
    return v6 ? new Endpoint(e.address().mapped(), e.port()) : e;
  }

  private static int checkedFamily(byte[] address, boolean v6) {
    checkLength(address, v6);
    return family(address);
  }

  private static void checkLength(byte[] address, boolean v6) {
    if (address.length < (v6 ? LEAST_V6 : SIZE_V4)) {
      throw Errno.EINVAL.exception();
    }
  }

  private static int port(byte[] address) {
    return ByteBuffer.wrap(address).getShort(PORT) & 0xffff;
  }

  private static Endpoint v4(byte[] address) {
    return new Endpoint(
        IpAddress.of(Arrays.copyOfRange(address, ADDRESS_V4, ADDRESS_V4 + 4)), port(address));
  }

  private static Endpoint v6(byte[] address) {
    return new Endpoint(
        IpAddress.of(Arrays.copyOfRange(address, ADDRESS_V6, ADDRESS_V6 + 16)), port(address));
  }

  /** The structure for an address of either family. */
  public static byte[] of(Endpoint e) {
    IpAddress a = e.address();
    ByteBuffer b = ByteBuffer.allocate(a.v6() ? SIZE_V6 : SIZE_V4);
    b.order(ByteOrder.LITTLE_ENDIAN).putShort((short) (a.v6() ? AF_INET6 : AF_INET));
    b.order(ByteOrder.BIG_ENDIAN).putShort((short) e.port());
    b.put(a.v6() ? ADDRESS_V6 : ADDRESS_V4, a.toBytes());
    return b.array();
  }
}
