/* Every kind of selector in each instruction that loads a segment register: what is loaded, or which fault comes where. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define TARGET 64 /* offset of where far transfers go */
#define REPEATS 20

#ifdef __x86_64__
#define IP REG_RIP
#else
#define IP REG_EIP
#endif

/* EBX holds the target, ECX the selector, EDX 2Bh, EAX points to a far pointer to the target. */
static const struct {
  const char *name, *code, *target;
} CASES[] = {
    {"mov ds", "8ed98cdf8edac3", ""},
    {"mov es", "8ec18cc78ec2c3", ""},
    {"mov ss", "8ed18cd78ed2c3", ""},
    {"mov ss of memory", "8e50048cd78ed2c3", ""},
    {"jmp far", "ff28", "8ccfc3"},
    {"call far", "ff18c3", "8ccfcb"},
#ifdef __x86_64__
    {"mov gs", "8ee98cef8eeac3", ""},
#ifndef ON_AMD /* where REX.W does nothing to far jumps and calls */
    {"jmp far of 64 bits", "48ff28", "8ccfc3"},
    {"call far of 64 bits", "48ff18c3", "8ccf48cb"},
    {"jmp far of 64 bits to nowhere", "48ff28", ""}, /* to an address that is not canonical */
    {"call far of 64 bits to nowhere", "48ff18c3", ""},
#endif
    {"retf of 64 bits to nowhere", "48c1e330515348cb", ""},
    {"iretq to nowhere", "48c1e3304889e652569c515348cf", ""},
    {"lss", "0fb2308cd78ed2c3", ""}, /* lss esi, [rax] */
    {"retf", "4883ec08891c24894c2404cb", "8ccfc3"},
    {"retf of 64 bits", "515348cb", "8ccfc3"},
    {"iretq", "4889e652569c515348cf", "8ccfc3"},
    {"iretq with ss", "4889e651569c6a335348cf", "8cd7c3"},
#else
    {"mov fs", "8ee18ce78ee2c3", ""},
    {"pop ds", "511f8cdf8edac3", ""},
    {"pop ss", "51178cd78ed2c3", ""},
    {"les", "c4308cc78ec2c3", ""}, /* les esi, [eax] */
    {"retf", "5153cb", "8ccfc3"},
    {"iret", "9c5153cf", "8ccfc3"},
#endif
};

static const uint16_t SELECTORS[] = {
    0,    1,    3,    4,    7,    8,    0xb,  0xf,  0x10, 0x13, 0x18, 0x1b,  0x20,  0x21,   0x23,   0x27,
    0x28, 0x29, 0x2a, 0x2b, 0x2f, 0x30, 0x32, 0x33, 0x37, 0x38, 0x40, 0x43,  0x48,  0x4b,   0x53,   0x5b,
    0x6b, 0x73, 0x78, 0x7b, 0x7f, 0x80, 0x83, 0x87, 0x8b, 0xf3, 0xfb, 0x103, 0x1ff, 0x7ffb, 0xfff8, 0xffff,
};

static sigjmp_buf back;
static uint8_t *page;
static struct report {
  int signal, code;
  long trap, error, at, address;
  uint32_t loaded;
} seen;

static void handler(int sig, siginfo_t *info, void *context) {
  greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
  seen.signal = sig;
  seen.code = info->si_code;
  seen.trap = g[REG_TRAPNO];
  seen.error = g[REG_ERR];
  seen.at = g[IP] - (long)page;
  seen.address = (long)info->si_addr - ((long)info->si_addr == (long)g[IP] ? (long)page : 0);
  siglongjmp(back, 1);
}

static void put(int at, const char *hex) {
  for (; *hex; hex += 2) sscanf(hex, "%2hhx", &page[at++]);
}

static void run(int n, uint32_t selector) {
  static struct {
    uint32_t offset;
    uint16_t selectors[3];
  } pointer;
  int wide = strstr(CASES[n].name, "64 bits") != 0;
  memset(page, 0x90, 128);
  put(0, CASES[n].code);
  put(TARGET, CASES[n].target);
  memset(&pointer, 0, sizeof pointer);
  pointer.offset = (long)page + TARGET;
  pointer.selectors[wide ? 2 : 0] = selector;
  if (strstr(CASES[n].name, "nowhere")) pointer.selectors[1] = 0x7000;
  if (strstr(CASES[n].name, "memory")) pointer.selectors[0] = selector;
  memset(&seen, 0, sizeof seen);
  if (sigsetjmp(back, 1)) return;
  uint32_t loaded = 0;
#ifdef __x86_64__
  __asm__ volatile(
      "mov %%rsp, %%r12; sub $512, %%rsp; and $-64, %%rsp; call *%4; mov %%r12, %%rsp"
      : "+D"(loaded)
      : "a"(&pointer), "b"(page + TARGET), "c"((uint64_t)selector), "r"(page), "d"(0x2bL)
      : "rsi", "r12", "memory", "cc");
#else
  __asm__ volatile(
      "push %%ebp; mov %%esp, %%ebp; sub $512, %%esp; call *%5; mov %%ebp, %%esp; pop %%ebp"
      : "+D"(loaded)
      : "a"(&pointer), "b"(page + TARGET), "c"(selector), "d"(0x2b), "S"(page)
      : "memory", "cc");
#endif
  seen.loaded = loaded;
}

int main(void) {
  page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  stack_t ss = {.ss_sp = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), .ss_size = 65536};
  struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaltstack(&ss, 0);
  int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
  for (int i = 0; i < 5; i++) sigaction(signals[i], &sa, 0);
  for (unsigned n = 0; n < sizeof CASES / sizeof *CASES; n++)
    for (unsigned k = 0; k < sizeof SELECTORS / sizeof *SELECTORS; k++) {
      /* Code of the other mode would be decoded differently. */
      int other = sizeof(long) == 8 ? 0x20 : 0x30;
      int far = *CASES[n].target || strstr(CASES[n].name, "nowhere");
      if (far && (SELECTORS[k] & ~3) == other) continue;
      struct report first;
      run(n, SELECTORS[k]);
      first = seen;
      for (int i = 1; i < REPEATS; i++) {
        run(n, SELECTORS[k]);
        if (memcmp(&first, &seen, sizeof seen)) {
          printf("another result in round %d: ", i);
          break;
        }
      }
      if (seen.signal)
        printf("%s %x: signal %d code %d trap %ld error %lx at +%ld address %lx\n", CASES[n].name, SELECTORS[k], seen.signal,
               seen.code, seen.trap, seen.error, seen.at, seen.address);
      else
        printf("%s %x: loaded %x\n", CASES[n].name, SELECTORS[k], seen.loaded);
    }
  return 0;
}
