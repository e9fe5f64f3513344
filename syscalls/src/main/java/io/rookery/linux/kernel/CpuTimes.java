package io.rookery.linux.kernel;

/** Processor time in nanoseconds. All of it counts as user time. */
public record CpuTimes(long user, long system) {
  /** None. */
  public static final CpuTimes ZERO = new CpuTimes(0, 0);

  /** Nanoseconds in a clock tick of times(2): 1/100 s. */
  public static final long TICK = 10_000_000;

  CpuTimes plus(CpuTimes other) {
    return new CpuTimes(user + other.user, system + other.system);
  }

  public long total() {
    return user + system;
  }
}
