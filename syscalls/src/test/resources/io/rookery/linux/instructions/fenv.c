/* Rounding modes, exception flags and their signals, FTZ and DAZ, denormals; SSE and x87. */
#define _GNU_SOURCE
#include "inputs.h"
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <ucontext.h>
#include <xmmintrin.h>

static int rounds;
static sigjmp_buf back;
static int code;
static unsigned status_word, mxcsr, trap;

static void handler(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  code = info->si_code;
  status_word = uc->uc_mcontext.fpregs->swd & 0x47ff;
  mxcsr = uc->uc_mcontext.fpregs->mxcsr;
  trap = uc->uc_mcontext.gregs[REG_TRAPNO];
  siglongjmp(back, sig);
}

static int flags(void) {
  int f = fetestexcept(FE_ALL_EXCEPT) | (_mm_getcsr() & 0x3f) << 8;
  feclearexcept(FE_ALL_EXCEPT);
  return f;
}

static volatile double d0, d1, d2;
static volatile float f0, f1;
static volatile long double l0, l1, l2;
static volatile int i0;
static volatile int64_t i1;

#define EACH(name, ...)                                                 \
  do {                                                                  \
    for (int i = 0; i < rounds; i++) {                                  \
      d0 = any_double(), d1 = any_double(), d2 = any_double();          \
      f0 = any_float(), f1 = any_float();                               \
      l0 = any_long(), l1 = any_long();                                 \
      feclearexcept(FE_ALL_EXCEPT);                                     \
      __VA_ARGS__;                                                      \
      ADD(flags());                                                     \
    }                                                                   \
    show(name);                                                         \
  } while (0)

static void operations(void) {
  EACH("double", ADD(d0 + d1); ADD(d0 * d1); ADD(d0 / d1); ADD(d0 - d1));
  EACH("float", ADD(f0 + f1); ADD(f0 * f1); ADD(f0 / f1); ADD(f0 - f1));
  EACH("long double", add_long(l0 + l1); add_long(l0 * l1); add_long(l0 / l1); add_long(l0 - l1));
  EACH("sqrt", ADD(__builtin_sqrt(d0)); ADD(sqrtf(f0)); add_long(sqrtl(l0)));
  EACH("convert", ADD((float)d0); ADD((double)f0); ADD((float)l0); ADD((double)l0); add_long(d0));
  EACH("to int", ADD((int)d0); ADD((int64_t)f0); ADD((int)l0));
  EACH("rint", ADD(rint(d0)); ADD(nearbyint(d1)); ADD(lrintf(f0)); add_long(rintl(l0)); ADD(llrintl(l1)));
  EACH("fma", ADD(fma(d0, d1, d2)));
  EACH("compare", ADD(d0 < d1); ADD(d0 == d2); ADD(isless(d1, d2)); ADD(l0 < l1); ADD(l0 == l1));
  EACH("libm", ADD(sin(d0)); ADD(exp(d1)); ADD(pow(d0, d2)); ADD(floor(d0)));
}

static void precision(int control, const char *name) {
  unsigned short saved, changed;
  __asm__ volatile("fnstcw %0" : "=m"(saved));
  changed = (saved & ~0x300) | control;
  __asm__ volatile("fldcw %0" : : "m"(changed));
  EACH(name, add_long(l0 + l1); add_long(l0 * l1); add_long(l0 / l1); add_long(sqrtl(l0)));
  __asm__ volatile("fldcw %0" : : "m"(saved));
}

#define TRY(name, except, ...)                                                      \
  do {                                                                              \
    feclearexcept(FE_ALL_EXCEPT);                                                   \
    feenableexcept(except);                                                         \
    int s = sigsetjmp(back, 1);                                                     \
    if (s == 0) {                                                                   \
      __VA_ARGS__;                                                                  \
      printf("%-24s nothing, flags %x\n", name, flags());                           \
    } else {                                                                        \
      printf("%-24s signal %d code %d trap %u fsw %x mxcsr %x\n", name, s, code, trap, status_word, mxcsr); \
    }                                                                               \
    __asm__ volatile("fninit");                                                     \
    _mm_setcsr(0x1f80);                                                             \
  } while (0)

static void signals(void) {
  struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGFPE, &sa, 0);
  double tiny = DBL_MIN, huge = DBL_MAX;
  TRY("sse divide", FE_DIVBYZERO, (d0 = 1, d1 = 0, d2 = d0 / d1));
  TRY("sse invalid", FE_INVALID, (d0 = 0, d1 = 0, d2 = d0 / d1));
  TRY("sse overflow", FE_OVERFLOW, (d0 = huge, d2 = d0 * d0));
  TRY("sse underflow", FE_UNDERFLOW, (d0 = tiny, d2 = d0 * d0));
  TRY("sse exact underflow", FE_UNDERFLOW, (d0 = tiny, d1 = 0.5, d2 = d0 * d1));
  TRY("sse inexact", FE_INEXACT, (d0 = 1, d1 = 3, d2 = d0 / d1));
  TRY("sse masked", FE_INEXACT, (d0 = 1, d1 = 0, d2 = d0 / d1));
  TRY("sse all", FE_ALL_EXCEPT, (d0 = huge, d2 = d0 * d0));
  TRY("sse convert", FE_INVALID, (d0 = 1e30, i0 = (int)d0));
  TRY("sse float", FE_OVERFLOW, (d0 = 1e300, f0 = (float)d0));
  TRY("sse sqrt", FE_INVALID, (d0 = -2, d1 = __builtin_sqrt(d0)));
  TRY("sse compare", FE_INVALID, (d0 = NAN, i0 = d0 < d1));
  TRY("x87 divide", FE_DIVBYZERO, (l0 = 1, l1 = 0, l2 = l0 / l1));
  TRY("x87 invalid", FE_INVALID, (l0 = 0, l1 = 0, l2 = l0 / l1));
  TRY("x87 overflow", FE_OVERFLOW, (l0 = LDBL_MAX, l2 = l0 * l0));
  TRY("x87 underflow", FE_UNDERFLOW, (l0 = LDBL_MIN, l2 = l0 * l0));
  TRY("x87 inexact", FE_INEXACT, (l0 = 1, l1 = 3, l2 = l0 / l1));
  TRY("x87 store", FE_OVERFLOW, (l0 = LDBL_MAX, d0 = l0));
  TRY("x87 integer", FE_INVALID, (l0 = 1e30L, i1 = llrintl(l0)));
  TRY("x87 stack", FE_INVALID, __asm__ volatile("fninit; movw $0x37e, -2(%%rsp); fldcw -2(%%rsp); fadd %%st(1); fwait" ::: "memory"));
  TRY("raise divide", FE_DIVBYZERO, feraiseexcept(FE_DIVBYZERO));
  TRY("raise invalid", FE_INVALID, feraiseexcept(FE_INVALID));
  TRY("raise overflow", FE_OVERFLOW, feraiseexcept(FE_OVERFLOW));
  TRY("raise underflow", FE_UNDERFLOW, feraiseexcept(FE_UNDERFLOW));
  TRY("raise inexact", FE_INEXACT, feraiseexcept(FE_INEXACT));
  TRY("raise masked", FE_INEXACT, feraiseexcept(FE_DIVBYZERO));
  TRY("denormal", 0, { _mm_setcsr(0x1f80 & ~0x100); d0 = 5e-324; d1 = d0 + 1; });
  TRY("environment", FE_DIVBYZERO, { fenv_t e; feholdexcept(&e); d0 = 1, d1 = 0, d2 = d0 / d1; feupdateenv(&e); });
  TRY("environment x87", FE_OVERFLOW, { fenv_t e; fegetenv(&e); fesetenv(FE_DFL_ENV); l0 = LDBL_MAX; l2 = l0 * l0; fesetenv(&e); l2 = l0 * l0; });
}

int main(int argc, char **argv) {
  rounds = argc > 1 ? atoi(argv[1]) : 50;
  static const int mode[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  for (int m = 0; m < 4; m++) {
    fesetround(mode[m]);
    printf("rounding %x is %x\n", mode[m], fegetround());
    operations();
  }
  fesetround(FE_TONEAREST);
  precision(0x000, "to single");
  precision(0x200, "to double");
  for (int m = 1; m < 4; m++) {
    _mm_setcsr(0x1f80 | (m & 1) << 15 | (m & 2) << 5);
    printf("mxcsr %x\n", _mm_getcsr() & 0xffc0);
    EACH("double", d0 *= 0x1p-1022; ADD(d0 + d1 * 0x1p-1022); ADD(d0 * d1); ADD(d0 / d1));
    EACH("float", f0 *= 0x1p-126f; ADD(f0 + f1); ADD(f0 * f1); ADD(f1 / f0); ADD((double)f0));
    EACH("fma", d0 *= 0x1p-1022; ADD(fma(d0, d1, d2 * 0x1p-1000)); ADD((float)d0); ADD(d0 < 0); ADD(__builtin_sqrt(d0)));
  }
  _mm_setcsr(0x1f80);
  signals();
  return 0;
}
