/* Making pipes, and what they do. */
#include "calls.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

static char b[100000];
static int ends[2];

static int close_both(void) { return close(ends[0]) | close(ends[1]); }

static int flags(int end) { return fcntl(ends[end], F_GETFL) & ~0100000; }

static int events(int end) {
  struct pollfd p = {ends[end], POLLIN | POLLOUT};
  poll(&p, 1, 0);
  return p.revents;
}

static void pipes(void) {
  CALL(pipe, "of two descriptors", ends);
  EFFECT(pipe, "gives neighbours, the end for reading first", ends[1] - ends[0]);
  EFFECT(pipe, "gives an end for reading", flags(0));
  EFFECT(pipe, "gives an end for writing", flags(1));
  EFFECT(pipe, "gives ends that stay open on exec", fcntl(ends[0], F_GETFD));
  EFFECT(pipe, "holds sixteen pages", fcntl(ends[0], F_GETPIPE_SZ));
  EFFECT(pipe, "is empty at first", events(0) << 8 | events(1));
  EFFECT(pipe, "carries what is written", (write(ends[1], "abc", 3), read(ends[0], b, 10)));
  write(ends[1], "abc", 3);
  write(ends[1], "def", 3);
  EFFECT(pipe, "joins what was written apart",
         read(ends[0], b, 10) == 6 && !memcmp(b, "abcdef", 6));
  IN_CHILD(write(ends[1], "child", 5));
  EFFECT(pipe, "carries what a child writes", read(ends[0], b, 10));
  close(ends[1]);
  EFFECT(pipe, "without writers is at its end", events(0));
  close(ends[0]);
  pipe(ends);
  close(ends[0]);
  EFFECT(pipe, "without readers is broken", events(1));
  close(ends[1]);
  CALL(pipe, "to an address that is none", (void *)8);
  EFFECT(pipe, "to an address that is none opens nothing", (pipe(ends), close_both()));
  IN_CHILD(setrlimit(RLIMIT_NOFILE, &(struct rlimit){4, 4});
           while (dup(1) >= 0) continue;
           close(3);
           CALL(pipe, "with one descriptor left", ends);
           EFFECT(pipe, "with one descriptor left takes none", dup(1)));
}

static void pipe2s(void) {
  CALL(pipe2, "without flags", ends, 0);
  EFFECT(pipe2, "without flags gives ends that stay open on exec", fcntl(ends[1], F_GETFD));
  close_both();
  CALL(pipe2, "with more than an int of flags", ends, DIRTY(0));
  close_both();
  CALL(pipe2, "of ends that close on exec", ends, O_CLOEXEC);
  EFFECT(pipe2, "gives ends that close on exec", fcntl(ends[0], F_GETFD) + fcntl(ends[1], F_GETFD));
  close_both();
  CALL(pipe2, "of ends that do not wait", ends, O_NONBLOCK);
  EFFECT(pipe2, "gives ends that do not wait", flags(0) + flags(1) == 2 * O_NONBLOCK + O_WRONLY);
  EFFECT(pipe2, "of ends that do not wait reads nothing", read(ends[0], b, 1));
  EFFECT(pipe2, "of ends that do not wait takes what fits", write(ends[1], b, sizeof b));
  close_both();
  CALL(pipe2, "of packets", ends, O_DIRECT);
  write(ends[1], "abc", 3);
  write(ends[1], "def", 3);
  EFFECT(pipe2, "of packets keeps them apart", read(ends[0], b, 10));
  EFFECT(pipe2, "of packets drops what is not read", read(ends[0], b, 1));
  write(ends[1], "abc", 3);
  fcntl(ends[1], F_SETFL, 0);
  write(ends[1], "de", 2);
  write(ends[1], "fg", 2);
  EFFECT(pipe2, "of packets ends before what is a stream", read(ends[0], b, 10));
  EFFECT(pipe2, "that is a stream again joins writes", read(ends[0], b, 10));
  close_both();
  CALL(pipe2, "with an unknown flag", ends, O_APPEND);
  CALL(pipe2, "with all flags", ends, -1);
  CALL(pipe2, "to an address that is none", (void *)8, O_CLOEXEC);
  IN_CHILD(setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3});
           CALL(pipe2, "with all descriptors used up", ends, 0));
}

int main(void) {
  begin();
  pipes();
  pipe2s();
  return 0;
}
