/* Messages in pieces and with what comes along: sendmsg, recvmsg and their forms for several. */
#include "calls.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

struct time {
  long seconds, nanos;
};

struct time64 {
  int64_t seconds, nanos;
};

static char b[100], c[100];
static struct iovec two[2] = {{b, 3}, {c, 5}}, one = {b, sizeof b};

/* Room for a control message, aligned as one. */
static union {
  struct cmsghdr header;
  char bytes[200];
} control;

static struct msghdr of_two(void) { return (struct msghdr){.msg_iov = two, .msg_iovlen = 2}; }

static struct msghdr of_one(void) { return (struct msghdr){.msg_iov = &one, .msg_iovlen = 1}; }

/* One piece with a control message. */
static struct msghdr with_control(int type, const void *data, int length) {
  struct msghdr m = of_one();
  memset(&control, 0, sizeof control);
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = type;
  control.header.cmsg_len = CMSG_LEN(length);
  memcpy(CMSG_DATA(&control.header), data, length);
  m.msg_control = &control;
  m.msg_controllen = CMSG_SPACE(length);
  return m;
}

static struct msghdr with_room(int bytes) {
  struct msghdr m = of_one();
  memset(&control, 0, sizeof control);
  m.msg_control = &control;
  m.msg_controllen = bytes;
  return m;
}

static int passed(void) { return *(int *)CMSG_DATA(&control.header); }

static void sending(void) {
  int p[2], d[2], closed_one = 999;
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, d);
  struct msghdr m = of_two();
  memcpy(b, "abc", 3);
  memcpy(c, "defgh", 5);
  CALL(sendmsg, "of two pieces", p[0], &m, 0);
  EFFECT(sendmsg, "of two pieces: come as one", (read(p[1], b, 100), memcmp(b, "abcdefgh", 8)));
  m.msg_iovlen = 0;
  CALL(sendmsg, "of no pieces", d[0], &m, 0);
  m.msg_iovlen = 1025;
  CALL(sendmsg, "of too many pieces", p[0], &m, 0);
  m = of_two();
  m.msg_iov = (void *)8;
  CALL(sendmsg, "of pieces at no address", p[0], &m, 0);
  CALL(sendmsg, "of a message at no address", p[0], 8L, 0);
  two[1].iov_base = (void *)8;
  m = of_two();
  CALL(sendmsg, "of a piece at no address", d[0], &m, 0);
  two[1].iov_base = c;
  struct sockaddr_un nobody = {AF_UNIX, "/none/at/all"};
  m.msg_name = &nobody;
  m.msg_namelen = sizeof nobody;
  CALL(sendmsg, "to a path that nobody has", d[0], &m, 0);
  CALL(sendmsg, "through a stream to a path", p[0], &m, 0);
  m.msg_namelen = -1;
  CALL(sendmsg, "to an address of a negative length", d[0], &m, 0);
  m.msg_namelen = 0;
  CALL(sendmsg, "to an address of no length", d[0], &m, 0);
  one.iov_len = 1;
  int fds[2] = {p[0], p[1]};
  m = with_control(SCM_RIGHTS, fds, sizeof fds);
  CALL(sendmsg, "with two descriptors", d[0], &m, 0);
  m = with_control(SCM_RIGHTS, &closed_one, sizeof(int));
  CALL(sendmsg, "with a closed descriptor", d[0], &m, 0);
  struct ucred own = {getpid(), getuid(), getgid()}, other = {1, 0, 0};
  m = with_control(SCM_CREDENTIALS, &own, sizeof own);
  CALL(sendmsg, "with its own credentials", d[0], &m, 0);
  m = with_control(SCM_CREDENTIALS, &own, 4);
  CALL(sendmsg, "with credentials that are cut short", d[0], &m, 0);
  IN_CHILD(become(1234); m = with_control(SCM_CREDENTIALS, &other, sizeof other);
           CALL(sendmsg, "with credentials of another", d[0], &m, 0));
  m = with_control(99, &own, 4);
  CALL(sendmsg, "with a control message that is not known", d[0], &m, 0);
  m = with_control(SCM_RIGHTS, fds, sizeof fds);
  control.header.cmsg_len = 3;
  CALL(sendmsg, "with a control message shorter than its header", d[0], &m, 0);
  control.header.cmsg_len = 150;
  CALL(sendmsg, "with a control message longer than all", d[0], &m, 0);
  m.msg_control = (void *)8;
  CALL(sendmsg, "with a control message at no address", d[0], &m, 0);
  signal(SIGPIPE, SIG_IGN);
  close(p[0]);
  close(p[1]);
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  close(p[1]);
  m = of_one();
  CALL(sendmsg, "to one who is gone", p[0], &m, 0);
  close(p[0]);
  CALL(sendmsg, "of a closed descriptor", p[0], &m, 0);
  CALL(sendmsg, "of a file", 0, &m, 0);
  close(d[0]);
  close(d[1]);
  one.iov_len = sizeof b;
}

static void passing(int type) {
  int p[2], d[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  socketpair(AF_UNIX, type, 0, d);
  one.iov_len = 1;
  int fds[2] = {p[0], p[1]};
  struct msghdr m = with_control(SCM_RIGHTS, fds, sizeof fds), r;
  for (int i = 0; i < 4; i++) sendmsg(d[0], &m, 0);
  m = with_control(SCM_RIGHTS, fds, sizeof(int));
  sendmsg(d[0], &m, 0);
  r = with_room(sizeof control);
  CALL(recvmsg, "with two descriptors", d[1], &r, 0);
  EFFECT(recvmsg, "with two descriptors: length", control.header.cmsg_len - CMSG_LEN(0));
  EFFECT(recvmsg, "with two descriptors: kind", control.header.cmsg_type == SCM_RIGHTS);
  EFFECT(recvmsg, "with two descriptors: they work", write(passed(), "through", 7));
  EFFECT(recvmsg, "with two descriptors: the same file", read(p[1], c, 100));
  EFFECT(recvmsg, "with two descriptors: not closed by exec", fcntl(passed(), F_GETFD));
  EFFECT(recvmsg, "with two descriptors: room taken", r.msg_controllen == CMSG_SPACE(8));
  r = with_room(sizeof control);
  CALL(recvmsg, "with MSG_CMSG_CLOEXEC", d[1], &r, MSG_CMSG_CLOEXEC);
  EFFECT(recvmsg, "with MSG_CMSG_CLOEXEC: closed by exec", fcntl(passed(), F_GETFD));
  EFFECT(recvmsg, "with MSG_CMSG_CLOEXEC: flags", r.msg_flags & ~MSG_CMSG_CLOEXEC);
  r = with_room(CMSG_LEN(sizeof(int)));
  CALL(recvmsg, "with room for one descriptor of two", d[1], &r, 0);
  EFFECT(recvmsg, "with room for one of two: flags", r.msg_flags);
  r = of_one();
  CALL(recvmsg, "without room for descriptors", d[1], &r, 0);
  EFFECT(recvmsg, "without room for descriptors: flags", r.msg_flags);
  IN_CHILD(struct rlimit l = {3, 3}; setrlimit(RLIMIT_NOFILE, &l); r = with_room(sizeof control);
           CALL(recvmsg, "with a descriptor and none left", d[1], &r, 0);
           EFFECT(recvmsg, "with a descriptor and none left: flags", r.msg_flags));
  close(p[0]);
  close(p[1]);
  close(d[0]);
  close(d[1]);
  one.iov_len = sizeof b;
}

static void receiving(void) {
  int p[2], d[2];
  struct sockaddr_un from;
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, d);
  struct msghdr m = of_two();
  write(p[0], "0123456789", 10);
  CALL(recvmsg, "of two pieces", p[1], &m, 0);
  EFFECT(recvmsg, "of two pieces: each is filled", memcmp(b, "012", 3) + memcmp(c, "34567", 5));
  m.msg_name = &from;
  m.msg_namelen = sizeof from;
  m.msg_flags = -1;
  CALL(recvmsg, "of the rest", p[1], &m, 0);
  EFFECT(recvmsg, "of the rest: flags", m.msg_flags);
  EFFECT(recvmsg, "of the rest: no address", m.msg_namelen);
  write(d[0], "much too long", 13);
  m = of_two();
  CALL(recvmsg, "of a datagram cut short", d[1], &m, 0);
  EFFECT(recvmsg, "of a datagram cut short: flags", m.msg_flags);
  write(d[0], "much too long", 13);
  CALL(recvmsg, "of a datagram cut short with MSG_TRUNC", d[1], &m, MSG_TRUNC);
  CALL(recvmsg, "of nothing without waiting", d[1], &m, MSG_DONTWAIT);
  m.msg_iovlen = 1025;
  CALL(recvmsg, "of too many pieces", d[1], &m, MSG_DONTWAIT);
  m.msg_iovlen = 2;
  m.msg_name = &from;
  m.msg_namelen = -1;
  CALL(recvmsg, "with room of a negative length", d[1], &m, MSG_DONTWAIT);
  CALL(recvmsg, "of a message at no address", d[1], 8L, MSG_DONTWAIT);
  m = of_two();
  m.msg_iov = (void *)8;
  CALL(recvmsg, "of pieces at no address", d[1], &m, MSG_DONTWAIT);
  int on = 1;
  setsockopt(d[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  write(d[0], "x", 1);
  m = with_room(sizeof control);
  CALL(recvmsg, "with credentials", d[1], &m, 0);
  struct ucred *u = (void *)CMSG_DATA(&control.header);
  EFFECT(recvmsg, "with credentials: kind", control.header.cmsg_type);
  EFFECT(recvmsg, "with credentials: whose", u->pid == getpid() && u->uid == getuid());
  IN_CHILD(become(1234); write(d[0], "x", 1));
  m = with_room(sizeof control);
  recvmsg(d[1], &m, 0);
  EFFECT(recvmsg, "with credentials: of a user", u->uid);
  EFFECT(recvmsg, "with credentials: of a child", u->pid != getpid());
  close(p[0]);
  m = of_two();
  CALL(recvmsg, "at the end", p[1], &m, 0);
  close(p[1]);
  CALL(recvmsg, "of a closed descriptor", p[1], &m, 0);
  CALL(recvmsg, "of a file", 0, &m, 0);
  close(d[0]);
  close(d[1]);
}

static void several(void) {
  int d[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, d);
  struct mmsghdr m[3] = {{of_two()}, {of_one()}, {of_two()}};
  one.iov_len = 20;
  CALL(sendmmsg, "of three", d[0], m, 3, 0);
  EFFECT(sendmmsg, "lengths", m[0].msg_len * 10000 + m[1].msg_len * 100 + m[2].msg_len);
  CALL(sendmmsg, "of none", d[0], m, 0, 0);
  m[1].msg_hdr.msg_iov = (void *)8;
  CALL(sendmmsg, "of which the second is at no address", d[0], m, 3, 0);
  CALL(sendmmsg, "of which the first is at no address", d[0], m + 1, 1, 0);
  m[1].msg_hdr.msg_iov = &one;
  CALL(sendmmsg, "at no address", d[0], 8L, 1, 0);
  CALL(sendmmsg, "of a file", 0, m, 3, 0);
  CALL(sendmmsg, "of a closed descriptor", -1, m, 3, 0);
  CALL(sendmmsg, "of none to a file", 0, m, 0, 0);
  struct time bad = {0, 1000000000}, negative = {-1, 0}, late = {600, 0}, soon = {0, 1};
#ifdef SYS_recvmmsg
  CALL(recvmmsg, "of two", d[1], m, 2, 0, 0L);
  EFFECT(recvmmsg, "lengths", m[0].msg_len * 100 + m[1].msg_len);
  CALL(recvmmsg, "of those that are there", d[1], m, 3, MSG_DONTWAIT, 0L);
  CALL(recvmmsg, "of nothing without waiting", d[1], m, 3, MSG_DONTWAIT, 0L);
  CALL(recvmmsg, "of none", d[1], m, 0, 0, 0L);
  sendmmsg(d[0], m, 2, 0);
  CALL(recvmmsg, "waiting for one", d[1], m, 3, MSG_WAITFORONE, 0L);
  sendmmsg(d[0], m, 3, 0);
  CALL(recvmmsg, "with time left", d[1], m, 3, 0, &late);
  EFFECT(recvmmsg, "with time left: tells how much", late.seconds > 0 && late.seconds < 600);
  sendmmsg(d[0], m, 3, 0);
  CALL(recvmmsg, "until the time is over", d[1], m, 3, 0, &soon);
  EFFECT(recvmmsg, "until the time is over: none is left", soon.seconds + soon.nanos);
  CALL(recvmmsg, "of a second in nanoseconds", d[1], m, 3, 0, &bad);
  CALL(recvmmsg, "of a time before now", d[1], m, 3, 0, &negative);
  CALL(recvmmsg, "with a time at no address", d[1], m, 3, 0, 8L);
  CALL(recvmmsg, "at no address", d[1], 8L, 3, MSG_DONTWAIT, 0L);
  CALL(recvmmsg, "of a file", 0, m, 3, 0, 0L);
  CALL(recvmmsg, "of a closed descriptor", -1, m, 3, 0, 0L);
#endif
#ifdef __i386__
  struct time64 wrong = {0, 1000000000}, before = {-1, 0}, far = {1LL << 33, 0};
  while (recv(d[1], b, 100, MSG_DONTWAIT) >= 0);
  sendmmsg(d[0], m, 3, 0);
  CALL(recvmmsg_time64, "with time left", d[1], m, 2, 0, &far);
  EFFECT(recvmmsg_time64, "with time left: tells how much", far.seconds >> 32);
  CALL(recvmmsg_time64, "of those that are there", d[1], m, 3, MSG_DONTWAIT, 0L);
  CALL(recvmmsg_time64, "of nothing without waiting", d[1], m, 3, MSG_DONTWAIT, 0L);
  CALL(recvmmsg_time64, "of a second in nanoseconds", d[1], m, 3, 0, &wrong);
  CALL(recvmmsg_time64, "of a time before now", d[1], m, 3, 0, &before);
  CALL(recvmmsg_time64, "with a time at no address", d[1], m, 3, 0, 8L);
  CALL(recvmmsg_time64, "of a file", 0, m, 3, 0, 0L);
#endif
  close(d[0]);
  close(d[1]);
}

int main(void) {
  begin();
  sending();
  passing(SOCK_SEQPACKET);
  receiving();
  several();
  return 0;
}
