/* Addresses of sockets on this machine. */
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Of an address without its path. */
#define PATH (socklen_t) offsetof(struct sockaddr_un, sun_path)

static struct sockaddr_un path(const char *name) {
  struct sockaddr_un a = {AF_UNIX};
  strcpy(a.sun_path, name);
  return a;
}

static struct sockaddr_in loopback(int port) {
  return (struct sockaddr_in){AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}};
}

static struct sockaddr_in6 loopback6(int port) {
  return (struct sockaddr_in6){AF_INET6, htons(port), 0, IN6ADDR_LOOPBACK_INIT};
}

/* The port that a socket of IPv4 or IPv6 has got. */
static int port(int fd) {
  struct sockaddr_in6 a = {0};
  socklen_t n = sizeof a;
  getsockname(fd, (void *)&a, &n);
  return ntohs(a.sin6_port);
}

/* A socket that listens, of TCP over IPv4 or, with a name, of the UNIX domain. */
static int listener(const char *name, int backlog) {
  int fd = socket(name ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
  struct sockaddr_un u = path(name ? name : "");
  struct sockaddr_in i = loopback(0);
  if (name ? bind(fd, (void *)&u, sizeof u) : bind(fd, (void *)&i, sizeof i)) exit(3);
  if (listen(fd, backlog)) exit(4);
  return fd;
}
