/* Making and removing directories, removing names. */
#include "calls.h"

#include <fcntl.h>

static char long_name[257], long_path[4097];
static int file, dir, path, closed;

static void unprivileged(void) {
  setgroups(0, 0);
  if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000)) _exit(1);
}

static void put(const char *name) {
  close(creat(name, 0644));
}

static int mode(const char *name) {
  struct stat s;
  return lstat(name, &s) ? -1 : s.st_mode & 07777;
}

static int there(const char *name) {
  struct stat s;
  return lstat(name, &s) == 0;
}

static void prepare(void) {
  memset(long_name, 'n', 256);
  memset(long_path, '/', 4096);
  put("file");
  symlink("nothing", "dangling");
  symlink("loop", "loop");
  symlink("made", "tomade");
  file = open("file", O_RDONLY);
  dir = open(".", O_RDONLY);
  path = open(".", O_PATH);
  closed = fcntl(file, F_DUPFD, 500); /* later descriptors are lower */
  close(closed);
}

static void removed_directory_makes(void) {
  mkdir("gone", 0755);
  chdir("gone");
  rmdir("../gone");
  CALL(mkdir, "in a directory that is removed", "x", 0755);
}

static void user_makes(void) {
  unprivileged();
  CALL(mkdir, "as a user that may not write there", "users", 0755);
  CALL(mkdir, "of a name that is there, as a user that may not write", "made", 0755);
  CALL(mkdir, "below a directory that may not be searched", "closed/x", 0755);
  CALL(mkdirat, "as a user that may not write there", dir, "users", 0755);
}

static void makes(void) {
  CALL(mkdir, "of a new name", "made", 0777);
  EFFECT(mkdir, "takes the umask's bits from the mode", mode("made"));
  CALL(mkdir, "of a name that is there", "made", 0755);
  CALL(mkdir, "of a file's name", "file", 0755);
  CALL(mkdir, "of a symbolic link that leads nowhere", "dangling", 0755);
  CALL(mkdir, "below a file", "file/x", 0755);
  CALL(mkdir, "below what is not there", "nothing/x", 0755);
  CALL(mkdir, "below a loop of symbolic links", "loop/x", 0755);
  CALL(mkdir, "of an empty name", "", 0755);
  CALL(mkdir, "of a name that is too long", long_name, 0755);
  CALL(mkdir, "of a path that is too long", long_path, 0755);
  CALL(mkdir, "of an address that is none", (void *)8, 0755);
  CALL(mkdir, "of itself", ".", 0755);
  CALL(mkdir, "of the root", "/", 0755);
  CALL(mkdir, "through a symbolic link", "tomade/inner", 0755);
  CALL(mkdir, "with slashes at the end", "slashes///", 0755);
  CALL(mkdir, "with all bits of the mode", "bits", 0177777);
  EFFECT(mkdir, "keeps only the sticky bit of the high ones", mode("bits"));
  chmod("bits", 02755);
  CALL(mkdir, "in a directory with the set-group-ID bit", "bits/inner", 0755);
  EFFECT(mkdir, "takes over the set-group-ID bit", mode("bits/inner"));
  CALL(mkdir, "in the file system of processes", "/proc/rookery", 0755);
  mkdir("closed", 0700);
  IN_CHILD(removed_directory_makes());
  IN_CHILD(user_makes());

  CALL(mkdirat, "of a new name", dir, "at", 0700);
  EFFECT(mkdirat, "gives the mode", mode("at"));
  CALL(mkdirat, "relative to the working directory", AT_FDCWD, "at2", 0755);
  CALL(mkdirat, "relative to an O_PATH descriptor", path, "at3", 0755);
  CALL(mkdirat, "of a name that is there", dir, "at", 0755);
  CALL(mkdirat, "relative to a file", file, "at4", 0755);
  CALL(mkdirat, "relative to a closed descriptor", closed, "at4", 0755);
  CALL(mkdirat, "of the root, relative to a closed descriptor", closed, "/", 0755);
  CALL(mkdirat, "of an empty name", dir, "", 0755);
  CALL(mkdirat, "of an address that is none", dir, (void *)8, 0755);
}

static void user_removes(void) {
  unprivileged();
  CALL(rmdir, "as a user that may not write there", "made");
  CALL(rmdir, "of another's directory in a sticky one", "sticky/roots");
  CALL(rmdir, "of one's own directory in a sticky one", "sticky/users");
  CALL(unlink, "as a user that may not write there", "file");
  CALL(unlink, "of another's file in a sticky directory", "sticky/file");
  CALL(unlink, "of one's own file in a sticky directory", "sticky/own");
  CALL(unlinkat, "of another's file in a sticky directory", dir, "sticky/file", 0);
}

static void removed_working_directory(void) {
  char b[100];
  mkdir("work", 0755);
  chdir("work");
  CALL(rmdir, "of the working directory", "../work");
  EFFECT(rmdir, "leaves the working directory without a name", syscall(SYS_getcwd, b, 100));
  EFFECT(rmdir, "leaves no way up to what was above", access("..", F_OK));
  CALL(rmdir, "of itself, when it is removed", ".");
}

static void removes(void) {
  mkdir("sticky", 0755);
  chmod("sticky", 01777);
  mkdir("sticky/roots", 0755);
  mkdir("sticky/users", 0755);
  put("sticky/file");
  put("sticky/own");
  chown("sticky/users", 1000, 1000);
  chown("sticky/own", 1000, 1000);
  IN_CHILD(user_removes());

  CALL(rmdir, "of a directory that is not empty", "made");
  CALL(rmdir, "of an empty directory", "made/inner");
  EFFECT(rmdir, "takes the name away", there("made/inner"));
  CALL(rmdir, "of nothing", "made/inner");
  CALL(rmdir, "of a file", "file");
  CALL(rmdir, "of a symbolic link to a directory", "tomade");
  CALL(rmdir, "of a symbolic link with a slash", "tomade/");
  CALL(rmdir, "of itself", ".");
  CALL(rmdir, "of a directory by its own dot", "made/.");
  CALL(rmdir, "of the one above", "made/..");
  CALL(rmdir, "of the root", "/");
  CALL(rmdir, "of a mount point", "/proc");
  CALL(rmdir, "of an empty name", "");
  CALL(rmdir, "of a name that is too long", long_name);
  CALL(rmdir, "of an address that is none", (void *)8);
  CALL(rmdir, "with slashes at the end", "slashes//");
  IN_CHILD(removed_working_directory());
}

static void unlinks(void) {
  struct stat s;
  put("victim");
  int open_file = open("victim", O_RDWR);
  CALL(unlink, "of a file", "victim");
  EFFECT(unlink, "leaves an open file without names", fstat(open_file, &s) ? -1 : s.st_nlink);
  EFFECT(unlink, "leaves an open file to be written", write(open_file, "abc", 3));
  CALL(unlink, "of nothing", "victim");
  CALL(unlink, "of a directory", "made");
  CALL(unlink, "of itself", ".");
  CALL(unlink, "of the root", "/");
  CALL(unlink, "of a file with a slash", "file/");
  CALL(unlink, "of nothing with a slash", "victim/");
  CALL(unlink, "of a directory with a slash", "made/");
  CALL(unlink, "below a file", "file/x");
  CALL(unlink, "of a symbolic link to a directory", "tomade");
  EFFECT(unlink, "leaves what a symbolic link named", there("made"));
  CALL(unlink, "of a symbolic link to itself", "loop");
  symlink("loop", "loop");
  CALL(unlink, "through a loop of symbolic links", "loop/x");
  mkfifo("fifo", 0644);
  CALL(unlink, "of a named pipe", "fifo");
  CALL(unlink, "of a file of the file system of processes", "/proc/self/status");
  CALL(unlink, "of an empty name", "");
  CALL(unlink, "of a name that is too long", long_name);
  CALL(unlink, "of a path that is too long", long_path);
  CALL(unlink, "of an address that is none", (void *)8);

  put("victim");
  CALL(unlinkat, "of a file", dir, "victim", 0);
  CALL(unlinkat, "of a directory without the flag", dir, "made", 0);
  CALL(unlinkat, "of a directory with the flag", dir, "made", AT_REMOVEDIR);
  CALL(unlinkat, "of a file with the flag for directories", dir, "file", AT_REMOVEDIR);
  CALL(unlinkat, "of itself with the flag for directories", dir, ".", AT_REMOVEDIR);
  CALL(unlinkat, "with a flag that is none", dir, "file", AT_SYMLINK_FOLLOW);
  CALL(unlinkat, "with the flag for empty names", dir, "file", AT_EMPTY_PATH);
  CALL(unlinkat, "relative to a file", file, "file", 0);
  CALL(unlinkat, "relative to a closed descriptor", closed, "file", 0);
  CALL(unlinkat, "of an empty name", dir, "", 0);
  CALL(unlinkat, "of an address that is none", dir, (void *)8, 0);
  CALL(unlinkat, "relative to an O_PATH descriptor", path, "file", 0);
  EFFECT(unlinkat, "takes the name away", there("file"));
#ifdef __x86_64__
  CALL(unlinkat, "with bits above those of the flags", dir, "file", 1L << 40);
#endif
}

int main(void) {
  begin();
  umask(022);
  const char *directory = own_directory();
  prepare();
  makes();
  removes();
  unlinks();
  remove_own_directory(directory);
  return 0;
}
