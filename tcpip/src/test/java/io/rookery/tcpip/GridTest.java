package io.rookery.tcpip;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.link.Faults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams in both directions at once over every kind of bad link arrive byte for byte. */
class GridTest {
  record Cell(double loss, int delayMillis, double reorder, int mtu, boolean v6, long seed) {}

  static Stream<Cell> cells() {
    List<Cell> cells = new ArrayList<>();
    long seed = 1;
    int seeds = Boolean.getBoolean("rookery.full") ? 5 : 1;
    for (double loss : new double[] {0, 0.01, 0.05}) {
      for (int delay : new int[] {0, 25, 100}) {
        for (double reorder : new double[] {0, 0.1}) {
          for (int mtu : new int[] {576, 1500, 9000}) {
            for (int i = 0; i < seeds; i++) {
              seed++;
              boolean v6 = mtu >= 1280 && seed % 2 == 0;
              cells.add(new Cell(loss, delay, reorder, mtu, v6, seed));
            }
          }
        }
      }
    }
    return cells.stream();
  }

  @ParameterizedTest
  @MethodSource("cells")
  void bothWays(Cell cell) throws Exception {
    Faults faults =
        Faults.NONE
            .withLoss(cell.loss)
            .withDelay(Duration.ofMillis(cell.delayMillis))
            .withDuplicate(cell.loss / 2)
            .withReorder(cell.reorder, Duration.ofMillis(1 + cell.delayMillis / 4));
    try (Lab lab = new Lab(cell.seed, cell.mtu, faults, faults)) {
      TcpSocket[] pair = lab.connect(cell.v6);
      Duplex duplex = new Duplex(pair[0], pair[1], 1_000_000, 700_000, cell.seed);
      boolean done = lab.time.runUntil(duplex::done, 600 * Lab.SECOND);
      assertTrue(done, () -> cell + " " + pair[0].info() + "\n" + pair[1].info());
      assertFalse(duplex.failed());
      lab.assertHealthy();
    }
  }
}
