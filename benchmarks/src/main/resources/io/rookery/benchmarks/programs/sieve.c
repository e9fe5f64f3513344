/* Primes below argv[1], found argv[2] times over: byte loads and stores with strides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  int limit = atoi(argv[1]), rounds = atoi(argv[2]), count = 0;
  char *composite = malloc(limit);
  while (rounds-- > 0) {
    memset(composite, 0, limit);
    count = 0;
    for (int i = 2; i < limit; i++) {
      if (composite[i]) continue;
      count++;
      for (long j = (long)i * i; j < limit; j += i) composite[j] = 1;
    }
  }
  printf("%d\n", count);
  return 0;
}
