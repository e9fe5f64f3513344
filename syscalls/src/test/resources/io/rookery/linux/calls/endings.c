/* Ends of processes and threads, and waiting for them. */
#include "calls.h"

#include <sched.h>
#include <sys/resource.h>

enum { NO_PID = 0x7ffffff0 };

static void *const nowhere = (void *)8;
static volatile int caught;
static volatile int *shared;

static void count(int signal) { caught++; }

static pid_t ending_child(int code) {
  pid_t child = fork();
  if (!child) _exit(code);
  return child;
}

/* What a child ends with that makes this call. */
static int status_after(int number, long code) {
  int status;
  pid_t child = fork();
  if (!child) syscall(number, code);
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void *exits_alone(void *unused) {
  syscall(SYS_exit, 9);
  return 0;
}

static void *exits_for_all(void *unused) {
  syscall(SYS_exit_group, 21);
  return 0;
}

static void *outlives_main(void *main_thread) {
  pthread_join(*(pthread_t *)main_thread, 0);
  shared[0] = 1;
  syscall(SYS_exit, 5);
  return 0;
}

/* Runs a thread in a child of its own: how that ends. */
static int status_with_thread(void *(*thread)(void *), int main_exits) {
  int status;
  pid_t child = fork();
  if (!child) {
    pthread_t t, self = pthread_self();
    pthread_create(&t, 0, thread, &self);
    if (main_exits) syscall(SYS_exit, 3);
    pthread_join(t, 0);
    syscall(SYS_exit_group, 4);
  }
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void note(void) { shared[1]++; }

static void on_alarm(int signal) { syscall(SYS_exit_group, 33); }

static void endings(void) {
  EFFECT(exit, "with zero", status_after(SYS_exit, 0));
  EFFECT(exit, "with a byte", status_after(SYS_exit, 255));
  EFFECT(exit, "with more than a byte", status_after(SYS_exit, 0x1234));
  EFFECT(exit, "with a negative number", status_after(SYS_exit, -1));
  EFFECT(exit, "of a thread leaves the others", status_with_thread(exits_alone, 0));
  EFFECT(exit, "of the first thread is the status in the end", status_with_thread(outlives_main, 1));
  EFFECT(exit, "the other thread went on", shared[0]);
  pid_t child = fork();
  if (!child) {
    atexit(note);
    syscall(SYS_exit, 0);
  }
  waitpid(child, 0, 0);
  EFFECT(exit, "runs nothing of the C library", shared[1]);
  child = fork();
  if (!child) {
    syscall(SYS_set_tid_address, &shared[2]);
    shared[2] = 77;
    syscall(SYS_exit, 0);
  }
  waitpid(child, 0, 0);
  EFFECT(exit, "of the last with the memory does not clear its number", shared[2]);

  EFFECT(exit_group, "with zero", status_after(SYS_exit_group, 0));
  EFFECT(exit_group, "with a byte", status_after(SYS_exit_group, 200));
  EFFECT(exit_group, "with more than a byte", status_after(SYS_exit_group, 0x101));
  EFFECT(exit_group, "with a negative number", status_after(SYS_exit_group, -2));
  EFFECT(exit_group, "of a thread ends all", status_with_thread(exits_for_all, 0));
  EFFECT(exit_group, "after the first thread's end", status_with_thread(exits_for_all, 1));
  child = fork();
  if (!child) {
    signal(SIGUSR1, on_alarm);
    raise(SIGUSR1);
  }
  int status;
  waitpid(child, &status, 0);
  EFFECT(exit_group, "in a signal's handler", WEXITSTATUS(status));
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  child = fork();
  if (!child) {
    shared[3] = ending_child(44);
    syscall(SYS_exit_group, 1);
  }
  waitpid(child, 0, 0);
  EFFECT(exit_group, "leaves its children to the reaper",
         waitpid(shared[3], &status, 0) == shared[3] ? WEXITSTATUS(status) : -1);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
  child = vfork();
  if (!child) _exit(6);
  waitpid(child, &status, 0);
  EFFECT(exit_group, "of a child that borrows the memory", WEXITSTATUS(status));
}

static void *waits_elsewhere(void *options) {
  int got = syscall(SYS_wait4, -1, 0, *(int *)options, 0);
  *(int *)options = got == -1 ? -errno : got;
  return 0;
}

static int in_thread(int options) {
  pthread_t t;
  pthread_create(&t, 0, waits_elsewhere, &options);
  pthread_join(t, 0);
  return options;
}

static void waits(void) {
  int status = 99;
  struct rusage usage;
  CALL(wait4, "without a child", -1, &status, 0L, 0);
  CALL(wait4, "without a child, not waiting", -1, &status, WNOHANG, 0);
  CALL(wait4, "with options that are none", -1, &status, 0x100, 0);
  CALL(wait4, "with waitid's options", -1, &status, WEXITED, 0);
  CALL(wait4, "for the least number", (long)(int)0x80000000, &status, 0L, 0);
  CALL(wait4, "for oneself", getpid(), &status, 0L, 0);
  CALL(wait4, "for a process that is none", NO_PID, &status, 0L, 0);
  CALL(wait4, "for a group that is none", -NO_PID, &status, 0L, 0);
  pid_t child = ending_child(7);
  CALL_OK(wait4, "for a child", child, &status, 0L, &usage);
  EFFECT(wait4, "its status", status);
  CALL(wait4, "a second time", child, &status, 0L, 0);
  child = ending_child(7);
  EFFECT(wait4, "for one's own group", syscall(SYS_wait4, 0L, 0, 0L, 0) == child);
  child = ending_child(8);
  CALL(wait4, "with a place for the status that is none", child, nowhere, 0L, 0);
  CALL(wait4, "after which the child is gone", child, &status, 0L, 0);
  child = ending_child(8);
  CALL(wait4, "with a place for the usage that is none", child, &status, 0L, nowhere);
  EFFECT(wait4, "the status is there", WEXITSTATUS(status));
  child = waiting_child();
  CALL(wait4, "for one that runs, not waiting", child, &status, WNOHANG, 0);
  CALL(wait4, "for clones when there is none", -1, &status, __WCLONE, 0);
  CALL(wait4, "for clones and others", -1, &status, __WALL | WNOHANG, 0);
  EFFECT(wait4, "for another thread's child", in_thread(WNOHANG));
  EFFECT(wait4, "for only one's own thread's", in_thread(WNOHANG | __WNOTHREAD) == -ECHILD);
  kill(child, SIGSTOP);
  CALL_OK(wait4, "for a stop", child, &status, WUNTRACED, 0);
  EFFECT(wait4, "a stop's status", status);
  CALL(wait4, "for the same stop", child, &status, WUNTRACED | WNOHANG, 0);
  kill(child, SIGCONT);
  CALL_OK(wait4, "for going on", child, &status, WCONTINUED, 0);
  EFFECT(wait4, "the status of going on", status);
  struct itimerval tick = {{0, 10000}, {0, 10000}};
  struct sigaction s = {.sa_handler = count};
  sigaction(SIGALRM, &s, 0);
  setitimer(ITIMER_REAL, &tick, 0);
  CALL(wait4, "that a signal ends", child, &status, 0L, 0);
  setitimer(ITIMER_REAL, &(struct itimerval){0}, 0);
  killed(child);
  signal(SIGCHLD, SIG_IGN);
  ending_child(3);
  CALL(wait4, "for children that nobody waits for", -1, &status, 0L, 0);
  signal(SIGCHLD, SIG_DFL);
}

static siginfo_t info;

static int waited(int type, int id, int options) {
  memset(&info, 0xff, sizeof info);
  return syscall(SYS_waitid, type, id, &info, options, 0) ? -errno : 0;
}

static void waits_with_information(void) {
  CALL(waitid, "without a child", P_ALL, 0L, &info, WEXITED, 0);
  CALL(waitid, "for nothing", P_ALL, 0L, &info, 0L, 0);
  CALL(waitid, "for nothing, not waiting", P_ALL, 0L, &info, WNOHANG, 0);
  CALL(waitid, "with options that are none", P_ALL, 0L, &info, WEXITED | 0x100, 0);
  CALL(waitid, "by a kind that is none", 9, 1, &info, WEXITED, 0);
  CALL(waitid, "for process zero", P_PID, 0L, &info, WEXITED, 0);
  CALL(waitid, "for a negative process", P_PID, -1, &info, WEXITED, 0);
  CALL(waitid, "for a negative group", P_PGID, -1, &info, WEXITED, 0);
  CALL(waitid, "by a descriptor that is none", P_PIDFD, 999, &info, WEXITED, 0);
  CALL(waitid, "by a negative descriptor", P_PIDFD, -1, &info, WEXITED, 0);
  CALL(waitid, "by a descriptor of another kind", P_PIDFD, 1, &info, WEXITED, 0);
  pid_t child = ending_child(7);
  EFFECT(waitid, "and leaving it", waited(P_PID, child, WEXITED | WNOWAIT));
  EFFECT(waitid, "for an exit", waited(P_ALL, 0, WEXITED));
  EFFECT(waitid, "what is told of an exit",
         info.si_pid == child && info.si_signo == SIGCHLD && info.si_code == CLD_EXITED
             && !info.si_uid && !info.si_errno ? info.si_status : -1);
  CALL(waitid, "a second time", P_PID, child, &info, WEXITED, 0);
  child = waiting_child();
  EFFECT(waitid, "for one that runs, not waiting", waited(P_PID, child, WEXITED | WNOHANG));
  EFFECT(waitid, "tells nothing of that", info.si_pid + info.si_signo + info.si_code + info.si_status);
  kill(child, SIGSTOP);
  EFFECT(waitid, "for a stop", waited(P_PGID, 0, WSTOPPED));
  EFFECT(waitid, "what is told of a stop", info.si_code * 100 + info.si_status);
  kill(child, SIGCONT);
  EFFECT(waitid, "for going on", waited(P_PID, child, WCONTINUED));
  EFFECT(waitid, "what is told of going on", info.si_code * 100 + info.si_status);
  int fd = syscall(SYS_pidfd_open, child, 0);
  kill(child, SIGKILL);
  EFFECT(waitid, "by a descriptor", waited(P_PIDFD, fd, WEXITED));
  EFFECT(waitid, "what is told of a kill", info.si_code * 100 + info.si_status);
  struct rusage usage = {.ru_inblock = -1};
  child = ending_child(8);
  CALL(waitid, "without a place for what is told", P_PID, child, 0, WEXITED, &usage);
  EFFECT(waitid, "the usage is told", usage.ru_inblock != -1);
  child = ending_child(8);
  CALL(waitid, "with a place that is none", P_PID, child, nowhere, WEXITED, 0);
  CALL(waitid, "after which the child is gone", P_PID, child, &info, WEXITED, 0);
}

#ifdef __i386__
static void old_wait(void) {
  int status;
  CALL(waitpid, "without a child", -1, &status, 0);
  CALL(waitpid, "with options that are none", -1, &status, 0x100);
  pid_t child = ending_child(5);
  CALL_OK(waitpid, "for a child", child, &status, 0);
  EFFECT(waitpid, "its status", status);
  child = waiting_child();
  CALL(waitpid, "for one that runs, not waiting", child, &status, WNOHANG);
  kill(child, SIGKILL);
  CALL(waitpid, "with a place that is none", child, nowhere, 0);
}
#endif

int main(void) {
  begin();
  shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  endings();
  waits();
  waits_with_information();
#ifdef __i386__
  old_wait();
#endif
  return 0;
}
