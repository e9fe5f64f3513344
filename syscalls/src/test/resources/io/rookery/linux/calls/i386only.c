/* Calls that only 32-bit programs have, and no other program here shows. */
#include "calls.h"

#include <fcntl.h>
#include <time.h>

static char name_too_long[5000];
static volatile int handled;

static void handle(int signal) { handled++; }

#ifdef __i386__
#include <asm/ldt.h>

struct timespec64 {
  int64_t seconds, nanos;
};

static void statuses(void) {
  short s[16];
  CALL(oldstat, "of a name that is not there", "missing", s);
  CALL(oldstat, "of an empty name", "", s);
  CALL(oldstat, "beyond a file", "file/x", s);
  CALL(oldstat, "of a name that is too long", name_too_long, s);
  CALL(oldstat, "through links that name each other", "loop/x", s);
  CALL(oldstat, "of a name at no address", (void *)8, s);
  CALL(oldlstat, "of a name that is not there", "missing", s);
  CALL(oldlstat, "of an empty name", "", s);
  CALL(oldlstat, "beyond a file", "file/x", s);
  CALL(oldlstat, "of a name that is too long", name_too_long, s);
  CALL(oldlstat, "through links that name each other", "loop/x", s);
  CALL(oldlstat, "of a name at no address", (void *)8, s);
  CALL(oldfstat, "of no descriptor", -1, s);
  CALL(oldfstat, "of the largest number", 0x7fffffff, s);
  int fd = open("file", O_RDONLY);
  close(fd);
  CALL(oldfstat, "of a closed descriptor", fd, s);
}

static void unmounting(void) {
  CALL(umount, "of what is not there", "missing");
  CALL(umount, "of an empty name", "");
  CALL(umount, "where nothing is mounted", "directory");
  CALL(umount, "of a file", "file");
  CALL(umount, "beyond a file", "file/x");
  CALL(umount, "of a name that is too long", name_too_long);
  CALL(umount, "of a name at no address", (void *)8);
  IN_CHILD(become(1000); CALL(umount, "as a user", "directory"));
}

static void suspending(void) {
  sigset_t usr1, before, after;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  signal(SIGUSR1, handle);
  sigprocmask(SIG_BLOCK, &usr1, &before);
  raise(SIGUSR1);
  handled = 0;
  CALL(sigsuspend, "with a signal that waits", 0, 0, 0);
  EFFECT(sigsuspend, "the handler has run", handled);
  sigprocmask(SIG_BLOCK, 0, &after);
  EFFECT(sigsuspend, "the mask is as before", sigismember(&after, SIGUSR1));
  int status;
  pid_t child = fork();
  if (child == 0) {
    signal(SIGUSR1, SIG_DFL);
    raise(SIGUSR1);
    syscall(SYS_sigsuspend, 0, 0, 0);
    _exit(1);
  }
  waitpid(child, &status, 0);
  EFFECT(sigsuspend, "with a signal that ends the process", WTERMSIG(status));
  sigprocmask(SIG_SETMASK, &before, 0);
}

/* A handler without SA_SIGINFO returns by it. */
static void returning(void) {
  struct sigaction a = {.sa_handler = handle};
  sigset_t now;
  sigaddset(&a.sa_mask, SIGUSR2);
  sigaction(SIGUSR1, &a, 0);
  handled = 0;
  int sum = 0;
  for (int i = 0; i < 10; i++) {
    raise(SIGUSR1);
    sum += i;
  }
  EFFECT(sigreturn, "ten handlers", handled);
  EFFECT(sigreturn, "to where the signal came", sum);
  sigprocmask(SIG_BLOCK, 0, &now);
  EFFECT(sigreturn, "the signal is open again", sigismember(&now, SIGUSR1));
  EFFECT(sigreturn, "its mask is gone", sigismember(&now, SIGUSR2));
}

static void listing(void) {
  struct {
    unsigned long inode, offset;
    unsigned short length;
    char name[300];
  } e;
  int dir = open("directory", O_RDONLY), file = open("file", O_RDONLY), named = 0, many = 0;
  CALL(readdir, "the first name", dir, &e, 1);
  EFFECT(readdir, "its length", e.length == strlen(e.name));
  while (syscall(SYS_readdir, dir, &e, 1) == 1) {
    many++;
    named += !strcmp(e.name, "entry");
  }
  EFFECT(readdir, "as many others", many);
  EFFECT(readdir, "a name that is there", named);
  CALL(readdir, "at the end", dir, &e, 1);
  lseek(dir, 0, SEEK_SET);
  CALL(readdir, "to an address that is none", dir, (void *)8, 1);
  CALL(readdir, "of a file", file, &e, 1);
  CALL(readdir, "of no descriptor", -1, &e, 1);
}

static void areas(void) {
  struct user_desc d = {.entry_number = -1, .base_addr = 0x1000, .limit = 0xfffff, .seg_32bit = 1,
                        .limit_in_pages = 1, .useable = 1}, got = {0}, none = d;
  CALL(set_thread_area, "in a free entry", &d);
  EFFECT(set_thread_area, "the entry is told", d.entry_number != -1);
  got.entry_number = d.entry_number;
  CALL(get_thread_area, "of that entry", &got);
  EFFECT(get_thread_area, "its base", got.base_addr);
  EFFECT(get_thread_area, "its limit", got.limit);
  d.base_addr = 0x2000;
  CALL(set_thread_area, "in the same entry", &d);
  syscall(SYS_get_thread_area, &got);
  EFFECT(get_thread_area, "its new base", got.base_addr);
  none.entry_number = 3;
  CALL(set_thread_area, "in an entry that is none", &none);
  CALL(get_thread_area, "of an entry that is none", &none);
  CALL(set_thread_area, "at an address that is none", (void *)8);
  CALL(get_thread_area, "at an address that is none", (void *)8);
}

static void clocks(void) {
  char x[256] = {0};
  CALL(clock_adjtime64, "of a clock that is none", 1000, x);
  CALL(clock_adjtime64, "of a clock that cannot be set", CLOCK_MONOTONIC, x);
  CALL(clock_adjtime64, "at an address that is none", CLOCK_REALTIME, (void *)8);

  struct timespec64 t[2] = {{0, 0}, {1000, 0}}, old[2], got[2];
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
  int timer;
  syscall(SYS_timer_create, CLOCK_MONOTONIC, &e, &timer);
  CALL(timer_settime64, "of a timer", timer, 0, t, 0);
  CALL(timer_gettime64, "of a timer that runs", timer, got);
  EFFECT(timer_gettime64, "what is left", got[1].seconds > 900 && got[1].seconds <= 1000);
  EFFECT(timer_gettime64, "its interval", got[0].seconds);
  t[0].seconds = 7;
  CALL(timer_settime64, "telling what was left", timer, 0, t, old);
  EFFECT(timer_settime64, "what was left", old[1].seconds > 900 && old[1].seconds <= 1000);
  syscall(SYS_timer_gettime64, timer, got);
  EFFECT(timer_gettime64, "its new interval", got[0].seconds);
  t[1].nanos = 1000000000;
  CALL(timer_settime64, "with too many nanoseconds", timer, 0, t, 0);
  t[1].nanos = 0;
  CALL(timer_settime64, "of a timer that is none", timer + 7, 0, t, 0);
  CALL(timer_settime64, "from an address that is none", timer, 0, (void *)8, 0);
  CALL(timer_settime64, "without a value", timer, 0, 0, 0);
  t[1].seconds = 0;
  CALL(timer_settime64, "disarming", timer, 0, t, 0);
  CALL(timer_gettime64, "of a timer that is disarmed", timer, got);
  EFFECT(timer_gettime64, "nothing is left", got[1].seconds);
  CALL(timer_gettime64, "of a timer that is none", timer + 7, got);
  CALL(timer_gettime64, "to an address that is none", timer, (void *)8);
}

static void awaiting(void) {
  uint64_t usr1 = 1ULL << (SIGUSR1 - 1);
  struct timespec64 none = {0, 0}, bad = {0, 1000000000}, negative = {-1, 0};
  siginfo_t info;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, 0);
  CALL(rt_sigtimedwait_time64, "for nothing", &usr1, &info, &none, 8);
  raise(SIGUSR1);
  CALL(rt_sigtimedwait_time64, "for a signal that waits", &usr1, &info, &none, 8);
  EFFECT(rt_sigtimedwait_time64, "its number", info.si_signo);
  EFFECT(rt_sigtimedwait_time64, "its code", info.si_code);
  raise(SIGUSR1);
  CALL(rt_sigtimedwait_time64, "without an end", &usr1, 0, 0, 8);
  CALL(rt_sigtimedwait_time64, "with too many nanoseconds", &usr1, &info, &bad, 8);
  CALL(rt_sigtimedwait_time64, "for a negative time", &usr1, &info, &negative, 8);
  CALL(rt_sigtimedwait_time64, "with a set of another size", &usr1, &info, &none, 4);
  CALL(rt_sigtimedwait_time64, "with a set at no address", (void *)8, &info, &none, 8);
  CALL(rt_sigtimedwait_time64, "with a time at no address", &usr1, &info, (void *)8, 8);
}
#endif

int main(void) {
  begin();
  const char *own = own_directory();
  memset(name_too_long, 'a', sizeof name_too_long - 1);
  close(open("file", O_CREAT | O_WRONLY, 0644));
  mkdir("directory", 0755);
  close(open("directory/entry", O_CREAT | O_WRONLY, 0644));
  symlink("loop", "loop");
#ifdef __i386__
  statuses();
  unmounting();
  suspending();
  returning();
  listing();
  areas();
  clocks();
  awaiting();
#endif
  remove_own_directory(own);
  return 0;
}
