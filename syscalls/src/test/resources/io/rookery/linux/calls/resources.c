/* Limits of resources and what was used of them. Only limits that the program set are shown. */
#include "calls.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <time.h>

#define NONE 0x3ffffff /* more than any id */

typedef struct {
  unsigned long soft, hard;
} limit; /* of longs, as the older calls have it */

typedef struct {
  uint64_t soft, hard;
} limit64;

static void set(int resource, unsigned long soft, unsigned long hard) {
  limit l = {soft, hard};
  syscall(SYS_setrlimit, resource, &l);
}

/* The limits of files' sizes, which programs hardly meet: two digits each. */
static long sizes(int pid) {
  limit64 l = {};
  if (syscall(SYS_prlimit64, pid, RLIMIT_FSIZE, 0L, &l)) return -1;
  return (l.soft >> 20) * 100 + (l.hard >> 20);
}

static void *in_thread(void *unused) {
  limit l;
  CALL(getrlimit, "in a thread", RLIMIT_FSIZE, &l);
  EFFECT(getrlimit, "in a thread is the process's", l.soft / 1048576);
  set(RLIMIT_FSIZE, 20 << 20, 30 << 20);
  return unused;
}

static void asked_for(void) {
  limit l = {};
  set(RLIMIT_FSIZE, 30 << 20, 40 << 20);
  CALL(getrlimit, "of files' sizes", RLIMIT_FSIZE, &l);
  EFFECT(getrlimit, "of files' sizes, soft", l.soft);
  EFFECT(getrlimit, "of files' sizes, hard", l.hard);
  CALL(getrlimit, "of the last resource", RLIMIT_RTTIME, &l);
  CALL(getrlimit, "of one resource more", RLIMIT_RTTIME + 1, &l);
  CALL(getrlimit, "of a negative resource", -1, &l);
  CALL(getrlimit, "to an address that is none", RLIMIT_FSIZE, 8L);
  CALL(getrlimit, "to no address", RLIMIT_FSIZE, 0L);
  IN_CHILD({
    EFFECT(getrlimit, "in a child", syscall(SYS_getrlimit, RLIMIT_FSIZE, &l) ? -1 : l.soft);
    execl("/proc/self/exe", "resources", "", (char *)0);
  });
  pthread_t t;
  pthread_create(&t, 0, in_thread, 0);
  pthread_join(t, 0);
  EFFECT(setrlimit, "in a thread is the process's", sizes(0));
  set(RLIMIT_CORE, ~0UL, ~0UL);
  CALL(getrlimit, "of what has no bound", RLIMIT_CORE, &l);
#ifdef __i386__
  EFFECT(getrlimit, "of what has no bound, which the old call tells less of", l.soft);
  CALL(ugetrlimit, "of files' sizes", RLIMIT_FSIZE, &l);
  EFFECT(ugetrlimit, "of files' sizes, soft", l.soft);
  CALL(ugetrlimit, "of one resource more", RLIMIT_RTTIME + 1, &l);
  CALL(ugetrlimit, "to an address that is none", RLIMIT_FSIZE, 8L);
  CALL(ugetrlimit, "of what has no bound", RLIMIT_CORE, &l);
  EFFECT(ugetrlimit, "of what has no bound tells", l.soft);
#endif
}

static void changed(void) {
  limit l = {50 << 20, 60 << 20};
  CALL(setrlimit, "of files' sizes", RLIMIT_FSIZE, &l);
  EFFECT(setrlimit, "of files' sizes is seen", sizes(0));
  l.soft = 61 << 20;
  CALL(setrlimit, "of more than the hard one", RLIMIT_FSIZE, &l);
  CALL(setrlimit, "of one resource more", RLIMIT_RTTIME + 1, &l);
  CALL(setrlimit, "of a negative resource", -1, &l);
  CALL(setrlimit, "from an address that is none", RLIMIT_FSIZE, 8L);
  CALL(setrlimit, "from no address", RLIMIT_FSIZE, 0L);
  EFFECT(setrlimit, "that fails changes nothing", sizes(0));
  l.soft = l.hard = ~0UL;
  CALL(setrlimit, "of open files without a bound", RLIMIT_NOFILE, &l);
  IN_CHILD({
    setuid(77);
    l.hard = 61 << 20;
    l.soft = 1 << 20;
    CALL(setrlimit, "of another user to more", RLIMIT_FSIZE, &l);
    l.hard = 59 << 20;
    CALL(setrlimit, "of another user to less", RLIMIT_FSIZE, &l);
    l.soft = 59 << 20;
    CALL(setrlimit, "of another user up to the hard one", RLIMIT_FSIZE, &l);
  });
}

/* Writes beyond a limit, which is lifted again: it holds for what the program prints, too. */
static long limited(int fd, long most, size_t count) {
  set(RLIMIT_FSIZE, most, 60 << 20);
  long result = write(fd, "0123456789abcdef", count);
  int error = errno;
  set(RLIMIT_FSIZE, 60 << 20, 60 << 20);
  errno = error;
  return result;
}

static void enforced(void) {
  signal(SIGXFSZ, SIG_IGN);
  int fd = open("file", O_RDWR | O_CREAT, 0644);
  EFFECT(setrlimit, "of files' sizes cuts a write", limited(fd, 10, 16));
  EFFECT(setrlimit, "of files' sizes ends the next", limited(fd, 10, 1));
  EFFECT(setrlimit, "of files' sizes, lifted again", write(fd, "x", 1));
  set(RLIMIT_NOFILE, fd + 1, fd + 1);
  EFFECT(setrlimit, "of open files", dup(0));
  EFFECT(setrlimit, "of open files bounds what is asked for", dup2(0, fd + 1));
  set(RLIMIT_AS, 64 << 20, 64 << 20);
  EFFECT(setrlimit, "of memory",
         (long)mmap(0, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  set(RLIMIT_NPROC, 0, 0);
  setuid(77);
  EFFECT(setrlimit, "of processes", fork());
}

static void of_others(void) {
  limit64 l = {10 << 20, 20 << 20}, old = {};
  CALL(prlimit64, "that sets", 0, RLIMIT_FSIZE, &l, 0L);
  l.soft = 5 << 20;
  CALL(prlimit64, "that sets and tells the former one", 0, RLIMIT_FSIZE, &l, &old);
  EFFECT(prlimit64, "that sets and tells, the former", old.soft);
  EFFECT(prlimit64, "that sets and tells, the new", sizes(0));
  CALL(prlimit64, "in one place", 0, RLIMIT_FSIZE, &l, &l);
  CALL(prlimit64, "of nothing", 0, RLIMIT_FSIZE, 0L, 0L);
  CALL(prlimit64, "of no process", NONE, RLIMIT_FSIZE, 0L, &old);
  CALL(prlimit64, "of a negative process", -1, RLIMIT_FSIZE, 0L, &old);
  CALL(prlimit64, "of one resource more", 0, RLIMIT_RTTIME + 1, 0L, &old);
  CALL(prlimit64, "of a negative resource of no process", NONE, -1, 0L, &old);
  CALL(prlimit64, "from an address that is none", 0, RLIMIT_FSIZE, 8L, 0L);
  CALL(prlimit64, "to an address that is none", 0, RLIMIT_FSIZE, 0L, 8L);
  l = (limit64){2, 1};
  CALL(prlimit64, "of more than the hard one", 0, RLIMIT_FSIZE, &l, 0L);
  CALL(prlimit64, "of more than the hard one of no process", NONE, RLIMIT_FSIZE, &l, 0L);
  pid_t child = waiting_child();
  l = (limit64){3 << 20, 4 << 20};
  CALL(prlimit64, "of a child", child, RLIMIT_FSIZE, &l, &old);
  EFFECT(prlimit64, "of a child is seen", sizes(child));
  EFFECT(prlimit64, "of a child leaves the caller's", sizes(0));
  IN_CHILD({
    setuid(77);
    CALL(prlimit64, "of a stranger", child, RLIMIT_FSIZE, 0L, &old);
    CALL(prlimit64, "of the caller by its id", getpid(), RLIMIT_FSIZE, 0L, &old);
  });
  killed(child);
  CALL(prlimit64, "of a child that was waited for", child, RLIMIT_FSIZE, 0L, &old);
}

/* Works for a while of processor time. */
static void work(void) {
  struct timespec t;
  do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < 60);
}

/* The kernel's rusage is of longs; libc's is larger in 32-bit programs with 64-bit times. */
typedef struct {
  long user[2], system[2], rest[14];
} usage;

static long spent(int who) {
  usage u;
  if (syscall(SYS_getrusage, who, &u)) return -1;
  return (u.user[0] + u.system[0]) * 1000000L + u.user[1] + u.system[1];
}

static void *working(void *unused) {
  long before = spent(RUSAGE_THREAD);
  EFFECT(getrusage, "of a new thread is less than the process's", before < spent(RUSAGE_SELF));
  return unused;
}

static void used(void) {
  usage u;
  CALL(getrusage, "of the process", RUSAGE_SELF, &u);
  EFFECT(getrusage, "of the process, memory", u.rest[0] > 100);
  EFFECT(getrusage, "of the process, what is not counted", u.rest[1] + u.rest[2] + u.rest[3]);
  CALL(getrusage, "of the children", RUSAGE_CHILDREN, &u);
  CALL(getrusage, "of the thread", RUSAGE_THREAD, &u);
  CALL(getrusage, "of one more", RUSAGE_THREAD + 1, &u);
  CALL(getrusage, "of both, which the kernel knows only itself", -2, &u);
  CALL(getrusage, "to an address that is none", RUSAGE_SELF, 8L);
  CALL(getrusage, "to no address", RUSAGE_CHILDREN, 0L);
  long before = spent(RUSAGE_SELF);
  work();
  EFFECT(getrusage, "of the process grows", spent(RUSAGE_SELF) > before);
  EFFECT(getrusage, "of the children without such", spent(RUSAGE_CHILDREN));
  pthread_t t;
  pthread_create(&t, 0, working, 0);
  pthread_join(t, 0);
  IN_CHILD({
    EFFECT(getrusage, "in a child begins anew", spent(RUSAGE_SELF) < 50000);
    work();
  });
  EFFECT(getrusage, "of the children after one", spent(RUSAGE_CHILDREN) >= 40000);
}

static void ticks(void) {
  struct tms b = {};
  CALL_OK(times, "of the process", &b);
  EFFECT(times, "of the children without such", b.tms_cutime + b.tms_cstime);
  CALL_OK(times, "without an address", 0L);
  CALL(times, "to an address that is none", 8L);
  IN_CHILD({
    work();
    syscall(SYS_times, &b);
    EFFECT(times, "of the process grows", b.tms_utime + b.tms_stime >= 4);
    EFFECT(times, "in a child has no children", b.tms_cutime + b.tms_cstime);
  });
  syscall(SYS_times, &b);
  EFFECT(times, "of the children after one", b.tms_cutime + b.tms_cstime >= 4);
  long first = syscall(SYS_times, 0L);
  while (syscall(SYS_times, 0L) == first)
    ;
  EFFECT(times, "goes on", 1);
  EFFECT(times, "goes forth", syscall(SYS_times, 0L) - first > 0);
}

int main(int argc, char **argv) {
  begin();
  if (argc > 1) {
    EFFECT(getrlimit, "after exec", sizes(0));
    return 0;
  }
  IN_CHILD(asked_for());
  IN_CHILD(changed());
  IN_CHILD(of_others());
  IN_CHILD(used());
  IN_CHILD(ticks());
  const char *directory = own_directory();
  IN_CHILD(enforced());
  remove_own_directory(directory);
  return 0;
}
