package io.rookery.tcpip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.link.Faults;
import io.rookery.tcpip.link.Offload;
import java.time.Duration;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Whatever a link does to packets, a stream arrives exactly. */
class ChaosTest {

  @Property(tries = 60, seed = "7", shrinking = ShrinkingMode.OFF)
  void exact(@ForAll long seed) throws Exception {
    run(seed);
  }

  @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
  void exactForLong(@ForAll long seed) throws Exception {
    if (Boolean.getBoolean("rookery.full")) {
      run(seed);
    }
  }

  private static Faults faults(SplittableRandom random) {
    Faults faults =
        Faults.NONE
            .withDelay(Duration.ofNanos(random.nextLong(100 * Lab.MS)))
            .withLoss(random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.2)
            .withDuplicate(random.nextDouble() * 0.1)
            .withCorrupt(random.nextInt(2) == 0 ? 0 : random.nextDouble() * 0.05)
            .withReorder(
                random.nextDouble() * 0.3, Duration.ofNanos(random.nextLong(100 * Lab.MS)));
    return random.nextInt(3) == 0
        ? faults.withRate(1_000_000 + random.nextInt(100_000_000), 20_000 + random.nextInt(500_000))
        : faults;
  }

  private static void run(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    boolean v6 = random.nextBoolean();
    int mtu = v6 ? 1280 + random.nextInt(8000) : 100 + random.nextInt(9000);
    Offload[] offloads =
        random.nextInt(3) == 0 ? new Offload[] {Offload.SEGMENTATION} : new Offload[0];
    try (Lab lab = new Lab(seed, mtu, faults(random), faults(random), offloads)) {
      TcpSocket listener = lab.b.tcp(v6);
      listener.bind(Endpoint.of(v6 ? "::" : "0.0.0.0", 80));
      listener.listen(1);
      TcpSocket client = lab.a.tcp(v6);
      if (random.nextBoolean()) {
        client.option(Options.NO_DELAY, true);
      }
      if (random.nextInt(4) == 0) {
        client.option(Options.CONGESTION, "reno");
        client.option(Options.SEND_BUFFER, 5000 + random.nextInt(100_000));
        listener.option(Options.RECEIVE_BUFFER, 3000 + random.nextInt(100_000));
      }
      client.connect(Endpoint.of(v6 ? "fd00::2" : "10.0.0.2", 80));
      lab.time.runUntil(
          () ->
              (listener.readiness() & Readiness.READABLE) != 0 || client.state() == TcpState.CLOSED,
          400 * Lab.SECOND);
      TcpSocket server = listener.accept();
      if (server == null) {
        return; // the handshake failed
      }
      Duplex duplex =
          new Duplex(client, server, random.nextInt(200_000), random.nextInt(100_000), seed);
      boolean ended =
          lab.time.runUntil(() -> duplex.done() || duplex.failed(), 20_000 * Lab.SECOND);
      assertTrue(ended, () -> "stuck: " + client.info() + "\n" + server.info());
      assertFalse(duplex.failed());
      lab.assertHealthy();
      client.close();
      server.close();
      listener.close();
      lab.time.run(2000 * Lab.SECOND);
      assertEquals(0, lab.a.sockets().size() + lab.b.sockets().size());
      assertEquals(0, ((io.rookery.tcpip.stack.Stack) lab.a).memoryInUse());
      assertEquals(0, ((io.rookery.tcpip.stack.Stack) lab.b).memoryInUse());
    }
  }
}
