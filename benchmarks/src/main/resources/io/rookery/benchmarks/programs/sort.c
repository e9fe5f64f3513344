/* qsort(3) of pseudo-random numbers: indirect calls, branches nobody predicts. */
#include <stdio.h>
#include <stdlib.h>

static int compare(const void *a, const void *b) {
  unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  int n = atoi(argv[1]);
  unsigned *numbers = malloc(n * sizeof *numbers), state = 1;
  for (int i = 0; i < n; i++) numbers[i] = state = state * 1664525u + 1013904223u;
  qsort(numbers, n, sizeof *numbers, compare);
  printf("%u %u\n", numbers[0], numbers[n / 2]);
  return 0;
}
