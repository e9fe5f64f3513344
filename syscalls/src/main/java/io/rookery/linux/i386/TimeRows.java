package io.rookery.linux.i386;

import static io.rookery.linux.i386.Argument.PLAIN;
import static io.rookery.linux.i386.Argument.in;
import static io.rookery.linux.i386.Argument.inOut;
import static io.rookery.linux.i386.Argument.out;

/** Clocks, timers, and the times of files: each with 32-bit and, mostly, 64-bit seconds. */
final class TimeRows {
  private TimeRows() {}

  static void register(Rows r) {
    r.with(13, "time", "time", out(Struct.LONG));
    r.with(25, "stime", "settimeofday");
    r.with(78, "gettimeofday", "gettimeofday", out(Struct.TIMESPEC));
    r.with(79, "settimeofday", "settimeofday");
    r.with(43, "times", "times", out(Struct.TMS));
    r.with(
        104, "setitimer", "setitimer", PLAIN, in(Struct.TWO_TIMESPECS), out(Struct.TWO_TIMESPECS));
    r.with(105, "getitimer", "getitimer", PLAIN, out(Struct.TWO_TIMESPECS));
    r.with(124, "adjtimex", "adjtimex", inOut(Struct.TIMEX));
    r.with(343, "clock_adjtime", "clock_adjtime", PLAIN, inOut(Struct.TIMEX));
    r.with(161, "sched_rr_get_interval", "sched_rr_get_interval", PLAIN, out(Struct.TIMESPEC));
    r.with(
        423,
        "sched_rr_get_interval_time64",
        "sched_rr_get_interval",
        PLAIN,
        out(Struct.TIMESPEC64));
    r.with(162, "nanosleep", "nanosleep", in(Struct.TIMESPEC), out(Struct.TIMESPEC));
    r.with(264, "clock_settime", "clock_settime");
    clocks(r);
    timers(r);
    files(r);
  }

  private static void clocks(Rows r) {
    r.with(265, "clock_gettime", "clock_gettime", PLAIN, out(Struct.TIMESPEC));
    r.with(403, "clock_gettime64", "clock_gettime", PLAIN, out(Struct.TIMESPEC64));
    r.with(266, "clock_getres", "clock_getres", PLAIN, out(Struct.TIMESPEC));
    r.with(406, "clock_getres_time64", "clock_getres", PLAIN, out(Struct.TIMESPEC64));
    r.with(
        267,
        "clock_nanosleep",
        "clock_nanosleep",
        PLAIN,
        PLAIN,
        in(Struct.TIMESPEC),
        out(Struct.TIMESPEC));
    r.with(
        407,
        "clock_nanosleep_time64",
        "clock_nanosleep",
        PLAIN,
        PLAIN,
        in(Struct.TIMESPEC64),
        out(Struct.TIMESPEC64));
  }

  private static void timers(Rows r) {
    r.with(259, "timer_create", "timer_create", PLAIN, in(Struct.SIGEVENT));
    settings(r, 260, "timer_settime", "timer_settime", Struct.TWO_TIMESPECS);
    settings(r, 409, "timer_settime64", "timer_settime", Struct.TWO_TIMESPECS64);
    r.with(261, "timer_gettime", "timer_gettime", PLAIN, out(Struct.TWO_TIMESPECS));
    r.with(408, "timer_gettime64", "timer_gettime", PLAIN, out(Struct.TWO_TIMESPECS64));
    settings(r, 325, "timerfd_settime", "timerfd_settime", Struct.TWO_TIMESPECS);
    settings(r, 411, "timerfd_settime64", "timerfd_settime", Struct.TWO_TIMESPECS64);
    r.with(326, "timerfd_gettime", "timerfd_gettime", PLAIN, out(Struct.TWO_TIMESPECS));
    r.with(410, "timerfd_gettime64", "timerfd_gettime", PLAIN, out(Struct.TWO_TIMESPECS64));
  }

  private static void settings(Rows r, int number, String name, String wide, Struct s) {
    r.with(number, name, wide, PLAIN, PLAIN, in(s), out(s));
  }

  private static void files(Rows r) {
    r.with(30, "utime", "utime", PLAIN, in(Struct.TIMESPEC));
    r.with(271, "utimes", "utimes", PLAIN, in(Struct.TWO_TIMESPECS));
    r.with(299, "futimesat", "futimesat", PLAIN, PLAIN, in(Struct.TWO_TIMESPECS));
    r.with(320, "utimensat", "utimensat", PLAIN, PLAIN, in(Struct.TWO_TIMESPECS));
    r.with(412, "utimensat_time64", "utimensat", PLAIN, PLAIN, in(Struct.TWO_TIMESPECS64));
  }
}
