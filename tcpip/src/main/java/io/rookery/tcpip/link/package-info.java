/**
 * Links: {@link io.rookery.tcpip.link.PacketSink} is the one interface that stacks and tunnels
 * share. {@link io.rookery.tcpip.link.LoopbackLink}, {@link io.rookery.tcpip.link.LinkPair} and
 * {@link io.rookery.tcpip.link.VirtualSwitch} are links in memory, {@link
 * io.rookery.tcpip.link.FaultInjector} and {@link io.rookery.tcpip.link.PcapTracer} wrap any link.
 */
package io.rookery.tcpip.link;
