/** UDP (RFC 768). */
package io.rookery.tcpip.udp;
