import org.jspecify.annotations.NullMarked;

/** WireGuard tunnels as packet sinks. Exports nothing yet. */
@NullMarked
module io.rookery.wireguard {
  requires transitive io.rookery.tcpip;
  requires static transitive org.jspecify;
}
