import org.jspecify.annotations.NullMarked;

/** A Tailscale client: DERP, STUN, disco and the control protocol. Exports nothing yet. */
@NullMarked
module io.rookery.tailscale {
  requires transitive io.rookery.tcpip;
  requires transitive io.rookery.wireguard;
  requires static transitive org.jspecify;
}
