package io.rookery.linux.kernel;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * RLIMIT_CPU of a process (setrlimit(2)): SIGXCPU at the soft limit and each second from there on,
 * SIGKILL at the hard one. Looked at when the limit may be reached, which the wall clock tells.
 * Thread-safe.
 */
final class CpuLimit {
  private static final long LEAST_DELAY = 1_000_000;

  private final ThreadGroup process;
  private KernelTimers.@Nullable Timeout timeout;
  private int generation;
  private boolean closed;

  CpuLimit(ThreadGroup process) {
    this.process = process;
  }

  /** To be called when the limits were set or inherited. */
  synchronized void changed() {
    KernelTimers.Timeout old = timeout;
    if (old != null) {
      old.cancel();
      timeout = null;
    }
    generation++;
    long next = Math.min(nanos(limits().soft(Resource.CPU)), nanos(limits().hard(Resource.CPU)));
    if (closed || next == Long.MAX_VALUE) {
      return;
    }
    long left = Math.max(LEAST_DELAY, next - process.times().total());
    long at = process.kernel().clock().monotonicNanos() + left;
    int current = generation;
    timeout = process.kernel().timers().at(at < 0 ? Long.MAX_VALUE : at, () -> look(current));
  }

  private void look(int ofGeneration) {
    int signal = 0;
    synchronized (this) {
      if (ofGeneration != generation) {
        return;
      }
      long used = process.times().total();
      long soft = limits().soft(Resource.CPU);
      long hard = limits().hard(Resource.CPU);
      if (used >= nanos(hard)) {
        signal = Signals.SIGKILL;
      } else if (used >= nanos(soft)) {
        signal = Signals.SIGXCPU;
        limits().set(Resource.CPU, soft + 1, hard); // Linux does so, too
      }
      changed();
    }
    if (signal != 0) {
      process.signal(SigInfo.kernel(signal));
    }
  }

  private ResourceLimits limits() {
    return process.limits();
  }

  private static long nanos(long seconds) {
    return seconds < 0 ? Long.MAX_VALUE : TimeUnit.SECONDS.toNanos(seconds);
  }

  synchronized void close() {
    closed = true;
    changed();
  }
}
