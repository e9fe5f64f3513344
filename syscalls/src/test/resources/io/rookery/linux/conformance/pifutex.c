/* Futexes with priority inheritance: owners, waiters, timeouts, owners that die. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

static volatile int *word, *order;

static long futex(volatile int *at, int op, int value, const struct timespec *timeout) {
  long result = syscall(SYS_futex, at, op, value, timeout, 0, 0);
  return result < 0 ? -errno : result;
}

/* The word with its thread id replaced by whose it is. */
static void show(const char *what, long result) {
  unsigned held = *word & FUTEX_TID_MASK;
  printf("%s %ld: %s%s%s\n", what, result,
         held == 0 ? "free" : held == gettid() ? "mine" : "another's",
         *word & FUTEX_WAITERS ? " waiters" : "", *word & FUTEX_OWNER_DIED ? " died" : "");
}

static struct timespec after(clockid_t clock, int milliseconds) {
  struct timespec t;
  clock_gettime(clock, &t);
  t.tv_nsec += milliseconds % 1000 * 1000000L;
  t.tv_sec += milliseconds / 1000 + t.tv_nsec / 1000000000;
  t.tv_nsec %= 1000000000;
  return t;
}

static void await_waiters(void) {
  while (!(*word & FUTEX_WAITERS)) usleep(1000);
  usleep(20000);
}

static void *holder(void *arg) {
  *word = gettid();
  *(volatile int *)arg = 1;
  await_waiters();
  return (void *)futex(word, FUTEX_UNLOCK_PI, 0, 0);
}

static void *dies(void *arg) {
  *word = gettid();
  *(volatile int *)arg = 1;
  await_waiters();
  return 0;
}

static volatile pid_t waiting;

/* Until the thread that is about to wait sleeps. */
static void await_sleep(void) {
  char name[64], state = 0;
  while (!waiting) usleep(1000);
  snprintf(name, sizeof name, "/proc/self/task/%d/stat", waiting);
  while (state != 'S') {
    usleep(1000);
    FILE *f = fopen(name, "r");
    fscanf(f, "%*d (%*[^)]) %c", &state);
    fclose(f);
  }
  waiting = 0;
}

static void *waits(void *arg) {
  waiting = gettid();
  long result = futex(word, FUTEX_LOCK_PI, 0, 0);
  *order = *order * 10 + (long)arg;
  usleep(10000);
  if (result == 0) result = futex(word, FUTEX_UNLOCK_PI, 0, 0);
  return (void *)result;
}

static volatile int handled;
static void handler(int signal) { handled++; }

static void *interrupted(void *arg) {
  long result = futex(word, FUTEX_LOCK_PI, 0, 0);
  return (void *)(result == 0 ? futex(word, FUTEX_UNLOCK_PI, 0, 0) : result);
}

static pthread_t start(void *(*run)(void *)) {
  static volatile int ready;
  pthread_t thread;
  ready = 0;
  pthread_create(&thread, 0, run, (void *)&ready);
  while (!ready) usleep(1000);
  return thread;
}

static void mutexes(void) {
  pthread_mutexattr_t attr;
  pthread_mutex_t *m = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_init(&attr);
  printf("protocol %d\n", pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT));
  pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
  printf("init %d\n", pthread_mutex_init(m, &attr));
  printf("lock %d\n", pthread_mutex_lock(m));
  printf("again %s\n", strerror(pthread_mutex_lock(m)));
  int ready[2];
  char byte;
  pipe(ready);
  pid_t child = fork();
  if (child == 0) {
    struct timespec t = after(CLOCK_REALTIME, 30);
    int try = pthread_mutex_trylock(m), timed = pthread_mutex_timedlock(m, &t);
    printf("child %s %s %s\n", strerror(try), strerror(timed), strerror(pthread_mutex_unlock(m)));
    write(ready[1], "", 1);
    printf("child locks %d\n", pthread_mutex_lock(m));
    _exit(0);
  }
  read(ready[0], &byte, 1);
  usleep(20000);
  int unlocked = pthread_mutex_unlock(m);
  waitpid(child, 0, 0);
  printf("unlock %d\n", unlocked);
  printf("owner died %s\n", strerror(pthread_mutex_lock(m)));
  printf("consistent %d\n", pthread_mutex_consistent(m));
  printf("unlock %d\n", pthread_mutex_unlock(m));
  if ((child = fork()) == 0) {
    pthread_mutex_lock(m);
    write(ready[1], "", 1);
    usleep(50000);
    kill(getpid(), SIGKILL);
  }
  read(ready[0], &byte, 1);
  printf("killed %s\n", strerror(pthread_mutex_lock(m)));
  waitpid(child, 0, 0);
  printf("unlock without repair %d\n", pthread_mutex_unlock(m));
  printf("lock %s\n", strerror(pthread_mutex_lock(m)));
}

static int total;
static void *contends(void *arg) {
  for (int i = 0; i < 300; i++) {
    pthread_mutex_lock(arg);
    int seen = total;
    if (i % 50 == 0) usleep(10);
    total = seen + 1;
    pthread_mutex_unlock(arg);
  }
  return 0;
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  word = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  order = word + 1024;
  struct timespec t;
  void *result;

  show("lock", futex(word, FUTEX_LOCK_PI, 0, 0));
  show("again", futex(word, FUTEX_LOCK_PI, 0, 0));
  show("try again", futex(word, FUTEX_TRYLOCK_PI, 0, 0));
  show("unlock", futex(word, FUTEX_UNLOCK_PI, 0, 0));
  show("unlock again", futex(word, FUTEX_UNLOCK_PI, 0, 0));
  show("try", futex(word, FUTEX_TRYLOCK_PI, 0, 0));
  *word |= FUTEX_WAITERS;
  show("unlock for nobody", futex(word, FUTEX_UNLOCK_PI, 0, 0));
  *word = FUTEX_OWNER_DIED;
  show("after a death", futex(word, FUTEX_LOCK_PI, 0, 0));
  *word = FUTEX_OWNER_DIED | FUTEX_WAITERS;
  show("after a death with waiters", futex(word, FUTEX_LOCK_PI2, 0, 0));
  *word = 0x3ffffff0;
  show("no such owner", futex(word, FUTEX_LOCK_PI, 0, 0));
  show("try, no such owner", futex(word, FUTEX_TRYLOCK_PI, 0, 0));
  show("not the owner", futex(word, FUTEX_UNLOCK_PI, 0, 0));
  *word = 0;
  printf("unaligned %ld\n", futex((int *)((char *)word + 1), FUTEX_LOCK_PI, 0, 0));
  printf("nowhere %ld %ld\n", futex((int *)16, FUTEX_LOCK_PI, 0, 0), futex((int *)16, FUTEX_UNLOCK_PI, 0, 0));
  t.tv_sec = 0, t.tv_nsec = -1;
  show("bad time", futex(word, FUTEX_LOCK_PI, 0, &t));
  printf("clock %ld %ld\n", futex(word, FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME, 0, 0),
         futex(word, FUTEX_UNLOCK_PI | FUTEX_CLOCK_REALTIME, 0, 0));

  pid_t other = fork();
  if (other == 0) pause();
  *word = other;
  t = after(CLOCK_REALTIME, 20);
  show("timeout", futex(word, FUTEX_LOCK_PI, 0, &t));
  *word = other;
  show("try another's", futex(word, FUTEX_TRYLOCK_PI, 0, 0));
  t = after(CLOCK_MONOTONIC, 20);
  show("timeout, monotonic", futex(word, FUTEX_LOCK_PI2, 0, &t));
  t = after(CLOCK_REALTIME, 20);
  show("timeout, real time", futex(word, FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME, 0, &t));
  t.tv_sec = 1;
  show("long ago", futex(word, FUTEX_LOCK_PI, 0, &t));
  kill(other, SIGKILL);
  waitpid(other, 0, 0);

  pthread_t h = start(holder);
  show("handed over", futex(word, FUTEX_LOCK_PI, 0, 0));
  pthread_join(h, &result);
  printf("holder %ld\n", (long)result);
  show("unlock", futex(word, FUTEX_UNLOCK_PI, 0, 0));
  h = start(holder);
  t = after(CLOCK_REALTIME, 5000);
  show("handed over in time", futex(word, FUTEX_LOCK_PI, 0, &t));
  pthread_join(h, 0);
  *word = 0;
  h = start(holder); /* unlocks the shared futex, while the private one is waited for */
  show("a private one", futex(word, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0));
  pthread_join(h, 0);
  *word = 0;
  h = start(dies);
  show("owner ended", futex(word, FUTEX_LOCK_PI, 0, 0));
  pthread_join(h, 0);
  show("unlock", futex(word, FUTEX_UNLOCK_PI, 0, 0));
  *word = 0;

  pthread_t threads[6];
  show("lock", futex(word, FUTEX_LOCK_PI, 0, 0));
  for (long i = 1; i <= 4; i++) {
    pthread_create(&threads[i], 0, waits, (void *)i);
    await_sleep();
  }
  show("wake", futex(word, FUTEX_WAKE, 1, 0));
  printf("unlock %ld\n", futex(word, FUTEX_UNLOCK_PI, 0, 0));
  for (int i = 1; i <= 4; i++) {
    pthread_join(threads[i], &result);
    printf("waiter %ld\n", (long)result);
  }
  printf("order %d\n", *order);
  show("in the end", 0);
  *word = 0;

  struct sigaction action = {.sa_handler = handler};
  sigaction(SIGUSR1, &action, 0);
  show("lock", futex(word, FUTEX_LOCK_PI, 0, 0));
  pthread_create(&h, 0, interrupted, 0);
  await_waiters();
  for (int i = 1; i <= 3; i++) {
    pthread_kill(h, SIGUSR1);
    while (handled < i) usleep(1000);
  }
  printf("unlock %ld\n", futex(word, FUTEX_UNLOCK_PI, 0, 0));
  pthread_join(h, &result);
  printf("interrupted %ld, signals %d\n", (long)result, handled);
  *word = 0;

  mutexes();

  pthread_mutexattr_t attr;
  pthread_mutex_t m;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&m, &attr);
  for (int i = 0; i < 6; i++) pthread_create(&threads[i], 0, contends, &m);
  for (int i = 0; i < 6; i++) pthread_join(threads[i], 0);
  printf("total %d\n", total);
  return 0;
}
