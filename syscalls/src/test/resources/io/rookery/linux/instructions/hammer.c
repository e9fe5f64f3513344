/* Eight threads on shared memory: counters, CMPXCHG16B mixed with LOCKed operations and plain stores on its halves,
   a spin lock, a seqlock, and a ring that passes messages. Every count of violations must be 0. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 8, FIELDS = 8, RING = 64 };

typedef struct { uint64_t low, high; } __attribute__((aligned(16))) pair;

static long rounds;
static volatile long xadd_counter, cmpxchg_counter;
static pair sums, mirror, owned, guard;
static volatile int spin, sequence, started;
static long spin_data[FIELDS], protected_data[FIELDS];
static volatile uint64_t ring[RING];
static volatile uint64_t head, tail;
static long violations[8];

static int cas16(pair *p, pair *old, pair new) {
  unsigned char done;
  __asm__ volatile("lock cmpxchg16b %1; sete %0"
                   : "=q"(done), "+m"(*p), "+a"(old->low), "+d"(old->high)
                   : "b"(new.low), "c"(new.high)
                   : "memory", "cc");
  return done;
}

static uint64_t xadd(volatile uint64_t *p, uint64_t n) {
  __asm__ volatile("lock xaddq %0, %1" : "+r"(n), "+m"(*p) : : "memory", "cc");
  return n;
}

static void violated(int which) { __atomic_add_fetch(&violations[which], 1, __ATOMIC_SEQ_CST); }

/* Both halves by one in a CMPXCHG16B; each by LOCK XADD; the sums are exact. */
static void mix_with_locked(int me) {
  pair old = {0, 0};
  while (!cas16(&sums, &old, (pair){old.low + 1, old.high + 1}));
  if (me & 1) xadd(&sums.low, 3);
  else xadd(&sums.high, 5);
}

/* The halves stay complements of each other, whoever looks at them by a CMPXCHG16B that changes nothing. */
static void keep_mirrored(int me, long n) {
  pair old = {0, ~0ul};
  while (!cas16(&mirror, &old, (pair){(uint64_t)me << 56 | n, ~((uint64_t)me << 56 | n)})) {
    if (old.low != ~old.high) violated(0);
  }
  pair seen = {1, 1};
  cas16(&mirror, &seen, seen);
  if (seen.low != ~seen.high) violated(1);
}

/* The low half is the first thread's, by plain stores; the others change the high half by CMPXCHG16B, and write back what
   they saw in the low half. */
static void mix_with_plain(int me, long n) {
  if (me == 0) {
    for (int i = 0; i < 4; i++) {
      uint64_t mine = n * 4 + i + 1, seen;
      __asm__ volatile("movq %1, %0" : "=m"(owned.low) : "r"(mine) : "memory");
      for (int k = 0; k < 8; k++) {
        __asm__ volatile("movq %1, %0" : "=r"(seen) : "m"(owned.low) : "memory");
        if (seen != mine) violated(2);
      }
    }
  } else {
    pair old = {0, 0};
    while (!cas16(&owned, &old, (pair){old.low, old.high + 1}));
  }
}

/* The high half is a lock taken by CMPXCHG16B and let go by a plain store, the low half what it guards. */
static void guard_by_pair(int me) {
  pair old = guard;
  do {
    old.high = 0;
  } while (!cas16(&guard, &old, (pair){old.low + 1, me + 1}));
  if (guard.high != me + 1) violated(3);
  __asm__ volatile("movq $0, %0" : "=m"(guard.high) : : "memory");
}

static void counters(void) {
  long one = 1;
  __asm__ volatile("lock xaddq %0, %1" : "+r"(one), "+m"(xadd_counter) : : "memory", "cc");
  long old = cmpxchg_counter;
  unsigned char done;
  do {
    __asm__ volatile("lock cmpxchgq %3, %1; sete %0"
                     : "=q"(done), "+m"(cmpxchg_counter), "+a"(old) : "r"(old + 1) : "memory", "cc");
  } while (!done);
}

/* Let go by a plain store, as x86's order allows. */
static void spin_lock(int me) {
  int taken;
  do {
    for (int n = 0; spin; n++)
      if (n > 50) sched_yield();
    taken = 1;
    __asm__ volatile("xchgl %0, %1" : "+r"(taken), "+m"(spin) : : "memory");
  } while (taken);
  for (int n = 1; n < FIELDS; n++)
    if (spin_data[n] != spin_data[0]) violated(4);
  for (int n = 0; n < FIELDS; n++) spin_data[n]++;
  __asm__ volatile("movl $0, %0" : "=m"(spin) : : "memory");
}

static void seqlock(int me, long n) {
  if (me == 0) {
    sequence++;
    __asm__ volatile("" ::: "memory");
    for (int i = 0; i < FIELDS; i++) protected_data[i] = n + i;
    __asm__ volatile("" ::: "memory");
    sequence++;
    return;
  }
  long copy[FIELDS];
  int before = sequence;
  __asm__ volatile("" ::: "memory");
  for (int i = 0; i < FIELDS; i++) copy[i] = protected_data[i];
  __asm__ volatile("" ::: "memory");
  if (before & 1 || before != sequence) return;
  for (int i = 1; i < FIELDS; i++)
    if (copy[i] != copy[0] + i) violated(5);
}

/* Thread 1 passes numbers to thread 2. */
static void pass(int me, long n) {
  if (me == 1) {
    if (head - tail < RING) {
      ring[head % RING] = head * 0x9e3779b97f4a7c15u;
      head = head + 1;
    }
  } else if (me == 2) {
    while (tail != head) {
      if (ring[tail % RING] != tail * 0x9e3779b97f4a7c15u) violated(6);
      tail = tail + 1;
    }
  }
}

static void *run(void *argument) {
  int me = (int)(uintptr_t)argument;
  __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
  while (started < THREADS) sched_yield();
  for (long n = 0; n < rounds; n++) {
    counters();
    mix_with_locked(me);
    keep_mirrored(me, n);
    mix_with_plain(me, n);
    guard_by_pair(me);
    spin_lock(me);
    seqlock(me, n);
    pass(me, n);
  }
  return 0;
}

int main(int argc, char **argv) {
  rounds = argc > 1 ? atol(argv[1]) : 10000;
  mirror.high = ~0ul;
  for (int n = 0; n < FIELDS; n++) protected_data[n] = n;
  pthread_t t[THREADS];
  for (long n = 0; n < THREADS; n++) pthread_create(t + n, 0, run, (void *)n);
  for (int n = 0; n < THREADS; n++) pthread_join(t[n], 0);
  long all = rounds * THREADS;
  printf("counters %ld %ld\n", all - xadd_counter, all - cmpxchg_counter);
  printf("with locked %ld %ld\n", (long)(all + rounds * 4 * 3 - sums.low), (long)(all + rounds * 4 * 5 - sums.high));
  printf("with plain %ld %ld\n", (long)(rounds * 4 - owned.low), (long)(all - rounds - owned.high));
  printf("guarded %ld %ld\n", (long)(all - guard.low), (long)guard.high);
  printf("spin lock %ld\n", all - spin_data[0]);
  for (int n = 0; n < 7; n++) printf("violations of kind %d: %ld\n", n, violations[n]);
  return 0;
}
