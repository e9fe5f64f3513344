/* Waiting for descriptors: pipes, FIFOs, poll, select, epoll, eventfd, timerfd, signalfd. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define P(name, x) do { errno = 0; long r_ = (long)(x); printf("%s: %ld %d\n", name, r_ < 0 ? -1 : r_, r_ < 0 ? errno : 0); } while (0)

static volatile int hits;
static void on_signal(int s) { hits++; }

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }

static void events(const char *name, int fd) {
  struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLRDNORM | POLLWRNORM, 0};
  int r = poll(&p, 1, 0);
  printf("%s: %d %x\n", name, r, p.revents);
}

static void later(int ms, int fd, const char *what) {
  if (fork()) return;
  usleep(ms * 1000);
  write(fd, what, strlen(what));
  _exit(0);
}

static void pipes(void) {
  int p[2], n;
  char b[70000];
  memset(b, 'b', sizeof b);
  P("pipe2 flags", pipe2(p, 0x1));
  P("pipe efault", pipe((int *)8));
  pipe2(p, O_NONBLOCK);
  events("empty reader", p[0]); events("empty writer", p[1]);
  P("read empty", read(p[0], b, 1));
  P("fill", write(p[1], b, 70000));
  P("full", write(p[1], b, 1));
  events("full reader", p[0]); events("full writer", p[1]);
  P("drain 4095", read(p[0], b, 4095));
  events("still full writer", p[1]);
  P("drain 1", read(p[0], b, 1));
  events("room writer", p[1]);
  P("fionread", (ioctl(p[0], FIONREAD, &n), n));
  P("getpipe", fcntl(p[0], F_GETPIPE_SZ));
  P("setpipe", fcntl(p[0], F_SETPIPE_SZ, 200000));
  P("setpipe small", fcntl(p[0], F_SETPIPE_SZ, 100));
  close(p[1]);
  events("reader without writer", p[0]);
  while (read(p[0], b, sizeof b) > 0);
  events("drained without writer", p[0]);
  P("eof", read(p[0], b, 1));
  close(p[0]);
  pipe(p);
  close(p[0]);
  signal(SIGPIPE, on_signal);
  hits = 0;
  P("broken", write(p[1], "x", 1));
  printf("sigpipe %d\n", hits);
  events("writer without reader", p[1]);
  signal(SIGPIPE, SIG_IGN);
  P("broken zero", write(p[1], "x", 0));
  close(p[1]);
  pipe(p);
  later(20, p[1], "late");
  P("blocking read", read(p[0], b, 10));
  wait(0);
  if (!fork()) { close(p[1]); for (int i = 0; i < 20; i++) { usleep(500); read(p[0], b, 8000); } _exit(0); }
  P("blocking write", write(p[1], b, 70000));
  close(p[1]);
  wait(0);
  close(p[0]);
  P("lseek", lseek(0x7fff, 0, 0));
  mkfifo("/tmp/rookery-fifo", 0600);
  P("fifo writer alone", open("/tmp/rookery-fifo", O_WRONLY | O_NONBLOCK));
  int r = open("/tmp/rookery-fifo", O_RDONLY | O_NONBLOCK);
  events("fifo never written", r);
  P("fifo read", read(r, b, 1));
  if (!fork()) { int w = open("/tmp/rookery-fifo", O_WRONLY); write(w, "via fifo", 8); _exit(0); }
  wait(0);
  P("fifo read", read(r, b, 100));
  events("fifo writer gone", r);
  close(r);
  if (!fork()) { usleep(20000); int w = open("/tmp/rookery-fifo", O_WRONLY); write(w, "hello", 5); _exit(0); }
  r = open("/tmp/rookery-fifo", O_RDONLY);
  P("blocking open", read(r, b, 100));
  wait(0);
  int rw = open("/tmp/rookery-fifo", O_RDWR);
  write(rw, "self", 4);
  P("rdwr", read(rw, b, 10));
  unlink("/tmp/rookery-fifo");
}

static void polling(void) {
  int p[2], q[2];
  pipe(p); pipe(q);
  struct pollfd f[4] = {{p[0], POLLIN}, {q[1], POLLOUT}, {999, POLLIN}, {-5, POLLIN, 7}};
  P("poll", poll(f, 4, 0));
  printf("%x %x %x %x\n", f[0].revents, f[1].revents, f[2].revents, f[3].revents);
  double t = now();
  P("timeout", poll(f, 1, 30));
  printf("waited %d\n", now() - t >= 0.029);
  later(20, p[1], "x");
  P("wakes", poll(f, 1, 5000));
  wait(0);
  char c; read(p[0], &c, 1);
  P("too many", poll(f, 1 << 30, 0));
  P("efault", poll((void *)8, 1, 0));
  struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &sa, 0);
  struct itimerval it = {{0, 0}, {0, 20000}};
  setitimer(ITIMER_REAL, &it, 0);
  P("poll interrupted", poll(f, 1, 5000));
  setitimer(ITIMER_REAL, &it, 0);
  fd_set r; FD_ZERO(&r); FD_SET(p[0], &r);
  P("select interrupted", select(100, &r, 0, 0, 0));
  later(40, p[1], "r");
  setitimer(ITIMER_REAL, &it, 0);
  P("read restarts", read(p[0], &c, 1));
  wait(0);
  sigset_t blocked, none;
  sigemptyset(&blocked); sigaddset(&blocked, SIGALRM); sigemptyset(&none);
  sigprocmask(SIG_BLOCK, &blocked, 0);
  hits = 0;
  setitimer(ITIMER_REAL, &it, 0);
  usleep(30000);
  printf("blocked %d\n", hits);
  struct timespec ts = {5, 0};
  P("ppoll lets it in", ppoll(f, 1, &ts, &none));
  printf("hits %d\n", hits);
  sigprocmask(SIG_UNBLOCK, &blocked, 0);
  FD_ZERO(&r); FD_SET(q[1], &r);
  struct timeval tv = {0, 0};
  fd_set w = r;
  P("select write", select(q[1] + 1, 0, &w, 0, &tv));
  FD_ZERO(&r); FD_SET(500, &r);
  P("select bad", select(501, &r, 0, 0, &tv));
  P("select neg", select(-1, 0, 0, 0, &tv));
  tv.tv_sec = -1;
  P("select time", select(0, 0, 0, 0, &tv));
  tv.tv_sec = 0; tv.tv_usec = 20000;
  t = now();
  P("select sleep", select(0, 0, 0, 0, &tv));
  printf("waited %d left %ld\n", now() - t >= 0.019, (long)tv.tv_usec);
  int file = open("/etc/passwd", O_RDONLY);
  events("file", file); events("directory", open("/", O_RDONLY));
  events("null", open("/dev/null", O_RDWR));
  ts.tv_nsec = 2000000000;
  P("ppoll time", ppoll(f, 1, &ts, 0));
}

static int add(int ep, int op, int fd, unsigned events, int data) {
  struct epoll_event e = {events, {.u64 = data}};
  return epoll_ctl(ep, op, fd, &e);
}

static void ready(const char *name, int ep, int ms) {
  struct epoll_event e[4];
  int n = epoll_wait(ep, e, 4, ms);
  printf("%s: %d", name, n);
  for (int i = 0; i < n; i++) printf(" %x/%ld", e[i].events, (long)e[i].data.u64);
  puts("");
}

static void epolls(void) {
  int p[2], q[2], ep = epoll_create1(EPOLL_CLOEXEC);
  char b[10];
  pipe2(p, O_NONBLOCK); pipe2(q, O_NONBLOCK);
  P("create 0", epoll_create(0));
  P("create1 flags", epoll_create1(5));
  P("add", add(ep, EPOLL_CTL_ADD, p[0], EPOLLIN, 1));
  P("add again", add(ep, EPOLL_CTL_ADD, p[0], EPOLLIN, 1));
  P("mod none", add(ep, EPOLL_CTL_MOD, q[0], EPOLLIN, 1));
  P("del none", add(ep, EPOLL_CTL_DEL, q[0], EPOLLIN, 1));
  P("self", add(ep, EPOLL_CTL_ADD, ep, EPOLLIN, 1));
  P("file", add(ep, EPOLL_CTL_ADD, open("/etc/passwd", O_RDONLY), EPOLLIN, 1));
  P("bad fd", add(ep, EPOLL_CTL_ADD, 700, EPOLLIN, 1));
  P("bad op", add(ep, 9, q[0], EPOLLIN, 1));
  P("not epoll", add(p[0], EPOLL_CTL_ADD, q[0], EPOLLIN, 1));
  P("wait 0", epoll_wait(ep, (void *)b, 0, 0));
  ready("nothing", ep, 0);
  write(p[1], "abc", 3);
  ready("level", ep, 0); ready("level again", ep, 0);
  read(p[0], b, 10);
  ready("drained", ep, 0);
  add(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET, 2);
  write(p[1], "a", 1);
  ready("edge", ep, 0); ready("edge again", ep, 0);
  write(p[1], "b", 1);
  ready("edge more", ep, 0);
  add(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 3);
  ready("oneshot", ep, 0); ready("oneshot again", ep, 0);
  write(p[1], "c", 1);
  ready("oneshot more", ep, 0);
  add(ep, EPOLL_CTL_MOD, p[0], EPOLLIN, 4);
  ready("rearmed", ep, 0);
  add(ep, EPOLL_CTL_ADD, q[1], EPOLLOUT, 5);
  ready("two", ep, 0);
  int d = dup(q[1]);
  close(q[1]);
  ready("closed but dup", ep, 0);
  close(d);
  ready("closed", ep, 0);
  close(p[1]);
  ready("hup", ep, 0);
  int outer = epoll_create1(0);
  P("nest", add(outer, EPOLL_CTL_ADD, ep, EPOLLIN, 9));
  ready("outer", outer, 0);
  P("cycle", add(ep, EPOLL_CTL_ADD, outer, EPOLLIN, 9));
  close(p[0]);
  ready("outer empty", outer, 0);
  events("epoll polled", ep);
  pipe2(p, O_NONBLOCK);
  add(ep, EPOLL_CTL_ADD, p[0], EPOLLIN, 6);
  later(20, p[1], "z");
  ready("waits", ep, 5000);
  wait(0);
  double t = now();
  read(p[0], b, 10);
  ready("timeout", ep, 30);
  printf("waited %d\n", now() - t >= 0.029);
  P("read", read(ep, b, 1));
}

static void counters(void) {
  uint64_t v;
  int e = eventfd(5, EFD_NONBLOCK);
  events("eventfd", e);
  P("read", read(e, &v, 8)); printf("%lu\n", v);
  P("empty", read(e, &v, 8));
  P("short", read(e, &v, 4));
  v = -1; P("all ones", write(e, &v, 8));
  v = -2; P("max", write(e, &v, 8));
  events("full", e);
  v = 1; P("overflow", write(e, &v, 8));
  int s = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
  read(s, &v, 8); printf("%lu\n", v); read(s, &v, 8); P("third", read(s, &v, 8));
  P("flags", eventfd(0, 2));
  int t = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct itimerspec i = {{0, 0}, {100, 0}}, o;
  P("settime", timerfd_settime(t, 0, &i, &o));
  P("not yet", read(t, &v, 8));
  i = (struct itimerspec){{0, 10000000}, {0, 10000000}};
  P("settime", timerfd_settime(t, 0, &i, &o));
  printf("old %d\n", o.it_value.tv_sec >= 98);
  struct pollfd p = {t, POLLIN};
  P("poll timer", poll(&p, 1, 5000));
  P("expirations", read(t, &v, 8)); printf("%d\n", v >= 1);
  usleep(35000);
  read(t, &v, 8); printf("several %d\n", v >= 3);
  timerfd_gettime(t, &o); printf("interval %ld left %d\n", o.it_interval.tv_nsec, o.it_value.tv_nsec > 0 && o.it_value.tv_nsec <= 10000000);
  memset(&i, 0, sizeof i);
  P("disarm", timerfd_settime(t, 0, &i, 0));
  i.it_value.tv_nsec = 2000000000;
  P("bad time", timerfd_settime(t, 0, &i, 0));
  P("bad clock", timerfd_create(77, 0));
  P("not a timer", timerfd_settime(e, 0, &i, 0));
  clock_gettime(CLOCK_REALTIME, &i.it_value);
  int rt = timerfd_create(CLOCK_REALTIME, 0);
  P("absolute past", timerfd_settime(rt, TFD_TIMER_ABSTIME, &i, 0));
  P("at once", read(rt, &v, 8));
  sigset_t m; sigemptyset(&m); sigaddset(&m, SIGUSR1);
  sigprocmask(SIG_BLOCK, &m, 0);
  int sf = signalfd(-1, &m, SFD_NONBLOCK);
  struct signalfd_siginfo si;
  events("signalfd", sf);
  P("none", read(sf, &si, sizeof si));
  kill(getpid(), SIGUSR1);
  events("pending", sf);
  P("short", read(sf, &si, 10));
  P("read", read(sf, &si, sizeof si));
  printf("%u %d %d\n", si.ssi_signo, si.ssi_pid == getpid(), si.ssi_uid == getuid());
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  puts("-- pipes"); pipes();
  puts("-- polling"); polling();
  puts("-- epolls"); epolls();
  puts("-- counters"); counters();
  return 0;
}
