package io.rookery.tcpip.nat;

import io.rookery.tcpip.address.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Something that a policy forbade.
 *
 * @param what "tcp", "udp", "icmp" or "dns"
 * @param from who tried
 * @param to where to; null for names
 * @param name the name that was asked for, or by which the address was found; null if there is none
 * @param reason for people
 */
public record Refusal(
    String what, Endpoint from, @Nullable Endpoint to, @Nullable String name, String reason) {}
