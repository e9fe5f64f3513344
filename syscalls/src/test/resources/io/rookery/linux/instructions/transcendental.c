/* Functions that glibc builds on FYL2X, F2XM1, FPATAN and FYL2XP1, whose last bit each processor may choose:
   each result is held to the exact one, that __float128 has. */
#include "inputs.h"
#include <quadmath.h>

static int rounds;

static long double ulps(long double found, __float128 exact) {
  if (found != found || exact != exact) return (found != found) == (exact != exact) ? 0 : INFINITY;
  if (isinf(found)) return fabsq(exact) > LDBL_MAX ? 0 : INFINITY;
  int e;
  frexpq(exact, &e);
  __float128 unit = ldexpq(1, (e < -16381 ? -16381 : e) - 64);
  return (long double)(fabsq(found - exact) / unit);
}

/* The bound is that of glibc's manual for x86-64, with one unit for the instruction. */
#define EACH(name, bound, input, function, reference)                                         \
  do {                                                                                        \
    int bad = 0;                                                                              \
    for (int i = 0; i < rounds; i++) {                                                        \
      long double x = any_long(), y = any_long();                                             \
      (void)y;                                                                                \
      x = input;                                                                              \
      bad += ulps(function, reference) > bound;                                               \
    }                                                                                         \
    printf("%-14s %d of %d beyond %d ulp\n", name, bad, rounds, bound);                       \
  } while (0)

int main(int argc, char **argv) {
  rounds = argc > 1 ? atoi(argv[1]) : 100;
  EACH("exp", 2, x, expl(x), expq(x));
  EACH("exp2", 2, x, exp2l(x), exp2q(x));
  EACH("exp10", 3, fmodl(x, 4000), exp10l(x), powq(10, x));
  EACH("expm1", 4, x, expm1l(x), expm1q(x));
  EACH("log", 2, fabsl(x), logl(x), logq(x));
  EACH("log2", 2, fabsl(x), log2l(x), log2q(x));
  EACH("log10", 2, fabsl(x), log10l(x), log10q(x));
  EACH("log1p", 3, fabsl(x), log1pl(x), log1pq(x));
  EACH("pow", 2, fabsl(x), powl(x, y), powq(x, y));
  EACH("atan", 2, x, atanl(x), atanq(x));
  EACH("atan2", 2, x, atan2l(x, y), atan2q(x, y));
  EACH("acos", 3, fmodl(x, 1), acosl(x), acosq(x));
  EACH("sinh", 4, x, sinhl(x), sinhq(x));
  EACH("cosh", 4, x, coshl(x), coshq(x));
  EACH("tanh", 4, x, tanhl(x), tanhq(x));
  EACH("asinh", 4, x, asinhl(x), asinhq(x));
  return 0;
}
