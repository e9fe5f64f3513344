package io.rookery.tcpip.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * The stack and the Linux kernel over every kind of bad link, beside two kernels over the same one:
 * streams arrive byte for byte, without silences that backoff does not explain, and about as fast.
 * Writes medians to target/kernel-grid-5.tsv and, where those were low over more seeds, to
 * target/kernel-grid.tsv.
 */
class KernelGridTest {
  private static final int SEEDS = Integer.getInteger("rookery.grid.seeds", 5);

  /** Where single losses decide, medians of five differ by a factor: those below get more. */
  private static final int SEEDS_IF_SLOW = 5 * SEEDS;

  private static final int AT_ONCE = 6;
  private static final int TRIES = 6;
  private static final double GOAL = 0.75;
  private static final long PAUSE = 150_000_000;

  /** Raised whenever this process did not run for a while: what was measured then says nothing. */
  private static final AtomicInteger PAUSES = new AtomicInteger();

  /** One transfer's circumstances, of which the seed is no part. */
  record Row(Link link, boolean fromKernel, boolean ours) implements Comparable<Row> {
    @Override
    public int compareTo(Row other) {
      return toString().compareTo(other.toString());
    }
  }

  /** A link, both ways: loss, one-way delay in ms, whether packets overtake others, MTU. */
  record Link(double loss, int delay, boolean reorder, int mtu) {}

  private final Map<Row, List<Double>> rates = new ConcurrentSkipListMap<>();
  private final List<String> unexplained = new CopyOnWriteArrayList<>();

  private static List<Link> links() {
    List<Link> links = new ArrayList<>();
    for (double loss : new double[] {0, 0.01, 0.05}) {
      for (int delay : new int[] {0, 25, 100}) {
        for (boolean reorder : new boolean[] {false, true}) {
          for (int mtu : new int[] {576, 1500, 9000}) {
            links.add(new Link(loss, delay, reorder, mtu));
          }
        }
      }
    }
    return links;
  }

  @Test
  void asFastAsLinuxToLinux() throws Exception {
    assumeTrue(Boolean.getBoolean("rookery.full"), "for -Pfull");
    String missing = Tun.missing();
    assumeTrue(missing == null, () -> "No TUN device: " + missing);
    Thread.ofPlatform().daemon().start(KernelGridTest::watchForPauses);
    run(links(), 0, SEEDS);
    Set<Link> slow = report(Path.of("target", "kernel-grid-" + SEEDS + ".tsv"));
    run(slow, SEEDS, SEEDS_IF_SLOW);
    slow = report(Path.of("target", "kernel-grid.tsv"));
    assertEquals(List.of(), unexplained, "silences");
    assertEquals(Set.of(), slow, "slower than " + GOAL);
  }

  /** Without delays the processor is the limit: one at a time. */
  private void run(Collection<Link> links, int firstSeed, int endSeed) throws Exception {
    run(links.stream().filter(link -> link.delay > 0).toList(), firstSeed, endSeed, AT_ONCE);
    run(links.stream().filter(link -> link.delay == 0).toList(), firstSeed, endSeed, 1);
  }

  private static void watchForPauses() {
    for (long last = System.nanoTime(); ; last = System.nanoTime()) {
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        return;
      }
      if (System.nanoTime() - last > PAUSE) {
        PAUSES.incrementAndGet();
      }
    }
  }

  private void run(List<Link> links, int firstSeed, int endSeed, int atOnce) throws Exception {
    List<Runnable> work = new ArrayList<>();
    for (Link link : links) {
      for (int seed = firstSeed; seed < endSeed; seed++) {
        int s = seed;
        work.add(() -> both(link, s));
      }
    }
    Collections.shuffle(work, new Random(1));
    try (ExecutorService threads = Executors.newFixedThreadPool(atOnce)) {
      List<Future<?>> all = new ArrayList<>();
      work.forEach(task -> all.add(threads.submit(task)));
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  private void both(Link link, int seed) {
    for (boolean ours : new boolean[] {true, false}) {
      for (boolean fromKernel : new boolean[] {true, false}) {
        Row row = new Row(link, fromKernel, ours);
        double rate = rate(row, seed);
        rates.computeIfAbsent(row, _ -> new CopyOnWriteArrayList<>()).add(rate);
      }
    }
  }

  /** Bytes a second. */
  private double rate(Row row, int seed) {
    for (int i = 1; ; i++) {
      int before = PAUSES.get();
      try (KernelTransfer transfer = new KernelTransfer(row.link, row.ours, seed)) {
        double rate = transfer.run(row.fromKernel);
        boolean paused = PAUSES.get() != before;
        if (paused && i < TRIES) {
          continue;
        }
        if (row.ours && transfer.activity().unexplained() && !paused) {
          unexplained.add(row + " seed " + seed + ": " + transfer.activity().longest());
        }
        return rate;
      } catch (Exception e) {
        throw new AssertionError(row + " seed " + seed, e);
      }
    }
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  /** Writes all medians; the links that are too slow in one direction or both. */
  private Set<Link> report(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    Set<Link> slow = new LinkedHashSet<>();
    lines.add("loss\tms\treorder\tmtu\tfrom\tseeds\tours KB/s\tLinux KB/s\tratio");
    for (Link link : links()) {
      for (boolean fromKernel : new boolean[] {true, false}) {
        List<Double> all = rates.get(new Row(link, fromKernel, true));
        double ours = median(all);
        double linux = median(rates.get(new Row(link, fromKernel, false)));
        lines.add(
            String.format(
                Locale.ROOT,
                "%.2f\t%d\t%b\t%d\t%s\t%d\t%.1f\t%.1f\t%.2f",
                link.loss,
                2 * link.delay,
                link.reorder,
                link.mtu,
                fromKernel ? "kernel" : "stack",
                all.size(),
                ours / 1e3,
                linux / 1e3,
                ours / linux));
        if (ours < GOAL * linux) {
          slow.add(link);
        }
      }
    }
    Files.write(file, lines);
    return slow;
  }
}
