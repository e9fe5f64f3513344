/* Sockets: making them, pairs of them, and shutting them down. */
#include "calls.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* The option of a new socket, which is closed again. */
static int option_of(int family, int type, int protocol, int option) {
  int value = -1, fd = syscall(SYS_socket, family, type, protocol);
  socklen_t n = sizeof value;
  getsockopt(fd, SOL_SOCKET, option, &value, &n);
  close(fd);
  return value;
}

static void making(void) {
  CALL_OK(socket, "of the UNIX domain", AF_UNIX, SOCK_STREAM, 0);
  CALL_OK(socket, "of the UNIX domain by its number", AF_UNIX, SOCK_SEQPACKET, 1);
  CALL(socket, "of the UNIX domain, another protocol", AF_UNIX, SOCK_STREAM, 2);
  CALL(socket, "of the UNIX domain, another type", AF_UNIX, SOCK_RDM, 0);
  EFFECT(socket, "raw of the UNIX domain is of datagrams",
         option_of(AF_UNIX, SOCK_RAW, 0, SO_TYPE));
  CALL_OK(socket, "of TCP", AF_INET, SOCK_STREAM, IPPROTO_TCP);
  CALL_OK(socket, "of UDP over IPv6", AF_INET6, SOCK_DGRAM, 0);
  CALL(socket, "of TCP with datagrams", AF_INET, SOCK_DGRAM, IPPROTO_TCP);
  CALL(socket, "of sequenced packets over IPv4", AF_INET, SOCK_SEQPACKET, 0);
  CALL(socket, "raw of no protocol", AF_INET, SOCK_RAW, 0);
  CALL(socket, "of a negative protocol", AF_INET, SOCK_STREAM, -1);
  CALL(socket, "of a protocol number too high", AF_INET, SOCK_RAW, 1000);
  CALL(socket, "of no family", AF_UNSPEC, SOCK_STREAM, 0);
  CALL(socket, "of a negative family", -1, SOCK_STREAM, 0);
  CALL(socket, "of a family too high", 1000, SOCK_STREAM, 0);
  CALL(socket, "of no type", AF_UNIX, 0, 0);
  CALL(socket, "of a type too high", AF_UNIX, 15, 0);
  CALL(socket, "of flags that are none", AF_UNIX, SOCK_STREAM | 0x100, 0);
  int fd = syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  EFFECT(socket, "closed by exec", fcntl(fd, F_GETFD));
  EFFECT(socket, "that does not wait", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  struct stat s;
  fstat(fd, &s);
  EFFECT(socket, "mode", s.st_mode);
  close(fd);
  EFFECT(socket, "domain", option_of(AF_INET6, SOCK_STREAM, 0, SO_DOMAIN));
  EFFECT(socket, "protocol", option_of(AF_INET, SOCK_DGRAM, 0, SO_PROTOCOL));
  IN_CHILD(become(1234); CALL(socket, "raw by a user", AF_INET, SOCK_RAW, IPPROTO_ICMP);
           CALL_OK(socket, "of TCP by a user", AF_INET, SOCK_STREAM, 0));
  IN_CHILD(struct rlimit r = {3, 3}; setrlimit(RLIMIT_NOFILE, &r);
           CALL(socket, "without a descriptor left", AF_UNIX, SOCK_STREAM, 0));
}

static void pairing(void) {
  int p[2] = {-7, -7};
  char b[8];
  CALL(socketpair, "of streams", AF_UNIX, SOCK_STREAM, 0, p);
  EFFECT(socketpair, "one after the other", p[1] - p[0]);
  EFFECT(socketpair, "one is connected to the other", (write(p[0], "abc", 3), read(p[1], b, 8)));
  EFFECT(socketpair, "and back", (write(p[1], "de", 2), read(p[0], b, 8)));
  close(p[0]);
  EFFECT(socketpair, "the end of the other", read(p[1], b, 8));
  close(p[1]);
  CALL(socketpair, "of datagrams", AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, p);
  EFFECT(socketpair, "flags of the first", fcntl(p[0], F_GETFD) * 10000 + fcntl(p[0], F_GETFL));
  EFFECT(socketpair, "flags of the second", fcntl(p[1], F_GETFD) * 10000 + fcntl(p[1], F_GETFL));
  EFFECT(socketpair, "nothing to read without waiting", read(p[0], b, 8));
  write(p[0], "one", 3);
  write(p[0], "three", 5);
  EFFECT(socketpair, "datagrams stay apart", read(p[1], b, 8));
  EFFECT(socketpair, "datagrams come in their order", read(p[1], b, 8));
  close(p[0]);
  close(p[1]);
  CALL(socketpair, "of sequenced packets", AF_UNIX, SOCK_SEQPACKET, 0, p);
  IN_CHILD(EFFECT(socketpair, "used by a child", write(p[1], "child", 5)));
  EFFECT(socketpair, "heard by the parent", read(p[0], b, 8));
  close(p[0]);
  close(p[1]);
  CALL(socketpair, "over IPv4", AF_INET, SOCK_STREAM, 0, p);
  CALL(socketpair, "of no family", 0, SOCK_STREAM, 0, p);
  CALL(socketpair, "of another protocol", AF_UNIX, SOCK_STREAM, 6, p);
  CALL(socketpair, "of a type too high", AF_UNIX, 14, 0, p);
  CALL(socketpair, "of flags that are none", AF_UNIX, SOCK_STREAM | 0x1000, 0, p);
  CALL(socketpair, "to no address", AF_UNIX, SOCK_STREAM, 0, 8L);
  int next = dup(0);
  close(next);
  EFFECT(socketpair, "to no address: no descriptor is left open", p[0] - next);
  IN_CHILD(struct rlimit r = {next + 1, next + 1}; setrlimit(RLIMIT_NOFILE, &r);
           CALL(socketpair, "with one descriptor left", AF_UNIX, SOCK_STREAM, 0, p);
           EFFECT(socketpair, "with one descriptor left: it is free", dup(0) == next));
}

static volatile int pipes;

static void broken(int s) { pipes++; }

static int events(int fd) {
  struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDHUP};
  poll(&p, 1, 0);
  return p.revents;
}

static void shutting(void) {
  int p[2];
  char b[8];
  signal(SIGPIPE, broken);
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  write(p[0], "left", 4);
  CALL(shutdown, "of writing", p[0], SHUT_WR);
  EFFECT(shutdown, "of writing: what is left is read", read(p[1], b, 8));
  EFFECT(shutdown, "of writing: then the end", read(p[1], b, 8));
  EFFECT(shutdown, "of writing: no more goes", write(p[0], "x", 1));
  EFFECT(shutdown, "of writing: a signal comes", pipes);
  EFFECT(shutdown, "of writing: the other way is open", (write(p[1], "y", 1), read(p[0], b, 8)));
  EFFECT(shutdown, "of writing: poll", events(p[1]));
  CALL(shutdown, "of writing again", p[0], SHUT_WR);
  CALL(shutdown, "of reading", p[0], SHUT_RD);
  EFFECT(shutdown, "of reading: the end is there", read(p[0], b, 8));
  EFFECT(shutdown, "of both ways: poll", events(p[0]));
  CALL(shutdown, "of what is none", p[1], 3);
  CALL(shutdown, "of a negative one", p[1], -1);
  close(p[0]);
  CALL(shutdown, "when the other is closed", p[1], SHUT_RDWR);
  close(p[1]);
  CALL(shutdown, "of a closed descriptor", p[1], SHUT_RDWR);
  CALL(shutdown, "of a file", 0, SHUT_RDWR);
  int stream = socket(AF_UNIX, SOCK_STREAM, 0), datagram = socket(AF_UNIX, SOCK_DGRAM, 0);
  CALL(shutdown, "of a stream without a peer", stream, SHUT_RDWR);
  CALL(shutdown, "of datagrams without a peer", datagram, SHUT_RD);
  EFFECT(shutdown, "of datagrams without a peer: read", read(datagram, b, 8));
  close(stream);
  close(datagram);
  int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
  CALL(shutdown, "of TCP without a peer", tcp, SHUT_WR);
  CALL(shutdown, "of UDP without a peer", udp, SHUT_WR);
  listen(tcp, 1);
  CALL(shutdown, "of a listener", tcp, SHUT_RD);
  EFFECT(shutdown, "of a listener: no longer listens", accept(tcp, 0, 0));
  close(tcp);
  close(udp);
}

int main(void) {
  begin();
  making();
  pairing();
  shutting();
  return 0;
}
