/* Renaming. */
#include "calls.h"

#include <fcntl.h>

#define NOREPLACE 1
#define EXCHANGE 2
#define WHITEOUT 4

static char long_name[257];
static int file, dir, path, closed;

static void put(const char *name, const char *text) {
  int fd = creat(name, 0644);
  write(fd, text, strlen(text));
  close(fd);
}

/* A file's first byte: which file it is that has the name. */
static int content(const char *name) {
  char c = 0;
  int fd = open(name, O_RDONLY);
  if (fd < 0) return -1;
  read(fd, &c, 1);
  close(fd);
  errno = 0;
  return c - '0';
}

static int type(const char *name) {
  struct stat s;
  return lstat(name, &s) ? -1 : s.st_mode >> 12;
}

static void unprivileged(void) {
  setgroups(0, 0);
  if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000)) _exit(1);
  CALL(rename, "as a user that may not write there", "one", "x");
  CALL(rename, "of another's file in a sticky directory", "sticky/roots", "sticky/x");
  CALL(rename, "over another's file in a sticky directory", "sticky/own", "sticky/roots");
  CALL(rename, "of one's own file in a sticky directory", "sticky/own", "sticky/x");
  CALL(rename, "of another's directory to another parent", "open/roots", "sticky/y");
  CALL(renameat, "as a user that may not write there", dir, "one", dir, "x");
  CALL(renameat2, "as a user that may not write there", dir, "one", dir, "x", 0);
}

static void files(void) {
  int two = open("two", O_RDONLY);
  struct stat s;
  CALL(rename, "to a new name", "one", "new");
  EFFECT(rename, "takes the old name away", type("one"));
  CALL(rename, "over another file", "new", "two");
  EFFECT(rename, "puts the file in the other's place", content("two"));
  EFFECT(rename, "leaves what was open without a name", fstat(two, &s) ? -1 : s.st_nlink);
  link("two", "same");
  CALL(rename, "to another name of the same file", "two", "same");
  EFFECT(rename, "keeps both names of the same file", type("two") + type("same"));
  CALL(rename, "of a file to itself", "two", "two");
  CALL(rename, "of nothing", "nothing", "x");
  CALL(rename, "to where there is no directory", "two", "nothing/x");
  CALL(rename, "to below a file", "two", "same/x");
  CALL(rename, "of a file over a directory", "two", "empty");
  CALL(rename, "of a file with a slash", "two/", "x");
  CALL(rename, "of a file to a name with a slash", "two", "x/");
  CALL(rename, "of a symbolic link", "link", "moved");
  EFFECT(rename, "moves the link, not what it names", type("moved"));
  CALL(rename, "over a symbolic link to itself", "moved", "loop");
  CALL(rename, "from another file system", "/proc/version", "x");
  CALL(rename, "of an empty name", "", "x");
  CALL(rename, "to an empty name", "two", "");
  CALL(rename, "to a name that is too long", "two", long_name);
  CALL(rename, "of an address that is none", (void *)8, "x");
  CALL(rename, "to an address that is none", "two", (void *)8);
}

static void directories(void) {
  CALL(rename, "of a directory over a file", "empty", "two");
  CALL(rename, "of a directory over one that is not empty", "empty", "full");
  CALL(rename, "of a directory over an empty one", "full", "empty");
  EFFECT(rename, "moves what is in a directory", content("empty/inner"));
  CALL(rename, "of a directory into itself", "empty", "empty/x");
  CALL(rename, "of what is in a directory over the directory", "empty/inner", "empty");
  CALL(rename, "of a directory with slashes", "empty/", "other/");
  CALL(rename, "of itself", ".", "x");
  CALL(rename, "of the one above", "other/..", "x");
  CALL(rename, "to a dot", "other", "tree/.");
  CALL(rename, "of the root", "/", "/rookery");
  CALL(rename, "of a mount point", "/proc", "/rookery");
  CALL(rename, "of a directory to another parent", "tree/child", "other/child");
  struct stat above, parent;
  stat("other/child/..", &above);
  stat("other", &parent);
  EFFECT(rename, "changes what is above a directory", above.st_ino == parent.st_ino);
}

static void relative(void) {
  put("a", "1");
  CALL(renameat, "relative to a directory", dir, "a", dir, "b");
  CALL(renameat, "relative to the working directory", AT_FDCWD, "b", AT_FDCWD, "c");
  CALL(renameat, "relative to O_PATH descriptors", path, "c", path, "d");
  EFFECT(renameat, "moves the file", content("d"));
  CALL(renameat, "of nothing", dir, "nothing", dir, "x");
  CALL(renameat, "relative to a file", file, "d", dir, "x");
  CALL(renameat, "to a name relative to a file", dir, "d", file, "x");
  CALL(renameat, "relative to a closed descriptor", closed, "d", dir, "x");
  CALL(renameat, "to a name relative to a closed descriptor", dir, "d", closed, "x");
  CALL(renameat, "of an empty name", dir, "", dir, "x");
  CALL(renameat, "of an address that is none", dir, (void *)8, dir, "x");
}

static void flags(void) {
  put("a", "1");
  put("b", "2");
  CALL(renameat2, "without flags", dir, "a", dir, "c", 0);
  CALL(renameat2, "without replacing, to a new name", dir, "c", dir, "a", NOREPLACE);
  CALL(renameat2, "without replacing, to a name that is there", dir, "a", dir, "b", NOREPLACE);
  CALL(renameat2, "without replacing, to itself", dir, "a", dir, "a", NOREPLACE);
  CALL(renameat2, "without replacing, to a dot", dir, "a", dir, ".", NOREPLACE);
  CALL(renameat2, "exchanging two files", dir, "a", dir, "b", EXCHANGE);
  EFFECT(renameat2, "exchanges the contents", content("a") * 10 + content("b"));
  CALL(renameat2, "exchanging a file and a directory", dir, "a", dir, "other", EXCHANGE);
  EFFECT(renameat2, "exchanges the types", type("a") * 100 + type("other"));
  CALL(renameat2, "exchanging with nothing", dir, "b", dir, "nothing", EXCHANGE);
  CALL(renameat2, "exchanging nothing", dir, "nothing", dir, "b", EXCHANGE);
  CALL(renameat2, "exchanging a directory with its child", dir, "a", dir, "a/child", EXCHANGE);
  CALL(renameat2, "exchanging a child with its directory", dir, "a/child", dir, "a", EXCHANGE);
  CALL(renameat2, "exchanging without replacing", dir, "a", dir, "b", EXCHANGE | NOREPLACE);
  CALL(renameat2, "exchanging, leaving a whiteout", dir, "a", dir, "b", EXCHANGE | WHITEOUT);
  CALL(renameat2, "with a flag that is none", dir, "a", dir, "b", 8);
#ifdef __x86_64__
  CALL(renameat2, "with bits above those of the flags", dir, "nothing", dir, "b", 1L << 40);
#endif
  CALL(renameat2, "relative to a file", file, "a", dir, "x", 0);
  CALL(renameat2, "relative to a closed descriptor", closed, "a", dir, "x", 0);
  CALL(renameat2, "of an address that is none", dir, (void *)8, dir, "x", 0);
}

int main(void) {
  begin();
  umask(022);
  const char *directory = own_directory();
  memset(long_name, 'n', 256);
  put("one", "1");
  put("two", "2");
  mkdir("empty", 0755);
  mkdir("full", 0755);
  mkdir("tree", 0755);
  mkdir("tree/child", 0755);
  mkdir("open", 0777);
  chmod("open", 0777);
  mkdir("open/roots", 0755);
  mkdir("sticky", 0777);
  chmod("sticky", 01777);
  put("sticky/roots", "1");
  put("sticky/own", "1");
  chown("sticky/own", 1000, 1000);
  put("full/inner", "7");
  symlink("two", "link");
  symlink("loop", "loop");
  file = open("one", O_RDONLY);
  dir = open(".", O_RDONLY);
  path = open(".", O_PATH);
  closed = fcntl(file, F_DUPFD, 500); /* later descriptors are lower */
  close(closed);
  IN_CHILD(unprivileged());
  files();
  directories();
  relative();
  flags();
  remove_own_directory(directory);
  return 0;
}
