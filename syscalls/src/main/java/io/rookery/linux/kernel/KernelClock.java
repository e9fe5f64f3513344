package io.rookery.linux.kernel;

import java.time.Instant;

/** Where a kernel's time comes from; thread-safe. */
public interface KernelClock {
  /** CLOCK_REALTIME: nanoseconds since 1970-01-01T00:00Z. */
  long realtimeNanos();

  /** CLOCK_MONOTONIC: nanoseconds since the kernel was booted, never negative or falling. */
  long monotonicNanos();

  /** The host's clocks, with CLOCK_MONOTONIC starting near zero now. */
  static KernelClock system() {
    long origin = System.nanoTime() - 1_000_000_000L;
    return new KernelClock() {
      @Override
      public long realtimeNanos() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
      }

      @Override
      public long monotonicNanos() {
        return System.nanoTime() - origin;
      }
    };
  }
}
