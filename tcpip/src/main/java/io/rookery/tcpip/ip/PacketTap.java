package io.rookery.tcpip.ip;

import io.rookery.tcpip.wire.IpPacket;

/** Hears of every whole packet for this host before its transport does; called within the lock. */
public interface PacketTap {

  /** Takes note of a packet, valid until this returns; whether somebody wanted it. */
  boolean offer(IpPacket packet, Arrival arrival);
}
