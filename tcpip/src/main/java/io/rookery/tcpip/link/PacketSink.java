package io.rookery.tcpip.link;

/** placeholder */
public interface PacketSink {}
