/* What the programs about Internet sockets share. Ports are the kernel's choice and never printed. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define P(name, x) do { errno = 0; long r_ = (long)(x); printf("%s: %ld %d\n", name, r_ < 0 ? -1 : r_, r_ < 0 ? errno : 0); } while (0)

static char b[400000];

static void events(const char *name, int fd) {
  struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
  int r = poll(&p, 1, 0);
  printf("%s: %d %x\n", name, r, p.revents);
}

/* Waits for any of the events, then prints all. */
static void after(const char *name, int fd, int wanted) {
  struct pollfd p = {fd, wanted, 0};
  poll(&p, 1, 5000);
  events(name, fd);
}

static struct sockaddr_in v4(const char *host, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &a.sin_addr);
  return a;
}

static struct sockaddr_in6 v6(const char *host, int port) {
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(AF_INET6, host, &a.sin6_addr);
  return a;
}

static int port(int fd) {
  struct sockaddr_storage s;
  socklen_t l = sizeof s;
  if (getsockname(fd, (void *)&s, &l)) return -1;
  return ntohs(((struct sockaddr_in *)&s)->sin_port);
}

/* An address without its port, and whether there is one. */
static void show(const char *name, int r, struct sockaddr_storage *s, socklen_t l) {
  char text[64] = "";
  if (r >= 0 && s->ss_family == AF_INET) inet_ntop(AF_INET, &((struct sockaddr_in *)s)->sin_addr, text, 64);
  if (r >= 0 && s->ss_family == AF_INET6) inet_ntop(AF_INET6, &((struct sockaddr_in6 *)s)->sin6_addr, text, 64);
  printf("%s: %d %d family %d size %d %s port %d\n", name, r < 0 ? -1 : 0, r < 0 ? errno : 0, r < 0 ? 0 : s->ss_family,
         r < 0 ? 0 : l, text, r < 0 ? 0 : ((struct sockaddr_in *)s)->sin_port != 0);
}

static void names(const char *name, int fd) {
  struct sockaddr_storage s;
  socklen_t l = sizeof s;
  memset(&s, 0, sizeof s);
  printf("%s ", name);
  int r = getsockname(fd, (void *)&s, &l);
  show("own", r, &s, l);
  l = sizeof s;
  memset(&s, 0, sizeof s);
  printf("%s ", name);
  r = getpeername(fd, (void *)&s, &l);
  show("peer", r, &s, l);
}

static int option(int fd, int level, int name) {
  int v = -12345;
  socklen_t l = sizeof v;
  return getsockopt(fd, level, name, &v, &l) ? -1 : v;
}

static int set(int fd, int level, int name, int v) {
  return setsockopt(fd, level, name, &v, sizeof v);
}

/* A listener on a loopback address. */
static int listener(int family, int backlog) {
  int l = socket(family, SOCK_STREAM, 0);
  struct sockaddr_in a = v4("127.0.0.1", 0);
  struct sockaddr_in6 a6 = v6("::1", 0);
  if (family == AF_INET ? bind(l, (void *)&a, sizeof a) : bind(l, (void *)&a6, sizeof a6)) perror("bind");
  if (listen(l, backlog)) perror("listen");
  return l;
}

static int to(int fd, int family, int p) {
  struct sockaddr_in a = v4("127.0.0.1", p);
  struct sockaddr_in6 a6 = v6("::1", p);
  return family == AF_INET ? connect(fd, (void *)&a, sizeof a) : connect(fd, (void *)&a6, sizeof a6);
}

/* A connected pair: s[0] connected, s[1] was accepted. */
static void tcp_pair(int s[2]) {
  int l = listener(AF_INET, 1);
  s[0] = socket(AF_INET, SOCK_STREAM, 0);
  if (to(s[0], AF_INET, port(l))) perror("connect");
  s[1] = accept(l, 0, 0);
  close(l);
}
