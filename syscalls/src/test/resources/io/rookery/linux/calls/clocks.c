/* Clocks and sleeping on them. */
#include "calls.h"

#include <time.h>

static void *const nowhere = (void *)8;
static volatile int caught;

/* struct __kernel_timespec, which 32-bit programs have for the newer calls. */
struct wide_time {
  int64_t tv_sec, tv_nsec;
};

static void count(int signal) { caught++; }

static struct timespec now(int clock) {
  struct timespec t;
  syscall(SYS_clock_gettime, clock, &t);
  return t;
}

static int before(struct timespec a, struct timespec b) {
  return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec <= b.tv_nsec);
}

/* A processor time clock of a process (2) or a thread (6). */
static int clock_of(pid_t id, int kind) { return (int)(~(unsigned)id << 3 | kind); }

static void readings(void) {
  struct timespec t = {-1, -1};
  CALL(clock_gettime, "the time of day", CLOCK_REALTIME, &t);
  struct timeval day;
  gettimeofday(&day, 0);
  EFFECT(clock_gettime, "is gettimeofday's", day.tv_sec - t.tv_sec < 100);
  CALL(clock_gettime, "since the start", CLOCK_MONOTONIC, &t);
  CALL(clock_gettime, "of the process", CLOCK_PROCESS_CPUTIME_ID, &t);
  CALL(clock_gettime, "of the thread", CLOCK_THREAD_CPUTIME_ID, &t);
  CALL(clock_gettime, "raw", CLOCK_MONOTONIC_RAW, &t);
  CALL(clock_gettime, "coarse", CLOCK_REALTIME_COARSE, &t);
  CALL(clock_gettime, "coarse since the start", CLOCK_MONOTONIC_COARSE, &t);
  CALL(clock_gettime, "with sleep since the start", CLOCK_BOOTTIME, &t);
  CALL(clock_gettime, "atomic", CLOCK_TAI, &t);
  EFFECT(clock_gettime, "nanoseconds are a fraction", t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
  CALL(clock_gettime, "of a clock that is none", 99, &t);
  CALL(clock_gettime, "of a clock that was removed", 10, &t);
  CALL(clock_gettime, "of another process", clock_of(getppid(), 2), &t);
  CALL(clock_gettime, "of a process that is none", clock_of(0x0ffffff0, 2), &t);
  CALL(clock_gettime, "of a thread that is none", clock_of(0x0ffffff0, 6), &t);
  CALL(clock_gettime, "of a kind of processor time that is none", clock_of(0, 3), &t);
  CALL(clock_gettime, "to an address that is none", CLOCK_MONOTONIC, nowhere);
  struct timespec first = now(CLOCK_MONOTONIC), second = now(CLOCK_MONOTONIC);
  EFFECT(clock_gettime, "does not go back", before(first, second));
  first = now(CLOCK_PROCESS_CPUTIME_ID);
  for (volatile int i = 0; i < 10000000; i++) continue;
  second = now(CLOCK_PROCESS_CPUTIME_ID);
  EFFECT(clock_gettime, "of the process goes on with its work", !before(second, first));

  CALL(clock_getres, "of the time of day", CLOCK_REALTIME, &t);
  EFFECT(clock_getres, "is a nanosecond", !t.tv_sec && t.tv_nsec == 1);
  CALL(clock_getres, "of the process", CLOCK_PROCESS_CPUTIME_ID, &t);
  EFFECT(clock_getres, "of processor time is a nanosecond", t.tv_nsec);
  CALL(clock_getres, "of another process", clock_of(getppid(), 2), &t);
  CALL(clock_getres, "without a place for it", CLOCK_MONOTONIC, 0);
  CALL(clock_getres, "of a clock that is none", 99, &t);
  CALL(clock_getres, "of a clock that is none, without a place for it", -1, 0);
  CALL(clock_getres, "to an address that is none", CLOCK_MONOTONIC, nowhere);
  CALL(clock_getres, "of a coarse clock", CLOCK_REALTIME_COARSE, &t);
  EFFECT(clock_getres, "of a coarse clock is more", t.tv_nsec > 1);
}

static void tick(int on) {
  struct itimerval t = {{0, on * 10000}, {0, on * 10000}};
  setitimer(ITIMER_REAL, &t, 0);
}

static int slept(struct timespec from, long nanoseconds) {
  struct timespec to = now(CLOCK_MONOTONIC);
  return (to.tv_sec - from.tv_sec) * 1000000000ll + to.tv_nsec - from.tv_nsec >= nanoseconds;
}

static void sleeps(void) {
  struct timespec t = {0, 2000000}, left = {7, 7}, from = now(CLOCK_MONOTONIC);
  CALL(nanosleep, "of two milliseconds", &t, &left);
  EFFECT(nanosleep, "is not shorter", slept(from, 2000000));
  EFFECT(nanosleep, "leaves what would be left", left.tv_sec == 7);
  t = (struct timespec){0, 0};
  CALL(nanosleep, "of no time", &t, 0);
  t = (struct timespec){0, 1000000000};
  CALL(nanosleep, "with too many nanoseconds", &t, 0);
  t = (struct timespec){0, -1};
  CALL(nanosleep, "with negative nanoseconds", &t, 0);
  t = (struct timespec){-1, 0};
  CALL(nanosleep, "of negative seconds", &t, 0);
  CALL(nanosleep, "of a time that is nowhere", nowhere, 0);
  CALL(nanosleep, "of no address", 0, 0);
  struct sigaction s = {.sa_handler = count, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &s, 0);
  tick(1);
  t = (struct timespec){1000, 0};
  CALL(nanosleep, "that a signal ends", &t, &left);
  EFFECT(nanosleep, "tells what is left", left.tv_sec > 500 && left.tv_sec < 1000);
  CALL(nanosleep, "that cannot tell what is left", &t, nowhere);
  CALL(nanosleep, "to be told in its own argument", &t, &t);
  EFFECT(nanosleep, "its own argument is what is left", t.tv_sec > 500 && t.tv_sec < 1000);
  tick(0);

  t = (struct timespec){0, 2000000};
  from = now(CLOCK_MONOTONIC);
  CALL(clock_nanosleep, "of two milliseconds", CLOCK_MONOTONIC, 0L, &t, 0);
  EFFECT(clock_nanosleep, "is not shorter", slept(from, 2000000));
  CALL(clock_nanosleep, "on the time of day", CLOCK_REALTIME, 0L, &t, 0);
  CALL(clock_nanosleep, "on the time with sleep", CLOCK_BOOTTIME, 0L, &t, 0);
  CALL(clock_nanosleep, "on atomic time", CLOCK_TAI, 0L, &t, 0);
  CALL(clock_nanosleep, "on the thread's own time", CLOCK_THREAD_CPUTIME_ID, 0L, &t, 0);
  CALL(clock_nanosleep, "on a raw clock", CLOCK_MONOTONIC_RAW, 0L, &t, 0);
  CALL(clock_nanosleep, "on a coarse clock", CLOCK_REALTIME_COARSE, 0L, &t, 0);
  CALL(clock_nanosleep, "on a clock that is none", 99, 0L, &t, 0);
  CALL(clock_nanosleep, "until a time that is over", CLOCK_REALTIME, TIMER_ABSTIME, &t, 0);
  t = (struct timespec){0, 1000000000};
  CALL(clock_nanosleep, "with too many nanoseconds", CLOCK_MONOTONIC, 0L, &t, 0);
  CALL(clock_nanosleep, "with too many nanoseconds, on a clock that is none", 99, 0L, &t, 0);
#ifdef __x86_64__
  CALL(clock_nanosleep, "of a time that is nowhere, on a raw clock", CLOCK_MONOTONIC_RAW, 0L,
       nowhere, 0);
#endif
  CALL(clock_nanosleep, "of a time that is nowhere", CLOCK_MONOTONIC, 0L, nowhere, 0);
  from = now(CLOCK_MONOTONIC);
  t = (struct timespec){from.tv_sec + 1, from.tv_nsec};
  CALL(clock_nanosleep, "until a time to come", CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0);
  EFFECT(clock_nanosleep, "it has come", before(t, now(CLOCK_MONOTONIC)));
  tick(1);
  t = (struct timespec){1000, 0};
  CALL(clock_nanosleep, "that a signal ends", CLOCK_REALTIME, 0L, &t, &left);
  EFFECT(clock_nanosleep, "tells what is left", left.tv_sec > 500 && left.tv_sec < 1000);
  t = (struct timespec){from.tv_sec + 10000, 0};
  left.tv_sec = 3;
  CALL(clock_nanosleep, "until a time, which a signal ends", CLOCK_MONOTONIC, TIMER_ABSTIME, &t, &left);
  EFFECT(clock_nanosleep, "does not tell what is left until a time", left.tv_sec);
  tick(0);
}

#ifdef __i386__
static void wide_calls(void) {
  struct wide_time t = {-1, -1}, left = {0, 0};
  CALL(clock_gettime64, "the time of day", CLOCK_REALTIME, &t);
  EFFECT(clock_gettime64, "is the narrow call's", t.tv_sec - now(CLOCK_REALTIME).tv_sec < 100);
  CALL(clock_gettime64, "of a clock that is none", 99, &t);
  CALL(clock_gettime64, "to an address that is none", CLOCK_MONOTONIC, nowhere);
  CALL(clock_getres_time64, "of the time of day", CLOCK_REALTIME, &t);
  EFFECT(clock_getres_time64, "is a nanosecond", !t.tv_sec && t.tv_nsec == 1);
  CALL(clock_getres_time64, "without a place for it", CLOCK_REALTIME, 0);
  CALL(clock_getres_time64, "of a clock that is none", 99, &t);
  t = (struct wide_time){0, 1000000};
  CALL(clock_nanosleep_time64, "of a millisecond", CLOCK_MONOTONIC, 0, &t, 0);
  CALL(clock_nanosleep_time64, "on a clock that is none", 99, 0, &t, 0);
  CALL(clock_nanosleep_time64, "of a time that is nowhere", CLOCK_MONOTONIC, 0, nowhere, 0);
  t.tv_nsec = 1000000000;
  CALL(clock_nanosleep_time64, "with too many nanoseconds", CLOCK_MONOTONIC, 0, &t, 0);
  tick(1);
  t = (struct wide_time){1ll << 33, 0};
  CALL(clock_nanosleep_time64, "of centuries, which a signal ends", CLOCK_MONOTONIC, 0, &t, &left);
  EFFECT(clock_nanosleep_time64, "tells what is left of them", left.tv_sec >> 32);
  tick(0);
}
#endif

int main(void) {
  begin();
  readings();
  sleeps();
#ifdef __i386__
  wide_calls();
#endif
  return 0;
}
