package io.rookery.linux.call;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.TimeStructs;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Clocks;
import io.rookery.linux.kernel.CpuTimes;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;

/** Clocks and sleeping. */
public final class TimeCalls {
  private static final int TIMER_ABSTIME = 1;
  private static final int RUSAGE_SELF = 0;
  private static final int RUSAGE_CHILDREN = -1;
  private static final int RUSAGE_THREAD = 1;
  private static final long COARSE_RESOLUTION = 4_000_000;
  private static final int TIMEX_SIZE = 208;
  private static final int TIME_OK = 0;
  private static final int ADJ_OFFSET_SINGLESHOT = 1;
  private static final int ADJ_READ_ONLY = 0x2000;
  private static final int ADJ_ADJTIME = 0x8000;

  /** 500 parts in a million, as the clock's rate is told. */
  private static final long MOST_FREQUENCY = 500L << 16;

  private TimeCalls() {}

  public static void register(SyscallTable.Builder t) {
    String approximate = "processor time is the time that was not spent waiting";
    t.row(35, "nanosleep", TimeCalls::nanosleep, "ptr, ptr");
    t.row(96, "gettimeofday", TimeCalls::getTimeOfDay, "ptr, ptr");
    t.row(98, "getrusage", TimeCalls::usage, "int, ptr", Support.PARTIAL, approximate);
    t.row(100, "times", TimeCalls::times, "ptr", Support.PARTIAL, approximate);
    t.row(
        159,
        "adjtimex",
        (task, x, b, c, d, e, f) -> adjust(task, x, task.memory().read(x, TIMEX_SIZE)),
        "ptr",
        Support.PARTIAL,
        "reading only: EPERM");
    t.row(201, "time", TimeCalls::time, "ptr");
    t.row(
        227,
        "clock_settime",
        (task, a, b, c, d, e, f) -> {
          throw Errno.EPERM.exception();
        },
        "int, ptr",
        Support.REFUSED,
        "the host's clock is not the guest's: EPERM");
    t.row(228, "clock_gettime", TimeCalls::getTime, "int, ptr");
    t.row(229, "clock_getres", TimeCalls::resolution, "int, ptr");
    t.row(230, "clock_nanosleep", TimeCalls::clockNanosleep, "int, flags, ptr, ptr");
    t.row(
        164,
        "settimeofday",
        (task, a, b, c, d, e, f) -> {
          throw Errno.EPERM.exception();
        },
        "ptr, ptr",
        Support.REFUSED,
        "the host's clock is not the guest's: EPERM");
    t.row(
        305,
        "clock_adjtime",
        (task, clock, x, c, d, e, f) -> {
          byte[] timex = task.memory().read(x, TIMEX_SIZE);
          Clocks.now(task, (int) clock); // EINVAL for none
          if ((int) clock != Clocks.REALTIME) {
            throw Errno.EOPNOTSUPP.exception();
          }
          return adjust(task, x, timex);
        },
        "int, ptr",
        Support.PARTIAL,
        "reading only: EPERM");
  }

  private static long nanosleep(Task task, long time, long left, long c, long d, long e, long f) {
    long nanos = TimeStructs.readTimespec(task.memory(), time);
    long until = TimeStructs.saturatedAdd(task.kernel().clock().monotonicNanos(), nanos);
    return sleep(task, Clocks.MONOTONIC, until, left);
  }

  private static long sleep(Task task, int clock, long until, long left) {
    try {
      Clocks.sleepUntil(task, clock, until);
      return 0;
    } catch (ErrnoException x) {
      if (x.errno() != Errno.ERESTARTSYS) {
        throw x;
      }
      if (left != 0) {
        TimeStructs.writeTimespec(
            task.memory(), left, Math.max(0, until - Clocks.now(task, clock)));
      }
      Clocks.setRestart(task, t -> sleep(t, clock, until, left));
      throw Errno.ERESTART_RESTARTBLOCK.exception();
    }
  }

  private static long clockNanosleep(
      Task task, long clock, long flags, long time, long left, long e, long f) {
    int id = (int) clock;
    long now = Clocks.now(task, id);
    if (id == Clocks.THREAD_CPUTIME
        || id == Clocks.MONOTONIC_RAW
        || id == Clocks.MONOTONIC_COARSE
        || id == Clocks.REALTIME_COARSE) {
      throw Errno.EOPNOTSUPP.exception();
    }
    long nanos = TimeStructs.readTimespec(task.memory(), time);
    if ((flags & TIMER_ABSTIME) != 0) {
      try {
        Clocks.sleepUntil(task, id, nanos);
        return 0;
      } catch (ErrnoException x) {
        throw x.errno() == Errno.ERESTARTSYS ? Errno.ERESTARTNOHAND.exception() : x;
      }
    }
    // A relative sleep does not follow jumps of the time of day.
    boolean wall = Clocks.isRealtime(id);
    int base = wall ? Clocks.MONOTONIC : id;
    long from = wall ? task.kernel().clock().monotonicNanos() : now;
    return sleep(task, base, TimeStructs.saturatedAdd(from, nanos), left);
  }

  private static long getTimeOfDay(
      Task task, long time, long zone, long c, long d, long e, long f) {
    UserMemory m = task.memory();
    if (time != 0) {
      TimeStructs.writeTimeval(m, time, task.kernel().clock().realtimeNanos());
    }
    if (zone != 0) {
      m.putLong(zone, 0);
    }
    return 0;
  }

  private static long time(Task task, long to, long b, long c, long d, long e, long f) {
    long seconds = Math.floorDiv(task.kernel().clock().realtimeNanos(), TimeStructs.NANOS);
    if (to != 0) {
      task.memory().putLong(to, seconds);
    }
    return seconds;
  }

  private static long getTime(Task task, long clock, long to, long c, long d, long e, long f) {
    TimeStructs.writeTimespec(task.memory(), to, Clocks.now(task, (int) clock));
    return 0;
  }

  private static long resolution(Task task, long clock, long to, long c, long d, long e, long f) {
    int id = (int) clock;
    Clocks.now(task, id);
    if (to != 0) {
      boolean coarse = id == Clocks.REALTIME_COARSE || id == Clocks.MONOTONIC_COARSE;
      TimeStructs.writeTimespec(task.memory(), to, coarse ? COARSE_RESOLUTION : 1);
    }
    return 0;
  }

  private static long times(Task task, long to, long b, long c, long d, long e, long f) {
    if (to != 0) {
      CpuTimes own = task.process().times();
      CpuTimes children = task.process().childTimes();
      UserMemory m = task.memory();
      m.putLong(to, own.user() / CpuTimes.TICK);
      m.putLong(to + 8, own.system() / CpuTimes.TICK);
      m.putLong(to + 16, children.user() / CpuTimes.TICK);
      m.putLong(to + 24, children.system() / CpuTimes.TICK);
    }
    return task.kernel().clock().monotonicNanos() / CpuTimes.TICK;
  }

  private static long usage(Task task, long who, long to, long c, long d, long e, long f) {
    CpuTimes times =
        switch ((int) who) {
          case RUSAGE_SELF -> task.process().times();
          case RUSAGE_CHILDREN -> task.process().childTimes();
          case RUSAGE_THREAD -> new CpuTimes(task.runNanos(), 0);
          default -> throw Errno.EINVAL.exception();
        };
    long resident = (int) who == RUSAGE_CHILDREN ? 0 : task.memory().space().residentPages() * 4;
    TimeStructs.writeRusage(task.memory(), to, times, resident);
    return 0;
  }

  /** Only reads are allowed, also those of adjtime(3); they show a clock in step. */
  private static long adjust(Task task, long timex, byte[] asked) {
    int modes = Bytes.getInt(asked, 0);
    if ((modes & ADJ_ADJTIME) != 0 && (modes & ADJ_OFFSET_SINGLESHOT) == 0) {
      throw Errno.EINVAL.exception();
    }
    if (modes != 0 && (modes & (ADJ_ADJTIME | ADJ_READ_ONLY)) != (ADJ_ADJTIME | ADJ_READ_ONLY)) {
      throw Errno.EPERM.exception();
    }
    byte[] x = new byte[TIMEX_SIZE];
    Bytes.putInt(x, 0, modes);
    Bytes.putLong(x, 56, 1); // precision, in microseconds
    Bytes.putLong(x, 64, MOST_FREQUENCY); // tolerance
    Bytes.putLong(x, 88, 10_000); // tick, in microseconds
    UserMemory m = task.memory();
    m.write(timex, x);
    TimeStructs.writeTimeval(m, timex + 72, task.kernel().clock().realtimeNanos());
    return TIME_OK;
  }
}
