/* Points of the Mandelbrot set on a grid of argv[1] x argv[1]: scalar doubles, a branch an iteration. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  int n = atoi(argv[1]);
  long total = 0;
  for (int py = 0; py < n; py++)
    for (int px = 0; px < n; px++) {
      double x = 0, y = 0, cx = 3.0 * px / n - 2, cy = 2.0 * py / n - 1;
      int i = 0;
      for (; i < 200 && x * x + y * y < 4; i++) {
        double t = x * x - y * y + cx;
        y = 2 * x * y + cy;
        x = t;
      }
      total += i;
    }
  printf("%ld\n", total);
  return 0;
}
