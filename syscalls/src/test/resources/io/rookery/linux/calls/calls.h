/* What the programs share that go through the system calls one by one. */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * One behaviour of a system call, called without the C library: prints "name: what: result", where
 * a failure's result is the name of its error. Its value is the call's, -1 where it failed. What
 * is a literal: SystemCallsTest and docs/syscalls.md read the sources.
 */
#define CALL(name, what, ...) shown(#name, what, syscall(SYS_##name __VA_OPT__(, ) __VA_ARGS__), 1)

/* The same where a success's number differs from run to run, as a process's or an address does. */
#define CALL_OK(name, what, ...) \
  shown(#name, what, syscall(SYS_##name __VA_OPT__(, ) __VA_ARGS__), 0)

/* A behaviour that is no single call's result: what it does, or what an expression tells of it. */
#define EFFECT(name, what, value) shown(#name, what, (errno = 0, (long)(value)), 1)

/* An argument of 64 bits, for which 32-bit calls take two. */
#ifdef __x86_64__
#define WIDE(value) (long)(value)
#else
#define WIDE(value) (long)(value), (long)((int64_t)(value) >> 32)
#endif

/* An int whose register's upper half is not 0 on x86-64: the kernel does not look at it there. */
#define DIRTY(value) (long)((uint64_t)(value) | 0x5a5a5a5a00000000)

/* A position of preadv and its kin, which take two arguments for it everywhere. */
#ifdef __x86_64__
#define HALVES(value) (long)(value), 0L
#else
#define HALVES(value) WIDE(value)
#endif

/* Runs the rest in a process of its own and says how that ended, if not well. */
#define IN_CHILD(...)                          \
  do {                                         \
    pid_t child_ = fork();                     \
    if (child_ == 0) {                         \
      __VA_ARGS__;                             \
      _exit(0);                                \
    }                                          \
    int status_;                               \
    waitpid(child_, &status_, 0);              \
    if (status_) printf("status %x\n", status_); \
  } while (0)

static long shown(const char *name, const char *what, long result, int number) {
  int error = errno;
  if (result == -1 && error)
    printf("%s: %s: %s\n", name, what, strerrorname_np(error));
  else if (number)
    printf("%s: %s: %ld\n", name, what, result);
  else
    printf("%s: %s: done\n", name, what);
  errno = 0;
  return result;
}

/* To be called first: what was printed before a fork is not printed twice. */
static void begin(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  errno = 0;
}

/* Makes a directory of the program's own the working one; its mode is 0755. */
static const char *own_directory(void) {
  static char name[] = "/tmp/callsXXXXXX";
  if (!mkdtemp(name) || chdir(name) || chmod(name, 0755)) exit(1);
  return name;
}

/* Removes it with all that is left in it. */
static void remove_own_directory(const char *name) {
  char command[100];
  snprintf(command, sizeof command, "rm -rf %s", name);
  if (chdir("/") || system(command)) exit(1);
}

/* Goes on as a user and a group of that number, in no other group. */
static void become(int user) {
  if (setgroups(0, 0) || setresgid(user, user, user) || setresuid(user, user, user)) _exit(1);
}

static void run_in_thread(void *(*f)(void *)) {
  pthread_t t;
  pthread_create(&t, 0, f, 0);
  pthread_join(t, 0);
}

/* A child that does nothing but wait, not longer than its parent lives. */
static pid_t waiting_child(void) {
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pause();
  }
  return child;
}

/* A child's status, or the number of the signal that ended it, negative. */
static int end(pid_t child) {
  int status;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int killed(pid_t child) {
  kill(child, SIGKILL);
  return -end(child);
}

/* Returns once a child sleeps, or has ended. */
static void asleep(pid_t child) {
  char name[64], line[512], state = 0;
  sprintf(name, "/proc/%d/stat", child);
  while (state != 'S' && state != 'Z') {
    usleep(1000);
    FILE *f = fopen(name, "r");
    if (!f || !fgets(line, sizeof line, f)) exit(2);
    fclose(f);
    state = strrchr(line, ')')[2];
  }
}

static void on_fault(int signal) { _exit(signal); }

/* The signal that an access ends with, 0 without. */
static int fault(volatile char *at, int write) {
  pid_t child = fork();
  if (child == 0) {
    signal(SIGSEGV, on_fault);
    signal(SIGBUS, on_fault);
    if (write)
      *at = 1;
    else
      (void)*at;
    _exit(0);
  }
  return end(child);
}

/* The end of a page behind which nothing is mapped. */
static char *edge(void) {
  char *pages = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(pages + 4096, 4096);
  return pages + 4096;
}

static void interrupted(int signal) {}

/* Lets signals come again and again, after which calls that wait are not restarted; or ends it. */
static void interruptions(int on) {
  struct sigaction action = {.sa_handler = interrupted};
  struct itimerval every = {{0, 50000 * on}, {0, 50000 * on}};
  sigaction(SIGALRM, &action, 0);
  setitimer(ITIMER_REAL, &every, 0);
}
