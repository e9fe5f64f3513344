package io.rookery.tcpip.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.UdpSocket;
import io.rookery.tcpip.VirtualTime;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.wire.Checksum;
import io.rookery.tcpip.wire.IpPacket;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LinkTest {
  private static final int COUNT = 20_000;

  private static int value(ByteBuffer packet) {
    return packet.getInt(packet.position());
  }

  private static ByteBuffer packet(int value) {
    return ByteBuffer.allocate(100).putInt(0, value);
  }

  private record Result(List<Integer> order, List<Long> times, int damaged) {}

  private static Result through(Faults faults) {
    VirtualTime time = new VirtualTime();
    LinkPair pair = LinkPair.of(1500);
    FaultInjector link =
        new FaultInjector(pair.first(), time, new SplittableRandom(1), faults, Faults.NONE);
    List<Integer> order = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    int[] damaged = {0};
    pair.second()
        .attach(
            packets ->
                packets.forEach(
                    p -> {
                      order.add(value(p));
                      times.add(time.nanoTime());
                      int bits = 0;
                      for (int i = 4; i < p.remaining(); i++) {
                        bits += Integer.bitCount(p.get(p.position() + i) & 0xff);
                      }
                      damaged[0] += bits;
                    }));
    long start = time.nanoTime();
    for (int i = 0; i < COUNT; i++) {
      link.send(List.of(packet(i)));
      time.run(1000);
    }
    time.run(10_000_000_000L);
    times.replaceAll(t -> t - start);
    return new Result(order, times, damaged[0]);
  }

  @Test
  void losesAndRepeats() {
    assertEquals(COUNT * 0.9, through(Faults.NONE.withLoss(0.1)).order.size(), COUNT * 0.01);
    assertEquals(COUNT * 1.2, through(Faults.NONE.withDuplicate(0.2)).order.size(), COUNT * 0.01);
  }

  @Test
  void damagesOneBit() {
    Result result = through(Faults.NONE.withCorrupt(0.5));
    assertEquals(COUNT, result.order.size());
    assertEquals(COUNT * 0.5 * 0.96, result.damaged, COUNT * 0.02); // 4 of 100 bytes not counted
  }

  @Test
  void delaysAndReorders() {
    Result delayed = through(Faults.NONE.withDelay(Duration.ofMillis(7)));
    for (int i = 0; i < COUNT; i++) {
      assertEquals(i, delayed.order.get(i));
      assertEquals(7_000_000 + i * 1000L, delayed.times.get(i));
    }
    Result reordered = through(Faults.NONE.withReorder(0.1, Duration.ofNanos(100_000)));
    int late = 0;
    for (int i = 1; i < COUNT; i++) {
      late += reordered.order.get(i) < reordered.order.get(i - 1) ? 1 : 0;
    }
    assertTrue(late > COUNT / 20 && late < COUNT / 8, late + " late");
  }

  @Test
  void keepsARateWithAQueue() {
    // 100-byte packets, one in a microsecond, are 800 Mbit/s; the link takes half, its queue ten.
    Result result = through(Faults.NONE.withRate(400_000_000, 1000));
    assertEquals(COUNT / 2.0, result.order.size(), 20);
    double gap = result.times.get(1001) - result.times.get(1000);
    assertEquals(2000, gap, 1001);
  }

  @Test
  void refusesWhatIsTooLong() {
    LinkPair pair = LinkPair.of(1000);
    assertThrows(
        IllegalArgumentException.class,
        () -> pair.first().send(List.of(ByteBuffer.allocate(1001))));
    assertThrows(
        IllegalArgumentException.class, () -> pair.first().send(List.of(ByteBuffer.allocate(0))));
    pair.first().attach(_ -> {});
    assertThrows(IllegalStateException.class, () -> pair.first().attach(_ -> {}));
    LinkPair big = LinkPair.of(1000, Offload.SEGMENTATION);
    big.first().send(List.of(ByteBuffer.allocate(65_535)));
  }

  /**
   * A delivery that is under way takes what others send meanwhile, in order, one call at a time.
   */
  @Test
  void deliveriesDoNotNest() {
    LinkPair pair = LinkPair.of(1500);
    List<Integer> order = new ArrayList<>();
    boolean[] within = {false};
    pair.second()
        .attach(
            packets -> {
              assertTrue(!within[0]);
              within[0] = true;
              for (ByteBuffer p : packets) {
                order.add(value(p));
                if (value(p) < 5) {
                  pair.first().send(List.of(packet(value(p) + 1)));
                }
              }
              within[0] = false;
            });
    pair.first().send(List.of(packet(0), packet(100)));
    assertEquals(List.of(0, 100, 1, 2, 3, 4, 5), order);
  }

  /** Blocks, padding, times, directions, and checksums that the link left out. */
  @Test
  void traceIsComplete() throws Exception {
    VirtualTime time = new VirtualTime();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Instant now = Instant.ofEpochSecond(1_700_000_000, 123_456_789);
    PcapTracer tracer = new PcapTracer(new LoopbackLink(), new PcapFile(out, () -> now), "lo");
    try (IpStack stack = IpStack.builder().scheduler(time).loopback(tracer).build()) {
      UdpSocket udp = stack.udp(false);
      udp.send(ByteBuffer.wrap(new byte[] {1, 2, 3}), Endpoint.of("127.0.0.1", 9));
    }
    ByteBuffer trace = ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    int packets = 0;
    IpPacket parsed = new IpPacket();
    while (trace.hasRemaining()) {
      int start = trace.position();
      int type = trace.getInt();
      int length = trace.getInt();
      assertEquals(0, length % 4);
      assertEquals(length, trace.getInt(start + length - 4));
      if (type == 6) {
        long stamp =
            (long) trace.getInt(start + 12) << 32 | trace.getInt(start + 16) & 0xffff_ffffL;
        assertEquals(1_700_000_000_123_456_789L, stamp);
        int size = trace.getInt(start + 20);
        assertEquals(IpPacket.Verdict.OK, parsed.parse(trace.array(), start + 28, size, true));
        long sum = Checksum.sum(trace.array(), parsed.payload(), parsed.payloadLength());
        if (parsed.protocol() == 17) {
          sum +=
              Checksum.pseudoHeader(
                  parsed.source(), parsed.destination(), 17, parsed.payloadLength());
        }
        assertTrue(Checksum.isValid(sum));
        packets++;
      }
      trace.position(start + length);
    }
    assertEquals(4, packets); // the datagram and the ICMP error, each out and in
  }
}
