/* The timers of POSIX: timer_create and its kin. */
#include "calls.h"

#include <time.h>

static void *const nowhere = (void *)8;
static volatile int caught, value, code, id_told, last;

static void count(int signal, siginfo_t *i, void *context) {
  last = signal;
  code = i->si_code;
  value = i->si_value.sival_int;
  id_told = i->si_timerid;
  caught++;
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

static struct sigevent event(int notify, int signal) {
  struct sigevent e = {.sigev_notify = notify, .sigev_signo = signal, .sigev_value.sival_int = 77};
  e._sigev_un._tid = gettid();
  return e;
}

static void creations(void) {
  int id = -1, second = -1;
  struct sigevent e = event(SIGEV_SIGNAL, SIGUSR1);
  CALL(timer_create, "without an event", CLOCK_MONOTONIC, 0, &id);
  EFFECT(timer_create, "the first timer's number", id);
  CALL(timer_create, "with a signal", CLOCK_REALTIME, &e, &second);
  EFFECT(timer_create, "the second timer's number", second);
  CALL(timer_create, "of the process's processor time", CLOCK_PROCESS_CPUTIME_ID, &e, &id);
  CALL(timer_create, "of the thread's processor time", CLOCK_THREAD_CPUTIME_ID, &e, &id);
  CALL(timer_create, "of the time since the start", CLOCK_BOOTTIME, &e, &id);
  CALL(timer_create, "of a coarse clock", CLOCK_REALTIME_COARSE, &e, &id);
  CALL(timer_create, "of the raw clock", CLOCK_MONOTONIC_RAW, &e, &id);
  CALL(timer_create, "of a clock that is none", 99, &e, &id);
  CALL(timer_create, "of a processor's time of a process that is none", ~2000000000 << 3, &e, &id);
  e = event(SIGEV_SIGNAL, 0);
  CALL(timer_create, "with no signal", CLOCK_MONOTONIC, &e, &id);
  e = event(SIGEV_SIGNAL, 65);
  CALL(timer_create, "with a signal after the last", CLOCK_MONOTONIC, &e, &id);
  e = event(SIGEV_NONE, 99);
  CALL(timer_create, "that does nothing", CLOCK_MONOTONIC, &e, &id);
  e = event(SIGEV_THREAD_ID, SIGUSR1);
  CALL(timer_create, "for a thread", CLOCK_MONOTONIC, &e, &id);
  e._sigev_un._tid = getppid();
  CALL(timer_create, "for another process's thread", CLOCK_MONOTONIC, &e, &id);
  e = event(99, SIGUSR1);
  CALL(timer_create, "that tells in a way that is none", CLOCK_MONOTONIC, &e, &id);
  CALL(timer_create, "with an event that is nowhere", CLOCK_MONOTONIC, nowhere, &id);
  CALL(timer_create, "with a place for its number that is none", CLOCK_MONOTONIC, 0, nowhere);
  CALL(timer_delete, "the first timer", 0L);
  CALL(timer_delete, "a deleted timer", 0L);
  CALL(timer_delete, "a timer that never was", 12345);
  CALL(timer_delete, "a negative timer", -1);
  IN_CHILD(CALL(timer_delete, "a parent's timer in a child", second));
  CALL(timer_delete, "a timer that a child could not delete", second);
}

static int make(int clock, int notify, int signal) {
  int id;
  struct sigevent e = event(notify, signal);
  return syscall(SYS_timer_create, clock, &e, &id) ? -1 : id;
}

static struct itimerspec left(int id) {
  struct itimerspec now = {{9, 9}, {9, 9}};
  syscall(SYS_timer_gettime, id, &now);
  return now;
}

static void settings(void) {
  struct itimerspec t = {{3, 5}, {1000, 7}}, old = {{9, 9}, {9, 9}};
  int id = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1);
  CALL(timer_gettime, "of a timer that is not set", id, &old);
  EFFECT(timer_gettime, "is zero", old.it_value.tv_sec + old.it_value.tv_nsec + old.it_interval.tv_sec);
  CALL(timer_gettime, "of a timer that is none", 12345, &old);
  CALL(timer_gettime, "to an address that is none", id, nowhere);
  CALL(timer_gettime, "to no address", id, 0);
  CALL(timer_settime, "for the first time", id, 0, &t, &old);
  EFFECT(timer_settime, "there was no time before", old.it_value.tv_sec);
  old = left(id);
  EFFECT(timer_gettime, "what was set",
         old.it_value.tv_sec >= 900 && old.it_value.tv_sec <= 1000 && old.it_interval.tv_sec == 3
             && old.it_interval.tv_nsec == 5);
  t.it_value.tv_nsec = 1000000000;
  CALL(timer_settime, "with too many nanoseconds", id, 0, &t, &old);
  t.it_value = (struct timespec){-1, 0};
  CALL(timer_settime, "with negative seconds", id, 0, &t, &old);
  t.it_value = (struct timespec){1, -1};
  CALL(timer_settime, "with negative nanoseconds", id, 0, &t, &old);
  t = (struct itimerspec){{0, 1000000000}, {0, 0}};
  CALL(timer_settime, "with a bad interval, though off", id, 0, &t, &old);
  CALL(timer_settime, "from an address that is none", id, 0, nowhere, &old);
  CALL(timer_settime, "from no address", id, 0, 0, &old);
  CALL(timer_settime, "of a timer that is none", 12345, 0, &(struct itimerspec){0}, &old);
  EFFECT(timer_settime, "failures change nothing", left(id).it_value.tv_sec >= 900);
  t = (struct itimerspec){{5, 0}, {0, 0}};
  CALL(timer_settime, "an interval without a first time", id, 0, &t, &old);
  EFFECT(timer_settime, "tells what was left", old.it_value.tv_sec >= 900 && old.it_interval.tv_sec == 3);
  EFFECT(timer_gettime, "of one that was stopped", left(id).it_value.tv_sec);
  IN_CHILD(CALL(timer_gettime, "of a parent's timer in a child", id, &old));
  t = (struct itimerspec){{0, 0}, {500, 0}};
  CALL(timer_settime, "to an old place that is none", id, 0, &t, nowhere);
  EFFECT(timer_settime, "is set nevertheless", left(id).it_value.tv_sec >= 400);
  CALL(timer_settime, "with flags that are none", id, 6, &(struct itimerspec){0}, 0);
  id = make(CLOCK_MONOTONIC, SIGEV_NONE, 0);
  t = (struct itimerspec){{0, 0}, {0, 1}};
  CALL(timer_settime, "of one that does nothing", id, 0, &t, 0);
  while (left(id).it_value.tv_nsec) usleep(1000);
  EFFECT(timer_gettime, "of one that does nothing, when it is over", left(id).it_value.tv_nsec);
}

static void expiries(void) {
  struct itimerspec t = {{0, 0}, {0, 1}};
  int id = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1);
  on(SIGUSR1);
  syscall(SYS_timer_settime, id, 0, &t, 0);
  EFFECT(timer_settime, "comes", wait_for(1));
  EFFECT(timer_settime, "its code, value and number", code == SI_TIMER && value == 77 && id_told == id);
  EFFECT(timer_gettime, "of one that came", left(id).it_value.tv_nsec);
  CALL(timer_getoverrun, "of one that came once", id);
  CALL(timer_getoverrun, "of a timer that is none", 12345);
  CALL(timer_getoverrun, "of a negative timer", -1);
  on(SIGUSR1);
  CALL(timer_settime, "of a time that is over", id, TIMER_ABSTIME, &t, 0);
  EFFECT(timer_settime, "comes at once", wait_for(1));
  t.it_interval.tv_nsec = 1000000;
  on(SIGUSR1);
  syscall(SYS_timer_settime, id, 0, &t, 0);
  EFFECT(timer_settime, "comes again and again", wait_for(4) >= 4);

  sigset_t set;
  siginfo_t i;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, 0);
  usleep(50000);
  sigwaitinfo(&set, &i);
  EFFECT(timer_getoverrun, "of one that was blocked", i.si_overrun > 10);
  EFFECT(timer_getoverrun, "tells what the signal told",
         syscall(SYS_timer_getoverrun, id) == i.si_overrun);
  IN_CHILD(CALL(timer_getoverrun, "of a parent's timer in a child", id));
  usleep(5000);
  CALL(timer_delete, "with its signal pending", id);
  CALL(timer_getoverrun, "of a deleted timer", id);
  sigprocmask(SIG_UNBLOCK, &set, 0);

  id = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN);
  CALL(timer_getoverrun, "of one that is not set", id);
  on(SIGALRM);
  struct itimerspec soon = {{0, 0}, {0, 1}};
  syscall(SYS_timer_create, CLOCK_REALTIME, 0, &id);
  syscall(SYS_timer_settime, id, 0, &soon, 0);
  wait_for(1);
  EFFECT(timer_create, "without an event is SIGALRM with its number", last == SIGALRM && value == id);
  id = make(CLOCK_PROCESS_CPUTIME_ID, SIGEV_SIGNAL, SIGUSR2);
  on(SIGUSR2);
  syscall(SYS_timer_settime, id, 0, &soon, 0);
  while (!caught) continue;
  EFFECT(timer_settime, "of the processor's time", caught);
}

int main(void) {
  begin();
  creations();
  settings();
  expiries();
  return 0;
}
