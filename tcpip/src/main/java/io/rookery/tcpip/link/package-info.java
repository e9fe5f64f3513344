/**
 * Links: {@link io.rookery.tcpip.link.PacketSink} is the one interface that stacks and tunnels
 * share.
 */
package io.rookery.tcpip.link;
