import org.jspecify.annotations.NullMarked;

/** A user-space IP stack; for now only the packet SPI that links, stacks and tunnels share. */
@NullMarked
module io.rookery.tcpip {
  requires static transitive org.jspecify;

  exports io.rookery.tcpip.link;
}
