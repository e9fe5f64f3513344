package io.rookery.examples;

import java.time.Duration;
import java.util.Locale;

/** Wall clock time and CPU time of this process since it was made. */
final class Stopwatch {
  private final long start = System.nanoTime();
  private final Duration cpu = cpuTime();

  /** As {@code wall 0.512 s, cpu 0.498 s}; CPU time comes in the host's clock ticks. */
  String elapsed() {
    double seconds = (System.nanoTime() - start) / 1e9;
    double busy = cpuTime().minus(cpu).toNanos() / 1e9;
    return String.format(Locale.ROOT, "wall %.3f s, cpu %.3f s", seconds, busy);
  }

  private static Duration cpuTime() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }
}
