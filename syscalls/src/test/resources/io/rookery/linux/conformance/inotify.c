/* Watching files. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESULT(what, call)                                      \
  do {                                                          \
    errno = 0;                                                  \
    long result_ = (long)(call);                                \
    printf(what " %ld %d\n", result_, result_ < 0 ? errno : 0); \
  } while (0)

static const char *const names[] = {
    "ACCESS", "MODIFY", "ATTRIB", "CLOSE_WRITE", "CLOSE_NOWRITE", "OPEN", "MOVED_FROM",
    "MOVED_TO", "CREATE", "DELETE", "DELETE_SELF", "MOVE_SELF", 0, "UNMOUNT", "Q_OVERFLOW", "IGNORED"};

static int fd;

static int compare(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

/* Prints the events that wait; cookies by the order in which they appear. Where the order of events
 * depends on the kernel's version, they are sorted. */
static void show(const char *what) {
  int sorted = what[0] == '*';
  char *lines[200];
  int size = 0;
  char buffer[8192] __attribute__((aligned(8)));
  unsigned seen = 0;
  int count = 0;
  printf("%s:", what);
  for (;;) {
    long n = read(fd, buffer, sizeof buffer);
    if (n <= 0) break;
    for (char *p = buffer; p < buffer + n;) {
      struct inotify_event *e = (struct inotify_event *)p;
      char line[400], *l = line;
      l += sprintf(l, " %d", e->wd);
      for (int i = 0; i < 16; i++)
        if (e->mask >> i & 1) l += sprintf(l, " %s", names[i]);
      if (e->mask & IN_ISDIR) l += sprintf(l, " ISDIR");
      if (e->len) l += sprintf(l, " %s(%u)", e->name, e->len);
      if (e->cookie) {
        if (e->cookie != seen) count++;
        seen = e->cookie;
        l += sprintf(l, " cookie%d", count);
      }
      sprintf(l, ";");
      if (size < 200) lines[size++] = strdup(line);
      p += sizeof *e + e->len;
    }
  }
  if (sorted) qsort(lines, size, sizeof *lines, compare);
  for (int i = 0; i < size; i++) printf("%s", lines[i]);
  printf("\n");
}

static void put(const char *name, const char *text) {
  int f = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  write(f, text, strlen(text));
  close(f);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  char directory[] = "/tmp/inotify.XXXXXX";
  mkdtemp(directory);
  chdir(directory);
  RESULT("init", inotify_init1(5));
  fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  printf("flags %x %d\n", fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
  RESULT("no events", inotify_add_watch(fd, ".", 0));
  RESULT("missing", inotify_add_watch(fd, "missing", IN_OPEN));
  RESULT("other file", inotify_add_watch(1, ".", IN_OPEN));
  RESULT("bad descriptor", inotify_add_watch(99, ".", IN_OPEN));
  put("file", "x");
  RESULT("only directories", inotify_add_watch(fd, "file", IN_OPEN | IN_ONLYDIR));
  RESULT("both", inotify_add_watch(fd, "file", IN_OPEN | IN_MASK_ADD | 0x10000000));
  RESULT("nothing", read(fd, directory, 10));
  int watch = inotify_add_watch(fd, ".", IN_ALL_EVENTS);
  printf("watch %d again %d\n", watch, inotify_add_watch(fd, ".", IN_ALL_EVENTS));
  RESULT("create", inotify_add_watch(fd, ".", IN_OPEN | 0x10000000));

  put("new", "text");
  show("new file");
  put("new", "");
  show("* truncated");
  char c;
  int f = open("new", O_RDWR);
  write(f, "abc", 3);
  pwrite(f, "d", 1, 5);
  pread(f, &c, 1, 0);
  read(f, &c, 1);
  read(f, &c, 1);
  write(f, &c, 0);
  lseek(f, 0, SEEK_END);
  read(f, &c, 1);
  fchmod(f, 0600);
  ftruncate(f, 2);
  fsync(f);
  int other = dup(f);
  close(f);
  show("used");
  close(other);
  show("closed");
  close(open("new", O_PATH));
  show("O_PATH");
  truncate("new", 1);
  chmod("new", 0644);
  chown("new", -1, -1);
  utimes("new", 0);
  struct timespec t[2] = {{1, 0}, {0, UTIME_OMIT}};
  utimensat(AT_FDCWD, "new", t, 0);
  t[0].tv_nsec = UTIME_OMIT;
  t[1].tv_nsec = 5;
  utimensat(AT_FDCWD, "new", t, 0);
  show("attributes");
  mkdir("sub", 0755);
  rmdir("sub");
  show("directory");
  symlink("new", "link");
  link("new", "second");
  show("links");
  int self = inotify_add_watch(fd, "new", IN_ALL_EVENTS);
  rename("second", "third");
  show("two names of one");
  rename("new", "newer");
  show("renamed");
  put("target", "");
  show("* target");
  inotify_add_watch(fd, "target", IN_ALL_EVENTS);
  rename("newer", "target");
  show("* over another");
  unlink("third");
  show("one name gone");
  unlink("target");
  show("* last name gone");
  printf("self %d\n", self);
  RESULT("gone already", inotify_rm_watch(fd, self));

  mkdir("a", 0755);
  mkdir("b", 0755);
  int a = inotify_add_watch(fd, "a", IN_ALL_EVENTS), b = inotify_add_watch(fd, "b", IN_MOVE);
  put("a/f", "1");
  rename("a/f", "b/f");
  rename("a", "b/a");
  show("moved between");
  syscall(316, AT_FDCWD, "b/f", AT_FDCWD, "file", 2);
  rmdir("b/a");
  show("directory gone");
  printf("%d %d\n", b - a, inotify_rm_watch(fd, b));
  show("removed");
  RESULT("removed", inotify_rm_watch(fd, b));
  put("b/f", "2");
  show("unwatched");

  inotify_rm_watch(fd, watch);
  show("removed");
  int once = inotify_add_watch(fd, "file", IN_OPEN | IN_ONESHOT);
  put("file", "once");
  put("file", "twice");
  show("* once");
  printf("%d\n", inotify_add_watch(fd, "file", IN_OPEN) - once);
  inotify_add_watch(fd, "file", IN_CLOSE_WRITE | IN_MASK_ADD);
  put("file", "added");
  show("* added");
  inotify_add_watch(fd, "file", IN_MODIFY);
  put("file", "replaced");
  struct pollfd p = {fd, POLLIN, 0};
  int bytes = -1;
  printf("poll %d", poll(&p, 1, 0));
  printf(" %x ioctl %d", p.revents, ioctl(fd, FIONREAD, &bytes));
  printf(" %d\n", bytes);
  RESULT("no room", read(fd, &c, 1));
  show("replaced");
  printf("poll %d\n", poll(&p, 1, 0));
  chdir("/");
  int ep = epoll_create1(0);
  struct epoll_event ev = {EPOLLIN, {0}};
  epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
  fcntl(fd, F_SETFL, 0);
  if (fork() == 0) {
    usleep(100000);
    chdir(directory);
    put("file", "child");
    _exit(0);
  }
  printf("epoll %d", epoll_wait(ep, &ev, 1, 5000));
  printf(" %x\n", ev.events);
  wait(0);
  char event[64];
  printf("read %zd\n", read(fd, event, 16));
  fcntl(fd, F_SETFL, O_NONBLOCK);
  show("rest");
  chdir(directory);
  return system("rm -r *; cd ..; rmdir $OLDPWD");
}
