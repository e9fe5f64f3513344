/**
 * Network address translation in user space: {@link io.rookery.tcpip.nat.NatGateway} is the router
 * at the other end of a link, and ends its peer's connections in sockets of this JVM, as far as an
 * {@link io.rookery.tcpip.nat.EgressPolicy} allows.
 */
package io.rookery.tcpip.nat;
