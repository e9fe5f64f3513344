<<<<<<< HEAD
/* Calls that move contents from descriptor to descriptor. */
#include "calls.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>

static char b[100000];
static int in, out, appender, reader, dir, path, ends[2], others[2], empty[2], broken;

static int has(int fd, const char *text) {
  char contents[100];
  return pread(fd, contents, 100, 0) == strlen(text) && !memcmp(contents, text, strlen(text));
}

static void start_again(void) {
  ftruncate(out, 0);
  lseek(out, 0, SEEK_SET);
  lseek(in, 0, SEEK_SET);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  while (read(ends[0], b, sizeof b) > 0) continue;
  fcntl(ends[0], F_SETFL, 0);
}

static void sendfiles(void) {
  start_again();
  long offset = 4;
  CALL(sendfile, "of four bytes", out, in, 0L, 4);
  EFFECT(sendfile, "advances the input's position", lseek(in, 0, SEEK_CUR));
  EFFECT(sendfile, "advances the output's position", lseek(out, 0, SEEK_CUR));
  CALL(sendfile, "from an offset to the end", out, in, &offset, 100);
  EFFECT(sendfile, "advances the offset", offset);
  EFFECT(sendfile, "from an offset leaves the position", lseek(in, 0, SEEK_CUR));
  EFFECT(sendfile, "copies", has(out, "0123456789"));
  CALL(sendfile, "at the end", out, in, &offset, 100);
  CALL(sendfile, "of nothing", out, in, 0L, 0);
  CALL(sendfile, "to a pipe", ends[1], in, 0L, 3);
  EFFECT(sendfile, "to a pipe leaves it there", read(ends[0], b, 10));
  CALL(sendfile, "to a pipe without readers", broken, in, 0L, 3);
  offset = -1;
  CALL(sendfile, "from a negative offset", out, in, &offset, 1);
  CALL(sendfile, "from an offset at an address that is none", out, in, (void *)8, 1);
  CALL(sendfile, "to a file open for appending", appender, in, 0L, 1);
  CALL(sendfile, "to a file open for reading", reader, in, 0L, 1);
  CALL(sendfile, "from a file open for writing", out, appender, 0L, 1);
  CALL(sendfile, "from no descriptor", out, -1, 0L, 1);
  CALL(sendfile, "to no descriptor", -1, in, 0L, 1);
  CALL(sendfile, "to an O_PATH descriptor", path, in, 0L, 1);
  offset = 0;
  CALL(sendfile, "from a pipe with an offset", out, ends[0], &offset, 1);
  CALL(sendfile, "from a socket", out, socket(AF_UNIX, SOCK_STREAM, 0), 0L, 1);
  CALL(sendfile, "from a directory", out, dir, 0L, 1);
#ifdef __i386__
  int64_t wide = 8;
  CALL(sendfile64, "from an offset", out, in, &wide, 100);
  EFFECT(sendfile64, "advances the offset", wide);
  CALL(sendfile64, "from an offset that is far", out, in, (wide = 1LL << 40, &wide), 1);
  CALL(sendfile64, "from a negative offset", out, in, (wide = -1, &wide), 1);
  CALL(sendfile64, "from an offset at an address that is none", out, in, (void *)8, 1);
  CALL(sendfile64, "without an offset", out, (lseek(in, 7, SEEK_SET), in), 0L, 100);
  CALL(sendfile64, "to no descriptor", -1, in, 0L, 1);
#endif
}

static void copy_file_ranges(void) {
  start_again();
  int64_t from = 2, to = 5;
  CALL(copy_file_range, "at the positions", in, 0L, out, 0L, 4, 0);
  EFFECT(copy_file_range, "advances the input's position", lseek(in, 0, SEEK_CUR));
  EFFECT(copy_file_range, "advances the output's position", lseek(out, 0, SEEK_CUR));
  CALL(copy_file_range, "at offsets", in, &from, out, &to, 3, 0);
  EFFECT(copy_file_range, "advances the offsets", from * 10 + to);
  EFFECT(copy_file_range, "copies", pread(out, b, 100, 0) == 8 && !memcmp(b, "0123\0""234", 8));
  CALL(copy_file_range, "to the end", in, &from, out, &to, 100, 0);
  CALL(copy_file_range, "at the end", (from = 10, in), &from, out, &to, 100, 0);
  CALL(copy_file_range, "of nothing", in, 0L, out, 0L, 0, 0);
  CALL(copy_file_range, "of nothing to no descriptor", in, 0L, -1, 0L, 0, 0);
  CALL(copy_file_range, "within a file", (from = 0, to = 5, out), &from, out, &to, 3, 0);
  CALL(copy_file_range, "within a file, overlapping", (from = 0, to = 2, out), &from, out, &to, 3,
       0);
  CALL(copy_file_range, "with an unknown flag", in, 0L, out, 0L, 1, 2);
  CALL(copy_file_range, "from a negative offset", (from = -1, in), &from, out, 0L, 1, 0);
  CALL(copy_file_range, "with an offset at an address that is none", in, (void *)8, out, 0L, 1, 0);
  CALL(copy_file_range, "to a file open for appending", in, 0L, appender, 0L, 1, 0);
  CALL(copy_file_range, "to a file open for reading", in, 0L, reader, 0L, 1, 0);
  CALL(copy_file_range, "from a file open for writing", appender, 0L, out, 0L, 1, 0);
  CALL(copy_file_range, "from a directory", dir, 0L, out, 0L, 1, 0);
  CALL(copy_file_range, "from a pipe", ends[0], 0L, out, 0L, 1, 0);
  CALL(copy_file_range, "from an O_PATH descriptor", path, 0L, out, 0L, 1, 0);
  CALL(copy_file_range, "from no descriptor", -1, 0L, out, 0L, 1, 0);
}

static void splices(void) {
  start_again();
  int64_t offset = 5;
  CALL(splice, "from a file to a pipe", in, 0L, ends[1], 0L, 4, 0);
  EFFECT(splice, "advances the input's position", lseek(in, 0, SEEK_CUR));
  CALL(splice, "from an offset", in, &offset, ends[1], 0L, 100, 0);
  EFFECT(splice, "advances the offset", offset);
  CALL(splice, "from a pipe to a pipe", ends[0], 0L, others[1], 0L, 2, 0);
  CALL(splice, "from a pipe to a file", ends[0], 0L, out, 0L, 100, 0);
  EFFECT(splice, "stores what was left in the pipe", has(out, "2356789"));
  CALL(splice, "from a pipe to an offset", (offset = 3, others[0]), 0L, out, &offset, 100, 0);
  EFFECT(splice, "stores at the offset", has(out, "2350189"));
  CALL(splice, "from an empty pipe without waiting", ends[0], 0L, out, 0L, 1, SPLICE_F_NONBLOCK);
  CALL(splice, "from an empty pipe without writers", empty[0], 0L, out, 0L, 1, 0);
  CALL(splice, "to a pipe without readers", in, 0L, broken, 0L, 1, 0);
  CALL(splice, "at the end", (lseek(in, 0, SEEK_END), in), 0L, ends[1], 0L, 1, 0);
  CALL(splice, "of nothing", in, 0L, ends[1], 0L, 0, 0);
  CALL(splice, "without a pipe", in, 0L, out, 0L, 1, 0);
  CALL(splice, "of a pipe to itself", ends[0], 0L, ends[1], 0L, 1, 0);
  CALL(splice, "with an offset in a pipe", ends[0], &offset, out, 0L, 1, 0);
  CALL(splice, "from a negative offset", in, (offset = -1, &offset), ends[1], 0L, 1, 0);
  CALL(splice, "from an offset at an address that is none", in, (void *)8, ends[1], 0L, 1, 0);
  CALL(splice, "with an unknown flag", in, 0L, ends[1], 0L, 1, 16);
  CALL(splice, "to a file open for appending", (write(others[1], "x", 1), others[0]), 0L, appender,
       0L, 1, 0);
  CALL(splice, "to a pipe's end for reading", in, 0L, ends[0], 0L, 1, 0);
  CALL(splice, "from a file open for writing", appender, 0L, ends[1], 0L, 1, 0);
  CALL(splice, "from no descriptor", -1, 0L, ends[1], 0L, 1, 0);
  CALL(splice, "from an O_PATH descriptor", path, 0L, ends[1], 0L, 1, 0);
  interruptions(1);
  CALL(splice, "from an empty pipe, interrupted by a signal", ends[0], 0L, out, 0L, 1, 0);
  interruptions(0);
  read(others[0], b, 10);
}

static void tees(void) {
  start_again();
  write(ends[1], "abcdef", 6);
  CALL(tee, "of what a pipe holds", ends[0], others[1], 100, 0);
  EFFECT(tee, "leaves it in the first pipe", read(ends[0], b, 100));
  EFFECT(tee, "copies it to the second", read(others[0], b, 100) == 6 && !memcmp(b, "abcdef", 6));
  write(ends[1], "abcdef", 6);
  CALL(tee, "of a part", ends[0], others[1], 2, 0);
  EFFECT(tee, "of a part copies just that", read(others[0], b, 100));
  CALL(tee, "of nothing", ends[0], others[1], 0, 0);
  CALL(tee, "to itself", ends[0], ends[1], 1, 0);
  CALL(tee, "to a file", ends[0], out, 1, 0);
  CALL(tee, "from a file", in, ends[1], 1, 0);
  CALL(tee, "with an unknown flag", ends[0], others[1], 1, 16);
  CALL(tee, "from a pipe's end for writing", ends[1], others[1], 1, 0);
  CALL(tee, "to a pipe's end for reading", ends[0], others[0], 1, 0);
  CALL(tee, "from no descriptor", -1, others[1], 1, 0);
  CALL(tee, "to a pipe without readers", ends[0], broken, 1, 0);
  CALL(tee, "from an empty pipe without writers", empty[0], others[1], 1, 0);
  read(ends[0], b, 100);
  CALL(tee, "from an empty pipe without waiting", ends[0], others[1], 1, SPLICE_F_NONBLOCK);
  interruptions(1);
  CALL(tee, "from an empty pipe, interrupted by a signal", ends[0], others[1], 1, 0);
  interruptions(0);
}

static struct iovec parts[1025] = {{"abcd", 4}, {(void *)8, 0}, {"efg", 3}};

static void vmsplices(void) {
  start_again();
  CALL(vmsplice, "of three parts to a pipe", ends[1], parts, 3, 0);
  EFFECT(vmsplice, "leaves them there", read(ends[0], b, 100) == 7 && !memcmp(b, "abcdefg", 7));
  write(ends[1], "xyz", 3);
  struct iovec to[] = {{b, 2}, {b + 10, 50}};
  CALL(vmsplice, "from a pipe", ends[0], to, 2, 0);
  EFFECT(vmsplice, "from a pipe fills the parts", !memcmp(b, "xy", 2) && b[10] == 'z');
  CALL(vmsplice, "from an empty pipe without waiting", ends[0], to, 2, SPLICE_F_NONBLOCK);
  CALL(vmsplice, "of no part", ends[1], parts, 0, 0);
  CALL(vmsplice, "of too many parts", ends[1], parts, 1025, 0);
  CALL(vmsplice, "with parts at an address that is none", ends[1], (void *)8, 1, 0);
  CALL(vmsplice, "of a part that is none", ends[1], &(struct iovec){(void *)8, 1}, 1, 0);
  CALL(vmsplice, "with an unknown flag", ends[1], parts, 3, 16);
  CALL(vmsplice, "to a file", out, parts, 3, 0);
  CALL(vmsplice, "to no descriptor", -1, parts, 3, 0);
  CALL(vmsplice, "to an O_PATH descriptor", path, parts, 3, 0);
  CALL(vmsplice, "to a pipe without readers", broken, parts, 3, 0);
=======
/* Data through sockets: sendto and recvfrom. */
#include "calls.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static char b[100];

static struct sockaddr_in loopback(int port) {
  return (struct sockaddr_in){AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}};
}

static int port(int fd) {
  struct sockaddr_in a = {0};
  socklen_t n = sizeof a;
  getsockname(fd, (void *)&a, &n);
  return ntohs(a.sin_port);
}

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

static void interrupted(int s) {}

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
  struct sigaction s = {.sa_handler = interrupted};
  sigaction(SIGALRM, &s, 0);
  ualarm(50000, 50000);
  CALL(recvfrom, "interrupted", p[1], b, 5L, 0, 0L, 0L);
  ualarm(0, 0);
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
>>>>>>> calls-sockets
}

int main(void) {
  begin();
  const char *directory = own_directory();
<<<<<<< HEAD
  signal(SIGPIPE, SIG_IGN);
  in = open("in", O_RDWR | O_CREAT, 0644);
  write(in, "0123456789", 10);
  out = open("out", O_RDWR | O_CREAT, 0644);
  appender = open("out", O_WRONLY | O_APPEND);
  reader = open("out", O_RDONLY);
  path = open("out", O_PATH);
  dir = open(".", O_RDONLY);
  pipe(ends);
  pipe(others);
  pipe(empty);
  close(empty[1]);
  int unread[2];
  pipe(unread);
  close(unread[0]);
  broken = unread[1];
  sendfiles();
  copy_file_ranges();
  splices();
  tees();
  vmsplices();
=======
  sending_streams();
  sending_datagrams();
  receiving_streams();
  receiving_datagrams();
>>>>>>> calls-sockets
  remove_own_directory(directory);
  return 0;
}
