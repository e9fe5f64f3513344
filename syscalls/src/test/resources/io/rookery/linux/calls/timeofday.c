/* The time of day, and how it is kept: only looked at. */
#include "calls.h"

#include <sys/timex.h>
#include <time.h>

#define ADJ_ADJTIME 0x8000 /* what adjtime(3) adds */
#define MARK 0x55 /* what structures are filled with before a call */

/* Of longs, as the calls of 32-bit programs have them. */
typedef struct {
  long seconds, micros;
} instant;

/* struct __kernel_old_timex. */
typedef struct {
  unsigned modes;
  long offset, frequency, most_error, estimate;
  int status;
  long constant, precision, tolerance;
  instant time;
  long tick, pps[2];
  int shift;
  long more[5];
  int tai, pad[11];
} keeping;

static long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec;
}

static void *seconds_in_thread(void *unused) {
  CALL_OK(gettimeofday, "in a thread", &(instant){0}, 0L);
#ifdef SYS_time
  CALL_OK(time, "in a thread", 0L);
#endif
  return unused;
}

static void time_of_day(void) {
  instant t = {-1, -1};
  int zone[4] = {MARK, MARK, MARK, MARK};
  long before = now();
  CALL(gettimeofday, "of the time", &t, 0L);
  EFFECT(gettimeofday, "tells what the clock does", t.seconds >= before && t.seconds <= now());
  EFFECT(gettimeofday, "tells microseconds", t.micros >= 0 && t.micros < 1000000);
  CALL(gettimeofday, "of the zone", 0L, zone);
  EFFECT(gettimeofday, "of the zone writes two words", zone[2] == MARK && zone[1] != MARK);
  CALL(gettimeofday, "of both", &t, zone);
  CALL(gettimeofday, "of nothing", 0L, 0L);
  CALL(gettimeofday, "to an address that is none", 8L, 0L);
  CALL(gettimeofday, "of the zone to an address that is none", 0L, 8L);
  instant next = t;
  while (next.seconds == t.seconds && next.micros == t.micros) syscall(SYS_gettimeofday, &next, 0L);
  EFFECT(gettimeofday, "goes on",
         next.seconds > t.seconds || (next.seconds == t.seconds && next.micros > t.micros));
  IN_CHILD(CALL(gettimeofday, "in a child", &t, 0L));

  long told = -1;
  before = now();
  long result = CALL_OK(time, "of the time", &told);
  EFFECT(time, "writes what it tells", told == result);
  EFFECT(time, "tells what the clock does", told >= before - 1 && told <= now());
  CALL_OK(time, "without an address", 0L);
  CALL(time, "to an address that is none", 8L);
  CALL(time, "to the kernel's memory", -8L);
  IN_CHILD(CALL_OK(time, "in a child", 0L));
  EFFECT(time, "does not go back", syscall(SYS_time, 0L) >= told);
  pthread_t thread;
  pthread_create(&thread, 0, seconds_in_thread, 0);
  pthread_join(thread, 0);
#ifdef __i386__
  IN_CHILD({
    setuid(77);
    CALL(stime, "of another user", &told);
  });
#endif
}

/* All of it by somebody who may change nothing. */
static void kept(void) {
  keeping x;
  memset(&x, 0, sizeof x);
  long before = now();
  CALL_OK(adjtimex, "that reads", &x);
  EFFECT(adjtimex, "that reads tells the time",
         x.time.seconds >= before && x.time.seconds <= now());
  EFFECT(adjtimex, "that reads tells ticks of about a hundredth second",
         x.tick >= 9000 && x.tick <= 11000);
  EFFECT(adjtimex, "that reads tells the clock's precision", x.precision >= 1);
  EFFECT(adjtimex, "that reads tells how far the rate may be off", x.tolerance);
  EFFECT(adjtimex, "that reads leaves the modes", x.modes);
  CALL(adjtimex, "to an address that is none", 8L);
  CALL(adjtimex, "to no address", 0L);
  x.modes = ADJ_FREQUENCY;
  CALL(adjtimex, "of the rate", &x);
  x.modes = ADJ_OFFSET;
  CALL(adjtimex, "of the offset", &x);
  x.modes = ADJ_TICK;
  x.tick = 1;
  CALL(adjtimex, "of a tick that cannot be", &x);
  x.modes = ADJ_SETOFFSET;
  CALL(adjtimex, "of a jump", &x);
  x.modes = ADJ_OFFSET_SINGLESHOT;
  CALL(adjtimex, "of an old shift", &x);
  x.modes = ADJ_ADJTIME;
  CALL(adjtimex, "of an old mode without a shift", &x);
  x.modes = ADJ_OFFSET_SS_READ;
  CALL_OK(adjtimex, "that reads an old shift", &x);
  EFFECT(adjtimex, "that fails changes nothing", labs(now() - before) < 60);

  memset(&x, 0, sizeof x);
  CALL_OK(clock_adjtime, "that reads the time of day", CLOCK_REALTIME, &x);
  EFFECT(clock_adjtime, "that reads tells the time",
         x.time.seconds >= before && x.time.seconds <= now());
  CALL(clock_adjtime, "of a clock that only goes on", CLOCK_MONOTONIC, &x);
  CALL(clock_adjtime, "of the time since the start", CLOCK_BOOTTIME, &x);
  CALL(clock_adjtime, "of a coarse clock", CLOCK_REALTIME_COARSE, &x);
  CALL(clock_adjtime, "of the process's time", CLOCK_PROCESS_CPUTIME_ID, &x);
  CALL(clock_adjtime, "of a clock there is not", 99, &x);
  CALL(clock_adjtime, "of a clock by a descriptor that is none", ~999 << 3 | 3, &x);
  CALL(clock_adjtime, "to an address that is none", CLOCK_REALTIME, 8L);
  CALL(clock_adjtime, "of a clock there is not, to an address that is none", 99, 8L);
  x.modes = ADJ_FREQUENCY;
  CALL(clock_adjtime, "of the rate", CLOCK_REALTIME, &x);
  x.modes = ADJ_SETOFFSET;
  CALL(clock_adjtime, "of a jump", CLOCK_REALTIME, &x);
}

int main(void) {
  begin();
  time_of_day();
  IN_CHILD({
    setuid(77);
    kept();
  });
  return 0;
}
