/* argv[1] rounds of ten to twelve instructions each, in argv[2] threads at once: loads, stores, a branch, a call. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static long rounds;

static __attribute__((noinline)) uint64_t mix(uint64_t x) { return x ^ x >> 29; }

static void *work(void *result) {
  uint32_t table[256] = {0};
  uint64_t x = 1;
  for (long i = rounds; i > 0; i--) {
    x = mix(x * 6364136223846793005u + 1442695040888963407u);
    table[x & 255] += i;
  }
  for (int i = 0; i < 256; i++) x ^= table[i];
  *(uint64_t *)result = x;
  return 0;
}

int main(int argc, char **argv) {
  rounds = atol(argv[1]);
  int threads = atoi(argv[2]);
  pthread_t ids[64];
  uint64_t results[64], sum = 0;
  for (int i = 0; i < threads; i++) pthread_create(&ids[i], 0, work, &results[i]);
  for (int i = 0; i < threads; i++) pthread_join(ids[i], 0), sum += results[i];
  printf("%lx\n", sum);
  return 0;
}
