/* Random inputs from a fixed seed, and checksums of results. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 0x9e3779b97f4a7c15u, checksum;

static inline uint64_t next(void) {
  seed ^= seed >> 12;
  seed ^= seed << 25;
  seed ^= seed >> 27;
  return seed * 0x2545f4914f6cdd1du;
}

static inline void add(const void *p, size_t n) {
  for (const uint8_t *b = p; n > 0; b++, n--) checksum = (checksum ^ *b) * 0x100000001b3u;
}

#define ADD(value)                                            \
  do {                                                        \
    __typeof__(value) result_ = (value);                      \
    add(&result_, sizeof result_);                            \
  } while (0)

/* The 80 bits of a long double; the rest is padding. */
static inline void add_long(long double x) { add(&x, 10); }

static void show(const char *name) {
  printf("%-14s %016llx\n", name, (unsigned long long)checksum);
  checksum = 0;
}

static inline double double_of(uint64_t bits) {
  double x;
  memcpy(&x, &bits, 8);
  return x;
}

static inline float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

/* Moderate numbers of both signs, integers, denormals, zeros, infinities, NaNs, any bits. */
static double any_double(void) {
  uint64_t r = next();
  uint64_t bits = next();
  switch (r & 15) {
    case 0: return double_of(bits);
    case 1: return (double)(int64_t)(bits >> (r >> 58) | 1);
    case 2: return double_of(bits & 0x800fffffffffffff);
    case 3: {
      static const double special[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1, -1, DBL_MAX, DBL_MIN,
                                       DBL_EPSILON, 0.5, M_PI, 0x1p52, 0x1p63, -0x1p31, 88.7};
      return special[bits & 15];
    }
    default:
      return double_of((bits & 0x800fffffffffffff) | (uint64_t)(1023 - 12 + (r >> 8) % 24) << 52);
  }
}

static float any_float(void) {
  uint64_t r = next();
  return (r & 7) == 0 ? float_of(r >> 32) : (float)any_double();
}

static long double any_long(void) {
  uint64_t r = next();
  long double x = any_double();
  if ((r & 3) == 0) return x;
  if ((r & 31) == 1) return ldexpl(x, (int)(r >> 8) % 16384);
  return x + x * (long double)(int64_t)next() * 0x1p-70L; /* more than a double holds */
}
