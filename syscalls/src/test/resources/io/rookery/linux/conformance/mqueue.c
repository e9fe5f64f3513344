/* POSIX message queues. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RESULT(what, call)                                              \
  do {                                                                  \
    errno = 0;                                                          \
    long result_ = (long)(call);                                        \
    printf(what " %d %d\n", result_ == -1 ? -1 : 0, result_ == -1 ? errno : 0); \
  } while (0)

static char name[64], other[64];

static void receive(const char *what, mqd_t q, size_t size) {
  char text[9000];
  unsigned prio = 99;
  memset(text, 0, sizeof text);
  errno = 0;
  int n = mq_receive(q, text, size, &prio);
  if (n < 0)
    printf("%s: errno %d\n", what, errno);
  else
    printf("%s: %d priority %u %s\n", what, n, prio, text);
}

static struct timespec in(long ms) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_nsec += ms % 1000 * 1000000;
  t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
  t.tv_nsec %= 1000000000;
  return t;
}

static void attributes(const char *what, mqd_t q) {
  struct mq_attr a;
  if (mq_getattr(q, &a))
    printf("%s: %d\n", what, errno);
  else
    printf("%s: %lx %ld of %ld, %ld each\n", what, a.mq_flags, a.mq_curmsgs, a.mq_maxmsg, a.mq_msgsize);
}

static int end(pid_t p) {
  int st;
  waitpid(p, &st, 0);
  return WIFSIGNALED(st) ? -WTERMSIG(st) : WEXITSTATUS(st);
}

/* Until a child sleeps. */
static void asleep(pid_t p) {
  char path[64], line[512], state = 0;
  sprintf(path, "/proc/%d/stat", p);
  for (int i = 0; i < 20000 && state != 'S' && state != 'Z'; i++) {
    usleep(1000);
    FILE *f = fopen(path, "r");
    if (!f) return;
    fgets(line, sizeof line, f);
    fclose(f);
    state = strrchr(line, ')')[2];
  }
}

static mqd_t make(long messages, long size, int flags) {
  struct mq_attr a = {.mq_maxmsg = messages, .mq_msgsize = size};
  return mq_open(name, O_CREAT | O_RDWR | flags, 0600, &a);
}

static void opening(void) {
  struct stat s;
  RESULT("missing", mq_open(name, O_RDWR));
  RESULT("no messages", make(0, 10, 0));
  RESULT("no size", make(5, 0, 0));
  RESULT("negative", make(-1, 10, 0));
  RESULT("huge", make(65537, 10, 0));
  RESULT("empty name", mq_open("/", O_CREAT | O_RDWR, 0600, 0));
  RESULT("slash", mq_open("/a/b", O_CREAT | O_RDWR, 0600, 0));
  RESULT("dots", mq_open("/..", O_CREAT | O_RDWR, 0600, 0));
  char large[300];
  memset(large, 'x', 299);
  large[0] = '/';
  large[299] = 0;
  RESULT("long name", mq_open(large, O_CREAT | O_RDWR, 0600, 0));
  large[256] = 0;
  RESULT("longest name", mq_unlink(large));
  umask(027);
  mqd_t q = mq_open(name, O_CREAT | O_RDWR, 0666, 0);
  umask(022);
  attributes("usual", q);
  fstat(q, &s);
  printf("mode %o owner %d links %d\n", s.st_mode, s.st_uid == getuid(), (int)s.st_nlink);
  printf("cloexec %d flags %x\n", fcntl(q, F_GETFD), fcntl(q, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
  RESULT("exclusive", make(3, 10, O_EXCL));
  mqd_t again = make(3, 10, O_NONBLOCK);
  attributes("as it is", again);
  RESULT("close", mq_close(again));
  RESULT("close", mq_close(again));
  mqd_t r = mq_open(name, O_RDONLY), w = mq_open(name, O_WRONLY);
  char text[9000];
  RESULT("write to reader", mq_send(r, "x", 1, 0));
  RESULT("read from writer", mq_receive(w, text, sizeof text, 0));
  RESULT("write", write(w, "x", 1));
  RESULT("unlink", mq_unlink(name));
  RESULT("unlink", mq_unlink(name));
  RESULT("gone", mq_open(name, O_RDWR));
  RESULT("still there", mq_send(w, "x", 1, 0));
  receive("still there", r, 9000);
  mq_close(q);
  mq_close(r);
  mq_close(w);
}

static void priorities(void) {
  mqd_t q = make(8, 20, 0);
  RESULT("send", mq_send(q, "low", 3, 1));
  RESULT("send", mq_send(q, "high", 4, 9));
  RESULT("send", mq_send(q, "low again", 9, 1));
  RESULT("send", mq_send(q, "highest", 7, 32767));
  RESULT("send", mq_send(q, "", 0, 9));
  RESULT("priority", mq_send(q, "x", 1, 32768));
  RESULT("too long", mq_send(q, "xxxxxxxxxxxxxxxxxxxxxxxxxx", 21, 0));
  RESULT("longest", mq_send(q, "xxxxxxxxxxxxxxxxxxxxxxxxxx", 20, 0));
  RESULT("fault", mq_send(q, (char *)16, 5, 0));
  RESULT("no queue", mq_send(1, "x", 1, 0));
  RESULT("no file", mq_send(-1, "x", 1, 0));
  attributes("six", q);
  char state[128] = {0};
  printf("read %d", (int)read(q, state, 127));
  printf(" %s", state);
  receive("too small", q, 19);
  for (int i = 0; i < 6; i++) receive("next", q, 20 + i);
  char text[32];
  mq_send(q, "lost", 4, 0);
  RESULT("fault", mq_receive(q, (char *)16, 20, 0));
  RESULT("no priority", mq_send(q, "y", 1, 3));
  RESULT("no priority", mq_receive(q, text, 20, 0));
  RESULT("no queue", mq_receive(0, text, 20, 0));
  mq_close(q);
  mq_unlink(name);
}

static void waiting(void) {
  mqd_t q = make(2, 10, 0);
  pid_t a, b;
  char text[16];
  unsigned prio;
  struct timespec t = in(30), bad = {0, 1000000000}, past = {1, 0};
  RESULT("receive timeout", mq_timedreceive(q, text, 10, 0, &t));
  RESULT("receive past", mq_timedreceive(q, text, 10, 0, &past));
  RESULT("receive bad", mq_timedreceive(q, text, 10, 0, &bad));
  if ((a = fork()) == 0) _exit(mq_receive(q, text, 10, &prio) * 10 + prio);
  asleep(a);
  if ((b = fork()) == 0) _exit(mq_receive(q, text, 10, &prio) * 10 + prio);
  asleep(b);
  mq_send(q, "one", 3, 1);
  mq_send(q, "four", 4, 2);
  int x = end(a), y = end(b);
  printf("in order %d %d\n", x, y);
  mq_send(q, "1", 1, 1);
  mq_send(q, "2", 1, 2);
  t = in(30);
  RESULT("send timeout", mq_timedsend(q, "x", 1, 0, &t));
  RESULT("send past", mq_timedsend(q, "x", 1, 0, &past));
  RESULT("send bad", mq_timedsend(q, "x", 1, 0, &bad));
  if ((a = fork()) == 0) _exit(mq_send(q, "3", 1, 3) ? errno : 0);
  asleep(a);
  attributes("full", q);
  receive("first", q, 10);
  printf("sent %d\n", end(a));
  attributes("full still", q);
  receive("second", q, 10);
  receive("third", q, 10);
  t = in(20000);
  if ((a = fork()) == 0) _exit(mq_timedreceive(q, text, 10, &prio, &t) * 10 + prio);
  asleep(a);
  mq_send(q, "late", 4, 5);
  printf("in time %d\n", end(a));
  struct mq_attr f = {.mq_flags = O_NONBLOCK, .mq_maxmsg = 77}, old;
  RESULT("set", mq_setattr(q, &f, &old));
  printf("old %lx %ld\n", old.mq_flags, old.mq_maxmsg);
  attributes("not blocking", q);
  printf("flags %x\n", fcntl(q, F_GETFL) & O_NONBLOCK);
  receive("nothing", q, 10);
  mq_send(q, "1", 1, 0);
  mq_send(q, "2", 1, 0);
  RESULT("full", mq_send(q, "3", 1, 0));
  f.mq_flags = O_APPEND;
  RESULT("bad flags", mq_setattr(q, &f, 0));
  RESULT("no queue", mq_getattr(0, &f));
  mq_close(q);
  mq_unlink(name);
}

static volatile int handled;

static void handler(int s) { handled++; }

static void interrupting(void) {
  mqd_t q = make(1, 10, 0);
  pid_t a;
  char text[16];
  struct sigaction s = {.sa_handler = handler};
  sigaction(SIGUSR1, &s, 0);
  s.sa_flags = SA_RESTART;
  sigaction(SIGUSR2, &s, 0);
  if ((a = fork()) == 0) _exit(mq_receive(q, text, 10, 0) < 0 ? errno : 100);
  asleep(a);
  kill(a, SIGUSR1);
  printf("receiver interrupted %d\n", end(a) == EINTR);
  if ((a = fork()) == 0) _exit(mq_receive(q, text, 10, 0) < 0 ? errno : 100 + handled);
  asleep(a);
  kill(a, SIGUSR2);
  usleep(30000);
  mq_send(q, "x", 1, 0);
  printf("restarted %d\n", end(a));
  mq_send(q, "full", 4, 0);
  if ((a = fork()) == 0) _exit(mq_send(q, "y", 1, 0) ? errno : 100);
  asleep(a);
  kill(a, SIGUSR1);
  printf("sender interrupted %d\n", end(a) == EINTR);
  if ((a = fork()) == 0) _exit(mq_send(q, "y", 1, 0) ? errno : 100);
  asleep(a);
  kill(a, SIGKILL);
  printf("sender killed %d\n", end(a));
  receive("one", q, 10);
  attributes("no more", q);
  if ((a = fork()) == 0) _exit(mq_receive(q, text, 10, 0) < 0 ? errno : 100);
  asleep(a);
  kill(a, SIGKILL);
  printf("receiver killed %d\n", end(a));
  mq_send(q, "stays", 5, 0);
  receive("stays", q, 10);
  mq_close(q);
  mq_unlink(name);
}

static void information(int s, siginfo_t *i, void *c) {
  handled = i->si_signo == SIGUSR1 && i->si_code == SI_MESGQ && i->si_pid == getpid() &&
            i->si_uid == getuid() && i->si_value.sival_int == 4711;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int called;

static void callback(union sigval v) {
  pthread_mutex_lock(&lock);
  called = v.sival_int;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&lock);
}

static void notifying(void) {
  mqd_t q = make(4, 10, O_NONBLOCK);
  struct sigaction s = {.sa_sigaction = information, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &s, 0);
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  e.sigev_value.sival_int = 4711;
  handled = 0;
  RESULT("notify", mq_notify(q, &e));
  RESULT("busy", mq_notify(q, &e));
  pid_t a = fork();
  if (a == 0) {
    RESULT("busy for others", mq_notify(q, &e));
    RESULT("not theirs", mq_notify(q, 0));
    _exit(0);
  }
  end(a);
  mq_send(q, "1", 1, 0);
  printf("told %d\n", handled);
  handled = 0;
  mq_send(q, "2", 1, 0);
  printf("once %d\n", handled);
  RESULT("notify", mq_notify(q, &e));
  mq_send(q, "3", 1, 0);
  printf("not empty %d\n", handled);
  receive("1", q, 10);
  receive("2", q, 10);
  receive("3", q, 10);
  mq_send(q, "4", 1, 0);
  printf("empty before %d\n", handled);
  receive("4", q, 10);
  handled = 0;
  RESULT("notify", mq_notify(q, &e));
  RESULT("no more", mq_notify(q, 0));
  RESULT("no more", mq_notify(q, 0));
  mq_send(q, "5", 1, 0);
  printf("taken back %d\n", handled);
  receive("5", q, 10);
  /* Closing any descriptor takes it back. */
  mqd_t second = mq_open(name, O_RDWR);
  RESULT("notify", mq_notify(q, &e));
  mq_close(second);
  mq_send(q, "6", 1, 0);
  printf("closed %d\n", handled);
  receive("6", q, 10);
  /* Who waits gets the message, and nobody is told. */
  RESULT("notify", mq_notify(q, &e));
  mqd_t blocking = mq_open(name, O_RDWR);
  if ((a = fork()) == 0) {
    char text[16];
    _exit(mq_receive(blocking, text, 10, 0));
  }
  asleep(a);
  mq_send(q, "waited", 6, 0);
  printf("received %d told %d\n", end(a), handled);
  RESULT("still", mq_notify(q, &e));
  mq_notify(q, 0);
  e.sigev_notify = SIGEV_NONE;
  RESULT("none", mq_notify(q, &e));
  RESULT("busy", mq_notify(q, &e));
  mq_send(q, "7", 1, 0);
  RESULT("free again", mq_notify(q, &e));
  mq_notify(q, 0);
  receive("7", q, 10);
  e.sigev_notify = 77;
  RESULT("bad kind", mq_notify(q, &e));
  e.sigev_notify = SIGEV_SIGNAL;
  e.sigev_signo = 65;
  RESULT("bad signal", mq_notify(q, &e));
  RESULT("no queue", mq_notify(0, &e));
  RESULT("fault", syscall(SYS_mq_notify, q, 16));
  /* A thread is started by the C library. */
  struct sigevent t = {.sigev_notify = SIGEV_THREAD};
  t.sigev_notify_function = callback;
  t.sigev_value.sival_int = 42;
  RESULT("thread", mq_notify(q, &t));
  mq_send(q, "8", 1, 0);
  struct timespec limit = in(10000);
  pthread_mutex_lock(&lock);
  while (!called && !pthread_cond_timedwait(&changed, &lock, &limit)) {
  }
  pthread_mutex_unlock(&lock);
  printf("called with %d\n", called);
  mq_close(blocking);
  mq_close(q);
  mq_unlink(name);
}

static void polling(void) {
  mqd_t q = make(2, 10, 0);
  struct pollfd p = {q, POLLIN | POLLOUT};
  int n = poll(&p, 1, 0);
  printf("empty %d %x\n", n, p.revents);
  mq_send(q, "1", 1, 0);
  n = poll(&p, 1, 0);
  printf("some %d %x\n", n, p.revents);
  mq_send(q, "2", 1, 0);
  n = poll(&p, 1, 0);
  printf("full %d %x\n", n, p.revents);
  receive("1", q, 10);
  receive("2", q, 10);
  int e = epoll_create1(0);
  struct epoll_event v = {.events = EPOLLIN, .data.u32 = 7};
  RESULT("epoll", epoll_ctl(e, EPOLL_CTL_ADD, q, &v));
  printf("nothing %d\n", epoll_wait(e, &v, 1, 0));
  pid_t a = fork();
  if (a == 0) {
    usleep(20000);
    mq_send(q, "x", 1, 0);
    _exit(0);
  }
  n = epoll_wait(e, &v, 1, 20000);
  printf("event %d %x %d\n", n, v.events, v.data.u32);
  end(a);
  receive("x", q, 10);
  close(e);
  mq_close(q);
  mq_unlink(name);
}

static void user(void) {
  if (setgroups(0, 0) || setregid(1234, 1234) || setreuid(1234, 1234)) printf("no user\n");
  RESULT("user reads", mq_open(name, O_RDONLY));
  RESULT("user writes", mq_open(name, O_WRONLY));
  RESULT("user does both", mq_open(name, O_RDWR));
  RESULT("user unlinks", mq_unlink(name));
  struct mq_attr a = {.mq_maxmsg = 11, .mq_msgsize = 10};
  RESULT("too many", mq_open(other, O_CREAT | O_RDWR, 0600, &a));
  a = (struct mq_attr){.mq_maxmsg = 10, .mq_msgsize = 8193};
  RESULT("too large", mq_open(other, O_CREAT | O_RDWR, 0600, &a));
  int made = 0;
  for (; made < 20; made++) {
    char each[80];
    sprintf(each, "%s.%d", other, made);
    errno = 0;
    if (mq_open(each, O_CREAT | O_RDWR, 0600, 0) == -1) break;
  }
  printf("made %d, then %d\n", made, errno);
  for (int i = 0; i < made; i++) {
    char each[80];
    sprintf(each, "%s.%d", other, i);
    mq_unlink(each);
  }
  _exit(0);
}

static void permissions(void) {
  if (geteuid() != 0) return;
  mqd_t q = mq_open(name, O_CREAT | O_RDWR, 0604, 0);
  pid_t a = fork();
  if (a == 0) user();
  end(a);
  fchmod(q, 0602);
  a = fork();
  if (a == 0) user();
  end(a);
  fchown(q, 1234, 1234);
  fchmod(q, 0600);
  a = fork();
  if (a == 0) user();
  end(a);
  RESULT("unlinked by the user", mq_open(name, O_RDONLY));
  mq_close(q);
}

static void limits(void) {
  const char *files[] = {"queues_max", "msg_max", "msg_default", "msgsize_max", "msgsize_default"};
  for (int i = 0; i < 5; i++) {
    char path[80];
    int v = -1;
    sprintf(path, "/proc/sys/fs/mqueue/%s", files[i]);
    FILE *f = fopen(path, "r");
    if (f) {
      fscanf(f, "%d", &v);
      fclose(f);
    }
    printf("%s %d\n", files[i], v);
  }
  pid_t a = fork();
  if (a == 0) {
    struct rlimit r = {1000, 1000};
    setrlimit(RLIMIT_MSGQUEUE, &r);
    RESULT("over the limit", make(2, 500, 0));
    mqd_t q = make(2, 300, 0);
    RESULT("within", q);
    mq_unlink(name);
    RESULT("not yet freed", make(2, 300, 0));
    mq_close(q);
    RESULT("freed", make(2, 300, 0));
    mq_unlink(name);
    _exit(0);
  }
  end(a);
}

int main(void) {
  alarm(60);
  setvbuf(stdout, 0, _IOLBF, 0);
  sprintf(name, "/rookery.%d", getpid());
  sprintf(other, "/rookery.%d.other", getpid());
  opening();
  priorities();
  waiting();
  interrupting();
  notifying();
  polling();
  permissions();
  limits();
  return 0;
}
