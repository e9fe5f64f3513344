/* Built with -fsanitize=address: what AddressSanitizer finds, in children of their own. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

const char *__asan_default_options(void) {
  return "detect_leaks=0:exitcode=3:symbolize=0:detect_stack_use_after_return=1";
}

static volatile char global[10];
static int *escaped;

static void heap_overflow(volatile int n) {
  volatile char *p = malloc(10);
  p[n + 10] = 1;
}

static void heap_after_free(volatile int n) {
  int *p = calloc(100, sizeof *p);
  free(p);
  printf("%d\n", p[n]);
}

static void stack_overflow(volatile int n) {
  char a[16];
  memset(a, n, n + 17);
}

static void global_overflow(volatile int n) { global[n + 10] = 1; }

static void twice_freed(volatile int n) {
  char *volatile p = malloc(n + 1);
  free(p);
  free(p);
}

__attribute__((noinline)) static void escape(void) {
  int local = 5;
  escaped = &local;
}

static void stack_after_return(volatile int n) {
  escape();
  printf("%d\n", escaped[n]);
}

static void no_address(volatile int n) { *(volatile int *)(long)n = 1; }

static void fine(volatile int n) {
  long sum = n;
  char *blocks[200];
  for (int i = 0; i < 200; i++) memset(blocks[i] = malloc(i * 50 + 1), i, i * 50 + 1);
  for (int i = 0; i < 200; i++) sum += blocks[i][i * 25];
  for (int i = 0; i < 200; i++) free(blocks[i]);
  char *big = malloc(50 << 20);
  big[49 << 20] = 1;
  big = realloc(big, 60 << 20);
  sum += big[49 << 20];
  free(big);
  char *mapped = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mapped[4096] = 2;
  printf("%ld\n", sum + mapped[4096]);
}

static void *in_thread(void *p) {
  char *q = strdup(p);
  q[0] = 'T';
  return q;
}

static void threads(volatile int n) {
  pthread_t t[4];
  for (int i = 0; i < 4; i++) pthread_create(t + i, 0, in_thread, "thread");
  for (int i = 0; i < 4; i++) {
    void *s;
    pthread_join(t[i], &s);
    puts(s);
    free(s);
  }
  exit(n + 7);
}

static void attempt(const char *what, void (*f)(volatile int)) {
  pid_t p = fork();
  if (p == 0) {
    freopen("/dev/null", "w", stderr);
    f(0);
    fflush(stdout);
    _exit(0);
  }
  int st;
  waitpid(p, &st, 0);
  printf("%s: exit %d signal %d\n", what, WEXITSTATUS(st), WTERMSIG(st));
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  attempt("nothing wrong", fine);
  attempt("threads", threads);
  attempt("heap overflow", heap_overflow);
  attempt("heap after free", heap_after_free);
  attempt("stack overflow", stack_overflow);
  attempt("global overflow", global_overflow);
  attempt("twice freed", twice_freed);
  attempt("stack after return", stack_after_return);
  attempt("no address", no_address);
  return 5;
}
