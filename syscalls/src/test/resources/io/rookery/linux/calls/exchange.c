/* Data through sockets: sendto and recvfrom. */
#include "calls.h"
#include "addresses.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>

static char b[100];

/* A socket of UDP with a name. */
static int bound(void) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in a = loopback(0);
  if (bind(fd, (void *)&a, sizeof a)) exit(3);
  return fd;
}

/* Two that are connected by TCP. */
static void connected(int p[2]) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  listen(listener, 1);
  struct sockaddr_in a = loopback(port(listener));
  p[0] = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(p[0], (void *)&a, sizeof a)) exit(4);
  p[1] = accept(listener, 0, 0);
  close(listener);
}

static void closed(int p[2]) {
  close(p[0]);
  close(p[1]);
}

static struct sockaddr_un named(const char *name, int fd) {
  struct sockaddr_un a = {AF_UNIX};
  strcpy(a.sun_path, name);
  if (fd >= 0 && bind(fd, (void *)&a, sizeof a)) exit(5);
  return a;
}

static volatile int signals;

static void signalled(int s) { signals++; }

static void sending_streams(void) {
  int p[2];
  struct sockaddr_un a = named("nobody", -1);
  signal(SIGPIPE, signalled);
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  CALL(sendto, "through a stream", p[0], "hello", 5L, 0, 0L, 0);
  CALL(sendto, "of nothing through a stream", p[0], "", 0L, 0, 0L, 0);
  CALL(sendto, "from no address", p[0], 8L, 5L, 0, 0L, 0);
  CALL(sendto, "to an address through a stream", p[0], "x", 1L, 0, &a, sizeof a);
  CALL(sendto, "to an address that is nowhere", p[0], "x", 1L, 0, 8L, sizeof a);
  CALL(sendto, "to an address of a negative length", p[0], "x", 1L, 0, &a, -1);
  fcntl(p[0], F_SETFL, O_NONBLOCK);
  while (send(p[0], b, sizeof b, 0) > 0);
  CALL(sendto, "without room", p[0], "x", 1L, 0, 0L, 0);
  fcntl(p[0], F_SETFL, 0);
  CALL(sendto, "without room, with MSG_DONTWAIT", p[0], "x", 1L, MSG_DONTWAIT, 0L, 0);
  struct timeval soon = {0, 10000};
  setsockopt(p[0], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon);
  CALL(sendto, "without room until SO_SNDTIMEO", p[0], "x", 1L, 0, 0L, 0);
  close(p[1]);
  CALL(sendto, "to one who is gone, with MSG_NOSIGNAL", p[0], "x", 1L, MSG_NOSIGNAL, 0L, 0);
  EFFECT(sendto, "with MSG_NOSIGNAL: no signal", signals);
  CALL(sendto, "to one who is gone", p[0], "x", 1L, 0, 0L, 0);
  EFFECT(sendto, "to one who is gone: a signal", signals);
  close(p[0]);
  p[0] = socket(AF_UNIX, SOCK_STREAM, 0);
  CALL(sendto, "without a peer", p[0], "x", 1L, 0, 0L, 0);
  CALL(sendto, "to an address without a peer", p[0], "x", 1L, 0, &a, sizeof a);
  close(p[0]);
  CALL(sendto, "of a closed descriptor", p[0], "x", 1L, 0, 0L, 0);
  CALL(sendto, "of a file", 0, "x", 1L, 0, 0L, 0);
  connected(p);
  CALL(sendto, "through TCP", p[0], "tcp", 3L, 0, 0L, 0);
  CALL(sendto, "through TCP more is to come", p[0], "more", 4L, MSG_MORE, 0L, 0);
  CALL(sendto, "through TCP at once", p[0], "!", 1L, MSG_OOB, 0L, 0);
  closed(p);
  p[0] = socket(AF_INET, SOCK_STREAM, 0);
  CALL(sendto, "through TCP without a peer", p[0], "x", 1L, MSG_NOSIGNAL, 0L, 0);
  close(p[0]);
}

static void sending_datagrams(void) {
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0), other = socket(AF_UNIX, SOCK_DGRAM, 0);
  struct sockaddr_un a = named("datagrams", fd), none = named("nobody", -1);
  CALL(sendto, "to a path", other, "hello", 5L, 0, &a, sizeof a);
  CALL(sendto, "to a path that nobody has", other, "hello", 5L, 0, &none, sizeof none);
  CALL(sendto, "of datagrams to no address", other, "hello", 5L, 0, 0L, 0);
  CALL(sendto, "of nothing to a path", other, "", 0L, 0, &a, sizeof a);
  CALL(sendto, "of datagrams at once", other, "x", 1L, MSG_OOB, &a, sizeof a);
  close(fd);
  CALL(sendto, "to a path that is left behind", other, "x", 1L, 0, &a, sizeof a);
  close(other);

  fd = bound();
  other = bound();
  struct sockaddr_in to = loopback(port(fd)), zero = loopback(0), wide = to;
  static char large[65536];
  CALL(sendto, "through UDP", other, "hello", 5L, 0, &to, sizeof to);
  CALL(sendto, "of nothing through UDP", other, "", 0L, 0, &to, sizeof to);
  CALL(sendto, "of the largest through UDP", other, large, 65507L, 0, &to, sizeof to);
  CALL(sendto, "of more through UDP", other, large, 65508L, 0, &to, sizeof to);
  CALL(sendto, "to the port zero", other, "x", 1L, 0, &zero, sizeof zero);
  CALL(sendto, "to an address of IPv4 cut short", other, "x", 1L, 0, &to, 8);
  wide.sin_family = AF_INET6;
  CALL(sendto, "to an address of another family", other, "x", 1L, 0, &wide, sizeof wide);
  wide = to;
  wide.sin_addr.s_addr = INADDR_BROADCAST;
  CALL(sendto, "to all without SO_BROADCAST", other, "x", 1L, 0, &wide, sizeof wide);
  CALL(sendto, "through UDP without a peer", other, "x", 1L, 0, 0L, 0);
  connect(other, (void *)&to, sizeof to);
  CALL(sendto, "through UDP with a peer", other, "x", 1L, 0, 0L, 0);
  close(fd);
  CALL(sendto, "to a peer who is gone", other, "x", 1L, 0, 0L, 0);
  poll(&(struct pollfd){other}, 1, -1);
  CALL(sendto, "after an answer that nobody is there", other, "x", 1L, 0, 0L, 0);
  shutdown(other, SHUT_WR);
  CALL(sendto, "through UDP when shut down", other, "x", 1L, MSG_NOSIGNAL, 0L, 0);
  close(other);
}

static void receiving_streams(void) {
  int p[2];
  struct sockaddr_un from;
  socklen_t n = sizeof from;
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  write(p[0], "hello world", 11);
  CALL(recvfrom, "without taking", p[1], b, 5L, MSG_PEEK, 0L, 0L);
  CALL(recvfrom, "of a part", p[1], b, 5L, 0, 0L, 0L);
  CALL(recvfrom, "of the rest", p[1], b, 100L, 0, &from, &n);
  EFFECT(recvfrom, "of a stream: no address", n);
  CALL(recvfrom, "of nothing with MSG_DONTWAIT", p[1], b, 5L, MSG_DONTWAIT, 0L, 0L);
  fcntl(p[1], F_SETFL, O_NONBLOCK);
  CALL(recvfrom, "of nothing with O_NONBLOCK", p[1], b, 5L, 0, 0L, 0L);
  fcntl(p[1], F_SETFL, 0);
  struct timeval soon = {0, 10000}, never = {0, 0};
  setsockopt(p[1], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
  CALL(recvfrom, "of nothing until SO_RCVTIMEO", p[1], b, 5L, 0, 0L, 0L);
  setsockopt(p[1], SOL_SOCKET, SO_RCVTIMEO, &never, sizeof never);
  interruptions(1);
  CALL(recvfrom, "interrupted", p[1], b, 5L, 0, 0L, 0L);
  interruptions(0);
  pid_t child = fork();
  if (child == 0) {
    write(p[0], "abc", 3);
    usleep(1000);
    write(p[0], "def", 3);
    _exit(0);
  }
  CALL(recvfrom, "of all with MSG_WAITALL", p[1], b, 6L, MSG_WAITALL, 0L, 0L);
  waitpid(child, 0, 0);
  write(p[0], "lost", 4);
  CALL(recvfrom, "to no address", p[1], 8L, 4L, 0, 0L, 0L);
  recv(p[1], b, 100, MSG_DONTWAIT);
  write(p[0], "x", 1);
  CALL(recvfrom, "without room", p[1], b, 0L, MSG_DONTWAIT, 0L, 0L);
  CALL(recvfrom, "of bytes at once that are not there", p[1], b, 1L, MSG_OOB, 0L, 0L);
  close(p[0]);
  recv(p[1], b, 100, 0);
  CALL(recvfrom, "at the end", p[1], b, 100L, 0, 0L, 0L);
  close(p[1]);
  CALL(recvfrom, "of a closed descriptor", p[1], b, 1L, 0, 0L, 0L);
  CALL(recvfrom, "of a file", 0, b, 1L, 0, 0L, 0L);
  p[0] = socket(AF_UNIX, SOCK_STREAM, 0);
  CALL(recvfrom, "of a stream without a peer", p[0], b, 1L, 0, 0L, 0L);
  close(p[0]);
  p[0] = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  CALL(recvfrom, "of packets without a peer", p[0], b, 1L, 0, 0L, 0L);
  close(p[0]);
  connected(p);
  write(p[0], "0123456789", 10);
  CALL(recvfrom, "through TCP, thrown away", p[1], b, 4L, MSG_TRUNC | MSG_WAITALL, 0L, 0L);
  CALL(recvfrom, "through TCP", p[1], b, 6L, MSG_WAITALL, 0L, 0L);
  CALL(recvfrom, "through TCP at once, when there is none", p[1], b, 1L, MSG_OOB, 0L, 0L);
  close(p[0]);
  CALL(recvfrom, "through TCP at the end", p[1], b, 1L, 0, 0L, 0L);
  close(p[1]);
  p[0] = socket(AF_INET, SOCK_STREAM, 0);
  CALL(recvfrom, "through TCP without a peer", p[0], b, 1L, 0, 0L, 0L);
  close(p[0]);
}

static void receiving_datagrams(void) {
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0), other = socket(AF_UNIX, SOCK_DGRAM, 0);
  struct sockaddr_un a = named("receiver", fd), from = {0};
  socklen_t n = sizeof from, four = 4, negative = -1;
  named("sender", other);
  for (int i = 0; i < 7; i++) sendto(other, "hello", 5, 0, (void *)&a, sizeof a);
  CALL(recvfrom, "of a datagram", fd, b, 100L, 0, &from, &n);
  EFFECT(recvfrom, "of a datagram: who sent it", strcmp(from.sun_path, "sender"));
  EFFECT(recvfrom, "of a datagram: length of the address", n);
  CALL(recvfrom, "of a datagram cut short", fd, b, 2L, 0, 0L, 0L);
  CALL(recvfrom, "of a datagram cut short with MSG_TRUNC", fd, b, 2L, MSG_TRUNC, 0L, 0L);
  CALL(recvfrom, "with room for a part of the address", fd, b, 100L, 0, &from, &four);
  EFFECT(recvfrom, "with room for a part: length", four);
  CALL(recvfrom, "with room of a negative length", fd, b, 100L, 0, &from, &negative);
  CALL(recvfrom, "of an address without its length", fd, b, 100L, MSG_DONTWAIT, &from, 0L);
  CALL(recvfrom, "of a datagram without room", fd, b, 0L, 0, 0L, 0L);
  CALL(recvfrom, "of no datagram", fd, b, 100L, MSG_DONTWAIT, 0L, 0L);
  close(fd);
  close(other);

  fd = bound();
  other = bound();
  struct sockaddr_in to = loopback(port(fd)), in = {0};
  sendto(other, "hello", 5, 0, (void *)&to, sizeof to);
  n = sizeof in;
  CALL(recvfrom, "through UDP", fd, b, 100L, 0, &in, &n);
  EFFECT(recvfrom, "through UDP: who sent it", ntohs(in.sin_port) == port(other));
  EFFECT(recvfrom, "through UDP: length of the address", n);
  sendto(other, "", 0, 0, (void *)&to, sizeof to);
  CALL(recvfrom, "through UDP of nothing", fd, b, 100L, 0, 0L, 0L);
  sendto(other, "cut short", 9, 0, (void *)&to, sizeof to);
  CALL(recvfrom, "through UDP without taking", fd, b, 3L, MSG_PEEK | MSG_TRUNC, 0L, 0L);
  CALL(recvfrom, "through UDP cut short", fd, b, 3L, 0, 0L, 0L);
  CALL(recvfrom, "through UDP of no datagram", fd, b, 3L, MSG_DONTWAIT, 0L, 0L);
  CALL(recvfrom, "of no error that came back", fd, b, 3L, MSG_ERRQUEUE, 0L, 0L);
  connect(other, (void *)&to, sizeof to);
  close(fd);
  send(other, "x", 1, 0);
  CALL(recvfrom, "after an answer that nobody is there", other, b, 3L, 0, 0L, 0L);
  shutdown(other, SHUT_RD);
  CALL(recvfrom, "through UDP when shut down", other, b, 3L, 0, 0L, 0L);
  close(other);
}

int main(void) {
  begin();
  const char *directory = own_directory();
  sending_streams();
  sending_datagrams();
  receiving_streams();
  receiving_datagrams();
  remove_own_directory(directory);
  return 0;
}
