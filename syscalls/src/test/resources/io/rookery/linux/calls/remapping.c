/* Moving and resizing mappings, and the heap's end. */
#include "calls.h"

#include <sys/resource.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)

static char *map(long pages) {
  return mmap(0, pages * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
}

static void moves(void) {
  char *p = map(6), *to = map(4);
  p[0] = 5;
  munmap(p + 2 * PAGE, 2 * PAGE);
  EFFECT(mremap, "shrinks in place", (char *)syscall(SYS_mremap, p, 2 * PAGE, PAGE, 0, 0) == p);
  EFFECT(mremap, "takes the rest away", fault(p + PAGE, 0));
  EFFECT(mremap, "grows in place where there is room",
         (char *)syscall(SYS_mremap, p, PAGE, 2 * PAGE, 0, 0) == p);
  CALL(mremap, "to more than there is room for", p, 2 * PAGE, 5 * PAGE, 0);
  CALL(mremap, "of less than all, to more", p, PAGE, 2 * PAGE, 0);
  EFFECT(mremap, "moves to where it is told",
         (char *)syscall(SYS_mremap, p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) ==
             to);
  EFFECT(mremap, "keeps the contents", to[0]);
  EFFECT(mremap, "leaves nothing at the old place", fault(p, 0));
  CALL_OK(mremap, "to a hundred pages anywhere", to, 2 * PAGE, 100 * PAGE, MREMAP_MAYMOVE);
  p = map(4);
  CALL(mremap, "to nothing", p, PAGE, 0, 0);
  CALL(mremap, "of nothing that is private", p, 0, PAGE, MREMAP_MAYMOVE);
  CALL(mremap, "at the middle of a page", p + 100, PAGE, PAGE, 0);
  CALL(mremap, "with flags that are none", p, PAGE, PAGE, 64);
  CALL(mremap, "to a place without leave to move", p, PAGE, PAGE, MREMAP_FIXED, to);
  CALL(mremap, "to the middle of a page", p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + 100);
  CALL(mremap, "over itself", p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + PAGE);
#ifdef __x86_64__
  CALL(mremap, "to everything", p, PAGE, (size_t)-1, MREMAP_MAYMOVE);
#endif
  munmap(p + PAGE, PAGE);
  CALL(mremap, "of what is not mapped", p + PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
  CALL(mremap, "of pages with a hole", p, 3 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
  p = map(2);
  p[0] = 6;
  char *q = (char *)syscall(SYS_mremap, p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
  EFFECT(mremap, "keeps the old place when it is told", q != p && q[0] == 6 ? p[0] : -1);
  CALL(mremap, "keeping the old place, to another size", p, PAGE, 2 * PAGE,
       MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
  p = mmap(0, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0L);
  q = (char *)syscall(SYS_mremap, p, 0, PAGE, MREMAP_MAYMOVE, 0);
  q[0] = 8;
  EFFECT(mremap, "doubles what is shared", p[0]);
}

static void heap(void) {
  long start = syscall(SYS_brk, 0), end = (start + PAGE - 1 & -PAGE) + 4 * PAGE;
  CALL_OK(brk, "of no address", 0);
  EFFECT(brk, "grows", syscall(SYS_brk, end) == end);
  EFFECT(brk, "gives zeroes", ((char *)end)[-1]);
  EFFECT(brk, "gives memory to be written", fault((char *)end - 1, 1));
  EFFECT(brk, "gives nothing behind", fault((char *)end, 0));
  ((char *)end)[-1] = 1;
  EFFECT(brk, "shrinks", syscall(SYS_brk, end - 2 * PAGE) == end - 2 * PAGE);
  EFFECT(brk, "takes memory away", fault((char *)end - 1, 0));
  EFFECT(brk, "gives zeroes again", syscall(SYS_brk, end) == end ? ((char *)end)[-1] : -1);
  EFFECT(brk, "takes an end in the middle of a page", syscall(SYS_brk, end - 100) == end - 100);
  EFFECT(brk, "stays where it is for an address below the heap",
         syscall(SYS_brk, PAGE) == end - 100);
  EFFECT(brk, "stays where it is for an address beyond all", syscall(SYS_brk, -PAGE) == end - 100);
  IN_CHILD(EFFECT(brk, "is the same in a child", syscall(SYS_brk, 0) == end - 100));
  mmap((void *)(end + 10 * PAGE), PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0L);
  EFFECT(brk, "does not grow into what is mapped", syscall(SYS_brk, end + 20 * PAGE) == end - 100);
  munmap((void *)(end + 10 * PAGE), PAGE);
  syscall(SYS_brk, start);
}

static void limited(void) {
  struct rlimit r = {64 << 20, 64 << 20};
  setrlimit(RLIMIT_AS, &r);
  char *p = map(4);
  CALL(mremap, "to more than the limit of memory", p, 4 * PAGE, 100L << 20, MREMAP_MAYMOVE);
  long end = syscall(SYS_brk, 0);
  EFFECT(brk, "grows by no more than the limit of memory",
         syscall(SYS_brk, end + (100L << 20)) == end);
  struct rlimit few = {16 * PAGE, 16 * PAGE};
  setrlimit(RLIMIT_DATA, &few);
  EFFECT(brk, "grows by no more than the limit of data", syscall(SYS_brk, end + 64 * PAGE) == end);
}

int main(void) {
  begin();
  moves();
  heap();
  IN_CHILD(limited());
  return 0;
}
