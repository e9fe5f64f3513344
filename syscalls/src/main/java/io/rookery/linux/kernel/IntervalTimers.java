package io.rookery.linux.kernel;

import org.jspecify.annotations.Nullable;

/**
 * The three interval timers of a process (setitimer(2)). Those of processor time are driven by the
 * wall clock while the process runs. Thread-safe.
 */
final class IntervalTimers {
  static final int REAL = 0;
  static final int VIRTUAL = 1;
  static final int PROF = 2;

  private static final int[] SIGNALS = {Signals.SIGALRM, Signals.SIGVTALRM, Signals.SIGPROF};

  private final ThreadGroup process;
  private final Timer[] timers = new Timer[SIGNALS.length];

  private static final class Timer {
    long interval;
    long expiry; // monotonic or processor time in ns; 0: disarmed
    KernelTimers.@Nullable Timeout timeout;
    int generation;
  }

  IntervalTimers(ThreadGroup process) {
    this.process = process;
    for (int i = 0; i < timers.length; i++) {
      timers[i] = new Timer();
    }
  }

  private long now(int which) {
    return which == REAL ? process.kernel().clock().monotonicNanos() : process.times().total();
  }

  /** Time left and interval in nanoseconds; 0 left means disarmed. */
  synchronized long[] get(int which) {
    Timer t = timers[which];
    long left = t.expiry == 0 ? 0 : Math.max(1000, t.expiry - now(which));
    return new long[] {left, t.interval};
  }

  /** Sets a timer and returns what {@link #get} said before. */
  synchronized long[] set(int which, long value, long interval) {
    long[] old = get(which);
    Timer t = timers[which];
    disarm(t);
    t.interval = value > 0 ? interval : 0;
    if (value > 0) {
      t.expiry = saturatedAdd(now(which), value);
      arm(which);
    }
    return old;
  }

  private static long saturatedAdd(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  private static void disarm(Timer t) {
    t.generation++;
    t.expiry = 0;
    KernelTimers.Timeout timeout = t.timeout;
    if (timeout != null) {
      timeout.cancel();
      t.timeout = null;
    }
  }

  private void arm(int which) {
    Timer t = timers[which];
    int generation = t.generation;
    long left = Math.max(0, t.expiry - now(which));
    if (which != REAL) {
      left = Math.max(left, 1_000_000);
    }
    long at = saturatedAdd(process.kernel().clock().monotonicNanos(), left);
    t.timeout = process.kernel().timers().at(at, () -> expired(which, generation));
  }

  private void expired(int which, int generation) {
    boolean send;
    synchronized (this) {
      Timer t = timers[which];
      if (t.generation != generation || t.expiry == 0) {
        return;
      }
      long now = now(which);
      send = now >= t.expiry;
      if (send && t.interval == 0) {
        disarm(t);
      } else {
        if (send) {
          long missed = (now - t.expiry) / t.interval;
          t.expiry += (missed + 1) * t.interval;
        }
        arm(which);
      }
    }
    if (send) {
      process.signal(SigInfo.kernel(SIGNALS[which]));
    }
  }

  synchronized void close() {
    for (Timer t : timers) {
      disarm(t);
    }
  }
}
