/* Sending signals: by process, by thread, with a value, by a process's descriptor; pidfds. */
#include "calls.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

enum { NOBODY = 65534, NO_PID = 0x7ffffff0 };

static void *const nowhere = (void *)8;
static volatile int caught, code, value, taker;

static void count(int signal, siginfo_t *i, void *context) {
  caught++;
  code = i->si_code;
  value = i->si_value.sival_int;
  taker = gettid();
}

static void on(int signal) {
  struct sigaction s = {.sa_sigaction = count, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(signal, &s, 0);
  caught = 0;
}

static pid_t zombie(void) {
  siginfo_t i;
  pid_t child = fork();
  if (!child) _exit(0);
  waitid(P_PID, child, &i, WEXITED | WNOWAIT);
  return child;
}

static void be_nobody(void) {
  if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY)) exit(1);
}

static void *wait_in_thread(void *tid) {
  *(volatile pid_t *)tid = gettid();
  while (*(volatile pid_t *)tid) usleep(1000);
  return 0;
}

static void by_process(void) {
  CALL(kill, "of oneself with signal zero", getpid(), 0L);
  CALL(kill, "with a signal after the last", getpid(), 65);
  CALL(kill, "with a negative signal", getpid(), -1);
  CALL(kill, "of a process that is none", NO_PID, 0L);
  CALL(kill, "of a group that is none", -NO_PID, 0L);
  CALL(kill, "of the least number", (long)(int)0x80000000, 0L);
  on(SIGUSR1);
  CALL(kill, "of oneself", getpid(), SIGUSR1);
  EFFECT(kill, "has come when the call returns", caught);
  EFFECT(kill, "its code", code);
  pid_t child = waiting_child(), dead = zombie();
  CALL(kill, "of a child", child, SIGWINCH);
  CALL(kill, "of a child that has ended", dead, SIGKILL);
  waitpid(dead, 0, 0);
  setpgid(child, child);
  CALL(kill, "of a child's group", -child, SIGTERM);
  int status;
  waitpid(child, &status, 0);
  EFFECT(kill, "what the group's member died of", WTERMSIG(status));
  IN_CHILD(setpgid(0, 0); caught = 0; CALL(kill, "of one's own group", 0L, SIGUSR1);
           EFFECT(kill, "who sent it to its group gets it, too", caught));
  child = waiting_child();
  kill(child, SIGSTOP);
  EFFECT(kill, "stops", waitpid(child, &status, WUNTRACED) == child ? WSTOPSIG(status) : -1);
  kill(child, SIGCONT);
  EFFECT(kill, "and continues", waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
  EFFECT(kill, "kills", killed(child));
  IN_CHILD(be_nobody(); CALL(kill, "of another user's process", getppid(), 0L);
           CALL(kill, "to continue in one's session", getppid(), SIGCONT);
           CALL(kill, "of one's own as a user", getpid(), SIGWINCH));
}

static void by_thread(void) {
  volatile pid_t tid = 0;
  pthread_t t;
  pthread_create(&t, 0, wait_in_thread, (void *)&tid);
  while (!tid) usleep(1000);
  CALL(tkill, "of thread zero", 0L, 0L);
  CALL(tkill, "of a negative thread", -1, 0L);
  CALL(tkill, "of a thread that is none", NO_PID, 0L);
  CALL(tkill, "with a signal after the last", gettid(), 65);
  CALL(tkill, "with signal zero", tid, 0L);
  on(SIGUSR1);
  CALL(tkill, "of the calling thread", gettid(), SIGUSR1);
  EFFECT(tkill, "its code", code);
  caught = 0;
  CALL(tkill, "of another thread", tid, SIGUSR1);
  while (!caught) usleep(1000);
  EFFECT(tkill, "that thread takes it", taker == tid);
  CALL(kill, "of a thread's number", tid, 0L);
  IN_CHILD(be_nobody(); CALL(tkill, "of another user's", getppid(), 0L));

  CALL(tgkill, "of process zero", 0L, tid, 0L);
  CALL(tgkill, "of thread zero", getpid(), 0L, 0L);
  CALL(tgkill, "of a negative process", -1, tid, 0L);
  CALL(tgkill, "of a thread that is none", getpid(), NO_PID, 0L);
  pid_t child = waiting_child();
  CALL(tgkill, "of a thread of another process", child, tid, 0L);
  CALL(tgkill, "with a signal after the last", getpid(), tid, 65);
  CALL(tgkill, "with a negative signal", getpid(), tid, -5);
  caught = 0;
  CALL(tgkill, "of another thread", getpid(), tid, SIGUSR1);
  while (!caught) usleep(1000);
  EFFECT(tgkill, "that thread takes it", taker == tid && code == SI_TKILL);
  IN_CHILD(be_nobody(); CALL(tgkill, "of another user's", getppid(), getppid(), SIGUSR1));

  siginfo_t i = {.si_code = SI_QUEUE};
  i.si_value.sival_int = 7;
  CALL(rt_tgsigqueueinfo, "of process zero", 0L, tid, SIGUSR1, &i);
  CALL(rt_tgsigqueueinfo, "of thread zero", getpid(), 0L, SIGUSR1, &i);
  CALL(rt_tgsigqueueinfo, "of a thread that is none", getpid(), NO_PID, SIGUSR1, &i);
  CALL(rt_tgsigqueueinfo, "of a thread of another process", getpid(), child, SIGUSR1, &i);
  killed(child);
  CALL(rt_tgsigqueueinfo, "with a signal after the last", getpid(), tid, 65, &i);
  CALL(rt_tgsigqueueinfo, "from an address that is none", getpid(), tid, SIGUSR1, nowhere);
  CALL(rt_tgsigqueueinfo, "with signal zero", getpid(), tid, 0L, &i);
  caught = 0;
  CALL(rt_tgsigqueueinfo, "of another thread", getpid(), tid, SIGUSR1, &i);
  while (!caught) usleep(1000);
  EFFECT(rt_tgsigqueueinfo, "that thread takes it and its value", taker == tid ? value : -1);
  i.si_code = SI_USER;
  CALL(rt_tgsigqueueinfo, "of oneself with the code of kill", getpid(), gettid(), SIGUSR1, &i);
  IN_CHILD(CALL(rt_tgsigqueueinfo, "of another process with the code of kill", getppid(), getppid(),
                SIGWINCH, &i));
  tid = 0;
  pthread_join(t, 0);
}

static void queued(void) {
  siginfo_t i = {.si_code = SI_QUEUE, .si_signo = 9};
  i.si_value.sival_int = 5;
  i.si_pid = 1;
  on(SIGUSR1);
  CALL(rt_sigqueueinfo, "of oneself", getpid(), SIGUSR1, &i);
  EFFECT(rt_sigqueueinfo, "its value", value);
  EFFECT(rt_sigqueueinfo, "its code", code);
  CALL(rt_sigqueueinfo, "with signal zero", getpid(), 0L, &i);
  CALL(rt_sigqueueinfo, "with a signal after the last", getpid(), 65, &i);
  CALL(rt_sigqueueinfo, "of a process that is none", NO_PID, SIGUSR1, &i);
  CALL(rt_sigqueueinfo, "of process zero", 0L, SIGUSR1, &i);
  CALL(rt_sigqueueinfo, "of a negative process", -1, SIGUSR1, &i);
  CALL(rt_sigqueueinfo, "from an address that is none", getpid(), SIGUSR1, nowhere);
  i.si_code = SI_USER;
  CALL(rt_sigqueueinfo, "of oneself with the code of kill", getpid(), SIGUSR1, &i);
  IN_CHILD(CALL(rt_sigqueueinfo, "of another with the code of kill", getppid(), SIGUSR1, &i));
  i.si_code = SI_TKILL;
  IN_CHILD(CALL(rt_sigqueueinfo, "of another with the code of tkill", getppid(), SIGUSR1, &i));
  i.si_code = -77;
  IN_CHILD(CALL(rt_sigqueueinfo, "of another with a code of one's own", getppid(), SIGUSR1, &i));
  EFFECT(rt_sigqueueinfo, "comes with that code", code);
  sigset_t all;
  sigfillset(&all);
  IN_CHILD(sigprocmask(SIG_BLOCK, &all, 0); setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){0, 0});
           CALL(rt_sigqueueinfo, "of a queue that is full", getpid(), 40, &i);
           CALL(rt_sigqueueinfo, "of an old signal with a full queue", getpid(), SIGUSR2, &i));
  IN_CHILD(be_nobody(); i.si_code = SI_QUEUE;
           CALL(rt_sigqueueinfo, "of another user's process", getppid(), SIGUSR1, &i));
}

static int ready(int fd) {
  struct pollfd p = {fd, POLLIN};
  return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

static void by_descriptor(void) {
  pid_t child = waiting_child(), dead = zombie();
  int fd = CALL_OK(pidfd_open, "of a child", child, 0L);
  EFFECT(pidfd_open, "is closed by exec", fcntl(fd, F_GETFD));
  EFFECT(pidfd_open, "its status flags", fcntl(fd, F_GETFL) & ~O_LARGEFILE);
  EFFECT(pidfd_open, "is not readable while the process runs", ready(fd));
  int self = CALL_OK(pidfd_open, "of oneself", getpid(), O_NONBLOCK);
  EFFECT(pidfd_open, "that does not block", (fcntl(self, F_GETFL) & O_NONBLOCK) != 0);
  int ended = CALL_OK(pidfd_open, "of a child that has ended", dead, 0L);
  EFFECT(pidfd_open, "is readable when the process has ended", ready(ended));
  char b[8];
  EFFECT(pidfd_open, "reading it", read(ended, b, 8));
  CALL(pidfd_open, "of process zero", 0L, 0L);
  CALL_OK(pidfd_open, "with more than an int of flags", getpid(), DIRTY(0));
  CALL(pidfd_open, "of a negative process", -1, 0L);
  CALL(pidfd_open, "of a process that is none", NO_PID, 0L);
  CALL(pidfd_open, "with a flag that is none", child, 1 << 20);

  CALL(pidfd_send_signal, "with signal zero", fd, 0L, 0, 0L);
  CALL(pidfd_send_signal, "with a signal after the last", fd, 65, 0, 0L);
  CALL(pidfd_send_signal, "with a flag that is none", fd, 0L, 0, 1 << 20);
  CALL(pidfd_send_signal, "to one that has ended", ended, SIGUSR1, 0, 0L);
  waitpid(dead, 0, 0);
  CALL(pidfd_send_signal, "to one that was waited for", ended, 0L, 0, 0L);
  CALL(pidfd_send_signal, "by a descriptor of another kind", 1, 0L, 0, 0L);
  CALL(pidfd_send_signal, "by a descriptor that is none", -1, 0L, 0, 0L);
  CALL(pidfd_send_signal, "with an information that is nowhere", fd, SIGUSR1, nowhere, 0L);
  siginfo_t i = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
  i.si_value.sival_int = 12;
  on(SIGUSR1);
  CALL(pidfd_send_signal, "of oneself with an information", self, SIGUSR1, &i, 0L);
  EFFECT(pidfd_send_signal, "its value", value);
  CALL(pidfd_send_signal, "with another signal's information", self, SIGUSR2, &i, 0L);
  i.si_code = SI_USER;
  CALL(pidfd_send_signal, "of another with the code of kill", fd, SIGUSR1, &i, 0L);
  char name[40];
  snprintf(name, sizeof name, "/proc/%d", child);
  int proc = open(name, O_RDONLY | O_DIRECTORY);
  CALL(pidfd_send_signal, "by the directory in proc", proc, SIGWINCH, 0, 0L);
  IN_CHILD(be_nobody(); CALL(pidfd_send_signal, "of another user's process", fd, 0L, 0, 0L));

  int pipes[2];
  if (pipe(pipes)) exit(1);
  int got = CALL_OK(pidfd_getfd, "of oneself", self, pipes[1], 0L);
  EFFECT(pidfd_getfd, "is closed by exec", fcntl(got, F_GETFD));
  EFFECT(pidfd_getfd, "is the same file", write(got, "xyz", 3) == 3 ? read(pipes[0], b, 8) : -1);
  CALL_OK(pidfd_getfd, "of a child", fd, 1, 0L);
  CALL(pidfd_getfd, "of a descriptor that the child has not", fd, 999, 0L);
  CALL(pidfd_getfd, "of a negative descriptor", fd, -1, 0L);
  CALL(pidfd_getfd, "with a flag", fd, 1, 1);
  CALL(pidfd_getfd, "by a descriptor of another kind", pipes[0], 1, 0L);
  CALL(pidfd_getfd, "by a descriptor that is none", 999, 1, 0L);
  CALL(pidfd_getfd, "of one that was waited for", ended, 1, 0L);
  IN_CHILD(be_nobody(); CALL(pidfd_getfd, "of another user's process", fd, 1, 0L));
  CALL(pidfd_send_signal, "that kills", fd, SIGKILL, 0, 0L);
  EFFECT(pidfd_open, "waited for with it", waitid(P_PIDFD, fd, &i, WEXITED) ? -1 : i.si_status);
}

int main(void) {
  begin();
  by_process();
  by_thread();
  queued();
  by_descriptor();
  return 0;
}
