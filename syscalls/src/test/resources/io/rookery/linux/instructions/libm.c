/* libm of double and float: the variants that glibc chooses for this processor. */
#define _GNU_SOURCE
#include "inputs.h"
#include <complex.h>

static int rounds;

#define EACH(name, type, input, ...)                                  \
  do {                                                                \
    for (int i = 0; i < rounds; i++) {                                \
      type x = input(), y = input(), z = input();                     \
      (void)y, (void)z;                                               \
      __VA_ARGS__;                                                    \
    }                                                                 \
    show(name);                                                       \
  } while (0)
#define BOTH(function)                                                       \
  EACH(#function, double, any_double, ADD(function(x)));                     \
  EACH(#function "f", float, any_float, ADD(function##f(x)))
#define BOTH2(function)                                                      \
  EACH(#function, double, any_double, ADD(function(x, y)));                  \
  EACH(#function "f", float, any_float, ADD(function##f(x, y)))

int main(int argc, char **argv) {
  rounds = argc > 1 ? atoi(argv[1]) : 100;
  BOTH(sin);
  BOTH(cos);
  BOTH(tan);
  BOTH(asin);
  BOTH(acos);
  BOTH(atan);
  BOTH(sinh);
  BOTH(cosh);
  BOTH(tanh);
  BOTH(asinh);
  BOTH(acosh);
  BOTH(atanh);
  BOTH(exp);
  BOTH(exp2);
  BOTH(exp10);
  BOTH(expm1);
  BOTH(log);
  BOTH(log2);
  BOTH(log10);
  BOTH(log1p);
  BOTH(sqrt);
  BOTH(cbrt);
  BOTH(erf);
  BOTH(erfc);
  BOTH(lgamma);
  BOTH(tgamma);
  BOTH(floor);
  BOTH(ceil);
  BOTH(trunc);
  BOTH(round);
  BOTH(rint);
  BOTH(nearbyint);
  BOTH(roundeven);
  BOTH(logb);
  BOTH2(pow);
  BOTH2(atan2);
  BOTH2(hypot);
  BOTH2(fmod);
  BOTH2(remainder);
  BOTH2(nextafter);
  BOTH2(fdim);
  BOTH2(fmin);
  BOTH2(fmax);
  EACH("fma", double, any_double, ADD(fma(x, y, z)));
  EACH("fmaf", float, any_float, ADD(fmaf(x, y, z)));
  EACH("sincos", double, any_double, { double s, c; sincos(x, &s, &c); ADD(s); ADD(c); });
  EACH("lrint", double, any_double, ADD(lrint(x)));
  EACH("lround", double, any_double, ADD(fabs(x) < 0x1p62 ? lround(x) : 0));
  EACH("scalbn", double, any_double, ADD(scalbn(x, (int)next() % 2200)));
  EACH("csqrt", double, any_double, ADD(csqrt(x + I * y)));
  EACH("cexp", double, any_double, ADD(cexp(x + I * y)));
  EACH("printf", double, any_double, { char t[512]; add(t, sprintf(t, "%.17g %a %.3f %g", x, y, fabs(z) < 1e99 ? z : 0, (float)x)); });
  EACH("strtod", double, any_double, { char t[64]; sprintf(t, "%.*g", (int)(next() % 20) + 1, x); ADD(strtod(t, 0)); ADD(strtof(t, 0)); });
  return 0;
}
