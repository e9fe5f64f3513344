package io.rookery.linux.abi;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.CpuTimes;
import io.rookery.linux.kernel.UserMemory;

/** struct timespec, timeval, itimerval, itimerspec and rusage of x86-64, as nanoseconds. */
public final class TimeStructs {
  public static final long NANOS = 1_000_000_000L;

  private static final long MICROS = 1_000_000L;

  private TimeStructs() {}

  /** Reads a timespec; EINVAL for negative times, far ones become {@link Long#MAX_VALUE}. */
  public static long readTimespec(UserMemory m, long address) {
    return nanos(m.getLong(address), m.getLong(address + 8), NANOS);
  }

  /** Reads a timeval; EINVAL for negative times, far ones become {@link Long#MAX_VALUE}. */
  public static long readTimeval(UserMemory m, long address) {
    return nanos(m.getLong(address), m.getLong(address + 8), MICROS);
  }

  private static long nanos(long seconds, long fraction, long perSecond) {
    if (seconds < 0 || fraction < 0 || fraction >= perSecond) {
      throw Errno.EINVAL.exception();
    }
    if (seconds >= Long.MAX_VALUE / NANOS) {
      return Long.MAX_VALUE;
    }
    return seconds * NANOS + fraction * (NANOS / perSecond);
  }

  public static void writeTimespec(UserMemory m, long address, long nanos) {
    m.putLong(address, Math.floorDiv(nanos, NANOS));
    m.putLong(address + 8, Math.floorMod(nanos, NANOS));
  }

  public static void writeTimeval(UserMemory m, long address, long nanos) {
    m.putLong(address, Math.floorDiv(nanos, NANOS));
    m.putLong(address + 8, Math.floorMod(nanos, NANOS) / 1000);
  }

  /** a + b, at most {@link Long#MAX_VALUE}. */
  public static long saturatedAdd(long a, long b) {
    long sum = a + b;
    return ((a ^ sum) & (b ^ sum)) < 0 ? Long.MAX_VALUE : sum;
  }

  /** Bytes of struct rusage. */
  public static final int RUSAGE = 144;

  /** Writes a struct rusage; {@code maxRss} in KiB. */
  public static void writeRusage(UserMemory m, long address, CpuTimes times, long maxRss) {
    byte[] b = new byte[RUSAGE];
    Bytes.putLong(b, 0, times.user() / NANOS);
    Bytes.putLong(b, 8, times.user() % NANOS / 1000);
    Bytes.putLong(b, 16, times.system() / NANOS);
    Bytes.putLong(b, 24, times.system() % NANOS / 1000);
    Bytes.putLong(b, 32, maxRss);
    m.write(address, b);
  }
}
