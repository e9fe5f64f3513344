/* What CPUID, XGETBV, the auxiliary vector and /proc/cpuinfo tell of the processor, a line each; and
 * which instructions it has. */
#define _GNU_SOURCE
#include <cpuid.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <ucontext.h>

static sigjmp_buf back;

static void handler(int sig) { siglongjmp(back, sig); }

static void frame(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  unsigned mark;
  memcpy(&mark, (char *)uc->uc_mcontext.fpregs + 464, 4);
  printf("frame: flags %lu\nframe: mark %x\n", uc->uc_flags, mark);
  (void)sig, (void)info;
}

static void leaf(unsigned number, unsigned subleaf) {
  unsigned a, b, c, d;
  __cpuid_count(number, subleaf, a, b, c, d);
  printf("%x.%x eax %x\n%x.%x ebx %x\n%x.%x ecx %x\n%x.%x edx %x\n", number, subleaf, a, number,
         subleaf, b, number, subleaf, c, number, subleaf, d);
}

#define HAS(name, code)                     \
  do {                                      \
    int s = sigsetjmp(back, 1);             \
    if (s == 0) {                           \
      __asm__ volatile(code : : : "rax", "rbx", "rcx", "rdx", "xmm0", "xmm1", "cc", \
                       "memory");           \
      printf("has %s\n", name);             \
    } else {                                \
      printf("%s: signal %d\n", name, s);   \
    }                                       \
  } while (0)

int main(void) {
  signal(SIGILL, handler);
  leaf(1, 0);
  leaf(7, 0);
  leaf(0xd, 1);
  leaf(0x80000001, 0);
  /* The C library changes its own copy. */
  unsigned long entry[2];
  FILE *auxv = fopen("/proc/self/auxv", "r");
  while (fread(entry, sizeof entry, 1, auxv) == 1) {
    if (entry[0] == AT_HWCAP) printf("hwcap %lx\n", entry[1]);
    if (entry[0] == AT_HWCAP2) printf("hwcap2 %lx\n", entry[1]);
  }
  char line[4096];
  FILE *info = fopen("/proc/cpuinfo", "r");
  while (fgets(line, sizeof line, info))
    if (!strncmp(line, "flags", 5)) {
      printf("flags %s", strchr(line, ':') + 1);
      break;
    }
  HAS("sse2", "paddq %%xmm0, %%xmm1");
  HAS("pni", "haddpd %%xmm0, %%xmm1");
  HAS("ssse3", "pshufb %%xmm0, %%xmm1");
  HAS("sse4_1", "ptest %%xmm0, %%xmm1");
  HAS("sse4_2", "crc32b %%al, %%ecx");
  HAS("popcnt", "popcnt %%eax, %%ecx");
  HAS("cx16", "lea -64(%%rsp), %%rbx; and $-16, %%rbx; cmpxchg16b (%%rbx)");
  HAS("lahf_lm", "lahf");
  HAS("rdtscp", "rdtscp");
  HAS("movbe", "movbe -64(%%rsp), %%rax");
  HAS("aes", "aesenc %%xmm0, %%xmm1");
  HAS("pclmulqdq", "pclmulqdq $0, %%xmm0, %%xmm1");
  HAS("sha_ni", "sha1nexte %%xmm0, %%xmm1");
  HAS("avx", "vaddps %%xmm0, %%xmm0, %%xmm1");
  HAS("avx2", "vpaddd %%ymm0, %%ymm0, %%ymm1; vzeroupper");
  HAS("fma", "vfmadd132ps %%xmm0, %%xmm0, %%xmm1");
  HAS("f16c", "vcvtph2ps %%xmm0, %%xmm1");
  HAS("bmi1", "andn %%rax, %%rcx, %%rdx");
  HAS("bmi2", "shlx %%rax, %%rcx, %%rdx");
  HAS("adx", "adcx %%rax, %%rcx");
  HAS("rdrand", "rdrand %%rax");
  HAS("rdseed", "rdseed %%rax");
  HAS("rdpid", "rdpid %%rax");
  HAS("fsgsbase", "rdgsbase %%rax");
  HAS("xsave", "xor %%ecx, %%ecx; xgetbv");
  HAS("clflushopt", "clflushopt -64(%%rsp)");
  HAS("clwb", "clwb -64(%%rsp)");
  struct sigaction sa = {.sa_sigaction = frame, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &sa, 0);
  raise(SIGUSR1);
  unsigned long zeros, count = 64;
  __asm__("tzcnt %1, %0" : "=r"(count) : "r"(8UL) : "cc");
  __asm__("lzcnt %1, %0" : "=r"(zeros) : "r"(8UL) : "cc");
  printf("tzcnt 8: %lu\nlzcnt 8: %lu\n", count, zeros);
  return 0;
}
