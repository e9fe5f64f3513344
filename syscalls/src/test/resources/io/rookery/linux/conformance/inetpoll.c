/* epoll(7), poll(2) and select(2) on Internet sockets. */
#include "inet.h"
#include <sys/select.h>

static int ep;

static void add(int fd, unsigned events) {
  struct epoll_event e = {events, {.fd = fd}};
  if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e)) printf("add %d\n", errno);
}

static void mod(int fd, unsigned events) {
  struct epoll_event e = {events, {.fd = fd}};
  if (epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e)) printf("mod %d\n", errno);
}

/* All events that come within some time, in one line. */
static void got(const char *name, int fd, int ms) {
  struct epoll_event e[4];
  int n = epoll_wait(ep, e, 4, ms);
  printf("%s: %d", name, n);
  for (int i = 0; i < n; i++) printf(" %x%s", e[i].events, e[i].data.fd == fd ? "" : " other");
  printf("\n");
}

static void level(void) {
  int s[2];
  tcp_pair(s);
  ep = epoll_create1(0);
  add(s[1], EPOLLIN);
  got("nothing", s[1], 0);
  write(s[0], "abc", 3);
  got("data", s[1], 2000);
  got("still", s[1], 0);
  recv(s[1], b, 1, 0);
  got("rest", s[1], 0);
  recv(s[1], b, 10, 0);
  got("read", s[1], 0);
  mod(s[1], EPOLLIN | EPOLLOUT | EPOLLRDHUP);
  got("room", s[1], 0);
  shutdown(s[0], SHUT_WR);
  usleep(3000);
  got("end", s[1], 2000);
  close(s[0]);
  close(s[1]);
  got("forgotten", s[1], 0);
  close(ep);
}

static void edge(void) {
  int s[2];
  tcp_pair(s);
  ep = epoll_create1(0);
  add(s[1], EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP);
  got("first", s[1], 0);
  got("no news", s[1], 0);
  write(s[0], "abc", 3);
  got("data", s[1], 2000);
  got("no news", s[1], 0);
  write(s[0], "def", 3);
  got("more data", s[1], 2000);
  recv(s[1], b, 3, 0);
  got("after part", s[1], 0);
  recv(s[1], b, 30, 0);
  got("after all", s[1], 0);
  mod(s[1], EPOLLIN | EPOLLOUT | EPOLLET);
  got("modified", s[1], 0);
  mod(s[1], EPOLLIN | EPOLLET);
  got("nothing to read", s[1], 0);
  /* room for writing */
  fcntl(s[1], F_SETFL, O_NONBLOCK);
  mod(s[1], EPOLLOUT | EPOLLET);
  got("room", s[1], 0);
  int n;
  for (int i = 0; i < 30; i++) { while ((n = write(s[1], b, sizeof b)) > 0); usleep(1000); }
  epoll_wait(ep, &(struct epoll_event){0}, 1, 0);
  got("full", s[1], 0);
  fcntl(s[0], F_SETFL, O_NONBLOCK);
  for (int i = 0; i < 300; i++) { while (read(s[0], b, sizeof b) > 0); usleep(500); }
  got("room again", s[1], 2000);
  got("no news", s[1], 0);
  mod(s[1], EPOLLIN | EPOLLET | EPOLLRDHUP);
  got("quiet", s[1], 0);
  close(s[0]);
  usleep(3000);
  got("end", s[1], 2000);
  got("no news", s[1], 0);
  close(s[1]);
  close(ep);
}

static void oneshot(void) {
  int s[2];
  tcp_pair(s);
  ep = epoll_create1(0);
  add(s[1], EPOLLIN | EPOLLONESHOT);
  write(s[0], "a", 1);
  got("shot", s[1], 2000);
  write(s[0], "b", 1);
  got("none", s[1], 20);
  mod(s[1], EPOLLIN | EPOLLONESHOT);
  got("again", s[1], 2000);
  close(ep);
}

static void connections(void) {
  int l = listener(AF_INET, 10), c, none = socket(AF_INET, SOCK_STREAM, 0);
  ep = epoll_create1(0);
  add(l, EPOLLIN | EPOLLET);
  got("quiet", l, 0);
  for (int i = 0; i < 2; i++) to(socket(AF_INET, SOCK_STREAM, 0), AF_INET, port(l));
  got("two", l, 2000);
  got("no news", l, 0);
  accept(l, 0, 0);
  got("one left", l, 0);
  to(socket(AF_INET, SOCK_STREAM, 0), AF_INET, port(l));
  got("another", l, 2000);
  close(l);
  struct sockaddr_in a = v4("127.0.0.1", 0);
  bind(none, (void *)&a, sizeof a);
  c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  to(c, AF_INET, port(none));
  add(c, EPOLLOUT);
  usleep(3000);
  got("refused", c, 2000);
  got("still", c, 0);
  P("error", option(c, SOL_SOCKET, SO_ERROR));
  got("then", c, 0);
  close(c);
  l = listener(AF_INET, 10);
  c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  add(c, EPOLLIN | EPOLLOUT | EPOLLET);
  got("new", c, 0);
  to(c, AF_INET, port(l));
  usleep(3000);
  got("connected", c, 2000);
  close(c); close(l); close(ep);
}

static void datagrams(void) {
  int r = socket(AF_INET, SOCK_DGRAM, 0), s = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in a = v4("127.0.0.1", 0);
  bind(r, (void *)&a, sizeof a);
  a.sin_port = htons(port(r));
  ep = epoll_create1(0);
  add(r, EPOLLIN | EPOLLET);
  got("quiet", r, 0);
  sendto(s, "x", 1, 0, (void *)&a, sizeof a);
  got("one", r, 2000);
  sendto(s, "x", 1, 0, (void *)&a, sizeof a);
  got("two", r, 2000);
  got("no news", r, 0);
  close(ep);
  fd_set rd, wr, ex;
  struct timeval t = {0, 10000};
  FD_ZERO(&rd); FD_ZERO(&wr); FD_ZERO(&ex);
  FD_SET(r, &rd); FD_SET(s, &rd); FD_SET(s, &wr); FD_SET(r, &ex);
  P("select", select(20, &rd, &wr, &ex, &t));
  printf("%d %d %d %d\n", FD_ISSET(r, &rd) != 0, FD_ISSET(s, &rd) != 0, FD_ISSET(s, &wr) != 0, FD_ISSET(r, &ex) != 0);
  struct pollfd p[2] = {{s, POLLIN}, {r, POLLIN}};
  P("poll", poll(p, 2, 10)); printf("%x %x\n", p[0].revents, p[1].revents);
  recv(r, b, 1, 0); recv(r, b, 1, 0);
  P("poll timeout", poll(p, 2, 10));
}

#define CLIENTS 50
#define ROUNDS 20

/* An echo server with one thread and CLIENTS clients with a process of their own. */
static void *client(void *p) {
  int c = socket(AF_INET, SOCK_STREAM, 0);
  char out[500], in[500];
  long good = 0;
  if (to(c, AF_INET, (int)(long)p)) return 0;
  for (int i = 0; i < ROUNDS; i++) {
    for (int k = 0; k < sizeof out; k++) out[k] = i * 31 + k + c;
    write(c, out, sizeof out);
    if (recv(c, in, sizeof in, MSG_WAITALL) == sizeof in && !memcmp(in, out, sizeof in)) good++;
  }
  close(c);
  return (void *)good;
}

static void echo(void) {
  int l = listener(AF_INET, CLIENTS), ended = 0;
  long good = 0;
  pthread_t t[CLIENTS];
  ep = epoll_create1(0);
  fcntl(l, F_SETFL, O_NONBLOCK);
  add(l, EPOLLIN);
  for (int i = 0; i < CLIENTS; i++) pthread_create(t + i, 0, client, (void *)(long)port(l));
  while (ended < CLIENTS) {
    struct epoll_event e[8];
    int n = epoll_wait(ep, e, 8, 20000);
    if (n <= 0) { printf("stuck %d %d\n", n, ended); break; }
    for (int i = 0; i < n; i++) {
      int fd = e[i].data.fd;
      if (fd == l) {
        int k;
        while ((k = accept4(l, 0, 0, SOCK_NONBLOCK)) >= 0) add(k, EPOLLIN | EPOLLET | EPOLLRDHUP);
        continue;
      }
      for (;;) {
        int r = read(fd, b, sizeof b);
        if (r > 0) { write(fd, b, r); continue; }
        if (r == 0) { close(fd); ended++; }
        break;
      }
    }
  }
  for (int i = 0; i < CLIENTS; i++) { void *g; pthread_join(t[i], &g); good += (long)g; }
  printf("clients %d echoes %ld\n", ended, good);
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  level();
  edge();
  oneshot();
  connections();
  datagrams();
  echo();
  return 0;
}
