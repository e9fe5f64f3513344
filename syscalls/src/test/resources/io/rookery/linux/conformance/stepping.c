/* EFLAGS.TF: which instructions SIGTRAP comes behind, what its handler sees, and what its changes do. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define TF 0x100
#define END 400 /* offset of a RET */
#define MOST 60
#define REPEATS 50 /* enough for a compiler to take notice */

#ifdef __x86_64__
#define IP REG_RIP
#define SP REG_RSP
#else
#define IP REG_EIP
#define SP REG_ESP
#endif

#define ON "9c810c24000100009d"  /* pushf; or dword [esp], TF; popf */
#define OFF "9c812424fffeffff9d" /* pushf; and dword [esp], ~TF; popf */

static const struct {
  const char *name, *code; /* hexadecimal; NOPs and a RET follow */
} CASES[] = {
    {"nothing", "90"},
    {"nops", ON "9090" OFF},
    {"16-bit popf", "669c66810c240001669d9090" OFF},
    {"popf again", ON "9c9d90" OFF},
    {"pushf", ON "9c5b90" OFF},
    {"jmp", ON "eb019090" OFF},
    {"jcc taken", ON "31c0740190" OFF},
    {"jcc not taken", ON "31c0750190" OFF},
    {"loop", ON "b903000000e2fe90" OFF},
    {"call and ret", ON "e8020000009090" OFF "58"},
    {"rep stosb", ON "b903000000f3aa90" OFF},
    {"rep stosb of nothing", ON "31c9f3aa90" OFF},
    {"rep movsb", ON "b905000000f3a490" OFF},
    {"repe cmpsb", ON "b905000000f3a690" OFF},
#ifndef ON_AMD /* where the flags are those of the comparison after each step, not only in the end */
    {"repne scasb", ON "31c0b905000000f2ae90" OFF},
#endif
    {"mov ss", ON "8cd08ed09090" OFF},
    {"mov ds", ON "8cd88ed89090" OFF},
    {"int3", ON "90cc90" OFF},
#ifndef ON_AMD /* which trap in front of it under a hypervisor, not behind it */
    {"int1", ON "90f190" OFF},
    {"int1 alone", "90f190"},
#endif
    {"int 4", ON "90cd0490" OFF},
    {"ud2", ON "900f0b90" OFF},
    {"hlt", ON "90f490" OFF},
    {"divide by 0", ON "31c9f7f190" OFF},
    {"jump to nowhere", ON "31c0ffe090" OFF},
    {"cpuid", ON "31c00fa290" OFF},
    {"fld1, fstp", ON "d9e8ddd890" OFF},
    {"sgdt and sldt", ON "0f014424c0900f00c09090" OFF},
#ifdef __x86_64__
    {"load of nothing", ON "90488b04250000000090" OFF},
    {"syscall", ON "b8270000000f059090" OFF},
    {"int 80h", ON "b814000000cd809090" OFF},
    {"iretq", ON "488d1d0f0000004889e16a2b519c6a335348cf9090909090" OFF},
    {"iretq that sets TF", "488d1d150000004889e16a2b519c810c24000100006a335348cf909090909090" OFF},
    {"movups, vaddps", ON "0f1006c5f458c090" OFF},
#else
    {"load of nothing", ON "90a10000000090" OFF},
    {"int 80h", ON "b814000000cd809090" OFF},
    {"pop ss", ON "1617909090" OFF},
    {"push es, pop es", ON "060790" OFF},
    {"pusha, popa, daa", ON "60612790" OFF},
#endif
};

static char *page, data[64] __attribute__((aligned(64)));
static struct step {
  int signal, code, at, address;
  long trap, error, flags;
} steps[MOST];
static volatile int count, all, stop_after;

static void handler(int sig, siginfo_t *info, void *context) {
  greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
  if (count < MOST) {
    struct step *s = &steps[count];
    s->signal = sig;
    s->code = info->si_code;
    s->at = g[IP] - (long)page;
    s->trap = g[REG_TRAPNO];
    s->error = g[REG_ERR];
    s->flags = g[REG_EFL] & (TF | 0xcd5);
    if (s->at < 0 || s->at >= 4096) s->at = g[IP] ? -2 : -1;
    s->address = (long)info->si_addr == (long)g[IP] ? s->at : info->si_addr ? -2 : -1;
  }
  count++, all++;
  if (sig != SIGTRAP || count == MOST || count == stop_after) g[REG_EFL] &= ~TF;
  if (sig != SIGTRAP || count == MOST) g[IP] = (long)page + END;
  if (all > 100000) _exit(3);
}

static void run(const char *code) {
  int n = 0;
  memset(page, 0x90, END);
  page[END] = 0xc3;
  for (const char *p = code; *p; p += 2) sscanf(p, "%2hhx", &page[n++]);
  memset(steps, 0, sizeof steps);
  memset(data, 0x11, sizeof data);
  count = 0;
  void *f = page;
#ifdef __x86_64__
  __asm__ volatile(
      "mov %%rsp, %%r12; sub $512, %%rsp; and $-64, %%rsp; cld; mov %1, %%rsi; lea 8(%%rsi), %%rdi; xor %%ecx, %%ecx; call *%0;"
      "mov %%r12, %%rsp; pushf; andl $~0x100, (%%rsp); popf; cld"
      : "+a"(f)
      : "r"(data)
      : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "memory", "cc", "xmm0", "xmm1");
#else
  __asm__ volatile(
      "push %%ebx; push %%ebp; mov %%esp, %%ebp; sub $512, %%esp; cld; mov %1, %%esi; lea 8(%%esi), %%edi; xor %%ecx, %%ecx; call *%0;"
      "mov %%ebp, %%esp; pop %%ebp; pop %%ebx; pushf; andl $~0x100, (%%esp); popf; cld"
      : "+a"(f)
      : "r"(data)
      : "ecx", "edx", "esi", "edi", "memory", "cc");
#endif
}

static void show(const char *name) {
  printf("%s:", name);
  for (int i = 0; i < count && i < MOST; i++) {
    struct step *s = &steps[i];
    printf(" %d/%d/%ld/%lx@%d,%d:%lx", s->signal, s->code, s->trap, s->error, s->at, s->address, s->flags);
  }
  printf(" (%d)\n", count);
}

static void request(int sig, siginfo_t *info, void *context) {
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] |= TF;
  (void)sig, (void)info;
}

int main(void) {
  page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  int signals[] = {SIGTRAP, SIGSEGV, SIGILL, SIGFPE, SIGBUS};
  for (int i = 0; i < 5; i++) sigaction(signals[i], &sa, 0);
  for (unsigned i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    struct step first[MOST];
    int wanted = 0;
    for (int n = 0; n < REPEATS; n++) {
      run(CASES[i].code);
      if (n == 0) {
        show(CASES[i].name);
        memcpy(first, steps, sizeof first);
        wanted = count;
      } else if (count != wanted || memcmp(first, steps, sizeof first)) {
        printf("another result in round %d\n", n);
        break;
      }
    }
  }
  stop_after = 3;
  run(ON "90909090909090");
  show("the handler clears TF");
  stop_after = 0;
  /* The handler of another signal sets it: what sigreturn(2) goes back to is stepped. */
  sa.sa_sigaction = request;
  sigaction(SIGUSR1, &sa, 0);
  count = 0;
  stop_after = 5;
  raise(SIGUSR1);
  printf("set by a handler: %d signals, code %d, trap %ld\n", count, steps[0].code, steps[0].trap);
  stop_after = 0;
  sa.sa_handler = SIG_DFL;
  sa.sa_flags = 0;
  sigaction(SIGTRAP, &sa, 0);
  fflush(stdout);
  run(ON "9090"); /* ends the program */
  return 0;
}
