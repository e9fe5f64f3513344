/* A product of argv[1] x argv[1] matrices of doubles; gcc -O3 makes packed arithmetic of it. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  int n = atoi(argv[1]);
  double *a = malloc(8l * n * n), *b = malloc(8l * n * n), *c = calloc(n * n, 8), trace = 0;
  for (int i = 0; i < n * n; i++) a[i] = i % 17 / 3.0, b[i] = i % 13 / 7.0;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < n; k++)
      for (int j = 0; j < n; j++) c[i * n + j] += a[i * n + k] * b[k * n + j];
  for (int i = 0; i < n; i++) trace += c[i * n + i];
  printf("%.6f\n", trace);
  return 0;
}
