/* Scheduling policies, processors that a task may run on, nice values. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESULT(what, call)                                      \
  do {                                                          \
    errno = 0;                                                  \
    long result_ = (long)(call);                                \
    printf(what " %ld %d\n", result_, result_ < 0 ? errno : 0); \
  } while (0)

struct attributes {
  unsigned size, policy;
  unsigned long long flags;
  int nice;
  unsigned priority;
  unsigned long long runtime, deadline, period;
};

static int processors(pid_t pid) {
  cpu_set_t s;
  CPU_ZERO(&s);
  return sched_getaffinity(pid, sizeof s, &s) < 0 ? -1 : CPU_COUNT(&s);
}

static void status_lines(void) {
  FILE *f = fopen("/proc/thread-self/status", "r");
  char line[4096];
  while (fgets(line, sizeof line, f))
    if (!strncmp(line, "Cpus_allowed", 12)) fputs(line, stdout);
  fclose(f);
}

static void *in_thread(void *unused) {
  printf("a thread has %d, policy %d\n", processors(0), sched_getscheduler(0));
  cpu_set_t s;
  sched_getaffinity(getppid(), sizeof s, &s);
  RESULT("widen", sched_setaffinity(0, sizeof s, &s));
  struct sched_param p = {0};
  RESULT("the thread is idle", sched_setscheduler(0, SCHED_IDLE, &p));
  return unused;
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  struct sched_param p = {0}, one = {1};
  RESULT("policy", sched_getscheduler(0));
  RESULT("batch", sched_setscheduler(0, SCHED_BATCH, &p));
  RESULT("policy", sched_getscheduler(0));
  RESULT("batch with priority", sched_setscheduler(0, SCHED_BATCH, &one));
  RESULT("no policy", sched_setscheduler(0, 4, &p));
  RESULT("negative policy", sched_setscheduler(0, -1, &p));
  RESULT("no parameter", sched_setscheduler(0, SCHED_BATCH, 0));
  RESULT("bad parameter", syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, 8));
  RESULT("negative process", sched_setscheduler(-1, SCHED_BATCH, &p));
  RESULT("no process", sched_setscheduler(0x3ffffff, SCHED_BATCH, &p));
  RESULT("policy of none", sched_getscheduler(0x3ffffff));
  RESULT("set parameter", sched_setparam(0, &p));
  RESULT("priority", sched_setparam(0, &one));
  RESULT("set none", sched_setparam(0, 0));
  p.sched_priority = 9;
  RESULT("get parameter", sched_getparam(0, &p));
  printf("%d\n", p.sched_priority);
  RESULT("reset on fork", sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &p));
  RESULT("policy", sched_getscheduler(0));
  if (fork() == 0) {
    RESULT("in the child", sched_getscheduler(0));
    exit(0);
  }
  wait(0);
  struct attributes a = {0};
  RESULT("attributes", syscall(SYS_sched_getattr, 0, &a, sizeof a, 0));
  printf("%u %llu %u\n", a.policy, a.flags, a.priority);
  a = (struct attributes){.size = sizeof a, .policy = SCHED_OTHER, .nice = 19};
  RESULT("set attributes", syscall(SYS_sched_setattr, 0, &a, 0));
  RESULT("policy", sched_getscheduler(0));
  RESULT("nice", getpriority(PRIO_PROCESS, 0));
  a.flags = 1;
  RESULT("reset by attributes", syscall(SYS_sched_setattr, 0, &a, 0));
  RESULT("policy", sched_getscheduler(0));
  a.policy = 77;
  RESULT("bad policy", syscall(SYS_sched_setattr, 0, &a, 0));
  RESULT("flags", syscall(SYS_sched_setattr, 0, &a, 1));
  RESULT("small", syscall(SYS_sched_getattr, 0, &a, 8, 0));

  cpu_set_t all, first, none;
  CPU_ZERO(&first);
  CPU_ZERO(&none);
  sched_getaffinity(0, sizeof all, &all);
  int n = 0;
  while (!CPU_ISSET(n, &all)) n++;
  CPU_SET(n, &first);
  RESULT("empty set", sched_setaffinity(0, sizeof none, &none));
  CPU_SET(1000, &none);
  RESULT("far processor", sched_setaffinity(0, sizeof none, &none));
  RESULT("bad set", sched_setaffinity(0, sizeof none, (void *)8));
  RESULT("of none", sched_setaffinity(0x3ffffff, sizeof first, &first));
  RESULT("of a negative one", sched_setaffinity(-1, sizeof first, &first));
  RESULT("odd size", syscall(SYS_sched_getaffinity, 0, 9, &first));
  RESULT("no size", syscall(SYS_sched_getaffinity, 0, 0, &first));
  RESULT("negative process", sched_getaffinity(-1, sizeof first, &first));
  RESULT("one", sched_setaffinity(0, sizeof first, &first));
  printf("%d\n", processors(0));
  printf("on it %d\n", sched_getcpu() == n);
  status_lines();
  pid_t child = fork();
  if (child == 0) {
    printf("the child has %d\n", processors(0));
    printf("the parent has %d\n", processors(getppid()));
    pthread_t t;
    pthread_create(&t, 0, in_thread, 0);
    pthread_join(t, 0);
    printf("policy of its first thread %d\n", sched_getscheduler(0));
    execlp("sh", "sh", "-c", "grep Cpus_allowed: /proc/self/status", (char *)0);
  }
  waitpid(child, 0, 0);
  child = fork();
  if (child == 0) {
    pause();
    exit(0);
  }
  RESULT("another's", sched_setaffinity(child, sizeof all, &all));
  printf("%d\n", processors(child) == CPU_COUNT(&all));
  RESULT("another's policy", sched_setscheduler(child, SCHED_IDLE, &p));
  RESULT("it is", sched_getscheduler(child));
  if (geteuid() == 0) {
    pid_t other = fork();
    if (other == 0) {
      if (setresuid(1234, 1234, 1234) != 0) exit(1);
      RESULT("a stranger's processors", sched_setaffinity(child, sizeof first, &first));
      RESULT("a stranger's policy", sched_setscheduler(child, SCHED_OTHER, &p));
      RESULT("a stranger looks", sched_getscheduler(child));
      RESULT("keeps reset", sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &p));
      RESULT("drops reset", sched_setscheduler(0, SCHED_BATCH, &p));
      exit(0);
    }
    waitpid(other, 0, 0);
  }
  kill(child, 9);
  wait(0);
  RESULT("most", sched_get_priority_max(SCHED_FIFO));
  RESULT("least", sched_get_priority_min(SCHED_RR));
  RESULT("most of batch", sched_get_priority_max(SCHED_BATCH));
  RESULT("of no policy", sched_get_priority_max(12));
  return 0;
}
