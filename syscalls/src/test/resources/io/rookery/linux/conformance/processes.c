/* fork, exec, wait, groups, ids. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints a call's result and, where it failed, its error. */
#define RESULT(what, call)                        \
  do {                                            \
    errno = 0;                                    \
    long result_ = (long)(call);                  \
    printf(what " %ld %d\n", result_, result_ < 0 ? errno : 0); \
  } while (0)

static char **program;
static volatile int codes[8], seen;

static void child_changed(int sig, siginfo_t *info, void *context) {
  codes[seen++ % 8] = info->si_code * 100 + info->si_status;
}

static int in_child(void *arg) { _exit(*(int *)arg); }

int main(int argc, char **argv) {
  int st;
  siginfo_t info;
  if (argc > 1) {
    printf("executed %s %s, fd 77 %d\n", argv[0], argv[1], fcntl(77, F_GETFD));
    return 5;
  }
  setvbuf(stdout, 0, _IONBF, 0);
  struct sigaction sa = {.sa_sigaction = child_changed, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGCHLD, &sa, 0);

  pid_t p = fork();
  if (p == 0) exit(300);
  int waited = waitpid(p, &st, 0) == p;
  printf("wait %d status %d\n", waited, WEXITSTATUS(st));
  printf("chld %d\n", codes[0]);
  RESULT("echild", waitpid(-1, &st, 0));
  p = fork();
  if (p == 0)
    for (;;) pause();
  printf("nohang %d\n", waitpid(p, &st, WNOHANG));
  kill(p, SIGSTOP);
  printf("stopped %d %d\n", waitpid(p, &st, WUNTRACED) == p && WIFSTOPPED(st), WSTOPSIG(st));
  printf("again %d\n", waitpid(p, &st, WUNTRACED | WNOHANG));
  kill(p, SIGCONT);
  printf("continued %d\n", waitpid(p, &st, WCONTINUED) == p && WIFCONTINUED(st));
  kill(p, SIGTERM);
  memset(&info, 0, sizeof info);
  printf("waitid %d", waitid(P_PID, p, &info, WEXITED | WNOWAIT));
  printf(" %d %d %d\n", info.si_code, info.si_status, info.si_pid == p);
  printf("term %d %d\n", waitpid(p, &st, 0) == p, WTERMSIG(st));
  RESULT("waitid", waitid(P_ALL, 0, &info, 0));

  int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(fd, 78);
  fcntl(fd, F_DUPFD_CLOEXEC, 77);
  p = vfork();
  if (p == 0) {
    execl(argv[0], "renamed", "x", (char *)0);
    _exit(1);
  }
  waitpid(p, &st, 0);
  printf("vfork exec %d\n", WEXITSTATUS(st));
  errno = 0;
  RESULT("exec", execl("/nonexistent", "x", (char *)0));
  RESULT("exec", execl("/etc", "x", (char *)0));
  char *many[3] = {"/bin/true", malloc(200000), 0};
  memset(many[1], 'x', 199999);
  many[1][199999] = 0;
  RESULT("exec", execv("/bin/true", many));

  char *stack = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int value = 17;
  p = clone(in_child, stack + 65536, CLONE_VM | CLONE_VFORK | SIGCHLD, &value);
  waitpid(p, &st, 0);
  printf("clone %d\n", WEXITSTATUS(st));
  p = clone(in_child, stack + 65536, 0, &value);
  RESULT("no signal:", waitpid(p, &st, 0));
  printf("__WCLONE %d\n", waitpid(p, &st, __WCLONE) == p);

  p = fork();
  if (p == 0) {
    printf("setsid %d %d\n", setsid() == getpid(), getsid(0) == getpid());
    RESULT("again", setsid());
    RESULT("setpgid", setpgid(0, 0));
    _exit(0);
  }
  waitpid(p, 0, 0);
  RESULT("setpgid", setpgid(1 << 22, 0));
  int sync[2];
  pipe(sync);
  p = fork();
  if (p == 0) {
    char c;
    read(sync[0], &c, 1);
    printf("group %d\n", getpgrp() == getpid());
    _exit(0);
  }
  setpgid(p, p);
  write(sync[1], "x", 1);
  printf("wait for group %d\n", waitpid(-p, 0, 0) == p);

  prctl(PR_SET_CHILD_SUBREAPER, 1);
  p = fork();
  if (p == 0) {
    if (fork() == 0) {
      usleep(50000);
      _exit(getppid() == getpid() - 2);
    }
    _exit(0);
  }
  waitpid(p, 0, 0);
  printf("adopted %d\n", wait(&st) > 0);
  char name[17] = {0};
  prctl(PR_SET_NAME, "averyveryverylongname");
  prctl(PR_GET_NAME, name);
  printf("name %s\n", name);
  RESULT("prctl", prctl(12345));

  struct rlimit l = {100, 50};
  RESULT("setrlimit", setrlimit(RLIMIT_NOFILE, &l));
  l.rlim_cur = 20;
  l.rlim_max = 4096;
  printf("setrlimit %d\n", setrlimit(RLIMIT_NOFILE, &l));
  while ((fd = dup(0)) >= 0) st = fd;
  RESULT("last fd", st);
  getrlimit(RLIMIT_STACK, &l);
  printf("getrlimit %d %d\n", l.rlim_cur > 0, getrlimit(99, &l));

  signal(SIGCHLD, SIG_IGN);
  p = fork();
  if (p == 0) _exit(0);
  RESULT("ignored children", wait(0));
  kill(getpid(), SIGKILL);
  return 0;
}
