/* The working directory and the root. */
#include "calls.h"

#include <fcntl.h>

static char long_name[257], b[200];
static const char *directory;
static int file, dir, sub, path, closed, pipes[2];

/* Whether the working directory is the program's own one with something behind. */
static int at(const char *behind) {
  char here[200], wanted[200];
  snprintf(wanted, sizeof wanted, "%s%s", directory, behind);
  return syscall(SYS_getcwd, here, sizeof here) > 0 ? !strcmp(here, wanted) : -1;
}

static void *in_thread(void *unused) {
  CALL(getcwd, "in a thread", b, 200);
  CALL(chdir, "in a thread", "sub");
  return 0;
}

static void removed(void) {
  mkdir("gone", 0755);
  int gone = open("gone", O_RDONLY);
  chdir("gone");
  rmdir("../gone");
  CALL(getcwd, "in a directory that is removed", b, 200);
  CALL(chdir, "to itself, in a directory that is removed", ".");
  CALL(chdir, "up from a directory that is removed", "..");
  CALL(fchdir, "to a directory that is removed", gone);
  EFFECT(fchdir, "leads to a directory without a name", at("/gone"));
}

static void user_goes(void) {
  become(1000);
  CALL(chdir, "to a directory that may not be searched", "closed");
  CALL(chdir, "to a directory that may be searched alone", "searched");
  chdir(directory);
  CALL(fchdir, "to a directory that may not be searched", sub);
  CALL(chroot, "as a user", "sub");
  CALL(chroot, "to nothing, as a user", "nothing");
  CALL(chroot, "to a file, as a user", "file");
}

static void goes(void) {
  CALL(getcwd, "into much room", b, 200);
  EFFECT(getcwd, "gives the whole path", !strcmp(b, directory));
  CALL(getcwd, "into just enough room", b, 17);
  CALL(getcwd, "into too little room", b, 16);
  CALL(getcwd, "into no room", b, 0);
  CALL(getcwd, "into any room", b, (size_t)-1);
  CALL(getcwd, "to an address that is none", (void *)8, 200);
  CALL(getcwd, "to no address and into no room", NULL, 0);
  CALL(chdir, "to a directory", "sub");
  CALL(getcwd, "below", b, 200);
  EFFECT(chdir, "changes the working directory", at("/sub"));
  CALL(chdir, "up", "..");
  CALL(chdir, "to itself", ".");
  CALL(chdir, "through a symbolic link", "link");
  EFFECT(getcwd, "gives no symbolic link's name", at("/sub"));
  rename("../sub", "../renamed");
  EFFECT(getcwd, "gives a new name", at("/renamed"));
  rename("../renamed", "../sub");
  chdir("..");
  CALL(chdir, "to a file", "file");
  CALL(chdir, "to nothing", "nothing");
  CALL(chdir, "to an empty name", "");
  CALL(chdir, "to a loop", "loop");
  CALL(chdir, "to a name that is too long", long_name);
  CALL(chdir, "to an address that is none", (void *)8);
  CALL(chdir, "to the root", "/");
  CALL(getcwd, "at the root", b, 200);
  CALL(chdir, "up from the root", "..");

  CALL(fchdir, "to a directory", sub);
  EFFECT(fchdir, "changes the working directory", at("/sub"));
  CALL(fchdir, "to an O_PATH descriptor of a directory", path);
  CALL(fchdir, "to an O_PATH descriptor of a file", open("file", O_PATH));
  CALL(fchdir, "to a file", file);
  CALL(fchdir, "to a pipe", pipes[0]);
  CALL(fchdir, "to a closed descriptor", closed);
  CALL(fchdir, "to the working directory's number", AT_FDCWD);
  CALL(fchdir, "back", dir);
}

static void shares(void) {
  pthread_t thread;
  pthread_create(&thread, 0, in_thread, 0);
  pthread_join(thread, 0);
  EFFECT(chdir, "changes the other threads' working directory", at("/sub"));
  IN_CHILD(chdir("/"));
  EFFECT(chdir, "in a child leaves the parent's working directory", at("/sub"));
  IN_CHILD(EFFECT(getcwd, "is inherited by a child", at("/sub")));
  chdir("..");
}

static void jailed(void) {
  CALL(chroot, "to a directory", "sub");
  CALL(getcwd, "outside the root", b, 200);
  EFFECT(getcwd, "tells that there is no way", !strncmp(b, "(unreachable)/", 14));
  EFFECT(chroot, "leaves the working directory", access("file", F_OK));
  CALL(chdir, "to the new root", "/");
  CALL(getcwd, "at the new root", b, 200);
  EFFECT(chroot, "makes the directory the root", access("/inner", F_OK));
  CALL(chdir, "up from the new root", "..");
  EFFECT(chroot, "leaves no way up", access("../file", F_OK));
  EFFECT(chroot, "is where absolute links begin", access("absolute", F_OK));
  CALL(chroot, "to itself", "/");
  CALL(chroot, "to nothing, within another root", "/sub");
  CALL(fchdir, "to outside the root", dir);
  EFFECT(fchdir, "gets out of the root", access("file", F_OK));
  become(1000);
  CALL(chroot, "to itself, as a user", "/");
}

static void roots(void) {
  CALL(chroot, "to a file", "file");
  CALL(chroot, "to nothing", "nothing");
  CALL(chroot, "to an empty name", "");
  CALL(chroot, "below a file", "file/x");
  CALL(chroot, "to a loop", "loop");
  CALL(chroot, "to an address that is none", (void *)8);
  IN_CHILD(CALL(chroot, "through a symbolic link", "link"));
  IN_CHILD(jailed());
  EFFECT(chroot, "in a child leaves the parent's root", access("/inner", F_OK));
}

int main(void) {
  begin();
  umask(022);
  directory = own_directory();
  memset(long_name, 'n', 256);
  mkdir("sub", 0700);
  mkdir("closed", 0700);
  mkdir("searched", 0711);
  symlink("sub", "link");
  symlink("loop", "loop");
  file = open("file", O_RDWR | O_CREAT, 0644);
  close(creat("sub/inner", 0644));
  symlink("/inner", "sub/absolute");
  dir = open(".", O_RDONLY);
  sub = open("sub", O_RDONLY);
  path = open(".", O_PATH);
  pipe(pipes);
  closed = fcntl(file, F_DUPFD, 500); /* later descriptors are lower */
  close(closed);
  goes();
  shares();
  IN_CHILD(removed());
  IN_CHILD(user_goes());
  roots();
  remove_own_directory(directory);
  return 0;
}
