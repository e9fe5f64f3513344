package io.rookery.linux.kernel;

import io.rookery.linux.errno.Errno;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The POSIX timers of a process (timer_create(2)). Thread-safe. */
final class PosixTimers {
  static final int SIGEV_SIGNAL = 0;
  static final int SIGEV_NONE = 1;
  static final int SIGEV_THREAD_ID = 4;

  private static final int MAX = 1024;

  private final ThreadGroup process;
  private final Map<Integer, Timer> timers = new TreeMap<>();
  private int next;

  /** Which clock a timer follows. */
  interface Source {
    long now();

    /** CLOCK_MONOTONIC at which the clock is likely to show a time. */
    long monotonicAt(long time);
  }

  private static final class Timer {
    final int id;
    final Source clock;
    final int notify;
    final int signal;
    final long value;
    final int tid;
    long interval;
    long expiry;
    @Nullable SigInfo last;
    @Nullable SigInfo delivered; // the one before the last
    int generation;
    KernelTimers.@Nullable Timeout timeout;

    Timer(int id, Source clock, int notify, int signal, long value, int tid) {
      this.id = id;
      this.clock = clock;
      this.notify = notify;
      this.signal = signal;
      this.value = value;
      this.tid = tid;
    }
  }

  PosixTimers(ThreadGroup process) {
    this.process = process;
  }

  /**
   * Makes a disarmed timer.
   *
   * @param value sigev_value, or null for the timer's id
   */
  synchronized int create(Source clock, int notify, int signal, @Nullable Long value, int tid) {
    if (timers.size() >= MAX) {
      throw Errno.EAGAIN.exception();
    }
    while (timers.containsKey(next)) {
      next = next + 1 & Integer.MAX_VALUE;
    }
    int id = next++;
    timers.put(id, new Timer(id, clock, notify, signal, value != null ? value : id, tid));
    return id;
  }

  private Timer get(int id) {
    Timer t = timers.get(id);
    if (t == null) {
      throw Errno.EINVAL.exception();
    }
    return t;
  }

  /** Interval and time left in nanoseconds; 0 left means disarmed. */
  synchronized long[] read(int id) {
    return read(get(id));
  }

  private static long[] read(Timer t) {
    long left = t.expiry == 0 ? 0 : Math.max(1, t.expiry - t.clock.now());
    return new long[] {t.interval, left};
  }

  synchronized long[] set(int id, boolean absolute, long interval, long value) {
    Timer t = get(id);
    long[] old = read(t);
    disarm(t);
    t.interval = value == 0 ? 0 : interval;
    if (value != 0) {
      long at = absolute ? value : t.clock.now() + value;
      t.expiry = at < 0 && !absolute ? Long.MAX_VALUE : Math.max(1, at);
      arm(t);
    }
    return old;
  }

  synchronized int overrun(int id) {
    Timer t = get(id);
    SigInfo told = t.last != null && process.signals().isQueued(t.last) ? t.delivered : t.last;
    return told == null ? 0 : told.overrun();
  }

  synchronized void delete(int id) {
    disarm(get(id));
    timers.remove(id);
  }

  synchronized void close() {
    timers.values().forEach(PosixTimers::disarm);
    timers.clear();
  }

  private static void disarm(Timer t) {
    t.generation++;
    t.expiry = 0;
    t.last = null;
    t.delivered = null;
    KernelTimers.Timeout timeout = t.timeout;
    if (timeout != null) {
      timeout.cancel();
      t.timeout = null;
    }
  }

  private void arm(Timer t) {
    int generation = t.generation;
    long at = t.clock.monotonicAt(t.expiry);
    t.timeout = process.kernel().timers().at(at, () -> expired(t, generation));
  }

  private void expired(Timer t, int generation) {
    SigInfo info = null;
    synchronized (this) {
      if (t.generation != generation || t.expiry == 0) {
        return;
      }
      long now = t.clock.now();
      if (now < t.expiry) {
        arm(t);
        return;
      }
      long missed = t.interval == 0 ? 0 : (now - t.expiry) / t.interval;
      if (t.interval == 0) {
        t.expiry = 0;
      } else {
        t.expiry += (missed + 1) * t.interval;
        arm(t);
      }
      SigInfo last = t.last;
      if (last != null && process.signals().isQueued(last)) {
        last.addOverrun(missed + 1); // a timer has one signal pending at most
      } else if (t.notify != SIGEV_NONE) {
        info = SigInfo.timer(t.signal, t.id, (int) Math.min(Integer.MAX_VALUE, missed), t.value);
        t.delivered = last;
        t.last = info;
      }
    }
    if (info != null) {
      Task target = t.notify == SIGEV_THREAD_ID ? process.kernel().pids().task(t.tid) : null;
      process.signals().send(info, target != null && target.process() == process ? target : null);
    }
  }
}
