/* System V shared memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
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
  return 0;
}
