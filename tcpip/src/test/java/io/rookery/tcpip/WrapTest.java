package io.rookery.tcpip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.link.FaultInjector;
import io.rookery.tcpip.link.Faults;
import io.rookery.tcpip.link.LinkPair;
import io.rookery.tcpip.link.PacketSink;
import io.rookery.tcpip.link.PcapFile;
import io.rookery.tcpip.link.PcapTracer;
import io.rookery.tcpip.wire.Tcp;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Sequence numbers pass 2^32, in the middle of a lossy transfer. */
class WrapTest {

  /** Initial numbers advance by one in 4 microseconds: a first run tells when they are right. */
  @Test
  void sequenceNumbersWrap() throws Exception {
    int isn = run(0);
    long wait = (-200_000 - isn & 0xffff_ffffL) * 4000;
    assertEquals(-200_000, run(wait), 2);
  }

  private static int run(long wait) throws Exception {
    VirtualTime time = new VirtualTime();
    time.run(wait);
    SplittableRandom random = new SplittableRandom(5);
    LinkPair pair = LinkPair.of(1500);
    Faults faults = Faults.NONE.withLoss(0.03).withDelay(Duration.ofMillis(3));
    ByteArrayOutputStream trace = new ByteArrayOutputStream();
    PacketSink link =
        new PcapTracer(
            new FaultInjector(pair.first(), time, random.split(), faults, faults),
            new PcapFile(trace, () -> Instant.EPOCH.plusNanos(time.nanoTime())),
            "eth0");
    try (IpStack a = IpStack.builder().scheduler(time).random(random.split()).build();
        IpStack b = IpStack.builder().scheduler(time).random(random.split()).build()) {
      a.addInterface("eth0", link, IpPrefix.parse("10.0.0.1/24"));
      b.addInterface("eth0", pair.second(), IpPrefix.parse("10.0.0.2/24"));
      TcpSocket listener = b.tcp(false);
      listener.bind(Endpoint.of("0.0.0.0", 80));
      listener.listen(1);
      TcpSocket client = a.tcp(false);
      client.bind(Endpoint.of("10.0.0.1", 1111));
      client.connect(Endpoint.of("10.0.0.2", 80));
      assertTrue(
          time.runUntil(() -> (listener.readiness() & Readiness.READABLE) != 0, 100 * Lab.SECOND));
      Duplex duplex = new Duplex(client, listener.accept(), 500_000, 500_000, 1);
      assertTrue(time.runUntil(duplex::done, 100 * Lab.SECOND), () -> client.info().toString());
      assertEquals(0, a.count(Counter.INTERNAL_ERRORS) + b.count(Counter.INTERNAL_ERRORS));
    }
    // The first packet of the trace is the SYN: headers of 28 + 40 + 28 bytes, then IPv4's.
    ByteBuffer bytes = ByteBuffer.wrap(trace.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(6, bytes.getInt(68));
    return Tcp.sequence(bytes.array(), 68 + 28 + 20);
  }
}
