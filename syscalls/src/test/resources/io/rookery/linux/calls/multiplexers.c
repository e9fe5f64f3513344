/* The calls of i386 that stand for many: socketcall and ipc. */
#include "calls.h"

#ifdef __i386__
#include <fcntl.h>
#include <linux/net.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The subcalls of ipc, which no header of the C library has. */
enum { SEMOP_ = 1, SEMGET_, SEMCTL_, SEMTIMEDOP_, MSGSND_ = 11, MSGRCV_, MSGGET_, MSGCTL_ };
enum { SHMAT_ = 21, SHMDT_, SHMGET_, SHMCTL_, IPC_64_ = 0x100 };

/* The arguments of a subcall of socketcall. */
#define BLOCK(...) ((long[]){__VA_ARGS__})

static long made(int subcall, long *block) { return syscall(SYS_socketcall, subcall, block); }

static void sockets(void) {
  int p[2], fd;
  char b[16];
  struct sockaddr_un a = {AF_UNIX, "name"}, got;
  socklen_t n = sizeof got;
  CALL(socketcall, "of zero", 0, BLOCK(0));
  CALL(socketcall, "of a number too high", 99, BLOCK(0));
  CALL(socketcall, "with arguments that are nowhere", SYS_SOCKET, 8L);
  CALL_OK(socketcall, "socket", SYS_SOCKET, BLOCK(AF_UNIX, SOCK_STREAM, 0));
  CALL(socketcall, "socket of no family", SYS_SOCKET, BLOCK(0, SOCK_STREAM, 0));
  CALL(socketcall, "socketpair", SYS_SOCKETPAIR, BLOCK(AF_UNIX, SOCK_STREAM, 0, (long)p));
  CALL(socketcall, "send", SYS_SEND, BLOCK(p[0], (long)"hello", 5, 0));
  CALL(socketcall, "recv", SYS_RECV, BLOCK(p[1], (long)b, 16, 0));
  EFFECT(socketcall, "recv: what was sent", memcmp(b, "hello", 5));
  CALL(socketcall, "sendto", SYS_SENDTO, BLOCK(p[0], (long)"hi", 2, 0, 0, 0));
  CALL(socketcall, "recvfrom", SYS_RECVFROM, BLOCK(p[1], (long)b, 16, 0, 0, 0));
  struct iovec piece = {b, 5};
  struct msghdr m = {.msg_iov = &piece, .msg_iovlen = 1};
  struct mmsghdr several[2] = {{m}, {m}};
  CALL(socketcall, "sendmsg", SYS_SENDMSG, BLOCK(p[0], (long)&m, 0));
  CALL(socketcall, "recvmsg", SYS_RECVMSG, BLOCK(p[1], (long)&m, 0));
  CALL(socketcall, "sendmmsg", SYS_SENDMMSG, BLOCK(p[0], (long)several, 2, 0));
  CALL(socketcall, "recvmmsg", SYS_RECVMMSG, BLOCK(p[1], (long)several, 2, MSG_DONTWAIT, 0));
  int value = 1;
  CALL(socketcall, "setsockopt", SYS_SETSOCKOPT,
       BLOCK(p[0], SOL_SOCKET, SO_KEEPALIVE, (long)&value, 4));
  CALL(socketcall, "getsockopt", SYS_GETSOCKOPT,
       BLOCK(p[0], SOL_SOCKET, SO_TYPE, (long)&value, (long)&(socklen_t){4}));
  EFFECT(socketcall, "getsockopt: the type", value);
  CALL(socketcall, "shutdown", SYS_SHUTDOWN, BLOCK(p[0], SHUT_WR));
  CALL(socketcall, "recv at the end", SYS_RECV, BLOCK(p[1], (long)b, 16, 0));
  fd = made(SYS_SOCKET, BLOCK(AF_UNIX, SOCK_STREAM, 0));
  CALL(socketcall, "bind", SYS_BIND, BLOCK(fd, (long)&a, sizeof a));
  CALL(socketcall, "listen", SYS_LISTEN, BLOCK(fd, 5));
  CALL(socketcall, "getsockname", SYS_GETSOCKNAME, BLOCK(fd, (long)&got, (long)&n));
  EFFECT(socketcall, "getsockname: length", n);
  int client = made(SYS_SOCKET, BLOCK(AF_UNIX, SOCK_STREAM, 0));
  CALL(socketcall, "connect", SYS_CONNECT, BLOCK(client, (long)&a, sizeof a));
  CALL_OK(socketcall, "accept", SYS_ACCEPT, BLOCK(fd, 0, 0));
  n = sizeof got;
  CALL(socketcall, "getpeername", SYS_GETPEERNAME, BLOCK(client, (long)&got, (long)&n));
  close(client);
  client = made(SYS_SOCKET, BLOCK(AF_UNIX, SOCK_STREAM, 0));
  made(SYS_CONNECT, BLOCK(client, (long)&a, sizeof a));
  int accepted = CALL_OK(socketcall, "accept4", SYS_ACCEPT4, BLOCK(fd, 0, 0, SOCK_CLOEXEC));
  EFFECT(socketcall, "accept4: closed by exec", fcntl(accepted, F_GETFD));
  CALL(socketcall, "accept4 of flags that are none", SYS_ACCEPT4, BLOCK(fd, 0, 0, 1));
  CALL(socketcall, "bind of a closed descriptor", SYS_BIND, BLOCK(-1, (long)&a, sizeof a));
}

static void semaphores(void) {
  int id = CALL_OK(ipc, "semget", SEMGET_, IPC_PRIVATE, 2, 0600, 0L, 0);
  struct sembuf up = {1, 3, 0}, down = {1, -4, IPC_NOWAIT}, wait = {0, -1, 0};
  struct {
    int seconds, nanos;
  } soon = {0, 1000}, wrong = {0, -1};
  long none = 0, five = 5;
  struct semid_ds d;
  struct semid_ds *to = &d;
  CALL(ipc, "semop", SEMOP_, id, 1, 0, &up, 0);
  CALL(ipc, "semop that would have to wait", SEMOP_, id, 1, 0, &down, 0);
  CALL(ipc, "semtimedop whose time passes", SEMTIMEDOP_, id, 1, 0, &wait, &soon);
  CALL(ipc, "semtimedop of less than no time", SEMTIMEDOP_, id, 1, 0, &wait, &wrong);
  CALL(ipc, "semctl GETVAL", SEMCTL_, id, 1, GETVAL, &none, 0);
  CALL(ipc, "semctl SETVAL", SEMCTL_, id, 0, SETVAL, &five, 0);
  CALL(ipc, "semctl without its argument", SEMCTL_, id, 1, GETVAL, 0L, 0);
  CALL(ipc, "semctl IPC_STAT", SEMCTL_, id, 0, IPC_STAT | IPC_64_, &to, 0);
  EFFECT(ipc, "semctl IPC_STAT: count", d.sem_nsems);
  CALL(ipc, "semctl IPC_RMID", SEMCTL_, id, 0, IPC_RMID, &none, 0);
}

static void messages(void) {
  int id = CALL_OK(ipc, "msgget", MSGGET_, IPC_PRIVATE, 0600, 0, 0L, 0);
  struct {
    long type;
    char text[16];
  } m = {7, "seven"};
  struct {
    void *to;
    long type;
  } kludge = {&m, 0};
  struct msqid_ds d;
  CALL(ipc, "msgsnd", MSGSND_, id, 5, 0, &m, 0);
  CALL(ipc, "msgsnd again", MSGSND_, id, 3, 0, &m, 0);
  CALL(ipc, "msgctl IPC_STAT", MSGCTL_, id, IPC_STAT | IPC_64_, 0, &d, 0);
  EFFECT(ipc, "msgctl IPC_STAT: messages", d.msg_qnum);
  CALL(ipc, "msgrcv in the old way", MSGRCV_, id, 16, 0, &kludge, 0);
  CALL(ipc, "msgrcv in the old way without a structure", MSGRCV_, id, 16, 0, 0L, 0);
  CALL(ipc, "msgrcv in the new way", MSGRCV_ | 1 << 16, id, 16, 0, &m, 7);
  EFFECT(ipc, "msgrcv in the new way: type", m.type);
  CALL(ipc, "msgrcv of nothing", MSGRCV_ | 1 << 16, id, 16, IPC_NOWAIT, &m, 0);
  CALL(ipc, "msgctl IPC_RMID", MSGCTL_, id, IPC_RMID, 0, 0L, 0);
}

static void segments(void) {
  int id = CALL_OK(ipc, "shmget", SHMGET_, IPC_PRIVATE, 5000, 0600, 0L, 0);
  char *p = 0;
  struct shmid_ds d;
  CALL(ipc, "shmat", SHMAT_, id, 0, &p, 0L, 0);
  EFFECT(ipc, "shmat: zeros", p[4999]);
  CALL(ipc, "shmat of the version for iBCS2", SHMAT_ | 1 << 16, id, 0, &p, 0L, 0);
  CALL(ipc, "shmctl IPC_STAT", SHMCTL_, id, IPC_STAT | IPC_64_, 0, &d, 0);
  EFFECT(ipc, "shmctl IPC_STAT: size", d.shm_segsz);
  CALL(ipc, "shmdt", SHMDT_, 0, 0, 0, p, 0);
  CALL(ipc, "shmdt again", SHMDT_, 0, 0, 0, p, 0);
  CALL(ipc, "shmctl IPC_RMID", SHMCTL_, id, IPC_RMID, 0, 0L, 0);
  CALL(ipc, "of zero", 0, 0, 0, 0, 0L, 0);
  CALL(ipc, "of a number too high", 99, 0, 0, 0, 0L, 0);
}
#endif

int main(void) {
  begin();
#ifdef __i386__
  const char *directory = own_directory();
  sockets();
  semaphores();
  messages();
  segments();
  remove_own_directory(directory);
#endif
  return 0;
}
