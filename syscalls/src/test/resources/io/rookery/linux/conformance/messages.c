/* System V message queues. */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif
#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif

#define RESULT(what, call)                                              \
  do {                                                                  \
    errno = 0;                                                          \
    long result_ = (long)(call);                                        \
    printf(what " %d %d\n", result_ == -1 ? -1 : 0, result_ == -1 ? errno : 0); \
  } while (0)

struct message {
  long type;
  char text[9000];
};

static int send_(int id, long type, const char *text, int flags) {
  struct message m;
  m.type = type;
  strcpy(m.text, text);
  return msgsnd(id, &m, strlen(text), flags);
}

static int sized(int id, long type, int size, int flags) {
  static struct message m;
  m.type = type;
  memset(m.text, 'x', sizeof m.text);
  return msgsnd(id, &m, size, flags);
}

static void receive(const char *what, int id, int size, long type, int flags) {
  struct message m = {-7, "????????????"};
  errno = 0;
  int n = msgrcv(id, &m, size, type, flags);
  if (n < 0)
    printf("%s: errno %d\n", what, errno);
  else
    printf("%s: %d type %ld %.*s\n", what, n, m.type, n < 40 ? n : 40, m.text);
}

static void status(const char *what, int id) {
  struct msqid_ds d;
  memset(&d, 0x55, sizeof d);
  if (msgctl(id, IPC_STAT, &d)) {
    printf("%s: %d\n", what, errno);
    return;
  }
  time_t now = time(0);
  printf("%s: key %d mode %o messages %lu bytes %lu of %lu ids %d %d pids %d %d times %d %d %d\n", what,
         d.msg_perm.__key != 0, d.msg_perm.mode, (unsigned long)d.msg_qnum,
         (unsigned long)d.__msg_cbytes, (unsigned long)d.msg_qbytes, d.msg_perm.uid == getuid(),
         d.msg_perm.cgid == getgid(), d.msg_lspid == getpid(), d.msg_lrpid == getpid(),
         d.msg_stime && now - d.msg_stime < 60, d.msg_rtime && now - d.msg_rtime < 60,
         now - d.msg_ctime < 60);
}

static int end(pid_t p) {
  int st;
  waitpid(p, &st, 0);
  return WIFSIGNALED(st) ? -WTERMSIG(st) : WEXITSTATUS(st);
}

/* Until a child sleeps. */
static void asleep(pid_t p) {
  char name[64], line[512], state = 0;
  sprintf(name, "/proc/%d/stat", p);
  for (int i = 0; i < 20000 && state != 'S' && state != 'Z'; i++) {
    usleep(1000);
    FILE *f = fopen(name, "r");
    if (!f) return;
    fgets(line, sizeof line, f);
    fclose(f);
    state = strrchr(line, ')')[2];
  }
}

static void get(key_t key) {
  RESULT("no such key", msgget(key, 0600));
  int id = msgget(key, IPC_CREAT | 0620);
  printf("same %d %d\n", msgget(key, 0) == id, msgget(key, IPC_CREAT | 0600) == id);
  RESULT("exclusive", msgget(key, IPC_CREAT | IPC_EXCL | 0600));
  status("new", id);
  int a = msgget(IPC_PRIVATE, 0600), b = msgget(IPC_PRIVATE, 0600);
  printf("private %d\n", a != b);
  RESULT("remove", msgctl(a, IPC_RMID, 0));
  RESULT("again", msgctl(a, IPC_RMID, 0));
  RESULT("remove", msgctl(b, IPC_RMID, 0));
  RESULT("remove", msgctl(id, IPC_RMID, 0));
  RESULT("gone", msgget(key, 0));
}

static void sending(void) {
  int id = msgget(IPC_PRIVATE, 0600);
  RESULT("send", send_(id, 1, "one", 0));
  RESULT("empty", send_(id, 2, "", 0));
  RESULT("no type", send_(id, 0, "zero", 0));
  RESULT("negative type", send_(id, -1, "minus", 0));
  RESULT("largest", sized(id, 3, 8192, 0));
  RESULT("too large", sized(id, 3, 8193, 0));
  RESULT("negative size", sized(id, 3, -1, 0));
  RESULT("bad id", send_(-1, 1, "x", 0));
  RESULT("bad id", send_(id + 4711, 1, "x", 0));
  RESULT("fault", msgsnd(id, (void *)16, 4, 0));
  status("three", id);
  RESULT("full", sized(id, 3, 8190, IPC_NOWAIT));
  RESULT("fits", sized(id, 3, 8189, IPC_NOWAIT));
  RESULT("empty fits", sized(id, 3, 0, IPC_NOWAIT));
  status("full", id);
  msgctl(id, IPC_RMID, 0);
}

static void receiving(void) {
  int id = msgget(IPC_PRIVATE, 0600);
  receive("nothing", id, 10, 0, IPC_NOWAIT);
  const char *texts[] = {"five", "two", "nine", "two again", "five again", "seven"};
  long types[] = {5, 2, 9, 2, 5, 7};
  for (int i = 0; i < 6; i++) send_(id, types[i], texts[i], 0);
  receive("copy 2", id, 100, 2, IPC_NOWAIT | MSG_COPY);
  receive("copy 6", id, 100, 6, IPC_NOWAIT | MSG_COPY);
  receive("copy small", id, 2, 2, IPC_NOWAIT | MSG_COPY);
  receive("copy cut", id, 2, 2, IPC_NOWAIT | MSG_COPY | MSG_NOERROR);
  receive("copy waits", id, 100, 2, MSG_COPY);
  receive("copy except", id, 100, 2, MSG_COPY | IPC_NOWAIT | MSG_EXCEPT);
  receive("of a type", id, 100, 9, 0);
  receive("of no type", id, 100, 9, IPC_NOWAIT);
  receive("up to 4", id, 100, -4, 0);
  receive("up to 1", id, 100, -1, IPC_NOWAIT);
  receive("too small", id, 3, 0, 0);
  receive("cut", id, 3, 0, MSG_NOERROR);
  receive("except", id, 100, 2, MSG_EXCEPT);
  receive("lowest", id, 100, -100, 0);
  receive("any", id, 100, 0, 0);
  receive("nothing", id, 100, 0, IPC_NOWAIT);
  receive("nothing but", id, 100, 1, IPC_NOWAIT | MSG_EXCEPT);
  receive("negative size", id, -1, 0, IPC_NOWAIT);
  receive("bad id", -1, 10, 0, IPC_NOWAIT);
  send_(id, 3, "", 0);
  receive("empty", id, 0, 0, 0);
  send_(id, 4, "lost", 0);
  RESULT("fault", msgrcv(id, (void *)16, 10, 0, 0));
  receive("lost", id, 10, 0, IPC_NOWAIT);
  send_(id, 1, "x", 0);
  send_(id, 1, "y", 0);
  receive("least long", id, 10, (long)1 << (8 * sizeof(long) - 1), 0);
  status("received", id);
  msgctl(id, IPC_RMID, 0);
}

static int receiver(int id, int size, long type, int flags) {
  struct message m;
  int n = msgrcv(id, &m, size, type, flags);
  return n < 0 ? 100 + errno : m.type * 10 + n;
}

static void waiting(void) {
  int id = msgget(IPC_PRIVATE, 0600);
  pid_t a, b;
  if ((a = fork()) == 0) _exit(receiver(id, 100, 0, 0));
  asleep(a);
  send_(id, 3, "four", 0);
  printf("woken %d\n", end(a));
  status("handed over", id);
  if ((a = fork()) == 0) _exit(receiver(id, 100, 5, 0));
  asleep(a);
  if ((b = fork()) == 0) _exit(receiver(id, 100, -4, 0));
  asleep(b);
  send_(id, 7, "nobody", 0);
  send_(id, 4, "low", 0);
  printf("by type %d", end(b));
  send_(id, 5, "mid", 0);
  printf(" %d\n", end(a));
  receive("left", id, 100, 0, IPC_NOWAIT);
  /* One too small is told so, and the next has it. */
  if ((a = fork()) == 0) _exit(receiver(id, 2, 0, 0));
  asleep(a);
  if ((b = fork()) == 0) _exit(receiver(id, 2, 0, MSG_NOERROR));
  asleep(b);
  send_(id, 1, "large", 0);
  printf("too small %d cut %d\n", end(a) == 100 + E2BIG, end(b));
  /* Senders wait for room. */
  sized(id, 1, 8192, 0);
  sized(id, 1, 8192, 0);
  if ((a = fork()) == 0) _exit(sized(id, 2, 100, 0) ? errno : 0);
  asleep(a);
  receive("room", id, 9000, 1, 0);
  int st = end(a);
  printf("sent %d\n", st);
  status("sent", id);
  /* And for a larger queue. */
  struct msqid_ds d;
  msgctl(id, IPC_STAT, &d);
  d.msg_qbytes = 8300;
  RESULT("smaller", msgctl(id, IPC_SET, &d));
  if ((a = fork()) == 0) _exit(sized(id, 2, 100, 0) ? errno : 0);
  asleep(a);
  d.msg_qbytes = 9000;
  RESULT("larger", msgctl(id, IPC_SET, &d));
  st = end(a);
  printf("sent %d\n", st);
  /* Removal ends waiting. */
  if ((a = fork()) == 0) _exit(sized(id, 2, 2000, 0) ? errno : 0);
  asleep(a);
  if ((b = fork()) == 0) _exit(receiver(id, 10, 77, 0));
  asleep(b);
  msgctl(id, IPC_RMID, 0);
  printf("removed %d %d\n", end(a) == EIDRM, end(b) == 100 + EIDRM);
}

static void handler(int s) {}

static void interrupting(void) {
  int id = msgget(IPC_PRIVATE, 0600);
  pid_t a;
  struct sigaction s = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &s, 0);
  if ((a = fork()) == 0) _exit(receiver(id, 10, 0, 0));
  asleep(a);
  kill(a, SIGUSR1);
  printf("receiver interrupted %d\n", end(a) == 100 + EINTR);
  sized(id, 1, 8192, 0);
  sized(id, 1, 8192, 0);
  if ((a = fork()) == 0) _exit(sized(id, 1, 1, 0) ? errno : 0);
  asleep(a);
  kill(a, SIGUSR1);
  printf("sender interrupted %d\n", end(a) == EINTR);
  if ((a = fork()) == 0) _exit(sized(id, 1, 1, 0) ? errno : 0);
  asleep(a);
  kill(a, SIGKILL);
  printf("sender killed %d\n", end(a));
  receive("first", id, 9000, 0, 0);
  receive("second", id, 9000, 0, 0);
  receive("no more", id, 9000, 0, IPC_NOWAIT);
  if ((a = fork()) == 0) _exit(receiver(id, 10, 0, 0));
  asleep(a);
  kill(a, SIGSTOP);
  waitpid(a, 0, WUNTRACED);
  kill(a, SIGCONT);
  send_(id, 2, "go on", 0);
  printf("stopped and received %d\n", end(a));
  if ((a = fork()) == 0) _exit(receiver(id, 10, 0, 0));
  asleep(a);
  kill(a, SIGKILL);
  printf("receiver killed %d\n", end(a));
  send_(id, 2, "stays", 0);
  receive("stays", id, 10, 0, IPC_NOWAIT);
  msgctl(id, IPC_RMID, 0);
}

static void control(void) {
  int id = msgget(IPC_PRIVATE, 0600);
  struct msqid_ds d;
  struct msginfo i;
  RESULT("bad id", msgctl(-1, IPC_STAT, &d));
  RESULT("bad id", msgctl(id + 99, IPC_STAT, &d));
  RESULT("bad command", msgctl(id, 77, &d));
  RESULT("negative command", msgctl(id, -3, &d));
  RESULT("stat fault", syscall(SYS_msgctl, id, IPC_STAT, 16));
  RESULT("set fault", syscall(SYS_msgctl, id, IPC_SET, 16));
  msgctl(id, IPC_STAT, &d);
  d.msg_perm.mode = 0123640;
  d.msg_qbytes = 100;
  RESULT("set", msgctl(id, IPC_SET, &d));
  status("set", id);
  RESULT("too small", sized(id, 1, 101, IPC_NOWAIT));
  RESULT("fits", sized(id, 1, 100, IPC_NOWAIT));
  d.msg_perm.gid = -1;
  RESULT("no group", msgctl(id, IPC_SET, &d));
  memset(&i, 0, sizeof i);
  int highest = msgctl(0, IPC_INFO, (void *)&i);
  printf("IPC_INFO %d: %d %d %d %d %d %d %d %d\n", highest >= 0, i.msgpool, i.msgmap, i.msgmax,
         i.msgmnb, i.msgmni, i.msgssz, i.msgtql, i.msgseg);
  printf("MSG_INFO %d: %d %d %d\n", msgctl(0, MSG_INFO, (void *)&i) == highest, i.msgpool >= 1,
         i.msgmap >= 1, i.msgtql >= 100);
  RESULT("IPC_INFO negative", msgctl(-1, IPC_INFO, (void *)&i));
  int found = 0, any = 0;
  for (int k = 0; k <= highest; k++) {
    found += msgctl(k, MSG_STAT, &d) == id && d.msg_qbytes == 100;
    any += msgctl(k, MSG_STAT_ANY, &d) == id;
  }
  printf("MSG_STAT %d %d\n", found, any);
  RESULT("MSG_STAT none", msgctl(32767, MSG_STAT, &d));
  FILE *f = fopen("/proc/sysvipc/msg", "r");
  char line[256];
  fgets(line, sizeof line, f);
  printf("%s", line);
  while (fgets(line, sizeof line, f)) {
    int key, qid, perms, bytes, n, sender;
    if (sscanf(line, "%d %d %o %d %d %d", &key, &qid, &perms, &bytes, &n, &sender) == 6 && qid == id)
      printf("line %d %o %d %d %d %zu\n", key, perms, bytes, n, sender == getpid(), strlen(line));
  }
  fclose(f);
  msgctl(id, IPC_RMID, 0);
}

static key_t public_key;

static void user(int id) {
  struct msqid_ds d;
  if (setgroups(0, 0) || setregid(1234, 1234) || setreuid(1234, 1234)) printf("no user\n");
  RESULT("user gets", msgget(public_key, 0));
  RESULT("user gets to read", msgget(public_key, 0444));
  RESULT("user gets to write", msgget(public_key, 0222));
  RESULT("user sends", send_(id, 1, "x", 0));
  receive("user receives", id, 10, 0, IPC_NOWAIT);
  RESULT("user stats", msgctl(id, IPC_STAT, &d));
  d.msg_qbytes = 16385;
  RESULT("user enlarges", msgctl(id, IPC_SET, &d));
  d.msg_qbytes = 16384;
  RESULT("user changes", msgctl(id, IPC_SET, &d));
  RESULT("user removes", msgctl(id, IPC_RMID, 0));
  _exit(0);
}

static void as_user(int id) {
  pid_t a = fork();
  if (a == 0) user(id);
  end(a);
}

static void permissions(key_t key) {
  if (geteuid() != 0) return;
  public_key = key;
  int id = msgget(key, IPC_CREAT | 0600);
  struct msqid_ds d;
  as_user(id);
  msgctl(id, IPC_STAT, &d);
  d.msg_perm.mode = 0602;
  msgctl(id, IPC_SET, &d);
  as_user(id);
  d.msg_perm.mode = 0660;
  d.msg_perm.gid = 1234;
  msgctl(id, IPC_SET, &d);
  as_user(id);
  receive("left", id, 10, 0, IPC_NOWAIT);
  /* Who waits does not see what it may no longer read. */
  pid_t a = fork();
  if (a == 0) {
    setregid(1234, 1234);
    setreuid(1234, 1234);
    _exit(receiver(id, 10, 0, 0));
  }
  asleep(a);
  d.msg_perm.mode = 0600;
  msgctl(id, IPC_SET, &d);
  printf("no longer %d\n", end(a) == 100 + EACCES);
  d.msg_perm.uid = 1234;
  msgctl(id, IPC_SET, &d);
  as_user(id);
  RESULT("removed by the user", msgctl(id, IPC_STAT, &d));
}

/* The calls without glibc, which for 32-bit programs takes others. */
static void direct(void) {
  int id = syscall(SYS_msgget, IPC_PRIVATE, 0600);
  struct message m = {12, "direct"};
  unsigned char d[192];
  RESULT("direct msgsnd", syscall(SYS_msgsnd, id, &m, 6, 0));
  m.type = 0;
  RESULT("direct no type", syscall(SYS_msgsnd, id, &m, 6, 0));
  memset(d, 0x55, sizeof d);
  RESULT("direct IPC_STAT", syscall(SYS_msgctl, id, IPC_STAT, d));
  int end = sizeof d;
  while (end > 0 && d[end - 1] == 0x55) end--;
  printf("bytes %d\n", end);
  printf("direct msgrcv %ld", (long)syscall(SYS_msgrcv, id, &m, 100, -20L, 0));
  printf(" %ld %.6s\n", m.type, m.text);
#ifdef __i386__
  RESULT("ipc msgget", syscall(SYS_ipc, 13, IPC_PRIVATE, 0600, 0, 0, 0));
  m.type = 13;
  RESULT("ipc msgsnd", syscall(SYS_ipc, 11, id, 6, 0, &m, 0));
  RESULT("ipc msgsnd", syscall(SYS_ipc, 11, id, 5, 0, &m, 0));
  struct { void *to; long type; } old = {&m, 0};
  m.type = 0;
  printf("ipc msgrcv %ld", (long)syscall(SYS_ipc, 12, id, 100, 0, &old, 0));
  printf(" %ld\n", m.type);
  m.type = 0;
  printf("ipc msgrcv %ld", (long)syscall(SYS_ipc, 12 | 1 << 16, id, 100, 0, &m, 13));
  printf(" %ld\n", m.type);
  RESULT("ipc negative", syscall(SYS_ipc, 12, id, -1, 0, &old, 0));
  RESULT("ipc null", syscall(SYS_ipc, 12, id, 1, 0, 0, 0));
#endif
  RESULT("direct IPC_RMID", syscall(SYS_msgctl, id, IPC_RMID, 0));
}

int main(void) {
  alarm(60);
  setvbuf(stdout, 0, _IOLBF, 0);
  key_t key = 0x54000000 | (getpid() & 0xffff) << 4;
  get(key);
  sending();
  receiving();
  waiting();
  interrupting();
  control();
  permissions(key);
  direct();
  return 0;
}
