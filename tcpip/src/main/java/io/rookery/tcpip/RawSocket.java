package io.rookery.tcpip;

/**
 * A raw socket (raw(7), RFC 3542): it sends packets of one protocol and gets a copy of every packet
 * of that protocol which comes to this host. Over IPv4 received messages begin with the IP header;
 * sent ones do with {@link Options#HEADER_INCLUDED}. Its port is the protocol's number; those of
 * peers are ignored. What a caller may do is for the caller to decide: packets with forged source
 * addresses may be sent.
 */
public non-sealed interface RawSocket extends MessageSocket {

  /** IANA number, 1 to 255. */
  int protocol();
}
