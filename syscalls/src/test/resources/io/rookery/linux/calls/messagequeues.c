/* System V message queues. */
#include "calls.h"

#include <sys/ipc.h>
#include <sys/msg.h>

static key_t key;

static struct message {
  long type;
  char text[9000];
} m;

static int own(int mode) { return syscall(SYS_msgget, IPC_PRIVATE, mode); }

static void removed(int id) { syscall(SYS_msgctl, id, IPC_RMID, 0L); }

static int put(int id, long type, const char *text, int flags) {
  m.type = type;
  strcpy(m.text, text);
  return syscall(SYS_msgsnd, id, &m, strlen(text), flags);
}

/* The type of the message taken, -1 where there was none. */
static long taken(int id, long type, int flags) {
  m.type = 0;
  return syscall(SYS_msgrcv, id, &m, sizeof m.text, type, flags | IPC_NOWAIT) < 0 ? -1 : m.type;
}

static struct msqid_ds status(int id) {
  struct msqid_ds d = {0};
  syscall(SYS_msgctl, id, IPC_STAT, &d);
  return d;
}

static pid_t receiver(int id, long type) {
  pid_t child = fork();
  if (child == 0) _exit(syscall(SYS_msgrcv, id, &m, 100L, type, 0) < 0 ? errno : 100);
  asleep(child);
  return child;
}

static pid_t sender(int id) {
  pid_t child = fork();
  if (child == 0) _exit(put(id, 9, "waited", 0) ? errno : 100);
  asleep(child);
  return child;
}

static void nothing(int s) {}

static void making(void) {
  CALL(msgget, "of a key that nobody has", key, 0600);
  int id = CALL_OK(msgget, "that makes one", key, IPC_CREAT | IPC_EXCL | 0640);
  CALL(msgget, "exclusively of one that is there", key, IPC_CREAT | IPC_EXCL | 0600);
  EFFECT(msgget, "of the same key is the same", syscall(SYS_msgget, key, IPC_CREAT | 0600) == id);
  EFFECT(msgget, "exclusive without creating", syscall(SYS_msgget, key, IPC_EXCL) == id);
  EFFECT(msgget, "begins empty", status(id).msg_qnum);
  EFFECT(msgget, "room of a new one", status(id).msg_qbytes);
  IN_CHILD(become(1234); CALL(msgget, "by a user without rights", key, 0400);
           CALL_OK(msgget, "by a user who asks for none", key, 0));
  int one = own(0600), other = own(0600);
  EFFECT(msgget, "private ones are different", one != other && one != id && other != id);
  removed(one);
  removed(other);
  removed(id);
  CALL(msgget, "after the removal", key, 0);
}

static void sending(void) {
  int id = own(0604);
  m = (struct message){1, "four"};
  CALL(msgsnd, "of four bytes", id, &m, 4L, 0);
  CALL(msgsnd, "of none", id, &m, 0L, 0);
  EFFECT(msgsnd, "counts", status(id).msg_qnum * 10 + status(id).__msg_cbytes);
  EFFECT(msgsnd, "is noted", status(id).msg_lspid == getpid() && status(id).msg_stime != 0);
  CALL(msgsnd, "of the largest", id, &m, 8192L, 0);
  CALL(msgsnd, "of more", id, &m, 8193L, 0);
  CALL(msgsnd, "of a negative length", id, &m, -1L, 0);
  CALL(msgsnd, "without room", id, &m, 8192L, IPC_NOWAIT);
  CALL(msgsnd, "that just fits", id, &m, 8188L, IPC_NOWAIT);
  CALL(msgsnd, "of none without room", id, &m, 0L, IPC_NOWAIT);
  m.type = 0;
  CALL(msgsnd, "of the type zero", id, &m, 4L, 0);
  m.type = -5;
  CALL(msgsnd, "of a negative type", id, &m, 4L, 0);
  CALL(msgsnd, "to no queue", -1, &m, 4L, 0);
  CALL(msgsnd, "from no address", id, 8L, 4L, 0);
  IN_CHILD(become(1234); m.type = 1; CALL(msgsnd, "by a reader", id, &m, 4L, 0));
  struct sigaction s = {.sa_handler = nothing, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &s, 0);
  pid_t a = sender(id);
  kill(a, SIGUSR1);
  EFFECT(msgsnd, "interrupted in spite of SA_RESTART", end(a) == EINTR);
  a = sender(id);
  taken(id, 0, 0);
  taken(id, 0, 0);
  taken(id, 0, 0);
  EFFECT(msgsnd, "ends when there is room", end(a));
  while (put(id, 1, "filled", IPC_NOWAIT) == 0);
  a = sender(id);
  removed(id);
  EFFECT(msgsnd, "ends with the queue", end(a) == EIDRM);
  CALL(msgsnd, "to a queue that is gone", id, &m, 4L, 0);
}

static void receiving(void) {
  int id = own(0602);
  const char *texts[] = {"five", "two", "nine", "two again", "five again", "seven", "one"};
  long types[] = {5, 2, 9, 2, 5, 7, 1};
  for (int i = 0; i < 7; i++) put(id, types[i], texts[i], 0);
  EFFECT(msgrcv, "a copy of the third", taken(id, 2, MSG_COPY));
  CALL(msgrcv, "a copy without IPC_NOWAIT", id, &m, 100L, 2L, MSG_COPY);
  CALL(msgrcv, "a copy of one that is not there", id, &m, 100L, 7L, MSG_COPY | IPC_NOWAIT);
  CALL(msgrcv, "the first", id, &m, 100L, 0L, 0);
  EFFECT(msgrcv, "the first: type", m.type);
  EFFECT(msgrcv, "the first: text", strncmp(m.text, "five", 4));
  EFFECT(msgrcv, "of a type", taken(id, 9, 0));
  CALL(msgrcv, "of a type that is not there", id, &m, 100L, 9L, IPC_NOWAIT);
  EFFECT(msgrcv, "of the lowest type", taken(id, -100, 0));
  CALL(msgrcv, "of types up to one", id, &m, 100L, -1L, IPC_NOWAIT);
  EFFECT(msgrcv, "of any type but one", taken(id, 2, MSG_EXCEPT));
  CALL(msgrcv, "too long for the room", id, &m, 2L, 2L, 0);
  CALL(msgrcv, "cut with MSG_NOERROR", id, &m, 2L, 2L, MSG_NOERROR);
  EFFECT(msgrcv, "cut, the rest is lost", taken(id, 2, 0) == 2 && !strncmp(m.text, "two a", 5));
  CALL(msgrcv, "of a negative length", id, &m, -1L, 0L, 0);
  CALL(msgrcv, "of no queue", -1, &m, 100L, 0L, 0);
  CALL(msgrcv, "to no address", id, 8L, 100L, 0L, 0);
  EFFECT(msgrcv, "to no address: is lost", status(id).msg_qnum);
  CALL(msgrcv, "of an empty queue", id, &m, 100L, 0L, IPC_NOWAIT);
  EFFECT(msgrcv, "is noted", status(id).msg_lrpid == getpid() && status(id).msg_rtime != 0);
  IN_CHILD(become(1234); CALL(msgrcv, "by a writer", id, &m, 100L, 0L, IPC_NOWAIT));
  pid_t a = receiver(id, 3), b = receiver(id, -2);
  put(id, 3, "three", 0);
  EFFECT(msgrcv, "ends when there is one", end(a));
  kill(b, SIGUSR1);
  EFFECT(msgrcv, "interrupted in spite of SA_RESTART", end(b) == EINTR);
  a = receiver(id, 0);
  removed(id);
  EFFECT(msgrcv, "ends with the queue", end(a) == EIDRM);
}

static void controlling(void) {
  int id = syscall(SYS_msgget, key, IPC_CREAT | 0640);
  struct msqid_ds d;
  CALL(msgctl, "IPC_STAT", id, IPC_STAT, &d);
  EFFECT(msgctl, "IPC_STAT: mode", d.msg_perm.mode);
  EFFECT(msgctl, "IPC_STAT: key", d.msg_perm.__key == key);
  EFFECT(msgctl, "IPC_STAT: never used", d.msg_stime == 0 && d.msg_lspid == 0 && d.msg_ctime);
  CALL(msgctl, "IPC_STAT to no address", id, IPC_STAT, 8L);
  CALL(msgctl, "IPC_STAT of no queue", -1, IPC_STAT, &d);
  CALL(msgctl, "of a command that is none", id, 99, &d);
  CALL(msgctl, "of a negative command", id, -1, &d);
  d.msg_perm.mode = 0604;
  d.msg_qbytes = 100;
  CALL(msgctl, "IPC_SET", id, IPC_SET, &d);
  EFFECT(msgctl, "IPC_SET: mode", status(id).msg_perm.mode);
  EFFECT(msgctl, "IPC_SET: room", status(id).msg_qbytes);
  m.type = 1;
  EFFECT(msgctl, "IPC_SET: no more fits", syscall(SYS_msgsnd, id, &m, 101L, IPC_NOWAIT));
  IN_CHILD(become(1234); CALL(msgctl, "IPC_STAT by a reader", id, IPC_STAT, &d);
           CALL(msgctl, "IPC_SET by a stranger", id, IPC_SET, &d);
           CALL(msgctl, "IPC_RMID by a stranger", id, IPC_RMID, 0L));
  d.msg_perm.uid = 1234;
  d.msg_qbytes = 16384;
  syscall(SYS_msgctl, id, IPC_SET, &d);
  IN_CHILD(become(1234); d.msg_qbytes = 16385;
           CALL(msgctl, "IPC_SET of much room by the owner", id, IPC_SET, &d));
  d.msg_perm.gid = -1;
  CALL(msgctl, "IPC_SET of a group that is none", id, IPC_SET, &d);
  struct msginfo info;
  int highest = CALL_OK(msgctl, "IPC_INFO", 0, IPC_INFO, &info);
  EFFECT(msgctl, "IPC_INFO: largest", info.msgmax);
  put(id, 1, "some", 0);
  CALL_OK(msgctl, "MSG_INFO", 0, MSG_INFO, &info);
  EFFECT(msgctl, "MSG_INFO: some", info.msgpool > 0 && info.msgmap > 0 && info.msgtql > 3);
  int found = 0;
  for (int i = 0; i <= highest; i++)
    found += syscall(SYS_msgctl, i, MSG_STAT, &d) == id && d.msg_qnum == 1;
  EFFECT(msgctl, "MSG_STAT finds it", found);
  EFFECT(msgctl, "MSG_STAT_ANY of an index", syscall(SYS_msgctl, 32767, MSG_STAT_ANY, &d));
  CALL(msgctl, "IPC_RMID with a message in it", id, IPC_RMID, 0L);
  CALL(msgctl, "IPC_RMID of one that is gone", id, IPC_RMID, 0L);
}

int main(void) {
  begin();
  key = 0x53000000 | (getpid() & 0xffff) << 4;
  making();
  sending();
  receiving();
  controlling();
  return 0;
}
