package io.rookery.tcpip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.link.Faults;
import io.rookery.tcpip.link.Offload;
import io.rookery.tcpip.wire.IpPacket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a tap sees of a stack's interfaces. */
class LinkTapTest {
  private static final int EXPERIMENT = 0x88b5; // IEEE Std 802: local experimental EtherType

  private static final class Recorder implements LinkTap {
    final List<String> seen = new ArrayList<>();
    int ready;

    @Override
    public boolean packet(
        IpInterface on, boolean outgoing, int protocol, byte[] bytes, int at, int length) {
      assertEquals(protocol, (bytes[at - 2] & 0xff) << 8 | bytes[at - 1] & 0xff);
      assertEquals(0, bytes[at - LINK_HEADER]);
      seen.add((outgoing ? "> " : "< ") + on.name() + " " + text(protocol, bytes, at, length));
      return true;
    }

    private static String text(int protocol, byte[] bytes, int at, int length) {
      if (protocol == EXPERIMENT) {
        return "experiment " + length;
      }
      IpPacket packet = new IpPacket();
      byte[] copy = Arrays.copyOfRange(bytes, at, at + length);
      assertEquals(IpPacket.Verdict.OK, packet.parse(copy, 0, length, true));
      return packet.source() + " " + packet.protocol() + " " + length;
    }

    @Override
    public void ready() {
      ready++;
    }
  }

  @Test
  void packetsAreSeenBothWaysWithTheirChecksums() throws Exception {
    try (Lab lab = new Lab(1, 1500, Faults.NONE, Faults.NONE, Offload.CHECKSUM)) {
      Recorder tap = new Recorder();
      lab.a.tap(tap);
      PingSocket ping = lab.a.ping(false);
      ping.send(ByteBuffer.wrap(new byte[] {8, 0, 0, 0, 0, 0, 0, 1}), Endpoint.of("10.0.0.2", 0));
      UdpSocket udp = lab.a.udp(true);
      udp.bind(Endpoint.of("::", 4000));
      udp.send(ByteBuffer.allocate(3), Endpoint.of("::1", 4000));
      assertEquals(
          List.of(
              "> eth0 10.0.0.1 1 28", "< eth0 10.0.0.2 1 28", "> lo ::1 17 51", "< lo ::1 17 51"),
          tap.seen);
      assertTrue(tap.ready >= 2);
      lab.a.untap(tap);
      udp.send(ByteBuffer.allocate(3), Endpoint.of("::1", 4000));
      assertEquals(4, tap.seen.size());
      lab.assertHealthy();
    }
  }

  @Test
  void whatIsSentPastTheStack() throws Exception {
    try (Lab lab = Lab.clean(1500)) {
      Recorder tap = new Recorder();
      lab.a.tap(tap);
      IpInterface lo = lab.a.loopback();
      lo.send(EXPERIMENT, ByteBuffer.allocate(5), tap);
      lo.send(EXPERIMENT, ByteBuffer.allocate(6), null);
      IpInterface eth = lab.a.interfaces().get(1);
      eth.send(EXPERIMENT, ByteBuffer.allocate(7), null);
      assertEquals(
          List.of(
              "< lo experiment 5", "> lo experiment 6", "< lo experiment 6", "> eth0 experiment 7"),
          tap.seen);
      TcpSocketTest.assertError(
          NetError.MESSAGE_TOO_LONG, () -> eth.send(EXPERIMENT, ByteBuffer.allocate(1501), null));
      eth.setUp(false);
      TcpSocketTest.assertError(
          NetError.NETWORK_DOWN, () -> eth.send(EXPERIMENT, ByteBuffer.allocate(1), null));
      lab.assertHealthy();
    }
  }
}
