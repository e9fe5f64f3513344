/**
 * A small DNS server (RFC 1035) on a stack: who embeds one says what names mean, {@link
 * io.rookery.tcpip.dns.DnsServer} speaks the protocol.
 */
package io.rookery.tcpip.dns;
