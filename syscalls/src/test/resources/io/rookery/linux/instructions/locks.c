/* LOCKed instructions of four threads on the same operands: each total is what one thread alone would reach. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4 };

static char memory[8192] __attribute__((aligned(4096)));
static int rounds, split_rounds;
static unsigned __int128 pair, wide; /* for CMPXCHG16B, and by libatomic */
static volatile int spin;
static uint64_t guarded, bitwise, tickets[THREADS];

#define AT(offset, type) (*(volatile type *)(memory + (offset)))
#define LOCK(instruction, offset, type, ...) \
  __asm__ volatile(instruction : "+m"(AT(offset, type)) : __VA_ARGS__ : "cc", "memory")

/* Operands of any alignment within a cache line. */
static void arithmetic(uint64_t me, int n) {
  LOCK("lock incb %0", 1, char);
  LOCK("lock addw $3, %0", 7, short);
  LOCK("lock addl $5, %0", 59, int);
  LOCK("lock addq $7, %0", 117, long);
  LOCK("lock subq $2, %0", 136, long);
  LOCK("lock decw %0", 195, short);
  LOCK("lock xorl %1, %0", 569, int, "r"(1u << me));
  LOCK("lock orb %1, %0", 600, char, "q"((char)(1 << me)));
  LOCK("lock andq %1, %0", 640, long, "r"(~(1ul << (n % 16 * 4 + me))));
  LOCK("lock btcq %1, %0", 515, long, "r"(me * 3));
  LOCK("stc; lock adcl $1, %0", 697, int);
  LOCK("stc; lock sbbq $1, %0", 709, long);
  LOCK("lock notw %0", 771, short);
  LOCK("lock negq %0", 776, long);
  uint64_t x = 11;
  __asm__ volatile("lock xaddq %0, %1" : "+r"(x), "+m"(AT(256, long)));
  tickets[me] += x;
  uint32_t y = 13;
  __asm__ volatile("lock xaddl %0, %1" : "+r"(y), "+m"(AT(313, int)));
}

static void compare(void) {
  unsigned char done;
  uint64_t low = pair, high = pair >> 64;
  do {
    __asm__ volatile("lock cmpxchg16b %0; sete %1"
                     : "+m"(pair), "=q"(done), "+a"(low), "+d"(high)
                     : "b"(low + 1), "c"(high + 3)
                     : "cc", "memory");
  } while (!done);
  uint32_t l = 0, h = 0;
  do {
    __asm__ volatile("lock cmpxchg8b %0; sete %1"
                     : "+m"(AT(1009, uint64_t)), "=q"(done), "+a"(l), "+d"(h)
                     : "b"(l + 1), "c"(h + 1)
                     : "cc", "memory");
  } while (!done);
  unsigned short w = 0;
  do {
    __asm__ volatile("lock cmpxchgw %3, %1; sete %0"
                     : "=q"(done), "+m"(AT(1143, short)), "+a"(w)
                     : "r"((unsigned short)(w + 5))
                     : "cc", "memory");
  } while (!done);
  __atomic_fetch_add(&wide, ((unsigned __int128)3 << 64) | 1, __ATOMIC_SEQ_CST);
}

/* A lock by XCHG and plain store, and one by BTS and BTR. */
static void exclude(uint64_t me) {
  int taken = 1;
  while (1) {
    __asm__ volatile("xchgl %0, %1" : "+r"(taken), "+m"(spin) : : "memory");
    if (!taken) break;
    __asm__ volatile("pause");
  }
  guarded += me + 1;
  __asm__ volatile("movl $0, %0" : "=m"(spin) : : "memory");
  unsigned char was;
  do {
    __asm__ volatile("lock btsl $9, %0; setc %1" : "+m"(AT(1280, int)), "=q"(was) : : "cc", "memory");
  } while (was);
  bitwise += me;
  LOCK("lock btrl $9, %0", 1280, int);
}

/* Across cache lines and pages. Processors and hypervisors make these slow on purpose. */
static void split(void) {
  LOCK("lock addl $5, %0", 1534, int);
  LOCK("lock incw %0", 1599, short);
  LOCK("lock addq $7, %0", 4092, long);
}

static void *run(void *argument) {
  uint64_t me = (uintptr_t)argument;
  for (int n = 0; n < rounds; n++) {
    arithmetic(me, n);
    compare();
    exclude(me);
    if (n < split_rounds) split();
  }
  return 0;
}

int main(int argc, char **argv) {
  rounds = argc > 1 ? atoi(argv[1]) : 1000;
  split_rounds = argc > 2 ? atoi(argv[2]) : 2;
  memset(memory + 640, -1, 8);
  pthread_t t[THREADS];
  for (long n = 0; n < THREADS; n++) pthread_create(t + n, 0, run, (void *)n);
  for (int n = 0; n < THREADS; n++) pthread_join(t[n], 0);
  for (int n = 0; n < sizeof memory; n += 8)
    if (AT(n, long)) printf("%d: %lx\n", n, AT(n, long));
  printf("pair %llx %llx\n", (long long)(pair >> 64), (long long)pair);
  printf("wide %llx %llx\n", (long long)(wide >> 64), (long long)wide);
  printf("guarded %lu %lu\n", guarded, bitwise);
  uint64_t sum = 0;
  for (int n = 0; n < THREADS; n++) sum += tickets[n];
  printf("tickets %lu\n", sum);
  return 0;
}
