/* Names, links, directories and permissions of an ext2 volume, as root and as users. Works in two
 * directories of its own below the working directory, which is on the volume. Run as root. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define P(name, x) do { errno = 0; long r_ = (long)(x); printf("%s: %ld %d\n", name, r_ < 0 ? -1 : r_, r_ < 0 ? errno : 0); } while (0)
#define F(name, ...) do { char n_[200]; snprintf(n_, sizeof n_, __VA_ARGS__); strcpy(name, n_); } while (0)

static const char *who = "root";

static void kind(const char *p) {
  struct stat s;
  if (lstat(p, &s)) { printf("%.20s errno %d\n", p, errno); return; }
  printf("%.20s mode %o links %ld uid %d gid %d size %ld\n", p, s.st_mode, (long)s.st_nlink, s.st_uid, s.st_gid,
         S_ISDIR(s.st_mode) ? 0 : (long)s.st_size);
}

static long ino(const char *p) {
  struct stat s;
  return lstat(p, &s) ? -errno : (long)s.st_ino;
}

static int make(const char *p, mode_t mode) {
  int fd = open(p, O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (fd < 0) return -1;
  int r = fchmod(fd, mode);
  close(fd);
  return r;
}

static void put(const char *p, const char *text) {
  int fd = open(p, O_CREAT | O_TRUNC | O_WRONLY, 0600);
  write(fd, text, strlen(text));
  close(fd);
}

static int byName(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

/* What is in a directory, sorted, bytes that are no ASCII in hexadecimal. */
static void list(const char *dir) {
  DIR *d = opendir(dir);
  if (!d) { printf("list %s errno %d\n", dir, errno); return; }
  char *names[2000];
  int n = 0;
  for (struct dirent *e; (e = readdir(d)) && n < 2000;) {
    char *s = malloc(strlen(e->d_name) + 20);
    sprintf(s, "%s/%d", e->d_name, e->d_type);
    names[n++] = s;
  }
  closedir(d);
  qsort(names, n, sizeof *names, byName);
  printf("list %s:", dir);
  for (int i = 0; i < n; i++) {
    putchar(' ');
    for (unsigned char *c = (void *)names[i]; *c; c++) if (*c > 32 && *c < 127) putchar(*c); else printf("%%%02x", *c);
    free(names[i]);
  }
  puts("");
}

/* Every call that takes a path, on one that something is wrong with. */
static void everyCall(const char *what, const char *p) {
  struct stat s;
  struct statfs f;
  char b[100];
  printf("%s %s\n", who, what);
  P(" open", open(p, O_RDONLY));
  P(" creat", open(p, O_CREAT | O_WRONLY, 0600));
  P(" excl", open(p, O_CREAT | O_EXCL | O_WRONLY, 0600));
  P(" directory", open(p, O_RDONLY | O_DIRECTORY));
  P(" o_path", open(p, O_PATH | O_NOFOLLOW));
  P(" tmpfile", open(p, O_TMPFILE | O_RDWR, 0600));
  P(" mkdir", mkdir(p, 0755));
  P(" mkfifo", mkfifo(p, 0600));
  P(" mknod", mknod(p, S_IFREG | 0600, 0));
  P(" symlink", symlink("x", p));
  P(" link to", link("plain", p));
  P(" link from", link(p, "made"));
  P(" rename to", rename("plain", p));
  P(" rename from", rename(p, "made"));
  P(" rename dir to", rename("dir", p));
  P(" exchange", renameat2(AT_FDCWD, p, AT_FDCWD, "plain", RENAME_EXCHANGE));
  P(" unlink", unlink(p));
  P(" rmdir", rmdir(p));
  P(" stat", stat(p, &s));
  P(" lstat", lstat(p, &s));
  P(" statfs", statfs(p, &f));
  P(" chmod", chmod(p, 0644));
  P(" chown", chown(p, -1, -1));
  P(" lchown", lchown(p, -1, -1));
  P(" truncate", truncate(p, 0));
  P(" access", access(p, F_OK));
  P(" readlink", readlink(p, b, sizeof b));
  P(" utimensat", utimensat(AT_FDCWD, p, 0, AT_SYMLINK_NOFOLLOW));
  P(" chdir", chdir(p));
  P(" chroot", chroot(p));
  P(" getxattr", getxattr(p, "user.x", b, sizeof b));
  P(" lsetxattr", lsetxattr(p, "user.x", "v", 1, 0));
  P(" listxattr", listxattr(p, b, sizeof b));
}

static void badPaths(void) {
  char b[6000];
  make("plain", 0644);
  mkdir("dir", 0755);
  symlink("loop2", "loop1");
  symlink("loop1", "loop2");
  symlink("self", "self");
  symlink("nothing/at/all", "dangling");
  everyCall("missing below a directory", "dir/nothing/x");
  everyCall("below a file", "plain/x");
  everyCall("a loop above", "loop1/x");
  everyCall("a loop with a slash", "self/");
  everyCall("dangling above", "dangling/x");
  everyCall("empty", "");
  everyCall("a file with a slash", "plain/");
  memset(b, 'n', 300);
  b[256] = 0;
  everyCall("256 bytes", b);
  b[256] = '/'; b[257] = 'x'; b[258] = 0;
  everyCall("256 bytes above", b);
  for (int i = 0; i < 5000; i++) b[i] = i % 2 ? '/' : '.';
  b[4096] = 0;
  everyCall("4096 bytes", b);
  list(".");
}

static void longNames(void) {
  char a[300], b[300], p[300];
  printf("%s long names\n", who);
  memset(a, 'a', 255); a[255] = 0;
  memset(b, 'b', 255); b[255] = 0;
  P("create 255", make(a, 0600));
  P("link 255", link(a, b));
  P("unlink 255", unlink(a));
  P("rename 255", rename(b, a));
  P("mkdir 255", mkdir(b, 0755));
  F(p, "%.255s", b);
  P("chdir 255", chdir(b));
  P("chdir up", chdir(".."));
  P("rmdir 255", rmdir(b));
  P("fifo 255", mkfifo(b, 0600));
  P("unlink fifo", unlink(b));
  P("symlink 255", symlink(a, b));
  P("stat through", access(b, F_OK));
  kind(b);
  P("unlink both", unlink(a) | unlink(b));
  mkdir("bytes", 0755);
  for (int c = 1; c < 256; c++) { /* all of them, and what is no UTF-8 in many ways */
    if (c == '/') continue;
    sprintf(p, "bytes/x%c", c);
    if (make(p, 0600)) printf("byte %02x errno %d\n", c, errno);
    sprintf(p, "bytes/%c%c%c", c, 0x80, c ^ 0x40 ? c ^ 0x40 : 'q');
    if (make(p, 0600)) printf("bytes %02x errno %d\n", c, errno);
  }
  P("overlong", make("bytes/\xc0\xaf", 0600));
  P("surrogate", make("bytes/\xed\xa0\x80", 0600));
  P("composed", make("bytes/\xc3\xa9", 0600));
  P("decomposed", make("bytes/e\xcc\x81", 0600));
  P("four bytes", make("bytes/\xf0\x9f\x90\xa7", 0600));
  P("beyond unicode", make("bytes/\xf5\x80\x80\x80", 0600));
  P("three dots", make("bytes/...", 0600));
  P("case", make("bytes/CASE", 0600) | make("bytes/case", 0600));
  P("twice", make("bytes/\xff", 0600) | make("bytes/\xff\xff", 0600));
  list("bytes");
  for (int c = 1; c < 256; c++) {
    sprintf(p, "bytes/x%c", c);
    if (c != '/' && unlink(p)) printf("unlink byte %02x errno %d\n", c, errno);
  }
  char t[5000], back[5000];
  static const int LENGTHS[] = {1, 58, 59, 60, 61, 255, 1023, 1024, 2000, 4094, 4095};
  for (int i = 0; i < 11; i++) { /* targets in the inode and in a block */
    memset(t, 't', LENGTHS[i]);
    t[LENGTHS[i]] = 0;
    int r = symlink(t, "target");
    printf("target of %d: %d %d", LENGTHS[i], r, r ? errno : 0);
    int n = readlink("target", back, sizeof back);
    printf(" read %d same %d short %d\n", n, n > 0 && !memcmp(t, back, n), (int)readlink("target", back, 7));
    unlink("target");
  }
}

static void links(void) {
  char a[100], b[100];
  printf("%s links\n", who);
  put("end", "end");
  strcpy(a, "end");
  for (int i = 1; i <= 42; i++) { sprintf(b, "chain%d", i); symlink(a, b); strcpy(a, b); }
  P("39", access("chain39", F_OK));
  P("40", access("chain40", F_OK));
  P("41", access("chain41", F_OK));
  P("lstat 42", ino("chain42") > 0);
  mkdir("real", 0755);
  symlink("real", "tolink");
  symlink("real/", "toslash");
  symlink("..", "real/up");
  P("mkdir through", mkdir("tolink/sub", 0755));
  P("rmdir link", rmdir("tolink"));
  P("rmdir link slash", rmdir("tolink/"));
  P("unlink link slash", unlink("tolink/"));
  P("rename link slash", rename("tolink/", "other"));
  P("rename to link slash", rename("real/sub", "tolink/"));
  P("mkdir at a link", mkdir("tolink", 0755));
  P("mkdir at dangling", mkdir("dangling", 0755));
  P("creat at dangling", open("dangling", O_CREAT | O_WRONLY, 0600));
  P("excl at dangling", open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0600));
  P("up and down", access("real/up/real/up/real/sub", F_OK));
  P("open toslash", close(open("toslash", O_RDONLY)));
  P("nofollow", open("tolink", O_RDONLY | O_NOFOLLOW));
  P("nofollow slash", close(open("tolink/", O_RDONLY | O_NOFOLLOW)));
  P("directory nofollow", open("tolink", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  P("link a link", link("tolink", "hardlink"));
  kind("hardlink");
  P("link a directory", link("real", "hard"));
  P("link over", link("end", "hardlink"));
  P("link to itself", link("end", "end"));
  P("link", link("end", "end2"));
  kind("end2");
  P("chmod through", chmod("chain5", 0640));
  kind("end");
  P("truncate through", truncate("chain5", 1));
  P("rename a link", rename("chain42", "chain43"));
  P("rename onto its target", rename("chain1", "end"));
  kind("end");
  P("unlink", unlink("end"));
  kind("end2");
}

static void directories(void) {
  printf("%s directories\n", who);
  mkdir("d", 0755); mkdir("d/a", 0755); mkdir("d/b", 0755); make("d/f", 0644);
  kind("d");
  P("rmdir full", rmdir("d"));
  P("unlink", unlink("d"));
  P("unlink slash", unlink("d/"));
  P("rmdir dot", rmdir("d/a/."));
  P("rmdir dotdot", rmdir("d/a/.."));
  P("rmdir file", rmdir("d/f"));
  P("mkdir dot", mkdir("d/a/.", 0755));
  P("mkdir dotdot", mkdir("d/a/..", 0755));
  P("mkdir slash", mkdir("d/slash///", 0755));
  P("mkdir over", mkdir("d/f", 0755));
  P("creat with slash", open("d/new/", O_CREAT | O_WRONLY, 0600));
  P("creat directory", open("d/new", O_CREAT | O_DIRECTORY | O_RDONLY, 0600));
  P("creat a directory", open("d/a", O_CREAT | O_RDONLY, 0600));
  P("trunc directory", open("d/a", O_TRUNC | O_RDONLY));
  P("write directory", open("d/a", O_RDWR));
  P("symlink slash", symlink("x", "d/sym/"));
  P("mkfifo slash", mkfifo("d/fifo/", 0600));
  P("link slash", link("d/f", "d/lf/"));
  kind("d");
  P("rmdir slash", rmdir("d/slash/"));
  kind("d");
  list("d");
}

static void renames(void) {
  printf("%s renames\n", who);
  mkdir("n", 0755);
  P("chdir", chdir("n"));
  mkdir("x", 0755); mkdir("y", 0755); mkdir("y/in", 0755); mkdir("empty", 0755);
  put("f", "f"); put("g", "gg"); link("f", "same"); mkfifo("p", 0600); symlink("f", "s");
  P("onto itself", rename("f", "f"));
  P("onto its other name", rename("f", "same"));
  kind("f");
  P("dir onto itself", rename("x", "x"));
  P("dir onto itself, dots", rename("x", "./y/../x"));
  P("dot", rename(".", "z"));
  P("dotdot", rename("..", "z"));
  P("to dot", rename("x", "."));
  P("to dotdot", rename("x", "y/.."));
  P("x/. to z", rename("x/.", "z"));
  P("into itself", rename("y", "y/z"));
  P("deeper", rename("y", "y/in/z"));
  P("onto below itself", rename("y", "y/in"));
  P("below onto above", rename("y/in", "y"));
  P("file onto dir", rename("f", "x"));
  P("dir onto file", rename("x", "f"));
  P("dir onto link", rename("x", "s"));
  P("fifo onto dir", rename("p", "x"));
  P("dir onto full", rename("x", "y"));
  P("file to slash", rename("f", "new/"));
  P("slash file", rename("f/", "new"));
  P("dir to slash", rename("x", "x2/"));
  P("slash dir", rename("x2/", "x"));
  P("missing", rename("none", "f"));
  P("missing to missing dir", rename("f", "none/f"));
  P("dir onto empty", rename("y", "empty"));
  kind("empty"); kind(".");
  P("to another", rename("empty", "x/moved"));
  kind("x"); kind(".");
  printf("its parent %d\n", ino("x/moved/..") == ino("x"));
  P("file over file", rename("f", "g"));
  kind("g"); kind("same");
  P("over a fifo", rename("g", "p"));
  P("over a link", rename("p", "s"));
  kind("s");
  put("f", "f"); put("g", "gg");
  P("noreplace", renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_NOREPLACE));
  P("noreplace itself", renameat2(AT_FDCWD, "f", AT_FDCWD, "f", RENAME_NOREPLACE));
  P("noreplace new", renameat2(AT_FDCWD, "f", AT_FDCWD, "h", RENAME_NOREPLACE));
  P("exchange missing", renameat2(AT_FDCWD, "h", AT_FDCWD, "none", RENAME_EXCHANGE));
  P("exchange", renameat2(AT_FDCWD, "h", AT_FDCWD, "x", RENAME_EXCHANGE));
  kind("h"); kind("x"); kind(".");
  P("exchange below", renameat2(AT_FDCWD, "h", AT_FDCWD, "h/moved", RENAME_EXCHANGE));
  P("exchange above", renameat2(AT_FDCWD, "h/moved", AT_FDCWD, "h", RENAME_EXCHANGE));
  P("exchange dirs", renameat2(AT_FDCWD, "h/moved/in", AT_FDCWD, "h", RENAME_EXCHANGE));
  mkdir("q", 0755);
  P("exchange apart", renameat2(AT_FDCWD, "h/moved/in", AT_FDCWD, "q", RENAME_EXCHANGE));
  printf("its parent %d %d\n", ino("q/..") == ino("."), ino("h/moved/in/..") == ino("h/moved"));
  P("both flags", renameat2(AT_FDCWD, "q", AT_FDCWD, "h", RENAME_EXCHANGE | RENAME_NOREPLACE));
  P("unknown flag", renameat2(AT_FDCWD, "q", AT_FDCWD, "h", 8));
  list("."); list("h");
  P("back", chdir(".."));
}

static void otherVolume(void) {
  printf("%s another volume\n", who);
  put("here", "here");
  mkdir("full", 0755); mkdir("full/of", 0755);
  P("rename", rename("here", "/proc/here"));
  P("link from", link("/proc/version", "version"));
  P("rename from", rename("/proc/version", "version"));
  P("rmdir a mount point", rmdir("/proc"));
  if (!getuid()) {
    mkdir("other", 0755);
    P("mount", mount("none", "other", "tmpfs", 0, "mode=777"));
    P("link", link("here", "other/here"));
    P("rename", rename("here", "other/here"));
    P("rename directory", rename("full", "other/full"));
    P("exchange", renameat2(AT_FDCWD, "here", AT_FDCWD, "other", RENAME_EXCHANGE));
    put("other/there", "there");
    P("link back", link("other/there", "there"));
    P("rename back", rename("other/there", "there"));
    P("rename above", rename("other", "another"));
    P("rename onto", rename("full", "other"));
    P("rmdir", rmdir("other"));
    P("umount", umount("other"));
    P("rmdir", rmdir("other"));
  }
  list(".");
}

static void unlinked(void) {
  char b[100], proc[100], dirs[2000];
  struct stat s;
  printf("%s unlinked\n", who);
  int fd = open("gone", O_CREAT | O_RDWR, 0600);
  write(fd, "contents", 8);
  long before = ino("gone");
  P("unlink", unlink("gone"));
  fstat(fd, &s);
  printf("links %d size %d\n", (int)s.st_nlink, (int)s.st_size);
  P("write", pwrite(fd, "more", 4, 100000));
  P("read", pread(fd, b, 8, 0));
  P("truncate", ftruncate(fd, 3));
  P("fchmod", fchmod(fd, 0640));
  P("fsync", fsync(fd));
  P("again", make("gone", 0600));
  printf("another %d\n", ino("gone") != before);
  sprintf(proc, "/proc/self/fd/%d", fd);
  P("reopen", close(open(proc, O_RDWR)));
  P("link", linkat(AT_FDCWD, proc, AT_FDCWD, "back", AT_SYMLINK_FOLLOW));
  P("xattr", fsetxattr(fd, "user.x", "v", 1, 0));
  close(fd);
  fd = open("kept", O_CREAT | O_RDWR, 0600);
  put("over", "over");
  P("replaced", rename("over", "kept"));
  fstat(fd, &s);
  printf("links %d\n", (int)s.st_nlink);
  close(fd);
  mkdir("dead", 0755);
  fd = open("dead", O_RDONLY | O_DIRECTORY);
  P("chdir", chdir("dead"));
  P("rmdir", rmdir("../dead"));
  fstat(fd, &s);
  printf("links %d\n", (int)s.st_nlink);
  P("stat dot", stat(".", &s));
  P("create", openat(fd, "x", O_CREAT | O_WRONLY, 0600));
  P("mkdir", mkdirat(fd, "x", 0755));
  P("link", linkat(AT_FDCWD, "../gone", fd, "x", 0));
  P("rename into", renameat(AT_FDCWD, "../gone", fd, "x"));
  P("tmpfile", open(".", O_TMPFILE | O_RDWR, 0600));
  P("list", getdents64(fd, dirs, sizeof dirs));
  P("up", chdir(".."));
  P("back", fchdir(fd));
  P("dotdot", fchdir(fd) | chdir(".."));
  close(fd);
  /* O_TMPFILE */
  fd = open(".", O_TMPFILE | O_RDWR, 0666);
  P("tmpfile", fd < 0 ? -1 : 0);
  fstat(fd, &s);
  printf("links %d mode %o\n", (int)s.st_nlink, s.st_mode);
  P("write", write(fd, "temporary", 9));
  sprintf(proc, "/proc/self/fd/%d", fd);
  P("link over", linkat(AT_FDCWD, proc, AT_FDCWD, "gone", AT_SYMLINK_FOLLOW));
  P("link", linkat(AT_FDCWD, proc, AT_FDCWD, "tmp", AT_SYMLINK_FOLLOW));
  P("link again", linkat(AT_FDCWD, proc, AT_FDCWD, "tmp2", AT_SYMLINK_FOLLOW));
  kind("tmp");
  P("unlink", unlink("tmp") | unlink("tmp2"));
  P("link dead", linkat(AT_FDCWD, proc, AT_FDCWD, "tmp", AT_SYMLINK_FOLLOW));
  close(fd);
  P("tmpfile excl", (fd = open(".", O_TMPFILE | O_EXCL | O_RDWR, 0600)) < 0 ? -1 : 0);
  sprintf(proc, "/proc/self/fd/%d", fd);
  P("link", linkat(AT_FDCWD, proc, AT_FDCWD, "tmp", AT_SYMLINK_FOLLOW));
  close(fd);
  P("tmpfile read only", open(".", O_TMPFILE | O_RDONLY, 0600));
  P("tmpfile of a file", open("gone", O_TMPFILE | O_RDWR, 0600));
  P("tmpfile creat", open(".", O_TMPFILE | O_CREAT | O_RDWR, 0600));
  list(".");
}

/* Times: which of atime, mtime and ctime an operation changes, of the file and of its directory. */
static struct stat times[40][2];
static char timed[40][20];
static int timedCount;

static void watch(const char *name) {
  strcpy(timed[timedCount], name);
  lstat(name, &times[timedCount][0]);
  timedCount++;
}

static void changes(void) {
  for (int i = 0; i < timedCount; i++) {
    struct stat *a = &times[i][0], s;
    if (lstat(timed[i], &s)) { printf("%s errno %d\n", timed[i], errno); continue; }
    printf("%s%s%s\n", timed[i], memcmp(&a->st_mtim, &s.st_mtim, 16) ? " m" : "", memcmp(&a->st_ctim, &s.st_ctim, 16) ? " c" : "");
  }
}

static void timestamps(void) {
  static const char *NAMES[] = {"chmod", "chown", "link", "unlink", "rename", "write", "write0", "truncate",
    "truncsame", "otrunc", "utimes", "xattr", "read", "open", "parent1", "parent2", "parent3", "parent4", "parent5", "parent6"};
  printf("%s times\n", who);
  mkdir("t", 0755);
  P("chdir", chdir("t"));
  for (int i = 0; i < 20; i++) {
    if (i < 14) put(NAMES[i], "text"); else mkdir(NAMES[i], 0755);
  }
  link("unlink", "unlink2");
  mkdir("parent3/sub", 0755); make("parent4/f", 0600); make("parent5/f", 0600);
  for (int i = 0; i < 20; i++) watch(NAMES[i]);
  sleep(1); usleep(20000);
  int fd;
  P("chmod", chmod("chmod", 0640));
  P("chown", chown("chown", -1, getgid()));
  P("link", link("link", "link2"));
  P("unlink", unlink("unlink2"));
  P("rename", rename("rename", "r2") | rename("r2", "rename"));
  P("write", (fd = open("write", O_WRONLY), write(fd, "x", 1))); close(fd);
  P("write nothing", (fd = open("write0", O_WRONLY), write(fd, "x", 0))); close(fd);
  P("truncate", truncate("truncate", 1));
  P("truncate same", truncate("truncsame", 4));
  P("O_TRUNC", close(open("otrunc", O_WRONLY | O_TRUNC)));
  P("utimes", utimensat(AT_FDCWD, "utimes", (struct timespec[]){{5, 0}, {6, 0}}, 0));
  P("xattr", setxattr("xattr", "user.x", "v", 1, 0));
  P("mkfifo", mkfifo("parent1/fifo", 0600));
  P("symlink", symlink("x", "parent2/s"));
  P("rmdir", rmdir("parent3/sub"));
  P("rename", rename("parent4/f", "parent4/g"));
  P("rename", rename("parent5/f", "parent6/f"));
  P("refused", mkdir("parent1/fifo", 0755));
  changes();
  P("back", chdir(".."));
}

/* Runs something as a user. */
static void as(uid_t uid, gid_t gid, gid_t further, void (*what)(void)) {
  fflush(stdout);
  pid_t p = fork();
  if (!p) {
    setgroups(1, &further);
    setgid(gid);
    setuid(uid);
    char name[30];
    sprintf(name, "%d", uid);
    who = name;
    what();
    fflush(stdout);
    _exit(0);
  }
  waitpid(p, 0, 0);
}

static void takeAway(void) {
  static const char *OWNERS[] = {"root", "1000", "2000"};
  char a[100], b[100];
  for (int d = 0; d < 3; d++) for (int f = 0; f < 3; f++) {
    sprintf(a, "%s/file%s", OWNERS[d], OWNERS[f]);
    int moved = rename(a, "free/moved") ? errno : 0;
    if (!moved) rename("free/moved", a);
    int over = rename("free/mine", a) ? errno : 0;
    int gone = unlink(a) ? errno : 0;
    sprintf(b, "%s/dir%s", OWNERS[d], OWNERS[f]);
    int dir = rmdir(b) ? errno : 0;
    printf("%s in %s of %s: rename %d over %d unlink %d rmdir %d\n", who, OWNERS[d], OWNERS[f], moved, over, gone, dir);
  }
}

static void sticky(void) {
  static const uid_t UIDS[] = {0, 1000, 2000};
  static const char *OWNERS[] = {"root", "1000", "2000"};
  char a[100];
  for (int caller = 0; caller < 3; caller++) {
    mkdir("sticky", 0777); chmod("sticky", 0777); chdir("sticky");
    mkdir("free", 0777); chmod("free", 0777);
    make("free/mine", 0666); chown("free/mine", UIDS[caller], 0);
    for (int d = 0; d < 3; d++) {
      mkdir(OWNERS[d], 0777); chmod(OWNERS[d], 01777); chown(OWNERS[d], UIDS[d], UIDS[d]);
      for (int f = 0; f < 3; f++) {
        sprintf(a, "%s/file%s", OWNERS[d], OWNERS[f]); make(a, 0666); chown(a, UIDS[f], UIDS[f]);
        sprintf(a, "%s/dir%s", OWNERS[d], OWNERS[f]); mkdir(a, 0777); chown(a, UIDS[f], UIDS[f]);
      }
    }
    as(UIDS[caller], UIDS[caller], UIDS[caller], takeAway);
    chdir("..");
    sprintf(a, "sticky%d", caller);
    rename("sticky", a);
  }
}

static void inSetgid(void) {
  struct stat s;
  chdir("setgid");
  make("f", 0644); kind("f");
  make("g", 02755); kind("g");
  close(open("h", O_CREAT | O_WRONLY, 02770)); kind("h");
  mkdir("d", 0755); kind("d");
  mkdir("d/e", 0700); kind("d/e");
  mkfifo("p", 0600); kind("p");
  symlink("x", "s"); kind("s");
  int fd = open(".", O_TMPFILE | O_RDWR, 02777);
  if (!fstat(fd, &s)) printf("tmpfile %o %d\n", s.st_mode, s.st_gid);
  P("chgrp", chown("f", -1, 1000));
  P("chgrp to a group of ours", chown("f", -1, 500));
  P("chgrp to another", chown("f", -1, 3000));
  P("chown", chown("f", 3000, -1));
  P("chmod", chmod("f", 06777)); kind("f");
  P("chown nothing", chown("f", -1, -1)); kind("f");
  P("chmod", chmod("f", 06777));
  P("chgrp drops", chown("f", -1, 500)); kind("f");
  P("chmod", chmod("f", 06777));
  P("write drops", (fd = open("f", O_WRONLY), write(fd, "x", 1))); close(fd); kind("f");
  P("chmod", chmod("f", 06666));
  P("truncate drops", truncate("f", 0)); kind("f");
  P("chmod sticky file", chmod("f", 01644)); kind("f");
  P("chmod directory", chmod("d", 07777)); kind("d");
  P("chgrp directory", chown("d", -1, 500)); kind("d");
}

static void setgid_(void) {
  for (int i = 0; i < 2; i++) {
    mkdir("setgid", 0777); chown("setgid", 1000, i ? 4000 : 500); chmod("setgid", 02777);
    as(1000, 1000, 500, inSetgid);
    as(0, 0, 500, inSetgid);
    rename("setgid", i ? "setgid1" : "setgid0");
  }
}

static void access_(void) {
  char a[100], b[100];
  for (int m = 0; m < 8; m++) {
    sprintf(a, "perm/f%d", m); sprintf(b, "perm/d%d/x", m);
    int r = open(a, O_RDONLY), w = open(a, O_WRONLY), rw = open(a, O_RDWR), t = open(a, O_RDONLY | O_TRUNC);
    int x = access(a, X_OK), e = 0;
    printf("%s file %d: r %d w %d rw %d trunc %d x %d", who, m, r >= 0, w >= 0, rw >= 0, t >= 0, !x);
    close(r); close(w); close(rw); close(t);
    struct stat s;
    int there = stat(b, &s) ? errno : 0, see = open(b, O_RDONLY) < 0 ? errno : 0;
    sprintf(b, "perm/d%d", m);
    DIR *d = opendir(b);
    int l = d ? 0 : errno;
    if (d) closedir(d);
    int c = chdir(b) ? errno : 0;
    if (!c) chdir("../..");
    sprintf(b, "perm/d%d/new", m);
    int n = make(b, 0600) ? errno : 0, g = unlink(b) ? errno : 0;
    sprintf(b, "perm/d%d/x", m);
    e = rename(b, "perm/free/moved") ? errno : 0;
    if (!e) rename("perm/free/moved", b);
    /* A directory that moves gets another "..": it has to be writable itself. */
    sprintf(b, "perm/d%d", m);
    int away = rename(b, "perm/free/away") ? errno : 0;
    if (!away) rename("perm/free/away", b);
    printf(" dir: stat %d open %d list %d chdir %d make %d unlink %d rename %d away %d\n", there, see, l, c, n, g, e, away);
  }
}

static void permissions(void) {
  static const uid_t OWNER[] = {1000, 9, 9};
  static const gid_t GROUP[] = {9, 1000, 9};
  char a[100];
  for (int i = 0; i < 3; i++) { /* as the owner, in the group, as anybody else */
    mkdir("perm", 0777); chmod("perm", 0777); mkdir("perm/free", 0777); chmod("perm/free", 0777);
    for (int m = 0; m < 8; m++) {
      sprintf(a, "perm/f%d", m); make(a, m << (6 - 3 * i)); chown(a, OWNER[i], GROUP[i]);
      sprintf(a, "perm/d%d", m); mkdir(a, 0777); sprintf(a, "perm/d%d/x", m); make(a, 0666);
      sprintf(a, "perm/d%d", m); chown(a, OWNER[i], GROUP[i]); chmod(a, m << (6 - 3 * i));
    }
    as(1000, 1000, 77, access_);
    as(1001, 1001, 1000, access_);
    as(0, 0, 0, access_);
    sprintf(a, "perm%d", i);
    rename("perm", a);
  }
}

static void attributes(void) {
  char b[70000], n[300];
  printf("%s attributes\n", who);
  put("xa", "x");
  mkdir("xd", 0755);
  symlink("xa", "xs");
  mkfifo("xp", 0600);
  P("set", setxattr("xa", "user.a", "value", 5, 0));
  P("create", setxattr("xa", "user.a", "v", 1, XATTR_CREATE));
  P("replace", setxattr("xa", "user.a", "vv", 2, XATTR_REPLACE));
  P("replace none", setxattr("xa", "user.b", "v", 1, XATTR_REPLACE));
  P("both flags", setxattr("xa", "user.b", "v", 1, XATTR_REPLACE | XATTR_CREATE));
  P("unknown flag", setxattr("xa", "user.b", "v", 1, 4));
  P("empty value", setxattr("xa", "user.e", "", 0, 0));
  P("get empty", getxattr("xa", "user.e", b, 10));
  P("too small", getxattr("xa", "user.a", b, 1));
  P("size", getxattr("xa", "user.a", 0, 0));
  P("none", getxattr("xa", "user.none", b, 10));
  P("list small", listxattr("xa", b, 3));
  P("list", listxattr("xa", b, sizeof b));
  P("no namespace", setxattr("xa", "bogus.a", "v", 1, 0));
  P("no name", setxattr("xa", "user.", "v", 1, 0));
  P("empty name", setxattr("xa", "", "v", 1, 0));
  memset(n, 'n', sizeof n); memcpy(n, "user.", 5);
  n[255] = 0; P("name 255", setxattr("xa", n, "v", 1, 0));
  P("get 255", getxattr("xa", n, b, 10));
  n[255] = 'n'; n[256] = 0; P("name 256", setxattr("xa", n, "v", 1, 0));
  P("65537", setxattr("xa", "user.big", b, 65537, 0));
  P("65536", setxattr("xa", "user.big", b, 65536, 0));
  P("5000", setxattr("xa", "user.big", b, 5000, 0));
  P("of a directory", setxattr("xd", "user.a", "v", 1, 0));
  P("of a link", lsetxattr("xs", "user.a", "v", 1, 0));
  P("through a link", setxattr("xs", "user.c", "v", 1, 0));
  P("of a fifo", setxattr("xp", "user.a", "v", 1, 0));
  P("trusted", setxattr("xa", "trusted.a", "v", 1, 0));
  P("trusted of a link", lsetxattr("xs", "trusted.a", "v", 1, 0));
  P("get trusted", getxattr("xa", "trusted.a", b, 10));
  P("security", setxattr("xa", "security.a", "v", 1, 0));
  P("system", setxattr("xa", "system.a", "v", 1, 0));
  P("remove", removexattr("xa", "user.a"));
  P("remove again", removexattr("xa", "user.a"));
  P("list", listxattr("xa", b, sizeof b));
  P("of a sticky directory", setxattr("../stickydir", "user.a", "v", 1, 0));
  /* Special files. */
  P("fifo", mknod("n1", S_IFIFO | 0600, 0));
  P("socket", mknod("n2", S_IFSOCK | 0600, 0));
  P("regular", mknod("n3", S_IFREG | 0600, 0));
  P("no type", mknod("n4", 0600, 0));
  P("directory", mknod("n5", S_IFDIR | 0700, 0));
  P("link", mknod("n6", S_IFLNK | 0700, 0));
  P("device", mknod("n7", S_IFCHR | 0600, 0x103));
  P("block device", mknod("n8", S_IFBLK | 0600, 0x70a12345));
  P("whiteout", mknod("n9", S_IFCHR | 0600, 0));
  P("open socket", open("n2", O_RDWR));
  P("write fifo", open("n1", O_WRONLY | O_NONBLOCK));
  P("truncate fifo", truncate("n1", 0));
  for (int i = 1; i < 10; i++) { sprintf(n, "n%d", i); kind(n); }
  /* Sizes. */
  P("truncate negative", truncate("xa", -1));
  P("truncate directory", truncate("xd", 0));
  int fd = open("xa", O_RDONLY);
  P("ftruncate read only", ftruncate(fd, 0));
  P("write read only", write(fd, "x", 1));
  close(fd);
  for (int mask = 0; mask < 0100; mask += 027) {
    umask(mask);
    unlink("m"); rmdir("md");
    close(open("m", O_CREAT | O_WRONLY, 07777)); kind("m");
    mkdir("md", 07777); kind("md");
  }
  umask(022);
}

static void all(void) {
  badPaths();
  longNames();
  links();
  directories();
  renames();
  otherVolume();
  unlinked();
  attributes();
  timestamps();
}

int main(void) {
  struct statfs f;
  statfs(".", &f);
  printf("%lx names %ld blocks %ld\n", (long)f.f_type, (long)f.f_namelen, (long)f.f_bsize);
  umask(022);
  mkdir("stickydir", 0777); chmod("stickydir", 01777);
  mkdir("ours", 0755); mkdir("theirs", 0755); chown("theirs", 1000, 1000); mkdir("shared", 0755);
  chdir("ours");
  all();
  chdir("../theirs");
  as(1000, 1000, 500, all);
  chdir("../shared");
  sticky();
  setgid_();
  permissions();
  return 0;
}
