/* Two bodies around a heavy one: scalar double arithmetic. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct body { double x, y, vx, vy, mass; };

int main(int argc, char **argv) {
  struct body bodies[3] = {{0, 0, 0, 0, 1000}, {10, 0, 0, 10, 1}, {0, 20, -7, 0, 2}};
  double step = 1e-4;
  for (int n = atoi(argv[1]); n > 0; n--) {
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) {
        if (i == j) continue;
        double dx = bodies[j].x - bodies[i].x, dy = bodies[j].y - bodies[i].y;
        double distance = sqrt(dx * dx + dy * dy);
        double pull = step * bodies[j].mass / (distance * distance * distance);
        bodies[i].vx += dx * pull;
        bodies[i].vy += dy * pull;
      }
    for (int i = 0; i < 3; i++) {
      bodies[i].x += step * bodies[i].vx;
      bodies[i].y += step * bodies[i].vy;
    }
  }
  printf("%.6f %.6f\n", bodies[1].x, bodies[2].y);
  return 0;
}
