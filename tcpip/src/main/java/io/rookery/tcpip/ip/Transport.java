package io.rookery.tcpip.ip;

import io.rookery.tcpip.wire.IpPacket;

/** What lies above IP for one protocol; called within the stack's lock. */
public interface Transport {

  /** Takes a whole packet, valid until this returns. */
  void receive(IpPacket packet, Arrival arrival);

  /** Hears that a packet of this protocol, or one that pretends to be, met an error on its way. */
  void error(IcmpError error);
}
