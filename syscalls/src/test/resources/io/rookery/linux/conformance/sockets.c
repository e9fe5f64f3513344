/* Sockets of the UNIX domain. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define P(name, x) do { errno = 0; long r_ = (long)(x); printf("%s: %ld %d\n", name, r_ < 0 ? -1 : r_, r_ < 0 ? errno : 0); } while (0)

static char b[300000];

static void events(const char *name, int fd) {
  struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
  int r = poll(&p, 1, 0);
  printf("%s: %d %x\n", name, r, p.revents);
}

static struct sockaddr_un a;
static socklen_t named(const char *n) {
  memset(&a, 0, sizeof a);
  a.sun_family = AF_UNIX;
  if (n[0] == '@') { memcpy(a.sun_path + 1, n + 1, strlen(n + 1)); return offsetof(struct sockaddr_un, sun_path) + strlen(n); }
  strcpy(a.sun_path, n);
  return sizeof a;
}
static int doit(int (*f)(int, const struct sockaddr *, socklen_t), int fd, const char *n) {
  socklen_t l = named(n);
  return f(fd, (void *)&a, l);
}

static void streams(void) {
  int s[2], n;
  P("pair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s));
  events("new", s[0]);
  P("empty", recv(s[0], b, 1, 0));
  write(s[0], "one", 3); write(s[0], "two", 3);
  P("peek", recv(s[1], b, 4, MSG_PEEK));
  P("fionread", (ioctl(s[1], FIONREAD, &n), n));
  P("joined", recv(s[1], b, 100, 0)); printf("%.6s\n", b);
  P("oob read", recv(s[1], b, 1, MSG_OOB));
  while (send(s[0], b, 50000, 0) > 0);
  printf("full errno %d\n", errno);
  events("full", s[0]); events("data", s[1]);
  while (recv(s[1], b, sizeof b, 0) > 0);
  events("drained", s[0]);
  P("shut", shutdown(s[0], SHUT_WR));
  events("after shut", s[1]); events("shutter", s[0]);
  P("eof", recv(s[1], b, 1, 0));
  P("write shut", send(s[0], "x", 1, MSG_NOSIGNAL));
  P("other way", send(s[1], "back", 4, 0));
  P("bad how", shutdown(s[0], 9));
  close(s[1]);
  events("peer closed", s[0]);
  P("read left", recv(s[0], b, 10, 0));
  P("then eof", recv(s[0], b, 10, 0));
  close(s[0]);
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  write(s[0], "unread", 6);
  close(s[1]);
  P("reset", recv(s[0], b, 1, 0));
  P("once", recv(s[0], b, 1, 0));
  P("epipe", send(s[0], "x", 1, MSG_NOSIGNAL));
  close(s[0]);
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  if (!fork()) { close(s[0]); for (int i = 0; i < 5; i++) { usleep(2000); write(s[1], "part.", 5); } _exit(0); }
  close(s[1]);
  P("waitall", recv(s[0], b, 20, MSG_WAITALL));
  P("waitall eof", recv(s[0], b, 20, MSG_WAITALL));
  wait(0);
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  struct timeval t = {0, 20000};
  setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
  P("receive timeout", recv(s[0], b, 1, 0));
  P("lseek", lseek(s[0], 0, 0));
  P("pread", pread(s[0], b, 1, 0));
  P("send address", sendto(s[0], "x", 1, 0, (void *)&a, sizeof a));
}

static void servers(void) {
  int l = socket(AF_UNIX, SOCK_STREAM, 0), c, k;
  struct sockaddr_un r;
  socklen_t len = sizeof r;
  unlink("/tmp/rookery-sock");
  P("listen unbound", listen(l, 1));
  P("bind", doit(bind, l, "/tmp/rookery-sock"));
  P("bind twice", doit(bind, l, "/tmp/rookery-sock2"));
  P("bind taken", doit(bind, socket(AF_UNIX, SOCK_STREAM, 0), "/tmp/rookery-sock"));
  P("bind nowhere", doit(bind, socket(AF_UNIX, SOCK_STREAM, 0), "/none/such"));
  P("connect early", doit(connect, socket(AF_UNIX, SOCK_STREAM, 0), "/tmp/rookery-sock"));
  P("accept early", accept(l, 0, 0));
  P("listen", listen(l, 1));
  events("listener", l);
  c = socket(AF_UNIX, SOCK_STREAM, 0);
  events("unconnected", c);
  P("recv unconnected", recv(c, b, 1, 0));
  P("send unconnected", send(c, b, 1, MSG_NOSIGNAL));
  P("peername unconnected", getpeername(c, (void *)&r, &len));
  P("connect", doit(connect, c, "/tmp/rookery-sock"));
  P("connect again", doit(connect, c, "/tmp/rookery-sock"));
  events("listener", l);
  write(c, "early", 5);
  len = sizeof r;
  k = accept4(l, (void *)&r, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
  printf("accepted %d len %d family %d\n", k > 0, len, r.sun_family);
  P("cloexec", fcntl(k, F_GETFD)); P("nonblock", fcntl(k, F_GETFL) & O_NONBLOCK);
  P("early data", read(k, b, 10));
  len = sizeof r;
  getsockname(k, (void *)&r, &len); printf("%s %d\n", r.sun_path, len);
  len = sizeof r;
  getpeername(c, (void *)&r, &len); printf("%s %d\n", r.sun_path, len);
  len = 4;
  P("short name", getpeername(c, (void *)&r, &len)); printf("%d\n", len);
  struct ucred u; len = sizeof u;
  getsockopt(k, SOL_SOCKET, SO_PEERCRED, &u, &len);
  printf("cred %d %d %d\n", u.pid == getpid(), u.uid, u.gid);
  int v; len = sizeof v;
  getsockopt(l, SOL_SOCKET, SO_ACCEPTCONN, &v, &len); printf("acceptconn %d\n", v);
  getsockopt(l, SOL_SOCKET, SO_TYPE, &v, &len); printf("type %d\n", v);
  getsockopt(l, SOL_SOCKET, SO_DOMAIN, &v, &len); printf("domain %d\n", v);
  getsockopt(l, SOL_SOCKET, SO_ERROR, &v, &len); printf("error %d\n", v);
  P("bad option", getsockopt(l, SOL_SOCKET, 999, &v, &len));
  P("tcp option", getsockopt(l, 6, 1, &v, &len));
  P("set type", setsockopt(l, SOL_SOCKET, SO_TYPE, &v, sizeof v));
  int n = fcntl(l, F_GETFL); fcntl(l, F_SETFL, n | O_NONBLOCK);
  P("accept none", accept(l, 0, 0));
  int q[4]; for (int i = 0; i < 4; i++) { q[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0); P("backlog", doit(connect, q[i], "/tmp/rookery-sock")); }
  close(l);
  events("abandoned", q[0]);
  P("abandoned read", read(q[0], b, 1));
  P("refused", doit(connect, socket(AF_UNIX, SOCK_STREAM, 0), "/tmp/rookery-sock"));
  P("wrong type", doit(connect, socket(AF_UNIX, SOCK_DGRAM, 0), "/tmp/rookery-sock"));
  struct stat st; stat("/tmp/rookery-sock", &st); printf("mode %o\n", st.st_mode);
  P("open", open("/tmp/rookery-sock", O_RDWR));
  unlink("/tmp/rookery-sock");
  P("gone", doit(connect, socket(AF_UNIX, SOCK_STREAM, 0), "/tmp/rookery-sock"));
  P("not a socket", doit(connect, 0, "/x"));
  P("bad family", socket(99, SOCK_STREAM, 0));
  P("bad type", socket(AF_UNIX, 99, 0));
  P("bad protocol", socket(AF_UNIX, SOCK_STREAM, 5));
}

static void datagrams(void) {
  int s[2], x, y;
  socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, s);
  send(s[0], "first", 5, 0); send(s[0], "", 0, 0); send(s[0], "second", 6, 0);
  P("cut", recv(s[1], b, 3, 0));
  P("empty", recv(s[1], b, 3, 0));
  P("truncated", recv(s[1], b, 3, MSG_TRUNC));
  for (x = 0; send(s[0], "x", 1, 0) == 1; x++);
  printf("queued %d errno %d\n", x, errno);
  events("full", s[0]);
  close(s[1]);
  P("peer gone", send(s[0], "x", 1, 0));
  x = socket(AF_UNIX, SOCK_DGRAM, 0); y = socket(AF_UNIX, SOCK_DGRAM, 0);
  P("abstract", doit(bind, x, "@rookery-test"));
  P("taken", doit(bind, y, "@rookery-test"));
  socklen_t l = named("@rookery-test");
  P("sendto", sendto(y, "from nobody", 11, 0, (void *)&a, l));
  struct sockaddr_un r; socklen_t rl = sizeof r;
  P("recvfrom", recvfrom(x, b, 100, 0, (void *)&r, &rl)); printf("len %d\n", rl);
  doit(bind, y, "@rookery-y");
  l = named("@rookery-test");
  sendto(y, "from y", 6, 0, (void *)&a, l);
  rl = sizeof r;
  P("recvfrom", recvfrom(x, b, 100, 0, (void *)&r, &rl)); printf("len %d %s\n", rl, r.sun_path + 1);
  P("too big", sendto(y, b, sizeof b, 0, (void *)&a, l));
  P("listen", listen(x, 1));
  P("no destination", send(y, "x", 1, 0));
  P("connect", doit(connect, y, "@rookery-test"));
  P("send", send(y, "x", 1, 0));
  P("autobind", bind(socket(AF_UNIX, SOCK_DGRAM, 0), (void *)&a, 2));
  close(x);
  P("refused", send(y, "x", 1, 0));
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s);
  send(s[0], "abc", 3, 0); send(s[0], "def", 3, 0);
  P("packet", recv(s[1], b, 100, 0)); P("cut", recv(s[1], b, 2, 0));
  close(s[0]);
  P("eof", recv(s[1], b, 2, 0));
}

static void passing(void) {
  int s[2], p[2];
  char c[100];
  struct iovec v = {"x", 1};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = c, .msg_controllen = CMSG_SPACE(8)};
  struct cmsghdr *h;
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  pipe(p);
  memset(c, 0, sizeof c);
  h = CMSG_FIRSTHDR(&m);
  h->cmsg_level = SOL_SOCKET; h->cmsg_type = SCM_RIGHTS; h->cmsg_len = CMSG_LEN(8);
  memcpy(CMSG_DATA(h), p, 8);
  P("send two", sendmsg(s[0], &m, 0));
  close(p[0]); close(p[1]);
  v.iov_base = b;
  m.msg_controllen = sizeof c;
  P("receive", recvmsg(s[1], &m, MSG_CMSG_CLOEXEC));
  h = CMSG_FIRSTHDR(&m);
  printf("control %ld type %d len %ld flags %x\n", (long)m.msg_controllen, h->cmsg_type, (long)h->cmsg_len, m.msg_flags);
  memcpy(p, CMSG_DATA(h), 8);
  write(p[1], "through", 7);
  P("use", read(p[0], b, 10));
  P("cloexec", fcntl(p[0], F_GETFD));
  m.msg_controllen = CMSG_SPACE(8);
  h->cmsg_len = CMSG_LEN(8); h->cmsg_type = SCM_RIGHTS; h->cmsg_level = SOL_SOCKET;
  v.iov_base = "y";
  memcpy(CMSG_DATA(h), p, 8);
  sendmsg(s[0], &m, 0);
  v.iov_base = b;
  m.msg_controllen = CMSG_LEN(4);
  P("room for one", recvmsg(s[1], &m, 0));
  printf("control %ld len %ld flags %x\n", (long)m.msg_controllen, (long)h->cmsg_len, m.msg_flags);
  int bad = 999;
  m.msg_controllen = CMSG_SPACE(4); h->cmsg_len = CMSG_LEN(4); h->cmsg_type = SCM_RIGHTS;
  memcpy(CMSG_DATA(h), &bad, 4);
  P("bad fd", sendmsg(s[0], &m, 0));
  h->cmsg_len = 3;
  P("bad header", sendmsg(s[0], &m, 0));
  int on = 1;
  setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  write(s[0], "z", 1);
  m.msg_controllen = sizeof c;
  P("credentials", recvmsg(s[1], &m, 0));
  struct ucred u;
  memcpy(&u, CMSG_DATA(h), sizeof u);
  printf("type %d len %ld %d %d\n", h->cmsg_type, (long)h->cmsg_len, u.pid == getpid(), u.uid);
  struct mmsghdr mm[3];
  memset(mm, 0, sizeof mm);
  struct iovec vv[3] = {{"1", 1}, {"22", 2}, {"333", 3}};
  int d[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, d);
  for (int i = 0; i < 3; i++) { mm[i].msg_hdr.msg_iov = &vv[i]; mm[i].msg_hdr.msg_iovlen = 1; }
  P("sendmmsg", sendmmsg(d[0], mm, 3, 0));
  char r[3][10];
  for (int i = 0; i < 3; i++) vv[i] = (struct iovec){r[i], 10};
  P("recvmmsg", recvmmsg(d[1], mm, 3, MSG_DONTWAIT, 0));
  printf("%d %d %d\n", mm[0].msg_len, mm[1].msg_len, mm[2].msg_len);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  umask(022);
  puts("-- streams"); streams();
  puts("-- servers"); servers();
  puts("-- datagrams"); datagrams();
  puts("-- passing"); passing();
  return 0;
}
