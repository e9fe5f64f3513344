/*
 * Much of one thing at a time: stress forks PROCESSES CHILDREN, futex THREADS ROUNDS, files COUNT,
 * directory ENTRIES, sparse GIGABYTES. Prints what it found, which is the same wherever it runs.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(call) \
  ({ \
    long result_ = (long)(call); \
    if (result_ == -1) { \
      printf("%s: %s\n", #call, strerror(errno)); \
      fflush(stdout); \
      _exit(1); \
    } \
    result_; \
  })

/* ---- processes, pipes, signals ---- */

static volatile sig_atomic_t queued;

static void count(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)context;
  queued += info->si_value.sival_int;
}

/* Forks one child after the other; each writes to a pipe and queues a signal. */
static int parent(int children) {
  struct sigaction a = {.sa_sigaction = count, .sa_flags = SA_SIGINFO | SA_RESTART};
  CHECK(sigaction(SIGRTMIN, &a, NULL));
  int written = 0, exits = 0;
  for (int i = 1; i <= children; i++) {
    int p[2], got, status;
    CHECK(pipe(p));
    pid_t c = CHECK(fork());
    if (c == 0) {
      union sigval one = {.sival_int = 1};
      CHECK(sigqueue(getppid(), SIGRTMIN, one));
      CHECK(write(p[1], &i, sizeof i));
      _exit(i & 0x7f);
    }
    close(p[1]);
    while (read(p[0], &got, sizeof got) == sizeof got) {
      written += got;
    }
    close(p[0]);
    CHECK(waitpid(c, &status, 0));
    exits += WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
  }
  return queued == children && written == exits && written == children * (children + 1) / 2;
}

static void forks(int processes, int children) {
  int go[2], done[2];
  CHECK(pipe(go));
  CHECK(pipe(done));
  for (int i = 0; i < processes; i++) {
    if (CHECK(fork()) == 0) {
      char c;
      close(go[1]);
      read(go[0], &c, 1); /* all begin at once */
      c = parent(children);
      CHECK(write(done[1], &c, 1));
      _exit(c);
    }
  }
  close(go[0]);
  close(go[1]);
  int good = 0, statuses = 0, status;
  char c;
  for (int i = 0; i < processes; i++) {
    CHECK(read(done[0], &c, 1));
    good += c;
  }
  while (wait(&status) > 0) {
    statuses += WIFEXITED(status) && WEXITSTATUS(status) == 1;
  }
  printf("%d processes, %d good, %d statuses\n", processes, good, statuses);
}

/* ---- one futex ---- */

static _Atomic uint32_t lock; /* 0 free, 1 taken, 2 taken and waited for */
static long guarded;
static int rounds;
static _Atomic uint32_t turn;
static _Atomic int arrived, late;
static int crew;

static void *locker(void *unused) {
  for (int i = 0; i < rounds; i++) {
    uint32_t seen = 0;
    if (!atomic_compare_exchange_strong(&lock, &seen, 1)) {
      while (atomic_exchange(&lock, 2) != 0) {
        syscall(SYS_futex, &lock, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
      }
    }
    guarded++;
    if (atomic_exchange(&lock, 0) == 2) {
      syscall(SYS_futex, &lock, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
  }
  /* Then all together, from one turn to the next. */
  for (uint32_t i = 0; i < 20; i++) {
    if (atomic_fetch_add(&arrived, 1) == crew - 1) {
      atomic_store(&arrived, 0);
      atomic_store(&turn, i + 1);
      syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    }
    while (atomic_load(&turn) == i) {
      syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, i, NULL, NULL, 0);
    }
    late += atomic_load(&turn) > i + 1; /* nobody goes on before everybody is here */
  }
  return unused;
}

static void futex(int threads, int count) {
  pthread_t t[1024];
  rounds = count;
  crew = threads;
  for (int i = 0; i < threads; i++) {
    int e = pthread_create(t + i, NULL, locker, NULL);
    if (e != 0) {
      printf("pthread_create: %s\n", strerror(e));
      _exit(1);
    }
  }
  for (int i = 0; i < threads; i++) {
    pthread_join(t[i], NULL);
  }
  printf("%d threads, %ld rounds, %d late\n", threads, guarded, late);
}

/* ---- open files ---- */

static void files(int count) {
  struct rlimit l = {count + 16, count + 16};
  CHECK(setrlimit(RLIMIT_NOFILE, &l));
  CHECK(syscall(SYS_close_range, 3, ~0U, 0)); /* what the caller left open */
  int *f = calloc(count, sizeof *f), highest = 0, ready = 0;
  struct pollfd *p = calloc(count, sizeof *p);
  int e = CHECK(epoll_create1(0));
  char name[64];
  CHECK(mkdir("files", 0755));
  for (int i = 0; i < count; i += i % 10 < 6 ? 1 : 2) { /* files, pipes, sockets */
    int pair[2];
    if (i + 1 == count || i % 10 < 6) {
      snprintf(name, sizeof name, "files/%d", i);
      f[i] = CHECK(open(name, O_RDWR | O_CREAT | O_EXCL, 0644));
    } else if (i % 10 < 8) {
      CHECK(pipe(pair));
      f[i] = pair[0];
      f[i + 1] = pair[1];
    } else {
      CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
      f[i] = pair[0];
      f[i + 1] = pair[1];
    }
  }
  int polled = 0;
  for (int i = 0; i < count; i++) {
    struct stat st;
    highest = f[i] > highest ? f[i] : highest;
    CHECK(fstat(f[i], &st));
    p[i] = (struct pollfd){.fd = f[i], .events = POLLIN};
    if (S_ISREG(st.st_mode)) {
      CHECK(pwrite(f[i], &i, sizeof i, 0));
    } else if (i % 10 == 7 || i % 10 == 9) {
      CHECK(write(f[i], &i, sizeof i)); /* the one before becomes readable */
    } else {
      struct epoll_event v = {.events = EPOLLIN, .data.u32 = i};
      CHECK(epoll_ctl(e, EPOLL_CTL_ADD, f[i], &v));
    }
  }
  ready = CHECK(poll(p, count, 0));
  long sum = 0;
  struct epoll_event v[256];
  for (int n; (n = CHECK(epoll_wait(e, v, 256, 0))) > 0; polled += n) {
    for (int i = 0; i < n; i++) {
      int got;
      CHECK(read(f[v[i].data.u32], &got, sizeof got));
      sum += got;
    }
  }
  int more, beyond = 0;
  while ((more = open("/dev/null", O_RDONLY)) >= 0) {
    beyond++;
  }
  printf("%d files, highest %d, %d ready, epoll %d, sum %ld, then %d more, %s\n", count,
      highest - f[0], ready, polled, sum, beyond, strerror(errno));
  for (int i = 0; i < count; i++) {
    CHECK(close(f[i]));
    snprintf(name, sizeof name, "files/%d", i);
    unlink(name);
  }
  CHECK(rmdir("files"));
}

/* ---- a directory ---- */

static long names(const char *path, long *sum) {
  DIR *d = opendir(path);
  long n = 0;
  *sum = 0;
  for (struct dirent *e; (e = readdir(d)) != NULL; n++) {
    *sum += atol(e->d_name + 1);
  }
  closedir(d);
  return n;
}

static void directory(int entries) {
  char name[64], other[64];
  long sum, n;
  CHECK(mkdir("many", 0755));
  for (int i = 0; i < entries; i++) {
    snprintf(name, sizeof name, "many/n%d", i);
    if (i % 1000 == 0) {
      CHECK(close(CHECK(open(name, O_WRONLY | O_CREAT | O_EXCL, 0644))));
    } else {
      snprintf(other, sizeof other, "many/n%d", i - i % 1000);
      CHECK(link(other, name));
    }
  }
  n = names("many", &sum);
  printf("%ld names, sum %ld\n", n, sum);
  int found = 0, missing = 0;
  struct stat st;
  for (int i = 0; i < entries; i += 7) {
    snprintf(name, sizeof name, "many/n%d", i);
    found += stat(name, &st) == 0 && st.st_nlink == 1000;
    snprintf(name, sizeof name, "many/x%d", i);
    missing += stat(name, &st) == -1 && errno == ENOENT;
  }
  for (int i = 0; i < entries; i += 10) {
    snprintf(name, sizeof name, "many/n%d", i);
    snprintf(other, sizeof other, "many/r%d", i);
    CHECK(rename(name, other));
  }
  n = names("many", &sum);
  printf("%d found, %d missing, %ld names, sum %ld\n", found, missing, n, sum);
  for (int i = 0; i < entries; i++) {
    snprintf(name, sizeof name, "many/%c%d", i % 10 == 0 ? 'r' : 'n', i);
    CHECK(unlink(name));
  }
  CHECK(rmdir("many"));
}

/* ---- a file with holes ---- */

static void sparse(int gigabytes) {
  int f = CHECK(open("sparse", O_RDWR | O_CREAT | O_TRUNC, 0644));
  long size = (long)gigabytes << 30;
  char data[4096], back[4096];
  memset(data, 's', sizeof data);
  for (long at = 0; at < size; at += 1L << 30) {
    CHECK(pwrite(f, data, sizeof data, at));
  }
  CHECK(pwrite(f, data, sizeof data, size - 4096));
  struct stat st;
  CHECK(fstat(f, &st));
  printf("%ld bytes, %s\n", (long)st.st_size, st.st_blocks < 4096 ? "sparse" : "full");
  CHECK(fsync(f));
  int holes = 0;
  for (long at = 0; (at = lseek(f, at, SEEK_DATA)) >= 0;) {
    at = CHECK(lseek(f, at, SEEK_HOLE));
    holes++;
  }
  long sum = 0;
  for (long at = size - 8192; at < size; at += 4096) {
    CHECK(pread(f, back, sizeof back, at));
    sum += back[0] + back[4095];
  }
  char *m = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
  if (m == MAP_FAILED) {
    printf("mmap: %s\n", strerror(errno));
    _exit(1);
  }
  for (long at = 0; at < size; at += 1L << 27) {
    sum += m[at];
  }
  m[size / 2 + 12345] = 'm';
  munmap(m, size);
  CHECK(pread(f, back, 1, size / 2 + 12345));
  printf("%d pieces of data, sum %ld, mapped %c\n", holes, sum, back[0]);
  CHECK(ftruncate(f, size / 2));
  CHECK(ftruncate(f, size));
  CHECK(pread(f, back, 1, size - 1));
  printf("cut: %d\n", back[0]);
  CHECK(close(f));
  CHECK(unlink("sparse"));
}

int main(int n, char **a) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  int first = n > 2 ? atoi(a[2]) : 0, second = n > 3 ? atoi(a[3]) : 0;
  if (n < 3) {
    return 2;
  } else if (strcmp(a[1], "forks") == 0) {
    forks(first, second);
  } else if (strcmp(a[1], "futex") == 0) {
    futex(first, second);
  } else if (strcmp(a[1], "files") == 0) {
    files(first);
  } else if (strcmp(a[1], "directory") == 0) {
    directory(first);
  } else if (strcmp(a[1], "sparse") == 0) {
    sparse(first);
  }
  return 0;
}
