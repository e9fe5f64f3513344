/* POSIX message queues. */
#include "calls.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

/* Structures as the calls have them. */
struct attributes {
  long flags, most, size, count, reserved[4];
};

struct time {
  long seconds, nanos;
};

struct time64 {
  int64_t seconds, nanos;
};

static char name[64];

static int opened(int flags, long most, long size) {
  struct attributes a = {0, most, size};
  return syscall(SYS_mq_open, name, flags, 0600, &a);
}

static int unlinked(void) { return syscall(SYS_mq_unlink, name); }

static int put(int q, const char *text, unsigned priority) {
  return syscall(SYS_mq_timedsend, q, text, strlen(text), priority, 0L);
}

static struct attributes attributes(int q) {
  struct attributes a = {-1, -1, -1, -1};
  syscall(SYS_mq_getsetattr, q, 0L, &a);
  return a;
}

static void opening(void) {
  struct attributes few = {0, 2, 16}, none = {0, 0, 16}, empty = {0, 2, 0}, minus = {0, -1, 16};
  struct attributes many = {0, 65537, 16};
  char longest[300];
  memset(longest, 'x', 299);
  longest[299] = 0;
  CALL(mq_open, "of a name that nobody has", name, O_RDWR, 0600, 0L);
  CALL(mq_open, "of an empty name", "", O_CREAT | O_RDWR, 0600, 0L);
  CALL(mq_open, "of a name with a slash", "a/b", O_CREAT | O_RDWR, 0600, 0L);
  CALL(mq_open, "of a name too long", longest, O_CREAT | O_RDWR, 0600, 0L);
  CALL(mq_open, "of a name at no address", 8L, O_CREAT | O_RDWR, 0600, 0L);
  CALL(mq_open, "for no messages", name, O_CREAT | O_RDWR, 0600, &none);
  CALL(mq_open, "for messages of no bytes", name, O_CREAT | O_RDWR, 0600, &empty);
  CALL(mq_open, "for fewer than none", name, O_CREAT | O_RDWR, 0600, &minus);
  CALL(mq_open, "for more than there could be", name, O_CREAT | O_RDWR, 0600, &many);
  CALL(mq_open, "of attributes at no address", name, O_CREAT | O_RDWR, 0600, 8L);
  umask(027);
  int q = CALL_OK(mq_open, "that makes one", name, O_CREAT | O_EXCL | O_RDWR, 0666, &few);
  umask(022);
  EFFECT(mq_open, "what it holds", attributes(q).most * 100 + attributes(q).size);
  EFFECT(mq_open, "closed by exec", fcntl(q, F_GETFD));
  struct stat s;
  fstat(q, &s);
  EFFECT(mq_open, "mode", s.st_mode);
  EFFECT(mq_open, "owner", s.st_uid == getuid() && s.st_gid == getgid());
  CALL(mq_open, "exclusively of one that is there", name, O_CREAT | O_EXCL | O_RDWR, 0600, 0L);
  int again = CALL_OK(mq_open, "of one that is there", name, O_CREAT | O_RDWR, 0600, &many);
  EFFECT(mq_open, "of one that is there: holds what it did", attributes(again).most);
  IN_CHILD(become(1234); CALL(mq_open, "by a user without rights", name, O_RDONLY, 0, 0L));
  close(again);
  close(q);
  unlinked();
  IN_CHILD(struct rlimit r = {1000, 1000}; setrlimit(RLIMIT_MSGQUEUE, &r);
           CALL(mq_open, "beyond RLIMIT_MSGQUEUE", name, O_CREAT | O_RDWR, 0600, 0L));
  IN_CHILD(struct rlimit r = {3, 3}; setrlimit(RLIMIT_NOFILE, &r);
           CALL(mq_open, "without a descriptor left", name, O_CREAT | O_RDWR, 0600, &few));
  EFFECT(mq_open, "without a descriptor left: is there", unlinked());
}

static void unlinking(void) {
  int q = opened(O_CREAT | O_RDWR, 2, 16);
  char b[16];
  IN_CHILD(become(1234); CALL(mq_unlink, "by a stranger", name));
  CALL(mq_unlink, "of one that is there", name);
  CALL(mq_unlink, "of one that is not", name);
  CALL(mq_unlink, "of an empty name", "");
  CALL(mq_unlink, "of a name with a slash", "a/b");
  CALL(mq_unlink, "of the directory itself", ".");
  CALL(mq_unlink, "of a name at no address", 8L);
  EFFECT(mq_unlink, "of one that is open: it goes on", put(q, "x", 0));
  struct stat s;
  fstat(q, &s);
  EFFECT(mq_unlink, "of one that is open: links", s.st_nlink);
  int other = opened(O_CREAT | O_RDWR, 3, 16);
  EFFECT(mq_unlink, "frees the name", attributes(other).most * 10 + attributes(other).count);
  close(q);
  close(other);
  unlinked();
}

static void sending(void) {
  int q = opened(O_CREAT | O_RDWR, 3, 16), reader = opened(O_RDONLY, 0, 0);
  struct time past = {1, 0}, bad = {1, 1000000000}, negative = {-1, 0};
  CALL(mq_timedsend, "of three bytes", q, "low", 3L, 1, 0L);
  CALL(mq_timedsend, "of no bytes", q, "", 0L, 5, 0L);
  CALL(mq_timedsend, "of the highest priority", q, "high", 4L, 32767, 0L);
  EFFECT(mq_timedsend, "counts", attributes(q).count);
  CALL(mq_timedsend, "of more than the highest", q, "high", 4L, 32768, 0L);
  CALL(mq_timedsend, "of more bytes than fit", q, "seventeen letters", 17L, 0, 0L);
  CALL(mq_timedsend, "when full, the time has passed", q, "x", 1L, 0, &past);
  CALL(mq_timedsend, "of a second in nanoseconds", q, "x", 1L, 0, &bad);
  CALL(mq_timedsend, "of a time before all", q, "x", 1L, 0, &negative);
  CALL(mq_timedsend, "with a time at no address", q, "x", 1L, 0, 8L);
  struct attributes blocking = {0}, not = {O_NONBLOCK};
  syscall(SYS_mq_getsetattr, q, &not, 0L);
  CALL(mq_timedsend, "when full, without waiting", q, "x", 1L, 0, 0L);
  syscall(SYS_mq_getsetattr, q, &blocking, 0L);
  CALL(mq_timedsend, "to one open for reading", reader, "x", 1L, 0, 0L);
  CALL(mq_timedsend, "to no queue", 0, "x", 1L, 0, 0L);
  CALL(mq_timedsend, "to no descriptor", -1, "x", 1L, 0, 0L);
  pid_t child = fork();
  if (child == 0) _exit(put(q, "last", 0) ? errno : 100);
  asleep(child);
  char b[16];
  syscall(SYS_mq_timedreceive, q, b, 16L, 0L, 0L);
  EFFECT(mq_timedsend, "ends when there is room", end(child));
  syscall(SYS_mq_timedreceive, q, b, 16L, 0L, 0L);
  CALL(mq_timedsend, "from no address", q, 8L, 4L, 0, 0L);
  CALL(mq_timedsend, "with room, the time has passed", q, "x", 1L, 0, &past);
#ifdef __i386__
  struct time64 gone = {1, 0}, wrong = {1, 1000000000}, late = {1LL << 33, 0};
  CALL(mq_timedsend_time64, "when full, the time has passed", q, "x", 1L, 0, &gone);
  CALL(mq_timedsend_time64, "of a second in nanoseconds", q, "x", 1L, 0, &wrong);
  CALL(mq_timedsend_time64, "of more than the highest priority", q, "x", 1L, 32768, 0L);
  CALL(mq_timedsend_time64, "to one open for reading", reader, "x", 1L, 0, 0L);
  CALL(mq_timedsend_time64, "to no queue", 0, "x", 1L, 0, 0L);
  syscall(SYS_mq_timedreceive, q, b, 16L, 0L, 0L);
  CALL(mq_timedsend_time64, "with a time far away", q, "x", 1L, 0, &late);
  EFFECT(mq_timedsend_time64, "counts", attributes(q).count);
#endif
  close(q);
  close(reader);
  unlinked();
}

static void nothing(int s) {}

static void receiving(void) {
  int q = opened(O_CREAT | O_RDWR, 4, 16), writer = opened(O_WRONLY, 0, 0);
  struct time past = {1, 0}, bad = {1, 1000000000};
  char b[20];
  unsigned priority = 99;
  put(q, "low", 1);
  put(q, "high!", 9);
  put(q, "low again", 1);
  CALL(mq_timedreceive, "of the highest priority", q, b, 16L, &priority, 0L);
  EFFECT(mq_timedreceive, "of the highest priority: text", strncmp(b, "high!", 5));
  EFFECT(mq_timedreceive, "of the highest priority: which", priority);
  CALL(mq_timedreceive, "the older one of two", q, b, 16L, &priority, 0L);
  CALL(mq_timedreceive, "into less room than needed", q, b, 15L, &priority, 0L);
  CALL(mq_timedreceive, "into more room than needed", q, b, 20L, 0L, &past);
  CALL(mq_timedreceive, "when empty, the time has passed", q, b, 16L, 0L, &past);
  CALL(mq_timedreceive, "of a second in nanoseconds", q, b, 16L, 0L, &bad);
  CALL(mq_timedreceive, "with a time at no address", q, b, 16L, 0L, 8L);
  CALL(mq_timedreceive, "from one open for writing", writer, b, 16L, 0L, 0L);
  CALL(mq_timedreceive, "from no queue", 0, b, 16L, 0L, 0L);
  put(q, "lost", 1);
  CALL(mq_timedreceive, "to no address", q, 8L, 16L, 0L, 0L);
  EFFECT(mq_timedreceive, "to no address: is lost", attributes(q).count);
  pid_t child = fork();
  if (child == 0) _exit(syscall(SYS_mq_timedreceive, q, b, 16L, 0L, 0L));
  asleep(child);
  put(writer, "six...", 0);
  EFFECT(mq_timedreceive, "ends when there is one", end(child));
  struct sigaction s = {.sa_handler = nothing};
  sigaction(SIGUSR1, &s, 0);
  child = fork();
  if (child == 0) _exit(syscall(SYS_mq_timedreceive, q, b, 16L, 0L, 0L) < 0 ? errno : 100);
  asleep(child);
  kill(child, SIGUSR1);
  EFFECT(mq_timedreceive, "interrupted", end(child) == EINTR);
#ifdef __i386__
  struct time64 gone = {1, 0}, wrong = {1, 1000000000}, late = {1LL << 33, 0};
  put(q, "six...", 3);
  CALL(mq_timedreceive_time64, "with a time far away", q, b, 16L, &priority, &late);
  EFFECT(mq_timedreceive_time64, "the priority", priority);
  CALL(mq_timedreceive_time64, "when empty, the time has passed", q, b, 16L, 0L, &gone);
  CALL(mq_timedreceive_time64, "of a second in nanoseconds", q, b, 16L, 0L, &wrong);
  CALL(mq_timedreceive_time64, "into less room than needed", q, b, 15L, 0L, 0L);
  CALL(mq_timedreceive_time64, "from one open for writing", writer, b, 16L, 0L, 0L);
  CALL(mq_timedreceive_time64, "from no queue", 0, b, 16L, 0L, 0L);
#endif
  close(q);
  close(writer);
  unlinked();
}

static volatile int told;

static void tell(int s, siginfo_t *i, void *c) {
  told += i->si_code == SI_MESGQ && i->si_pid == getpid() && i->si_value.sival_int == 42 ? 1 : 100;
}

static void notifying(void) {
  int q = opened(O_CREAT | O_RDWR | O_NONBLOCK, 4, 16), stream = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sigaction s = {.sa_sigaction = tell, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &s, 0);
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  char b[16];
  e.sigev_value.sival_int = 42;
  CALL(mq_notify, "by a signal", q, &e);
  CALL(mq_notify, "twice", q, &e);
  IN_CHILD(CALL(mq_notify, "by another process", q, &e);
           CALL(mq_notify, "taken back by another process", q, 0L));
  put(q, "x", 0);
  EFFECT(mq_notify, "a signal comes", told);
  syscall(SYS_mq_timedreceive, q, b, 16L, 0L, 0L);
  put(q, "y", 0);
  EFFECT(mq_notify, "once", told);
  CALL(mq_notify, "of a queue that is not empty", q, &e);
  put(q, "z", 0);
  EFFECT(mq_notify, "of a queue that is not empty: none comes", told);
  CALL(mq_notify, "taken back", q, 0L);
  CALL(mq_notify, "taken back again", q, 0L);
  e.sigev_notify = SIGEV_NONE;
  CALL(mq_notify, "by nothing", q, &e);
  syscall(SYS_mq_notify, q, 0L);
  e.sigev_notify = 99;
  CALL(mq_notify, "by what is not known", q, &e);
  e.sigev_notify = SIGEV_SIGNAL;
  e.sigev_signo = 65;
  CALL(mq_notify, "by a signal that is none", q, &e);
  CALL(mq_notify, "of no queue", 0, &e);
  CALL(mq_notify, "of no descriptor", -1, 0L);
  CALL(mq_notify, "with an event at no address", q, 8L);
  e.sigev_notify = SIGEV_THREAD;
  e.sigev_signo = stream;
  e.sigev_value.sival_ptr = b;
  CALL(mq_notify, "through a socket of another kind", q, &e);
  e.sigev_signo = q;
  CALL(mq_notify, "through what is no socket", q, &e);
  close(stream);
  close(q);
  unlinked();
}

static void changing(void) {
  int q = opened(O_CREAT | O_RDWR, 4, 16), other = opened(O_RDWR, 0, 0);
  struct attributes not = {O_NONBLOCK, 99, 99, 99}, bad = {O_APPEND}, blocking = {0}, old = {0};
  put(q, "x", 0);
  CALL(mq_getsetattr, "of nothing", q, 0L, 0L);
  CALL(mq_getsetattr, "that sets and gets", q, &not, &old);
  EFFECT(mq_getsetattr, "what was before", old.flags);
  EFFECT(mq_getsetattr, "what it holds", old.most * 1000 + old.size * 10 + old.count);
  EFFECT(mq_getsetattr, "only flags are set", attributes(q).flags + attributes(q).most);
  EFFECT(mq_getsetattr, "fcntl sees it", (fcntl(q, F_GETFL) & O_NONBLOCK) != 0);
  EFFECT(mq_getsetattr, "the flags of another descriptor", attributes(other).flags);
  CALL(mq_getsetattr, "of a flag that is none", q, &bad, &old);
  CALL(mq_getsetattr, "from no address", q, 8L, 0L);
  CALL(mq_getsetattr, "to no address", q, &blocking, 8L);
  EFFECT(mq_getsetattr, "to no address: is set", attributes(q).flags);
  CALL(mq_getsetattr, "of no queue", 0, 0L, &old);
  CALL(mq_getsetattr, "of no descriptor", -1, 0L, &old);
  close(q);
  close(other);
  unlinked();
}

int main(void) {
  begin();
  sprintf(name, "rookery.calls.%d", getpid());
  opening();
  unlinking();
  sending();
  receiving();
  notifying();
  changing();
  return 0;
}
