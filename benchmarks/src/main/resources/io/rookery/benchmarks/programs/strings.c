/* memcpy, memset, strlen, memchr, strcmp as the C library has them for this processor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  enum { BYTES = 1 << 16 };
  char *a = malloc(BYTES + 1), *b = malloc(BYTES + 1);
  unsigned long sum = 0;
  for (int round = atoi(argv[1]); round > 0; round--) {
    memset(a, 'a' + round % 20, BYTES);
    a[BYTES] = 0, a[BYTES - 1 - round % 1000] = 'z';
    memcpy(b, a, BYTES + 1);
    sum += strlen(b) + ((char *)memchr(b, 'z', BYTES) - b) + strcmp(a, b);
    for (int i = 0; i < BYTES - 100; i += 97) sum += memcmp(a + i, b + i, i % 90);
  }
  printf("%lu\n", sum);
  return 0;
}
