/* Mappings. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints a call's result and, where it failed, its error. */
#define RESULT(what, call)                        \
  do {                                            \
    errno = 0;                                    \
    long result_ = (long)(call);                  \
    printf(what " %ld %d\n", result_, result_ < 0 ? errno : 0); \
  } while (0)

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static int is_error(void *p) { return p == MAP_FAILED ? errno : 0; }

static int works(volatile char *p) {
  pid_t child = fork();
  int st;
  if (child == 0) {
    *p = 1;
    _exit(0);
  }
  waitpid(child, &st, 0);
  return WIFEXITED(st) ? 0 : WTERMSIG(st);
}

static int deep(int n) {
  volatile char big[1000];
  big[0] = n;
  return n == 0 ? big[0] : deep(n - 1) + big[0] - (char)n;
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  printf("errors %d", is_error(mmap(0, 0, RW, ANON, -1, 0)));
  printf(" %d", is_error(mmap(0, PAGE, RW, MAP_ANONYMOUS, -1, 0)));
  printf(" %d", is_error(mmap(0, PAGE, RW, ANON, -1, 5)));
  printf(" %d", is_error(mmap(0, PAGE, RW, MAP_PRIVATE, -1, 0)));
  printf(" %d", is_error(mmap((void *)5, PAGE, RW, ANON | MAP_FIXED, -1, 0)));
  printf(" %d", is_error(mmap(0, -1UL, RW, ANON, -1, 0)));
  int fd = open("/dev/null", O_RDONLY);
  printf(" %d\n", is_error(mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0)));

  char *p = mmap(0, 4 * PAGE, RW, ANON, -1, 0);
  memset(p, 1, 4 * PAGE);
  printf("noreplace %d\n", is_error(mmap(p, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0)));
  mprotect(p + PAGE, PAGE, PROT_READ);
  printf("protected %d %d %d\n", works(p), works(p + PAGE), works(p + 2 * PAGE));
  munmap(p + PAGE, PAGE);
  printf("hole %d\n", works(p + PAGE));
  RESULT("mprotect", mprotect(p, 4 * PAGE, PROT_READ));
  printf("first part changed %d last not %d\n", works(p), works(p + 3 * PAGE));
  RESULT("munmap", munmap(p + 1, PAGE));
  printf("munmap %d\n", munmap(p, 4 * PAGE));
  RESULT("madvise", madvise(p, PAGE, MADV_DONTNEED));

  p = mmap(0, 2 * PAGE, RW, ANON, -1, 0);
  strcpy(p, "kept");
  p = mremap(p, 2 * PAGE, 1 << 20, MREMAP_MAYMOVE);
  printf("mremap %s %d\n", p, p[(1 << 20) - 1]);
  p = mremap(p, 1 << 20, PAGE, 0);
  printf("shrunk %s %d\n", p, works(p + PAGE));
  printf("mremap %d", is_error(mremap(p, PAGE, 0, 0)));
  printf(" %d\n", is_error(mremap((void *)(1L << 40), PAGE, 2 * PAGE, MREMAP_MAYMOVE)));
  madvise(p, PAGE, MADV_DONTNEED);
  printf("dropped %d\n", p[0]);

  p = mmap(0, 4 * PAGE, RW, ANON, -1, 0);
  memset(p, 1, 4 * PAGE);
  RESULT("dontfork", madvise(p + PAGE, PAGE, MADV_DONTFORK));
  RESULT("wipeonfork", madvise(p + 2 * PAGE, PAGE, MADV_WIPEONFORK));
  printf("child %d %d %d\n", works(p), works(p + PAGE), works(p + 2 * PAGE));
  if (fork() == 0) {
    printf("wiped %d %d\n", p[2 * PAGE], p[3 * PAGE]);
    p[2 * PAGE] = 7;
    if (fork() == 0) {
      printf("again %d\n", p[2 * PAGE]);
      _exit(0);
    }
    wait(0);
    _exit(0);
  }
  wait(0);
  RESULT("dofork", madvise(p, 4 * PAGE, MADV_DOFORK));
  RESULT("keeponfork", madvise(p, 4 * PAGE, MADV_KEEPONFORK));
  printf("child %d\n", works(p + PAGE));
  if (fork() == 0) {
    printf("kept %d\n", p[2 * PAGE]);
    _exit(0);
  }
  wait(0);
  munmap(p + 3 * PAGE, PAGE);
  RESULT("hole", madvise(p, 4 * PAGE, MADV_DONTFORK));
  printf("child %d\n", works(p));

  char name[] = "/tmp/memory.XXXXXX";
  fd = mkstemp(name);
  unlink(name);
  write(fd, "file contents", 13);
  char *shared = mmap(0, PAGE, RW, MAP_SHARED, fd, 0);
  char *private = mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0);
  private[0] = 'P';
  shared[1] = 'S';
  char text[14] = {0};
  pread(fd, text, 13, 0);
  printf("%s %.4s %.4s\n", text, shared, private);
  pwrite(fd, "Q", 1, 2);
  printf("%.4s %.4s tail %d\n", shared, private, shared[100]);
  if (fork() == 0) {
    shared[3] = 'C';
    private[3] = 'C';
    _exit(0);
  }
  wait(0);
  printf("%.4s %.4s\n", shared, private);
  printf("msync %d %d\n", msync(shared, PAGE, MS_SYNC), msync(shared, PAGE, MS_SYNC | MS_ASYNC));
  ftruncate(fd, 0);
  printf("truncated %d %d\n", works(shared), works(private) != 0);
  int ro = open("/proc/self/exe", O_RDONLY);
  printf("read-only %d", is_error(mmap(0, PAGE, RW, MAP_SHARED, ro, 0)));
  char *view = mmap(0, PAGE, PROT_READ, MAP_SHARED, ro, 0);
  printf(" %d %d %.3s\n", mprotect(view, PAGE, RW), errno, view + 1);

  RESULT("wipeonfork", madvise(private, PAGE, MADV_WIPEONFORK));
  RESULT("wipeonfork", madvise(shared, PAGE, MADV_WIPEONFORK));

  unsigned char resident[3];
  p = mmap(0, 3 * PAGE, RW, ANON, -1, 0);
  p[PAGE] = 1;
  printf("mincore %d", mincore(p, 3 * PAGE, resident));
  printf(" %d%d%d\n", resident[0] & 1, resident[1] & 1, resident[2] & 1);
  RESULT("mincore", mincore(p + 1, PAGE, resident));
  printf("mlock %d %d\n", mlock(p, PAGE), mlock((void *)(1L << 40), PAGE));

  char *heap = sbrk(0);
  printf("sbrk %d\n", sbrk(1 << 20) == heap);
  heap[0] = heap[(1 << 20) - 1] = 1;
  sbrk(-(1 << 20));
  printf("given back %d\n", works(heap + (1 << 19)));
  printf("stack %d\n", deep(4000));
  char *low = mmap(0, PAGE, RW, ANON | MAP_32BIT, -1, 0);
  printf("32 bit %d\n", (unsigned long)low < 1UL << 32);
#ifdef __x86_64__
  char *huge = mmap(0, 1L << 37, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
  printf("reservation %d", huge != MAP_FAILED);
  mprotect(huge + (1L << 36), PAGE, RW);
  huge[1L << 36] = 9;
  printf(" %d", huge[1L << 36]);
  printf(" %d\n", munmap(huge, 1L << 37));
#endif
  struct rlimit l = {1L << 30, RLIM_INFINITY};
  setrlimit(RLIMIT_AS, &l);
  printf("limit %d\n", is_error(mmap(0, 2L << 30, RW, ANON, -1, 0)));
  printf("heap %d\n", sbrk(1500 << 20) == (void *)-1);
  printf("small %d\n", sbrk(1 << 20) != (void *)-1);
  return 0;
}
