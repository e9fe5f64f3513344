package io.rookery.tcpip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.link.Faults;
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
