// Does what flight recordings tell of: forks, sleeps, computes, rewrites code.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    _exit(3);
  }
  waitpid(child, &status, 0);
  struct timespec pause = {0, 50000000};
  nanosleep(&pause, NULL);
  volatile unsigned sum = 0;
  for (unsigned i = 0; i < 30000000; i++) {
    sum += i;
  }
  unsigned char *code =
      mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int result = 0;
  for (int i = 1; i <= 2; i++) {
    memcpy(code, "\xb8\x00\x00\x00\x00\xc3", 6);
    code[1] = i;
    result += ((int (*)(void))code)();
  }
  printf("%d %u %d\n", WEXITSTATUS(status), sum, result);
  return 0;
}
