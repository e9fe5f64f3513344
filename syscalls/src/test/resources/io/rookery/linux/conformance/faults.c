/* Signals that instructions raise: number, code and address. */
#define _GNU_SOURCE
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf back;
static siginfo_t seen;
static long trap, error_code;
static char stack[65536];
static int on_stack;

static void handler(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  char here;
  seen = *info;
  trap = uc->uc_mcontext.gregs[REG_TRAPNO];
  error_code = uc->uc_mcontext.gregs[REG_ERR];
  on_stack = &here >= stack && &here < stack + sizeof stack;
  siglongjmp(back, sig);
}

static void show(const char *what, int sig, int with_address) {
  printf("%s: signal %d code %d trap %ld error %ld on stack %d", what, sig, seen.si_code, trap,
         sig == SIGSEGV || sig == SIGBUS ? error_code : 0, on_stack);
  if (with_address) printf(" address %p", seen.si_addr);
  printf("\n");
}

#define TRY(what, with_address, action)          \
  do {                                           \
    int s = sigsetjmp(back, 1);                  \
    if (s == 0) {                                \
      action;                                    \
      printf("%s: nothing happened\n", what);    \
    } else {                                     \
      show(what, s, with_address);               \
    }                                            \
  } while (0)

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  stack_t ss = {.ss_sp = stack, .ss_size = sizeof stack};
  struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaltstack(&ss, 0);
  int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
  for (int i = 0; i < 5; i++) sigaction(signals[i], &sa, 0);

  TRY("read of nothing", 1, (void)*(volatile int *)0x1234);
  TRY("write to nothing", 1, *(volatile int *)0x5678 = 1);
  TRY("write to code", 0, *(volatile char *)main = 1);
  TRY("not canonical", 1, *(volatile char *)0x8000000000000000UL = 1);
  TRY("call of data", 0, ((void (*)(void))stack)());
  volatile int zero = 0;
  TRY("divide by zero", 0, printf("%d\n", 5 / zero));
  volatile int least = -2147483647 - 1, minus = -1;
  TRY("divide overflow", 0, printf("%d\n", least / minus));
  TRY("ud2", 0, __builtin_trap());
  TRY("int3", 0, __asm__ volatile("int3"));
  TRY("hlt", 1, __asm__ volatile("hlt"));
  char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(page + 4096, 4096, PROT_NONE);
  TRY("across a page end", 0, *(volatile long *)(page + 4092) = -1);
  printf("nothing stored: %d\n", page[4092]);
  FILE *empty = tmpfile();
  char *mapped = mmap(0, 4096, PROT_READ, MAP_SHARED, fileno(empty), 0);
  TRY("beyond the end of a file", 0, (void)*(volatile char *)mapped);
  feenableexcept(FE_DIVBYZERO);
  volatile double dzero = 0, done = 1;
  TRY("floating divide", 0, done = done / dzero);
  return 0;
}
