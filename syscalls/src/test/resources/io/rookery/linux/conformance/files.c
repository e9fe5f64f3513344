/* Files: flags, sizes, holes, names, locks, mappings. Works in a directory of its own. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define E(x) (errno = 0, (long)(x)), errno
#define P(name, x) do { errno = 0; long r_ = (long)(x); printf("%s: %ld %d\n", name, r_ < 0 ? -1 : r_, r_ < 0 ? errno : 0); } while (0)

static void kind(const char *p) {
  struct stat s;
  if (lstat(p, &s)) { printf("%s errno %d\n", p, errno); return; }
  printf("%s mode %o links %ld uid %d gid %d size %ld\n", p, s.st_mode, (long)s.st_nlink, s.st_uid,
         s.st_gid, S_ISDIR(s.st_mode) ? 0 : (long)s.st_size);
}

static void positions(void) {
  char b[100];
  int fd = open("pos", O_RDWR | O_CREAT | O_TRUNC, 0644);
  P("write", write(fd, "0123456789", 10));
  P("lseek end", lseek(fd, -3, SEEK_END));
  P("read", read(fd, b, 2));
  P("lseek cur", lseek(fd, 0, SEEK_CUR));
  P("lseek neg", lseek(fd, -100, SEEK_CUR));
  P("lseek far", lseek(fd, 1L << 40, SEEK_SET));
  P("read beyond", read(fd, b, 10));
  P("pwrite", pwrite(fd, "AB", 2, 20));
  memset(b, 1, sizeof b);
  P("pread hole", pread(fd, b, 30, 5));
  for (int i = 0; i < 17; i++) printf("%02x", b[i] & 255);
  puts("");
  int a = open("pos", O_WRONLY | O_APPEND);
  lseek(a, 0, SEEK_SET);
  P("append", write(a, "Z", 1));
  P("tell", lseek(a, 0, SEEK_CUR));
  P("append pwrite", pwrite(a, "Y", 1, 0));
  P("read on wronly", read(a, b, 1));
  P("write on rdonly", write(open("pos", O_RDONLY), "x", 1));
  P("ftruncate grow", ftruncate(fd, 100000));
  P("seek data", lseek(fd, 50000, SEEK_DATA));
  P("seek hole beyond", lseek(fd, 200000, SEEK_HOLE));
  kind("pos");
  struct iovec v[3] = {{b, 3}, {b + 50, 0}, {b + 60, 4}};
  lseek(fd, 0, SEEK_SET);
  P("readv", readv(fd, v, 3));
  printf("%.3s %.4s\n", b, b + 60);
  P("preadv", preadv(fd, v, 3, 4));
  printf("%.3s %.4s\n", b, b + 60);
  P("readv count", readv(fd, v, -1));
  P("readv 2000", readv(fd, v, 2000));
  P("writev", writev(fd, v, 3));
  P("pwritev", pwritev(fd, v, 3, 1));
  P("preadv2 flag", preadv2(fd, v, 3, 0, 0x4000));
  P("read efault", read(fd, (void *)8, 10));
  P("write efault", write(fd, (void *)8, 10));
  P("read 0 efault", read(fd, (void *)8, 0));
  P("fd -1", read(-1, b, 1));
#ifdef __x86_64__
  P("size", read(fd, b, (size_t)-1));
#endif
  P("directory", read(open(".", O_RDONLY), b, 1));
  close(fd); close(a);
}

static void descriptors(void) {
  int fd = open("pos", O_RDWR | O_CLOEXEC);
  P("getfd", fcntl(fd, F_GETFD));
  P("dupfd", fcntl(fd, F_DUPFD, 100));
  P("dup getfd", fcntl(100, F_GETFD));
  P("dupfd cloexec", fcntl(fd, F_DUPFD_CLOEXEC, 100));
  P("cloexec getfd", fcntl(101, F_GETFD));
  P("dup2 same", dup2(fd, fd) == fd);
  P("dup3 same", dup3(fd, fd, 0));
  P("dup3 flags", dup3(fd, 50, O_APPEND));
  P("dup2 bad", dup2(77, 78));
  P("dup2 big", dup2(fd, 1 << 30));
  P("dup2 neg", dup2(fd, -1));
  lseek(fd, 3, SEEK_SET);
  P("shared offset", lseek(100, 0, SEEK_CUR));
  P("getfl", fcntl(fd, F_GETFL) & ~0100000);
  P("setfl", fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_RDONLY));
  P("getfl", fcntl(100, F_GETFL) & ~0100000);
  P("close_range", syscall(SYS_close_range, 100, 101, 0));
  P("closed", fcntl(100, F_GETFD));
  P("close_range inverted", syscall(SYS_close_range, 5, 4, 0));
  P("close", close(fd));
  P("close again", close(fd));
  struct rlimit r, old;
  getrlimit(RLIMIT_NOFILE, &old);
  r = old; r.rlim_cur = 20;
  setrlimit(RLIMIT_NOFILE, &r);
  int n = 0;
  while (open("pos", O_RDONLY) >= 0) n++;
  printf("limit errno %d\n", errno);
  P("dupfd at limit", fcntl(0, F_DUPFD, 20));
  syscall(SYS_close_range, 3, ~0U, 0);
  setrlimit(RLIMIT_NOFILE, &old);
}

static void names(void) {
  char b[5000];
  P("mkdir", mkdir("d", 0755));
  P("mkdir again", mkdir("d", 0755));
  P("mkdir under file", mkdir("pos/x", 0755));
  P("symlink", symlink("../d/../pos", "d/link"));
  P("readlink", readlink("d/link", b, 5));
  P("readlink 0", readlink("d/link", b, 0));
  P("readlink dir", readlink("d", b, 5));
  P("open nofollow", open("d/link", O_RDONLY | O_NOFOLLOW));
  P("open path link", open("d/link", O_PATH | O_NOFOLLOW));
  kind("d/link");
  symlink("loop2", "loop1"); symlink("loop1", "loop2");
  P("loop", open("loop1", O_RDONLY));
  P("stat loop/", access("loop1/", F_OK));
  char chain[10], prev[10] = "pos";
  for (int i = 0; i < 45; i++) { sprintf(chain, "c%d", i); symlink(prev, chain); strcpy(prev, chain); }
  P("39 links", access("c38", F_OK));
  P("40 links", access("c39", F_OK));
  P("41 links", access("c40", F_OK));
  memset(b, 'n', 300); b[255] = 0;
  P("name 255", close(open(b, O_CREAT | O_WRONLY, 0600)));
  b[255] = 'n'; b[256] = 0;
  P("name 256", open(b, O_CREAT | O_WRONLY, 0600));
  for (int i = 0; i < 4999; i++) b[i] = i % 2 ? '/' : '.';
  b[4095] = 0;
  P("path 4095", access(b, F_OK));
  b[4094] = 0;
  P("path 4094", access(b, F_OK));
  P("empty", access("", F_OK));
  P("efault path", open((char *)8, O_RDONLY));
  P("excl", open("pos", O_CREAT | O_EXCL | O_RDWR, 0600));
  P("excl link", open("d/link", O_CREAT | O_EXCL | O_RDWR, 0600));
  symlink("made-through", "dangling");
  P("creat through", close(open("dangling", O_CREAT | O_RDWR, 0600)));
  kind("made-through");
  P("slash file", open("pos/", O_RDONLY));
  P("creat slash", open("nofile/", O_CREAT | O_RDWR, 0600));
  P("creat dir", open("d", O_CREAT | O_RDWR, 0600));
  P("write dir", open("d", O_RDWR));
  P("directory on file", open("pos", O_RDONLY | O_DIRECTORY));
  P("link", link("pos", "hard"));
  P("link over", link("pos", "d"));
  P("link dir", link("d", "dl"));
  P("link symlink", link("d/link", "ll"));
  kind("ll");
  P("linkat follow", linkat(AT_FDCWD, "d/link", AT_FDCWD, "lf", AT_SYMLINK_FOLLOW));
  kind("lf");
  P("unlink dir", unlink("d"));
  P("rmdir file", rmdir("pos"));
  P("rmdir nonempty", rmdir("d"));
  P("rmdir dot", rmdir("d/."));
  P("rmdir dotdot", rmdir("d/.."));
  P("rename into itself", rename("d", "d/sub"));
  P("rename file over dir", rename("hard", "d"));
  P("rename dir over file", rename("d", "hard"));
  P("rename same inode", rename("hard", "pos"));
  kind("hard");
  P("rename", rename("hard", "d/moved"));
  mkdir("e", 0700);
  P("rename dir over nonempty", rename("e", "d"));
  P("rename dir over empty", rename("d", "e"));
  kind("e/moved");
  P("noreplace", renameat2(AT_FDCWD, "e", AT_FDCWD, "pos", RENAME_NOREPLACE));
  P("exchange", renameat2(AT_FDCWD, "e", AT_FDCWD, "pos", RENAME_EXCHANGE));
  kind("e"); kind("pos");
  P("exchange back", renameat2(AT_FDCWD, "e", AT_FDCWD, "pos", RENAME_EXCHANGE));
  P("whiteout+exchange", renameat2(AT_FDCWD, "e", AT_FDCWD, "pos", 7));
  int dir = open("e", O_RDONLY | O_DIRECTORY);
  P("openat", close(openat(dir, "moved", O_RDONLY)));
  P("openat file", openat(open("pos", O_RDONLY), "x", O_RDONLY));
  P("unlinkat", unlinkat(dir, "moved", 0));
  P("unlinkat dir", unlinkat(AT_FDCWD, "e", 0));
  P("fchdir", fchdir(dir));
  P("getcwd small", syscall(SYS_getcwd, b, 3));
  kind("link");
  P("chdir up", chdir(".."));
  P("chdir file", chdir("pos"));
  kind(".");
  mkdir("gone", 0755); chdir("gone"); rmdir("../gone");
  P("getcwd deleted", syscall(SYS_getcwd, b, 4096));
  P("creat deleted", open("x", O_CREAT | O_RDWR, 0600));
  P("list deleted", syscall(SYS_getdents64, open(".", O_RDONLY), b, 4096));
  P("dotdot deleted", chdir(".."));
  struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_BENEATH};
  P("beneath", close(syscall(SYS_openat2, AT_FDCWD, "pos", &how, sizeof how)));
  P("beneath up", syscall(SYS_openat2, AT_FDCWD, "e/../../etc", &how, sizeof how));
  P("beneath abs", syscall(SYS_openat2, AT_FDCWD, "/etc", &how, sizeof how));
  how.resolve = RESOLVE_NO_SYMLINKS;
  P("no links", syscall(SYS_openat2, AT_FDCWD, "e/link", &how, sizeof how));
  how.resolve = RESOLVE_IN_ROOT;
  P("in root", close(syscall(SYS_openat2, AT_FDCWD, "/../pos", &how, sizeof how)));
  how.resolve = 0x100;
  P("bad resolve", syscall(SYS_openat2, AT_FDCWD, "pos", &how, sizeof how));
  P("short how", syscall(SYS_openat2, AT_FDCWD, "pos", &how, 8));
}

static void attributes(void) {
  struct timespec ts[2] = {{1000, 5}, {2000, 7}};
  struct stat s;
  struct statx x;
  int fd = open("attr", O_CREAT | O_RDWR, 0666);
  P("utimensat", utimensat(AT_FDCWD, "attr", ts, 0));
  stat("attr", &s);
  printf("times %ld.%ld %ld.%ld\n", s.st_atim.tv_sec, s.st_atim.tv_nsec, s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
  ts[0].tv_nsec = UTIME_OMIT; ts[1].tv_nsec = UTIME_NOW;
  P("utimensat omit", futimens(fd, ts));
  stat("attr", &s);
  printf("times %ld %d\n", s.st_atim.tv_sec, s.st_mtim.tv_sec > 1000000);
  ts[0].tv_nsec = 2000000000;
  P("utimensat bad", utimensat(AT_FDCWD, "attr", ts, 0));
  ts[0].tv_sec = -5; ts[0].tv_nsec = 1; ts[1] = ts[0];
  P("utimensat old", utimensat(AT_FDCWD, "attr", ts, 0));
  stat("attr", &s);
  printf("times %ld\n", s.st_mtim.tv_sec);
  umask(027);
  int u = open("masked", O_CREAT | O_RDWR, 0777);
  kind("masked");
  P("fchmod", fchmod(u, 04711));
  kind("masked");
  P("chown", chown("masked", 1000, 1001));
  kind("masked");
  P("lchown link", lchown("loop1", 5, 6));
  kind("loop1");
  P("chmod o_path", fchmod(open("attr", O_PATH), 0600));
  P("statx", statx(AT_FDCWD, "masked", 0, STATX_ALL, &x));
  printf("statx %o %u %u %d\n", x.stx_mode, x.stx_uid, x.stx_gid, (x.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
  P("statx flags", statx(AT_FDCWD, "masked", 0x10, STATX_ALL, &x));
  P("fstat path", fstatat(u, "", &s, AT_EMPTY_PATH));
  P("fstatat no flag", fstatat(u, "", &s, 0));
  P("access bits", access("attr", 16));
  P("faccessat", faccessat(AT_FDCWD, "attr", R_OK, AT_EACCESS));
  umask(022);
  pid_t p = fork();
  if (!p) {
    setgid(1234); setuid(1234);
    P("other read", open("masked", O_RDONLY));
    P("other chmod", chmod("attr", 0777));
    P("other chown", chown("attr", 1234, -1));
    P("other utime now", utimensat(AT_FDCWD, "attr", 0, 0));
    P("other create", open("newfile", O_CREAT | O_RDWR, 0600));
    P("other unlink", unlink("attr"));
    P("other access", access("masked", X_OK));
    mkdir("/tmp/rookery-own-1234", 0700);
    P("own", open("/tmp/rookery-own-1234", O_RDONLY));
    P("own chown", chown("/tmp/rookery-own-1234", 0, 0));
    rmdir("/tmp/rookery-own-1234");
    P("mknod", mknod("/tmp/rookery-node", S_IFCHR | 0600, 0x103));
    P("setxattr trusted", setxattr("attr", "trusted.a", "v", 1, 0));
    fflush(0);
    _exit(0);
  }
  waitpid(p, 0, 0);
  char v[20];
  P("setxattr", setxattr("attr", "user.a", "value", 5, 0));
  P("setxattr create", setxattr("attr", "user.a", "value", 5, XATTR_CREATE));
  P("setxattr replace", setxattr("attr", "user.b", "v", 1, XATTR_REPLACE));
  P("getxattr", getxattr("attr", "user.a", v, 20));
  P("getxattr size", getxattr("attr", "user.a", 0, 0));
  P("getxattr small", getxattr("attr", "user.a", v, 2));
  P("getxattr none", getxattr("attr", "user.none", v, 20));
  P("getxattr space", getxattr("attr", "bogus.x", v, 20));
  P("listxattr", listxattr("attr", v, 20));
  P("removexattr", removexattr("attr", "user.a"));
  P("removexattr again", fremovexattr(fd, "user.a"));
  P("fifo xattr", (mkfifo("ff", 0600), setxattr("ff", "user.a", "v", 1, 0)));
}

static void locks(void) {
  int fd = open("lock", O_CREAT | O_RDWR, 0600), p[2];
  struct flock l = {F_WRLCK, SEEK_SET, 10, 10}, g;
  pipe(p);
  P("setlk", fcntl(fd, F_SETLK, &l));
  if (!fork()) {
    g = (struct flock){F_RDLCK, SEEK_SET, 0, 0};
    fcntl(fd, F_GETLK, &g);
    printf("getlk %d %d %ld %ld %d\n", g.l_type, g.l_whence, (long)g.l_start, (long)g.l_len, g.l_pid == getppid());
    g = (struct flock){F_WRLCK, SEEK_SET, 15, 1};
    P("child setlk", fcntl(fd, F_SETLK, &g));
    g.l_start = 20;
    P("child setlk free", fcntl(fd, F_SETLK, &g));
    g = (struct flock){F_WRLCK, SEEK_SET, 10, 1};
    write(p[1], "x", 1);
    P("child setlkw", fcntl(fd, F_SETLKW, &g));
    fflush(0);
    _exit(0);
  }
  char c;
  fflush(0);
  read(p[0], &c, 1);
  usleep(20000);
  l.l_type = F_UNLCK;
  fcntl(fd, F_SETLK, &l);
  wait(0);
  P("bad whence", (l.l_whence = 9, fcntl(fd, F_SETLK, &l)));
  P("bad type", (l.l_whence = 0, l.l_type = 9, fcntl(fd, F_SETLK, &l)));
  int f2 = open("lock", O_RDWR);
  P("flock", flock(fd, LOCK_EX));
  P("flock other", flock(f2, LOCK_SH | LOCK_NB));
  P("flock down", flock(fd, LOCK_SH));
  P("flock other", flock(f2, LOCK_SH | LOCK_NB));
  P("flock up", flock(fd, LOCK_EX | LOCK_NB));
}

static void moving(void) {
  int a = open("from", O_CREAT | O_RDWR | O_TRUNC, 0600), b = open("to", O_CREAT | O_RDWR | O_TRUNC, 0600), p[2];
  char buf[100];
  write(a, "the quick brown fox", 19);
  off_t off = 4;
  P("sendfile", sendfile(b, a, &off, 5));
  printf("offset %ld\n", (long)off);
  off_t o1 = 0, o2 = 10;
  P("copy_file_range", copy_file_range(a, &o1, b, &o2, 3, 0));
  P("copy overlap", copy_file_range(a, &o1, a, &o1, 3, 0));
  P("copy flags", copy_file_range(a, 0, b, 0, 3, 1));
  pipe(p);
  o1 = 0;
  P("splice in", splice(a, &o1, p[1], 0, 9, 0));
  P("splice out", splice(p[0], 0, b, 0, 100, 0));
  P("splice files", splice(a, 0, b, 0, 3, 0));
  P("splice pipe off", splice(p[0], &o1, b, 0, 3, 0));
  P("pread", pread(b, buf, 100, 0));
  buf[40] = 0;
  for (int i = 0; i < 14; i++) printf("%02x", buf[i] & 255);
  puts("");
  int m = memfd_create("name", MFD_ALLOW_SEALING);
  P("memfd write", write(m, "sealed", 6));
  P("add seals", fcntl(m, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
  P("shrink", ftruncate(m, 1));
  P("grow", pwrite(m, "x", 1, 6));
  P("same", pwrite(m, "S", 1, 0));
  P("get seals", fcntl(m, F_GET_SEALS));
  P("seal write", fcntl(m, F_ADD_SEALS, F_SEAL_WRITE));
  P("write", pwrite(m, "S", 1, 0));
  P("seal seal", fcntl(m, F_ADD_SEALS, F_SEAL_SEAL));
  P("more", fcntl(m, F_ADD_SEALS, F_SEAL_WRITE));
  P("seals of a file", fcntl(a, F_GET_SEALS));
  readlink("/proc/self/fd/3", buf, 0);
  sprintf(buf, "/proc/self/fd/%d", m);
  char t[100];
  int n = readlink(buf, t, 100);
  printf("%.*s\n", n, t);
  P("tmpfile", (n = open(".", O_TMPFILE | O_RDWR, 0600)) >= 0 ? 0 : -1);
  write(n, "tmp", 3);
  sprintf(buf, "/proc/self/fd/%d", n);
  P("link tmpfile", linkat(AT_FDCWD, buf, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
  kind("named");
  P("reopen", read(open(buf, O_RDONLY), t, 10));
}

static void mappings(void) {
  int fd = open("map", O_CREAT | O_RDWR | O_TRUNC, 0600);
  ftruncate(fd, 8192);
  char *s = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char *v = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  char b[10];
  s[0] = 'a';
  pread(fd, b, 1, 0);
  printf("store seen by read %c, by private %c\n", b[0], v[0]);
  pwrite(fd, "zz", 2, 4096);
  printf("write seen %c %c\n", s[4096], v[4097]);
  v[4096] = 'p';
  pwrite(fd, "y", 1, 4096);
  printf("private keeps %c, shared %c\n", v[4096], s[4096]);
  if (!fork()) { s[1] = 'c'; v[1] = 'c'; _exit(0); }
  wait(0);
  printf("child's store %c\n", s[1]);
  P("msync", msync(s, 8192, MS_SYNC));
  close(fd);
  unlink("map");
  s[2] = 'u';
  printf("after unlink %c\n", s[2]);
  int ro = open("pos", O_RDONLY);
  P("shared write of rdonly", mmap(0, 4096, PROT_WRITE, MAP_SHARED, ro, 0) == MAP_FAILED ? -1 : 0);
  char *r = mmap(0, 4096, PROT_READ, MAP_SHARED, ro, 0);
  P("mprotect", mprotect(r, 4096, PROT_READ | PROT_WRITE));
  P("map directory", mmap(0, 4096, PROT_READ, MAP_PRIVATE, open(".", O_RDONLY), 0) == MAP_FAILED ? -1 : 0);
  P("map wronly", mmap(0, 4096, PROT_READ, MAP_PRIVATE, open("pos", O_WRONLY), 0) == MAP_FAILED ? -1 : 0);
  P("map offset", mmap(0, 4096, PROT_READ, MAP_PRIVATE, ro, 100) == MAP_FAILED ? -1 : 0);
}

static void listing(void) {
  mkdir("list", 0755);
  char n[40], b[2000];
  for (int i = 0; i < 300; i++) { sprintf(n, "list/f%03d", i); close(open(n, O_CREAT | O_WRONLY, 0600)); }
  int fd = open("list", O_RDONLY), count = 0, bad = 0;
  long got;
  P("small buffer", syscall(SYS_getdents64, fd, b, 10));
  while ((got = syscall(SYS_getdents64, fd, b, sizeof b)) > 0)
    for (long at = 0; at < got;) {
      struct dirent64 *d = (void *)(b + at);
      count++;
      if (d->d_name[0] == 'f') { bad += d->d_type != DT_REG; sprintf(n, "list/%s", d->d_name); unlink(n); }
      at += d->d_reclen;
    }
  printf("entries %d bad %d\n", count, bad);
  P("removed while reading", rmdir("list"));
  P("not a directory", syscall(SYS_getdents64, open("pos", O_RDONLY), b, 100));
  DIR *d = opendir("/proc/self/task");
  int tasks = 0;
  for (struct dirent *e; (e = readdir(d));) tasks += e->d_name[0] != '.';
  printf("tasks %d\n", tasks);
}

int main(void) {
  char dir[] = "/tmp/rookery-files-XXXXXX";
  setvbuf(stdout, 0, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  umask(022);
  mkdtemp(dir);
  chmod(dir, 0755);
  chdir(dir);
  puts("-- positions"); positions();
  puts("-- descriptors"); descriptors();
  puts("-- names"); names();
  puts("-- attributes"); attributes();
  puts("-- locks"); locks();
  puts("-- moving"); moving();
  puts("-- mappings"); mappings();
  puts("-- listing"); listing();
  char cmd[100];
  sprintf(cmd, "rm -rf %s", dir);
  return system(cmd);
}
