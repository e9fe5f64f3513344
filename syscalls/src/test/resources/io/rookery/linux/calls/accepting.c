/* Taking connections, and the names of their ends. */
#include "calls.h"
#include "addresses.h"

#include <fcntl.h>
#include <sys/resource.h>

static int client_of(int server) {
  struct sockaddr_in in = loopback(port(server));
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (void *)&in, sizeof in)) exit(5);
  return fd;
}

static void accepting(void) {
  int server = listener(0, 5), udp = socket(AF_INET, SOCK_DGRAM, 0), fd;
  struct sockaddr_in from = {0};
  socklen_t n = sizeof from, small = 4, negative = -1;
  fcntl(server, F_SETFL, O_NONBLOCK);
#ifdef SYS_accept
  CALL(accept, "of nobody without waiting", server, 0L, 0L);
  int client = client_of(server);
  fd = CALL_OK(accept, "of a client", server, &from, &n);
  EFFECT(accept, "of a client: length of its address", n);
  EFFECT(accept, "of a client: its address", from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
  EFFECT(accept, "of a client: its port", ntohs(from.sin_port) == port(client));
  EFFECT(accept, "O_NONBLOCK is not handed on", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  EFFECT(accept, "not closed by exec", fcntl(fd, F_GETFD));
  char b[8];
  EFFECT(accept, "of a client: it is heard", (write(client, "hello", 5), read(fd, b, 8)));
  close(fd);
  close(client);
  client = client_of(server);
  from.sin_addr.s_addr = 0x12345678;
  fd = CALL_OK(accept, "with room for a part of the address", server, &from, &small);
  EFFECT(accept, "with room for a part: length", small);
  EFFECT(accept, "with room for a part: the rest is left", from.sin_addr.s_addr == 0x12345678);
  close(fd);
  close(client);
  client = client_of(server);
  IN_CHILD(struct rlimit r = {3, 3}; setrlimit(RLIMIT_NOFILE, &r);
           CALL(accept, "without a descriptor left", server, 0L, 0L));
  fd = CALL_OK(accept, "of the client that there was no descriptor for", server, 0L, 0L);
  close(fd);
  close(client);
  client = client_of(server);
  CALL(accept, "with room of a negative length", server, &from, &negative);
  close(client);
  client = client_of(server);
  CALL(accept, "with room that is nowhere", server, 8L, &n);
  close(client);
  CALL(accept, "of UDP", udp, 0L, 0L);
  CALL(accept, "of a file", 0, 0L, 0L);
  CALL(accept, "of a closed descriptor", client, 0L, 0L);
#endif
  int other = client_of(server);
  CALL(accept4, "of flags that are none", server, 0L, 0L, 1);
  fd = CALL_OK(accept4, "with both flags", server, 0L, 0L, SOCK_CLOEXEC | SOCK_NONBLOCK);
  EFFECT(accept4, "closed by exec", fcntl(fd, F_GETFD));
  EFFECT(accept4, "that does not wait", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  close(fd);
  close(other);
  CALL(accept4, "of nobody without waiting", server, 0L, 0L, SOCK_CLOEXEC);
  n = sizeof from;
  fcntl(server, F_SETFL, 0);
  pid_t child = fork();
  if (child == 0) _exit(close(client_of(server)));
  fd = CALL_OK(accept4, "of one that is to come", server, &from, &n, 0);
  waitpid(child, 0, 0);
  EFFECT(accept4, "of one that has gone: its address", ntohl(from.sin_addr.s_addr) & 0xff);
  close(fd);
  CALL(accept4, "of UDP", udp, 0L, 0L, 0);
  CALL(accept4, "of a file", 0, 0L, 0L, 0);
  CALL(accept4, "of flags that are none of a file", 0, 0L, 0L, 1);
  CALL(accept4, "of no descriptor", -1, 0L, 0L, 0);
  close(server);
  unlink("local");
  server = listener("local", 5);
  fcntl(server, F_SETFL, O_NONBLOCK);
  CALL(accept4, "of nobody of the UNIX domain", server, 0L, 0L, 0);
  struct sockaddr_un a = path("local"), name = {0};
  n = sizeof name;
  other = socket(AF_UNIX, SOCK_STREAM, 0);
  connect(other, (void *)&a, sizeof a);
  fd = CALL_OK(accept4, "of a client without a name", server, &name, &n, 0);
  EFFECT(accept4, "of a client without a name: length", n);
  close(other);
  close(fd);
  shutdown(server, SHUT_RD);
  CALL(accept4, "of a listener shut down, without waiting", server, 0L, 0L, 0);
  fcntl(server, F_SETFL, 0);
  CALL(accept4, "of a listener shut down", server, 0L, 0L, 0);
  close(server);
  server = socket(AF_UNIX, SOCK_STREAM, 0);
  CALL(accept4, "of a socket that does not listen", server, 0L, 0L, 0);
  close(server);
  close(udp);
}

static void naming(void) {
  struct sockaddr_un a = path("named"), got;
  struct sockaddr_in in;
  socklen_t n = sizeof got, negative = -1, four = 4;
  int p[2], fd = socket(AF_UNIX, SOCK_STREAM, 0);
  CALL(getsockname, "without a name", fd, &got, &n);
  EFFECT(getsockname, "without a name: length", n);
  bind(fd, (void *)&a, PATH + 5);
  n = sizeof got;
  CALL(getsockname, "with a path", fd, &got, &n);
  EFFECT(getsockname, "with a path: length", n);
  EFFECT(getsockname, "with a path: it ends", strcmp(got.sun_path, "named"));
  memset(&got, 'x', sizeof got);
  CALL(getsockname, "with room for a part", fd, &got, &four);
  EFFECT(getsockname, "with room for a part: the true length", four);
  EFFECT(getsockname, "with room for a part: the rest is left", got.sun_path[2]);
  CALL(getsockname, "with room of a negative length", fd, &got, &negative);
  CALL(getsockname, "with room that is nowhere", fd, 8L, &n);
  CALL(getsockname, "with a length that is nowhere", fd, &got, 8L);
  CALL(getsockname, "of a file", 0, &got, &n);
  listen(fd, 1);
  int client = socket(AF_UNIX, SOCK_STREAM, 0);
  connect(client, (void *)&a, sizeof a);
  n = sizeof got;
  CALL(getpeername, "of a path", client, &got, &n);
  EFFECT(getpeername, "of a path: length", n);
  CALL(getpeername, "of a listener", fd, &got, &n);
  close(client);
  close(fd);
  CALL(getsockname, "of a closed descriptor", fd, &got, &n);
  fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind(fd, (void *)&a, sizeof(sa_family_t));
  n = sizeof got;
  getsockname(fd, (void *)&got, &n);
  EFFECT(getsockname, "chosen by the kernel: length", n);
  EFFECT(getsockname, "chosen by the kernel: abstract", got.sun_path[0]);
  close(fd);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, p);
  n = sizeof got;
  CALL(getpeername, "of a pair", p[0], &got, &n);
  EFFECT(getpeername, "of a pair: length", n);
  close(p[0]);
  close(p[1]);

  fd = listener(0, 1);
  client = client_of(fd);
  n = sizeof in;
  CALL(getpeername, "of TCP", client, &in, &n);
  EFFECT(getpeername, "of TCP: port", ntohs(in.sin_port) == port(fd));
  n = sizeof in;
  CALL(getsockname, "of TCP", client, &in, &n);
  EFFECT(getsockname, "of TCP: address", ntohl(in.sin_addr.s_addr) == INADDR_LOOPBACK);
  CALL(getpeername, "with room of a negative length", client, &in, &negative);
  CALL(getpeername, "with room that is nowhere", client, 8L, &n);
  CALL(getpeername, "with a length that is nowhere", client, &in, 8L);
  CALL(getpeername, "of a listener of TCP", fd, &in, &n);
  close(client);
  close(fd);
  CALL(getpeername, "of a closed descriptor", fd, &in, &n);
  CALL(getpeername, "of a file", 0, &in, &n);
  struct sockaddr_in6 in6;
  fd = socket(AF_INET6, SOCK_DGRAM, 0);
  n = sizeof in6;
  CALL(getsockname, "of IPv6 without a name", fd, &in6, &n);
  EFFECT(getsockname, "of IPv6 without a name: length", n);
  EFFECT(getsockname, "of IPv6 without a name: port", in6.sin6_port);
  CALL(getpeername, "of IPv6 without a peer", fd, &in6, &n);
  close(fd);
}

int main(void) {
  begin();
  const char *directory = own_directory();
  accepting();
  naming();
  remove_own_directory(directory);
  return 0;
}
