/* Reading into memory that is none: streams keep what was not read, messages are lost. */
#include "calls.h"
#include "addresses.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

static char b[100], *half; /* two bytes that can be written, and then none */
static int p[2];

static void close_both(void) {
  close(p[0]);
  close(p[1]);
}

static int ready(void) { return poll(&(struct pollfd){p[0], POLLIN}, 1, 1000); }

/* Fills p with two that are connected by TCP. */
static void connected(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  listen(listener, 1);
  struct sockaddr_in a = loopback(port(listener));
  p[1] = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(p[1], (void *)&a, sizeof a)) exit(4);
  p[0] = accept(listener, 0, 0);
  close(listener);
}

static long received(int fd, void *at, long size, int flags) {
  struct iovec part = {at, size};
  return recvmsg(fd, &(struct msghdr){.msg_iov = &part, .msg_iovlen = 1}, flags);
}

/* Whether all is read as it was written. */
static int whole(const char *all) {
  int n = strlen(all);
  return read(p[0], b, sizeof b) == n && !memcmp(b, all, n);
}

static void pipes(void) {
  struct iovec parts[] = {{b, 2}, {(void *)8, 10}};
  pipe(p);
  write(p[1], "abc", 3);
  CALL(read, "of a pipe to an address that is none", p[0], (void *)8, 3L);
  CALL(read, "of a pipe to less memory than it takes", p[0], half, 3L);
  CALL(readv, "of a pipe to an address that is none behind another", p[0], parts, 2);
  EFFECT(read, "of a pipe to an address that is none takes nothing", whole("abc"));
  write(p[1], "abc", 3);
  CALL(read, "of a pipe to less memory than is asked for", p[0], half, 2L);
  write(p[1], "def", 3);
  CALL(read, "of a pipe's later bytes to an address that is none", p[0], (void *)8, 1L);
  EFFECT(read, "of a pipe keeps their order", whole("cdef"));
  close_both();
}

static void unix_streams(void) {
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  write(p[1], "abc", 3);
  CALL(read, "of a stream to an address that is none", p[0], (void *)8, 3L);
  CALL(recvfrom, "of a stream to an address that is none", p[0], (void *)8, 3L, 0, 0L, 0L);
  EFFECT(recvmsg, "of a stream to an address that is none", received(p[0], (void *)8, 3, 0));
  EFFECT(recvmsg, "of a stream to less memory than it takes", received(p[0], half, 3, 0));
  EFFECT(recvmsg, "without taking, of a stream to an address that is none",
         received(p[0], (void *)8, 3, MSG_PEEK));
  int left;
  EFFECT(ioctl, "FIONREAD after reads to no memory", (ioctl(p[0], FIONREAD, &left), left));
  EFFECT(poll, "after reads to no memory", ready());
  EFFECT(read, "of a stream to an address that is none takes nothing", whole("abc"));
  EFFECT(read, "of a stream to an address that is none takes nothing twice",
         read(p[0], b, 0) + recv(p[0], b, 1, MSG_DONTWAIT));
  close_both();
}

static void tcp(void) {
  connected();
  write(p[1], "abc", 3);
  CALL(read, "of TCP to an address that is none", p[0], (void *)8, 3L);
  CALL(recvfrom, "of TCP to an address that is none", p[0], (void *)8, 3L, 0, 0L, 0L);
  EFFECT(recvmsg, "of TCP to an address that is none", received(p[0], (void *)8, 3, 0));
  EFFECT(recvmsg, "of TCP to less memory than it takes", received(p[0], half, 3, 0));
  int left;
  EFFECT(ioctl, "FIONREAD of TCP after reads to no memory", (ioctl(p[0], FIONREAD, &left), left));
  EFFECT(poll, "of TCP after reads to no memory", ready());
  EFFECT(read, "of TCP to an address that is none takes nothing", whole("abc"));
  write(p[1], "def", 3);
  shutdown(p[1], SHUT_WR);
  CALL(read, "of TCP's last bytes to an address that is none", p[0], (void *)8, 3L);
  EFFECT(read, "of TCP's last bytes to an address that is none takes nothing", whole("def"));
  CALL(read, "of TCP's end", p[0], b, 3L);
  close_both();
}

static void messages(void) {
  socketpair(AF_UNIX, SOCK_DGRAM, 0, p);
  write(p[1], "abc", 3);
  write(p[1], "de", 2);
  CALL(recvfrom, "of a message to an address that is none", p[0], (void *)8, 3L, 0, 0L, 0L);
  CALL(recvfrom, "of a message to an address that is none takes it", p[0], b, 3L, MSG_DONTWAIT, 0L,
       0L);
  close_both();
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p);
  write(p[1], "abc", 3);
  write(p[1], "de", 2);
  CALL(recvfrom, "of a packet to an address that is none", p[0], (void *)8, 3L, 0, 0L, 0L);
  CALL(recvfrom, "of a packet to an address that is none takes it", p[0], b, 3L, MSG_DONTWAIT, 0L,
       0L);
  close_both();
}

/* A descriptor that is sent along with what cannot be stored. */
static void descriptors(void) {
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec part = {"abc", 3};
  struct msghdr m = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  *c = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
  int ends[2];
  pipe(ends);
  *(int *)CMSG_DATA(c) = ends[1];
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p);
  sendmsg(p[1], &m, 0);
  close(ends[1]);
  part.iov_base = (void *)8;
  CALL(recvmsg, "of a descriptor with data to an address that is none", p[0], &m, 0);
  EFFECT(recvmsg, "that fails closes the descriptor sent",
         (poll(&(struct pollfd){ends[0], POLLIN}, 1, 0), read(ends[0], b, 1)));
  close(ends[0]);
  close_both();
}

int main(void) {
  begin();
  alarm(20);
  half = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(half + 4096, 4096);
  half += 4094;
  pipes();
  unix_streams();
  tcp();
  messages();
  descriptors();
  return 0;
}
