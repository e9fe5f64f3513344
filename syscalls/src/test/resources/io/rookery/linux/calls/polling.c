/* Waiting for descriptors: poll, ppoll, select and pselect6. */
#include "calls.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>

static void *const nowhere = (void *)8;
static int in, out, hung_in, broken_out, file, path, ended_socket;
static volatile int caught;

static void count(int signal) { caught++; }

static void tick(int on) {
  struct itimerval t = {{0, on * 10000}, {0, on * 10000}};
  setitimer(ITIMER_REAL, &t, 0);
}

/* A pipe with nothing in it, one without a writer, one without a reader. */
static void open_all(void) {
  int p[2];
  if (pipe(p)) exit(1);
  in = p[0];
  out = p[1];
  if (pipe(p)) exit(1);
  close(p[1]);
  hung_in = p[0];
  if (pipe(p)) exit(1);
  close(p[0]);
  broken_out = p[1];
  file = open("/proc/self/exe", O_RDONLY);
  path = open("/", O_PATH);
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, p)) exit(1);
  close(p[1]);
  ended_socket = p[0];
}

static int events(int fd, int asked) {
  struct pollfd p = {fd, asked, 99};
  return syscall(SYS_poll, &p, 1, 0) < 0 ? -errno : p.revents;
}

static void polls(void) {
  struct pollfd p[2] = {{in, POLLIN}, {out, POLLOUT}};
  CALL(poll, "of a pipe's two ends", p, 2, 0L);
  EFFECT(poll, "what they are ready for", p[0].revents * 100 + p[1].revents);
  CALL(poll, "of nothing", 0, 0L, 0L);
  CALL(poll, "of nothing for a millisecond", 0, 0L, 1);
  CALL(poll, "of an array that is nowhere", nowhere, 1, 0L);
  CALL(poll, "of no array", 0, 1, 0L);
  EFFECT(poll, "of a negative descriptor", events(-5, POLLIN));
  EFFECT(poll, "of a closed descriptor", events(999, POLLIN));
  EFFECT(poll, "of a descriptor for paths", events(path, POLLIN));
  EFFECT(poll, "of a pipe without a writer", events(hung_in, POLLIN));
  EFFECT(poll, "of a pipe without a reader", events(broken_out, POLLOUT));
  EFFECT(poll, "of a pipe without a reader, asking for nothing", events(broken_out, 0));
  EFFECT(poll, "of a file", events(file, POLLIN | POLLOUT | POLLPRI));
  EFFECT(poll, "of a socket without a peer", events(ended_socket, POLLIN | POLLRDHUP));
  EFFECT(poll, "of the writing end, for reading", events(out, POLLIN));
  struct rlimit limit, old;
  getrlimit(RLIMIT_NOFILE, &old);
  IN_CHILD(limit = old; limit.rlim_cur = 1; setrlimit(RLIMIT_NOFILE, &limit);
           CALL(poll, "of more than may be open", p, 2, 0L));
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = count, .sa_flags = SA_RESTART}, 0);
  tick(1);
  CALL(poll, "that a signal ends", p, 1, -1);
  tick(0);
  pid_t child = fork();
  if (!child) _exit(write(out, "x", 1) != 1);
  CALL(poll, "until a child has written", p, 1, -1);
  waitpid(child, 0, 0);
  EFFECT(poll, "what was asked for and no more", events(in, POLLIN));
  EFFECT(poll, "in all words for reading", events(in, POLLIN | POLLRDNORM | POLLRDBAND));
  char c;
  if (read(in, &c, 1) != 1) exit(1);
}

static void polls_precisely(void) {
  struct timespec zero = {0, 0}, bad = {0, 1000000000}, negative = {-1, 0}, day = {10000, 0};
  struct pollfd p[2] = {{in, POLLIN}, {out, POLLOUT}};
  uint64_t all = ~0ull, none = 0;
  CALL(ppoll, "of a pipe's two ends", p, 2, &zero, 0, 8);
  CALL(ppoll, "of nothing", 0, 0L, &zero, 0, 0L);
  CALL(ppoll, "with too many nanoseconds", p, 2, &bad, 0, 8);
  CALL(ppoll, "for a negative time", p, 2, &negative, 0, 8);
  CALL(ppoll, "for a time that is nowhere", p, 2, nowhere, 0, 8);
  CALL(ppoll, "with a mask of four bytes", p, 2, &zero, &all, 4);
  CALL(ppoll, "without a mask, whose size does not matter", p, 2, &zero, 0, 4);
  CALL(ppoll, "with a mask that is nowhere", p, 2, &zero, nowhere, 8);
  CALL(ppoll, "of an array that is nowhere", nowhere, 1, &zero, 0, 8);
  CALL(ppoll, "with a long time, when one is ready", p, 2, &day, 0, 8);
  EFFECT(ppoll, "tells what is left of the time", day.tv_sec > 9000 && (day.tv_sec < 10000));
  day = (struct timespec){10000, 0};
  tick(1);
  CALL(ppoll, "that a signal ends", p, 1, &day, 0, 8);
  EFFECT(ppoll, "tells what is left after a signal", day.tv_sec > 9000 && day.tv_sec < 10000);
  tick(0);
  sigset_t usr;
  sigemptyset(&usr);
  sigaddset(&usr, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr, 0);
  signal(SIGUSR1, count);
  raise(SIGUSR1);
  caught = 0;
  CALL(ppoll, "with one pending that the mask lets through", p, 1, 0, &none, 8);
  EFFECT(ppoll, "its handler has run", caught);
  raise(SIGUSR1);
  CALL(ppoll, "with one pending that the mask blocks", p, 1, &zero, &all, 8);
  CALL(ppoll, "with one pending, but ready", p, 2, 0, &none, 8);
  sigset_t now;
  sigprocmask(SIG_BLOCK, 0, &now);
  EFFECT(ppoll, "the mask is back", sigismember(&now, SIGUSR1));
  sigprocmask(SIG_UNBLOCK, &usr, 0);
}

/* select has one pointer in 32-bit programs, where _newselect is what it is elsewhere. */
static struct {
  unsigned long n;
  fd_set *in, *out, *exceptional;
  struct timeval *time;
} packed;

static fd_set set(int fd) {
  fd_set s;
  FD_ZERO(&s);
  if (fd >= 0) FD_SET(fd, &s);
  return s;
}

#ifdef __x86_64__
static void selects(void) {
  struct timeval zero = {0, 0}, negative = {-1, 0}, many = {0, 5000000}, day = {10000, 0};
  fd_set i = set(in), o = set(out), e = set(in), closed = set(999);
  CALL(select, "of a pipe's two ends", 100, &i, &o, &e, &zero);
  EFFECT(select, "only the ready one is left", FD_ISSET(in, &i) + 2 * FD_ISSET(out, &o) + 4 * FD_ISSET(in, &e));
  CALL(select, "of nothing", 0L, 0, 0, 0, &zero);
  CALL(select, "of a negative number", -1, 0, 0, 0, &zero);
  CALL(select, "for a negative time", 0L, 0, 0, 0, &negative);
  CALL(select, "with microseconds that are seconds, when one is ready", 100, 0, &o, 0, &many);
  CALL(select, "for a time that is nowhere", 0L, 0, 0, 0, nowhere);
  CALL(select, "of a set that is nowhere", 100, nowhere, 0, 0, &zero);
  closed = set(50);
  CALL(select, "of a closed descriptor", 100, &closed, 0, 0, &zero);
  EFFECT(select, "leaves its sets when it fails", FD_ISSET(50, &closed));
  i = set(path);
  CALL(select, "of a descriptor for paths", 100, &i, 0, 0, &zero);
  i = set(hung_in);
  CALL(select, "of a pipe without a writer", 100, &i, 0, 0, 0);
  o = set(broken_out);
  CALL(select, "of a pipe without a reader", 100, 0, &o, 0, 0);
  i = set(file);
  CALL(select, "of a file", 100, &i, 0, 0, 0);
  o = set(out);
  CALL(select, "of fewer than there are in the set", out, 0, &o, 0, &zero);
  o = set(out);
  CALL(select, "of all numbers that there are", 0x7fffffff, 0, &o, 0, &zero);
  CALL(select, "with a long time, when one is ready", 100, 0, &o, 0, &day);
  EFFECT(select, "tells what is left of the time", day.tv_sec > 9000 && day.tv_sec < 10000);
  i = set(in);
  tick(1);
  CALL(select, "that a signal ends", 100, &i, 0, 0, 0);
  tick(0);
  EFFECT(select, "leaves its sets when a signal ends it", FD_ISSET(in, &i));
}
#else
static void selects(void) {
  struct timeval zero = {0, 0}, negative = {-1, 0};
  fd_set i = set(in), o = set(out), e = set(in), closed = set(50);
  packed.n = 100;
  packed.in = &i;
  packed.out = &o;
  packed.time = &zero;
  CALL(select, "with its arguments in a structure", &packed);
  EFFECT(select, "of a structure, only the ready one is left", FD_ISSET(in, &i) + 2 * FD_ISSET(out, &o));
  CALL(select, "with arguments that are nowhere", nowhere);
  i = set(in);
  CALL(_newselect, "of a pipe's two ends", 100, &i, &o, &e, &zero);
  EFFECT(_newselect, "only the ready one is left", FD_ISSET(in, &i) + 2 * FD_ISSET(out, &o));
  CALL(_newselect, "of a negative number", -1, 0, 0, 0, &zero);
  CALL(_newselect, "for a negative time", 0, 0, 0, 0, &negative);
  CALL(_newselect, "for a time that is nowhere", 0, 0, 0, 0, nowhere);
  CALL(_newselect, "of a set that is nowhere", 100, nowhere, 0, 0, &zero);
  CALL(_newselect, "of a closed descriptor", 100, &closed, 0, 0, &zero);
  int64_t wide[2] = {0, 0}, wide_negative[2] = {-1, 0};
  struct pollfd p = {out, POLLOUT};
  CALL(ppoll_time64, "of a pipe's end", &p, 1, wide, 0, 8);
  CALL(ppoll_time64, "for a negative time", &p, 1, wide_negative, 0, 8);
  CALL(ppoll_time64, "for a time that is nowhere", &p, 1, nowhere, 0, 8);
  CALL(pselect6_time64, "of a pipe's end", 100, 0, &o, 0, wide, 0);
  CALL(pselect6_time64, "for a negative time", 100, 0, &o, 0, wide_negative, 0);
  CALL(pselect6_time64, "for a time that is nowhere", 100, 0, &o, 0, nowhere, 0);
}
#endif

static void selects_precisely(void) {
  struct timespec zero = {0, 0}, bad = {0, 1000000000}, negative = {-1, 0}, day = {10000, 0};
  uint64_t all = ~0ull, none = 0;
  struct {
    void *set;
    unsigned long size;
  } blocked = {&all, 8}, passing = {&none, 8}, small = {&all, 4}, lost = {nowhere, 8}, no = {0, 3};
  fd_set i = set(in), o = set(out);
  CALL(pselect6, "of a pipe's two ends", 100, &i, &o, 0, &zero, 0);
  CALL(pselect6, "of nothing", 0L, 0, 0, 0, &zero, 0);
  CALL(pselect6, "of a negative number", -1, 0, 0, 0, &zero, 0);
  CALL(pselect6, "with too many nanoseconds", 0L, 0, 0, 0, &bad, 0);
  CALL(pselect6, "for a negative time", 0L, 0, 0, 0, &negative, 0);
  CALL(pselect6, "for a time that is nowhere", 0L, 0, 0, 0, nowhere, 0);
  CALL(pselect6, "with a mask of four bytes", 100, 0, &o, 0, &zero, &small);
  CALL(pselect6, "with a mask that is nowhere", 100, 0, &o, 0, &zero, &lost);
  CALL(pselect6, "with a mask whose place is nowhere", 100, 0, &o, 0, &zero, nowhere);
  CALL(pselect6, "with no mask, whose size does not matter", 100, 0, &o, 0, &zero, &no);
  CALL(pselect6, "with a long time, when one is ready", 100, 0, &o, 0, &day, 0);
  EFFECT(pselect6, "tells what is left of the time", day.tv_sec > 9000 && day.tv_sec < 10000);
  sigset_t usr;
  sigemptyset(&usr);
  sigaddset(&usr, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr, 0);
  raise(SIGUSR1);
  caught = 0;
  i = set(in);
  CALL(pselect6, "with one pending that the mask blocks", 100, &i, 0, 0, &zero, &blocked);
  i = set(in);
  CALL(pselect6, "with one pending that the mask lets through", 100, &i, 0, 0, 0, &passing);
  EFFECT(pselect6, "its handler has run", caught);
}

int main(void) {
  begin();
  open_all();
  polls();
  polls_precisely();
  selects();
  selects_precisely();
  return 0;
}
