/* Loops that gcc vectorises for the processor it is told about. */
#include "inputs.h"

enum { N = 257 };

static double a[N], b[N], c[N];
static float f[N], g[N], h[N];
static int32_t i32[N], j32[N];
static int64_t i64[N], j64[N];
static uint16_t i16[N], j16[N];
static int8_t i8[N], j8[N];
static float matrix[3][24][24];

static void fill(void) {
  for (int n = 0; n < N; n++) {
    a[n] = any_double(), b[n] = any_double(), c[n] = any_double();
    f[n] = any_float(), g[n] = any_float(), h[n] = any_float();
    i32[n] = next(), j32[n] = next();
    i64[n] = next(), j64[n] = next();
    i16[n] = next(), j16[n] = next();
    i8[n] = next(), j8[n] = next();
  }
}

#define LOOP(name, array, ...)                      \
  for (int n = 0; n < N; n++) { __VA_ARGS__; }      \
  add(array, sizeof array);                         \
  show(name)

static void floating(void) {
  LOOP("axpy", c, c[n] = 1.5 * a[n] + b[n]);
  LOOP("axpyf", h, h[n] = f[n] * g[n] - h[n]);
  LOOP("negated", c, c[n] = -(a[n] * b[n]) - c[n]);
  LOOP("divide", c, c[n] = a[n] / b[n]);
  LOOP("sqrt", c, c[n] = __builtin_sqrt(__builtin_fabs(a[n])));
  LOOP("select", c, c[n] = a[n] < b[n] ? a[n] : c[n]);
  LOOP("maximum", h, h[n] = f[n] > g[n] ? f[n] : g[n]);
  LOOP("widen", c, c[n] = f[n] * (double)g[n]);
  LOOP("narrow", h, h[n] = (float)a[n] + (float)b[n]);
  LOOP("of int", c, c[n] = i32[n] * 0.25 + j32[n]);
  LOOP("to int", i32, i32[n] = (int)c[n]);
  LOOP("of uint", h, h[n] = (float)(uint32_t)j32[n]);
  LOOP("of int64", c, c[n] = (double)i64[n]);
  LOOP("floor", c, c[n] = __builtin_floor(a[n]) + __builtin_trunc(b[n]));
  LOOP("rint", h, h[n] = __builtin_rintf(f[n]) + __builtin_ceilf(g[n]));
  double s = 0;
  for (int n = 0; n < N; n++) s += isfinite(a[n]) ? a[n] : 0;
  ADD(s);
  show("sum");
}

static void integers(void) {
  LOOP("multiply", i32, i32[n] = i32[n] * j32[n] + n);
  LOOP("multiply64", i64, i64[n] = i64[n] * j64[n] - n);
  LOOP("high", i16, i16[n] = (uint32_t)i16[n] * j16[n] >> 16);
  LOOP("saturate", i8, { int s = i8[n] + j8[n]; i8[n] = s > 127 ? 127 : s < -128 ? -128 : s; });
  LOOP("average", i16, i16[n] = (i16[n] + j16[n] + 1) >> 1);
  LOOP("absolute", i32, i32[n] = abs(i32[n] >> 1) + abs(i8[n]));
  LOOP("shifts", i32, i32[n] = (uint32_t)i32[n] >> (j32[n] & 31));
  LOOP("arithmetic", i32, i32[n] = j32[n] >> (i32[n] & 31) ^ i32[n] << 3);
  LOOP("shifts64", i64, i64[n] = (uint64_t)i64[n] >> (j64[n] & 63) | j64[n] << (i64[n] & 63));
  LOOP("rotate", i32, i32[n] = i32[n] << 7 | (uint32_t)i32[n] >> 25);
  LOOP("swap", i64, i64[n] = __builtin_bswap64(i64[n] ^ j64[n]));
  LOOP("bits", i64, i64[n] += __builtin_popcountll(j64[n]) + __builtin_ctzll(j64[n] | 1ull << 63));
  LOOP("zeros", i64, i64[n] ^= __builtin_clzll(j64[n] | 1) + __builtin_ffsll(j64[n]));
  LOOP("and-not", i64, i64[n] = (~i64[n] & j64[n]) + (j64[n] & -j64[n]) + (i64[n] & (i64[n] - 1)));
  LOOP("compare", i64, i64[n] = i64[n] > j64[n] ? i64[n] : -1);
  LOOP("widen8", i32, i32[n] = i8[n] * j8[n] + (uint8_t)i8[n]);
  LOOP("narrow8", i8, i8[n] = i32[n] + j16[n]);
  LOOP("gather", c, c[n] = a[i16[n] % N] + b[(uint8_t)j8[n]]);
  LOOP("gather32", i32, i32[n] = j32[j16[n] % N] - i32[n]);
  LOOP("stride", h, h[n] = f[(n * 3) % N] - g[N - 1 - n]);
  int32_t s = 0, m = 0;
  for (int n = 0; n < N; n++) s += i8[n] * j8[n], m = m < j32[n] ? j32[n] : m;
  ADD(s);
  ADD(m);
  show("dot");
}

static void product(void) {
  for (int r = 0; r < 24; r++)
    for (int k = 0; k < 24; k++) matrix[0][r][k] = any_double(), matrix[1][r][k] = any_double();
  for (int r = 0; r < 24; r++)
    for (int k = 0; k < 24; k++)
      for (int n = 0; n < 24; n++) matrix[2][r][n] += matrix[0][r][k] * matrix[1][k][n];
  add(matrix[2], sizeof matrix[2]);
  show("matrix");
}

static void strings(void) {
  static char text[600], other[600];
  for (int n = 0; n < 600; n++) text[n] = 'a' + next() % 26;
  text[599] = 0;
  for (int n = 0; n < 100; n++) {
    unsigned at = next() % 300, length = next() % 290, to = next() % 300;
    memcpy(other + to, text + at, length);
    memmove(text + to, text + at, length < 299 - to ? length : 0);
    other[599] = 0;
    ADD((int)strlen(text + at));
    int sign = memcmp(text + at, other + to, length);
    ADD((sign > 0) - (sign < 0));
    char *found = memchr(text + at, 'q', length);
    ADD(found ? (int)(found - text) : -1);
    found = strrchr(other, 'z');
    ADD(found ? (int)(found - other) : -1);
    ADD((int)strspn(text + at, "abcdefghijklm"));
    found = strstr(text, "ab");
    ADD(found ? (int)(found - text) : -1);
  }
  add(text, sizeof text), add(other, sizeof other);
  show("strings");
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  while (rounds-- > 0) {
    fill();
    floating();
    integers();
    product();
    strings();
  }
  return 0;
}
