/* Hard and symbolic links. */
#include "calls.h"

#include <fcntl.h>

static char long_name[257], long_target[4097], b[100];
static int file, dir, path, closed;

static int links(const char *name) {
  struct stat s;
  return lstat(name, &s) ? -1 : s.st_nlink;
}

static int same(const char *one, const char *other) {
  struct stat s, t;
  return lstat(one, &s) || lstat(other, &t) ? -1 : s.st_ino == t.st_ino && s.st_dev == t.st_dev;
}

static int is_link(const char *name) {
  struct stat s;
  return lstat(name, &s) ? -1 : S_ISLNK(s.st_mode);
}

static void put(const char *name) {
  close(creat(name, 0644));
}

static void unprivileged(void) {
  setgroups(0, 0);
  if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000)) _exit(1);
  CALL(link, "as a user that may not write there", "users", "linkofuser");
  CALL(link, "to a directory that may not be searched", "users", "closed/x");
  CALL(linkat, "as a user that may not write there", dir, "users", dir, "linkofuser", 0);
  CALL(linkat, "of an open file by its descriptor, as a user", file, "", dir, "x", AT_EMPTY_PATH);
  CALL(symlink, "as a user that may not write there", "file", "linkofuser");
  CALL(symlinkat, "as a user that may not write there", "file", dir, "linkofuser");
  CALL(readlink, "below a directory that may not be searched", "closed/link", b, 100);
  CALL(readlinkat, "below a directory that may not be searched", dir, "closed/link", b, 100);
}

static void prepare(void) {
  memset(long_name, 'n', 256);
  memset(long_target, 't', 4096);
  put("file");
  put("users");
  chown("users", 1000, 1000);
  mkdir("directory", 0755);
  mkdir("closed", 0700);
  symlink("file", "tofile");
  symlink("file", "closed/link");
  symlink("loop", "loop");
  file = open("file", O_RDWR);
  dir = open(".", O_RDONLY);
  path = open(".", O_PATH);
  closed = fcntl(file, F_DUPFD, 500); /* later descriptors are lower */
  close(closed);
}

static void hard(void) {
  CALL(link, "of a file", "file", "second");
  EFFECT(link, "gives the file a second name", links("file") * 10 + same("file", "second"));
  CALL(link, "to a name that is there", "file", "second");
  CALL(link, "of a file to itself", "file", "file");
  CALL(link, "of a directory", "directory", "x");
  CALL(link, "of a symbolic link", "tofile", "linkoflink");
  EFFECT(link, "names the symbolic link itself", is_link("linkoflink"));
  CALL(link, "of nothing", "nothing", "x");
  CALL(link, "to where there is no directory", "file", "nothing/x");
  CALL(link, "to below a file", "file", "second/x");
  CALL(link, "to a name with a slash", "file", "x/");
  CALL(link, "of a file with a slash", "file/", "x");
  CALL(link, "of a file of another file system", "/proc/version", "x");
  CALL(link, "to a name that is too long", "file", long_name);
  CALL(link, "of an empty name", "", "x");
  CALL(link, "to an empty name", "file", "");
  CALL(link, "of an address that is none", (void *)8, "x");
  CALL(link, "to an address that is none", "file", (void *)8);

  CALL(linkat, "of a file", dir, "file", AT_FDCWD, "third", 0);
  CALL(linkat, "of a symbolic link, not followed", dir, "tofile", dir, "fourth", 0);
  EFFECT(linkat, "names the symbolic link without the flag", is_link("fourth"));
  CALL(linkat, "of a symbolic link, followed", dir, "tofile", dir, "fifth", AT_SYMLINK_FOLLOW);
  EFFECT(linkat, "names the file with the flag", same("file", "fifth"));
  CALL(linkat, "of a loop, followed", dir, "loop", dir, "x", AT_SYMLINK_FOLLOW);
  CALL(linkat, "of an open file by its descriptor", file, "", dir, "sixth", AT_EMPTY_PATH);
  CALL(linkat, "of an empty name without the flag", file, "", dir, "x", 0);
  CALL(linkat, "of a directory by its descriptor", dir, "", dir, "x", AT_EMPTY_PATH);
  CALL(linkat, "with a flag that is none", dir, "file", dir, "x", 1);
#ifdef __x86_64__
  CALL(linkat, "with bits above those of the flags", dir, "file", dir, "third", 1L << 40);
#endif
  CALL(linkat, "relative to a file", file, "file", dir, "x", 0);
  CALL(linkat, "to a name relative to a file", dir, "file", file, "x", 0);
  CALL(linkat, "relative to a closed descriptor", closed, "file", dir, "x", 0);
  CALL(linkat, "relative to O_PATH descriptors", path, "file", path, "seventh", 0);
  CALL(linkat, "to a name that is there", dir, "file", dir, "third", 0);
  int unnamed = open(".", O_TMPFILE | O_RDWR, 0644);
  int secret = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0644);
  CALL(linkat, "of a file without a name", unnamed, "", dir, "unnamed", AT_EMPTY_PATH);
  EFFECT(linkat, "gives it its only name", links("unnamed"));
  CALL(linkat, "of a file that is never to get a name", secret, "", dir, "x", AT_EMPTY_PATH);
  unlink("unnamed");
  CALL(linkat, "of a file that has lost its name", unnamed, "", dir, "x", AT_EMPTY_PATH);
}

static void symbolic(void) {
  CALL(symlink, "to a file", "file", "soft");
  EFFECT(symlink, "leads to the file", open("soft", O_RDONLY) > 0);
  CALL(symlink, "to nothing", "/nothing/at/all", "dangling");
  CALL(symlink, "of a name that is there", "file", "soft");
  CALL(symlink, "of a directory's name", "file", "directory");
  CALL(symlink, "to an empty name", "", "empty");
  CALL(symlink, "of an empty name", "file", "");
  CALL(symlink, "to a target that is too long", long_target, "x");
  CALL(symlink, "of a name that is too long", "file", long_name);
  CALL(symlink, "below what is not there", "file", "nothing/x");
  CALL(symlink, "below a file", "file", "file/x");
  CALL(symlink, "of a name with a slash", "file", "x/");
  CALL(symlink, "to an address that is none", (void *)8, "x");
  CALL(symlink, "of an address that is none", "file", (void *)8);
  struct stat s;
  EFFECT(symlink, "has the target's length as size", lstat("dangling", &s) ? -1 : s.st_size);
  EFFECT(symlink, "gives all rights", s.st_mode & 0777);

  CALL(symlinkat, "relative to a directory", "file", dir, "soft2");
  CALL(symlinkat, "relative to the working directory", "file", AT_FDCWD, "soft3");
  CALL(symlinkat, "relative to an O_PATH descriptor", "file", path, "soft4");
  CALL(symlinkat, "of a name that is there", "file", dir, "soft2");
  CALL(symlinkat, "relative to a file", "file", file, "x");
  CALL(symlinkat, "relative to a closed descriptor", "file", closed, "x");
  CALL(symlinkat, "to an empty name", "", dir, "x");
  CALL(symlinkat, "to an address that is none", (void *)8, dir, "x");
  EFFECT(symlinkat, "leads to the file", open("soft4", O_RDONLY) > 0);
}

static void targets(void) {
  memset(b, '.', 100);
  CALL(readlink, "of a symbolic link", "dangling", b, 100);
  EFFECT(readlink, "gives the target without an end", !memcmp(b, "/nothing/at/all...", 18));
  CALL(readlink, "into less room", "dangling", b, 3);
  CALL(readlink, "into no room", "dangling", b, 0);
  CALL(readlink, "into less than no room", "dangling", b, -1);
  CALL(readlink, "of a file", "file", b, 100);
  CALL(readlink, "of a directory", "directory", b, 100);
  CALL(readlink, "of nothing", "nothing", b, 100);
  CALL(readlink, "of a symbolic link to itself", "loop", b, 100);
  CALL(readlink, "through a loop", "loop/x", b, 100);
  CALL(readlink, "of a link with a slash", "dangling/", b, 100);
  CALL(readlink, "of an empty name", "", b, 100);
  CALL(readlink, "of an address that is none", (void *)8, b, 100);
  CALL(readlink, "to an address that is none", "dangling", (void *)8, 100);
  CALL(readlink, "of a process's root", "/proc/self/root", b, 100);
  EFFECT(readlink, "gives a process's own number",
         readlink("/proc/self", b, 100) > 0 && atoi(b) == getpid());

  int link = open("dangling", O_PATH | O_NOFOLLOW);
  CALL(readlinkat, "of a symbolic link", dir, "tofile", b, 100);
  CALL(readlinkat, "of a link by its descriptor", link, "", b, 100);
  CALL(readlinkat, "of a file by its descriptor", file, "", b, 100);
  CALL(readlinkat, "of a file's O_PATH descriptor", open("file", O_PATH), "", b, 100);
  CALL(readlinkat, "of a file", dir, "file", b, 100);
  CALL(readlinkat, "relative to a file", file, "x", b, 100);
  CALL(readlinkat, "relative to a closed descriptor", closed, "tofile", b, 100);
  CALL(readlinkat, "of an empty name and the working directory", AT_FDCWD, "", b, 100);
  CALL(readlinkat, "into no room", dir, "tofile", b, 0);
  CALL(readlinkat, "to an address that is none", dir, "tofile", (void *)8, 100);
}

int main(void) {
  begin();
  umask(022);
  const char *directory = own_directory();
  prepare();
  hard();
  symbolic();
  targets();
  IN_CHILD(unprivileged());
  remove_own_directory(directory);
  return 0;
}
