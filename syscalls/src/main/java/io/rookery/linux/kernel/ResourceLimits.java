package io.rookery.linux.kernel;

import java.util.Arrays;

/** The soft and hard limits of a process (getrlimit(2)). Thread-safe. */
@SuppressWarnings("EnumOrdinal") // the order of resources is the kernel's
public final class ResourceLimits {
  /** RLIM_INFINITY. */
  public static final long INFINITY = -1L;

  private static final int COUNT = Resource.values().length;

  private final long[] soft;
  private final long[] hard;

  private ResourceLimits(long[] soft, long[] hard) {
    this.soft = soft;
    this.hard = hard;
  }

  /** The limits that a process of the host starts with. */
  static ResourceLimits defaults(int maxTasks, int maxFiles) {
    long[] soft = new long[COUNT];
    Arrays.fill(soft, INFINITY);
    long[] hard = soft.clone();
    soft[Resource.STACK.ordinal()] = 8L << 20;
    soft[Resource.CORE.ordinal()] = 0;
    set(soft, hard, Resource.NPROC, maxTasks, maxTasks);
    set(soft, hard, Resource.NOFILE, Math.min(1024, maxFiles), maxFiles);
    set(soft, hard, Resource.MEMLOCK, 8L << 20, 8L << 20);
    set(soft, hard, Resource.SIGPENDING, 4096, 4096);
    set(soft, hard, Resource.MSGQUEUE, 819_200, 819_200);
    set(soft, hard, Resource.NICE, 0, 0);
    set(soft, hard, Resource.RTPRIO, 0, 0);
    return new ResourceLimits(soft, hard);
  }

  private static void set(long[] soft, long[] hard, Resource r, long s, long h) {
    soft[r.ordinal()] = s;
    hard[r.ordinal()] = h;
  }

  /** As they are now. */
  public synchronized ResourceLimits copy() {
    return new ResourceLimits(soft.clone(), hard.clone());
  }

  /** The soft limit; {@link #INFINITY} is none. */
  public synchronized long soft(Resource r) {
    return soft[r.ordinal()];
  }

  public synchronized long hard(Resource r) {
    return hard[r.ordinal()];
  }

  /** The soft limit, at most {@code cap}. */
  public long softAtMost(Resource r, long cap) {
    long s = soft(r);
    return Long.compareUnsigned(s, cap) > 0 ? cap : s;
  }

  synchronized void set(Resource r, long newSoft, long newHard) {
    set(soft, hard, r, newSoft, newHard);
  }
}
