package io.rookery.tcpip;

import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A network interface of a stack. Any thread may call its methods. */
public interface IpInterface {

  /** A name that is unique in the stack, such as {@code eth0}. */
  String name();

  /** A number above 0 that is unique in the stack; the loopback interface is 1. */
  int index();

  /** Bytes of the largest packet. */
  int mtu();

  /** Whether this is the loopback interface. */
  boolean isLoopback();

  /** The addresses with the networks that they are in. */
  List<IpPrefix> addresses();

  /** Adds an address, and the route to its network. Adding it again does nothing. */
  void addAddress(IpPrefix address);

  /** Takes an address away, and the route to its network. */
  void removeAddress(IpAddress address);

  /** Whether packets are sent and received. */
  boolean isUp();

  /** Starts or stops sending and receiving. */
  void setUp(boolean up);

  /** Packets and bytes received and sent so far, in this order: rx packets, rx bytes, tx, tx. */
  Traffic traffic();

  /**
   * Sends a packet as it is, past routes and sockets.
   *
   * @param protocol EtherType; what is neither IPv4 nor IPv6 comes back on the loopback interface
   *     for taps to see, and is lost on others
   * @param packet up to {@link #mtu()} bytes
   * @param from does not see it on its way out; null for nobody
   * @throws NetException {@link NetError#NETWORK_DOWN}, {@link NetError#MESSAGE_TOO_LONG}
   */
  void send(int protocol, ByteBuffer packet, @Nullable LinkTap from) throws NetException;

  /** The groups joined on this interface, and how often. Those of all hosts are not among them. */
  Map<IpAddress, Integer> groups();

  /** Takes the interface with its addresses and routes out of the stack and closes its sink. */
  void remove();

  /**
   * What went through an interface.
   *
   * @param packetsIn packets received
   * @param bytesIn bytes received
   * @param packetsOut packets sent
   * @param bytesOut bytes sent
   */
  record Traffic(long packetsIn, long bytesIn, long packetsOut, long bytesOut) {}
}
