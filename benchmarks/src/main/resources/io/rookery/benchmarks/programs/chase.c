/* Follows pointers through argv[1] nodes in random order, argv[2] steps: loads that wait for each other. */
#include <stdio.h>
#include <stdlib.h>

struct node { struct node *next; long value; };

int main(int argc, char **argv) {
  long n = atol(argv[1]), sum = 0;
  struct node *nodes = malloc(n * sizeof *nodes);
  long *order = malloc(n * sizeof *order);
  unsigned long state = 88172645463325252ul;
  for (long i = 0; i < n; i++) order[i] = i;
  for (long i = n - 1; i > 0; i--) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    long j = state % (i + 1), kept = order[i];
    order[i] = order[j], order[j] = kept;
  }
  for (long i = 0; i < n; i++) {
    nodes[order[i]].next = &nodes[order[(i + 1) % n]];
    nodes[i].value = i;
  }
  struct node *at = nodes;
  for (long steps = atol(argv[2]); steps > 0; steps--, at = at->next) sum += at->value;
  printf("%ld\n", sum);
  return 0;
}
