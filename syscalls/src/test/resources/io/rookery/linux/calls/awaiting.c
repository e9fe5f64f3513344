/* Waiting for signals: rt_sigtimedwait, rt_sigsuspend, pause; signalfd. */
#include "calls.h"
#include "handlers.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>

static void *const nowhere = (void *)8;
static const struct timespec at_once = {0, 0}, too_many = {0, 1000000000}, negative = {-1, 0};

/* SIGALRM every ten milliseconds: one comes after the wait has begun, whenever that is. */
static void tick(int on) {
  struct itimerval t = {{0, on * 10000}, {0, on * 10000}};
  setitimer(ITIMER_REAL, &t, 0);
}

/* A child that sends its parent ten signals of the one kind, then one of the other again and again. */
static pid_t sender(int first, int then) {
  pid_t parent = getpid(), child = fork();
  if (child) return child;
  set_mask(0);
  for (int i = 0;; i++) {
    usleep(5000);
    kill(parent, i < 10 ? first : then);
  }
}

static void stop(pid_t child) {
  kill(child, SIGKILL);
  waitpid(child, 0, 0);
}

static void timed_waits(void) {
  uint64_t set = BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(40);
  siginfo_t i = {0};
  set_mask(set);
  CALL(rt_sigtimedwait, "with nothing pending", &set, &i, &at_once, 8);
  raise(SIGUSR2);
  raise(SIGUSR1);
  CALL(rt_sigtimedwait, "of two, the lower one", &set, &i, &at_once, 8);
  EFFECT(rt_sigtimedwait, "who sent it",
         i.si_signo == SIGUSR1 && i.si_code == SI_TKILL && i.si_pid == getpid());
  CALL(rt_sigtimedwait, "without a place for what is known of it", &set, 0, 0, 8);
  sigqueue(getpid(), 40, (union sigval){1});
  sigqueue(getpid(), 40, (union sigval){2});
  CALL(rt_sigtimedwait, "of a queue", &set, &i, 0, 8);
  EFFECT(rt_sigtimedwait, "the first of a queue", i.si_int);
  CALL(rt_sigtimedwait, "with a bad time though one is pending", &set, &i, &too_many, 8);
  CALL(rt_sigtimedwait, "of the rest of a queue", &set, &i, &at_once, 8);
  CALL(rt_sigtimedwait, "with too many nanoseconds", &set, &i, &too_many, 8);
  CALL(rt_sigtimedwait, "with a negative time", &set, &i, &negative, 8);
  CALL(rt_sigtimedwait, "with a set of four bytes", &set, &i, &at_once, 4);
  CALL(rt_sigtimedwait, "with a set that is nowhere", nowhere, &i, &at_once, 8);
  CALL(rt_sigtimedwait, "with a time that is nowhere", &set, &i, nowhere, 8);
  raise(SIGUSR1);
  CALL(rt_sigtimedwait, "to an address that is none", &set, nowhere, &at_once, 8);
  CALL(rt_sigtimedwait, "after which the signal is gone", &set, &i, &at_once, 8);
  set = BIT(SIGKILL) | BIT(SIGSTOP);
  CALL(rt_sigtimedwait, "for SIGKILL", &set, &i, &at_once, 8);
  on(SIGALRM, count, SA_RESTART, 0);
  tick(1);
  set = BIT(SIGUSR1);
  CALL(rt_sigtimedwait, "with a handler for another signal", &set, &i, 0, 8);
  tick(0);
  set = BIT(SIGCHLD);
  set_mask(set);
  pid_t child = fork();
  if (!child) _exit(7);
  CALL(rt_sigtimedwait, "for a child's end", &set, &i, 0, 8);
  EFFECT(rt_sigtimedwait, "the child's exit status",
         i.si_code == CLD_EXITED && i.si_pid == child ? i.si_status : -1);
  waitpid(child, 0, 0);
  set_mask(0);
}

static void suspensions(void) {
  uint64_t none = 0, all = ~0ull, but_alarm = ~BIT(SIGALRM);
  on(SIGALRM, count, SA_RESTART, 0);
  on(SIGUSR1, count, 0, 0);
  set_mask(BIT(SIGALRM) | BIT(SIGUSR1));
  raise(SIGALRM);
  CALL(rt_sigsuspend, "with a signal pending", &none, 8);
  EFFECT(rt_sigsuspend, "its handler has run", caught);
  EFFECT(rt_sigsuspend, "the mask is back", mask() == (BIT(SIGALRM) | BIT(SIGUSR1)));
  EFFECT(rt_sigsuspend, "the mask in the handler", mask_in_handler == BIT(SIGALRM));
  raise(SIGUSR1);
  tick(1);
  CALL(rt_sigsuspend, "with all but one signal blocked", &but_alarm, 8);
  tick(0);
  EFFECT(rt_sigsuspend, "only that one came", last == SIGALRM);
  CALL(rt_sigsuspend, "with a mask of four bytes", &all, 4);
  CALL(rt_sigsuspend, "with a mask that is nowhere", nowhere, 8);
  set_mask(0);
  EFFECT(rt_sigsuspend, "what was blocked comes later", last == SIGUSR1);
  caught = 0;
  pid_t child = sender(SIGWINCH, SIGUSR1);
  CALL(rt_sigsuspend, "is not ended by what is ignored", &none, 8);
  stop(child);
  EFFECT(rt_sigsuspend, "but by what is caught", caught > 0);
}

static void *pauses(void *tid) {
  *(volatile pid_t *)tid = gettid();
  return (void *)(syscall(SYS_pause) == -1 && errno == EINTR ? 1L : 0L);
}

static int ending_of_pause(int signal) {
  int status;
  pid_t child = fork();
  if (!child) {
    if (signal == SIGALRM) {
      on(SIGALRM, SIG_DFL, 0, 0);
      tick(1);
    }
    while (1) syscall(SYS_pause);
  }
  if (signal == SIGSTOP) {
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGCONT);
    waitpid(child, &status, WCONTINUED);
    int ended = waitpid(child, &status, WNOHANG);
    stop(child);
    return ended;
  }
  if (signal != SIGALRM) kill(child, signal);
  waitpid(child, &status, 0);
  return WTERMSIG(status);
}

static void pausing(void) {
  on(SIGALRM, count, 0, 0);
  tick(1);
  CALL(pause, "with a handler");
  on(SIGALRM, count, SA_RESTART, 0);
  CALL(pause, "with a handler after which calls go on");
  CALL(pause, "with needless arguments", -1, -1, -1);
  tick(0);
  on(SIGUSR1, count, 0, 0);
  pid_t child = sender(SIGWINCH, SIGUSR1);
  CALL(pause, "is not ended by an ignored signal");
  stop(child);
  EFFECT(pause, "a caught signal ended it", caught > 0);
  set_mask(BIT(SIGUSR2));
  child = sender(SIGUSR2, SIGUSR1);
  CALL(pause, "is not ended by a blocked signal");
  stop(child);
  on(SIGUSR2, SIG_IGN, 0, 0);
  set_mask(0);
  EFFECT(pause, "ended by the default of a signal", ending_of_pause(SIGALRM));
  EFFECT(pause, "killed", ending_of_pause(SIGKILL));
  EFFECT(pause, "goes on after a stop", ending_of_pause(SIGSTOP));
  pthread_t t;
  void *ended = 0;
  volatile pid_t tid = 0;
  pthread_create(&t, 0, pauses, (void *)&tid);
  while (!tid) sched_yield();
  while (pthread_tryjoin_np(t, &ended)) {
    syscall(SYS_tgkill, getpid(), tid, SIGUSR1);
    usleep(2000);
  }
  EFFECT(pause, "a thread's own, by a signal to it", (long)ended);
}

static ssize_t take(int fd, struct signalfd_siginfo *i, int n) { return read(fd, i, n * sizeof *i); }

static void descriptors(void) {
  uint64_t set = BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(40) | BIT(SIGKILL);
  struct signalfd_siginfo i[3] = {0};
  set_mask(set);
  int fd = CALL_OK(signalfd, "a new one", -1, &set, 8);
  EFFECT(signalfd, "blocks and is inherited", !fcntl(fd, F_GETFL) >> 11 & 1 || fcntl(fd, F_GETFD));
  CALL(signalfd, "with a set of sixteen bytes", -1, &set, 16);
  CALL(signalfd, "with a set that is nowhere", -1, nowhere, 8);
  CALL(signalfd, "for a descriptor that is none", 999, &set, 8);
  CALL(signalfd, "for another kind of descriptor", 0, &set, 8);
  CALL(signalfd, "for a negative descriptor", -2, &set, 8);
  raise(SIGUSR1);
  EFFECT(signalfd, "reading one", take(fd, i, 3) == sizeof *i ? i->ssi_signo : -1);
  EFFECT(signalfd, "who sent what was read", i->ssi_pid == getpid() && i->ssi_code == SI_TKILL);
  sigqueue(getpid(), 40, (union sigval){11});
  sigqueue(getpid(), 40, (union sigval){12});
  EFFECT(signalfd, "reading two at once", take(fd, i, 2) / sizeof *i);
  EFFECT(signalfd, "their values", i[0].ssi_int * 100 + i[1].ssi_int);
  EFFECT(signalfd, "reading with too little room", read(fd, i, sizeof *i - 1));
  EFFECT(signalfd, "writing", write(fd, i, sizeof *i));
  set = BIT(SIGUSR2);
  EFFECT(signalfd, "changing the set", syscall(SYS_signalfd, fd, &set, 8L) == fd);
  raise(SIGUSR1);
  EFFECT(signalfd, "what is not in the set", poll(&(struct pollfd){fd, POLLIN}, 1, 0));
  raise(SIGUSR2);
  EFFECT(signalfd, "what is in it", poll(&(struct pollfd){fd, POLLIN}, 1, 0));
  take(fd, i, 1);

  set = BIT(SIGUSR1);
  int now = CALL_OK(signalfd4, "with both flags", -1, &set, 8, SFD_CLOEXEC | SFD_NONBLOCK);
  EFFECT(signalfd4, "does not block", (fcntl(now, F_GETFL) & O_NONBLOCK) != 0);
  EFFECT(signalfd4, "is closed by exec", fcntl(now, F_GETFD));
  EFFECT(signalfd4, "reading what was pending before", take(now, i, 1));
  EFFECT(signalfd4, "reading when there is nothing", take(now, i, 1));
  CALL(signalfd4, "with a flag that is none", -1, &set, 8, 1);
  CALL_OK(signalfd4, "with more than an int of flags", -1, &set, 8, DIRTY(0));
  CALL(signalfd4, "with a set of four bytes", -1, &set, 4, 0);
  EFFECT(signalfd4, "with flags for an old one",
         syscall(SYS_signalfd4, fd, &set, 8L, SFD_NONBLOCK) == fd && fcntl(fd, F_GETFL) == O_RDWR);
  CALL(signalfd4, "for a pipe's descriptor", 1000, &set, 8, 0);
  raise(SIGUSR1);
  EFFECT(signalfd4, "two for one signal", take(fd, i, 1) + take(now, i, 1));
  close(now);
  CALL(signalfd4, "for a closed descriptor", now, &set, 8, 0);
  set_mask(0);
}

int main(void) {
  begin();
  timed_waits();
  suspensions();
  pausing();
  descriptors();
  return 0;
}
