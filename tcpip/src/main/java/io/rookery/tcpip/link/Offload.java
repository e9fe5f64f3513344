package io.rookery.tcpip.link;

/** Work that a {@link PacketSink} takes off the stack, in both directions. */
public enum Offload {
  /**
   * The link is memory: TCP, UDP and ICMP checksums of packets sent into it may be left unfinished
   * (the field's content then means nothing), and those of arriving packets need not be checked.
   */
  CHECKSUM,

  /**
   * TCP packets of up to 65,535 bytes may be sent and may arrive although {@link PacketSink#mtu()}
   * is smaller; the link passes them whole, or cuts them into segments that fit its MTU.
   */
  SEGMENTATION
}
