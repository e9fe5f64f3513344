/* System V semaphores. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

union semun {
  int val;
  struct semid_ds *buf;
  unsigned short *array;
  struct seminfo *__buf;
};

#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

static int root;

#define RESULT(what, call)                                              \
  do {                                                                  \
    errno = 0;                                                          \
    long result_ = (long)(call);                                        \
    printf(what " %d %d\n", result_ == -1 ? -1 : 0, result_ == -1 ? errno : 0); \
  } while (0)
#define VALUE(what, call)                                               \
  do {                                                                  \
    errno = 0;                                                          \
    long result_ = (long)(call);                                        \
    printf(what " %ld %d\n", result_, result_ == -1 ? errno : 0);       \
  } while (0)

static int op(int id, int n, int change, int flags) {
  struct sembuf b = {n, change, flags};
  return semop(id, &b, 1);
}

static int op2(int id, int n1, int c1, int f1, int n2, int c2, int f2) {
  struct sembuf b[2] = {{n1, c1, f1}, {n2, c2, f2}};
  return semop(id, b, 2);
}

static int timed(int id, int n, int change, int flags, long ms) {
  struct sembuf b = {n, change, flags};
  struct timespec t = {ms / 1000, ms % 1000 * 1000000};
  return semtimedop(id, &b, 1, &t);
}

static void values(const char *what, int id, int n) {
  unsigned short v[16];
  union semun a = {.array = v};
  printf("%s:", what);
  if (semctl(id, 0, GETALL, a)) printf(" errno %d", errno);
  else
    for (int i = 0; i < n; i++) printf(" %d", v[i]);
  printf("\n");
}

static void set(int id, int n, int v) {
  union semun a = {.val = v};
  if (semctl(id, n, SETVAL, a)) printf("SETVAL: %d\n", errno);
}

static void status(const char *what, int id) {
  struct semid_ds d;
  memset(&d, 0x55, sizeof d);
  union semun a = {.buf = &d};
  if (semctl(id, 0, IPC_STAT, a)) {
    printf("%s: %d\n", what, errno);
    return;
  }
  time_t now = time(0);
  printf("%s: key %d mode %o count %lu ids %d %d %d %d times %d %d\n", what, d.sem_perm.__key != 0,
         d.sem_perm.mode, (unsigned long)d.sem_nsems, d.sem_perm.uid == getuid(),
         d.sem_perm.gid == getgid(), d.sem_perm.cuid == getuid(), d.sem_perm.cgid == getgid(),
         d.sem_otime && now - d.sem_otime < 60, now - d.sem_ctime < 60);
}

/* Until n tasks wait for a semaphore. */
static void until(int id, int n, int command, int count) {
  for (int i = 0; i < 20000 && semctl(id, n, command) != count; i++) usleep(500);
}

static int end(pid_t p) {
  int st;
  waitpid(p, &st, 0);
  return WIFSIGNALED(st) ? -WTERMSIG(st) : WEXITSTATUS(st);
}

static void get(key_t key) {
  RESULT("no such key", semget(key, 1, 0600));
  RESULT("no semaphores", semget(key, 0, IPC_CREAT | 0600));
  RESULT("negative", semget(key, -1, IPC_CREAT | 0600));
  RESULT("too many", semget(key, 32001, IPC_CREAT | 0600));
  int id = semget(key, 3, IPC_CREAT | 0640);
  printf("same %d %d\n", semget(key, 0, 0) == id, semget(key, 3, 0400) == id);
  RESULT("exclusive", semget(key, 3, IPC_CREAT | IPC_EXCL | 0600));
  RESULT("more", semget(key, 4, 0));
  status("new", id);
  values("zeros", id, 3);
  int a = semget(IPC_PRIVATE, 1, 0600), b = semget(IPC_PRIVATE, 1, 0600);
  printf("private %d\n", a != b);
  RESULT("remove", semctl(a, 0, IPC_RMID));
  RESULT("again", semctl(a, 0, IPC_RMID));
  RESULT("remove", semctl(b, 0, IPC_RMID));
  RESULT("remove", semctl(id, 0, IPC_RMID));
  RESULT("gone", semget(key, 3, 0));
}

static void control(void) {
  int id = semget(IPC_PRIVATE, 4, 0600);
  union semun a;
  unsigned short v[4] = {1, 2, 3, 32767}, bad[4] = {1, 2, 3, 32768};
  a.array = v;
  RESULT("SETALL", semctl(id, 0, SETALL, a));
  values("all", id, 4);
  a.array = bad;
  RESULT("SETALL range", semctl(id, 0, SETALL, a));
  values("all", id, 4);
  a.array = (void *)16;
  RESULT("SETALL fault", semctl(id, 0, SETALL, a));
  RESULT("GETALL fault", semctl(id, 0, GETALL, a));
  VALUE("GETVAL", semctl(id, 1, GETVAL));
  VALUE("GETVAL bad", semctl(id, 4, GETVAL));
  VALUE("GETVAL negative", semctl(id, -1, GETVAL));
  a.val = 7;
  VALUE("SETVAL", semctl(id, 1, SETVAL, a));
  VALUE("SETVAL bad", semctl(id, 4, SETVAL, a));
  a.val = 32768;
  VALUE("SETVAL range", semctl(id, 1, SETVAL, a));
  a.val = -1;
  VALUE("SETVAL range", semctl(id, 9, SETVAL, a));
  VALUE("GETVAL", semctl(id, 1, GETVAL));
  printf("GETPID %d\n", semctl(id, 1, GETPID) == getpid());
  VALUE("GETPID bad", semctl(id, 4, GETPID));
  VALUE("GETNCNT", semctl(id, 0, GETNCNT));
  VALUE("GETZCNT", semctl(id, 0, GETZCNT));
  VALUE("GETNCNT bad", semctl(id, 4, GETNCNT));
  VALUE("GETZCNT bad", semctl(id, -4, GETZCNT));
  RESULT("IPC_STAT fault", syscall(SYS_semctl, id, 0, IPC_STAT, 16));
  RESULT("IPC_SET fault", syscall(SYS_semctl, id, 0, IPC_SET, 16));
  RESULT("bad command", semctl(id, 0, 77));
  RESULT("negative command", semctl(id, 0, -2));
  RESULT("bad id", semctl(-1, 0, GETVAL));
  RESULT("bad id", semctl(id + (1 << 15), 0, GETVAL));
  struct semid_ds d;
  a.buf = &d;
  semctl(id, 0, IPC_STAT, a);
  d.sem_perm.mode = 0123644;
  RESULT("IPC_SET", semctl(id, 0, IPC_SET, a));
  status("set", id);
  d.sem_perm.uid = -1;
  RESULT("IPC_SET no user", semctl(id, 0, IPC_SET, a));
  struct seminfo i;
  memset(&i, 0, sizeof i);
  a.__buf = &i;
  int highest = semctl(0, 0, IPC_INFO, a);
  printf("IPC_INFO %d: %d %d %d %d %d %d\n", highest >= 0, i.semmni, i.semmsl, i.semopm, i.semume,
         i.semvmx, i.semaem);
  printf("SEM_INFO %d: %d %d\n", semctl(0, 0, SEM_INFO, a) == highest, i.semusz >= 1,
         i.semaem >= 4);
  RESULT("IPC_INFO negative", semctl(-1, 0, IPC_INFO, a));
  a.buf = &d;
  int found = 0, any = 0;
  for (int k = 0; k <= highest; k++) {
    found += semctl(k, 0, SEM_STAT, a) == id && d.sem_nsems == 4;
    any += semctl(k, 0, SEM_STAT_ANY, a) == id;
  }
  printf("SEM_STAT %d %d\n", found, any);
  RESULT("SEM_STAT none", semctl(32767, 0, SEM_STAT, a));
  FILE *f = fopen("/proc/sysvipc/sem", "r");
  char line[256];
  fgets(line, sizeof line, f);
  printf("%s", line);
  while (fgets(line, sizeof line, f)) {
    int key, sid, perms, n;
    if (sscanf(line, "%d %d %o %d", &key, &sid, &perms, &n) == 4 && sid == id)
      printf("line %d %o %d %zu\n", key, perms, n, strlen(line));
  }
  fclose(f);
  semctl(id, 0, IPC_RMID);
}

static void operations(void) {
  int id = semget(IPC_PRIVATE, 3, 0600);
  struct sembuf many[501];
  memset(many, 0, sizeof many);
  RESULT("up", op(id, 0, 3, 0));
  RESULT("down", op(id, 0, -2, 0));
  values("after", id, 3);
  RESULT("would block", op(id, 0, -2, IPC_NOWAIT));
  RESULT("not zero", op(id, 0, 0, IPC_NOWAIT));
  RESULT("zero", op(id, 1, 0, IPC_NOWAIT));
  RESULT("no such", op(id, 3, 1, 0));
  RESULT("range", op(id, 0, 32767, 0));
  RESULT("none", semop(id, many, 0));
  RESULT("501", semop(id, many, 501));
  RESULT("fault", semop(id, (void *)16, 1));
  RESULT("bad id", op(-1, 0, 1, 0));
  RESULT("bad id", op(id + 12345, 0, 1, 0));
  many[0] = (struct sembuf){1, 1, 0};
  for (int i = 1; i < 500; i++) many[i] = (struct sembuf){1, i & 1 ? -1 : 1, 0};
  RESULT("500", semop(id, many, 500));
  values("all or none", id, 3);
  RESULT("all or none", op2(id, 1, 5, 0, 2, -1, IPC_NOWAIT));
  values("all or none", id, 3);
  RESULT("the same twice", op2(id, 1, 5, 0, 1, -5, IPC_NOWAIT));
  RESULT("zero then up", op2(id, 2, 0, 0, 2, 1, 0));
  values("both", id, 3);
  RESULT("timeout", timed(id, 1, -1, 0, 30));
  RESULT("no time", timed(id, 1, -1, 0, 0));
  RESULT("done in time", timed(id, 2, -1, 0, 10000));
  struct timespec bad = {0, 1000000000}, negative = {-1, 0};
  RESULT("bad time", semtimedop(id, many, 1, &bad));
  RESULT("negative time", semtimedop(id, many, 1, &negative));
  RESULT("null time", semtimedop(id, many, 1, 0));
  status("used", id);
  semctl(id, 0, IPC_RMID);
}

static void waiting(void) {
  int id = semget(IPC_PRIVATE, 3, 0600);
  pid_t a, b, c;
  if ((a = fork()) == 0) _exit(op(id, 0, -1, 0) ? errno : 0);
  until(id, 0, GETNCNT, 1);
  printf("waits %d %d\n", semctl(id, 0, GETNCNT), semctl(id, 0, GETZCNT));
  op(id, 0, 1, 0);
  printf("woken %d, pid %d value %d\n", end(a), semctl(id, 0, GETPID) == a, semctl(id, 0, GETVAL));
  /* The value is handed to who waits: nobody gets ahead. */
  if ((a = fork()) == 0) _exit(op(id, 0, -1, 0) ? errno : 0);
  until(id, 0, GETNCNT, 1);
  op(id, 0, 1, 0);
  RESULT("handed over", op(id, 0, -1, IPC_NOWAIT));
  printf("first %d\n", end(a));
  /* Zero is seen by those who wait for it even if it lasts no time. */
  set(id, 1, 1);
  if ((a = fork()) == 0) _exit(op(id, 1, 0, 0) ? errno : 0);
  until(id, 1, GETZCNT, 1);
  printf("zero waits %d %d\n", semctl(id, 1, GETNCNT), semctl(id, 1, GETZCNT));
  op2(id, 1, -1, 0, 1, 1, 0);
  VALUE("still", semctl(id, 1, GETZCNT));
  op(id, 1, -1, 0);
  op(id, 1, 1, 0);
  printf("zero seen %d\n", end(a));
  /* In order, and only who can. */
  set(id, 0, 0);
  if ((a = fork()) == 0) _exit(op(id, 0, -3, 0) ? errno : 1);
  until(id, 0, GETNCNT, 1);
  if ((b = fork()) == 0) _exit(op(id, 0, -1, 0) ? errno : 2);
  until(id, 0, GETNCNT, 2);
  op(id, 0, 2, 0);
  printf("smaller %d value %d\n", end(b), semctl(id, 0, GETVAL));
  op(id, 0, 2, 0);
  printf("larger %d value %d\n", end(a), semctl(id, 0, GETVAL));
  /* A waiting task sets off another. */
  if ((a = fork()) == 0) _exit(op2(id, 0, -1, 0, 1, 1, 0) ? errno : 3);
  until(id, 0, GETNCNT, 1);
  set(id, 1, 0);
  if ((b = fork()) == 0) _exit(op2(id, 1, -1, 0, 2, 1, 0) ? errno : 4);
  until(id, 1, GETNCNT, 1);
  if ((c = fork()) == 0) _exit(op(id, 2, -1, 0) ? errno : 5);
  until(id, 2, GETNCNT, 1);
  op(id, 0, 1, 0);
  printf("chain %d %d %d\n", end(a), end(b), end(c));
  values("chain", id, 3);
  /* Counted where it blocks. */
  set(id, 0, 1);
  if ((a = fork()) == 0) _exit(op2(id, 0, -1, 0, 1, -1, 0) ? errno : 6);
  until(id, 1, GETNCNT, 1);
  printf("blocks at %d %d\n", semctl(id, 0, GETNCNT), semctl(id, 1, GETNCNT));
  set(id, 0, 0);
  set(id, 1, 1);
  printf("blocks at %d %d\n", semctl(id, 0, GETNCNT), semctl(id, 1, GETNCNT));
  union semun v = {.array = (unsigned short[]){1, 1, 0}};
  semctl(id, 0, SETALL, v);
  printf("SETALL wakes %d\n", end(a));
  /* No wait where told not to, once it is there. */
  set(id, 0, 0);
  set(id, 1, 0);
  if ((a = fork()) == 0) _exit(op2(id, 0, -1, 0, 1, -1, IPC_NOWAIT) ? errno : 7);
  until(id, 0, GETNCNT, 1);
  op(id, 0, 1, 0);
  printf("refused later %d value %d\n", end(a) == EAGAIN, semctl(id, 0, GETVAL));
  /* Out of range while it waits. */
  set(id, 0, 0);
  set(id, 1, 32767);
  if ((a = fork()) == 0) _exit(op2(id, 0, -1, 0, 1, 1, 0) ? errno : 8);
  until(id, 0, GETNCNT, 1);
  op(id, 0, 1, 0);
  printf("range later %d\n", end(a) == ERANGE);
  /* Removed. */
  set(id, 0, 0);
  if ((a = fork()) == 0) _exit(op(id, 0, -1, 0) ? errno : 0);
  until(id, 0, GETNCNT, 1);
  set(id, 1, 1);
  if ((b = fork()) == 0) _exit(op(id, 1, 0, 0) ? errno : 0);
  until(id, 1, GETZCNT, 1);
  RESULT("remove", semctl(id, 0, IPC_RMID));
  printf("removed %d %d\n", end(a) == EIDRM, end(b) == EIDRM);
}

static void handler(int s) {}

static void interrupting(void) {
  int id = semget(IPC_PRIVATE, 2, 0600);
  pid_t a;
  struct sigaction s = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &s, 0);
  if ((a = fork()) == 0) _exit(op(id, 0, -1, 0) ? errno : 0);
  until(id, 0, GETNCNT, 1);
  kill(a, SIGUSR1);
  int e = end(a);
  printf("interrupted %d waiting %d\n", e == EINTR, semctl(id, 0, GETNCNT));
  if ((a = fork()) == 0) _exit(timed(id, 0, -1, 0, 20000) ? errno : 0);
  until(id, 0, GETNCNT, 1);
  kill(a, SIGUSR1);
  printf("interrupted %d\n", end(a) == EINTR);
  if ((a = fork()) == 0) _exit(op(id, 0, -1, 0) ? errno : 0);
  until(id, 0, GETNCNT, 1);
  kill(a, SIGSTOP);
  waitpid(a, 0, WUNTRACED);
  kill(a, SIGCONT);
  usleep(20000);
  op(id, 0, 1, 0);
  printf("stopped: %d\n", end(a) == EINTR);
  set(id, 0, 0);
  set(id, 1, 5);
  if ((a = fork()) == 0) {
    op(id, 1, -2, SEM_UNDO);
    _exit(op(id, 0, -1, SEM_UNDO) ? errno : 0);
  }
  until(id, 0, GETNCNT, 1);
  VALUE("taken", semctl(id, 1, GETVAL));
  kill(a, SIGKILL);
  e = end(a);
  printf("killed %d waiting %d given back %d\n", e, semctl(id, 0, GETNCNT),
         semctl(id, 1, GETVAL));
  semctl(id, 0, IPC_RMID);
}

static int shared;

static void *adjuster(void *x) {
  op(shared, 0, -1, SEM_UNDO);
  return 0;
}

static int cloned(void *x) {
  op(shared, 0, -1, SEM_UNDO);
  return 0;
}

static void undoing(void) {
  int id = semget(IPC_PRIVATE, 3, 0600);
  pid_t a;
  set(id, 0, 10);
  if ((a = fork()) == 0) {
    op(id, 0, -3, SEM_UNDO);
    op(id, 0, 1, SEM_UNDO);
    op(id, 1, 4, SEM_UNDO);
    op(id, 2, 1, 0);
    values("child", id, 3);
    _exit(0);
  }
  end(a);
  values("undone", id, 3);
  printf("undone by %d\n", semctl(id, 0, GETPID) == a);
  /* Setting a value forgets adjustments; what would go below 0 stops there. */
  if ((a = fork()) == 0) {
    op(id, 0, -3, SEM_UNDO);
    op(id, 1, 4, SEM_UNDO);
    set(id, 0, 2);
    op(id, 1, -3, 0);
    _exit(0);
  }
  end(a);
  values("forgotten", id, 3);
  /* A program that is executed keeps them, a child does not have them. */
  set(id, 0, 10);
  if ((a = fork()) == 0) {
    op(id, 0, -3, SEM_UNDO);
    pid_t b = fork();
    if (b == 0) _exit(0);
    end(b);
    VALUE("child ended", semctl(id, 0, GETVAL));
    execl("/bin/true", "true", (char *)0);
  }
  end(a);
  VALUE("program ended", semctl(id, 0, GETVAL));
  /* Threads share them. */
  shared = id;
  if ((a = fork()) == 0) {
    pthread_t t;
    op(id, 0, -1, SEM_UNDO);
    pthread_create(&t, 0, adjuster, 0);
    pthread_join(t, 0);
    VALUE("thread ended", semctl(id, 0, GETVAL));
    _exit(0);
  }
  end(a);
  VALUE("threads undone", semctl(id, 0, GETVAL));
  if ((a = fork()) == 0) {
    static char stack[65536] __attribute__((aligned(16)));
    pid_t b = clone(cloned, stack + sizeof stack, CLONE_SYSVSEM | SIGCHLD, 0);
    end(b);
    VALUE("sharer ended", semctl(id, 0, GETVAL));
    RESULT("unshare", unshare(CLONE_SYSVSEM));
    VALUE("unshared", semctl(id, 0, GETVAL));
    _exit(0);
  }
  end(a);
  /* A waiting task goes on when another ends. */
  set(id, 0, 1);
  int p[2];
  pipe(p);
  if ((a = fork()) == 0) {
    char c;
    op(id, 0, -1, SEM_UNDO);
    read(p[0], &c, 1);
    _exit(0);
  }
  while (semctl(id, 0, GETVAL)) usleep(500);
  pid_t b;
  if ((b = fork()) == 0) _exit(op(id, 0, -1, 0) ? errno : 9);
  until(id, 0, GETNCNT, 1);
  write(p[1], "x", 1);
  end(a);
  printf("released %d\n", end(b));
  RESULT("range", op2(id, 1, 32767, SEM_UNDO, 1, 1, SEM_UNDO));
  set(id, 1, 0);
  /* Adjustments have a range of their own. */
  if ((a = fork()) == 0) {
    RESULT("most", op(id, 1, 32767, SEM_UNDO));
    RESULT("emptied", op(id, 1, -32767, 0));
    RESULT("one more", op(id, 1, 1, SEM_UNDO));
    RESULT("and another", op(id, 1, 1, SEM_UNDO));
    _exit(0);
  }
  end(a);
  values("at last", id, 3);
  if ((a = fork()) == 0) {
    op(id, 1, 1, SEM_UNDO);
    semctl(id, 0, IPC_RMID);
    _exit(0);
  }
  printf("removed before %d\n", end(a));
}

/* Whenever a process is killed, what it held comes back. */
static void killing(void) {
  int id = semget(IPC_PRIVATE, 2, 0600);
  pid_t child[24];
  set(id, 0, 3);
  for (int i = 0; i < 24; i++)
    if ((child[i] = fork()) == 0)
      for (;;) {
        op2(id, 0, -1, SEM_UNDO, 1, 1, SEM_UNDO);
        op2(id, 1, -1, SEM_UNDO, 0, 1, SEM_UNDO);
      }
  int killed = 0;
  for (int i = 0; i < 24; i++) {
    usleep(i * 977 % 3000);
    kill(child[i], SIGKILL);
    killed += end(child[i]) == -SIGKILL;
  }
  printf("killed %d waiting %d\n", killed, semctl(id, 0, GETNCNT));
  values("all back", id, 2);
  semctl(id, 0, IPC_RMID);
}

static void as_user(void (*f)(int), int id) {
  pid_t a = fork();
  if (a == 0) {
    if (setgroups(0, 0) || setregid(1234, 1234) || setreuid(1234, 1234)) printf("no user\n");
    f(id);
    _exit(0);
  }
  end(a);
}

static key_t public_key;

static void user(int id) {
  union semun a = {.val = 1};
  struct semid_ds d;
  RESULT("user gets", semget(public_key, 1, 0));
  RESULT("user gets to read", semget(public_key, 1, 0444));
  RESULT("user gets to write", semget(public_key, 1, 0222));
  VALUE("user reads", semctl(id, 0, GETVAL));
  VALUE("user sets", semctl(id, 0, SETVAL, a));
  VALUE("user sets bad", semctl(id, 99, SETVAL, a));
  a.array = (unsigned short[]){1, 1};
  VALUE("user sets all", semctl(id, 0, SETALL, a));
  RESULT("user operates", op(id, 0, 1, 0));
  RESULT("user waits for zero", op(id, 0, 0, IPC_NOWAIT));
  RESULT("user operates far", op(id, 5, 1, 0));
  a.buf = &d;
  RESULT("user stats", semctl(id, 0, IPC_STAT, a));
  RESULT("user changes", semctl(id, 0, IPC_SET, a));
  RESULT("user removes", semctl(id, 0, IPC_RMID));
}

static void permissions(key_t key) {
  if (geteuid() != 0) return;
  public_key = key;
  int id = semget(key, 2, IPC_CREAT | 0600);
  as_user(user, id);
  struct semid_ds d;
  union semun a = {.buf = &d};
  semctl(id, 0, IPC_STAT, a);
  d.sem_perm.mode = 0604;
  semctl(id, 0, IPC_SET, a);
  as_user(user, id);
  d.sem_perm.mode = 0660;
  d.sem_perm.gid = 1234;
  semctl(id, 0, IPC_SET, a);
  as_user(user, id);
  d.sem_perm.mode = 0400;
  d.sem_perm.uid = 1234;
  semctl(id, 0, IPC_SET, a);
  as_user(user, id);
  RESULT("removed by the user", semctl(id, 0, IPC_STAT, a));
}

/* The calls without glibc, which for 32-bit programs takes others. */
static void direct(void) {
  int id = syscall(SYS_semget, IPC_PRIVATE, 2, 0600);
  unsigned short v[2] = {3, 4};
  unsigned char d[128];
  RESULT("direct SETALL", syscall(SYS_semctl, id, 0, SETALL, v));
  VALUE("direct GETVAL", syscall(SYS_semctl, id, 1, GETVAL, 0));
  VALUE("direct SETVAL", syscall(SYS_semctl, id, 1, SETVAL, 9));
  VALUE("direct GETVAL", syscall(SYS_semctl, id, 1, GETVAL, 0));
  memset(d, 0x55, sizeof d);
  VALUE("direct IPC_STAT", syscall(SYS_semctl, id, 0, IPC_STAT, d));
  int end = sizeof d;
  while (end > 0 && d[end - 1] == 0x55) end--;
  printf("bytes %d\n", end);
#ifdef __i386__
  VALUE("ipc semget", syscall(SYS_ipc, 2, IPC_PRIVATE, 0, 0600, 0, 0));
  union semun a = {.val = 5};
  VALUE("ipc SETVAL", syscall(SYS_ipc, 3, id, 0, SETVAL, &a, 0));
  VALUE("ipc GETVAL", syscall(SYS_ipc, 3, id, 0, GETVAL, &a, 0));
  VALUE("ipc semctl null", syscall(SYS_ipc, 3, id, 0, GETVAL, 0, 0));
  struct sembuf up = {0, 2, 0}, b = {0, -8, 0};
  VALUE("ipc semop", syscall(SYS_ipc, 1, id, 1, 0, &up, 0));
  struct { int s, ns; } t = {0, 1000};
  VALUE("ipc semtimedop", syscall(SYS_ipc, 4, id, 1, 0, &b, &t));
  VALUE("ipc unknown", syscall(SYS_ipc, 99, id, 0, 0, 0, 0));
#endif
  RESULT("direct IPC_RMID", syscall(SYS_semctl, id, 0, IPC_RMID, 0));
}

int main(void) {
  alarm(60);
  setvbuf(stdout, 0, _IOLBF, 0);
  key_t key = 0x53000000 | (getpid() & 0xffff) << 4;
  get(key);
  control();
  operations();
  waiting();
  interrupting();
  undoing();
  killing();
  permissions(key);
  direct();
  return 0;
}
