/* A small byte-code machine that counts Collatz steps: an indirect jump for each of its instructions. */
#include <stdio.h>
#include <stdlib.h>

enum { PUSH, LOAD, STORE, ADD, MUL, SHIFT, AND, LESS, JUMP, BRANCH, STOP };

static const int program[] = {
    /* 0: for the limit and all below it */ LOAD, 1, BRANCH, 5, STOP,
    /* 5: x */ LOAD, 1, STORE, 2,
    /* 9: until x is 1 */ PUSH, 1, LOAD, 2, LESS, BRANCH, 25,
    /* 16 */ LOAD, 1, PUSH, -1, ADD, STORE, 1, JUMP, 0,
    /* 25: a step */ LOAD, 3, PUSH, 1, ADD, STORE, 3, LOAD, 2, PUSH, 1, AND, BRANCH, 46,
    /* 39 */ LOAD, 2, SHIFT, STORE, 2, JUMP, 9,
    /* 46 */ LOAD, 2, PUSH, 3, MUL, PUSH, 1, ADD, STORE, 2, JUMP, 9};

static long run(long limit) {
  long stack[16], *top = stack, variables[4] = {0, limit, 0, 0};
  for (const int *at = program;;) {
    switch (*at++) {
      case PUSH: *top++ = *at++; break;
      case LOAD: *top++ = variables[*at++]; break;
      case STORE: variables[*at++] = *--top; break;
      case ADD: top--, top[-1] += *top; break;
      case MUL: top--, top[-1] *= *top; break;
      case SHIFT: top[-1] >>= 1; break;
      case AND: top--, top[-1] &= *top; break;
      case LESS: top--, top[-1] = top[-1] < *top; break;
      case JUMP: at = program + *at; break;
      case BRANCH: at = *--top ? program + *at : at + 1; break;
      default: return variables[3];
    }
  }
}

int main(int argc, char **argv) {
  printf("%ld\n", run(atol(argv[1])));
  return 0;
}
