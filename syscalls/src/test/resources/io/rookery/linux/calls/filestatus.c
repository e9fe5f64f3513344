/* What is told of files and of file systems. */
#include "calls.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

static char long_name[5000];
static int file, dir, path, device, memory, unix_socket, ends[2];

/* Whether it is the file: ten bytes, two names, and mode and owner as they were set. */
static int is_the_file(mode_t mode, off_t size, nlink_t names, uid_t uid, gid_t gid) {
  return mode == 0100640 && size == 10 && names == 2 && uid == 12 && gid == 34;
}

#ifdef __x86_64__

static struct stat s;

static int described(void) {
  return is_the_file(s.st_mode, s.st_size, s.st_nlink, s.st_uid, s.st_gid);
}

static void stats(void) {
  CALL(stat, "of a file", "file", &s);
  EFFECT(stat, "tells mode, size, names and owner", described());
  EFFECT(stat, "tells the blocks that it has", s.st_blksize > 0 && s.st_blocks <= 64);
  EFFECT(stat, "tells the time that it was set to", s.st_mtim.tv_sec * 10 + s.st_mtim.tv_nsec);
  CALL(stat, "through a link", "link", &s);
  EFFECT(stat, "through a link tells of the file", described());
  CALL(stat, "of a directory", ".", &s);
  EFFECT(stat, "of a directory tells its mode", s.st_mode);
  CALL(stat, "of a pipe's name", "fifo", &s);
  EFFECT(stat, "of a pipe's name tells its mode", s.st_mode);
  CALL(stat, "of a device", "/dev/null", &s);
  EFFECT(stat, "of a device tells its number", S_ISCHR(s.st_mode) ? s.st_rdev : -1);
  lstat("file", &s);
  CALL(lstat, "of a file", "file", &s);
  EFFECT(lstat, "of a file tells mode, size, names and owner", described());
  CALL(lstat, "of a link", "link", &s);
  EFFECT(lstat, "of a link tells its mode", s.st_mode);
  EFFECT(lstat, "of a link tells its length", s.st_size);
  CALL(fstat, "of a file", file, &s);
  EFFECT(fstat, "of a file tells mode, size, names and owner", described());
  EFFECT(fstat, "tells a number as stat does",
         ({ struct stat t; stat("file", &t); t.st_ino == s.st_ino && t.st_dev == s.st_dev; }));
  CALL(fstat, "of a pipe", ends[0], &s);
  EFFECT(fstat, "of a pipe tells its mode", s.st_mode);
  CALL(fstat, "of a socket", unix_socket, &s);
  EFFECT(fstat, "of a socket tells its mode", s.st_mode);
}

static void newfstatats(void) {
  int at = AT_FDCWD;
  CALL(newfstatat, "of a file", dir, "file", &s, 0);
  EFFECT(newfstatat, "tells mode, size, names and owner", described());
  CALL(newfstatat, "below the working directory", at, "file", &s, 0);
  CALL(newfstatat, "through a link", dir, "link", &s, 0);
  EFFECT(newfstatat, "through a link tells of the file", described());
  CALL(newfstatat, "of a link", dir, "link", &s, AT_SYMLINK_NOFOLLOW);
  EFFECT(newfstatat, "of a link tells its mode", s.st_mode);
  CALL(newfstatat, "of a descriptor", file, "", &s, AT_EMPTY_PATH);
  EFFECT(newfstatat, "of a descriptor tells of the file", described());
  CALL(newfstatat, "of an O_PATH descriptor", path, "", &s, AT_EMPTY_PATH);
  CALL(newfstatat, "of the working directory by an empty name", at, "", &s, AT_EMPTY_PATH);
  CALL(newfstatat, "of an empty name", dir, "", &s, 0);
  CALL(newfstatat, "of what is missing", dir, "missing", &s, 0);
  CALL(newfstatat, "below a file", file, "x", &s, 0);
  CALL(newfstatat, "below no descriptor", -1, "file", &s, 0);
  CALL(newfstatat, "of a whole path, with no descriptor", -1, "/", &s, 0);
  CALL(newfstatat, "with an unknown flag", dir, "file", &s, 1);
  CALL(newfstatat, "of a name that is none", dir, (void *)8, &s, 0);
  CALL(newfstatat, "to an address that is none", dir, "file", (void *)8, 0);
}

#else

static char s[200];

/* struct stat64 as the kernel has it. */
static struct {
  uint64_t device;
  uint32_t pad, number32, mode, names, uid, gid;
  uint64_t number;
  uint32_t pad2;
  int64_t size;
  uint32_t block;
  int64_t blocks;
  uint32_t times[6];
  uint64_t number64;
} __attribute__((packed)) w;

static int described(void) { return is_the_file(w.mode, w.size, w.names, w.uid, w.gid); }

static void stats(void) {
  CALL(stat64, "of a file", "file", &w);
  EFFECT(stat64, "tells mode, size, names and owner", described());
  EFFECT(stat64, "tells the time that it was set to", w.times[2] * 10 + w.times[3]);
  CALL(stat64, "through a link", "link", &w);
  CALL(stat64, "of what is missing", "missing", &w);
  CALL(stat64, "of an empty name", "", &w);
  CALL(stat64, "of a name that is none", (void *)8, &w);
  CALL(stat64, "to an address that is none", "file", (void *)8);
  CALL(lstat64, "of a file", "file", &w);
  CALL(lstat64, "of a link", "link", &w);
  EFFECT(lstat64, "of a link tells its mode", w.mode);
  EFFECT(lstat64, "of a link tells its length", w.size);
  CALL(lstat64, "of what is missing", "missing", &w);
  CALL(lstat64, "to an address that is none", "file", (void *)8);
  CALL(fstat64, "of a file", file, &w);
  EFFECT(fstat64, "tells mode, size, names and owner", described());
  CALL(fstat64, "of a pipe", ends[0], &w);
  EFFECT(fstat64, "of a pipe tells its mode", w.mode);
  CALL(fstat64, "of no descriptor", -1, &w);
  CALL(fstat64, "to an address that is none", file, (void *)8);
}

static void newfstatats(void) {
  CALL(fstatat64, "of a file", dir, "file", &w, 0);
  EFFECT(fstatat64, "tells mode, size, names and owner", described());
  CALL(fstatat64, "of a link", dir, "link", &w, AT_SYMLINK_NOFOLLOW);
  EFFECT(fstatat64, "of a link tells its mode", w.mode);
  CALL(fstatat64, "of a descriptor", file, "", &w, AT_EMPTY_PATH);
  CALL(fstatat64, "of an empty name", dir, "", &w, 0);
  CALL(fstatat64, "below no descriptor", -1, "file", &w, 0);
  CALL(fstatat64, "with an unknown flag", dir, "file", &w, 1);
}

#endif

static void failing_stats(void) {
  CALL(stat, "of what is missing", "missing", &s);
  CALL(stat, "of an empty name", "", &s);
  CALL(stat, "of a name that is none", (void *)8, &s);
  CALL(stat, "to an address that is none", ".", (void *)8);
  CALL(stat, "below a file", "file/x", &s);
  CALL(stat, "of a link to itself", "loop", &s);
  CALL(stat, "of a link to nothing", "dangling", &s);
  CALL(stat, "of too long a name", long_name + 4999 - 256, &s);
  CALL(stat, "of too long a path", long_name, &s);
  CALL(lstat, "of what is missing", "missing", &s);
  CALL(lstat, "of an empty name", "", &s);
  CALL(lstat, "of a name that is none", (void *)8, &s);
  CALL(lstat, "of a file with a slash", "file/", &s);
  CALL(lstat, "below a link to itself", "loop/x", &s);
  CALL(lstat, "of too long a path", long_name, &s);
  CALL(fstat, "of no descriptor", -1, &s);
  CALL(fstat, "to an address that is none", ends[0], (void *)8);
  mkdir("closed", 0700);
  IN_CHILD(setuid(65534); CALL(stat, "in another user's directory", "closed/x", &s);
           CALL(lstat, "in another user's directory", "closed/x", &s));
}

static struct statx x;

static void statxs(void) {
  int at = AT_FDCWD;
  CALL(statx, "of a file", dir, "file", 0, STATX_BASIC_STATS, &x);
  EFFECT(statx, "tells mode, size, names and owner",
         is_the_file(x.stx_mode, x.stx_size, x.stx_nlink, x.stx_uid, x.stx_gid));
  EFFECT(statx, "tells at least what was asked for", x.stx_mask & STATX_BASIC_STATS);
  EFFECT(statx, "tells the time that it was set to", x.stx_mtime.tv_sec * 10 + x.stx_mtime.tv_nsec);
  CALL(statx, "that asks for nothing", at, "file", 0, 0, &x);
  CALL(statx, "of a link", dir, "link", AT_SYMLINK_NOFOLLOW, STATX_MODE, &x);
  EFFECT(statx, "of a link tells its mode", x.stx_mode);
  CALL(statx, "of a descriptor", file, "", AT_EMPTY_PATH, STATX_SIZE, &x);
  EFFECT(statx, "of a descriptor tells its size", x.stx_size);
  CALL(statx, "of an O_PATH descriptor", path, "", AT_EMPTY_PATH, STATX_SIZE, &x);
  CALL(statx, "of a device", at, "/dev/null", 0, STATX_TYPE, &x);
  EFFECT(statx, "of a device tells its number", x.stx_rdev_major * 100 + x.stx_rdev_minor);
  CALL(statx, "from what is cached", at, "file", AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &x);
  CALL(statx, "from the server", at, "file", AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &x);
  CALL(statx, "from both at once", at, "file", AT_STATX_SYNC_TYPE, STATX_BASIC_STATS, &x);
  CALL(statx, "with an unknown flag", at, "file", 1, STATX_BASIC_STATS, &x);
  CALL(statx, "that asks for what is reserved", at, "file", 0, STATX__RESERVED, &x);
  CALL(statx, "of what is missing", at, "missing", 0, STATX_BASIC_STATS, &x);
  CALL(statx, "of an empty name", dir, "", 0, STATX_BASIC_STATS, &x);
  CALL(statx, "below a file", file, "x", 0, STATX_BASIC_STATS, &x);
  CALL(statx, "below no descriptor", -1, "file", 0, STATX_BASIC_STATS, &x);
  CALL(statx, "of a name that is none", at, (void *)8, 0, STATX_BASIC_STATS, &x);
  CALL(statx, "to an address that is none", at, "file", 0, STATX_BASIC_STATS, (void *)8);
}

/* Begins with two longs, the type and the size of a block, in both widths. */
static union {
  long type;
  char room[200];
} f;

static void statfss(void) {
  CALL(statfs, "of processes' files", "/proc", &f);
  EFFECT(statfs, "of processes' files tells their type", f.type);
  CALL(statfs, "of the files' disk through a link", "link", &f);
  EFFECT(statfs, "tells the size of a block", ((long *)&f)[1] >= 512);
  EFFECT(statfs, "tells how long a name may be",
         ({ struct statfs t; statfs(".", &t) ? 0 : t.f_namelen; }));
  CALL(statfs, "of what is missing", "missing", &f);
  CALL(statfs, "of an empty name", "", &f);
  CALL(statfs, "below a file", "file/x", &f);
  CALL(statfs, "of a link to itself", "loop", &f);
  CALL(statfs, "of too long a path", long_name, &f);
  CALL(statfs, "of a name that is none", (void *)8, &f);
  CALL(statfs, "to an address that is none", "/proc", (void *)8);
  IN_CHILD(setuid(65534); CALL(statfs, "in another user's directory", "closed/x", &f));
  CALL(fstatfs, "of processes' files", open("/proc", O_RDONLY), &f);
  EFFECT(fstatfs, "of processes' files tells their type", f.type);
  CALL(fstatfs, "of a pipe", ends[0], &f);
  EFFECT(fstatfs, "of a pipe tells its type", f.type);
  CALL(fstatfs, "of a socket", unix_socket, &f);
  EFFECT(fstatfs, "of a socket tells its type", f.type);
  CALL(fstatfs, "of memory", memory, &f);
  EFFECT(fstatfs, "of memory tells its type", f.type);
#ifdef __x86_64__
  CALL(fstatfs, "of a file", file, &f);
#endif
  CALL(fstatfs, "of an O_PATH descriptor", open("/proc", O_PATH), &f);
  CALL(fstatfs, "of no descriptor", -1, &f);
  CALL(fstatfs, "to an address that is none", ends[0], (void *)8);
#ifdef __i386__
  CALL(statfs64, "of processes' files", "/proc", 84, &f);
  EFFECT(statfs64, "of processes' files tells their type", f.type);
  CALL(statfs64, "of a structure of another size", "/proc", 88, &f);
  CALL(statfs64, "of a structure of no size", "/proc", 0, &f);
  CALL(statfs64, "of what is missing", "missing", 84, &f);
  CALL(statfs64, "to an address that is none", "/proc", 84, (void *)8);
  CALL(fstatfs64, "of a file", file, 84, &f);
  CALL(fstatfs64, "of a pipe", ends[0], 84, &f);
  EFFECT(fstatfs64, "of a pipe tells its type", f.type);
  CALL(fstatfs64, "of a structure of another size", file, 100, &f);
  CALL(fstatfs64, "of no descriptor", -1, 84, &f);
  CALL(fstatfs64, "to an address that is none", ends[0], 84, (void *)8);
#endif
}

int main(void) {
  begin();
  const char *directory = own_directory();
  memset(long_name, 'n', 4999);
  file = open("file", O_RDWR | O_CREAT, 0644);
  write(file, "0123456789", 10);
  fchown(file, 12, 34);
  fchmod(file, 0640);
  futimens(file, (struct timespec[]){{7, 8}, {1234567, 9}});
  link("file", "second");
  symlink("file", "link");
  symlink("loop", "loop");
  symlink("nothing", "dangling");
  mkfifo("fifo", 0620);
  path = open("file", O_PATH);
  dir = open(".", O_RDONLY);
  memory = memfd_create("memory", 0);
  unix_socket = socket(AF_UNIX, SOCK_STREAM, 0);
  pipe(ends);
  stats();
  newfstatats();
  failing_stats();
  statxs();
  statfss();
  remove_own_directory(directory);
  return 0;
}
