/* What programs tell and ask about their memory: writing it back, presence, advice, locks. */
#include "calls.h"

#include <fcntl.h>
#include <sys/resource.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)

static int file;

static char *map(long pages) {
  return mmap(0, pages * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static char *shared(int flags, int fd) {
  return mmap(0, 2 * PAGE, RW, MAP_SHARED | flags, fd, 0);
}

static void syncs(void) {
  char *p = shared(0, file), *q = map(3);
  p[0] = 'a';
  CALL(msync, "of a file, at once", p, PAGE, MS_SYNC);
  CALL(msync, "of a file, later", p, PAGE, MS_ASYNC);
  CALL(msync, "of a file, with other mappings' contents", p, PAGE, MS_SYNC | MS_INVALIDATE);
  CALL(msync, "of a file, without flags", p, PAGE, 0);
  CALL(msync, "of memory", q, PAGE, MS_SYNC);
  CALL(msync, "of no bytes", p, 0, MS_SYNC);
  CALL(msync, "of a byte", p + PAGE, 1, MS_SYNC);
  CALL(msync, "at once and later", p, PAGE, MS_SYNC | MS_ASYNC);
  CALL(msync, "with a flag that is none", p, PAGE, 64);
#ifdef __x86_64__
  CALL(msync, "with bits above those of the flags", p, PAGE, 1L << 40);
#endif
  CALL(msync, "at the middle of a page", p + 100, PAGE, MS_SYNC);
  munmap(q + PAGE, PAGE);
  CALL(msync, "of pages with a hole", q, 3 * PAGE, MS_SYNC);
  CALL(msync, "of what is not mapped", q + PAGE, PAGE, MS_SYNC);
  CALL(msync, "of everything behind", p, (size_t)-PAGE, MS_SYNC);
  mlock(p, PAGE);
  CALL(msync, "of what is locked, with other mappings' contents", p, PAGE, MS_INVALIDATE);
  munlock(p, PAGE);
}

static void presence(void) {
  unsigned char v[8] = {0};
  char *p = map(4);
  p[PAGE] = 1;
  CALL(mincore, "of memory", p, 3 * PAGE, v);
  EFFECT(mincore, "tells which pages are there", (v[0] & 1) * 100 + (v[1] & 1) * 10 + (v[2] & 1));
  v[1] = 9;
  CALL(mincore, "of a byte", p + PAGE, 1, v);
  EFFECT(mincore, "tells of one page for a byte", (v[0] & 1) * 10 + v[1]);
  CALL(mincore, "of no bytes", p, 0, v);
  CALL(mincore, "at the middle of a page", p + 100, PAGE, v);
  CALL(mincore, "into an address that is none", p, PAGE, (void *)8);
  munmap(p + 2 * PAGE, PAGE);
  CALL(mincore, "of pages with a hole", p, 4 * PAGE, v);
  CALL(mincore, "of what is not mapped", p + 2 * PAGE, PAGE, v);
  CALL(mincore, "of everything behind", p, (size_t)-PAGE, v);
  char *q = shared(0, file);
  q[0] = 'b';
  CALL(mincore, "of a file", q, PAGE, v);
  EFFECT(mincore, "tells that a page of a file is there", v[0] & 1);
}

static int child_sees(char *p) {
  pid_t child = fork();
  if (child == 0) _exit(*(volatile char *)p);
  int status;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void advice(void) {
  char *p = map(4), *q = shared(0, file), *s = shared(MAP_ANONYMOUS, -1);
  unsigned char v[4];
  p[0] = 1;
  CALL(madvise, "of nothing special", p, PAGE, MADV_NORMAL);
  CALL(madvise, "of reading here and there", q, PAGE, MADV_RANDOM);
  CALL(madvise, "of reading on and on", q, PAGE, MADV_SEQUENTIAL);
  CALL(madvise, "of need of a file", q, PAGE, MADV_WILLNEED);
  CALL(madvise, "of no need of memory", p, PAGE, MADV_DONTNEED);
  EFFECT(madvise, "forgets private memory that is not needed", p[0]);
  q[0] = 'c';
  s[0] = 2;
  CALL(madvise, "of no need of a file", q, PAGE, MADV_DONTNEED);
  EFFECT(madvise, "keeps a file's contents", q[0]);
  CALL(madvise, "of no need of shared memory", s, PAGE, MADV_DONTNEED);
  EFFECT(madvise, "keeps shared memory", s[0]);
  char *private_file = mmap(0, PAGE, RW, MAP_PRIVATE, file, 0);
  private_file[0] = 'd';
  madvise(private_file, PAGE, MADV_DONTNEED);
  EFFECT(madvise, "brings a private mapping back to the file's contents", private_file[0]);
  CALL(madvise, "of freeing memory", p, PAGE, MADV_FREE);
  CALL(madvise, "of freeing a file", q, PAGE, MADV_FREE);
  CALL(madvise, "of removing private memory", p, PAGE, MADV_REMOVE);
  CALL(madvise, "of wiping for children", p, PAGE, MADV_WIPEONFORK);
  p[0] = 3;
  EFFECT(madvise, "wipes memory for children", child_sees(p));
  CALL(madvise, "of keeping for children", p, PAGE, MADV_KEEPONFORK);
  EFFECT(madvise, "keeps memory for children", child_sees(p));
  CALL(madvise, "of wiping a file for children", q, PAGE, MADV_WIPEONFORK);
  CALL(madvise, "of not giving to children", p, PAGE, MADV_DONTFORK);
  EFFECT(madvise, "gives nothing to children", child_sees(p));
  CALL(madvise, "of giving to children", p, PAGE, MADV_DOFORK);
  CALL(madvise, "of bringing pages in for reading", p + 2 * PAGE, PAGE, MADV_POPULATE_READ);
  CALL(madvise, "of bringing pages in for writing", p + 3 * PAGE, PAGE, MADV_POPULATE_WRITE);
  EFFECT(madvise, "brings pages in", mincore(p + 3 * PAGE, PAGE, v) ? -1 : v[0] & 1);
  CALL(madvise, "of no bytes", p, 0, MADV_NORMAL);
  CALL(madvise, "at the middle of a page", p + 100, PAGE, MADV_NORMAL);
  CALL(madvise, "that is none", p, PAGE, 1000);
  CALL(madvise, "that is none, of no bytes", p, 0, -1);
  CALL(madvise, "of less than no bytes", p, (size_t)-1, MADV_NORMAL);
  mprotect(p, PAGE, PROT_NONE);
  CALL(madvise, "of bringing in pages without rights", p, PAGE, MADV_POPULATE_READ);
  mprotect(p, PAGE, PROT_READ);
  CALL(madvise, "of bringing in pages to be read, for writing", p, PAGE, MADV_POPULATE_WRITE);
  munmap(p + PAGE, PAGE);
  CALL(madvise, "of pages with a hole", p, 3 * PAGE, MADV_NORMAL);
  p[2 * PAGE] = 4;
  CALL(madvise, "of no need of pages with a hole", p, 3 * PAGE, MADV_DONTNEED);
  EFFECT(madvise, "reaches what is behind a hole", p[2 * PAGE]);
  CALL(madvise, "of bringing in pages with a hole", p, 3 * PAGE, MADV_POPULATE_READ);
  CALL(madvise, "of what is not mapped", p + PAGE, PAGE, MADV_WILLNEED);
}

static void *in_thread(void *p) {
  CALL(munlock, "in another thread", p, PAGE);
  CALL(munlockall, "in a thread");
  return 0;
}

static void locks(void) {
  char *p = map(3);
  unsigned char v[4];
  CALL(mlock, "of memory", p, PAGE);
  EFFECT(mlock, "brings pages in", mincore(p, PAGE, v) ? -1 : v[0] & 1);
  CALL(mlock, "of what is locked", p, PAGE);
  CALL(mlock, "of bytes across two pages", p + PAGE - 1, 2);
  CALL(mlock, "of no bytes", p, 0);
  CALL(mlock2, "of memory", p, PAGE, 0);
  CALL(mlock2, "of memory, when it is used", p, PAGE, MLOCK_ONFAULT);
  CALL(mlock2, "with a flag that is none", p, PAGE, 2);
  CALL(mlock2, "of no bytes", p, 0, 0);
  CALL(madvise, "of no need of what is locked", p, PAGE, MADV_DONTNEED);
  CALL(madvise, "of freeing what is locked", p, PAGE, MADV_FREE);
  IN_CHILD(CALL(madvise, "of no need of what a parent has locked", p, PAGE, MADV_DONTNEED));
  CALL(munlock, "of what is locked", p, PAGE);
  CALL(madvise, "of no need of what was locked", p, PAGE, MADV_DONTNEED);
  CALL(munlock, "of what is not locked", p + 2 * PAGE, PAGE);
  CALL(munlock, "of a byte", p + 100, 1);
  CALL(munlock, "of no bytes", p, 0);
  CALL(mlock, "of memory, to be unlocked by a thread", p, PAGE);
  pthread_t thread;
  pthread_create(&thread, 0, in_thread, p);
  pthread_join(thread, 0);
  munmap(p + PAGE, PAGE);
  CALL(mlock, "of pages with a hole", p, 3 * PAGE);
  mprotect(p + 2 * PAGE, PAGE, PROT_NONE);
  CALL(mlock, "of pages without rights", p + 2 * PAGE, PAGE);
  CALL(mlock2, "of pages without rights, when they are used", p + 2 * PAGE, PAGE, MLOCK_ONFAULT);
  CALL(mlock, "of what is not mapped", p + PAGE, PAGE);
  CALL(mlock, "of everything behind", p, (size_t)-2 * PAGE);
  CALL(mlock2, "of pages with a hole", p, 3 * PAGE, 0);
  CALL(mlock2, "of what is not mapped", p + PAGE, PAGE, MLOCK_ONFAULT);
  CALL(munlock, "of pages with a hole", p, 3 * PAGE);
  CALL(munlock, "of what is not mapped", p + PAGE, PAGE);

  CALL(mlockall, "of what is there", MCL_CURRENT);
  CALL(mlockall, "of what will be", MCL_FUTURE);
  p = map(1);
  EFFECT(mlockall, "brings later pages in", mincore(p, PAGE, v) ? -1 : v[0] & 1);
  EFFECT(mlockall, "locks later memory", madvise(p, PAGE, MADV_DONTNEED));
  CALL(mlockall, "of both, when it is used", MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
  CALL(mlockall, "without flags", 0);
  CALL(mlockall, "with a flag that is none", 8);
  CALL(mlockall, "when it is used alone", MCL_ONFAULT);
  EFFECT(mlockall, "locks nothing that may not be used",
         mmap(0, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  CALL(munlockall, "of what is locked");
  EFFECT(munlockall, "unlocks later memory", madvise(map(1), PAGE, MADV_DONTNEED));
  CALL(munlockall, "of what is not locked");
  CALL(munlockall, "with arguments, which it has not", -1, -1);
  IN_CHILD(CALL(munlockall, "in a child"));
}

static void user_locks(void) {
  struct rlimit some = {16 * PAGE, 16 * PAGE}, none = {0, 0};
  char *p = map(100);
  setrlimit(RLIMIT_MEMLOCK, &some);
  setgroups(0, 0);
  if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000)) _exit(1);
  CALL(mlock, "as a user, within the limit", p, PAGE);
  CALL(munlock, "as a user", p, PAGE);
  CALL(mlock, "as a user, up to the limit", p, 16 * PAGE);
  CALL(mlock, "as a user, of what is locked, at the limit", p, PAGE);
  CALL(mlock, "as a user, of a page beyond the limit", p + 16 * PAGE, 1);
  EFFECT(mlock, "leaves nothing to be locked by mmap beyond the limit",
         (long)mmap(0, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0));
  munlock(p, 100 * PAGE);
  CALL(mlock2, "as a user, within the limit", p, PAGE, 0);
  CALL(munlockall, "as a user");
  CALL(mlock, "as a user, of more than the limit", p, 100 * PAGE);
  CALL(mlock2, "as a user, of more than the limit", p, 100 * PAGE, 0);
  CALL(mlockall, "as a user, of more than the limit", MCL_CURRENT);
  setrlimit(RLIMIT_MEMLOCK, &none);
  CALL(munlock, "as a user without the right to lock", p, PAGE);
  CALL(munlockall, "as a user without the right to lock");
  CALL(mlock, "as a user without the right to lock", p, PAGE);
  CALL(mlock2, "as a user without the right to lock", p, PAGE, 0);
  CALL(mlockall, "as a user without the right to lock", MCL_CURRENT);
}

int main(void) {
  begin();
  const char *directory = own_directory();
  file = open("file", O_RDWR | O_CREAT, 0644);
  ftruncate(file, 2 * PAGE);
  syncs();
  presence();
  advice();
  locks();
  IN_CHILD(user_locks());
  remove_own_directory(directory);
  return 0;
}
