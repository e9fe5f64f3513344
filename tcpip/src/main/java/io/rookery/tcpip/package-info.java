/**
 * A TCP/IP stack in user space, in pure Java: start with {@link io.rookery.tcpip.IpStack}, whose
 * builder takes {@link io.rookery.tcpip.link.PacketSink}s as network interfaces, and {@link
 * io.rookery.tcpip.TcpSocket}.
 */
package io.rookery.tcpip;
