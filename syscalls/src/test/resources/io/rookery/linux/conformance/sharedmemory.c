/* System V shared memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RESULT(what, call)                                              \
  do {                                                                  \
    errno = 0;                                                          \
    long result_ = (long)(call);                                        \
    printf(what " %d %d\n", result_ == -1 ? -1 : 0, result_ == -1 ? errno : 0); \
  } while (0)

static void status(const char *what, int id) {
  struct shmid_ds d;
  if (shmctl(id, IPC_STAT, &d)) {
    printf("%s: %d\n", what, errno);
    return;
  }
  time_t now = time(0);
  printf("%s: key %d size %lu mode %o attached %lu creator %d ids %d %d %d", what,
         d.shm_perm.__key != 0, d.shm_segsz, d.shm_perm.mode, d.shm_nattch,
         d.shm_cpid == getpid(), d.shm_perm.uid == getuid(),
         d.shm_perm.gid == getgid(), d.shm_perm.cuid == getuid());
  printf(" times %d %d %d\n", d.shm_atime && now - d.shm_atime < 60, d.shm_dtime && now - d.shm_dtime < 60,
         now - d.shm_ctime < 60);
}

static void system_wide(int id) {
  union {
    struct shminfo limits;
    struct shm_info used;
    struct shmid_ds d;
  } u;
  memset(&u, 0, sizeof u);
  int highest = shmctl(0, IPC_INFO, &u.d);
  printf("IPC_INFO %d: max %lx min %lu mni %lu seg %lu all %lx\n", highest >= 0, u.limits.shmmax,
         u.limits.shmmin, u.limits.shmmni, u.limits.shmseg, u.limits.shmall);
  memset(&u, 0, sizeof u);
  printf("SHM_INFO %d", shmctl(0, SHM_INFO, &u.d) == highest);
  printf(": %d %d\n", u.used.used_ids >= 1, u.used.shm_tot >= 3);
  int found = 0, any = 0;
  for (int k = 0; k <= highest; k++) {
    found += shmctl(k, SHM_STAT, &u.d) == id && u.d.shm_segsz == 10000;
    any += shmctl(k, 15, &u.d) == id;
  }
  printf("SHM_STAT %d %d\n", found, any);
  RESULT("SHM_STAT none", shmctl(32767, SHM_STAT, &u.d));
  RESULT("IPC_INFO negative", shmctl(-1, IPC_INFO, &u.d));
  RESULT("bad command", shmctl(id, 77, &u.d));
  RESULT("negative command", shmctl(id, -2, &u.d));
  FILE *f = fopen("/proc/sysvipc/shm", "r");
  char line[300];
  fgets(line, sizeof line, f);
  printf("%s", line);
  while (fgets(line, sizeof line, f)) {
    int key, sid, perms, size, cpid;
    if (sscanf(line, "%d %d %o %d %d", &key, &sid, &perms, &size, &cpid) == 5 && sid == id)
      printf("line %d %o %d %d %zu\n", key != 0, perms, size, cpid == getpid(), strlen(line));
  }
  fclose(f);
}

static void limited(void) {
  enum { BYTES = 40960 };
  int id = shmget(IPC_PRIVATE, BYTES, 0600), fd = open("/proc/self/statm", O_RDONLY);
  char text[200];
  text[read(fd, text, sizeof text - 1)] = 0;
  close(fd);
  struct rlimit old, limit;
  getrlimit(RLIMIT_AS, &old);
  limit = old;
  limit.rlim_cur = strtoul(text, 0, 10) * 4096 + BYTES + 100;
  setrlimit(RLIMIT_AS, &limit);
  char *p = shmat(id, 0, 0);
  RESULT("within RLIMIT_AS", p == (char *)-1 ? -1 : 0);
  RESULT("beyond RLIMIT_AS", shmat(id, 0, 0));
  RESULT("beyond RLIMIT_AS, in use", shmat(id, p, 0));
  RESULT("instead of itself", shmat(id, p, SHM_REMAP));
  RESULT("mmap instead of it", mmap(p, BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
  RESULT("mmap of a page", mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  limit.rlim_cur = 4096;
  setrlimit(RLIMIT_AS, &limit);
  RESULT("instead of it when far beyond", shmat(id, p, SHM_REMAP));
  RESULT("mmap when far beyond", mmap(p, BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
  setrlimit(RLIMIT_AS, &old);
  munmap(p, BYTES);
  shmctl(id, IPC_RMID, 0);
}

/* The calls without glibc, which for 32-bit programs takes others. */
static void direct(void) {
  int id = syscall(SYS_shmget, IPC_PRIVATE, 5000, 0600);
  unsigned char d[160];
  memset(d, 0x55, sizeof d);
  RESULT("direct IPC_STAT", syscall(SYS_shmctl, id, IPC_STAT, d));
  int end = sizeof d;
  while (end > 0 && d[end - 1] == 0x55) end--;
  printf("bytes %d\n", end);
  char *p = (char *)syscall(SYS_shmat, id, 0, 0);
  p[4999] = 7;
  RESULT("direct shmdt", syscall(SYS_shmdt, p));
  RESULT("direct shmdt", syscall(SYS_shmdt, p));
#ifdef __i386__
  RESULT("ipc shmget", syscall(SYS_ipc, 23, IPC_PRIVATE, 0, 0600, 0, 0));
  RESULT("ipc shmat", syscall(SYS_ipc, 21, id, 0, &p, 0, 0));
  printf("%d\n", p[4999]);
  RESULT("ipc shmat old", syscall(SYS_ipc, 21 | 1 << 16, id, 0, &p, 0, 0));
  RESULT("ipc shmdt", syscall(SYS_ipc, 22, 0, 0, 0, p, 0));
#endif
  RESULT("direct IPC_RMID", syscall(SYS_shmctl, id, IPC_RMID, 0));
}

/* Others can attach a removed segment while it is attached. */
static void removed(key_t key) {
  int id = shmget(key, 4096, IPC_CREAT | 0600);
  char *p = shmat(id, 0, 0);
  strcpy(p, "removed");
  RESULT("remove", shmctl(id, IPC_RMID, 0));
  status("attached still", id);
  RESULT("key", shmget(key, 4096, 0600));
  char *q = shmat(id, 0, SHM_RDONLY);
  printf("%s\n", q == (char *)-1 ? "gone" : q);
  shmdt(p);
  if (q != (char *)-1) shmdt(q);
  status("gone", id);
}

static int dies(volatile char *p) {
  int st;
  if (fork() == 0) {
    *p = 1;
    _exit(0);
  }
  wait(&st);
  return WIFSIGNALED(st) ? WTERMSIG(st) : 0;
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  key_t key = 0x52000000 | (getpid() & 0xffff) << 4;
  RESULT("no such key", shmget(key, 4096, 0600));
  RESULT("no size", shmget(key, 0, IPC_CREAT | 0600));
  RESULT("bad id", shmat(-1, 0, 0) == (void *)-1 ? -1 : 0);
  RESULT("bad control", shmctl(-1, IPC_STAT, 0));
  int id = shmget(key, 10000, IPC_CREAT | 0640);
  printf("same %d\n", shmget(key, 0, 0) == id);
  RESULT("exclusive", shmget(key, 10000, IPC_CREAT | IPC_EXCL | 0600));
  RESULT("larger", shmget(key, 10001, 0));
  status("new", id);
  system_wide(id);
  char *p = shmat(id, 0, 0), *q = shmat(id, 0, SHM_RDONLY);
  printf("zeros %d %d\n", p[0], p[12287]);
  strcpy(p, "one");
  printf("twice %s\n", q);
  status("attached", id);
  printf("read-only %d\n", dies(q));
  if (fork() == 0) {
    status("child", id);
    strcpy(p + 5000, "child");
    shmdt(q);
    status("child", id);
    _exit(0);
  }
  wait(0);
  printf("%s\n", q + 5000);
  status("after the child", id);
  RESULT("not attached", shmdt(p + 4096));
  RESULT("not aligned", shmdt(p + 1));
  RESULT("shmdt", shmdt(q));
  RESULT("again", shmdt(q));
  printf("detached %d\n", dies(q));
  RESULT("not aligned", shmat(id, p + 1, 0) == (void *)-1 ? -1 : 0);
  RESULT("occupied", shmat(id, p, 0) == (void *)-1 ? -1 : 0);
  char *room = mmap(0, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  printf("remapped %d\n", shmat(id, room + 4096, SHM_REMAP) == room + 4096);
  munmap(room + 65536, 65536);
  printf("rounded %d\n", shmat(id, room + 65536 + 5, SHM_RND) == room + 65536);
  strcpy(p, "all");
  printf("%s %s\n", room + 4096, room + 65536);
  status("three", id);
  munmap(room + 65536 + 4096, 4096);
  printf("cut %d\n", shmdt(room + 65536));
  printf("gone %d %d\n", dies(room + 65536), dies(room + 65536 + 8192));
  struct shmid_ds d;
  shmctl(id, IPC_STAT, &d);
  d.shm_perm.mode = 0123600;
  RESULT("set", shmctl(id, IPC_SET, &d));
  status("set", id);
  RESULT("lock", shmctl(id, SHM_LOCK, 0));
  RESULT("unlock", shmctl(id, SHM_UNLOCK, 0));
  RESULT("remove", shmctl(id, IPC_RMID, 0));
  printf("still there %s\n", p);
  RESULT("key is free", shmget(key, 4096, 0600));
  int other = shmget(key, 100, IPC_CREAT | 0400);
  printf("other %d\n", other != id);
  RESULT("write", shmctl(other, IPC_RMID, 0));
  RESULT("removed", shmctl(other, IPC_STAT, &d));
  int a = shmget(IPC_PRIVATE, 4096, 0600), b = shmget(IPC_PRIVATE, 4096, 0600);
  printf("private %d\n", a != b);
  char *shared = shmat(a, 0, 0);
  shmctl(a, IPC_RMID, 0);
  if (fork() == 0) {
    strcpy(shared, "survives");
    execl("/bin/true", "true", (char *)0);
  }
  wait(0);
  printf("%s\n", shared);
  shmctl(b, IPC_RMID, 0);
  removed(key);
  direct();
  limited();
  return 0;
}
