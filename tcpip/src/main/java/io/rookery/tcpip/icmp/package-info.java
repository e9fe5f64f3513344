/** ICMP (RFC 792, 1122) and ICMPv6 (RFC 4443): echo, errors in both directions, ping sockets. */
package io.rookery.tcpip.icmp;
