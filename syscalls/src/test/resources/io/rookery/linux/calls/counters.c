/* Descriptors that count: eventfd and timerfd. */
#include "calls.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>

static void *const nowhere = (void *)8;

static int64_t take(int fd) {
  int64_t value = -1;
  return read(fd, &value, 8) == 8 ? value : -1;
}

static int put(int fd, int64_t value) { return write(fd, &value, 8); }

static int ready(int fd) {
  struct pollfd p = {fd, POLLIN | POLLOUT};
  return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

static void events(void) {
  int fd = CALL_OK(eventfd, "with a count", 5);
  EFFECT(eventfd, "its flags", fcntl(fd, F_GETFL) * 10 + fcntl(fd, F_GETFD));
  EFFECT(eventfd, "both readable and writable", ready(fd) == (POLLIN | POLLOUT));
  EFFECT(eventfd, "adding", put(fd, 7));
  EFFECT(eventfd, "taking all", take(fd));
  EFFECT(eventfd, "when there is nothing", ready(fd) == POLLOUT);
  EFFECT(eventfd, "taking with too little room", read(fd, &fd, 4));
  EFFECT(eventfd, "adding too few bytes", write(fd, &fd, 4));
  EFFECT(eventfd, "adding more than can be", put(fd, -1));
  EFFECT(eventfd, "adding all that can be", put(fd, -2));
  EFFECT(eventfd, "when it is full", ready(fd) == POLLIN);
  EFFECT(eventfd, "positioned reading", pread(fd, &fd, 8, 0));
  EFFECT(eventfd, "moving", lseek(fd, 0, SEEK_SET));
  fd = syscall(SYS_eventfd, 0);
  pid_t child = fork();
  if (!child) _exit(put(fd, 9) != 8);
  EFFECT(eventfd, "waiting for a child to add", take(fd));
  waitpid(child, 0, 0);
  fd = CALL_OK(eventfd, "with the biggest count", -1);
  EFFECT(eventfd, "the biggest count", take(fd) == 0xffffffff);
  IN_CHILD(setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3});
           CALL(eventfd, "beyond the limit of descriptors", 0L));

  fd = CALL_OK(eventfd2, "with all flags", 2, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
  EFFECT(eventfd2, "does not block", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  EFFECT(eventfd2, "is closed by exec", fcntl(fd, F_GETFD));
  EFFECT(eventfd2, "takes one after the other", take(fd) * 10 + take(fd));
  EFFECT(eventfd2, "taking when there is nothing", take(fd));
  put(fd, -2);
  EFFECT(eventfd2, "adding when it is full", put(fd, 1));
  CALL(eventfd2, "with a flag that is none", 0L, 2);
  CALL(eventfd2, "with every flag", 0L, -1);
  CALL_OK(eventfd2, "with more than an int of flags", 0L, DIRTY(EFD_CLOEXEC));
  int64_t long_buffer[3];
  fd = syscall(SYS_eventfd2, 4, 0);
  EFFECT(eventfd2, "taking with more room", read(fd, long_buffer, sizeof long_buffer));
}

static struct itimerspec left(int fd) {
  struct itimerspec t = {{9, 9}, {9, 9}};
  syscall(SYS_timerfd_gettime, fd, &t);
  return t;
}

static void timers(void) {
  CALL_OK(timerfd_create, "on the time of day", CLOCK_REALTIME, 0L);
  CALL_OK(timerfd_create, "on the time with sleep", CLOCK_BOOTTIME, 0L);
  CALL_OK(timerfd_create, "that wakes the machine", CLOCK_BOOTTIME_ALARM, 0L);
  CALL(timerfd_create, "on processor time", CLOCK_PROCESS_CPUTIME_ID, 0L);
  CALL(timerfd_create, "on a raw clock", CLOCK_MONOTONIC_RAW, 0L);
  CALL_OK(timerfd_create, "with more than an int of flags", CLOCK_MONOTONIC, DIRTY(0));
  CALL(timerfd_create, "on a clock that is none", 99, 0L);
  CALL(timerfd_create, "with a flag that is none", CLOCK_MONOTONIC, 1);
  int fd = CALL_OK(timerfd_create, "with both flags", CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  EFFECT(timerfd_create, "does not block", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  EFFECT(timerfd_create, "is closed by exec", fcntl(fd, F_GETFD));
  EFFECT(timerfd_create, "reading before it is set", take(fd));
  EFFECT(timerfd_create, "writing", put(fd, 1));
  IN_CHILD(setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3});
           CALL(timerfd_create, "beyond the limit of descriptors", CLOCK_MONOTONIC, 0L));

  struct itimerspec t = {{3, 5}, {1000, 7}}, old = {{9, 9}, {9, 9}};
  int null = open("/dev/null", O_RDWR), path = open("/dev/null", O_PATH);
  CALL(timerfd_gettime, "before it is set", fd, &old);
  EFFECT(timerfd_gettime, "is zero", old.it_value.tv_sec + old.it_interval.tv_sec + old.it_value.tv_nsec);
  CALL(timerfd_gettime, "of a descriptor that is none", -1, &old);
  CALL(timerfd_gettime, "of a descriptor of another kind", null, &old);
  CALL(timerfd_gettime, "of a descriptor for paths", path, &old);
  CALL(timerfd_gettime, "to an address that is none", fd, nowhere);
  CALL(timerfd_settime, "for the first time", fd, 0L, &t, &old);
  EFFECT(timerfd_settime, "there was no time before", old.it_value.tv_sec);
  old = left(fd);
  EFFECT(timerfd_gettime, "what was set",
         old.it_value.tv_sec >= 900 && old.it_value.tv_sec <= 1000 && old.it_interval.tv_sec == 3
             && old.it_interval.tv_nsec == 5);
  CALL(timerfd_settime, "of a descriptor that is none", 999, 0L, &t, 0);
  CALL(timerfd_settime, "with more than an int of flags", fd, DIRTY(0), &t, 0);
  CALL(timerfd_settime, "of a descriptor of another kind", null, 0L, &t, 0);
  CALL(timerfd_settime, "of a descriptor for paths", path, 0L, &t, 0);
  CALL(timerfd_settime, "with a flag that is none", fd, 4, &t, 0);
  CALL(timerfd_settime, "from an address that is none", fd, 0L, nowhere, 0);
  t.it_value.tv_nsec = 1000000000;
  CALL(timerfd_settime, "with too many nanoseconds", fd, 0L, &t, 0);
  t.it_value = (struct timespec){-1, 0};
  CALL(timerfd_settime, "with negative seconds", fd, 0L, &t, 0);
  EFFECT(timerfd_settime, "failures change nothing", left(fd).it_value.tv_sec >= 900);
  t = (struct itimerspec){{5, 0}, {0, 0}};
  CALL(timerfd_settime, "an interval without a first time", fd, 0L, &t, &old);
  EFFECT(timerfd_settime, "tells what was left", old.it_value.tv_sec >= 900 && old.it_interval.tv_sec == 3);
  EFFECT(timerfd_gettime, "the interval of a timer that is off", left(fd).it_interval.tv_sec);
  IN_CHILD(t = (struct itimerspec){{0, 0}, {500, 0}};
           CALL(timerfd_settime, "in a child", fd, 0L, &t, 0));
  EFFECT(timerfd_gettime, "of a timer that a child has set", left(fd).it_value.tv_sec >= 400);
  t = (struct itimerspec){{0, 0}, {0, 1}};
  CALL(timerfd_settime, "to an old place that is none", fd, 0L, &t, nowhere);
  while (!ready(fd)) usleep(1000);
  EFFECT(timerfd_settime, "it was set nevertheless", ready(fd) == POLLIN);
  EFFECT(timerfd_gettime, "when it is over", left(fd).it_value.tv_nsec);
  EFFECT(timerfd_settime, "how often it came", take(fd));
  EFFECT(timerfd_settime, "taking again", take(fd));
  CALL(timerfd_settime, "of a time that is over", fd, TFD_TIMER_ABSTIME, &t, 0);
  while (!ready(fd)) usleep(1000);
  EFFECT(timerfd_settime, "a time that is over comes at once", take(fd));
  fd = syscall(SYS_timerfd_create, CLOCK_REALTIME, 0);
  CALL(timerfd_settime, "to be told when the clock is set", fd,
       TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &t, 0);
  EFFECT(timerfd_settime, "waiting for it", take(fd));
  EFFECT(timerfd_create, "moving", lseek(fd, 5, SEEK_SET));
  t = (struct itimerspec){{0, 1000000}, {0, 1}};
  syscall(SYS_timerfd_settime, fd, 0, &t, 0);
  usleep(20000);
  EFFECT(timerfd_settime, "comes again and again", take(fd) > 5);
  EFFECT(timerfd_settime, "taking with too little room", read(fd, &fd, 7));
}

#ifdef __i386__
struct wide_setting {
  int64_t interval_sec, interval_nsec, value_sec, value_nsec;
};

static void wide_timers(void) {
  int fd = syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0);
  struct wide_setting t = {1, 2, 1ll << 33, 0}, old = {9, 9, 9, 9};
  CALL(timerfd_settime64, "of centuries", fd, 0, &t, &old);
  EFFECT(timerfd_settime64, "there was no time before", old.value_sec);
  CALL(timerfd_settime64, "from an address that is none", fd, 0, nowhere, 0);
  CALL(timerfd_settime64, "of a descriptor that is none", -1, 0, &t, 0);
  CALL(timerfd_gettime64, "of centuries", fd, &old);
  EFFECT(timerfd_gettime64, "what is left of them", old.value_sec >> 32);
  EFFECT(timerfd_gettime64, "the interval", old.interval_sec * 10 + old.interval_nsec);
  CALL(timerfd_gettime64, "to an address that is none", fd, nowhere);
  CALL(timerfd_gettime64, "of a descriptor that is none", -1, &old);
}
#endif

int main(void) {
  begin();
  events();
  timers();
#ifdef __i386__
  wide_timers();
#endif
  return 0;
}
