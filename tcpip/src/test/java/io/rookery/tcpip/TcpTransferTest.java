package io.rookery.tcpip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.link.Faults;
import io.rookery.tcpip.link.Offload;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TcpTransferTest {
  @Test
  void cleanLink() throws Exception {
    try (Lab lab = Lab.clean(1500)) {
      TcpSocket[] pair = lab.connect(false);
      Transfer up = new Transfer(pair[0], pair[1], 3_000_000, 10_000, 1).start();
      assertTrue(
          lab.time.runUntil(up::done, 60 * Lab.SECOND),
          () -> pair[0].info() + "\n" + pair[1].info() + up.received());
      lab.assertHealthy();
      assertEquals(0, pair[0].info().totalRetransmissions());
    }
  }

  /** Nagle's algorithm counts the end of a large segment that a link will cut. */
  @Test
  void oneSmallSegmentIsUnderWay() throws Exception {
    Faults slow = Faults.NONE.withDelay(Duration.ofMillis(20));
    try (Lab lab = new Lab(1, 1500, slow, slow, Offload.SEGMENTATION)) {
      TcpSocket[] pair = lab.connect(false);
      pair[0].write(ByteBuffer.allocate(2000), false);
      assertEquals(0, pair[0].info().notSent());
      pair[0].write(ByteBuffer.allocate(10), false);
      assertEquals(10, pair[0].info().notSent());
      lab.time.run(Lab.SECOND);
      assertEquals(0, pair[0].info().notSent());
    }
  }

  @Test
  void delayAndLoss() throws Exception {
    Faults faults = Faults.NONE.withLoss(0.02).withDelay(Duration.ofMillis(20));
    try (Lab lab = new Lab(3, 1500, faults, faults)) {
      TcpSocket[] pair = lab.connect(true);
      Transfer up = new Transfer(pair[0], pair[1], 2_000_000, 10_000, 1).start();
      assertTrue(
          lab.time.runUntil(up::done, 600 * Lab.SECOND),
          () -> pair[0].info() + "\n" + pair[1].info() + " " + up.received());
      lab.assertHealthy();
    }
  }

  /** The receive buffer grows with what arrives in a round trip, however small the segments are. */
  @ParameterizedTest
  @ValueSource(ints = {576, 1500, 9000})
  void windowGrowsOverLongLinks(int mtu) throws Exception {
    Faults faults = Faults.NONE.withDelay(Duration.ofMillis(50));
    try (Lab lab = new Lab(3, mtu, faults, faults)) {
      TcpSocket[] pair = lab.connect(false);
      Transfer up = new Transfer(pair[0], pair[1], 20_000_000, 100_000, 1).start();
      // With the window there is at the start it would take 15 s.
      assertTrue(
          lab.time.runUntil(up::done, 5 * Lab.SECOND),
          () -> pair[0].info() + "\n" + pair[1].info() + " " + up.received());
      lab.assertHealthy();
    }
  }
}
