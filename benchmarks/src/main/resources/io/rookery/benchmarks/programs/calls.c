/* argv[1] rounds of system calls: none to speak of, a pipe there and back, a file's status, time. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int ends[2];
  long bytes = 0;
  char buffer[512] = {0};
  if (pipe(ends)) return 1;
  for (long i = atol(argv[1]); i > 0; i--) {
    struct stat status;
    struct timespec now;
    syscall(SYS_getppid);
    bytes += write(ends[1], buffer, sizeof buffer) + read(ends[0], buffer, sizeof buffer);
    bytes += fstat(ends[0], &status) + stat("/", &status) + clock_gettime(CLOCK_MONOTONIC, &now);
  }
  printf("%ld\n", bytes);
  return 0;
}
