import org.jspecify.annotations.NullMarked;

/** A TCP/IP stack in user space, and the packet SPI that links, stacks and tunnels share. */
@NullMarked
module io.rookery.tcpip {
  requires static transitive org.jspecify;

  exports io.rookery.tcpip;
  exports io.rookery.tcpip.address;
  exports io.rookery.tcpip.dns;
  exports io.rookery.tcpip.link;
  exports io.rookery.tcpip.nat;
}
