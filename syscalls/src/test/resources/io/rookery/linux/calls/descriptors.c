/* Closing and duplicating descriptors. */
#include "calls.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>

enum { UNSHARE = 2, CLOEXEC = 4 };

static char b[10];

/* Whether a descriptor is open. */
static int is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

/* Lets only the first three be open, and three copies of the file from twenty on. */
static void copies_from_twenty(int file) {
  for (int fd = 20; fd < 23; fd++) dup2(file, fd);
}

/* A process that shares its descriptors with this one does something; returns how it exited. */
#define IN_SHARER(...)                                            \
  ({                                                              \
    pid_t child_ = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0L, 0L, 0L, 0L); \
    if (child_ == 0) {                                            \
      __VA_ARGS__;                                                \
      _exit(0);                                                   \
    }                                                             \
    int status_;                                                  \
    waitpid(child_, &status_, 0);                                 \
    status_;                                                      \
  })

static void closes(int file) {
  int fd = dup(file);
  CALL(close, "of a file", fd);
  CALL(close, "of what is closed", fd);
  CALL(close, "of a negative number", -1);
  CALL(close, "of the greatest number", INT32_MAX);
  CALL(close, "of an O_PATH descriptor", open("file", O_PATH));
  CALL(close, "of a directory", open(".", O_RDONLY));
  int ends[2];
  pipe(ends);
  int copy = dup(ends[1]);
  write(copy, "x", 1);
  CALL(close, "of one of two descriptors of a pipe's end", ends[1]);
  EFFECT(close, "leaves the pipe's end to the other descriptor", write(copy, "x", 1));
  CALL(close, "of the last descriptor of a pipe's end", copy);
  EFFECT(close, "leaves what is in the pipe", read(ends[0], b, 10));
  EFFECT(close, "ends a pipe", read(ends[0], b, 10));
  fd = dup(file);
  IN_CHILD(CALL(close, "in a child", fd));
  EFFECT(close, "in a child leaves the parent's", is_open(fd));
  IN_SHARER(CALL(close, "by a process that shares descriptors", fd));
  EFFECT(close, "by such a process is for both", is_open(fd));
  fd = open("file", O_RDWR);
  struct flock whole = {.l_type = F_WRLCK};
  fcntl(file, F_SETLK, &whole);
  close(fd);
  IN_CHILD(EFFECT(close, "of another descriptor lets record locks go",
                  fcntl(file, F_SETLK, &whole)));
}

static void close_ranges(int file) {
  copies_from_twenty(file);
  CALL(close_range, "of the middle one", 21, 21, 0);
  EFFECT(close_range, "closes just that", is_open(20) + 2 * is_open(21) + 4 * is_open(22));
  CALL(close_range, "of what is closed", 21, 21, 0);
  CALL(close_range, "with more than an int of flags", 21, 21, DIRTY(0));
  CALL(close_range, "of several with a gap", 20, 22, 0);
  EFFECT(close_range, "closes them all", is_open(20) + 2 * is_open(21) + 4 * is_open(22));
  CALL(close_range, "in the wrong order", 22, 20, 0);
  CALL(close_range, "with an unknown flag", 20, 22, 1);
  CALL(close_range, "behind all that are open", 1000000, ~0U, 0);
  copies_from_twenty(file);
  CALL(close_range, "that marks only", 20, 21, CLOEXEC);
  EFFECT(close_range, "marks as closing on exec", fcntl(20, F_GETFD) + 2 * fcntl(22, F_GETFD));
  CALL(close_range, "to the greatest number", 20, ~0U, 0);
  EFFECT(close_range, "to the greatest number closes all", is_open(20) + is_open(22));
  copies_from_twenty(file);
  IN_SHARER(CALL(close_range, "of descriptors of one's own", 20, 22, UNSHARE);
            EFFECT(close_range, "of one's own closes", is_open(20)));
  EFFECT(close_range, "of one's own leaves the other process's", is_open(20) + is_open(22));
  IN_SHARER(CALL(close_range, "of shared descriptors", 20, 22, 0));
  EFFECT(close_range, "of shared descriptors is for both", is_open(20) + is_open(22));
}

static void dups(int file) {
  lseek(file, 0, SEEK_SET);
  close(20);
  int lowest = dup(file);
  close(lowest);
  EFFECT(dup, "gives the lowest number", syscall(SYS_dup, file) == lowest);
  read(lowest, b, 3);
  EFFECT(dup, "shares the position", lseek(file, 0, SEEK_CUR));
  fcntl(lowest, F_SETFL, O_APPEND);
  EFFECT(dup, "shares the flags", (fcntl(file, F_GETFL) & O_APPEND) != 0);
  fcntl(file, F_SETFL, 0);
  fcntl(file, F_SETFD, FD_CLOEXEC);
  int fd = CALL_OK(dup, "of one that closes on exec", file);
  EFFECT(dup, "gives one that does not close on exec", fcntl(fd, F_GETFD));
  fcntl(file, F_SETFD, 0);
  close(fd);
  close(lowest);
  CALL(dup, "of no descriptor", -1);
  CALL(dup, "of what is closed", lowest);
  int path = open("file", O_PATH);
  close(CALL_OK(dup, "of an O_PATH descriptor", path));
  close(path);
  IN_CHILD(setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3});
           CALL(dup, "with all descriptors used up", file));
}

static void dup2s(int file) {
  int ends[2];
  pipe(ends);
  CALL(dup2, "to what is closed", file, 30);
  EFFECT(dup2, "shares the position", (lseek(file, 5, SEEK_SET), lseek(30, 0, SEEK_CUR)));
  CALL(dup2, "to what is open", file, ends[1]);
  EFFECT(dup2, "closes what was there", read(ends[0], b, 1));
  fcntl(30, F_SETFD, FD_CLOEXEC);
  CALL(dup2, "to itself", 30, 30);
  EFFECT(dup2, "to itself leaves that it closes on exec", fcntl(30, F_GETFD));
  CALL(dup2, "of one that closes on exec", 30, 31);
  EFFECT(dup2, "gives one that does not close on exec", fcntl(31, F_GETFD));
  close(31);
  CALL(dup2, "of what is closed", 31, 30);
  EFFECT(dup2, "that fails leaves what is there", is_open(30));
  CALL(dup2, "of what is closed to itself", 31, 31);
  CALL(dup2, "to a negative number", file, -1);
  CALL(dup2, "to a number beyond the limit", file, 1 << 30);
  CALL(dup2, "of no descriptor", -1, 30);
  close(ends[0]);
}

static void dup3s(int file) {
  CALL(dup3, "to what is closed", file, 40, 0);
  CALL(dup3, "with more than an int of flags", file, 40, DIRTY(0));
  EFFECT(dup3, "gives one that stays open on exec", fcntl(40, F_GETFD));
  CALL(dup3, "to what is open, closing on exec", file, 40, O_CLOEXEC);
  EFFECT(dup3, "gives one that closes on exec", fcntl(40, F_GETFD));
  CALL(dup3, "to itself", 40, 40, 0);
  CALL(dup3, "to itself where it is closed", 41, 41, 0);
  CALL(dup3, "with an unknown flag", file, 41, O_NONBLOCK);
  CALL(dup3, "of what is closed", 41, 40, 0);
  CALL(dup3, "to a negative number", file, -1, 0);
  CALL(dup3, "to a number beyond the limit", file, 1 << 30, 0);
  IN_CHILD(setrlimit(RLIMIT_NOFILE, &(struct rlimit){40, 40});
           CALL(dup3, "to the first number that the limit forbids", file, 40, 0);
           CALL(dup3, "to the last number that the limit allows", file, 39, 0));
}

int main(void) {
  begin();
  const char *directory = own_directory();
  int file = open("file", O_RDWR | O_CREAT, 0644);
  write(file, "0123456789", 10);
  closes(file);
  close_ranges(file);
  dups(file);
  dup2s(file);
  dup3s(file);
  remove_own_directory(directory);
  return 0;
}
