/* Opening and making files. */
#include "calls.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static char long_name[5000];
static struct stat s;

/* Closes what was opened; the number that it had differs from run to run. */
static int closed(long fd) {
  if (fd >= 0) close(fd);
  return fd >= 0;
}

static int mode_of(const char *name) { return lstat(name, &s) ? -1 : s.st_mode; }

/* A file of a name with ten bytes. */
static void ten_bytes(const char *name) {
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  write(fd, "0123456789", 10);
  close(fd);
}

static void opens(void) {
  closed(CALL_OK(open, "of a file", "file", O_RDONLY));
  closed(CALL_OK(open, "of a directory", ".", O_RDONLY));
  CALL(open, "of what is missing", "missing", O_RDONLY);
  CALL(open, "of an empty name", "", O_RDONLY);
  CALL(open, "of a name that is none", (void *)8, O_RDONLY);
  CALL(open, "of a directory for writing", ".", O_WRONLY);
  CALL(open, "below a file", "file/x", O_RDONLY);
  CALL(open, "of a file with a slash", "file/", O_RDONLY);
  CALL(open, "of a file as a directory", "file", O_RDONLY | O_DIRECTORY);
  CALL(open, "of a link to itself", "loop", O_RDONLY);
  CALL(open, "of a link not to be followed", "link", O_RDONLY | O_NOFOLLOW);
  closed(CALL_OK(open, "of a link as a path", "link", O_PATH | O_NOFOLLOW));
  closed(CALL_OK(open, "through a link", "link", O_RDONLY));
  CALL(open, "of a link to nothing", "dangling", O_RDONLY);
  CALL(open, "of a link to nothing, exclusively", "dangling", O_CREAT | O_EXCL | O_RDWR, 0644);
  CALL(open, "of too long a name", long_name + 4999 - 256, O_RDONLY);
  CALL(open, "of too long a path", long_name, O_RDONLY);
  CALL(open, "of a socket's name", "socket", O_RDWR);
  CALL(open, "of a pipe's name for writing without readers", "fifo", O_WRONLY | O_NONBLOCK);
  closed(CALL_OK(open, "of a pipe's name for reading without writers", "fifo", O_NONBLOCK));
  CALL(open, "of a running program for writing", "/proc/self/exe", O_WRONLY);
  chmod("file", 0755);
  int writer = open("file", O_WRONLY);
  IN_CHILD(CALL(execve, "of a file that this process writes", "file", 0L, 0L));
  close(writer);
  IN_CHILD(CALL(execve, "of a file that is no program", "file", 0L, 0L));
  chmod("file", 0644);
  long both = CALL_OK(open, "with an access mode of three", "file", O_ACCMODE);
  char c;
  EFFECT(open, "with an access mode of three is not for reading", read(both, &c, 1));
  closed(both);
  long fd = CALL_OK(open, "with unknown flags", "file", O_RDONLY | 1 << 29);
  EFFECT(open, "forgets unknown flags", fcntl(fd, F_GETFL) & 1 << 29);
  closed(fd);
}

static void creations(void) {
  umask(027);
  closed(CALL_OK(open, "that makes a file", "new", O_CREAT | O_WRONLY, 0666));
  EFFECT(open, "makes files with the umask's mode", mode_of("new"));
  CALL(open, "of a file that is there, exclusively", "new", O_CREAT | O_EXCL | O_WRONLY, 0666);
  closed(CALL_OK(open, "of a file that is there, with O_CREAT", "new", O_CREAT | O_RDONLY, 0));
  CALL(open, "that makes a file with a slash", "newer/", O_CREAT | O_WRONLY, 0666);
  CALL(open, "of a directory with O_CREAT", ".", O_CREAT | O_RDONLY, 0666);
  CALL(open, "that makes a file in a directory that is missing", "no/new", O_CREAT | O_RDWR, 0666);
  closed(CALL_OK(open, "that makes what a link names", "dangling", O_CREAT | O_WRONLY, 0600));
  EFFECT(open, "makes what a link names", mode_of("nothing"));
  closed(CALL_OK(open, "that empties a file", "file", O_TRUNC | O_WRONLY));
  EFFECT(open, "empties a file", mode_of("file") != -1 ? s.st_size : -1);
  long fd = CALL_OK(open, "of a file without a name", "/dev/shm", O_TMPFILE | O_RDWR, 0666);
  EFFECT(open, "makes a file without a name", fstat(fd, &s) ? -1 : s.st_nlink);
  EFFECT(open, "makes it with the umask's mode", s.st_mode);
  closed(fd);
  CALL(open, "of a file without a name for reading", "/dev/shm", O_TMPFILE | O_RDONLY, 0666);
  CALL(open, "of a file without a name in a file", "file", O_TMPFILE | O_RDWR, 0666);
  fd = CALL_OK(open, "that closes on exec", "file", O_RDONLY | O_CLOEXEC);
  EFFECT(open, "sets that it closes on exec", fcntl(fd, F_GETFD));
  EFFECT(open, "does not tell that among the flags", fcntl(fd, F_GETFL) & O_CLOEXEC);
  closed(fd);
  fd = open("file", O_RDONLY);
  close(fd);
  EFFECT(open, "gives the lowest number", open("file", O_RDONLY) == fd);
  closed(fd);
  umask(022);
}

static void opens_of_a_user(void) {
  chmod("new", 0600);
  IN_CHILD(setuid(65534);
           CALL(open, "of another user's file", "new", O_RDONLY);
           closed(CALL_OK(open, "of another user's file as a path", "new", O_PATH));
           CALL(open, "that makes a file in another user's directory", "x", O_CREAT | O_RDWR, 0);
           CALL(open, "of another user's file without access times", "file", O_NOATIME);
           closed(CALL_OK(open, "of a file that all may read", "file", O_RDONLY));
           CALL(open, "of a file for writing that all may only read", "file", O_RDWR));
  IN_CHILD(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0});
           CALL(open, "with all descriptors used up", "file", O_RDONLY));
}

static void openats(void) {
  int dir = open("sub", O_RDONLY | O_DIRECTORY), path = open("sub", O_PATH), at = AT_FDCWD;
  int file = open("file", O_RDONLY);
  closed(CALL_OK(openat, "below a directory", dir, "inner", O_RDONLY));
  closed(CALL_OK(openat, "below an O_PATH descriptor", path, "inner", O_RDONLY));
  closed(CALL_OK(openat, "below the working directory", at, "file", O_RDONLY));
  closed(CALL_OK(openat, "above a directory", dir, "../file", O_RDONLY));
  closed(CALL_OK(openat, "of a whole path, with no descriptor", -1, "/proc", O_RDONLY));
  CALL(openat, "below no descriptor", -1, "inner", O_RDONLY);
  CALL(openat, "below a file", file, "inner", O_RDONLY);
  CALL(openat, "of what is missing below a directory", dir, "file", O_RDONLY);
  CALL(openat, "of an empty name", dir, "", O_RDONLY);
  CALL(openat, "of a name that is none", dir, (void *)8, O_RDONLY);
  CALL(openat, "of an empty name, with no descriptor", -1, "", O_RDONLY);
  closed(CALL_OK(openat, "that makes a file", dir, "made", O_CREAT | O_EXCL | O_RDWR, 0640));
  EFFECT(openat, "makes it below the directory", mode_of("sub/made"));
  unlink("sub/made");
  unlink("sub/inner");
  rmdir("sub");
  CALL(openat, "below a directory that is removed", dir, "inner", O_RDONLY);
  CALL(openat, "that makes a file in a directory that is removed", dir, "x", O_CREAT, 0644);
  closed(CALL_OK(openat, "of a removed directory itself", dir, ".", O_RDONLY));
}

static struct {
  struct open_how how;
  char more[5000];
} h;

static struct open_how *how(uint64_t flags, uint64_t mode, uint64_t resolve) {
  h.how = (struct open_how){flags, mode, resolve};
  return &h.how;
}

static void openat2s(void) {
  int at = AT_FDCWD;
  closed(CALL_OK(openat2, "of a file", at, "file", how(O_RDONLY, 0, 0), 24));
  CALL(openat2, "of a structure too small", at, "file", how(O_RDONLY, 0, 0), 23);
  closed(CALL_OK(openat2, "of a longer structure of zeros", at, "file", &h, 100));
  h.more[10] = 1;
  CALL(openat2, "of a longer structure", at, "file", &h, 100);
  CALL(openat2, "of a structure longer than a page", at, "file", &h, 4097);
  CALL(openat2, "of a structure that is none", at, "file", (void *)8, 24);
  CALL(openat2, "with unknown flags", at, "file", how(1 << 29, 0, 0), 24);
  CALL(openat2, "with flags of the upper half", at, "file", how(1ULL << 40, 0, 0), 24);
  CALL(openat2, "with a mode that serves nothing", at, "file", how(O_RDONLY, 0600, 0), 24);
  CALL(openat2, "with a mode that is none", at, "x", how(O_CREAT, 0100600, 0), 24);
  CALL(openat2, "with an unknown way", at, "file", how(O_RDONLY, 0, 0x1000), 24);
  CALL(openat2, "beneath and in a root at once", at, "file", how(0, 0, 0x18), 24);
  CALL(openat2, "as a path that is emptied", at, "file", how(O_PATH | O_TRUNC, 0, 0), 24);
  closed(CALL_OK(openat2, "that makes a file", at, "made2", how(O_CREAT | O_RDWR, 0604, 0), 24));
  EFFECT(openat2, "makes it with its mode", mode_of("made2"));
}

static void openat2s_in_a_way(void) {
  int dir = open(".", O_PATH);
  CALL(openat2, "without links", dir, "link", how(0, 0, RESOLVE_NO_SYMLINKS), 24);
  closed(CALL_OK(openat2, "of a link itself without links", dir, "link",
                 how(O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS), 24));
  CALL(openat2, "without magic links", dir, "/proc/self/exe", how(0, 0, RESOLVE_NO_MAGICLINKS), 24);
  closed(CALL_OK(openat2, "of plain links without magic ones", dir, "link",
                 how(0, 0, RESOLVE_NO_MAGICLINKS), 24));
  CALL(openat2, "above what it is to stay beneath", dir, "..", how(0, 0, RESOLVE_BENEATH), 24);
  CALL(openat2, "of a whole path beneath", dir, "/file", how(0, 0, RESOLVE_BENEATH), 24);
  closed(CALL_OK(openat2, "beneath a directory", dir, "file", how(0, 0, RESOLVE_BENEATH), 24));
  closed(CALL_OK(openat2, "of a whole path in a root", dir, "/file",
                 how(0, 0, RESOLVE_IN_ROOT), 24));
  closed(CALL_OK(openat2, "above a root", dir, "../../file", how(0, 0, RESOLVE_IN_ROOT), 24));
  CALL(openat2, "on another file system", dir, "/proc/version", how(0, 0, RESOLVE_NO_XDEV), 24);
  CALL(openat2, "that makes a file from what is cached", dir, "new3",
       how(O_CREAT, 0600, RESOLVE_CACHED), 24);
}

static void creats(void) {
  ten_bytes("old");
  closed(CALL_OK(creat, "of a new file", "created", 0642));
  EFFECT(creat, "gives it the mode that the umask leaves", mode_of("created"));
  long fd = CALL_OK(creat, "of a file that is there", "old", 0600);
  EFFECT(creat, "empties it", mode_of("old") != -1 ? s.st_size : -1);
  EFFECT(creat, "leaves its mode", s.st_mode);
  EFFECT(creat, "opens for writing only", fcntl(fd, F_GETFL) & O_ACCMODE);
  closed(fd);
  CALL(creat, "of a directory", ".", 0644);
  CALL(creat, "in a directory that is missing", "no/file", 0644);
  CALL(creat, "of a name that is none", (void *)8, 0644);
  CALL(creat, "of an empty name", "", 0644);
  CALL(creat, "of too long a name", long_name + 4999 - 256, 0644);
  IN_CHILD(setuid(65534); CALL(creat, "of another user's file", "old", 0644));
}

int main(void) {
  begin();
  const char *directory = own_directory();
  memset(long_name, 'n', 4999);
  ten_bytes("file");
  symlink("file", "link");
  symlink("loop", "loop");
  symlink("nothing", "dangling");
  mkfifo("fifo", 0600);
  mkdir("sub", 0755);
  ten_bytes("sub/inner");
  bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&(struct sockaddr_un){AF_UNIX, "socket"},
       sizeof(struct sockaddr_un));
  opens();
  creations();
  opens_of_a_user();
  openats();
  openat2s();
  openat2s_in_a_way();
  creats();
  remove_own_directory(directory);
  return 0;
}
