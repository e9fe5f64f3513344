/* Futexes: waiting, waking, moving, operating, and those that have an owner. */
#include "calls.h"

#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <time.h>

enum { PRIVATE = FUTEX_PRIVATE_FLAG, OLDEST = 0x0ffffff0 };

static void *const nowhere = (void *)8;
static volatile uint32_t *shared, a, b;
static const struct timespec at_once = {0, 0}, too_many = {0, 1000000000}, negative = {-1, 0};

/* A thread that waits, and how its wait ended. */
struct waiter {
  pthread_t thread;
  volatile uint32_t *word;
  int operation, bits, result, error;
};

static void *waits(void *of) {
  struct waiter *w = of;
  w->result = syscall(SYS_futex, w->word, w->operation, 0L, 0, 0, w->bits);
  w->error = errno;
  return 0;
}

static void start(struct waiter *w, volatile uint32_t *word, int operation, int bits) {
  *w = (struct waiter){.word = word, .operation = operation, .bits = bits};
  pthread_create(&w->thread, 0, waits, w);
}

/* Wakes until somebody was woken: how many were. */
static int wake(volatile uint32_t *word, int operation, int bits) {
  int n;
  while ((n = syscall(SYS_futex, word, operation, INT_MAX, 0, 0, bits)) == 0) usleep(1000);
  return n;
}

static int result(struct waiter *w) {
  pthread_join(w->thread, 0);
  return w->result ? -w->error : 0;
}

static void on_alarm(int signal) {}

static void tick(int on) {
  struct itimerval t = {{0, on * 10000}, {0, on * 10000}};
  setitimer(ITIMER_REAL, &t, 0);
}

static void waiting(void) {
  struct waiter w;
  CALL(futex, "waiting for another value", &a, FUTEX_WAIT | PRIVATE, 1, 0);
  CALL(futex, "waiting for no time", &a, FUTEX_WAIT | PRIVATE, 0L, &at_once);
  CALL(futex, "waiting with too many nanoseconds", &a, FUTEX_WAIT, 0L, &too_many);
  CALL(futex, "waiting for a negative time", &a, FUTEX_WAIT, 0L, &negative);
  CALL(futex, "waiting for a time that is nowhere", &a, FUTEX_WAIT, 0L, nowhere);
  CALL(futex, "waiting at an odd address", (char *)&a + 1, FUTEX_WAIT, 0L, &at_once);
  CALL(futex, "waiting at an address that is none", nowhere, FUTEX_WAIT, 0L, &at_once);
  CALL(futex, "waiting at an address that is none, privately", nowhere, FUTEX_WAIT | PRIVATE, 0L, 0);
  CALL(futex, "waiting for no bits", &a, FUTEX_WAIT_BITSET, 0L, 0, 0, 0L);
  CALL(futex, "waiting until a time that is over", &a, FUTEX_WAIT_BITSET, 0L, &at_once, 0, -1);
  CALL(futex, "waiting until a time of day that is over", &a,
       FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0L, &at_once, 0, -1);
  CALL(futex, "waking by the time of day", &a, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1);
  CALL(futex, "an operation that is none", &a, 99, 0L, 0, 0, 0L);
  CALL(futex, "the operation that was removed", &a, 2, 0L, 0, 0, 0L);
  struct sigaction s = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &s, 0);
  tick(1);
  CALL(futex, "waiting until a signal", &a, FUTEX_WAIT, 0L, 0);
  struct timespec day = {10000, 0};
  CALL(futex, "waiting for a day until a signal", &a, FUTEX_WAIT, 0L, &day);
  tick(0);

  CALL(futex, "waking nobody", &a, FUTEX_WAKE, INT_MAX);
  CALL(futex, "waking at an odd address", (char *)&a + 2, FUTEX_WAKE, 1);
  CALL(futex, "waking at an address that is none", nowhere, FUTEX_WAKE, 1);
  CALL(futex, "waking at an address that is none, privately", nowhere, FUTEX_WAKE | PRIVATE, 1);
  CALL(futex, "waking for no bits", &a, FUTEX_WAKE_BITSET, 1, 0, 0, 0L);
  start(&w, &a, FUTEX_WAIT | PRIVATE, 0);
  EFFECT(futex, "waking one", wake(&a, FUTEX_WAKE | PRIVATE, 0));
  EFFECT(futex, "being woken", result(&w));
  start(&w, &a, FUTEX_WAIT_BITSET | PRIVATE, 6);
  usleep(5000);
  CALL(futex, "waking those of other bits", &a, FUTEX_WAKE_BITSET | PRIVATE, 9, 0, 0, 9);
  CALL(futex, "waking in the shared way who waits privately", &a, FUTEX_WAKE, 9);
  EFFECT(futex, "waking those of a bit", wake(&a, FUTEX_WAKE_BITSET | PRIVATE, 2));
  EFFECT(futex, "being woken for a bit", result(&w));
  pid_t child = fork();
  if (!child) _exit(syscall(SYS_futex, shared, FUTEX_WAIT, 0L, 0, 0, 0L) != 0);
  int status;
  EFFECT(futex, "waking another process", wake(shared, FUTEX_WAKE, 0));
  waitpid(child, &status, 0);
  EFFECT(futex, "being woken by another process", status);
}

/* Waits until this many wait: moves them from a word to itself. */
static void until_waiting(volatile uint32_t *word, int n) {
  while (syscall(SYS_futex, word, FUTEX_CMP_REQUEUE | PRIVATE, 0L, (long)INT_MAX, word + 1, *word) < n)
    syscall(SYS_futex, word + 1, FUTEX_CMP_REQUEUE | PRIVATE, 0L, (long)INT_MAX, word, word[1]);
  syscall(SYS_futex, word + 1, FUTEX_CMP_REQUEUE | PRIVATE, 0L, (long)INT_MAX, word, word[1]);
}

static void moving(void) {
  struct waiter w[3];
  CALL(futex, "moving nobody", &a, FUTEX_REQUEUE | PRIVATE, 1, 1L, &b);
  CALL(futex, "waking a negative number and moving", &a, FUTEX_REQUEUE | PRIVATE, -1, 1L, &b);
  CALL(futex, "moving a negative number", &a, FUTEX_REQUEUE | PRIVATE, 1, -1L, &b);
  CALL(futex, "moving to an odd address", &a, FUTEX_REQUEUE | PRIVATE, 1, 1L, (char *)&b + 1);
  CALL(futex, "moving to an address that is none", &a, FUTEX_REQUEUE, 1, 1L, nowhere);
  CALL(futex, "moving if it were another value", &a, FUTEX_CMP_REQUEUE | PRIVATE, 1, 1L, &b, 5);
  for (int i = 0; i < 3; i++) start(&w[i], &shared[4], FUTEX_WAIT | PRIVATE, 0);
  until_waiting(&shared[4], 3);
  CALL(futex, "waking one and moving one", &shared[4], FUTEX_CMP_REQUEUE | PRIVATE, 1, 1L, &b, 0L);
  CALL(futex, "waking who was moved", &b, FUTEX_WAKE | PRIVATE, 9);
  CALL(futex, "waking who was not", &shared[4], FUTEX_WAKE | PRIVATE, 9);
  EFFECT(futex, "all three are woken", result(&w[0]) + result(&w[1]) + result(&w[2]));
  for (int i = 0; i < 2; i++) start(&w[i], &shared[4], FUTEX_WAIT | PRIVATE, 0);
  until_waiting(&shared[4], 2);
  CALL(futex, "moving both without a value", &shared[4], FUTEX_REQUEUE | PRIVATE, 0L, 9L, &b);
  CALL(futex, "waking both", &b, FUTEX_WAKE | PRIVATE, 9);
  EFFECT(futex, "both are woken", result(&w[0]) + result(&w[1]));
}

static void operating(void) {
  b = 5;
  CALL(futex, "setting", &a, FUTEX_WAKE_OP | PRIVATE, 1, 1L, &b,
       FUTEX_OP(FUTEX_OP_SET, 9, FUTEX_OP_CMP_EQ, 5));
  EFFECT(futex, "what was set", b);
  CALL(futex, "adding", &a, FUTEX_WAKE_OP | PRIVATE, 1, 1L, &b,
       FUTEX_OP(FUTEX_OP_ADD, 0xfff, FUTEX_OP_CMP_LT, 3));
  EFFECT(futex, "a negative number was added", b);
  CALL(futex, "setting bits", &a, FUTEX_WAKE_OP | PRIVATE, 1, 1L, &b,
       FUTEX_OP(FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT, 6, FUTEX_OP_CMP_GE, 3));
  EFFECT(futex, "a shifted bit was set", b);
  CALL(futex, "clearing bits", &a, FUTEX_WAKE_OP | PRIVATE, 1, 1L, &b,
       FUTEX_OP(FUTEX_OP_ANDN, 8, FUTEX_OP_CMP_NE, 3));
  EFFECT(futex, "a bit was cleared", b);
  CALL(futex, "turning bits", &a, FUTEX_WAKE_OP | PRIVATE, 1, 1L, &b,
       FUTEX_OP(FUTEX_OP_XOR, 65, FUTEX_OP_CMP_GT, 3));
  EFFECT(futex, "bits were turned", b);
  CALL(futex, "with an operation on the value that is none", &a, FUTEX_WAKE_OP | PRIVATE, 1, 1L, &b,
       FUTEX_OP(7, 1, FUTEX_OP_CMP_EQ, 0));
  CALL(futex, "with a value that is nowhere", &a, FUTEX_WAKE_OP, 1, 1L, nowhere, 0L);
  struct waiter w;
  start(&w, &shared[8], FUTEX_WAIT | PRIVATE, 0);
  until_waiting(&shared[8], 1);
  CALL(futex, "waking at the second word, as it compares", &a, FUTEX_WAKE_OP | PRIVATE, 1, 1L,
       &shared[8], FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 0));
  EFFECT(futex, "being woken at the second word", result(&w));
  b = 0;
}

static volatile int owner_ready, owner_may_end;

static void *owns(void *word) {
  syscall(SYS_futex, word, FUTEX_LOCK_PI | PRIVATE, 0L, 0);
  owner_ready = 1;
  while (!owner_may_end) usleep(1000);
  syscall(SYS_futex, word, FUTEX_UNLOCK_PI | PRIVATE, 0L);
  return 0;
}

static void owning(void) {
  uint32_t word = 0;
  CALL(futex, "locking what is free", &word, FUTEX_LOCK_PI | PRIVATE, 0L, 0);
  EFFECT(futex, "the owner's number", word == (uint32_t)gettid());
  CALL(futex, "locking what is one's own", &word, FUTEX_LOCK_PI | PRIVATE, 0L, 0);
  CALL(futex, "trying to lock what is one's own", &word, FUTEX_TRYLOCK_PI | PRIVATE);
  CALL(futex, "unlocking", &word, FUTEX_UNLOCK_PI | PRIVATE);
  EFFECT(futex, "what is unlocked", word);
  CALL(futex, "unlocking what is free", &word, FUTEX_UNLOCK_PI | PRIVATE);
  word = OLDEST;
  CALL(futex, "locking what a dead thread owns", &word, FUTEX_LOCK_PI | PRIVATE, 0L, 0);
  CALL(futex, "unlocking what another owns", &word, FUTEX_UNLOCK_PI | PRIVATE);
  CALL(futex, "locking at an odd address", (char *)&word + 1, FUTEX_LOCK_PI | PRIVATE, 0L, 0);
  CALL(futex, "locking with too many nanoseconds", &word, FUTEX_LOCK_PI | PRIVATE, 0L, &too_many);
  word = 0;
  pthread_t t;
  pthread_create(&t, 0, owns, &word);
  while (!owner_ready) usleep(1000);
  CALL(futex, "trying to lock what another owns", &word, FUTEX_TRYLOCK_PI | PRIVATE);
  CALL(futex, "locking until a time that is over", &word, FUTEX_LOCK_PI | PRIVATE, 0L, &at_once);
  CALL(futex, "locking by the other clock", &word, FUTEX_LOCK_PI2 | PRIVATE, 0L, &at_once);
  owner_may_end = 1;
  CALL(futex, "locking what another gives free", &word, FUTEX_LOCK_PI | PRIVATE, 0L, 0);
  pthread_join(t, 0);
  CALL(futex, "unlocking after it was waited for", &word, FUTEX_UNLOCK_PI | PRIVATE);
}

#ifdef __i386__
static void wide_calls(void) {
  int64_t none[2] = {0, 0}, negative[2] = {-1, 0}, many[2] = {0, 1000000000};
  CALL(futex_time64, "waiting for another value", &a, FUTEX_WAIT, 1, 0);
  CALL(futex_time64, "waiting for no time", &a, FUTEX_WAIT, 0, none);
  CALL(futex_time64, "waiting for a negative time", &a, FUTEX_WAIT, 0, negative);
  CALL(futex_time64, "waiting with too many nanoseconds", &a, FUTEX_WAIT, 0, many);
  CALL(futex_time64, "waiting for a time that is nowhere", &a, FUTEX_WAIT, 0, nowhere);
  CALL(futex_time64, "waking nobody", &a, FUTEX_WAKE, 1);
  CALL(futex_time64, "waiting until a time that is over", &a, FUTEX_WAIT_BITSET, 0, none, 0, -1);
}
#endif

int main(void) {
  begin();
  shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  waiting();
  moving();
  operating();
  owning();
#ifdef __i386__
  wide_calls();
#endif
  return 0;
}
