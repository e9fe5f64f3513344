/* long double: arithmetic, conversions, comparisons, and libm. */
#include "inputs.h"

static int rounds;
static long double x, y, z;

/* Over random inputs: what glibc computes from exactly rounded operations. */
#define EACH(name, ...)                           \
  do {                                            \
    for (int i = 0; i < rounds; i++) {            \
      x = any_long(), y = any_long(), z = any_long(); \
      __VA_ARGS__;                                \
    }                                             \
    show(name);                                   \
  } while (0)
#define VALUE(name, expression) EACH(name, add_long(expression))

/* An integer that long double converts to; out of range gives the indefinite value. */
static void conversions(void) {
  EACH("to int", ADD((int)x));
  EACH("to short", ADD((short)x));
  EACH("to int64", ADD((int64_t)x));
  EACH("to uint64", ADD((uint64_t)(fabsl(x) < 0x1p63L ? fabsl(x) : 0)));
  EACH("to double", ADD((double)x));
  EACH("to float", ADD((float)x));
  EACH("of int64", add_long((long double)(int64_t)next()));
  EACH("of uint64", add_long((long double)next()));
  EACH("of double", add_long((long double)any_double()));
  EACH("of float", add_long((long double)any_float()));
  EACH("lrint", ADD(lrintl(x)));
  EACH("llround", ADD(llroundl(x)));
}

static void exact(void) {
  VALUE("add", x + y);
  VALUE("sub", x - y);
  VALUE("mul", x * y);
  VALUE("div", x / y);
  VALUE("mixed", (x + (float)y) * (double)z - (int)next());
  VALUE("sqrt", sqrtl(x));
  VALUE("fma", fmal(x, y, z));
  VALUE("floor", floorl(x));
  VALUE("ceil", ceill(x));
  VALUE("trunc", truncl(x));
  VALUE("round", roundl(x));
  VALUE("rint", rintl(x));
  VALUE("fmod", fmodl(x, y));
  VALUE("remainder", remainderl(x, y));
  EACH("remquo", { int q; add_long(remquol(x, y, &q)); ADD(q & 7); });
  EACH("modf", { long double whole; add_long(modfl(x, &whole)); add_long(whole); });
  EACH("frexp", { int e = 0; add_long(frexpl(x, &e)); ADD(isfinite(x) ? e : 0); });
  VALUE("scalbn", scalbnl(x, (int)next() % 20000));
  EACH("ilogb", ADD(ilogbl(x)));
  VALUE("logb", logbl(x));
  VALUE("nextafter", nextafterl(x, y));
  VALUE("copysign", copysignl(x, y));
  VALUE("fabs", fabsl(x));
  VALUE("fmax", fmaxl(x, y));
  VALUE("fdim", fdiml(x, y));
  VALUE("hypot", hypotl(x, y));
  VALUE("cbrt", cbrtl(x));
  VALUE("sin", sinl(x));
  VALUE("cos", cosl(x));
  VALUE("tan", tanl(x));
  VALUE("asin", asinl(x));
  VALUE("j0", j0l(x));
  EACH("compare", ADD((x < y) | (x <= y) << 1 | (x == y) << 2 | isunordered(x, y) << 3 |
                      isgreater(x, y) << 4 | signbit(x) << 5 | fpclassify(x) << 8));
}

int main(int argc, char **argv) {
  rounds = argc > 1 ? atoi(argv[1]) : 100;
  exact();
  conversions();
  for (int i = 0; i < 32; i++) {
    x = any_long();
    printf("%La %.20Lg %Lf %.4Le %.1La\n", x, x, fabsl(x) < 1e30L ? x : 0, x, x);
    char text[64];
    snprintf(text, sizeof text, "%.25Lg", x);
    printf("%La\n", strtold(text, 0));
  }
  return 0;
}
