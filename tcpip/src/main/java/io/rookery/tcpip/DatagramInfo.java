package io.rookery.tcpip;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;

/**
 * What is known of a received datagram besides its data.
 *
 * @param source who sent it
 * @param destination the address it was sent to
 * @param interfaceIndex the interface it came by
 * @param hopLimit its TTL or hop limit
 * @param trafficClass its TOS byte or traffic class
 * @param length bytes of data that it had; more than the buffer took if it was cut
 * @param arrivalNanos when it came, on the scheduler's clock
 */
public record DatagramInfo(
    Endpoint source,
    IpAddress destination,
    int interfaceIndex,
    int hopLimit,
    int trafficClass,
    int length,
    long arrivalNanos) {}
