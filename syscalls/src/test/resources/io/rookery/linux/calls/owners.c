/* Changing files' owners. */
#include "calls.h"

#include <fcntl.h>

static char long_name[257];
static int file, reader, dir, path, closed;

static int mode(const char *name) {
  struct stat s;
  return lstat(name, &s) ? -1 : s.st_mode & 07777;
}

/* User and group in one number. */
static long owners(const char *name) {
  struct stat s;
  return lstat(name, &s) ? -1 : s.st_uid * 10000L + s.st_gid;
}

static void become_member(int user, int group, int other_group) {
  gid_t groups[] = {other_group};
  setgroups(1, groups);
  if (setresgid(group, group, group) || setresuid(user, user, user)) _exit(1);
}

static void stranger_changes(void) {
  become_member(1001, 1001, 1001);
  CALL(chown, "by a stranger", "users", 1001, -1);
  CALL(chown, "of nothing at all, by a stranger", "users", -1, -1);
  CALL(fchown, "by a stranger", file, 1001, 1001);
  CALL(lchown, "by a stranger", "link", 1001, 1001);
  CALL(fchownat, "by a stranger", dir, "users", 1001, 1001, 0);
  CALL(chown, "below a directory that may not be searched", "closed/x", -1, -1);
}

static void owner_changes(void) {
  become_member(1000, 1000, 1002);
  CALL(chown, "by the owner, to another user", "users", 1001, -1);
  CALL(chown, "by the owner, to himself", "users", 1000, -1);
  CALL(chown, "by the owner, to one of his groups", "users", -1, 1002);
  CALL(chown, "by the owner, to a group that is not his", "users", -1, 1003);
  EFFECT(chown, "gives an owner's file to his group", owners("users"));
  EFFECT(chown, "drops the set-ID bits for an owner too", mode("users"));
  CALL(fchown, "by the owner, to one of his groups", open("users", O_RDONLY), -1, 1000);
  CALL(fchown, "by the owner, to root", open("users", O_RDONLY), 0, -1);
}

static void by_name(void) {
  CALL(chown, "to a user and a group", "file", 12, 34);
  EFFECT(chown, "gives user and group", owners("file"));
  CALL(chown, "of the user alone", "file", 56, -1);
  CALL(chown, "of the group alone", "file", -1, 78);
  EFFECT(chown, "keeps what is not named", owners("file"));
  chmod("file", 06755);
  CALL(chown, "of a file with set-ID bits", "file", 12, 34);
  EFFECT(chown, "drops the set-ID bits", mode("file"));
  chmod("file", 02745);
  CALL(chown, "of a file with mandatory locks' mode", "file", 12, 34);
  EFFECT(chown, "keeps the set-group-ID bit without right to execute", mode("file"));
  chmod("directory", 06755);
  CALL(chown, "of a directory", "directory", 12, 34);
  EFFECT(chown, "keeps a directory's set-ID bits", mode("directory"));
  CALL(chown, "through a symbolic link", "link", 90, 91);
  EFFECT(chown, "changes what a symbolic link names", owners("file"));
  CALL(chown, "of a symbolic link that leads nowhere", "dangling", 1, 1);
  CALL(chown, "of a loop", "loop", 1, 1);
  CALL(chown, "of nothing", "nothing", 1, 1);
  CALL(chown, "of a file with a slash", "file/", 1, 1);
  CALL(chown, "of an empty name", "", 1, 1);
  CALL(chown, "of a name that is too long", long_name, 1, 1);
  CALL(chown, "of an address that is none", (void *)8, 1, 1);

  CALL(lchown, "of a symbolic link", "link", 21, 22);
  EFFECT(lchown, "changes the symbolic link itself", owners("link"));
  EFFECT(lchown, "leaves what a symbolic link names", owners("file"));
  CALL(lchown, "of a file", "file", 23, 24);
  CALL(lchown, "of a symbolic link that leads nowhere", "dangling", 1, 1);
  CALL(lchown, "of a symbolic link to itself", "loop", 1, 1);
  CALL(lchown, "of a symbolic link with a slash", "todirectory/", 25, 26);
  EFFECT(lchown, "follows a symbolic link with a slash", owners("directory"));
  CALL(lchown, "of nothing", "nothing", 1, 1);
  CALL(lchown, "below a file", "file/x", 1, 1);
  CALL(lchown, "of an empty name", "", 1, 1);
  CALL(lchown, "of an address that is none", (void *)8, 1, 1);
}

static void by_descriptor(void) {
  int pipes[2];
  struct stat s;
  pipe(pipes);
  CALL(fchown, "of a file", file, 31, 32);
  EFFECT(fchown, "gives user and group", owners("file"));
  CALL(fchown, "of a file open for reading", reader, 33, -1);
  CALL(fchown, "of a directory", dir, -1, 0);
  CALL(fchown, "of a pipe without a name", pipes[0], 7, 8);
  EFFECT(fchown, "changes a pipe's other end too",
         fstat(pipes[1], &s) ? -1 : s.st_uid * 10 + s.st_gid);
  CALL(fchown, "of an O_PATH descriptor", path, 1, 1);
  CALL(fchown, "of a closed descriptor", closed, 1, 1);
  CALL(fchown, "of nothing at all, of a closed descriptor", closed, -1, -1);

  CALL(fchownat, "relative to a directory", dir, "file", 41, 42, 0);
  EFFECT(fchownat, "gives user and group", owners("file"));
  CALL(fchownat, "of a symbolic link itself", dir, "link", 43, 44, AT_SYMLINK_NOFOLLOW);
  EFFECT(fchownat, "changes the symbolic link itself", owners("link"));
  CALL(fchownat, "of a file by its descriptor", file, "", 45, 46, AT_EMPTY_PATH);
  CALL(fchownat, "of an O_PATH descriptor", path, "", 0, 0, AT_EMPTY_PATH);
  EFFECT(fchownat, "changes the file of a descriptor", owners("file"));
  CALL(fchownat, "of an empty name without the flag", file, "", 1, 1, 0);
  CALL(fchownat, "with a flag that is none", dir, "file", 1, 1, AT_REMOVEDIR);
  CALL(fchownat, "relative to a file", file, "file", 1, 1, 0);
  CALL(fchownat, "relative to a closed descriptor", closed, "file", 1, 1, 0);
  CALL(fchownat, "of an address that is none", dir, (void *)8, 1, 1, 0);
}

#ifdef __i386__
static void wide(void) {
  CALL(chown32, "to numbers of more than 16 bits", "file", 123456, 65536);
  EFFECT(chown32, "keeps great numbers", owners("file"));
  CALL(chown32, "of nothing", "nothing", 1, 1);
  CALL(fchown32, "to numbers of more than 16 bits", file, 70000, -1);
  EFFECT(fchown32, "keeps great numbers", owners("file"));
  CALL(fchown32, "of a closed descriptor", closed, 1, 1);
  CALL(lchown32, "of a symbolic link", "link", 80000, 80001);
  EFFECT(lchown32, "changes the symbolic link itself", owners("link"));
  CALL(chown, "of the user alone, in 16 bits", "file", 65535, 5);
  EFFECT(chown, "takes 16 bits of ones for none", owners("file"));
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
  symlink("directory", "todirectory");
  symlink("loop", "loop");
  symlink("nothing", "dangling");
  close(creat("users", 0644));
  chown("users", 1000, 1000);
  chmod("users", 06755);
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
#ifdef __i386__
  wide();
#endif
  remove_own_directory(directory);
  return 0;
}
