package io.rookery.tcpip;

import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.link.PacketSink;
import java.util.List;

/**
 * A host's IP stack: interfaces, routes and sockets. It has a loopback interface with 127.0.0.1 and
 * ::1, and does not forward packets.
 *
 * <p>One lock makes it single-threaded: packets, timers and socket calls enter it on their own
 * threads and never wait within. Packets and readiness events leave after the lock is free, one
 * thread at a time, so that stacks may be joined to each other directly. All methods may be called
 * from any thread.
 */
public interface IpStack extends AutoCloseable {

  /** A builder of a stack that runs in real time. */
  static IpStackBuilder builder() {
    return new IpStackBuilder();
  }

  /** A stack of its own in real time with nothing but the loopback interface. */
  static IpStack create() {
    return builder().build();
  }

  /**
   * Adds an interface at the end of a link, up, with routes to the networks of its addresses.
   *
   * @param name unique in the stack
   * @param sink the link, which the stack attaches to and closes in the end
   * @throws IllegalArgumentException if the name is taken
   */
  IpInterface addInterface(String name, PacketSink sink, IpPrefix... addresses);

  /** The loopback interface. */
  IpInterface loopback();

  /** All interfaces, the loopback interface first. */
  List<IpInterface> interfaces();

  /**
   * Adds a route. An equal one is not added again.
   *
   * @throws IllegalArgumentException if there is no such interface
   */
  void addRoute(Route route);

  /** Takes a route away; false if it is not there. */
  boolean removeRoute(Route route);

  /** The routes, most specific ones first. */
  List<Route> routes();

  /** A new TCP socket. */
  TcpSocket tcp(boolean v6);

  /** A new UDP socket. */
  UdpSocket udp(boolean v6);

  /** A new UDP-Lite socket. */
  UdpSocket udpLite(boolean v6);

  /** A new ping socket, for ICMP or ICMPv6. */
  PingSocket ping(boolean v6);

  /**
   * A new raw socket.
   *
   * @param protocol IANA number, 1 to 255
   */
  RawSocket raw(boolean v6, int protocol);

  /**
   * Takes packets for all addresses from now on, and gives a forwarder what is for no socket here:
   * the other ends of its connections are this stack's. Hop limits end here.
   *
   * @throws IllegalStateException if there is a forwarder already
   */
  Forwarding forward(Forwarder forwarder);

  /** Shows a tap all packets from now on. What it does is for the caller to bound. */
  void tap(LinkTap tap);

  /** Ends {@link #tap}: {@link LinkTap#packet} is not called any more when this returns. */
  void untap(LinkTap tap);

  /** The sockets that hold a port or a connection now, connections without a socket included. */
  List<SocketEntry> sockets();

  /** How often something was counted since the stack was made. */
  long count(Counter counter);

  /**
   * Resets all connections, closes all sockets, interfaces and links, and ends the stack's thread.
   * Closing again does nothing.
   */
  @Override
  void close();
}
