/* Sending, blocking, queueing, restarting. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
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

static volatile int count, order[64], last_code, last_value;

static void plain(int sig) { order[count++] = sig; }

static void full(int sig, siginfo_t *info, void *context) {
  order[count++] = sig;
  last_code = info->si_code;
  last_value = info->si_value.sival_int;
}

static void on(int sig, void (*h)(int), int flags) {
  struct sigaction sa;
  memset(&sa, 0, sizeof sa);
  sa.sa_handler = h;
  sa.sa_flags = flags;
  sigaction(sig, &sa, 0);
}

static void show(const char *what) {
  printf("%s:", what);
  for (int i = 0; i < count; i++) printf(" %d", order[i]);
  printf("\n");
  count = 0;
}

static void after(int millis) {
  struct itimerval t = {{0, 0}, {0, millis * 1000}};
  setitimer(ITIMER_REAL, &t, 0);
}

static void nested(int sig) {
  order[count++] = sig;
  if (sig == SIGUSR1 && count == 1) {
    raise(SIGUSR1); /* runs after this handler */
    raise(SIGUSR2); /* runs within it */
    order[count++] = -sig;
  }
}

static int no_red_zone_damage(void) {
  volatile long a[8];
  for (int i = 0; i < 8; i++) a[i] = i;
  raise(SIGUSR1);
  long sum = 0;
  for (int i = 0; i < 8; i++) sum += a[i];
  return sum == 28;
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  sigset_t set, old, pending;
  struct sigaction sa, was;
  on(SIGUSR1, plain, 0);
  raise(SIGUSR1);
  show("raise");
  printf("red zone %d\n", no_red_zone_damage());
  count = 0;

  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN);
  sigaddset(&set, SIGRTMIN + 1);
  sigprocmask(SIG_BLOCK, &set, &old);
  kill(getpid(), SIGUSR1);
  kill(getpid(), SIGUSR1);
  memset(&sa, 0, sizeof sa);
  sa.sa_sigaction = full;
  sa.sa_flags = SA_SIGINFO;
  sigaction(SIGRTMIN, &sa, 0);
  sigaction(SIGRTMIN + 1, &sa, 0);
  for (int i = 0; i < 3; i++) {
    union sigval v = {.sival_int = 10 + i};
    sigqueue(getpid(), SIGRTMIN + (i == 0), v);
  }
  sigpending(&pending);
  printf("pending %d %d %d %d\n", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGRTMIN),
         sigismember(&pending, SIGRTMIN + 1), sigismember(&pending, SIGUSR2));
  sigprocmask(SIG_SETMASK, &old, 0);
  show("unblocked");
  printf("code %d value %d\n", last_code, last_value);

  on(SIGUSR1, nested, 0);
  on(SIGUSR2, nested, 0);
  raise(SIGUSR1);
  show("nested");
  on(SIGUSR1, plain, SA_RESETHAND);
  raise(SIGUSR1);
  sigaction(SIGUSR1, 0, &was);
  printf("reset %d\n", was.sa_handler == SIG_DFL);
  count = 0;

  int p[2];
  char c;
  pipe(p);
  on(SIGALRM, plain, SA_RESTART);
  if (fork() == 0) {
    usleep(150000);
    write(p[1], "x", 1);
    _exit(0);
  }
  after(40);
  printf("restarted read %zd\n", read(p[0], &c, 1));
  wait(0);
  on(SIGALRM, plain, 0);
  after(40);
  int n = read(p[0], &c, 1);
  printf("interrupted read %d %d\n", n, errno == EINTR);
  struct timespec ts = {0, 300000000}, rem = {9, 9};
  after(50);
  n = nanosleep(&ts, &rem);
  printf("nanosleep %d %d\n", n, rem.tv_sec == 0 && rem.tv_nsec > 100000000);
  after(50);
  n = clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &rem);
  printf("clock_nanosleep %d\n", n == EINTR);
  after(50);
  n = pause();
  printf("pause %d %d\n", n, errno == EINTR);
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  sigprocmask(SIG_BLOCK, &set, &old);
  after(30);
  n = sigsuspend(&old);
  sigprocmask(SIG_BLOCK, 0, &set);
  printf("sigsuspend %d %d still blocked %d\n", n, errno == EINTR, sigismember(&set, SIGALRM));
  after(30);
  siginfo_t info;
  n = sigwaitinfo(&set, &info);
  printf("sigwaitinfo %d code %d\n", n, info.si_code);
  ts.tv_nsec = 20000000;
  n = sigtimedwait(&set, &info, &ts);
  printf("sigtimedwait %d %d\n", n, errno == EAGAIN);
  sigprocmask(SIG_SETMASK, &old, 0);

  errno = 0;
  RESULT("kill", kill(99999999, 0));
  RESULT("kill", kill(getpid(), 65));
  RESULT("sigaction", sigaction(SIGKILL, &sa, 0));
  RESULT("tgkill", syscall(SYS_tgkill, getpid(), 1 << 22, SIGUSR1));
  RESULT("sigaltstack", sigaltstack(&(stack_t){.ss_sp = &c, .ss_size = 10}, 0));

  struct sigevent ev;
  timer_t timer;
  memset(&ev, 0, sizeof ev);
  ev.sigev_notify = SIGEV_SIGNAL;
  ev.sigev_signo = SIGRTMIN;
  ev.sigev_value.sival_int = 77;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, 0);
  timer_create(CLOCK_MONOTONIC, &ev, &timer);
  struct itimerspec its = {{0, 10000000}, {0, 10000000}}, left;
  timer_settime(timer, 0, &its, 0);
  usleep(100000);
  n = sigwaitinfo(&set, &info);
  printf("timer %d value %d code %d overrun %d\n", n == SIGRTMIN, info.si_value.sival_int,
         info.si_code, info.si_overrun >= 4);
  its.it_value.tv_nsec = 0;
  timer_settime(timer, 0, &its, 0);
  timer_gettime(timer, &left);
  printf("disarmed %ld %ld\n", left.it_value.tv_nsec, left.it_interval.tv_nsec);
  printf("delete %d %d\n", timer_delete(timer), timer_delete(timer));
  printf("alarm %u %u\n", alarm(100), alarm(0));
  return 0;
}
