/* Whether files may be accessed, and what is in directories. */
#include "calls.h"

#include <fcntl.h>
#include <sys/socket.h>

static char long_name[5000];
static int dir, file, path;

static void accesses(void) {
  CALL(access, "that a file is there", "file", F_OK);
  CALL(access, "that a file can be read and written", "file", R_OK | W_OK);
  CALL(access, "that a file can be executed, by root", "file", X_OK);
  CALL(access, "that a program can be executed", "program", X_OK);
  CALL(access, "of what is missing", "missing", F_OK);
  CALL(access, "through a link", "link", R_OK);
  CALL(access, "of a link to nothing", "dangling", F_OK);
  CALL(access, "of a link to itself", "loop", F_OK);
  CALL(access, "below a file", "file/x", F_OK);
  CALL(access, "of a directory with a slash", "./", X_OK);
  CALL(access, "of an unknown kind", "file", 8);
  CALL(access, "of a negative kind", "file", -1);
  CALL(access, "of an empty name", "", F_OK);
  CALL(access, "of a name that is none", (void *)8, F_OK);
  CALL(access, "of too long a name", long_name + 4999 - 256, F_OK);
  CALL(access, "of too long a path", long_name, F_OK);
  IN_CHILD(setuid(65534); CALL(access, "that a user may read", "file", R_OK);
           CALL(access, "that a user may write", "file", W_OK);
           CALL(access, "in another user's directory", "closed/x", F_OK));
  IN_CHILD(seteuid(65534); CALL(access, "by the real user, who is root", "secret", R_OK));
  IN_CHILD(setreuid(65534, 0); CALL(access, "by the real user, who is not root", "secret", R_OK));
}

static void faccessats(void) {
  int at = AT_FDCWD;
  CALL(faccessat, "that a file is there", dir, "file", F_OK);
  CALL(faccessat, "below the working directory", at, "file", R_OK);
  CALL(faccessat, "below an O_PATH descriptor", path, "file", R_OK);
  CALL(faccessat, "with needless flags", dir, "link", F_OK, -1);
  CALL(faccessat, "that a file can be executed, by root", dir, "file", X_OK);
  CALL(faccessat, "of a link to nothing", dir, "dangling", F_OK);
  CALL(faccessat, "of what is missing", dir, "missing", F_OK);
  CALL(faccessat, "of an empty name", dir, "", F_OK);
  CALL(faccessat, "below a file", file, "x", F_OK);
  CALL(faccessat, "below no descriptor", -1, "file", F_OK);
  CALL(faccessat, "of a whole path, with no descriptor", -1, "/", F_OK);
  CALL(faccessat, "of an unknown kind", dir, "file", 8);
  CALL(faccessat, "of a name that is none", dir, (void *)8, F_OK);
  IN_CHILD(setuid(65534); CALL(faccessat, "that a user may write", dir, "file", W_OK));
  IN_CHILD(setreuid(65534, 0); CALL(faccessat, "by the real user", dir, "secret", R_OK));
}

static void faccessat2s(void) {
  int at = AT_FDCWD;
  CALL(faccessat2, "that a file is there", at, "file", F_OK, 0);
  CALL(faccessat2, "of a link to nothing", dir, "dangling", F_OK, 0);
  CALL(faccessat2, "of a link itself", dir, "dangling", F_OK, AT_SYMLINK_NOFOLLOW);
  CALL(faccessat2, "of a descriptor", file, "", R_OK, AT_EMPTY_PATH);
  CALL(faccessat2, "of an O_PATH descriptor", path, "", R_OK, AT_EMPTY_PATH);
  CALL(faccessat2, "of the working directory by an empty name", at, "", X_OK, AT_EMPTY_PATH);
  CALL(faccessat2, "of an empty name", dir, "", F_OK, 0);
  CALL(faccessat2, "with an unknown flag", at, "file", F_OK, 1);
  CALL(faccessat2, "of an unknown kind", at, "file", 8, 0);
  CALL(faccessat2, "below no descriptor", -1, "file", F_OK, 0);
  CALL(faccessat2, "of no descriptor", -1, "", F_OK, AT_EMPTY_PATH);
  CALL(faccessat2, "below a file", file, "x", F_OK, 0);
  IN_CHILD(setreuid(65534, 0); CALL(faccessat2, "by the real user", at, "secret", R_OK, 0);
           CALL(faccessat2, "by the effective user", at, "secret", R_OK, AT_EACCESS));
  IN_CHILD(setreuid(0, 65534);
           CALL(faccessat2, "by the effective user, who is not root", at, "secret", R_OK,
                AT_EACCESS));
}

static char entries[2000];

/* Structures of directory entries, as the kernel has them. */
struct old {
  unsigned long number, offset;
  unsigned short length;
  char name[];
};
struct wide {
  uint64_t number;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

/* The sum of what tells entries apart, in any order: names' first letters and their types. */
static long sum(long size, int wide) {
  long total = 0;
  for (char *at = entries; at < entries + size;) {
    struct old *o = (void *)at;
    struct wide *w = (void *)at;
    int length = wide ? w->length : o->length;
    total += wide ? w->name[0] * 100 + w->type : o->name[0] * 100 + at[length - 1];
    at += length;
  }
  return total;
}

static void lists(void) {
  int list = open("list", O_RDONLY), list_path = open("list", O_PATH);
  int gone = open("gone", O_RDONLY);
  rmdir("gone");
  long n = CALL(getdents, "of a directory", list, entries, sizeof entries);
  EFFECT(getdents, "tells names and types", sum(n, 0));
  CALL(getdents, "at the end", list, entries, sizeof entries);
  lseek(list, 0, SEEK_SET);
  CALL(getdents, "from the start again", list, entries, sizeof entries);
  lseek(list, 0, SEEK_SET);
  CALL(getdents, "into too little for an entry", list, entries, 12);
  CALL(getdents, "into nothing", list, entries, 0);
  CALL(getdents, "into an address that is none", list, (void *)8, sizeof entries);
  lseek(list, 0, SEEK_SET);
  CALL(getdents, "into enough for one entry", list, entries, 24);
  CALL(getdents, "of a directory that is removed", gone, entries, sizeof entries);
  CALL(getdents, "of a file", file, entries, sizeof entries);
  CALL(getdents, "of an O_PATH descriptor", list_path, entries, sizeof entries);
  CALL(getdents, "of no descriptor", -1, entries, sizeof entries);
  lseek(list, 0, SEEK_SET);
  n = CALL(getdents64, "of a directory", list, entries, sizeof entries);
  EFFECT(getdents64, "tells names and types", sum(n, 1));
  CALL(getdents64, "at the end", list, entries, sizeof entries);
  EFFECT(getdents64, "at the end stays there after a new file",
         (close(creat("list/new", 0600)), unlink("list/new"),
          syscall(SYS_getdents64, list, entries, sizeof entries)));
  lseek(list, 0, SEEK_SET);
  CALL(getdents64, "into too little for an entry", list, entries, 12);
  CALL(getdents64, "into nothing", list, entries, 0);
  CALL(getdents64, "into an address that is none", list, (void *)8, sizeof entries);
  lseek(list, 0, SEEK_SET);
  CALL(getdents64, "into enough for one entry", list, entries, 24);
  IN_CHILD(syscall(SYS_getdents64, list, entries, sizeof entries));
  CALL(getdents64, "after a child has read the rest", list, entries, sizeof entries);
  CALL(getdents64, "of a directory that is removed", gone, entries, sizeof entries);
  CALL(getdents64, "of a file", file, entries, sizeof entries);
  CALL(getdents64, "of an O_PATH descriptor", list_path, entries, sizeof entries);
  CALL(getdents64, "of no descriptor", -1, entries, sizeof entries);
}

int main(void) {
  begin();
  const char *directory = own_directory();
  memset(long_name, 'n', 4999);
  file = open("file", O_RDWR | O_CREAT, 0644);
  close(open("secret", O_RDWR | O_CREAT, 0600));
  close(open("program", O_RDWR | O_CREAT, 0755));
  symlink("file", "link");
  symlink("loop", "loop");
  symlink("nothing", "dangling");
  mkdir("closed", 0700);
  mkdir("gone", 0755);
  mkdir("list", 0755);
  mkdir("list/directory", 0755);
  mkfifo("list/pipe", 0600);
  symlink("x", "list/link");
  close(open("list/file", O_RDWR | O_CREAT, 0755));
  dir = open(".", O_RDONLY);
  path = open(".", O_PATH);
  accesses();
  faccessats();
  faccessat2s();
  lists();
  remove_own_directory(directory);
  return 0;
}
