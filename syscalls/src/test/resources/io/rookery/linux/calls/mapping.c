/* Mapping memory, and its rights. */
#include "calls.h"

#include <fcntl.h>
#include <sys/resource.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)

static int file, reader, writer, dir, path, closed, pipes[2];

static char *map(long pages, int rights) {
  return mmap(0, pages * PAGE, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
}

#ifdef __x86_64__
static void low(void) {
  setgroups(0, 0);
  if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000)) _exit(1);
  CALL(mmap, "at the lowest address, as a user", NULL, PAGE, RW,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0L);
}

static void limited(void) {
  struct rlimit r = {64 << 20, 64 << 20};
  setrlimit(RLIMIT_AS, &r);
  CALL(mmap, "of more than the limit of memory", NULL, 100L << 20, RW, MAP_PRIVATE | MAP_ANONYMOUS,
       -1, 0L);
}

static void maps(void) {
  int any = MAP_PRIVATE | MAP_ANONYMOUS;
  CALL_OK(mmap, "of memory", NULL, PAGE, RW, any, -1, 0L);
  CALL_OK(mmap, "of memory to be shared", NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0L);
  CALL_OK(mmap, "of memory with a closed descriptor, which does not matter", NULL, PAGE, RW, any,
          closed, 0L);
  CALL_OK(mmap, "of a file", NULL, PAGE, RW, MAP_SHARED, file, 0L);
  CALL_OK(mmap, "of a file open for reading, privately", NULL, PAGE, RW, MAP_PRIVATE, reader, 0L);
  CALL_OK(mmap, "of no rights", NULL, PAGE, PROT_NONE, any, -1, 0L);
  CALL_OK(mmap, "of less than a page", NULL, 1, RW, any, -1, 0L);
  CALL_OK(mmap, "of memory at once, below four gigabytes", NULL, PAGE, RW,
          any | MAP_32BIT | MAP_POPULATE, -1, 0L);
  CALL(mmap, "of nothing", NULL, 0, RW, any, -1, 0L);
  CALL(mmap, "of more than there are addresses", NULL, 1L << 47, RW, any, -1, 0L);
  CALL(mmap, "of everything", NULL, (size_t)-1, RW, any, -1, 0L);
  CALL(mmap, "neither private nor shared", NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0L);
  CALL(mmap, "of a file, neither private nor shared", NULL, PAGE, RW, 0, file, 0L);
  CALL(mmap, "from the middle of a page", NULL, PAGE, RW, MAP_SHARED, file, 100);
  CALL(mmap, "from beyond all offsets", NULL, 2 * PAGE, RW, MAP_SHARED, file, -PAGE);
  CALL(mmap, "with flags that are none, to be checked", NULL, PAGE, RW,
       MAP_SHARED_VALIDATE | 1 << 25, file, 0L);
  CALL(mmap, "of memory with flags to be checked", NULL, PAGE, RW,
       MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0L);
  CALL_OK(mmap, "of a file with flags to be checked", NULL, PAGE, RW,
          MAP_SHARED_VALIDATE | MAP_POPULATE, file, 0L);
  CALL(mmap, "of a closed descriptor", NULL, PAGE, RW, MAP_SHARED, closed, 0L);
  CALL(mmap, "of an O_PATH descriptor", NULL, PAGE, RW, MAP_SHARED, path, 0L);
  CALL(mmap, "of a directory", NULL, PAGE, PROT_READ, MAP_SHARED, dir, 0L);
  CALL(mmap, "of a pipe", NULL, PAGE, PROT_READ, MAP_SHARED, pipes[0], 0L);
  CALL(mmap, "of a file open for writing", NULL, PAGE, PROT_WRITE, MAP_SHARED, writer, 0L);
  CALL(mmap, "of a file open for reading, to be written", NULL, PAGE, RW, MAP_SHARED, reader, 0L);
  char *p = map(4, RW);
  p[0] = 1;
  CALL(mmap, "at the middle of a page", p + 100, PAGE, RW, any | MAP_FIXED, -1, 0L);
  CALL(mmap, "at what is mapped, not to replace it", p, PAGE, RW, any | MAP_FIXED_NOREPLACE, -1,
       0L);
  CALL(mmap, "beyond all addresses", (void *)(1L << 47), PAGE, RW, any | MAP_FIXED, -1, 0L);
  EFFECT(mmap, "replaces what is mapped",
         mmap(p, PAGE, RW, any | MAP_FIXED, -1, 0L) == p ? p[0] : -1);
  munmap(p + PAGE, PAGE);
  EFFECT(mmap, "takes a free address as it is asked for",
         mmap(p + PAGE, PAGE, RW, any, -1, 0L) == p + PAGE);
  EFFECT(mmap, "takes another address where something is mapped",
         mmap(p, PAGE, RW, any, -1, 0L) == p);
  char *q = mmap(0, 2 * PAGE, RW, MAP_SHARED, file, 0L);
  q[0] = 'x';
  char c;
  EFFECT(mmap, "writes to a file what is shared", pread(file, &c, 1, 0) == 1 && c == 'x');
  EFFECT(mmap, "shows nothing behind a file's end", fault(q + 3000, 0));
  EFFECT(mmap, "faults on pages behind a file's end", fault(q + PAGE, 0));
  p = mmap(0, PAGE, RW, MAP_PRIVATE, file, 0L);
  p[0] = 'y';
  EFFECT(mmap, "keeps private what is written", q[0]);
  close(open("file", O_WRONLY | O_TRUNC));
  EFFECT(mmap, "faults when a file has become shorter", fault(q, 0));
  ftruncate(file, 3000);
  p = mmap(0, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0L);
  IN_CHILD(p[0] = 7);
  EFFECT(mmap, "shares memory with a child", p[0]);
  p = map(1, RW);
  IN_CHILD(p[0] = 7);
  EFFECT(mmap, "shares no private memory with a child", p[0]);
  EFFECT(mmap, "gives addresses below two gigabytes",
         (long)mmap(0, PAGE, RW, any | MAP_32BIT, -1, 0L) < 1L << 31);
  IN_CHILD(low());
  IN_CHILD(limited());
}
#else
static void maps(void) {
  unsigned arguments[] = {0, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0};
  CALL_OK(mmap, "of memory", arguments);
  CALL(mmap, "of arguments at an address that is none", (void *)8);
  arguments[1] = 0;
  CALL(mmap, "of nothing", arguments);
  arguments[1] = PAGE;
  arguments[5] = 100;
  CALL(mmap, "from the middle of a page", arguments);
  arguments[3] = MAP_SHARED;
  arguments[4] = closed;
  arguments[5] = 0;
  CALL(mmap, "of a closed descriptor", arguments);
  arguments[4] = dir;
  CALL(mmap, "of a directory", arguments);
  CALL_OK(mmap2, "of memory", NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
  CALL_OK(mmap2, "from pages behind the end", NULL, PAGE, RW, MAP_SHARED, file, 1 << 20);
  CALL(mmap2, "of nothing", NULL, 0, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
  CALL(mmap2, "of everything", NULL, (size_t)-1, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
  CALL(mmap2, "of a closed descriptor", NULL, PAGE, RW, MAP_SHARED, closed, 0L);
  CALL(mmap2, "of a directory", NULL, PAGE, PROT_READ, MAP_SHARED, dir, 0L);
  CALL(mmap2, "of a file open for writing", NULL, PAGE, PROT_WRITE, MAP_SHARED, writer, 0L);
}

static void limited(void) {}
#endif

static void rights(void) {
  char *p = map(4, RW);
  char *shared = mmap(0, PAGE, PROT_READ, MAP_SHARED, reader, 0L);
  CALL(mprotect, "to reading", p, PAGE, PROT_READ);
  EFFECT(mprotect, "faults on writing to what may be read", fault(p, 1));
  EFFECT(mprotect, "leaves the next page", fault(p + PAGE, 1));
  CALL(mprotect, "to nothing", p, PAGE, PROT_NONE);
  EFFECT(mprotect, "faults on reading what has no rights", fault(p, 0));
  CALL(mprotect, "to all rights", p, PAGE, RW | PROT_EXEC);
  EFFECT(mprotect, "gives rights back", fault(p, 1));
  CALL(mprotect, "of no bytes", p, 0, PROT_READ);
  CALL(mprotect, "of a byte", p + PAGE, 1, PROT_READ);
  EFFECT(mprotect, "changes whole pages", fault(p + PAGE + 4095, 1));
  CALL(mprotect, "at the middle of a page", p + 100, PAGE, PROT_READ);
  CALL(mprotect, "to rights that are none", p, PAGE, 0x100);
  CALL(mprotect, "to rights of semaphores", p, PAGE, PROT_READ | 8);
  CALL(mprotect, "to grow up and down", p, PAGE, PROT_READ | PROT_GROWSDOWN | PROT_GROWSUP);
  CALL(mprotect, "to grow down, of what does not", p, PAGE, PROT_READ | PROT_GROWSDOWN);
#ifdef __x86_64__
  CALL(mprotect, "of everything behind", p, (size_t)-PAGE, PROT_READ);
#endif
  munmap(p + 2 * PAGE, PAGE);
  CALL(mprotect, "of pages with a hole", p, 4 * PAGE, PROT_NONE);
  EFFECT(mprotect, "changes what is in front of a hole", fault(p, 0));
  EFFECT(mprotect, "leaves what is behind a hole", fault(p + 3 * PAGE, 1));
  CALL(mprotect, "of what is not mapped", p + 2 * PAGE, PAGE, PROT_READ);
  CALL(mprotect, "to writing, of a file open for reading", shared, PAGE, RW);

  p = map(2, RW);
  CALL(pkey_mprotect, "without a key", p, PAGE, PROT_READ, -1);
  EFFECT(pkey_mprotect, "changes the rights", fault(p, 1));
  CALL(pkey_mprotect, "of no bytes", p, 0, PROT_READ, -1);
  CALL(pkey_mprotect, "at the middle of a page", p + 100, PAGE, PROT_READ, -1);
  CALL(pkey_mprotect, "to rights that are none", p, PAGE, 0x100, -1);
  CALL(pkey_mprotect, "with a key beyond all", p, PAGE, PROT_READ, 100);
  CALL(pkey_mprotect, "with a key below all", p, PAGE, PROT_READ, -2);
  munmap(p, 2 * PAGE);
  CALL(pkey_mprotect, "of what is not mapped", p, PAGE, PROT_READ, -1);
}

static void unmaps(void) {
  char *p = map(5, RW);
  CALL(munmap, "of a page", p + PAGE, PAGE);
  EFFECT(munmap, "takes the page away", fault(p + PAGE, 0));
  EFFECT(munmap, "leaves the page in front", fault(p, 0));
  CALL(munmap, "of what is not mapped", p + PAGE, PAGE);
  CALL(munmap, "of pages with a hole", p, 3 * PAGE);
  EFFECT(munmap, "takes the pages behind a hole", fault(p + 2 * PAGE, 0));
  CALL(munmap, "of a byte", p + 3 * PAGE, 1);
  EFFECT(munmap, "takes whole pages", fault(p + 3 * PAGE + 100, 0));
  CALL(munmap, "of nothing", p, 0);
  CALL(munmap, "at the middle of a page", p + 100, PAGE);
  CALL(munmap, "of everything behind", p, (size_t)-PAGE);
  CALL(munmap, "beyond all addresses", (void *)-PAGE, PAGE);
  char *q = mmap(0, PAGE, RW, MAP_SHARED, file, 0L);
  CALL(munmap, "of a file", q, PAGE);
  EFFECT(munmap, "leaves the file open", fcntl(file, F_GETFD));
}

int main(void) {
  begin();
  const char *directory = own_directory();
  file = open("file", O_RDWR | O_CREAT, 0644);
  ftruncate(file, 3000);
  reader = open("file", O_RDONLY);
  writer = open("file", O_WRONLY);
  dir = open(".", O_RDONLY);
  path = open("file", O_PATH);
  pipe(pipes);
  closed = fcntl(file, F_DUPFD, 500); /* later descriptors are lower */
  close(closed);
  maps();
  rights();
  unmaps();
  remove_own_directory(directory);
  return 0;
}
