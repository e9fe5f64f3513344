/* Timers that send signals: alarm, setitimer and getitimer. */
#include "calls.h"

static void *const nowhere = (void *)8;
static volatile int caught, code;

static void count(int signal, siginfo_t *i, void *context) {
  caught++;
  code = i->si_code;
}

static void on(int signal) {
  struct sigaction s = {.sa_sigaction = count, .sa_flags = SA_SIGINFO};
  sigaction(signal, &s, 0);
  caught = 0;
}

static int wait_for(int signals) {
  while (caught < signals) usleep(1000);
  return caught;
}

static void alarms(void) {
  on(SIGALRM);
  CALL(alarm, "the first", 1000);
  CALL(alarm, "another one tells what was left", 500);
  CALL(alarm, "none tells what was left", 0L);
  CALL(alarm, "none when there is none", 0L);
  CALL(alarm, "in a second", 1);
  EFFECT(alarm, "comes", wait_for(1));
  EFFECT(alarm, "its code is the kernel's", code == SI_KERNEL);
  CALL(alarm, "after it came", 100);
  IN_CHILD(CALL(alarm, "a child has none", 0L));
  struct itimerval t;
  getitimer(ITIMER_REAL, &t);
  EFFECT(alarm, "is the interval timer", t.it_value.tv_sec >= 90 && !t.it_interval.tv_sec);
  CALL(alarm, "of the longest time that is a positive number", 0x7fffffff);
  EFFECT(alarm, "of a time that is a negative number is long", syscall(SYS_alarm, -1L) > 2000000000);
  int status;
  pid_t child = fork();
  if (!child) {
    signal(SIGALRM, SIG_DFL);
    CALL(alarm, "that will kill", 1);
    while (1) pause();
  }
  waitpid(child, &status, 0);
  EFFECT(alarm, "kills who does not catch it", WTERMSIG(status));
  syscall(SYS_alarm, 0L);
}

static void intervals(void) {
  struct itimerval t = {{3, 5}, {1000, 7}}, old = {{9, 9}, {9, 9}};
  CALL(getitimer, "of a timer that is not set", ITIMER_REAL, &old);
  EFFECT(getitimer, "is zero", old.it_value.tv_sec + old.it_value.tv_usec + old.it_interval.tv_sec);
  CALL(getitimer, "of the one that profiles", ITIMER_PROF, &old);
  CALL(getitimer, "of one that is none", 3, &old);
  CALL(getitimer, "of a negative one", -1, &old);
  CALL(getitimer, "to an address that is none", ITIMER_REAL, nowhere);
  CALL(getitimer, "to no address", ITIMER_REAL, 0);

  CALL(setitimer, "for the first time", ITIMER_REAL, &t, &old);
  EFFECT(setitimer, "there was none before", old.it_value.tv_sec);
  getitimer(ITIMER_REAL, &old);
  EFFECT(getitimer, "what was set",
         old.it_value.tv_sec >= 900 && old.it_value.tv_sec <= 1000 && old.it_interval.tv_sec == 3
             && old.it_interval.tv_usec == 5);
  IN_CHILD(getitimer(ITIMER_REAL, &old); EFFECT(getitimer, "a child has none", old.it_value.tv_sec));
  t.it_value.tv_usec = 1000000;
  CALL(setitimer, "with a million microseconds", ITIMER_REAL, &t, &old);
  t.it_value.tv_usec = -1;
  CALL(setitimer, "with negative microseconds", ITIMER_REAL, &t, &old);
  t.it_value = (struct timeval){-1, 0};
  CALL(setitimer, "with negative seconds", ITIMER_REAL, &t, &old);
  t = (struct itimerval){{0, 1000000}, {0, 0}};
  CALL(setitimer, "with a bad interval, though off", ITIMER_REAL, &t, &old);
  CALL(setitimer, "of one that is none", 3, &t, &old);
  CALL(setitimer, "from an address that is none", ITIMER_REAL, nowhere, &old);
  getitimer(ITIMER_REAL, &old);
  EFFECT(setitimer, "failures change nothing", old.it_value.tv_sec >= 900);
  t = (struct itimerval){{5, 0}, {0, 0}};
  CALL(setitimer, "an interval without a first time", ITIMER_REAL, &t, nowhere);
  getitimer(ITIMER_REAL, &old);
  EFFECT(setitimer, "stops it, though the old one went nowhere", old.it_value.tv_sec);
  on(SIGALRM);
  t = (struct itimerval){{0, 1000}, {0, 1000}};
  CALL(setitimer, "every millisecond", ITIMER_REAL, &t, 0);
  EFFECT(setitimer, "comes again", wait_for(3) >= 3);
  CALL(setitimer, "from no address is off", ITIMER_REAL, 0, &old);
  EFFECT(setitimer, "the interval it had", old.it_interval.tv_usec);
  on(SIGVTALRM);
  t = (struct itimerval){{0, 0}, {0, 10000}};
  CALL(setitimer, "of the processor's time", ITIMER_VIRTUAL, &t, 0);
  while (!caught) continue;
  EFFECT(setitimer, "comes when that is used", caught);
  on(SIGPROF);
  CALL(setitimer, "of the one that profiles", ITIMER_PROF, &t, 0);
  while (!caught) continue;
  EFFECT(setitimer, "comes once", caught);
}

int main(void) {
  begin();
  alarms();
  intervals();
  return 0;
}
