/* Waiting for descriptors with epoll. */
#include "calls.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

static void *const nowhere = (void *)8;
static volatile int caught;

/* struct __kernel_timespec, which 32-bit programs have for epoll_pwait2. */
struct wide_time {
  int64_t tv_sec, tv_nsec;
};

static void count(int signal) { caught++; }

static void tick(int on) {
  struct itimerval t = {{0, on * 10000}, {0, on * 10000}};
  setitimer(ITIMER_REAL, &t, 0);
}

static int add(int ep, int fd, unsigned events) {
  struct epoll_event e = {events, {.u64 = fd * 0x100000001ull}};
  return syscall(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fd, &e) ? -errno : 0;
}

/* How many are ready at once; the first one's events. */
static unsigned got;
static int ready(int ep) {
  struct epoll_event e[4] = {{0}};
  int n = syscall(SYS_epoll_wait, ep, e, 4, 0);
  got = e[0].events;
  return n;
}

static void creations(void) {
  int fd = CALL_OK(epoll_create, "of one", 1);
  EFFECT(epoll_create, "is inherited", fcntl(fd, F_GETFD));
  EFFECT(epoll_create, "its flags", fcntl(fd, F_GETFL) & ~O_LARGEFILE);
  CALL(epoll_create, "of none", 0L);
  CALL(epoll_create, "of a negative number", -1);
  CALL_OK(epoll_create, "of the biggest number", 0x7fffffff);
  IN_CHILD(setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3});
           CALL(epoll_create, "beyond the limit of descriptors", 1));
  fd = CALL_OK(epoll_create1, "without flags", 0L);
  EFFECT(epoll_create1, "is inherited", fcntl(fd, F_GETFD));
  EFFECT(epoll_create1, "reading it", read(fd, &fd, 4));
  EFFECT(epoll_create1, "is not readable when nothing is", poll(&(struct pollfd){fd, POLLIN}, 1, 0));
  fd = CALL_OK(epoll_create1, "with its one flag", EPOLL_CLOEXEC);
  EFFECT(epoll_create1, "is closed by exec", fcntl(fd, F_GETFD));
  CALL(epoll_create1, "with a flag that is none", O_NONBLOCK);
  CALL(epoll_create1, "with every flag", -1);
  CALL_OK(epoll_create1, "with more than an int of flags", DIRTY(0));
}

static void controls(void) {
  int ep = epoll_create1(0), event = eventfd(1, 0), other = epoll_create1(0);
  int file = open("/proc/self/exe", O_RDONLY), path = open("/", O_PATH), dir = open("/", O_RDONLY);
  struct epoll_event e = {EPOLLIN, {.u64 = 7}};
  CALL(epoll_ctl, "adding", ep, EPOLL_CTL_ADD, event, &e);
  CALL(epoll_ctl, "adding again", ep, EPOLL_CTL_ADD, event, &e);
  EFFECT(epoll_ctl, "adding another number of the same", add(ep, dup(event), EPOLLIN));
  CALL(epoll_ctl, "adding itself", ep, EPOLL_CTL_ADD, ep, &e);
  CALL(epoll_ctl, "adding a file", ep, EPOLL_CTL_ADD, file, &e);
  CALL(epoll_ctl, "adding a directory", ep, EPOLL_CTL_ADD, dir, &e);
  CALL(epoll_ctl, "adding a descriptor for paths", ep, EPOLL_CTL_ADD, path, &e);
  CALL(epoll_ctl, "adding a closed descriptor", ep, EPOLL_CTL_ADD, 999, &e);
  CALL(epoll_ctl, "adding to a closed descriptor", 999, EPOLL_CTL_ADD, event, &e);
  CALL(epoll_ctl, "adding to another kind of descriptor", event, EPOLL_CTL_ADD, ep, &e);
  CALL(epoll_ctl, "adding an event that is nowhere", ep, EPOLL_CTL_ADD, event, nowhere);
  CALL(epoll_ctl, "adding another epoll", ep, EPOLL_CTL_ADD, other, &e);
  CALL(epoll_ctl, "adding in a circle", other, EPOLL_CTL_ADD, ep, &e);
  CALL(epoll_ctl, "an operation that is none", ep, 9, event, &e);
  CALL(epoll_ctl, "changing", ep, EPOLL_CTL_MOD, event, &e);
  e.events = EPOLLIN | EPOLLEXCLUSIVE;
  CALL(epoll_ctl, "changing to an exclusive one", ep, EPOLL_CTL_MOD, event, &e);
  CALL(epoll_ctl, "removing, where the event does not matter", ep, EPOLL_CTL_DEL, event, 0);
  CALL(epoll_ctl, "removing again", ep, EPOLL_CTL_DEL, event, 0);
  CALL(epoll_ctl, "adding an exclusive one", ep, EPOLL_CTL_ADD, event, &e);
  e.events = EPOLLIN;
  CALL(epoll_ctl, "changing an exclusive one", ep, EPOLL_CTL_MOD, event, &e);
  CALL(epoll_ctl, "changing what was not added", other, EPOLL_CTL_MOD, event, &e);
  syscall(SYS_epoll_ctl, ep, EPOLL_CTL_DEL, event, 0);
  e.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT;
  CALL(epoll_ctl, "adding an exclusive one for one time", ep, EPOLL_CTL_ADD, event, &e);
  e.events = EPOLLIN | EPOLLEXCLUSIVE;
  syscall(SYS_epoll_ctl, ep, EPOLL_CTL_DEL, other, 0);
  CALL(epoll_ctl, "adding another epoll as an exclusive one", ep, EPOLL_CTL_ADD, other, &e);
  int too_deep = 0;
  for (int inner = epoll_create1(0), i = 0; i < 8; i++) {
    int outer = epoll_create1(0);
    if (add(outer, inner, EPOLLIN) == -ELOOP) too_deep = 1;
    inner = outer;
  }
  EFFECT(epoll_ctl, "adding too deep a chain", too_deep);
}

static void waits(void) {
  int ep = epoll_create1(0), p[2];
  struct epoll_event e[4] = {{0}};
  if (pipe(p)) exit(1);
  add(ep, p[0], EPOLLIN);
  CALL(epoll_wait, "for nothing that is ready", ep, e, 4, 0L);
  add(ep, p[1], EPOLLOUT);
  CALL(epoll_wait, "for one that is ready", ep, e, 4, -1);
  EFFECT(epoll_wait, "its events and data", e[0].events == EPOLLOUT && e[0].data.u64 == p[1] * 0x100000001ull);
  if (write(p[1], "x", 1) != 1) exit(1);
  CALL(epoll_wait, "for two that are ready", ep, e, 4, -1);
  CALL(epoll_wait, "for one of two", ep, e, 1, -1);
  CALL(epoll_wait, "for the same again", ep, e, 4, -1);
  CALL(epoll_wait, "for none at most", ep, e, 0L, 0L);
  CALL(epoll_wait, "for a negative number", ep, e, -1, 0L);
  CALL(epoll_wait, "for more than can be", ep, e, 0x7fffffff, 0L);
  CALL(epoll_wait, "with events that go nowhere", ep, nowhere, 4, 0L);
  CALL(epoll_wait, "by another kind of descriptor", p[0], e, 4, 0L);
  CALL(epoll_wait, "by a closed descriptor", 999, e, 4, 0L);
  EFFECT(epoll_wait, "the epoll itself is readable", poll(&(struct pollfd){ep, POLLIN}, 1, 0));
  close(p[0]);
  EFFECT(epoll_wait, "for a pipe without a reader", ready(ep) == 1 && got == (EPOLLOUT | EPOLLERR));
  close(p[1]);
  EFFECT(epoll_wait, "for what was closed", ready(ep));
  int event = eventfd(1, 0), copy = dup(event);
  add(ep, event, EPOLLIN);
  close(event);
  EFFECT(epoll_wait, "for what is open by another number", ready(ep));
  close(copy);
  EFFECT(epoll_wait, "when that is closed, too", ready(ep));
  event = eventfd(1, 0);
  add(ep, event, EPOLLIN | EPOLLET);
  EFFECT(epoll_wait, "for an edge", ready(ep));
  EFFECT(epoll_wait, "for the same edge", ready(ep));
  eventfd_write(event, 1);
  EFFECT(epoll_wait, "for another edge", ready(ep));
  close(event);
  event = eventfd(1, 0);
  add(ep, event, EPOLLIN | EPOLLONESHOT);
  EFFECT(epoll_wait, "for one time", ready(ep));
  EFFECT(epoll_wait, "for one time, again", ready(ep));
  e[0].events = EPOLLIN | EPOLLONESHOT;
  syscall(SYS_epoll_ctl, ep, EPOLL_CTL_MOD, event, e);
  EFFECT(epoll_wait, "for one time, set again", ready(ep));
  int outer = epoll_create1(0);
  add(outer, ep, EPOLLIN);
  EFFECT(epoll_wait, "for an epoll without one that is ready", ready(outer));
  syscall(SYS_epoll_ctl, ep, EPOLL_CTL_MOD, event, e);
  EFFECT(epoll_wait, "for an epoll with one that is ready", ready(outer));
  close(event);
  event = eventfd(0, 0);
  add(ep, event, EPOLLIN);
  pid_t child = fork();
  if (!child) _exit(eventfd_write(event, 1));
  CALL(epoll_wait, "until a child has written", ep, e, 4, -1);
  waitpid(child, 0, 0);
}

static void waits_with_masks(void) {
  int ep = epoll_create1(0), empty = epoll_create1(0), event = eventfd(1, 0);
  struct epoll_event e[4];
  uint64_t all = ~0ull, none = 0;
  struct wide_time zero = {0, 0}, bad = {0, 1000000000}, negative = {-1, 0}, little = {0, 1000};
  add(ep, event, EPOLLIN);
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = count, .sa_flags = SA_RESTART}, 0);
  sigaction(SIGUSR1, &(struct sigaction){.sa_handler = count}, 0);
  sigset_t usr, now;
  sigemptyset(&usr);
  sigaddset(&usr, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr, 0);

  CALL(epoll_pwait, "without a mask", ep, e, 4, -1, 0, 0L);
  CALL(epoll_pwait, "with a mask of four bytes", ep, e, 4, -1, &all, 4);
  CALL(epoll_pwait, "with a mask that is nowhere", ep, e, 4, -1, nowhere, 8);
  CALL(epoll_pwait, "for none at most", ep, e, 0L, 0L, 0, 8);
  CALL(epoll_pwait, "by another kind of descriptor", event, e, 4, 0L, 0, 8);
  CALL(epoll_pwait, "with events that go nowhere", ep, nowhere, 4, 0L, 0, 8);
  raise(SIGUSR1);
  caught = 0;
  CALL(epoll_pwait, "with one pending, but ready", ep, e, 4, -1, &none, 8);
  CALL(epoll_pwait, "with one pending that the mask blocks", empty, e, 4, 1, &all, 8);
  caught = 0;
  raise(SIGUSR1);
  CALL(epoll_pwait, "with one pending that the mask lets through", empty, e, 4, -1, &none, 8);
  EFFECT(epoll_pwait, "its handler has run", caught);
  sigprocmask(SIG_BLOCK, 0, &now);
  EFFECT(epoll_pwait, "the mask is back", sigismember(&now, SIGUSR1));
  tick(1);
  CALL(epoll_wait, "that a signal ends, though calls go on after it", empty, e, 4, -1);
  tick(0);

  CALL(epoll_pwait2, "without a time", ep, e, 4, 0, 0, 8);
  CALL(epoll_pwait2, "for no time", empty, e, 4, &zero, 0, 8);
  CALL(epoll_pwait2, "for a microsecond", empty, e, 4, &little, 0, 8);
  CALL(epoll_pwait2, "with too many nanoseconds", ep, e, 4, &bad, 0, 8);
  CALL(epoll_pwait2, "for a negative time", ep, e, 4, &negative, 0, 8);
  CALL(epoll_pwait2, "for a time that is nowhere", ep, e, 4, nowhere, 0, 8);
  CALL(epoll_pwait2, "with a mask of four bytes", ep, e, 4, &zero, &all, 4);
  CALL(epoll_pwait2, "with a mask that is nowhere", ep, e, 4, &zero, nowhere, 8);
  CALL(epoll_pwait2, "for none at most", ep, e, 0L, &zero, 0, 8);
  CALL(epoll_pwait2, "by a closed descriptor", 999, e, 4, &zero, 0, 8);
  raise(SIGUSR1);
  CALL(epoll_pwait2, "with one pending that the mask lets through", empty, e, 4, 0, &none, 8);
}

int main(void) {
  begin();
  creations();
  controls();
  waits();
  waits_with_masks();
  return 0;
}
