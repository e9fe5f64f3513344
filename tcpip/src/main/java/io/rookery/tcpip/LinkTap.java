package io.rookery.tcpip;

/**
 * Sees every packet that passes a stack's interfaces, whoever it is for (packet(7)). Own packets to
 * a group that only come back to this host are not among them.
 */
public interface LinkTap {
  /** Bytes of the Ethernet header in front of each packet: zero addresses, and its EtherType. */
  int LINK_HEADER = 14;

  /**
   * A packet passes. Called within the stack's lock: returns soon, and calls nothing of the stack.
   *
   * @param on the interface
   * @param outgoing whether it leaves
   * @param protocol EtherType: 0x800 or 0x86dd, anything else on the loopback interface only
   * @param bytes an array that holds the packet until this returns, checksums complete; {@link
   *     #LINK_HEADER} bytes in front of it are a link-layer header for those who show one
   * @param at index of the packet's first byte
   * @param length bytes of the packet
   * @return whether {@link #ready} is to be called
   */
  boolean packet(IpInterface on, boolean outgoing, int protocol, byte[] bytes, int at, int length);

  /** Called without the lock, after {@link #packet} asked for it, once for several packets. */
  void ready();
}
