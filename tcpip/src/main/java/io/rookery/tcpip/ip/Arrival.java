package io.rookery.tcpip.ip;

/**
 * How a packet came.
 *
 * @param in the interface
 * @param toGroup whether it was sent to a multicast group or broadcast address
 * @param checksumTrusted whether its checksum need not be looked at
 */
public record Arrival(LinkInterface in, boolean toGroup, boolean checksumTrusted) {}
