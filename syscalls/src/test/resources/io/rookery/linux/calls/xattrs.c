/* Extended attributes. */
#include "calls.h"

#include <fcntl.h>

#define CREATE 1
#define REPLACE 2

static char long_name[300], b[1000], big[70000];
static int file, reader, dir, path, closed;

/* How many names of a list are of a user's or trusted: a host may add others. */
static int names(long size) {
  int n = 0;
  for (char *p = b; p < b + size; p += strlen(p) + 1)
    n += !strncmp(p, "user.", 5) || !strncmp(p, "trusted.", 8);
  return size < 0 ? -1 : n;
}

static void user_asks(void) {
  become(1000);
  CALL(setxattr, "of a file that may not be written", "file", "user.x", "1", 1, 0);
  CALL(setxattr, "of a trusted name, as a user", "everyones", "trusted.x", "1", 1, 0);
  CALL(setxattr, "of a file that may be written", "everyones", "user.x", "1", 1, 0);
  CALL(setxattr, "of another's sticky directory", "sticky", "user.x", "1", 1, 0);
  CALL(getxattr, "of a file that may not be read", "private", "user.a", b, 100);
  CALL(getxattr, "of a trusted name, as a user", "file", "trusted.a", b, 100);
  CALL(getxattr, "of a file that may be read", "file", "user.a", b, 100);
  CALL(removexattr, "of a file that may not be written", "file", "user.a");
  CALL(removexattr, "of a trusted name, as a user", "file", "trusted.a");
  CALL(fsetxattr, "as a user, of what was opened before", file, "user.x", "1", 1, 0);
  CALL(fremovexattr, "as a user, of what was opened before", file, "user.a");
  CALL(lsetxattr, "of a symbolic link's trusted name, as a user", "link", "trusted.x", "1", 1, 0);
  EFFECT(listxattr, "hides trusted names from users",
         names(syscall(SYS_listxattr, "file", b, 1000)));
  EFFECT(listxattr, "shows names of what may not be read",
         names(syscall(SYS_listxattr, "private", b, 1000)));
}

static void sets(void) {
  CALL(setxattr, "of a new name", "file", "user.a", "abcdef", 6, 0);
  CALL(setxattr, "of a name that is there", "file", "user.a", "abc", 3, 0);
  CALL(setxattr, "of a name that is there, to be made", "file", "user.a", "x", 1, CREATE);
  CALL(setxattr, "of a new name, to be replaced", "file", "user.b", "x", 1, REPLACE);
  CALL(setxattr, "of a new name, to be made", "file", "user.b", "bb", 2, CREATE);
  CALL(setxattr, "of a name that is there, to be replaced", "file", "user.b", "b", 1, REPLACE);
  CALL(setxattr, "with a flag that is none", "file", "user.c", "x", 1, 4);
#ifdef __x86_64__
  CALL(setxattr, "with bits above those of the flags", "file", "user.b", "b", 1, 1L << 40);
#endif
  CALL(setxattr, "of nothing as value", "file", "user.empty", NULL, 0, 0);
  CALL(setxattr, "of a trusted name", "file", "trusted.a", "t", 1, 0);
  CALL(setxattr, "of a name space that is none", "file", "nothing.a", "x", 1, 0);
  CALL(setxattr, "of a name without a name space", "file", "a", "x", 1, 0);
  CALL(setxattr, "of a name space alone", "file", "user.", "x", 1, 0);
  CALL(setxattr, "of an empty name", "file", "", "x", 1, 0);
  CALL(setxattr, "of a name that is too long", "file", long_name, "x", 1, 0);
  CALL(setxattr, "of a value that is too big", "file", "user.c", big, 65537, 0);
  CALL(setxattr, "of a pipe", "pipe", "user.a", "x", 1, 0);
  CALL(setxattr, "of a file of the file system of processes", "/proc/self/status", "user.a", "x", 1,
       0);
  CALL(setxattr, "of no file", "nothing", "user.a", "x", 1, 0);
  CALL(setxattr, "of a name's address that is none", "file", (void *)8, "x", 1, 0);
  CALL(setxattr, "of a value's address that is none", "file", "user.c", (void *)8, 1, 0);
  CALL(setxattr, "of an address that is none", (void *)8, "user.a", "x", 1, 0);
  CALL(setxattr, "through a symbolic link", "link", "user.d", "1234", 4, 0);
  CALL(setxattr, "of a directory", "directory", "user.a", "d", 1, 0);

  CALL(lsetxattr, "of a file", "file", "user.e", "e", 1, 0);
  CALL(lsetxattr, "of a symbolic link", "link", "user.a", "x", 1, 0);
  CALL(lsetxattr, "of a symbolic link's trusted name", "link", "trusted.link", "on", 2, 0);
  CALL(lsetxattr, "of a name that is there, to be made", "link", "trusted.link", "x", 1, CREATE);
  CALL(lsetxattr, "of a symbolic link to nothing", "dangling", "trusted.a", "x", 1, 0);
  CALL(lsetxattr, "of no file", "nothing", "trusted.a", "x", 1, 0);
  CALL(lsetxattr, "with a flag that is none", "link", "trusted.a", "x", 1, 8);
  CALL(lsetxattr, "of an empty name", "link", "", "x", 1, 0);

  CALL(fsetxattr, "of a file", file, "user.f", "ff", 2, 0);
  CALL(fsetxattr, "of a file open for reading", reader, "user.g", "gg", 2, 0);
  CALL(fsetxattr, "of a directory", dir, "user.h", "h", 1, 0);
  CALL(fsetxattr, "of an O_PATH descriptor", path, "user.a", "x", 1, 0);
  CALL(fsetxattr, "of a closed descriptor", closed, "user.a", "x", 1, 0);
  CALL(fsetxattr, "of a name that is there, to be made", file, "user.f", "x", 1, CREATE);
  CALL(fsetxattr, "of a name space that is none", file, "nothing.f", "x", 1, 0);
}

static void gets(void) {
  CALL(getxattr, "of a name", "file", "user.a", b, 100);
  EFFECT(getxattr, "gives the value", !memcmp(b, "abc", 3));
  CALL(getxattr, "into no room", "file", "user.a", NULL, 0);
  CALL(getxattr, "into too little room", "file", "user.a", b, 2);
  CALL(getxattr, "into more room than a value can take", "file", "user.a", b, (size_t)-1);
  CALL(getxattr, "of an empty value", "file", "user.empty", b, 100);
  CALL(getxattr, "of a name that is not there", "file", "user.nothing", b, 100);
  CALL(getxattr, "of a name space that is none", "file", "nothing.a", b, 100);
  CALL(getxattr, "of a trusted name", "file", "trusted.a", b, 100);
  CALL(getxattr, "of a pipe", "pipe", "user.a", b, 100);
  CALL(getxattr, "through a symbolic link", "link", "user.d", b, 100);
  CALL(getxattr, "of an empty name", "file", "", b, 100);
  CALL(getxattr, "of a name that is too long", "file", long_name, b, 100);
  CALL(getxattr, "of no file", "nothing", "user.a", b, 100);
  CALL(getxattr, "to an address that is none", "file", "user.a", (void *)8, 100);

  CALL(lgetxattr, "of a file", "file", "user.a", b, 100);
  CALL(lgetxattr, "of a symbolic link", "link", "trusted.link", b, 100);
  CALL(lgetxattr, "of a symbolic link, what its file has", "link", "trusted.a", b, 100);
  CALL(lgetxattr, "of a symbolic link, a user's name", "link", "user.a", b, 100);
  CALL(lgetxattr, "of a symbolic link into too little room", "link", "trusted.link", b, 1);
  CALL(lgetxattr, "of a symbolic link to nothing", "dangling", "trusted.a", b, 100);
  CALL(lgetxattr, "of no file", "nothing", "user.a", b, 100);

  CALL(fgetxattr, "of a file", file, "user.f", b, 100);
  CALL(fgetxattr, "of a file open for writing", open("file", O_WRONLY), "user.g", b, 100);
  CALL(fgetxattr, "of a directory", dir, "user.h", b, 100);
  CALL(fgetxattr, "of a name that is not there", file, "user.nothing", b, 100);
  CALL(fgetxattr, "into too little room", file, "user.f", b, 1);
  CALL(fgetxattr, "of an O_PATH descriptor", path, "user.a", b, 100);
  CALL(fgetxattr, "of a closed descriptor", closed, "user.a", b, 100);
}

static void lists(void) {
  CALL_OK(listxattr, "into much room", "file", b, 1000);
  EFFECT(listxattr, "gives all names", names(syscall(SYS_listxattr, "file", b, 1000)));
  CALL_OK(listxattr, "into no room", "file", NULL, 0);
  CALL(listxattr, "into too little room", "file", b, 1);
  CALL(listxattr, "to an address that is none", "file", (void *)8, 1000);
  CALL(listxattr, "of no file", "nothing", b, 1000);
  CALL(listxattr, "of an address that is none", (void *)8, b, 1000);
  EFFECT(listxattr, "follows a symbolic link", names(syscall(SYS_listxattr, "link", b, 1000)));
  EFFECT(listxattr, "gives nothing where nothing is",
         names(syscall(SYS_listxattr, "pipe", b, 1000)));

  CALL_OK(llistxattr, "of a symbolic link", "link", b, 1000);
  EFFECT(llistxattr, "gives a symbolic link's own names",
         names(syscall(SYS_llistxattr, "link", b, 1000)));
  EFFECT(llistxattr, "gives a file's names", names(syscall(SYS_llistxattr, "file", b, 1000)));
  CALL(llistxattr, "into too little room", "link", b, 1);
  CALL_OK(llistxattr, "into no room", "link", NULL, 0);
  CALL(llistxattr, "of no file", "nothing", b, 1000);
  CALL(llistxattr, "to an address that is none", "link", (void *)8, 1000);

  CALL_OK(flistxattr, "of a file", file, b, 1000);
  EFFECT(flistxattr, "gives all names", names(syscall(SYS_flistxattr, file, b, 1000)));
  EFFECT(flistxattr, "gives a directory's names", names(syscall(SYS_flistxattr, dir, b, 1000)));
  CALL(flistxattr, "into too little room", file, b, 1);
  CALL_OK(flistxattr, "into no room", file, NULL, 0);
  CALL(flistxattr, "of an O_PATH descriptor", path, b, 1000);
  CALL(flistxattr, "of a closed descriptor", closed, b, 1000);
}

static void removes(void) {
  CALL(removexattr, "of a name", "file", "user.a");
  EFFECT(removexattr, "takes the name away", syscall(SYS_getxattr, "file", "user.a", b, 100));
  CALL(removexattr, "of a name that is not there", "file", "user.a");
  CALL(removexattr, "of a name space that is none", "file", "nothing.a");
  CALL(removexattr, "through a symbolic link", "link", "user.d");
  CALL(removexattr, "of an empty name", "file", "");
  CALL(removexattr, "of a name that is too long", "file", long_name);
  CALL(removexattr, "of a name's address that is none", "file", (void *)8);
  CALL(removexattr, "of a pipe", "pipe", "user.a");
  CALL(removexattr, "of no file", "nothing", "user.a");

  CALL(lremovexattr, "of a symbolic link", "link", "trusted.link");
  CALL(lremovexattr, "of a name that is not there", "link", "trusted.link");
  CALL(lremovexattr, "of a symbolic link, a user's name", "link", "user.a");
  CALL(lremovexattr, "of a file", "file", "user.e");
  CALL(lremovexattr, "of no file", "nothing", "user.a");
  CALL(lremovexattr, "of an empty name", "link", "");

  CALL(fremovexattr, "of a file", file, "user.f");
  CALL(fremovexattr, "of a name that is not there", file, "user.f");
  CALL(fremovexattr, "of a file open for reading", reader, "user.g");
  CALL(fremovexattr, "of a directory", dir, "user.h");
  CALL(fremovexattr, "of an O_PATH descriptor", path, "user.a");
  CALL(fremovexattr, "of a closed descriptor", closed, "user.a");
}

int main(void) {
  begin();
  umask(022);
  const char *directory = own_directory();
  memset(long_name, 'n', 299);
  memcpy(long_name, "user.", 5);
  mkdir("directory", 0755);
  mkdir("sticky", 0777);
  chmod("sticky", 01777);
  mkfifo("pipe", 0644);
  symlink("file", "link");
  symlink("nothing", "dangling");
  close(creat("private", 0600));
  syscall(SYS_setxattr, "private", "user.a", "p", 1, 0);
  close(creat("everyones", 0666));
  chmod("everyones", 0666);
  file = open("file", O_RDWR | O_CREAT, 0644);
  reader = open("file", O_RDONLY);
  dir = open(".", O_RDONLY);
  path = open(".", O_PATH);
  closed = fcntl(file, F_DUPFD, 500); /* later descriptors are lower */
  close(closed);
  sets();
  IN_CHILD(user_asks());
  gets();
  lists();
  removes();
  remove_own_directory(directory);
  return 0;
}
