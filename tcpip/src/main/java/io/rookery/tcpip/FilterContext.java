package io.rookery.tcpip;

/**
 * What a filter may ask about a message besides its bytes (SKF_NET_OFF, SKF_LL_OFF and SKF_AD_… of
 * linux/filter.h).
 *
 * @param linkHeader index of the link-layer header in the array; of the network header if there is
 *     none
 * @param networkHeader index of the network header
 * @param end index behind the last byte of the packet
 * @param protocol EtherType
 * @param packetType PACKET_HOST (0) or PACKET_OUTGOING (4), as packet(7) has them
 * @param interfaceIndex the interface that it passes
 * @param hardwareType ARPHRD_ number of the interface
 */
public record FilterContext(
    int linkHeader,
    int networkHeader,
    int end,
    int protocol,
    int packetType,
    int interfaceIndex,
    int hardwareType) {}
