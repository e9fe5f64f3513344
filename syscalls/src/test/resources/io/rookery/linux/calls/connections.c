/* Names of sockets and connections between them. */
#include "calls.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

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

static void binding(void) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un a = path("bound"), deep = path("none/bound"), abstract = {AF_UNIX};
  struct sockaddr_in wrong = {AF_INET};
  struct stat s;
  CALL(bind, "to a path", fd, &a, sizeof a);
  stat("bound", &s);
  EFFECT(bind, "to a path: mode", s.st_mode);
  CALL(bind, "to a path that is there", other, &a, sizeof a);
  CALL(bind, "a second time", fd, &deep, sizeof deep);
  CALL(bind, "to a path in no directory", other, &deep, sizeof deep);
  CALL(bind, "to an address of another family", other, &wrong, sizeof wrong);
  CALL(bind, "to an address of one byte", other, &a, 1);
  CALL(bind, "to an address that is too long", other, &a, sizeof a + 1);
  CALL(bind, "to an address of a negative length", other, &a, -1);
  CALL(bind, "to an address that is nowhere", other, 8L, sizeof a);
  IN_CHILD(become(1234); a = path("by a user");
           CALL(bind, "in a directory of another's", other, &a, sizeof a));
  sprintf(abstract.sun_path + 1, "rookery%d", getpid());
  socklen_t length = PATH + 1 + strlen(abstract.sun_path + 1);
  CALL(bind, "to an abstract name", other, &abstract, length);
  close(fd);
  fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  CALL(bind, "to an abstract name that another type has", fd, &abstract, length);
  close(fd);
  fd = socket(AF_UNIX, SOCK_STREAM, 0);
  CALL(bind, "to an abstract name that is taken", fd, &abstract, length);
  CALL(bind, "to the same name but longer", fd, &abstract, length + 1);
  CALL(bind, "to any name when it has one", fd, &abstract, sizeof abstract.sun_family);
  CALL(bind, "to an abstract name when it has one", fd, &abstract, length + 2);
  a = path("second");
  CALL(bind, "to a path when it has a name", fd, &a, sizeof a);
  EFFECT(bind, "to a path when it has a name: nothing is left", access("second", F_OK));
  close(fd);
  close(other);
  fd = socket(AF_UNIX, SOCK_STREAM, 0);
  CALL(bind, "to an abstract name that is free again", fd, &abstract, length);
  close(fd);

  int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET6, SOCK_DGRAM, 0);
  struct sockaddr_in in = loopback(0), far = loopback(0), low = loopback(1);
  struct sockaddr_in6 in6 = loopback6(0);
  far.sin_addr.s_addr = htonl(0xc0000201);
  CALL(bind, "to an address of another host", tcp, &far, sizeof far);
  CALL(bind, "to an address of IPv4 cut short", tcp, &in, 15);
  CALL(bind, "over IPv4 to the family of IPv6", tcp, &in6, sizeof in6);
  IN_CHILD(become(1234); CALL(bind, "to a low port by a user", tcp, &low, sizeof low));
  CALL(bind, "to any port", tcp, &in, sizeof in);
  EFFECT(bind, "to any port: one is chosen", port(tcp) > 1023);
  CALL(bind, "over IPv4 a second time", tcp, &in, sizeof in);
  in = loopback(port(tcp));
  fd = socket(AF_INET, SOCK_STREAM, 0);
  CALL(bind, "to a port that is taken", fd, &in, sizeof in);
  close(fd);
  fd = socket(AF_INET, SOCK_DGRAM, 0);
  CALL(bind, "to the port of another protocol", fd, &in, sizeof in);
  CALL(bind, "over IPv6", udp, &in6, sizeof in6);
  close(fd);
  close(tcp);
  close(udp);
  CALL(bind, "of a closed descriptor", udp, &in, sizeof in);
  CALL(bind, "of a file", 0, &in, sizeof in);
}

static void listening(void) {
  int p[2], fd = socket(AF_UNIX, SOCK_STREAM, 0), datagrams = socket(AF_UNIX, SOCK_DGRAM, 0);
  int value = -1;
  socklen_t n = sizeof value;
  struct sockaddr_un a = path("listener");
  CALL(listen, "without a name", fd, 1);
  bind(fd, (void *)&a, sizeof a);
  CALL(listen, "with a name", fd, 1);
  getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &n);
  EFFECT(listen, "is seen by SO_ACCEPTCONN", value);
  CALL(listen, "again with another backlog", fd, 5);
  CALL(listen, "of a negative backlog", fd, -1);
  close(fd);
  CALL(listen, "of datagrams", datagrams, 1);
  close(datagrams);
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  CALL(listen, "when connected", p[0], 1);
  close(p[0]);
  close(p[1]);
  int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
  CALL(listen, "of TCP without a name", tcp, 1);
  EFFECT(listen, "of TCP without a name: gets a port", port(tcp) > 1023);
  CALL(listen, "of UDP", udp, 1);
  struct sockaddr_in in = loopback(port(tcp));
  int client = socket(AF_INET, SOCK_STREAM, 0);
  connect(client, (void *)&in, sizeof in);
  CALL(listen, "of a client of TCP", client, 1);
  close(client);
  close(tcp);
  close(udp);
  CALL(listen, "of a closed descriptor", tcp, 1);
  CALL(listen, "of a file", 0, 1);
}

static void connecting(void) {
  int fd = listener("server", 1), client = socket(AF_UNIX, SOCK_STREAM, 0), file;
  struct sockaddr_un a = path("server"), none = path("nobody"), plain = path("plain");
  CALL(connect, "to a path that nobody has", client, &none, sizeof none);
  close(file = open("plain", O_CREAT | O_RDWR, 0666));
  CALL(connect, "to a plain file", client, &plain, sizeof plain);
  CALL(connect, "to an address that is nowhere", client, 8L, sizeof a);
  CALL(connect, "to an address of a negative length", client, &a, -1);
  CALL(connect, "to an address of one byte", client, &a, 1);
  IN_CHILD(become(1234); CALL(connect, "to a path without rights", client, &a, sizeof a));
  CALL(connect, "to a path", client, &a, sizeof a);
  CALL(connect, "twice", client, &a, sizeof a);
  CALL(connect, "of a listener", fd, &a, sizeof a);
  int datagrams = socket(AF_UNIX, SOCK_DGRAM, 0);
  CALL(connect, "to a socket of another type", datagrams, &a, sizeof a);
  int hasty = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CALL(connect, "without waiting", hasty, &a, sizeof a);
  close(hasty);
  hasty = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CALL(connect, "beyond the backlog without waiting", hasty, &a, sizeof a);
  close(fd);
  EFFECT(connect, "the end of a listener", read(client, &file, 1));
  CALL(connect, "to a path that is left behind", hasty, &a, sizeof a);
  close(client);
  unlink("server");
  fd = listener("server", 1);
  shutdown(fd, SHUT_RD);
  CALL(connect, "to a listener shut down", hasty, &a, sizeof a);
  close(hasty);
  close(fd);

  struct sockaddr unspecified = {AF_UNSPEC};
  int server = listener(0, 5), udp = socket(AF_INET, SOCK_DGRAM, 0);
  int tcp = socket(AF_INET, SOCK_STREAM, 0), never = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in in = loopback(port(server)), free = loopback(0);
  bind(never, (void *)&free, sizeof free);
  free = loopback(port(never));
  CALL(connect, "to a port where nobody listens", tcp, &free, sizeof free);
  CALL(connect, "of TCP after a refusal", tcp, &in, sizeof in);
  CALL(connect, "of TCP twice", tcp, &in, sizeof in);
  CALL(connect, "of TCP to no family", tcp, &unspecified, sizeof unspecified);
  CALL(connect, "of TCP once more", tcp, &in, sizeof in);
  struct sockaddr_in short_ = in;
  CALL(connect, "to an address of IPv4 cut short", never, &short_, 8);
  short_.sin_family = AF_UNIX;
  CALL(connect, "to an address of another family", never, &short_, sizeof short_);
  CALL(connect, "of a listener of TCP", server, &in, sizeof in);
  hasty = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CALL(connect, "of TCP without waiting", hasty, &in, sizeof in);
  struct pollfd ready = {hasty, POLLOUT};
  poll(&ready, 1, -1);
  CALL(connect, "when it has come to be", hasty, &in, sizeof in);
  CALL(connect, "when it is", hasty, &in, sizeof in);
  CALL(connect, "of UDP to where nobody is", udp, &free, sizeof free);
  EFFECT(connect, "of UDP gives an address", port(udp) > 1023);
  CALL(connect, "of UDP to another one", udp, &in, sizeof in);
  CALL(connect, "of UDP to no family", udp, &unspecified, sizeof unspecified);
  struct sockaddr_storage peer;
  socklen_t n = sizeof peer;
  CALL(getpeername, "of UDP that is no longer connected", udp, &peer, &n);
  close(hasty);
  close(server);
  close(tcp);
  close(udp);
  close(never);
  CALL(connect, "of a closed descriptor", never, &in, sizeof in);
  CALL(connect, "of a file", 0, &in, sizeof in);
}

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
  binding();
  listening();
  connecting();
  accepting();
  naming();
  remove_own_directory(directory);
  return 0;
}
