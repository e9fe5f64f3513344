package io.rookery.linux.kernel;

import java.util.BitSet;
import java.util.Locale;

/**
 * What a task asked of the scheduler (sched(7)): inherited and shown, but the host decides what
 * runs where. Immutable.
 */
public final class Scheduling {
  public static final int SCHED_OTHER = 0;
  public static final int SCHED_FIFO = 1;
  public static final int SCHED_RR = 2;
  public static final int SCHED_BATCH = 3;
  public static final int SCHED_IDLE = 5;
  public static final int SCHED_DEADLINE = 6;

  private final int policy;
  private final boolean resetOnFork;
  private final BitSet allowed;

  private Scheduling(int policy, boolean resetOnFork, BitSet allowed) {
    this.policy = policy;
    this.resetOnFork = resetOnFork;
    this.allowed = allowed;
  }

  /** SCHED_OTHER on all processors. */
  public static Scheduling initial() {
    return new Scheduling(SCHED_OTHER, false, allProcessors());
  }

  /** The processors that guests see. */
  public static BitSet allProcessors() {
    BitSet all = new BitSet();
    all.set(0, Runtime.getRuntime().availableProcessors());
    return all;
  }

  public int policy() {
    return policy;
  }

  /** SCHED_RESET_ON_FORK. */
  public boolean resetOnFork() {
    return resetOnFork;
  }

  /** The processors that the task may run on, never empty; the caller's own copy. */
  public BitSet allowed() {
    return (BitSet) allowed.clone();
  }

  /** The processor that the task is said to run on. */
  public int processor() {
    return allowed.nextSetBit(0);
  }

  /** The same with another policy. */
  public Scheduling with(int newPolicy, boolean newResetOnFork) {
    return new Scheduling(newPolicy, newResetOnFork, allowed);
  }

  /** The same on other processors, of which there must be one at least. */
  public Scheduling on(BitSet processors) {
    return new Scheduling(policy, resetOnFork, (BitSet) processors.clone());
  }

  /** What a new task gets; its nice value is {@code resetOnFork}'s other half. */
  Scheduling afterFork() {
    return new Scheduling(policy, false, allowed);
  }

  /** As in /proc/pid/status: {@code 0-2,5}. */
  public static String list(BitSet processors) {
    StringBuilder b = new StringBuilder();
    for (int from = processors.nextSetBit(0); from >= 0; ) {
      int end = processors.nextClearBit(from);
      b.append(b.isEmpty() ? "" : ",").append(from);
      if (end - from > 1) {
        b.append('-').append(end - 1);
      }
      from = processors.nextSetBit(end);
    }
    return b.toString();
  }

  /** As in /proc/pid/status: words of 32 bits in hexadecimal, as many as there are processors. */
  public static String mask(BitSet processors) {
    int count = Runtime.getRuntime().availableProcessors();
    StringBuilder b = new StringBuilder();
    for (int word = (count - 1) / 32; word >= 0; word--) {
      BitSet part = processors.get(word * 32, word * 32 + 32);
      long bits = part.isEmpty() ? 0 : part.toLongArray()[0];
      int digits = b.isEmpty() ? Math.min(8, (count - word * 32 + 3) / 4) : 8;
      b.append(b.isEmpty() ? "" : ",")
          .append(String.format(Locale.ROOT, "%0" + digits + "x", bits));
    }
    return b.toString();
  }
}
