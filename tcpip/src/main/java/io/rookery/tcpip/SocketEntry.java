package io.rookery.tcpip;

import io.rookery.tcpip.address.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * A line of the stack's list of sockets, as /proc/net/tcp and /proc/net/udp have them.
 *
 * @param protocol IANA number
 * @param v6 whether it belongs to the IPv6 family
 * @param local own address and port
 * @param remote the peer, null if there is none
 * @param state of TCP; {@link TcpState#CLOSED} for other protocols
 * @param sendQueue bytes not acknowledged
 * @param receiveQueue bytes not read; for a listener, connections not accepted
 * @param backlog of a listener, how many connections may wait to be accepted; else 0
 * @param socket whose entry it is; null for a connection without one
 */
public record SocketEntry(
    int protocol,
    boolean v6,
    Endpoint local,
    @Nullable Endpoint remote,
    TcpState state,
    int sendQueue,
    int receiveQueue,
    int backlog,
    @Nullable StackSocket socket) {}
