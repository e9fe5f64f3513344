/* Setting files' times. */
#include "calls.h"

#include <fcntl.h>
#include <time.h>

#define NOW ((1 << 30) - 1)
#define OMIT ((1 << 30) - 2)

/* As the calls take them: with a program's own long in 64 and in 32 bits. */
struct seconds {
  long access, change;
};
struct moment {
  long seconds, fraction;
};

static char long_name[257];
static int file, dir, path, closed;

static long access_time(const char *name) {
  struct stat s;
  return lstat(name, &s) ? -1 : s.st_atim.tv_sec * 10 + s.st_atim.tv_nsec / 100000000;
}

static long change_time(const char *name) {
  struct stat s;
  return lstat(name, &s) ? -1 : s.st_mtim.tv_sec * 10 + s.st_mtim.tv_nsec / 100000000;
}

/* Whether both times are of today. */
static int fresh(const char *name) {
  struct stat s;
  long now = time(0);
  return lstat(name, &s) ? -1 : labs(now - s.st_atime) < 86400 && labs(now - s.st_mtime) < 86400;
}

static struct seconds *seconds(long access, long change) {
  static struct seconds s;
  s = (struct seconds){access, change};
  return &s;
}

static struct moment *moments(long access, long fraction, long change, long other) {
  static struct moment m[2];
  m[0] = (struct moment){access, fraction};
  m[1] = (struct moment){change, other};
  return m;
}

static void stranger_sets(void) {
  become(1001);
  CALL(utime, "by a stranger, to the present", "users", NULL);
  CALL(utime, "by a stranger", "users", seconds(1, 2));
  CALL(utime, "by a stranger that may write, to the present", "everyones", NULL);
  CALL(utime, "by a stranger that may write", "everyones", seconds(1, 2));
  CALL(utimes, "by a stranger, to the present", "users", NULL);
  CALL(utimes, "by a stranger", "users", moments(1, 0, 2, 0));
  CALL(futimesat, "by a stranger that may write", dir, "everyones", moments(1, 0, 2, 0));
  CALL(utimensat, "by a stranger, to the present", dir, "users", NULL, 0);
  CALL(utimensat, "by a stranger", dir, "users", moments(1, 0, 2, 0), 0);
  CALL(utimensat, "by a stranger that may write, to the present", dir, "everyones",
       moments(0, NOW, 0, NOW), 0);
  CALL(utimensat, "by a stranger that may write, one to the present", dir, "everyones",
       moments(0, NOW, 0, OMIT), 0);
  CALL(utimensat, "by a stranger, of neither", dir, "users", moments(0, OMIT, 0, OMIT), 0);
}

static void owner_sets(void) {
  become(1000);
  CALL(utime, "by the owner", "users", seconds(3, 4));
  CALL(utimes, "by the owner that may not write", "users", moments(5, 0, 6, 0));
  CALL(utimes, "below a directory that may not be searched", "closed/x", NULL);
}

static void coarse(void) {
  CALL(utime, "of a file", "file", seconds(100, 200));
  EFFECT(utime, "sets the access time", access_time("file"));
  EFFECT(utime, "sets the change time", change_time("file"));
  CALL(utime, "to the present", "file", NULL);
  EFFECT(utime, "sets the present", fresh("file"));
  CALL(utime, "through a symbolic link", "link", seconds(300, 400));
  EFFECT(utime, "changes what a symbolic link names", change_time("file"));
  CALL(utime, "of a directory", "directory", seconds(1, 2));
  CALL(utime, "to before the epoch", "file", seconds(-5, -6));
  EFFECT(utime, "sets times before the epoch", access_time("file"));
  CALL(utime, "of nothing", "nothing", NULL);
  CALL(utime, "of an empty name", "", NULL);
  CALL(utime, "below a file", "file/x", NULL);
  CALL(utime, "of a name that is too long", long_name, NULL);
  CALL(utime, "of an address that is none", (void *)8, NULL);
  CALL(utime, "from an address that is none", "file", (void *)8);

  CALL(utimes, "of a file", "file", moments(100, 300000, 200, 900000));
  EFFECT(utimes, "sets the access time", access_time("file"));
  EFFECT(utimes, "sets the change time", change_time("file"));
  CALL(utimes, "to the present", "file", NULL);
  EFFECT(utimes, "sets the present", fresh("file"));
  CALL(utimes, "with a million microseconds", "file", moments(1, 1000000, 2, 0));
  CALL(utimes, "with less than no microseconds", "file", moments(1, 0, 2, -1));
  CALL(utimes, "with a number that means the present elsewhere", "file", moments(1, NOW, 2, 0));
  CALL(utimes, "of nothing", "nothing", NULL);
  CALL(utimes, "of a loop", "loop", NULL);
  CALL(utimes, "of an address that is none", (void *)8, NULL);
  CALL(utimes, "from an address that is none", "file", (void *)8);

  CALL(futimesat, "of a file", dir, "file", moments(11, 200000, 22, 0));
  EFFECT(futimesat, "sets the access time", access_time("file"));
  CALL(futimesat, "relative to the working directory", AT_FDCWD, "file", moments(33, 0, 44, 0));
  CALL(futimesat, "of a descriptor without a name", file, NULL, moments(55, 0, 66, 700000));
  EFFECT(futimesat, "sets a descriptor's change time", change_time("file"));
  CALL(futimesat, "of an O_PATH descriptor without a name", path, NULL, NULL);
  CALL(futimesat, "of the working directory without a name", AT_FDCWD, NULL, NULL);
  CALL(futimesat, "of an empty name", dir, "", NULL);
  CALL(futimesat, "relative to a file", file, "file", NULL);
  CALL(futimesat, "relative to a closed descriptor", closed, "file", NULL);
  CALL(futimesat, "with a million microseconds", dir, "file", moments(1, 0, 2, 1000000));
}

static void fine(void) {
  struct stat s;
  CALL(utimensat, "of a file", dir, "file", moments(10, 123456789, 20, 987654321), 0);
  EFFECT(utimensat, "sets nanoseconds of the access time",
         stat("file", &s) ? -1 : s.st_atim.tv_nsec);
  EFFECT(utimensat, "sets nanoseconds of the change time", s.st_mtim.tv_nsec);
  CALL(utimensat, "of the access time alone", dir, "file", moments(30, 0, 5, OMIT), 0);
  EFFECT(utimensat, "leaves the change time", access_time("file") * 1000 + change_time("file"));
  CALL(utimensat, "of the change time alone", dir, "file", moments(5, OMIT, 40, 0), 0);
  EFFECT(utimensat, "leaves the access time", access_time("file") * 1000 + change_time("file"));
  CALL(utimensat, "to the present by number", dir, "file", moments(0, NOW, 0, NOW), 0);
  EFFECT(utimensat, "sets the present", fresh("file"));
  CALL(utimensat, "of a symbolic link", dir, "link", moments(50, 0, 60, 0), AT_SYMLINK_NOFOLLOW);
  EFFECT(utimensat, "changes the symbolic link itself", change_time("link"));
  EFFECT(utimensat, "leaves what a symbolic link names", fresh("file"));
  CALL(utimensat, "of a descriptor without a name", file, NULL, moments(70, 0, 80, 0), 0);
  EFFECT(utimensat, "sets a descriptor's times", change_time("file"));
  CALL(utimensat, "of a descriptor by an empty name", file, "", NULL, AT_EMPTY_PATH);
  CALL(utimensat, "of an empty name without the flag", file, "", NULL, 0);
  CALL(utimensat, "of an O_PATH descriptor without a name", path, NULL, NULL, 0);
  CALL(utimensat, "of a flag and a descriptor without a name", file, NULL, NULL,
       AT_SYMLINK_NOFOLLOW);
  CALL(utimensat, "of neither time of nothing", dir, "nothing", moments(0, OMIT, 0, OMIT), 0);
  CALL(utimensat, "with a billion nanoseconds", dir, "file", moments(1, 1000000000, 2, 0), 0);
  CALL(utimensat, "with less than no nanoseconds", dir, "file", moments(1, 0, 2, -1), 0);
  CALL(utimensat, "with a flag that is none", dir, "file", NULL, AT_REMOVEDIR);
  CALL(utimensat, "of nothing", dir, "nothing", NULL, 0);
  CALL(utimensat, "relative to a closed descriptor", closed, "file", NULL, 0);
  CALL(utimensat, "from an address that is none", dir, "file", (void *)8, 0);
  CALL(utimensat, "of an address that is none", dir, (void *)8, NULL, 0);
}

#ifdef __i386__
static void late(void) {
  struct {
    int64_t seconds;
    int fraction, ignored;
  } t[2] = {{1LL << 32, 5, -1}, {2, OMIT, -1}};
  struct stat s;
  CALL(utimensat_time64, "to after the year 2106", dir, "file", t, 0);
  stat("file", &s);
  EFFECT(utimensat_time64, "takes nanoseconds of 32 bits", s.st_atim.tv_nsec);
  t[0].fraction = 1000000000;
  CALL(utimensat_time64, "with a billion nanoseconds", dir, "file", t, 0);
  CALL(utimensat_time64, "to the present", dir, "file", NULL, 0);
  CALL(utimensat_time64, "from an address that is none", dir, "file", (void *)8, 0);
}
#endif

int main(void) {
  begin();
  umask(022);
  const char *directory = own_directory();
  memset(long_name, 'n', 256);
  mkdir("directory", 0755);
  mkdir("closed", 0700);
  symlink("file", "link");
  symlink("loop", "loop");
  close(creat("users", 0444));
  chown("users", 1000, 1000);
  close(creat("everyones", 0666));
  chmod("everyones", 0666);
  file = open("file", O_RDWR | O_CREAT, 0644);
  dir = open(".", O_RDONLY);
  path = open(".", O_PATH);
  closed = fcntl(file, F_DUPFD, 500); /* later descriptors are lower */
  close(closed);
  IN_CHILD(stranger_sets());
  IN_CHILD(owner_sets());
  coarse();
  fine();
#ifdef __i386__
  late();
#endif
  remove_own_directory(directory);
  return 0;
}
