/*
 * Runs single SSE instructions for SseNativeTest. Reads records of an operation's number, MXCSR and three operands, writes
 * result, MXCSR afterwards and the signal it raised (0 for none) for each.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <ucontext.h>

struct input {
  uint32_t op, mxcsr;
  uint64_t a, b, c;
};

struct output {
  uint64_t result;
  uint32_t mxcsr, signal;
};

static sigjmp_buf escape;
static volatile uint32_t faulting_mxcsr;

static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)info;
  faulting_mxcsr = ((ucontext_t *)context)->uc_mcontext.fpregs->mxcsr;
  siglongjmp(escape, 1);
}

/* xmm0 = a (also the destination), xmm1 = b, xmm2 = c; the result is xmm0 or rax. */
#define XMM(n, text)                                                                          \
  case n:                                                                                     \
    __asm__ volatile("movq %[a], %%xmm0\n movq %[b], %%xmm1\n movq %[c], %%xmm2\n"             \
                     "ldmxcsr %[m]\n " text "\n stmxcsr %[after]\n movq %%xmm0, %[r]\n"        \
                     : [r] "=r"(out->result), [after] "=m"(out->mxcsr)                         \
                     : [a] "r"(in->a), [b] "r"(in->b), [c] "r"(in->c), [m] "m"(in->mxcsr)      \
                     : "xmm0", "xmm1", "xmm2", "memory");                                      \
    break;
#define GPR(n, text)                                                                          \
  case n:                                                                                     \
    __asm__ volatile("movq %[a], %%xmm0\n movq %[b], %%xmm1\n xorl %%eax, %%eax\n"             \
                     "ldmxcsr %[m]\n " text "\n stmxcsr %[after]\n movq %%rax, %[r]\n"         \
                     : [r] "=r"(out->result), [after] "=m"(out->mxcsr)                         \
                     : [a] "r"(in->a), [b] "r"(in->b), [m] "m"(in->mxcsr)                      \
                     : "xmm0", "xmm1", "rax", "memory", "cc");                                 \
    break;
#define COMPARES(n, text)                                                                     \
  XMM(n, text "$0, %%xmm1, %%xmm0")                                                           \
  XMM(n + 1, text "$1, %%xmm1, %%xmm0")                                                       \
  XMM(n + 2, text "$2, %%xmm1, %%xmm0")                                                       \
  XMM(n + 3, text "$3, %%xmm1, %%xmm0")                                                       \
  XMM(n + 4, text "$4, %%xmm1, %%xmm0")                                                       \
  XMM(n + 5, text "$5, %%xmm1, %%xmm0")                                                       \
  XMM(n + 6, text "$6, %%xmm1, %%xmm0")                                                       \
  XMM(n + 7, text "$7, %%xmm1, %%xmm0")
#define ROUNDS(n, text)                                                                       \
  XMM(n, text "$0, %%xmm1, %%xmm0")                                                           \
  XMM(n + 1, text "$1, %%xmm1, %%xmm0")                                                       \
  XMM(n + 2, text "$2, %%xmm1, %%xmm0")                                                       \
  XMM(n + 3, text "$3, %%xmm1, %%xmm0")                                                       \
  XMM(n + 4, text "$4, %%xmm1, %%xmm0")                                                       \
  XMM(n + 5, text "$8, %%xmm1, %%xmm0")                                                       \
  XMM(n + 6, text "$11, %%xmm1, %%xmm0")                                                      \
  XMM(n + 7, text "$12, %%xmm1, %%xmm0")
/* lahf leaves SF ZF AF PF CF in ah */
#define FLAGS(n, text) GPR(n, text " %%xmm1, %%xmm0\n lahf\n movzbl %%ah, %%eax")

static void run(const struct input *in, struct output *out) {
  switch (in->op) {
    XMM(0, "addsd %%xmm1, %%xmm0")
    XMM(1, "subsd %%xmm1, %%xmm0")
    XMM(2, "mulsd %%xmm1, %%xmm0")
    XMM(3, "divsd %%xmm1, %%xmm0")
    XMM(4, "minsd %%xmm1, %%xmm0")
    XMM(5, "maxsd %%xmm1, %%xmm0")
    XMM(6, "sqrtsd %%xmm1, %%xmm0")
    XMM(7, "addss %%xmm1, %%xmm0")
    XMM(8, "subss %%xmm1, %%xmm0")
    XMM(9, "mulss %%xmm1, %%xmm0")
    XMM(10, "divss %%xmm1, %%xmm0")
    XMM(11, "minss %%xmm1, %%xmm0")
    XMM(12, "maxss %%xmm1, %%xmm0")
    XMM(13, "sqrtss %%xmm1, %%xmm0")
    XMM(14, "cvtss2sd %%xmm1, %%xmm0")
    XMM(15, "cvtsd2ss %%xmm1, %%xmm0")
    XMM(16, "cvtsi2sdq %[b], %%xmm0")
    XMM(17, "cvtsi2ssq %[b], %%xmm0")
    GPR(18, "cvtsd2si %%xmm1, %%eax")
    GPR(19, "cvtsd2si %%xmm1, %%rax")
    GPR(20, "cvttsd2si %%xmm1, %%eax")
    GPR(21, "cvttsd2si %%xmm1, %%rax")
    GPR(22, "cvtss2si %%xmm1, %%eax")
    GPR(23, "cvtss2si %%xmm1, %%rax")
    GPR(24, "cvttss2si %%xmm1, %%eax")
    GPR(25, "cvttss2si %%xmm1, %%rax")
    FLAGS(26, "comisd")
    FLAGS(27, "ucomisd")
    FLAGS(28, "comiss")
    FLAGS(29, "ucomiss")
    XMM(30, "cvtdq2ps %%xmm1, %%xmm0")
    XMM(31, "vfmadd213sd %%xmm2, %%xmm1, %%xmm0")
    XMM(32, "vfmadd213ss %%xmm2, %%xmm1, %%xmm0")
    COMPARES(40, "cmpsd ")
    COMPARES(48, "cmpss ")
    ROUNDS(56, "roundsd ")
    ROUNDS(64, "roundss ")
  }
}

int main(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGFPE, &action, 0);
  static struct input in[4096];
  static struct output out[4096];
  uint32_t usual = 0x1f80;
  size_t n;
  while ((n = fread(in, sizeof in[0], 4096, stdin)) > 0) {
    for (size_t i = 0; i < n; i++) {
      out[i] = (struct output){0};
      if (sigsetjmp(escape, 1) == 0) {
        run(&in[i], &out[i]);
      } else {
        out[i].result = 0;
        out[i].mxcsr = faulting_mxcsr;
        out[i].signal = SIGFPE;
      }
      __asm__ volatile("ldmxcsr %0" : : "m"(usual));
    }
    fwrite(out, sizeof out[0], n, stdout);
    fflush(stdout);
  }
  return 0;
}
