package io.rookery.tcpip.wire;

/** Fills in what a link with {@link io.rookery.tcpip.link.Offload#CHECKSUM} leaves unfinished. */
public final class ChecksumCompletion {
  private ChecksumCompletion() {}

  /** Completes the checksum of a whole TCP, UDP or ICMP packet; leaves all others alone. */
  public static void complete(byte[] b, int at, int length) {
    IpPacket parsed = new IpPacket();
    if (parsed.parse(b, at, length, false) != IpPacket.Verdict.OK || parsed.fragment()) {
      return;
    }
    int field =
        switch (parsed.protocol()) {
          case Protocol.TCP -> Tcp.CHECKSUM;
          case Protocol.UDP -> Udp.CHECKSUM;
          case Protocol.ICMP, Protocol.ICMPV6 -> Icmp.CHECKSUM;
          default -> -1;
        };
    int size = parsed.payloadLength();
    if (field < 0 || size < field + 2) {
      return;
    }
    Bytes.put16(b, parsed.payload() + field, 0);
    long sum = Checksum.sum(b, parsed.payload(), size);
    if (parsed.protocol() != Protocol.ICMP) {
      sum += Checksum.pseudoHeader(parsed.source(), parsed.destination(), parsed.protocol(), size);
    }
    int value = Checksum.finish(sum);
    boolean udp = parsed.protocol() == Protocol.UDP;
    Bytes.put16(b, parsed.payload() + field, udp && value == 0 ? 0xffff : value);
  }
}
