package io.rookery.tcpip;

/**
 * A socket for echo requests and their replies, as Linux's ICMP datagram sockets: messages begin
 * with the ICMP header, whose identifier is the socket's port and whose checksum is filled in. The
 * ports of peers are ignored.
 */
public non-sealed interface PingSocket extends MessageSocket {}
