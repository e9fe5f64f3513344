/* tmpfs with limits, umount(2) of what is in use, remounting. Needs the superuser. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESULT(what, call)                                                      \
  do {                                                                          \
    errno = 0;                                                                  \
    long result_ = (long)(call);                                                \
    printf("%s: %ld %d\n", what, result_ < 0 ? -1 : result_, result_ < 0 ? errno : 0); \
  } while (0)

#define STATUS(what, call) RESULT(what, (call) < 0 ? -1 : 0)

static char base[64], at[80];
static char block[1 << 20];

static char *in(const char *name) {
  static char path[4][200];
  static int next;
  char *p = path[next++ & 3];
  snprintf(p, sizeof path[0], "%s/%s", at, name);
  return p;
}

static int make(const char *name) {
  return open(in(name), O_RDWR | O_CREAT | O_EXCL, 0644);
}

static void room(const char *what) {
  struct statfs s;
  if (statfs(at, &s)) {
    printf("%s: statfs %d\n", what, errno);
    return;
  }
  printf("%s: type %lx blocks %ld free %ld available %ld files %ld free %ld\n", what, (long)s.f_type,
         (long)s.f_blocks, (long)s.f_bfree, (long)s.f_bavail, (long)s.f_files, (long)s.f_ffree);
}

/* The options of the mount in /proc/self/mounts, without those that depend on the kernel's build. */
static void shown(const char *what) {
  FILE *f = fopen("/proc/self/mounts", "r");
  char line[1000], source[300], where[300], type[100], options[500];
  while (fgets(line, sizeof line, f))
    if (sscanf(line, "%299s %299s %99s %499s", source, where, type, options) == 4 && !strcmp(where, at)) {
      printf("%s: %s %s ", what, source, type);
      for (char *o = strtok(options, ","); o; o = strtok(0, ","))
        if (strncmp(o, "inode", 5) && strncmp(o, "huge", 4)) printf("%s,", o);
      printf("\n");
    }
  fclose(f);
}

static int mounted(const char *options) {
  return mount("some", at, "tmpfs", 0, options);
}

static void limits(void) {
  static const char *WRONG[] = {"size=",     "size=1x",  "size=-1",    "size",      "nonsense",   "nr_inodes=z",
                                "mode=9",    "uid=x",    "huge=maybe", "size=10%%", "mode=0755x", "nr_blocks=1q"};
  for (unsigned k = 0; k < sizeof WRONG / sizeof *WRONG; k++) {
    if (!strcmp(WRONG[k], "size=")) continue; /* kernels differ */
    STATUS(WRONG[k], mounted(WRONG[k]));
    umount(at);
  }
  STATUS("mount", mounted("size=1m,nr_inodes=10,mode=0750,uid=12,gid=34"));
  shown("shown");
  struct stat s;
  stat(at, &s);
  printf("root %o %d %d\n", s.st_mode, s.st_uid, s.st_gid);
  room("empty");
  int fd = make("a");
  RESULT("write half", write(fd, block, 512 << 10));
  room("half");
  RESULT("write more than there is", write(fd, block, 1 << 20));
  room("full");
  RESULT("write when full", write(fd, block, 1));
  RESULT("overwrite when full", pwrite(fd, block, 4096, 4096));
  RESULT("append when full", lseek(fd, 0, SEEK_END));
  int fd2 = open(in("a"), O_WRONLY | O_APPEND);
  RESULT("O_APPEND when full", write(fd2, block, 10));
  STATUS("truncate up", ftruncate(fd, 4 << 20));
  STATUS("truncate to a page and a half", ftruncate(fd, 6000));
  room("truncated");
  RESULT("append what does not fit", write(fd2, block, 1 << 20));
  fstat(fd, &s);
  printf("size %ld blocks %ld\n", (long)s.st_size, (long)s.st_blocks);
  close(fd2);
  STATUS("unlink", unlink(in("a")));
  room("unlinked but open");
  close(fd);
  room("closed");

  fd = make("b");
  STATUS("fallocate", fallocate(fd, 0, 0, 100 << 10));
  fstat(fd, &s);
  printf("size %ld blocks %ld\n", (long)s.st_size, (long)s.st_blocks);
  STATUS("fallocate beyond the end", fallocate(fd, FALLOC_FL_KEEP_SIZE, 200 << 10, 8 << 10));
  fstat(fd, &s);
  printf("size %ld blocks %ld\n", (long)s.st_size, (long)s.st_blocks);
  STATUS("fallocate too much", fallocate(fd, 0, 0, 2 << 20));
  STATUS("fallocate a little too much", fallocate(fd, 0, 8192, 1 << 20));
  room("allocated");
  STATUS("punch", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 8192));
  room("punched");
  STATUS("truncate", ftruncate(fd, 0));
  room("truncated");
  close(fd);
  char target[300];
  memset(target, 't', sizeof target);
  target[127] = 0;
  STATUS("short link", symlink(target, in("s")));
  room("short link");
  target[127] = 't';
  target[200] = 0;
  STATUS("long link", symlink(target, in("l")));
  room("long link");
  lstat(in("l"), &s);
  printf("size %ld blocks %ld\n", (long)s.st_size, (long)s.st_blocks);
  unlink(in("s"));
  unlink(in("l"));
  unlink(in("b"));
  room("empty again");
}

static void names(void) {
  char name[20];
  int made = 0;
  for (int k = 0; k < 20; k++) {
    sprintf(name, "f%d", k);
    int fd = make(name);
    if (fd < 0) break;
    made++;
    close(fd);
  }
  printf("made %d, then %d\n", made, errno);
  STATUS("mkdir", mkdir(in("d"), 0755));
  STATUS("symlink", symlink("x", in("l")));
  STATUS("link", link(in("f0"), in("l")));
  STATUS("mkfifo", mkfifo(in("p"), 0644));
  STATUS("unnamed", open(at, O_TMPFILE | O_RDWR, 0600));
  STATUS("rename", rename(in("f0"), in("g")));
  STATUS("rename over", rename(in("g"), in("f1")));
  room("one free");
  STATUS("link", link(in("f1"), in("l")));
  room("a second name");
  STATUS("unlink", unlink(in("l")));
  int fd = open(at, O_TMPFILE | O_RDWR, 0600);
  room("unnamed");
  char self[40];
  sprintf(self, "/proc/self/fd/%d", fd);
  STATUS("name it", linkat(AT_FDCWD, self, AT_FDCWD, in("n"), AT_SYMLINK_FOLLOW));
  room("named");
  close(fd);
  STATUS("remount with less", mount(0, at, 0, MS_REMOUNT, "nr_inodes=3"));
  STATUS("remount with more", mount(0, at, 0, MS_REMOUNT, "nr_inodes=30,size=2m"));
  room("remounted");
  shown("remounted");
  for (int k = 0; k < 20; k++) {
    sprintf(name, "f%d", k);
    unlink(in(name));
  }
  unlink(in("n"));
  room("empty again");
  STATUS("remount with less room", mount(0, at, 0, MS_REMOUNT, "size=8k"));
  int f = make("a");
  RESULT("write", write(f, block, 20000));
  STATUS("remount below what is used", mount(0, at, 0, MS_REMOUNT, "size=4k"));
  STATUS("without a limit", mount(0, at, 0, MS_REMOUNT, "size=0"));
  RESULT("write", write(f, block, 20000));
  STATUS("with one again", mount(0, at, 0, MS_REMOUNT, "size=1m"));
  close(f);
  unlink(in("a"));
  STATUS("umount", umount(at));
}

static sigjmp_buf back;

static void fault(int signal, siginfo_t *info, void *context) {
  siglongjmp(back, signal == SIGBUS ? info->si_code : -1);
}

static void mappings(void) {
  STATUS("mount", mounted("size=16k,nr_inodes=0"));
  room("four pages");
  struct sigaction action = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGBUS, &action, 0);
  int fd = make("m");
  STATUS("truncate", ftruncate(fd, 64 << 10));
  volatile char *p = mmap(0, 64 << 10, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  volatile int touched = 0;
  int code = sigsetjmp(back, 1);
  if (!code)
    for (; touched < 16; touched++) p[touched * 4096] = 1;
  printf("touched %d, then SIGBUS with code %d\n", touched, code);
  room("mapped");
  printf("read %d\n", p[0] + p[3 * 4096]);
  STATUS("umount while open and mapped", umount(at));
  close(fd);
  STATUS("umount while mapped", umount(at));
  munmap((void *)p, 64 << 10);
  STATUS("umount", umount(at));
}

static void use(void) {
  STATUS("mount", mounted("size=1m"));
  mkdir(in("d"), 0755);
  int fd = make("a");
  STATUS("umount while open", umount(at));
  STATUS("umount by force", umount2(at, MNT_FORCE));
  STATUS("read-only while open for writing", mount(0, at, 0, MS_REMOUNT | MS_RDONLY, 0));
  close(fd);
  STATUS("read-only", mount(0, at, 0, MS_REMOUNT | MS_RDONLY, 0));
  STATUS("create", make("b"));
  STATUS("read-write", mount(0, at, 0, MS_REMOUNT, 0));
  fd = open(at, O_RDONLY | O_DIRECTORY);
  STATUS("umount with an open directory", umount(at));
  close(fd);
  fd = open(in("a"), O_PATH);
  STATUS("umount with O_PATH", umount(at));
  close(fd);
  pid_t child = fork();
  if (!child) {
    chdir(in("d"));
    pause();
    _exit(0);
  }
  char there[100];
  sprintf(there, "/proc/%d/cwd", child);
  char link[200];
  for (int k = 0; k < 2000; k++) {
    int n = readlink(there, link, sizeof link - 1);
    link[n < 0 ? 0 : n] = 0;
    if (strstr(link, at)) break;
    usleep(1000);
  }
  STATUS("umount with a child inside", umount(at));
  kill(child, SIGKILL);
  waitpid(child, 0, 0);
  STATUS("mount inside", mount("inner", in("d"), "tmpfs", 0, 0));
  STATUS("umount with a mount inside", umount(at));
  STATUS("umount inside", umount(in("d")));
  STATUS("umount what is not mounted", umount(in("d")));
  STATUS("umount what is not there", umount(in("nothing")));
  STATUS("unknown flags", umount2(at, 64));
  STATUS("rmdir of a mount point", rmdir(at));
  STATUS("rename of a mount point", rename(at, in("../other")));

  fd = open(in("a"), O_RDWR);
  chdir(in("d"));
  STATUS("umount with everything in use", umount(at));
  STATUS("detach", umount2(at, MNT_DETACH));
  RESULT("write", write(fd, "abc", 3));
  RESULT("read", pread(fd, link, 10, 0));
  STATUS("create below", open("x", O_CREAT | O_RDWR, 0600));
  STATUS("up", access("../a", F_OK));
  STATUS("not beyond", access("../../tmp", F_OK));
  printf("getcwd %d\n", getcwd(link, sizeof link) ? 0 : errno);
  syscall(SYS_getcwd, link, sizeof link);
  printf("%s\n", link);
  DIR *d = opendir(at);
  int count = 0;
  while (readdir(d)) count++;
  closedir(d);
  printf("left at the mount point: %d\n", count);
  chdir("/");
  close(fd);
  STATUS("umount again", umount(at));

  STATUS("mount", mounted("size=1m"));
  mkdir(in("d"), 0755);
  mount("inner", in("d"), "tmpfs", 0, 0);
  STATUS("detach with a mount inside", umount2(at, MNT_DETACH));
  STATUS("as a user", (seteuid(1000), umount(at)));
  STATUS("as a user, nothing", umount("/nowhere"));
  STATUS("mount as a user", mounted(0));
  seteuid(0);
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  if (geteuid() != 0) return 77;
  if (unshare(CLONE_NEWNS) == 0) mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
  strcpy(base, "/tmp/mountsXXXXXX");
  if (!mkdtemp(base)) return 1;
  snprintf(at, sizeof at, "%s/at", base);
  chmod(base, 0755);
  mkdir(at, 0755);
  if (mount("probe", at, "tmpfs", 0, 0)) {
    rmdir(at), rmdir(base);
    return 77;
  }
  umount(at);
  limits();
  names();
  mappings();
  use();
  STATUS("rmdir", rmdir(at));
  rmdir(base);
  return 0;
}
