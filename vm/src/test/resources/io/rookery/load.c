/*
 * Endless loads of many kinds. load KIND runs one of them, load all every one in a process of its
 * own, load kill COUNT SEED kills processes at random and prints for each how many microseconds it
 * took to end, load killall ends all other processes and waits until they have. /host/data is a file
 * of some MiB, the working directory may be written to.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SELF "/proc/self/exe"

/* What the death of others, and limits, explain is no defect. */
static int explained(int e) {
  return e == EPIPE || e == ECONNRESET || e == ECONNREFUSED || e == EAGAIN || e == ENOMEM
      || e == EIDRM || e == EIO || e == ENOSPC || e == EINTR;
}

static void die(const char *what) {
  if (!explained(errno)) {
    dprintf(2, "%s: %s\n", what, strerror(errno));
  }
  _exit(1);
}

#define CHECK(call) \
  ({ \
    long result_ = (long)(call); \
    if (result_ == -1) { \
      die(#call); \
    } \
    result_; \
  })

static void thread(void *(*body)(void *), void *argument) {
  pthread_t t;
  int e = pthread_create(&t, NULL, body, argument);
  if (e != 0) {
    errno = e;
    die("pthread_create");
  }
  pthread_detach(t);
}

/* Runs a body in a child process of its own. */
static pid_t child(void (*body)(void)) {
  pid_t p = CHECK(fork());
  if (p == 0) {
    body();
    _exit(0);
  }
  return p;
}

static void forever(void) {
  for (;;) {
    pause();
  }
}

static void ignore(int signal) { (void)signal; }

static void handle(int signal, void (*handler)(int)) {
  struct sigaction a = {.sa_handler = handler};
  CHECK(sigaction(signal, &a, NULL));
}

/* ---- processes ---- */

static void tree(int depth) {
  int p[2];
  char buffer[64];
  CHECK(pipe(p));
  for (int i = 0; i < 2; i++) {
    if (CHECK(fork()) == 0) {
      close(p[0]);
      dup2(p[1], 1);
      if (depth > 0) {
        tree(depth - 1);
      } else {
        execl(SELF, "load", "leaf", (char *)NULL);
        die("execl");
      }
      _exit(0);
    }
  }
  close(p[1]);
  while (read(p[0], buffer, sizeof buffer) > 0) {
  }
  close(p[0]);
  while (wait(NULL) > 0) {
  }
}

static void trees(void) {
  for (;;) {
    tree(2);
  }
}

static void spawning(void) {
  for (;;) {
    pid_t p = vfork();
    if (p == 0) {
      usleep(2000); /* the parent waits in vfork meanwhile */
      execl(SELF, "load", "leaf", (char *)NULL);
      _exit(1);
    }
    char *arguments[] = {"load", "leaf", NULL};
    posix_spawn(&p, SELF, NULL, NULL, arguments, environ);
    while (wait(NULL) > 0) {
    }
  }
}

static void *spin(void *unused) {
  for (volatile unsigned long n = 0;; n++) {
  }
  return unused;
}

static void *pausing(void *unused) {
  forever();
  return unused;
}

/* Each execve(2) ends two other threads. */
static void executing(void) {
  thread(spin, NULL);
  thread(pausing, NULL);
  usleep(3000);
  execl(SELF, "load", "executing", (char *)NULL);
  die("execl");
}

static void *returning(void *unused) { return unused; }

static void threads(void) {
  for (;;) {
    pthread_t t, u;
    if (pthread_create(&t, NULL, returning, NULL) == 0) {
      pthread_join(t, NULL);
    }
    if (pthread_create(&u, NULL, pausing, NULL) == 0) {
      pthread_cancel(u);
      pthread_join(u, NULL);
    }
  }
}

static void stop(void) {
  for (;;) {
    raise(SIGSTOP);
  }
}

static void stopped(void) {
  child(stop); /* stays stopped */
  for (;;) {
    pid_t p = child(stop);
    for (int i = 0; i < 3; i++) {
      int status;
      CHECK(waitpid(p, &status, WUNTRACED));
      if (!WIFSTOPPED(status)) {
        _exit(1); /* somebody killed it */
      }
      usleep(1000);
      kill(p, SIGCONT);
    }
    kill(p, SIGKILL);
    waitpid(p, NULL, 0);
  }
}

static void waiting(void) {
  pid_t p = child(forever);
  if (CHECK(fork()) == 0) {
    pid_t q = child(forever);
    struct pollfd f = {.fd = syscall(SYS_pidfd_open, q, 0), .events = POLLIN};
    poll(&f, 1, -1);
    _exit(0);
  }
  siginfo_t info;
  waitid(P_PID, p, &info, WEXITED);
}

/* ---- memory and computing ---- */

static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static void computing(void) {
  volatile double sum = 0;
  for (;;) {
    sum += fib(22);
    for (int i = 1; i < 100000; i++) {
      sum += 1.0 / i;
    }
  }
}

static void strings(void) {
  size_t size = 24 << 20;
  for (;;) {
    char *a = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (a == MAP_FAILED) {
      die("mmap");
    }
    void *d = a;
    size_t n = size;
    __asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(1) : "memory");
    memmove(a + 4096, a, size - 4096);
    a = mremap(a, size, 2 * size, MREMAP_MAYMOVE);
    if (a == MAP_FAILED) {
      die("mremap");
    }
    mprotect(a, size / 2, PROT_READ);
    madvise(a + size / 2, size / 4, MADV_DONTNEED);
    munmap(a, 2 * size);
  }
}

static void generated(void) {
  unsigned char *code = mmap(
      NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (unsigned i = 0;; i++) {
    memcpy(code, "\xb8\0\0\0\0\xc3", 6); /* mov eax, imm32; ret */
    memcpy(code + 1, &i, 4);
    if (((unsigned (*)(void))code)() != i) {
      dprintf(2, "old code ran\n");
    }
  }
}

static sigjmp_buf away;

static void escape(int signal) { siglongjmp(away, signal); }

static void faulting(void) {
  char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct sigaction a = {.sa_handler = escape, .sa_flags = SA_NODEFER};
  CHECK(sigaction(SIGSEGV, &a, NULL));
  for (;;) {
    if (sigsetjmp(away, 1) == 0) {
      *(volatile char *)none;
      dprintf(2, "PROT_NONE was read\n");
    }
  }
}

static void mapped(void) {
  int f = CHECK(open("/host/data", O_RDONLY));
  size_t size = CHECK(lseek(f, 0, SEEK_END));
  unsigned random = getpid();
  volatile char sum = 0;
  for (;;) {
    int shared = random & 1;
    char *a = mmap(
        NULL, size, shared ? PROT_READ : PROT_READ | PROT_WRITE, shared ? MAP_SHARED : MAP_PRIVATE,
        f, 0);
    if (a == MAP_FAILED) {
      die("mmap");
    }
    for (int i = 0; i < 200; i++) {
      random = random * 1103515245 + 12345;
      char *at = a + (random >> 4) % size;
      sum += *at;
      if (!shared) {
        *at = sum;
      }
    }
    munmap(a, size);
    char buffer[65536];
    sum += pread(f, buffer, sizeof buffer, random % size);
  }
}

/* ---- files ---- */

static void writing(void) {
  char name[64], other[64], data[65536];
  memset(data, 'd', sizeof data);
  for (int n = 0;; n++) {
    snprintf(name, sizeof name, "f%d.%d", getpid(), n % 4);
    snprintf(other, sizeof other, "g%d", getpid());
    rmdir(name); // of a VM that was closed
    int f = CHECK(open(name, O_RDWR | O_CREAT | O_TRUNC, 0644));
    for (int i = 0; i < 8; i++) {
      CHECK(write(f, data, sizeof data));
    }
    char *a = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    if (a == MAP_FAILED) {
      die("mmap");
    }
    a[n % 65536]++;
    msync(a, 65536, MS_SYNC);
    munmap(a, 65536);
    if (n % 4 == 0) {
      fsync(f);
    } else if (n % 16 == 1) {
      sync();
    }
    ftruncate(f, n % 100000);
    close(f);
    rename(name, other);
    mkdir(name, 0755);
    rmdir(name);
    unlink(other);
  }
}

static void locked(void) {
  int f = CHECK(open("lock", O_RDWR | O_CREAT, 0644));
  CHECK(flock(f, LOCK_EX)); /* one of them gets it */
  struct flock l = {.l_type = F_WRLCK};
  if (CHECK(fork()) == 0) {
    CHECK(flock(CHECK(open("lock", O_RDWR)), LOCK_EX));
    _exit(0);
  }
  CHECK(fcntl(f, F_SETLKW, &l));
  if (CHECK(fork()) == 0) {
    CHECK(fcntl(f, F_SETLKW, &l));
    _exit(0);
  }
  forever();
}

static void watching(void) {
  int f = CHECK(inotify_init1(0));
  CHECK(inotify_add_watch(f, ".", IN_ALL_EVENTS));
  char buffer[4096];
  for (;;) {
    CHECK(read(f, buffer, sizeof buffer));
  }
}

/* ---- pipes, terminals, messages ---- */

static int end[2];

static void reading(void) {
  char c;
  while (read(end[0], &c, 1) == 1) {
  }
}

static void filling(void) {
  char data[4096];
  for (;;) {
    CHECK(write(end[1], data, sizeof data));
  }
}

static void opening(void) {
  char name[64];
  snprintf(name, sizeof name, "fifo%d", getpid());
  unlink(name); // of a VM that was closed
  CHECK(mkfifo(name, 0600));
  CHECK(open(name, O_RDONLY));
}

static void splicing(void) {
  int p[2];
  CHECK(pipe(p));
  splice(end[0], NULL, p[1], NULL, 65536, 0);
}

static void sending(void) {
  int f = CHECK(open("/host/data", O_RDONLY));
  for (;;) {
    CHECK(sendfile(end[1], f, NULL, 1 << 20));
    lseek(f, 0, SEEK_SET);
  }
}

static void pipes(void) {
  CHECK(pipe(end));
  child(reading);
  child(splicing);
  CHECK(pipe(end));
  child(filling);
  child(sending);
  child(opening);
  int there[2], back[2];
  CHECK(pipe(there));
  CHECK(pipe(back));
  char c = 0;
  if (CHECK(fork()) == 0) {
    while (read(there[0], &c, 1) == 1) {
      CHECK(write(back[1], &c, 1));
    }
    _exit(0);
  }
  for (;;) {
    CHECK(write(there[1], &c, 1));
    CHECK(read(back[0], &c, 1));
  }
}

static void terminal(void) {
  int master = CHECK(posix_openpt(O_RDWR | O_NOCTTY));
  CHECK(grantpt(master));
  CHECK(unlockpt(master));
  char *name = ptsname(master);
  char c;
  if (CHECK(fork()) == 0) {
    setsid();
    int slave = CHECK(open(name, O_RDWR));
    if (CHECK(fork()) == 0) {
      setpgid(0, 0);
      read(slave, &c, 1); /* stopped by SIGTTIN */
      _exit(0);
    }
    if (CHECK(fork()) == 0) {
      for (;;) {
        CHECK(write(slave, "output\n", 7)); /* blocks: nobody reads all of it */
      }
    }
    for (;;) {
      read(slave, &c, 1); /* a line never ends */
    }
  }
  for (;;) {
    CHECK(write(master, "x", 1));
    CHECK(read(master, &c, 1));
    usleep(1000);
  }
}

static void messages(void) {
  int queue = CHECK(msgget(IPC_PRIVATE, 0600)), set = CHECK(semget(IPC_PRIVATE, 1, 0600));
  struct {
    long type;
    char text[16];
  } m;
  if (CHECK(fork()) == 0) {
    CHECK(msgrcv(queue, &m, sizeof m.text, 0, 0));
    _exit(0);
  }
  if (CHECK(fork()) == 0) {
    struct mq_attr a = {.mq_maxmsg = 2, .mq_msgsize = 16};
    char name[32];
    snprintf(name, sizeof name, "/q%d", getpid());
    mqd_t q = CHECK(mq_open(name, O_RDWR | O_CREAT, 0600, &a));
    mq_unlink(name);
    CHECK(mq_receive(q, m.text, sizeof m.text, NULL));
    _exit(0);
  }
  struct sembuf down = {.sem_op = -1, .sem_flg = SEM_UNDO};
  CHECK(semop(set, &down, 1));
}

/* ---- sockets ---- */

static struct sockaddr_in address = {.sin_family = AF_INET};

static void *serve(void *listener) {
  for (;;) {
    int s = accept(*(int *)listener, NULL, NULL);
    char buffer[16384];
    long n;
    while ((n = read(s, buffer, sizeof buffer)) > 0) {
      CHECK(write(s, buffer, n));
    }
    close(s);
  }
}

static void *receive(void *type) {
  int s = CHECK(socket(AF_INET, (long)type, 0));
  struct sockaddr_in any = {.sin_family = AF_INET};
  CHECK(bind(s, (struct sockaddr *)&any, sizeof any));
  char c;
  recv(s, &c, 1, 0);
  return NULL;
}

static void *pass(void *unused) {
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
  union {
    char space[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } u;
  char c = 'c';
  struct iovec v = {&c, 1};
  for (;;) {
    struct msghdr m = {
        .msg_iov = &v, .msg_iovlen = 1, .msg_control = u.space, .msg_controllen = sizeof u.space};
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(h), &pair[0], sizeof(int));
    CHECK(sendmsg(pair[0], &m, 0));
    CHECK(recvmsg(pair[1], &m, 0));
    int passed;
    memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
    close(passed);
  }
  return unused;
}

static void sockets(void) {
  int listener = CHECK(socket(AF_INET, SOCK_STREAM, 0));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(bind(listener, (struct sockaddr *)&address, sizeof address));
  CHECK(listen(listener, 8));
  socklen_t length = sizeof address;
  CHECK(getsockname(listener, (struct sockaddr *)&address, &length));
  thread(serve, &listener);
  thread(receive, (void *)SOCK_DGRAM);
  thread(pass, NULL);
  char buffer[16384];
  for (;;) {
    int s = CHECK(socket(AF_INET, SOCK_STREAM, 0));
    CHECK(connect(s, (struct sockaddr *)&address, sizeof address));
    for (int i = 0; i < 20; i++) {
      CHECK(write(s, buffer, sizeof buffer));
      for (long n = 0; n < (long)sizeof buffer;) {
        n += CHECK(read(s, buffer, sizeof buffer));
      }
    }
    close(s);
  }
}

/* ---- waiting for events and time ---- */

static void *polling(void *how) {
  int p[2];
  CHECK(pipe(p));
  struct pollfd f = {.fd = p[0], .events = POLLIN};
  fd_set set;
  switch ((long)how) {
    case 0:
      poll(&f, 1, -1);
      break;
    case 1:
      FD_ZERO(&set);
      FD_SET(p[0], &set);
      select(p[0] + 1, &set, NULL, NULL, NULL);
      break;
    case 2:
      ppoll(&f, 1, NULL, NULL);
      break;
    default:
      for (uint64_t n;;) {
        CHECK(read(CHECK(eventfd(0, 0)), &n, 8));
      }
  }
  return NULL;
}

static void events(void) {
  sigset_t s;
  sigemptyset(&s);
  sigaddset(&s, SIGUSR1);
  CHECK(sigprocmask(SIG_BLOCK, &s, NULL)); // the threads inherit it, or one of them would be ended
  for (long i = 0; i < 4; i++) {
    thread(polling, (void *)i);
  }
  int e = CHECK(epoll_create1(0)), t = CHECK(timerfd_create(CLOCK_MONOTONIC, 0));
  struct itimerspec ms = {{0, 1000000}, {0, 1000000}};
  CHECK(timerfd_settime(t, 0, &ms, NULL));
  int g = CHECK(signalfd(-1, &s, 0));
  struct epoll_event v = {.events = EPOLLIN, .data.fd = t};
  CHECK(epoll_ctl(e, EPOLL_CTL_ADD, t, &v));
  v.data.fd = g;
  CHECK(epoll_ctl(e, EPOLL_CTL_ADD, g, &v));
  for (;;) {
    CHECK(epoll_wait(e, &v, 1, -1));
    char buffer[sizeof(struct signalfd_siginfo)];
    CHECK(read(v.data.fd, buffer, sizeof buffer));
    kill(getpid(), SIGUSR1);
  }
}

static void *sleeping(void *how) {
  struct timespec long_time = {100000, 0};
  sigset_t none;
  sigemptyset(&none);
  switch ((long)how) {
    case 0:
      nanosleep(&long_time, NULL);
      break;
    case 1:
      sigaddset(&none, SIGUSR2);
      sigtimedwait(&none, NULL, &long_time);
      break;
    case 2:
      clock_nanosleep(CLOCK_REALTIME, 0, &long_time, NULL);
      break;
    default:
      sigsuspend(&none);
  }
  return NULL;
}

static void timers(void) {
  for (long i = 0; i < 4; i++) {
    thread(sleeping, (void *)i);
  }
  handle(SIGALRM, ignore);
  handle(SIGRTMIN, ignore);
  struct itimerval ms = {{0, 1000}, {0, 1000}};
  CHECK(setitimer(ITIMER_REAL, &ms, NULL));
  struct sigevent s = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
  struct itimerspec two = {{0, 2000000}, {0, 2000000}};
  timer_t t;
  CHECK(timer_create(CLOCK_MONOTONIC, &s, &t));
  CHECK(timer_settime(t, 0, &two, NULL));
  forever();
}

static uint32_t word;
static pthread_mutex_t robust;

static void *futex(void *how) {
  for (;;) {
    switch ((long)how % 4) {
      case 0:
        syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
        break;
      case 1:
        usleep(3000);
        syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
        break;
      case 2:
        syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 1 << 30); /* never woken */
        break;
      default:
        pthread_mutex_lock(&robust);
        usleep(100);
        pthread_mutex_unlock(&robust);
    }
  }
}

static void futexes(void) {
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&robust, &a);
  for (long i = 0; i < 8; i++) {
    thread(futex, (void *)i);
  }
  forever();
}

/* ---- which ---- */

static const struct {
  const char *name;
  void (*run)(void);
} kinds[] = {
    {"trees", trees},         {"spawning", spawning}, {"executing", executing},
    {"threads", threads},     {"stopped", stopped},   {"waiting", waiting},
    {"computing", computing}, {"strings", strings},   {"generated", generated},
    {"faulting", faulting},   {"mapped", mapped},     {"writing", writing},
    {"locked", locked},       {"watching", watching}, {"pipes", pipes},
    {"terminal", terminal},   {"messages", messages}, {"sockets", sockets},
    {"events", events},       {"timers", timers},     {"futexes", futexes},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Whether a process runs no more: it is gone, or a zombie. */
static int ended(int pid) {
  char name[64], line[512];
  snprintf(name, sizeof name, "/proc/%d/stat", pid);
  int f = open(name, O_RDONLY);
  if (f < 0) {
    return 1;
  }
  long n = read(f, line, sizeof line - 1);
  close(f);
  if (n <= 0) {
    return 1;
  }
  line[n] = 0;
  char *state = strrchr(line, ')');
  return state != NULL && state[2] == 'Z';
}

static int victim(void) {
  int pids[4096], n = 0;
  DIR *d = opendir("/proc");
  for (struct dirent *e; d != NULL && n < 4096 && (e = readdir(d)) != NULL;) {
    int pid = atoi(e->d_name);
    if (pid > 1 && pid != getpid() && !ended(pid)) {
      pids[n++] = pid;
    }
  }
  closedir(d);
  return n == 0 ? 0 : pids[rand() % n];
}

static long microseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static int kill_some(int count, int seed) {
  srand(seed);
  for (int i = 0; i < count; i++) {
    int pid = victim();
    if (pid == 0) {
      break;
    }
    long start = microseconds();
    kill(pid, SIGKILL);
    while (!ended(pid)) {
      sched_yield();
    }
    printf("%ld\n", microseconds() - start);
  }
  return 0;
}

static int kill_all(void) {
  int n = 0;
  for (; victim() != 0; n++) {
    kill(-1, SIGKILL);
    sched_yield();
  }
  return n == 0; /* there should have been some */
}

int main(int count, char **arguments) {
  if (count < 2 || strcmp(arguments[1], "leaf") == 0) {
    return 0;
  }
  if (strcmp(arguments[1], "kill") == 0) {
    return kill_some(atoi(arguments[2]), atoi(arguments[3]));
  }
  if (strcmp(arguments[1], "killall") == 0) {
    return kill_all();
  }
  if (strcmp(arguments[1], "kinds") == 0) {
    for (int i = 0; i < KINDS; i++) {
      puts(kinds[i].name);
    }
    return 0;
  }
  int all = strcmp(arguments[1], "all") == 0;
  for (int i = 0; i < KINDS; i++) {
    if (all) {
      child(kinds[i].run);
    } else if (strcmp(arguments[1], kinds[i].name) == 0) {
      kinds[i].run();
    }
  }
  while (wait(NULL) > 0) {
  }
  return 0;
}
