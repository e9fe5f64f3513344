/* Changing files' modes. */
#include "calls.h"

#include <fcntl.h>

#ifndef SYS_fchmodat2 /* newer than some headers */
#define SYS_fchmodat2 452
#endif

static char long_name[257];
static int file, reader, dir, path, closed;

static int mode(const char *name) {
  struct stat s;
  return lstat(name, &s) ? -1 : s.st_mode & 07777;
}

static void stranger_changes(void) {
  become(1001);
  CALL(chmod, "by a stranger", "users", 0777);
  CALL(chmod, "below a directory that may not be searched", "closed/x", 0777);
  CALL(fchmod, "by a stranger", file, 0777);
  CALL(fchmodat, "by a stranger", dir, "users", 0777);
  CALL(fchmodat2, "by a stranger", dir, "users", 0777, 0);
}

static void owner_changes(void) {
  become(1000);
  CALL(chmod, "by the owner", "users", 0600);
  CALL(chmod, "with the set-group-ID bit, by one of another group", "users", 02755);
  EFFECT(chmod, "drops the set-group-ID bit of another's group", mode("users"));
  CALL(fchmod, "by the owner, of a file open for reading", open("users", O_RDONLY), 04711);
  EFFECT(fchmod, "keeps the owner's set-user-ID bit", mode("users"));
}

static void by_name(void) {
  CALL(chmod, "to no rights", "file", 0);
  EFFECT(chmod, "takes all rights", mode("file"));
  CALL(chmod, "to all bits", "file", 07777);
  EFFECT(chmod, "gives all bits", mode("file"));
  CALL(chmod, "to more than all bits", "file", 0170644);
  EFFECT(chmod, "leaves the type as it is", mode("file"));
  CALL(chmod, "of a directory", "directory", 01750);
  EFFECT(chmod, "gives a directory the sticky bit", mode("directory"));
  CALL(chmod, "through a symbolic link", "link", 0604);
  EFFECT(chmod, "changes what a symbolic link names", mode("file"));
  CALL(chmod, "of a pipe", "pipe", 0622);
  CALL(chmod, "of a loop", "loop", 0644);
  CALL(chmod, "of a symbolic link that leads nowhere", "dangling", 0644);
  CALL(chmod, "of nothing", "nothing", 0644);
  CALL(chmod, "of a file with a slash", "file/", 0644);
  CALL(chmod, "of an empty name", "", 0644);
  CALL(chmod, "of a name that is too long", long_name, 0644);
  CALL(chmod, "of an address that is none", (void *)8, 0644);
  CALL(chmod, "of a file of the file system of processes", "/proc/self/status", 0600);
}

static void by_descriptor(void) {
  int pipes[2];
  pipe(pipes);
  CALL(fchmod, "of a file", file, 0640);
  EFFECT(fchmod, "gives the mode", mode("file"));
  CALL(fchmod, "of a file open for reading", reader, 0644);
  CALL(fchmod, "of a directory", dir, 0711);
  CALL(fchmod, "of a pipe without a name", pipes[0], 0600);
  struct stat s;
  EFFECT(fchmod, "changes a pipe's other end too", fstat(pipes[1], &s) ? -1 : s.st_mode & 0777);
  CALL(fchmod, "of an O_PATH descriptor", path, 0644);
  CALL(fchmod, "of a closed descriptor", closed, 0644);
  CALL(fchmod, "of no descriptor", -1, 0644);
  close(creat("victim", 0644));
  int victim = open("victim", O_RDONLY);
  unlink("victim");
  CALL(fchmod, "of a file without names", victim, 0600);
  EFFECT(fchmod, "changes a file without names", fstat(victim, &s) ? -1 : s.st_mode & 0777);
}

static void relative(void) {
  CALL(fchmodat, "relative to a directory", dir, "file", 0641);
  EFFECT(fchmodat, "gives the mode", mode("file"));
  CALL(fchmodat, "relative to the working directory", AT_FDCWD, "file", 0642);
  CALL(fchmodat, "through a symbolic link", dir, "link", 0643);
  CALL(fchmodat, "with a fourth argument, which it has not", dir, "file", 0644, -1);
  CALL(fchmodat, "of an absolute name, relative to a closed descriptor", closed, "/dev/null", 0666);
  CALL(fchmodat, "relative to a file", file, "file", 0644);
  CALL(fchmodat, "relative to a closed descriptor", closed, "file", 0644);
  CALL(fchmodat, "of an empty name", dir, "", 0644);
  CALL(fchmodat, "of nothing", dir, "nothing", 0644);
  CALL(fchmodat, "of an address that is none", dir, (void *)8, 0644);

  CALL(fchmodat2, "relative to a directory", dir, "file", 0641, 0);
  EFFECT(fchmodat2, "gives the mode", mode("file"));
  CALL(fchmodat2, "through a symbolic link", dir, "link", 0643, 0);
  CALL(fchmodat2, "of a symbolic link itself", dir, "link", 0643, AT_SYMLINK_NOFOLLOW);
  CALL(fchmodat2, "of a file, not followed", dir, "file", 0600, AT_SYMLINK_NOFOLLOW);
  CALL(fchmodat2, "of a file by its descriptor", file, "", 0655, AT_EMPTY_PATH);
  CALL(fchmodat2, "of an O_PATH descriptor", path, "", 0755, AT_EMPTY_PATH);
  CALL(fchmodat2, "of an empty name without the flag", file, "", 0644, 0);
  CALL(fchmodat2, "with a flag that is none", dir, "file", 0644, AT_REMOVEDIR);
  CALL(fchmodat2, "relative to a file", file, "file", 0644, 0);
  CALL(fchmodat2, "relative to a closed descriptor", closed, "file", 0644, 0);
  CALL(fchmodat2, "of an address that is none", dir, (void *)8, 0644, 0);
  EFFECT(fchmodat2, "changes the file of a descriptor", mode("file"));
}

int main(void) {
  begin();
  umask(022);
  const char *directory = own_directory();
  memset(long_name, 'n', 256);
  mkdir("directory", 0755);
  mkdir("closed", 0700);
  mkfifo("pipe", 0600);
  symlink("file", "link");
  symlink("loop", "loop");
  symlink("nothing", "dangling");
  close(creat("users", 0644));
  chown("users", 1000, 0);
  file = open("file", O_RDWR | O_CREAT, 0644);
  reader = open("file", O_RDONLY);
  dir = open(".", O_RDONLY);
  path = open(".", O_PATH);
  closed = fcntl(file, F_DUPFD, 500); /* later descriptors are lower */
  close(closed);
  IN_CHILD(stranger_changes());
  IN_CHILD(owner_changes());
  by_name();
  by_descriptor();
  relative();
  remove_own_directory(directory);
  return 0;
}
