/* Clocks and timers; only relations are printed. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Prints a call's result and, where it failed, its error. */
#define RESULT(what, call)                        \
  do {                                            \
    errno = 0;                                    \
    long result_ = (long)(call);                  \
    printf(what " %ld %d\n", result_, result_ < 0 ? errno : 0); \
  } while (0)

static volatile int alarms;
static void on_alarm(int sig) { alarms++; }

static double now(int clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Takes processor time, which may take long where others want it, too. */
static void spin(double seconds) {
  double end = now(CLOCK_PROCESS_CPUTIME_ID) + seconds, latest = now(CLOCK_MONOTONIC) + 30;
  while (now(CLOCK_PROCESS_CPUTIME_ID) < end && now(CLOCK_MONOTONIC) < latest)
    ;
}

/* More processes than processors: what they take together is what there is. */
static void share(void) {
  struct rusage before, after;
  getrusage(RUSAGE_CHILDREN, &before);
  double start = now(CLOCK_MONOTONIC);
  int processors = sysconf(_SC_NPROCESSORS_ONLN);
  for (int i = 0; i < 4 * processors; i++) {
    if (fork() == 0) {
      while (now(CLOCK_MONOTONIC) < start + 0.4)
        ;
      _exit(0);
    }
  }
  while (wait(0) > 0)
    ;
  double most = processors * (now(CLOCK_MONOTONIC) - start);
  getrusage(RUSAGE_CHILDREN, &after);
  double taken = after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec -
                 before.ru_stime.tv_sec + 1e-6 * (after.ru_utime.tv_usec - before.ru_utime.tv_usec +
                                                  after.ru_stime.tv_usec - before.ru_stime.tv_usec);
  printf("processors are shared %d\n", taken > 0.02 && taken < 1.1 * most);
}

int main(void) {
  struct timespec t = {0, 0}, res;
  struct timeval tv;
  double a, b;
  setvbuf(stdout, 0, _IOLBF, 0);
  gettimeofday(&tv, 0);
  a = now(CLOCK_REALTIME);
  printf("time %d %d\n", time(0) - tv.tv_sec <= 1, a - tv.tv_sec < 2);
  a = now(CLOCK_MONOTONIC);
  b = now(CLOCK_BOOTTIME);
  printf("monotonic %d %d\n", a > 0 && b >= a - 0.1, now(CLOCK_MONOTONIC) >= a);
  int clocks[] = {0, 1, 2, 3, 4, 5, 6, 7, 11, 10, 12, 99};
  for (int i = 0; i < 12; i++) {
    errno = 0;
    int r = clock_gettime(clocks[i], &t);
    int r2 = clock_getres(clocks[i], &res);
    printf("clock %d: %d %d res %d %d\n", clocks[i], r, errno, r2, r2 == 0 && res.tv_nsec > 0);
  }
  a = now(CLOCK_MONOTONIC);
  t.tv_sec = 0;
  t.tv_nsec = 30000000;
  printf("nanosleep %d", nanosleep(&t, 0));
  printf(" %d\n", now(CLOCK_MONOTONIC) - a >= 0.03);
  t.tv_nsec = 1000000000;
  RESULT("nanosleep", nanosleep(&t, 0));
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_nsec += 20000000;
  if (t.tv_nsec >= 1000000000) t.tv_nsec -= 1000000000, t.tv_sec++;
  a = now(CLOCK_MONOTONIC);
  printf("absolute %d", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, 0));
  printf(" %d\n", now(CLOCK_MONOTONIC) - a > 0.01);
  printf("past %d\n", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, 0));
  printf("bad clock %d %d\n", clock_nanosleep(99, 0, &t, 0),
         clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, 0));

  signal(SIGALRM, on_alarm);
  signal(SIGVTALRM, on_alarm);
  signal(SIGPROF, on_alarm);
  struct itimerval it = {{0, 20000}, {0, 20000}}, old;
  setitimer(ITIMER_REAL, &it, 0);
  while (alarms < 3) usleep(1000);
  getitimer(ITIMER_REAL, &old);
  printf("itimer %d %d\n", alarms >= 3, old.it_interval.tv_usec == 20000);
  memset(&it, 0, sizeof it);
  setitimer(ITIMER_REAL, &it, &old);
  printf("was running %d\n", old.it_value.tv_usec > 0);
  alarms = 0;
  it.it_value.tv_usec = 20000;
  setitimer(ITIMER_VIRTUAL, &it, 0);
  setitimer(ITIMER_PROF, &it, 0);
  spin(0.3);
  printf("cpu timers %d\n", alarms);
  RESULT("setitimer", setitimer(3, &it, 0));
  it.it_value.tv_usec = 1000000;
  RESULT("setitimer", setitimer(0, &it, 0));

  struct rusage before, after;
  getrusage(RUSAGE_SELF, &before);
  spin(0.1);
  getrusage(RUSAGE_SELF, &after);
  printf("cpu time grows %d\n", after.ru_utime.tv_sec + after.ru_utime.tv_usec * 1e-6 +
                                        after.ru_stime.tv_sec + after.ru_stime.tv_usec * 1e-6 >
                                    before.ru_utime.tv_sec + before.ru_utime.tv_usec * 1e-6 +
                                        before.ru_stime.tv_sec + before.ru_stime.tv_usec * 1e-6 +
                                        0.005);
  a = now(CLOCK_PROCESS_CPUTIME_ID);
  usleep(100000);
  printf("sleep costs nothing %d\n", now(CLOCK_PROCESS_CPUTIME_ID) - a < 0.05);
  if (fork() == 0) {
    spin(0.1);
    _exit(0);
  }
  getrusage(RUSAGE_CHILDREN, &before);
  wait(0);
  struct tms tms;
  printf("times %d\n", times(&tms) > 0);
  getrusage(RUSAGE_CHILDREN, &after);
  printf("children %d %d\n", before.ru_utime.tv_usec + before.ru_stime.tv_usec == 0,
         after.ru_utime.tv_usec + after.ru_stime.tv_usec > 5000);
  share();
  RESULT("getrusage", getrusage(5, &after));
  timer_t timer;
  struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 99};
  RESULT("timer_create", timer_create(CLOCK_REALTIME, &ev, &timer));
  RESULT("timer_create", timer_create(99, 0, &timer));
  alarms = 0;
  printf("timer_create %d\n", timer_create(CLOCK_REALTIME, 0, &timer));
  struct itimerspec its = {{0, 0}, {0, 10000000}};
  timer_settime(timer, 0, &its, 0);
  while (alarms == 0) usleep(1000);
  printf("default timer %d\n", alarms);
  timer_gettime(timer, &its);
  printf("one shot %ld\n", its.it_value.tv_nsec);
  its.it_value.tv_nsec = -1;
  RESULT("timer_settime", timer_settime(timer, 0, &its, 0));
  return 0;
}
