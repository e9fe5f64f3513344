/* Threads: futexes, robust mutexes, cancellation, signals to threads, exit. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Prints a call's result and, where it failed, its error. */
#define RESULT(what, call)                        \
  do {                                            \
    errno = 0;                                    \
    long result_ = (long)(call);                  \
    printf(what " %ld %d\n", result_, result_ < 0 ? errno : 0); \
  } while (0)

static int counter, turn;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static __thread int local = 7;
static volatile pid_t handled_by;

static void *add(void *arg) {
  for (int i = 0; i < 20000; i++) __sync_fetch_and_add(&counter, 1);
  local++;
  return (void *)(long)local;
}

static void *player(void *arg) {
  long me = (long)arg;
  for (int i = 0; i < 300; i++) {
    pthread_mutex_lock(&mutex);
    while (turn != me) pthread_cond_wait(&cond, &mutex);
    turn = !me;
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&mutex);
  }
  return 0;
}

static void handler(int sig) { handled_by = syscall(SYS_gettid); }

static void *sleeper(void *arg) {
  *(pid_t *)arg = syscall(SYS_gettid);
  usleep(200000);
  return handled_by == *(pid_t *)arg ? "mine" : "not mine";
}

static void *forever(void *arg) {
  for (;;) sleep(100);
}

static void *executor(void *arg) {
  execl("/bin/sh", "sh", "-c", "exit 23", (char *)0);
  return 0;
}

static void *leaver(void *arg) {
  usleep(50000);
  _exit(31);
}

static long futex(int *word, int op, int value, void *timeout, int *second, int value3) {
  return syscall(SYS_futex, word, op, value, timeout, second, value3);
}

int main(void) {
  pthread_t t[8];
  void *result;
  int st;
  setvbuf(stdout, 0, _IONBF, 0);
  for (int i = 0; i < 8; i++) pthread_create(&t[i], 0, add, 0);
  for (int i = 0; i < 8; i++) pthread_join(t[i], &result);
  printf("counter %d local %ld %d\n", counter, (long)result, local);
  pthread_create(&t[0], 0, player, (void *)0);
  pthread_create(&t[1], 0, player, (void *)1);
  pthread_join(t[0], 0);
  pthread_join(t[1], 0);
  printf("ping-pong\n");

  signal(SIGUSR1, handler);
  pid_t tid = 0;
  pthread_create(&t[0], 0, sleeper, &tid);
  usleep(50000);
  pthread_kill(t[0], SIGUSR1);
  pthread_join(t[0], &result);
  printf("signal was %s\n", (char *)result);
  pthread_create(&t[0], 0, forever, 0);
  usleep(20000);
  pthread_cancel(t[0]);
  pthread_join(t[0], &result);
  printf("cancelled %d\n", result == PTHREAD_CANCELED);

  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
  pthread_mutex_t *shared =
      mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutex_init(shared, &attr);
  if (fork() == 0) {
    pthread_mutex_lock(shared);
    _exit(0);
  }
  wait(0);
  printf("owner died %d\n", pthread_mutex_lock(shared) == EOWNERDEAD);
  pthread_mutex_consistent(shared);
  pthread_mutex_unlock(shared);
  sem_t *sem = (sem_t *)((char *)shared + 1024);
  sem_init(sem, 1, 0);
  if (fork() == 0) {
    usleep(30000);
    sem_post(sem);
    _exit(0);
  }
  printf("semaphore %d\n", sem_wait(sem));
  wait(0);

  int word = 1;
  struct timespec ts = {0, 20000000};
  RESULT("futex", futex(&word, FUTEX_WAIT, 2, 0, 0, 0));
  RESULT("futex", futex(&word, FUTEX_WAIT, 1, &ts, 0, 0));
  ts.tv_nsec = -1;
  RESULT("futex", futex(&word, FUTEX_WAIT, 1, &ts, 0, 0));
  RESULT("futex", futex((int *)1, FUTEX_WAIT, 1, 0, 0, 0));
  printf("futex %ld\n", futex(&word, FUTEX_WAKE, 1, 0, 0, 0));
  RESULT("futex", futex(&word, FUTEX_WAIT_BITSET, 1, 0, 0, 0));
  RESULT("futex", futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &word, 9));
  RESULT("futex", futex(&word, 99, 1, 0, 0, 0));

  if (fork() == 0) {
    pthread_create(&t[0], 0, executor, 0);
    pause();
  }
  wait(&st);
  printf("exec in a thread %d\n", WEXITSTATUS(st));
  if (fork() == 0) {
    pthread_create(&t[0], 0, leaver, 0);
    pthread_exit(0);
  }
  wait(&st);
  printf("exit in a thread %d\n", WEXITSTATUS(st));
  if (fork() == 0) {
    pthread_create(&t[0], 0, forever, 0);
    raise(SIGABRT);
  }
  wait(&st);
  printf("abort %d\n", WTERMSIG(st));
  return 0;
}
