/* What compilers make of __int128, vector extensions, setjmp, variable arguments, computed goto and bit fields. */
#include "inputs.h"
#include <setjmp.h>
#include <stdarg.h>

static int rounds;
#define EACH(name, ...)                               \
  do {                                                \
    for (int i = 0; i < rounds; i++) { __VA_ARGS__; } \
    show(name);                                       \
  } while (0)

typedef unsigned __int128 U;
typedef __int128 S;
static U wide(void) { return (U)next() << 64 | next() >> (next() & 63); }

static void int128(void) {
  EACH("add", ADD(wide() + wide()); ADD(wide() - wide()));
  EACH("multiply", ADD(wide() * wide()); ADD((S)(int64_t)next() * (int64_t)next()));
  EACH("divide", { U x = wide(), y = wide() >> (next() & 127) | 1; ADD(x / y); ADD(x % y); ADD((S)x / (S)y); ADD((S)x % (S)y); });
  EACH("shift", { int n = next() & 127; ADD(wide() << n); ADD(wide() >> n); ADD((S)wide() >> n); });
  EACH("compare", { U x = wide(), y = wide() >> 64; ADD(x < y); ADD((S)x < (S)y); ADD(x == y); });
  EACH("convert", { U x = wide(); ADD((double)x); ADD((float)(S)x); add_long((long double)x); ADD((U)(any_double() * 0x1p20 * 0x1p20)); });
  EACH("overflow", { int64_t r; ADD(__builtin_mul_overflow((int64_t)next() >> (next() & 63), (int64_t)next(), &r)); ADD(r);
                     int16_t s; ADD(__builtin_add_overflow((int16_t)next(), (int16_t)next(), &s)); ADD(s); });
}

typedef int32_t vi __attribute__((vector_size(32)));
typedef float vf __attribute__((vector_size(32)));
typedef double vd __attribute__((vector_size(16)));
typedef uint8_t vb __attribute__((vector_size(16)));
typedef int64_t vq __attribute__((vector_size(16)));

static void vectors(void) {
  vi x, y, z;
  vf f, g;
  vd d, e;
  vb b, c;
  vq q, r;
  EACH("vectors", {
    for (int n = 0; n < 8; n++) x[n] = next(), y[n] = next(), f[n] = any_float(), g[n] = any_float();
    for (int n = 0; n < 16; n++) b[n] = next(), c[n] = next();
    for (int n = 0; n < 2; n++) d[n] = any_double(), e[n] = any_double(), q[n] = next(), r[n] = next();
    z = x * y + (x << (y & 31)) - (y >> 3);
    ADD(z); ADD(x > y); ADD((vi)(f < g)); ADD(x / (y | 1)); ADD(f * g - f / g);
    ADD(d * e + d); ADD((vi)x & ~y); ADD(b + c * b); ADD(b > c); ADD(q * r - q); ADD(q < r);
    ADD(__builtin_shuffle(b, c)); ADD(__builtin_shuffle(x, y, z)); ADD(__builtin_convertvector(x, vf));
  });
}

static double variable(const char *kinds, ...) {
  va_list a;
  double s = 0;
  va_start(a, kinds);
  for (; *kinds; kinds++) {
    if (*kinds == 'i') s += va_arg(a, int);
    else if (*kinds == 'q') s += (double)va_arg(a, long);
    else if (*kinds == 'd') s = s * 0.5 + va_arg(a, double);
    else s += (double)va_arg(a, long double);
  }
  va_end(a);
  return s;
}

static jmp_buf place;
static int depth(int n) {
  if (n == 0) longjmp(place, (int)(next() & 1023) + 1);
  return depth(n - 1) + n;
}

static int machine(uint64_t program) {
  static const void *const step[] = {&&add, &&twice, &&negate, &&back};
  int value = 1, left = 40;
  goto *step[program & 3];
add: value += (int)(program >> 60);
  goto more;
twice: value *= 2;
  goto more;
negate: value = ~value;
  goto more;
back: value ^= left;
more:
  program = program >> 2 | program << 62;
  if (--left) goto *step[program & 3];
  return value;
}

struct bits { unsigned a : 3; signed b : 13; uint64_t c : 40; unsigned d : 8; signed e : 1; };

int main(int argc, char **argv) {
  rounds = argc > 1 ? atoi(argv[1]) : 200;
  int128();
  vectors();
  EACH("variable", ADD(variable("iqdliddddddddddqqqqqq", (int)next(), (long)next(), any_double(), 1.0L + i, (int)next(), 1., 2., 3., 4., 5.,
                                6., 7., 8., 9., any_double(), next(), next(), next(), next(), next(), next())));
  EACH("setjmp", { volatile int n = i; int r = setjmp(place); if (!r) depth(n % 50); ADD(r); ADD(n); });
  EACH("goto", ADD(machine(next())));
  EACH("fields", { struct bits x = {next(), next(), next(), next(), next()}; x.b += x.a; x.c *= x.d; ADD(x.b + 0); ADD(x.c + 0); ADD(x.e + 0); });
  EACH("switch", { int s = 0; switch (next() % 12) { case 0: s = 5; break; case 1: s = 9; case 2: s += 2; break; case 5: s = 77; break;
                   case 7: s = 3; break; case 8: s = 1; break; case 11: s = i; } ADD(s); });
  return 0;
}
