/**
 * TCP (RFC 9293). A {@link io.rookery.tcpip.tcp.Connection} joins a {@link
 * io.rookery.tcpip.tcp.Sender} and a {@link io.rookery.tcpip.tcp.Receiver}; what arrives goes
 * through {@link io.rookery.tcpip.tcp.SegmentProcessor}.
 */
package io.rookery.tcpip.tcp;
