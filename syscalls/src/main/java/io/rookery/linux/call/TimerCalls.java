package io.rookery.linux.call;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.TimeStructs;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Clocks;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;

/** Interval timers and POSIX timers. */
public final class TimerCalls {
  private static final int ITIMERS = 3;
  private static final int TIMER_ABSTIME = 1;
  private static final int SIGEV_SIGNAL = 0;
  private static final int SIGEV_NONE = 1;
  private static final int SIGEV_THREAD_ID = 4;
  private static final int SIGEVENT_SIZE = 64;

  private TimerCalls() {}

  public static void register(SyscallTable.Builder t) {
    t.row(36, "getitimer", TimerCalls::getInterval, "int, ptr");
    t.row(37, "alarm", TimerCalls::alarm, "int");
    t.row(38, "setitimer", TimerCalls::setInterval, "int, ptr, ptr");
    t.row(222, "timer_create", TimerCalls::create, "int, ptr, ptr");
    t.row(223, "timer_settime", TimerCalls::set, "int, flags, ptr, ptr");
    t.row(224, "timer_gettime", TimerCalls::get, "int, ptr");
    t.row(
        225,
        "timer_getoverrun",
        (task, id, b, c, d, e, f) -> Clocks.timerOverrun(task, (int) id),
        "int");
    t.row(
        226,
        "timer_delete",
        (task, id, b, c, d, e, f) -> {
          Clocks.deleteTimer(task, (int) id);
          return 0;
        },
        "int");
  }

  private static int which(long which) {
    int w = (int) which;
    if (w < 0 || w >= ITIMERS) {
      throw Errno.EINVAL.exception();
    }
    return w;
  }

  /** struct itimerval: interval, then time left. */
  private static void writeInterval(UserMemory m, long to, long[] leftAndInterval) {
    TimeStructs.writeTimeval(m, to, leftAndInterval[1]);
    TimeStructs.writeTimeval(m, to + 16, leftAndInterval[0]);
  }

  private static long getInterval(Task task, long which, long to, long c, long d, long e, long f) {
    writeInterval(task.memory(), to, Clocks.readInterval(task, which(which)));
    return 0;
  }

  private static long setInterval(
      Task task, long which, long from, long old, long d, long e, long f) {
    int w = which(which);
    UserMemory m = task.memory();
    long interval = from == 0 ? 0 : TimeStructs.readTimeval(m, from);
    long value = from == 0 ? 0 : TimeStructs.readTimeval(m, from + 16);
    long[] before = Clocks.setInterval(task, w, value, interval);
    if (old != 0) {
      writeInterval(m, old, before);
    }
    return 0;
  }

  private static long alarm(Task task, long seconds, long b, long c, long d, long e, long f) {
    long nanos = (seconds & 0xffffffffL) * TimeStructs.NANOS;
    long left = Clocks.setInterval(task, 0, nanos, 0)[0];
    // Rounded to the nearest second, but a running alarm never looks like none.
    return left == 0 ? 0 : Math.max(1, (left + TimeStructs.NANOS / 2) / TimeStructs.NANOS);
  }

  /** struct sigevent: value, signal, notify, thread id. */
  private static long create(
      Task task, long clock, long event, long idOut, long d, long e, long f) {
    int notify = SIGEV_SIGNAL;
    int signal = Signals.SIGALRM;
    Long value = null;
    int tid = 0;
    if (event != 0) {
      byte[] b = task.memory().read(event, SIGEVENT_SIZE);
      value = Bytes.getLong(b, 0);
      signal = Bytes.getInt(b, 8);
      notify = Bytes.getInt(b, 12);
      tid = Bytes.getInt(b, 16);
    }
    if ((notify != SIGEV_NONE && !Signals.isValid(signal))
        || (notify != SIGEV_NONE && notify != SIGEV_SIGNAL && notify != SIGEV_THREAD_ID)) {
      throw Errno.EINVAL.exception();
    }
    if (notify == SIGEV_THREAD_ID) {
      Task target = task.kernel().pids().task(tid);
      if (target == null || target.process() != task.process()) {
        throw Errno.EINVAL.exception();
      }
    }
    int id = Clocks.createTimer(task, (int) clock, notify, signal, value, tid);
    try {
      task.memory().putInt(idOut, id);
    } catch (io.rookery.linux.errno.ErrnoException x) {
      Clocks.deleteTimer(task, id);
      throw x;
    }
    return 0;
  }

  private static void writeSpec(UserMemory m, long to, long[] intervalAndLeft) {
    TimeStructs.writeTimespec(m, to, intervalAndLeft[0]);
    TimeStructs.writeTimespec(m, to + 16, intervalAndLeft[1]);
  }

  private static long set(Task task, long id, long flags, long from, long old, long e, long f) {
    if (from == 0) {
      throw Errno.EINVAL.exception();
    }
    UserMemory m = task.memory();
    long interval = TimeStructs.readTimespec(m, from);
    long value = TimeStructs.readTimespec(m, from + 16);
    long[] before = Clocks.setTimer(task, (int) id, (flags & TIMER_ABSTIME) != 0, interval, value);
    if (old != 0) {
      writeSpec(m, old, before);
    }
    return 0;
  }

  private static long get(Task task, long id, long to, long c, long d, long e, long f) {
    writeSpec(task.memory(), to, Clocks.readTimer(task, (int) id));
    return 0;
  }
}
