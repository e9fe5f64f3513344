/* N queens: recursion, bit operations, branches. */
#include <stdio.h>
#include <stdlib.h>

static unsigned all;

static long place(unsigned columns, unsigned left, unsigned right) {
  if (columns == all) return 1;
  long solutions = 0;
  for (unsigned open = all & ~(columns | left | right); open; open &= open - 1) {
    unsigned square = open & -open;
    solutions += place(columns | square, (left | square) << 1, (right | square) >> 1);
  }
  return solutions;
}

int main(int argc, char **argv) {
  all = (1u << atoi(argv[1])) - 1;
  printf("%ld\n", place(0, 0, 0));
  return 0;
}
