/* Litmus tests of x86-TSO (SDM vol. 3, 9.2.3). The threads run through arrays of locations side by side, with random
   delays; a histogram of what they saw is held against what the model forbids. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 512, LINE = 64, OUTCOMES = 16, MAX_THREADS = 4, PATIENCE = 60, TRIES = 200 };

/* Two locations, each in a cache line of its own, and two values that each thread saw. */
static struct round {
  char x[LINE], y[LINE];
  uint64_t seen[MAX_THREADS][2];
} __attribute__((aligned(LINE))) rounds[BATCH];

struct test {
  const char *name;
  int threads;
  void (*body[MAX_THREADS])(struct round *);
  int (*outcome)(struct round *); /* below OUTCOMES */
  unsigned forbidden, relaxed;    /* sets of outcomes */
};

/* A thread's instructions: %0 and %1 are what it sees, %2 is x and %3 is y. */
#define BODY(name, me, ...)                                                             \
  static void name(struct round *r) {                                                   \
    uint64_t a = 0, b = 0;                                                              \
    __asm__ volatile(__VA_ARGS__                                                        \
                     : "+r"(a), "+r"(b)                                                 \
                     : "r"(r->x), "r"(r->y)                                             \
                     : "memory", "cc", "rax", "rdi", "xmm0", "xmm1");                   \
    r->seen[me][0] = a, r->seen[me][1] = b;                                             \
  }

BODY(store_x_load_y, 0, "movl $1, (%2); movl (%3), %k0")
BODY(store_y_load_x, 1, "movl $1, (%3); movl (%2), %k0")
BODY(store_x_fence_load_y, 0, "movl $1, (%2); mfence; movl (%3), %k0")
BODY(store_y_fence_load_x, 1, "movl $1, (%3); mfence; movl (%2), %k0")
BODY(store_x_lock_load_y, 0, "movl $1, (%2); lock orl $0, -256(%%rsp); movl (%3), %k0")
BODY(store_y_lock_load_x, 1, "movl $1, (%3); lock orl $0, -256(%%rsp); movl (%2), %k0")
BODY(xchg_x_load_y, 0, "movl $1, %k0; xchgl %k0, (%2); movl (%3), %k0")
BODY(xchg_y_load_x, 1, "movl $1, %k0; xchgl %k0, (%3); movl (%2), %k0")
BODY(failed_cas_x_load_y, 0, "movl $1, (%2); movl $9, %%eax; lock cmpxchgl %k0, -256(%%rsp); movl (%3), %k0")
BODY(failed_cas_y_load_x, 1, "movl $1, (%3); movl $9, %%eax; lock cmpxchgl %k0, -256(%%rsp); movl (%2), %k0")
BODY(store_xy, 0, "movl $1, (%2); movl $1, (%3)")
BODY(load_yx, 1, "movl (%3), %k0; movl (%2), %k1")
BODY(store_unaligned_xy, 0, "movq $-1, 3(%2); movq $-1, 5(%3)")
BODY(load_unaligned_yx, 1, "movq 5(%3), %0; movq 3(%2), %1")
BODY(store_vector_x_y, 0, "pcmpeqd %%xmm0, %%xmm0; movdqa %%xmm0, (%2); movl $1, (%3)")
BODY(load_y_vector_x, 1, "movl (%3), %k0; movdqa (%2), %%xmm0; movhlps %%xmm0, %%xmm1; pand %%xmm1, %%xmm0; movq %%xmm0, %1")
BODY(store_narrow_xy, 0, "movb $1, 1(%2); movw $1, 2(%3)")
BODY(load_narrow_yx, 1, "movzwl 2(%3), %k0; movzbl 1(%2), %k1")
BODY(store_string_xy, 0, "movl $1, %%eax; movq %2, %%rdi; stosl; movq %3, %%rdi; stosl")
BODY(store_vector_x, 0, "pcmpeqd %%xmm0, %%xmm0; movdqa %%xmm0, (%2)")
BODY(load_vector_x, 1, "movdqa (%2), %%xmm0; movq %%xmm0, %0; movhlps %%xmm0, %%xmm0; movq %%xmm0, %1")
BODY(load_x_store_y, 0, "movl (%2), %k0; movl $1, (%3)")
BODY(load_y_store_x, 1, "movl (%3), %k0; movl $1, (%2)")
BODY(store_x1_y2, 0, "movl $1, (%2); movl $2, (%3)")
BODY(store_y1_x2, 1, "movl $1, (%3); movl $2, (%2)")
BODY(store_x, 0, "movl $1, (%2)")
BODY(store_y, 1, "movl $1, (%3)")
BODY(third_load_xy, 2, "movl (%2), %k0; movl (%3), %k1")
BODY(fourth_load_yx, 3, "movl (%3), %k0; movl (%2), %k1")

/* Bit n of an outcome: whether the nth value seen is not zero. */
static int first_of_both(struct round *r) { return !!r->seen[0][0] | !!r->seen[1][0] << 1; }
static int both_of_second(struct round *r) { return !!r->seen[1][0] | !!r->seen[1][1] << 1; }
static int torn_or_both(struct round *r) {
  return r->seen[1][0] + 1 > 1 || r->seen[1][1] + 1 > 1 ? 8 : both_of_second(r);
}
static int halves(struct round *r) { return r->seen[1][0] != r->seen[1][1]; }
static int readers(struct round *r) {
  return !!r->seen[2][0] | !!r->seen[2][1] << 1 | !!r->seen[3][0] << 2 | !!r->seen[3][1] << 3;
}
static int at_the_end(struct round *r) { return *(int *)r->x - 1 | *(int *)r->y - 1 << 1; }

#define BIT(outcome) (1u << (outcome))

static const struct test tests[] = {
  {"SB", 2, {store_x_load_y, store_y_load_x}, first_of_both, 0, BIT(0)},
  {"SB+mfence", 2, {store_x_fence_load_y, store_y_fence_load_x}, first_of_both, BIT(0)},
  {"SB+lock", 2, {store_x_lock_load_y, store_y_lock_load_x}, first_of_both, BIT(0)},
  {"SB+xchg", 2, {xchg_x_load_y, xchg_y_load_x}, first_of_both, BIT(0)},
  {"SB+cmpxchg", 2, {failed_cas_x_load_y, failed_cas_y_load_x}, first_of_both, BIT(0)},
  {"MP", 2, {store_xy, load_yx}, both_of_second, BIT(1)},
  {"MP+unaligned", 2, {store_unaligned_xy, load_unaligned_yx}, torn_or_both, BIT(1) | BIT(8)},
  {"MP+vector", 2, {store_vector_x_y, load_y_vector_x}, both_of_second, BIT(1)},
  {"MP+narrow", 2, {store_narrow_xy, load_narrow_yx}, both_of_second, BIT(1)},
  {"MP+string", 2, {store_string_xy, load_yx}, both_of_second, BIT(1)},
  {"LB", 2, {load_x_store_y, load_y_store_x}, first_of_both, BIT(3)},
  {"2+2W", 2, {store_x1_y2, store_y1_x2}, at_the_end, BIT(0)},
  {"IRIW", 4, {store_x, store_y, third_load_xy, fourth_load_yx}, readers, BIT(5)},
};

static const struct test *test;
static long batches, played;
static volatile int enough;
static long histogram[OUTCOMES];
static volatile int arrived, phase;
static struct { volatile int at; char rest[LINE - 4]; } progress[MAX_THREADS] __attribute__((aligned(LINE)));

static void barrier(void) {
  int now = phase;
  if (__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST) == test->threads) {
    arrived = 0;
    __atomic_add_fetch(&phase, 1, __ATOMIC_SEQ_CST);
  } else {
    for (int n = 0; phase == now; n++) {
      if (n > PATIENCE) sched_yield();
      __builtin_ia32_pause();
    }
  }
}

static long count(unsigned outcomes) {
  long n = 0;
  for (int o = 0; o < OUTCOMES; o++) n += outcomes >> o & 1 ? histogram[o] : 0;
  return n;
}

static void collect(void) {
  for (int n = 0; n < BATCH; n++) {
    histogram[test->outcome(rounds + n) & (OUTCOMES - 1)]++;
  }
  memset(rounds, 0, sizeof rounds);
  /* A relaxed outcome that is allowed is waited for: without it the test would show nothing. */
  played++;
  enough = played >= batches && (!test->relaxed || count(test->relaxed) || played >= TRIES * batches);
}

static void *run(void *argument) {
  int me = (int)(uintptr_t)argument, other = (me + 1) % test->threads;
  int patience = test->threads == 2 ? 20 * PATIENCE : PATIENCE; /* more threads than processors, perhaps */
  uint64_t seed = 88172645463325252u * (me + 1);
  cpu_set_t processor; /* else a busy system may keep both threads on one */
  CPU_ZERO(&processor);
  CPU_SET(me % sysconf(_SC_NPROCESSORS_ONLN), &processor);
  pthread_setaffinity_np(pthread_self(), sizeof processor, &processor);
  while (!enough) {
    progress[me].at = 0;
    barrier();
    for (int n = 0; n < BATCH; n++) {
      seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
      progress[me].at = n;
      for (int spins = 0; spins < patience && progress[other].at < n; spins++);
      /* Both lines shared by all: stores then take long, loads do not. */
      (void)*(volatile char *)rounds[n].x, (void)*(volatile char *)rounds[n].y;
      for (int delay = seed & seed >> 8 & 31; delay > 0; delay--) __asm__ volatile("");
      test->body[me](rounds + n);
    }
    barrier();
    if (me == 0) collect();
    barrier();
  }
  return 0;
}

static void play(const struct test *t, long wanted) {
  memset(histogram, 0, sizeof histogram);
  test = t, played = 0, enough = 0;
  batches = (wanted + BATCH - 1) / BATCH;
  pthread_t threads[MAX_THREADS];
  for (long n = 0; n < t->threads; n++) pthread_create(threads + n, 0, run, (void *)n);
  for (int n = 0; n < t->threads; n++) pthread_join(threads[n], 0);
  printf("%s: rounds %ld forbidden %ld relaxed %ld:", t->name, played * BATCH, count(t->forbidden), count(t->relaxed));
  for (int o = 0; o < OUTCOMES; o++)
    if (histogram[o]) printf(" %d=%ld", o, histogram[o]);
  printf("\n");
}

int main(int argc, char **argv) {
  long wanted = argc > 1 ? atol(argv[1]) : 100000;
  setvbuf(stdout, 0, _IOLBF, 0);
  memset(rounds, 0, sizeof rounds);
  for (int n = 0; n < sizeof tests / sizeof *tests; n++) {
    if (argc < 3 || !strcmp(argv[2], tests[n].name)) play(tests + n, wanted);
  }
  return 0;
}
