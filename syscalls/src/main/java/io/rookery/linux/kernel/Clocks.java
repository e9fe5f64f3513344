package io.rookery.linux.kernel;

import io.rookery.linux.errno.Errno;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The clocks of clock_gettime(2) as one task sees them. */
public final class Clocks {
  public static final int REALTIME = 0;
  public static final int MONOTONIC = 1;
  public static final int PROCESS_CPUTIME = 2;
  public static final int THREAD_CPUTIME = 3;
  public static final int MONOTONIC_RAW = 4;
  public static final int REALTIME_COARSE = 5;
  public static final int MONOTONIC_COARSE = 6;
  public static final int BOOTTIME = 7;
  public static final int REALTIME_ALARM = 8;
  public static final int BOOTTIME_ALARM = 9;
  public static final int TAI = 11;

  private static final int CPU_PER_THREAD = 4;
  private static final int CPU_KIND = 3;
  private static final int CPU_SCHED = 2;

  private Clocks() {}

  /** Nanoseconds on a clock; EINVAL for an unknown one. */
  public static long now(Task t, int clock) {
    return switch (clock) {
      case REALTIME, REALTIME_COARSE, REALTIME_ALARM, TAI -> t.kernel().clock().realtimeNanos();
      case MONOTONIC, MONOTONIC_RAW, MONOTONIC_COARSE, BOOTTIME, BOOTTIME_ALARM ->
          t.kernel().clock().monotonicNanos();
      case PROCESS_CPUTIME -> t.process().times().total();
      case THREAD_CPUTIME -> t.runNanos();
      default -> cpuTime(t, clock);
    };
  }

  /** The processor time clock of another process or thread (clock_getcpuclockid(3)). */
  private static long cpuTime(Task t, int clock) {
    int id = ~(clock >> 3);
    if (clock >= 0 || (clock & CPU_KIND) > CPU_SCHED) {
      throw Errno.EINVAL.exception();
    }
    if ((clock & CPU_PER_THREAD) != 0) {
      Task of = id == 0 ? t : t.kernel().pids().task(id);
      if (of == null || of.process() != t.process()) {
        throw Errno.EINVAL.exception();
      }
      return of.runNanos();
    }
    ThreadGroup of = id == 0 ? t.process() : t.kernel().pids().process(id);
    if (of == null) {
      throw Errno.EINVAL.exception();
    }
    return of.times().total();
  }

  /** Whether a clock shows the time of day. */
  public static boolean isRealtime(int clock) {
    return clock == REALTIME || clock == REALTIME_COARSE || clock == REALTIME_ALARM || clock == TAI;
  }

  private static boolean isMonotonic(int clock) {
    return clock == MONOTONIC
        || clock == MONOTONIC_RAW
        || clock == MONOTONIC_COARSE
        || clock == BOOTTIME
        || clock == BOOTTIME_ALARM;
  }

  /** CLOCK_MONOTONIC at which {@code clock} will show {@code time}, as far as can be told. */
  public static long monotonicAt(Task t, int clock, long time) {
    if (isMonotonic(clock)) {
      return time;
    }
    long left = time - now(t, clock);
    long now = t.kernel().clock().monotonicNanos();
    return left > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + left;
  }

  /**
   * Sleeps until a clock shows a time.
   *
   * @throws io.rookery.linux.errno.ErrnoException ERESTARTSYS when a signal is pending
   */
  public static void sleepUntil(Task t, int clock, long time) {
    WaitQueue nobody = new WaitQueue();
    while (now(t, clock) < time) {
      nobody.await(t, () -> false, Math.min(monotonicAt(t, clock, time), Long.MAX_VALUE - 1));
    }
  }

  /** Makes a POSIX timer; see timer_create(2). */
  public static int createTimer(
      Task t, int clock, int notify, int signal, @Nullable Long value, int tid) {
    now(t, clock);
    if (clock == MONOTONIC_RAW || clock == MONOTONIC_COARSE || clock == REALTIME_COARSE) {
      throw Errno.EOPNOTSUPP.exception();
    }
    boolean processorTime = !isMonotonic(clock) && !isRealtime(clock);
    ThreadGroup process = t.process();
    PosixTimers.Source source =
        new PosixTimers.Source() {
          @Override
          public long now() {
            return processorTime ? process.times().total() : Clocks.now(t, clock);
          }

          @Override
          public long monotonicAt(long time) {
            return Clocks.monotonicAt(t, clock, time);
          }
        };
    return process.posixTimers().create(source, notify, signal, value, tid);
  }

  /** Interval and time left of a POSIX timer. */
  public static long[] readTimer(Task t, int id) {
    return t.process().posixTimers().read(id);
  }

  /** Sets a POSIX timer; returns the old interval and time left. */
  public static long[] setTimer(Task t, int id, boolean absolute, long interval, long value) {
    return t.process().posixTimers().set(id, absolute, interval, value);
  }

  public static int timerOverrun(Task t, int id) {
    return t.process().posixTimers().overrun(id);
  }

  public static void deleteTimer(Task t, int id) {
    t.process().posixTimers().delete(id);
  }

  /** Time left and interval of an interval timer. */
  public static long[] readInterval(Task t, int which) {
    return t.process().intervalTimers().get(which);
  }

  /** Sets an interval timer; returns the old time left and interval. */
  public static long[] setInterval(Task t, int which, long value, long interval) {
    return t.process().intervalTimers().set(which, value, interval);
  }

  /** Replaces what restart_syscall(2) is going to do. */
  public static void wrapRestart(Task t, UnaryOperator<RestartBlock> wrapper) {
    RestartBlock block = t.restartBlock;
    if (block != null) {
      t.restartBlock = wrapper.apply(block);
    }
  }

  /** Sets what restart_syscall(2) does after a stop. */
  public static void setRestart(Task t, RestartBlock block) {
    t.restartBlock = block;
  }
}
