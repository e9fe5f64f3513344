/* Limits of processor time and of file sizes; several processes use up theirs at a time. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t exceeded, code;

static void on_exceeded(int sig, siginfo_t *info, void *context) {
  exceeded++;
  code = info->si_code;
}

static void limit(int resource, rlim_t soft, rlim_t hard) {
  struct rlimit l = {soft, hard};
  if (setrlimit(resource, &l) != 0) printf("setrlimit %d\n", errno);
}

static void spin(void) {
  for (;;)
    if (exceeded == 2) _exit(42);
}

static void killed_at_soft(int *shown) {
  limit(RLIMIT_CPU, 1, RLIM_INFINITY);
  spin();
}

static void killed_at_hard(int *shown) {
  signal(SIGXCPU, SIG_IGN);
  limit(RLIMIT_CPU, 1, 1);
  spin();
}

static void warned_twice(int *shown) {
  struct sigaction sa = {.sa_sigaction = on_exceeded, .sa_flags = SA_SIGINFO};
  sigaction(SIGXCPU, &sa, 0);
  limit(RLIMIT_CPU, 1, 100);
  while (exceeded == 0)
    ;
  struct rlimit l;
  getrlimit(RLIMIT_CPU, &l);
  shown[0] = l.rlim_cur;
  shown[1] = l.rlim_max;
  shown[2] = code;
  spin();
}

static void inherited(int *shown) {
  limit(RLIMIT_CPU, 1, RLIM_INFINITY);
  pid_t p = fork();
  if (p == 0) spin();
  int st;
  waitpid(p, &st, 0);
  shown[0] = WTERMSIG(st);
  _exit(7);
}

static void lifted(int *shown) {
  limit(RLIMIT_CPU, 1, RLIM_INFINITY);
  limit(RLIMIT_CPU, RLIM_INFINITY, RLIM_INFINITY);
  usleep(1500000);
  _exit(8);
}

static void asleep(int *shown) {
  limit(RLIMIT_CPU, 1, 2);
  sleep(2);
  _exit(9);
}

static void large_file(int *shown) {
  limit(RLIMIT_FSIZE, 1000, 2000);
  int fd = memfd_create("x", 0);
  char path[64];
  snprintf(path, sizeof path, "/tmp/limits.%d", getpid());
  fd = open(path, O_CREAT | O_RDWR | O_EXCL, 0600);
  unlink(path);
  static char b[3000];
  shown[0] = write(fd, b, 600);
  shown[1] = write(fd, b, 600);
  signal(SIGXFSZ, SIG_IGN);
  shown[2] = write(fd, b, 600);
  shown[3] = errno;
  shown[4] = ftruncate(fd, 1001);
  shown[5] = errno;
  signal(SIGXFSZ, SIG_DFL);
  shown[6] = pwrite(fd, b, 1, 999);
  pwrite(fd, b, 1, 1000);
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  struct {
    const char *name;
    void (*f)(int *);
    pid_t pid;
  } all[] = {{"killed at the soft limit", killed_at_soft}, {"killed at the hard limit", killed_at_hard},
             {"warned twice", warned_twice},               {"inherited", inherited},
             {"lifted", lifted},                           {"asleep", asleep},
             {"large file", large_file}};
  enum { COUNT = sizeof all / sizeof *all };
  int(*shown)[8] =
      mmap(0, COUNT * sizeof *shown, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < COUNT; i++)
    if ((all[i].pid = fork()) == 0) {
      all[i].f(shown[i]);
      _exit(1);
    }
  for (int i = 0; i < COUNT; i++) {
    int st;
    waitpid(all[i].pid, &st, 0);
    printf("%s: exit %d signal %d\n", all[i].name, WEXITSTATUS(st), WTERMSIG(st));
    for (int k = 0; k < 8; k++) printf(" %d", shown[i][k]);
    printf("\n");
  }
  return 0;
}
