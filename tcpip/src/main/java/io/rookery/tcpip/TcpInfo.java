package io.rookery.tcpip;

/**
 * The state of a connection at one moment, as far as Linux's {@code struct tcp_info} has the same.
 *
 * @param state of the connection
 * @param timestamps whether RFC 7323 timestamps are in use
 * @param sack whether selective acknowledgments are in use
 * @param sendScale shift of the peer's window, -1 without window scaling
 * @param receiveScale shift of the own window, -1 without window scaling
 * @param congestionState 0 open, 1 disorder, 3 recovery, 4 loss
 * @param backoff how often the retransmission timeout has been doubled
 * @param retransmissionTimeoutNanos RFC 6298's RTO
 * @param smoothedRttNanos smoothed round trip time, 0 before the first sample
 * @param rttVariationNanos mean deviation of the round trip time
 * @param minimumRttNanos least round trip time of the last five minutes
 * @param receiverRttNanos round trip time estimated from what arrives
 * @param sendMss bytes of data in a full segment to the peer
 * @param receiveMss bytes of data in the peer's largest segments
 * @param pathMtu of the route
 * @param congestionWindow bytes
 * @param slowStartThreshold bytes
 * @param unacknowledged bytes sent and not acknowledged
 * @param sacked bytes of these that are selectively acknowledged
 * @param lost bytes of these held to be lost
 * @param retransmitted bytes of these sent again and under way
 * @param totalRetransmissions segments sent again since the start
 * @param reordering whether reordering was seen
 * @param bytesSent data sent, repetitions included
 * @param bytesAcknowledged data that the peer has acknowledged
 * @param bytesReceived data received in order
 * @param bytesRetransmitted data sent again
 * @param segmentsOut segments sent
 * @param segmentsIn segments received
 * @param duplicateSacks reports of segments received twice
 * @param notSent bytes in the send queue that were not sent yet
 * @param receiveSpace bytes of the receive buffer
 * @param sendSpace bytes of the send buffer
 * @param sendWindow bytes that the peer allows
 * @param receiveWindow bytes allowed to the peer
 */
public record TcpInfo(
    TcpState state,
    boolean timestamps,
    boolean sack,
    int sendScale,
    int receiveScale,
    int congestionState,
    int backoff,
    long retransmissionTimeoutNanos,
    long smoothedRttNanos,
    long rttVariationNanos,
    long minimumRttNanos,
    long receiverRttNanos,
    int sendMss,
    int receiveMss,
    int pathMtu,
    long congestionWindow,
    long slowStartThreshold,
    int unacknowledged,
    int sacked,
    int lost,
    int retransmitted,
    long totalRetransmissions,
    boolean reordering,
    long bytesSent,
    long bytesAcknowledged,
    long bytesReceived,
    long bytesRetransmitted,
    long segmentsOut,
    long segmentsIn,
    long duplicateSacks,
    int notSent,
    int receiveSpace,
    int sendSpace,
    long sendWindow,
    long receiveWindow) {}
