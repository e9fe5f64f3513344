/* Writing to files, pipes and what takes nothing. */
#include "calls.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/uio.h>

static char b[100000];
static int file, appender, reader, dir, path, ends[2];

/* Whether the file has these contents. */
static int has(const char *text) {
  char contents[100];
  return pread(file, contents, 100, 0) == strlen(text) && !memcmp(contents, text, strlen(text));
}

static void start_again(const char *text) {
  ftruncate(file, 0);
  pwrite(file, text, strlen(text), 0);
  lseek(file, 0, SEEK_SET);
}

static void writes(void) {
  CALL(write, "of ten bytes", file, "0123456789", 10);
  EFFECT(write, "stores them", has("0123456789"));
  EFFECT(write, "advances the position", lseek(file, 0, SEEK_CUR));
  lseek(file, 12, SEEK_SET);
  CALL(write, "behind the end", file, "x", 1);
  EFFECT(write, "behind the end leaves a hole of zeros",
         pread(file, b, 100, 0) == 13 && !memcmp(b, "0123456789\0\0x", 13));
  CALL(write, "at the end by O_APPEND", appender, "y", 1);
  EFFECT(write, "moves to the end by O_APPEND", lseek(appender, 0, SEEK_CUR));
  CALL(write, "of nothing", file, b, 0);
  CALL(write, "of nothing from an address that is none", file, (void *)8, 0);
  CALL(write, "to a file open for reading", reader, "x", 1);
  CALL(write, "from an address that is none", file, (void *)8, 10);
  CALL(write, "of the end of what is mapped", file, edge() - 4, 10);
  CALL(write, "to no descriptor", -1, b, 1);
  CALL(write, "to a directory", dir, b, 1);
  CALL(write, "to an O_PATH descriptor", path, b, 1);
  CALL(write, "to a device that is full", open("/dev/full", O_WRONLY), b, 1);
  CALL(write, "to a device that takes all", open("/dev/null", O_WRONLY), b, 100000);
  int event = eventfd(0, EFD_NONBLOCK);
  CALL(write, "of too little to an eventfd", event, b, 4);
  CALL(write, "of the greatest number to an eventfd", event, &(uint64_t){-1}, 8);
}

static void writes_of_streams(void) {
  CALL(write, "of more than a pipe holds, without waiting", ends[1], b, sizeof b);
  CALL(write, "to a full pipe without waiting", ends[1], b, 1);
  CALL(write, "to a pipe's other end", ends[0], b, 1);
  fcntl(ends[1], F_SETFL, 0);
  interruptions(1);
  CALL(write, "to a full pipe, interrupted by a signal", ends[1], b, 1);
  interruptions(0);
  close(ends[0]);
  signal(SIGPIPE, SIG_IGN);
  CALL(write, "to a pipe without readers", ends[1], b, 1);
  CALL(write, "of nothing to a pipe without readers", ends[1], b, 0);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGPIPE, SIG_DFL);
    write(ends[1], b, 1);
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  EFFECT(write, "to a pipe without readers kills by a signal", WTERMSIG(status) == SIGPIPE);
}

/* What the limit of a file's size makes of a write; it is one that is no matter for the output. */
static void writes_beyond_the_limit(void) {
  const off_t limit = 1 << 30;
  start_again("");
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, limit});
  lseek(file, limit - 6, SEEK_SET);
  CALL(write, "of more than the limit lets through", file, "0123456789", 10);
  CALL(write, "at the limit of files' size", file, "x", 1);
  CALL(pwrite64, "behind the limit of files' size", file, "x", 1, WIDE(limit + 100));
  EFFECT(write, "keeps what was below the limit", pread(file, b, 10, limit - 6));
  signal(SIGXFSZ, SIG_DFL);
  pid_t child = fork();
  if (child == 0) {
    write(file, "x", 1);
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  EFFECT(write, "at the limit of files' size kills by a signal", WTERMSIG(status) == SIGXFSZ);
}

static int mode_after_write(int uid) {
  int fd = open("program", O_RDWR | O_CREAT, 0666);
  fchmod(fd, 06777);
  IN_CHILD(if (uid) setuid(uid); write(fd, "x", 1));
  struct stat s;
  fstat(fd, &s);
  close(fd);
  return s.st_mode & 07777;
}

static void pwrites(void) {
  start_again("0123456789");
  CALL(pwrite64, "in the middle", file, "abc", 3, WIDE(2));
  EFFECT(pwrite64, "changes just that", has("01abc56789"));
  EFFECT(pwrite64, "leaves the position", lseek(file, 0, SEEK_CUR));
  CALL(pwrite64, "behind the end", file, "z", 1, WIDE(11));
  EFFECT(pwrite64, "behind the end makes the file longer", lseek(file, 0, SEEK_END));
  CALL(pwrite64, "with O_APPEND", appender, "A", 1, WIDE(0));
  EFFECT(pwrite64, "with O_APPEND writes at the end", lseek(file, 0, SEEK_END));
  CALL(pwrite64, "before the start", file, "x", 1, WIDE(-1));
  CALL(pwrite64, "of nothing", file, b, 0, WIDE(100));
  CALL(pwrite64, "at the last position there is", file, b, 1, WIDE(INT64_MAX));
  CALL(pwrite64, "to a pipe", ends[1], b, 1, WIDE(0));
  CALL(pwrite64, "to a file open for reading", reader, b, 1, WIDE(0));
  CALL(pwrite64, "to no descriptor", -1, b, 1, WIDE(0));
  CALL(pwrite64, "to an O_PATH descriptor", path, b, 1, WIDE(0));
  CALL(pwrite64, "from an address that is none", file, (void *)8, 1, WIDE(0));
#ifdef __i386__
  int small = syscall(SYS_open, "file", O_RDWR);
  CALL(pwrite64, "over two gigabytes, not asked for", small, "xyz", 3, WIDE(INT32_MAX - 1));
  CALL(pwrite64, "behind two gigabytes, not asked for", small, "x", 1, WIDE(INT32_MAX));
  CALL(pwrite64, "of nothing behind two gigabytes", small, "x", 0, WIDE(INT32_MAX));
  ftruncate(file, 0);
  close(small);
#endif
}

static struct iovec parts[1025] = {{"abcd", 4}, {(void *)8, 0}, {"efg", 3}};

static void writevs(void) {
  start_again("");
  CALL(writev, "of three parts", file, parts, 3);
  EFFECT(writev, "stores them in their order", has("abcdefg"));
  CALL(writev, "of no part", file, parts, 0);
  CALL(writev, "of the most parts there may be", file, parts + 1, 1024);
  CALL(writev, "of one more part", file, parts, 1025);
  CALL(writev, "of fewer than no part", file, parts, -1L);
  CALL(writev, "with parts at an address that is none", file, (void *)8, 1);
  CALL(writev, "to a file open for reading", reader, parts, 3);
  CALL(writev, "to no descriptor", -1, parts, 3);
  CALL(writev, "to an O_PATH descriptor", path, parts, 3);
  CALL(writev, "at the end by O_APPEND", appender, parts, 1);
  struct iovec broken[] = {{"xy", 2}, {(void *)8, 5}};
  CALL(writev, "of a second part that is none", file, broken, 2);
  broken[1].iov_len = -1L;
  CALL(writev, "of a part with a negative length", file, broken, 2);
  int pair[2];
  pipe(pair);
  CALL(writev, "to a pipe", pair[1], parts, 3);
  EFFECT(writev, "to a pipe leaves the sum there", read(pair[0], b, 100));
}

static void pwritevs(void) {
  start_again("0123456789");
  CALL(pwritev, "in the middle", file, parts, 3, HALVES(1));
  EFFECT(pwritev, "changes just that", has("0abcdefg89"));
  EFFECT(pwritev, "leaves the position", lseek(file, 0, SEEK_CUR));
  CALL(pwritev, "behind the end", file, parts, 3, HALVES(20));
  EFFECT(pwritev, "behind the end makes the file longer", lseek(file, 0, SEEK_END));
  CALL(pwritev, "before the start", file, parts, 3, HALVES(-1));
  CALL(pwritev, "of no part", file, parts, 0, HALVES(0));
  CALL(pwritev, "of too many parts", file, parts, 1025, HALVES(0));
  CALL(pwritev, "with parts at an address that is none", file, (void *)8, 1, HALVES(0));
  CALL(pwritev, "to a pipe", ends[1], parts, 3, HALVES(0));
  CALL(pwritev, "to no descriptor", -1, parts, 3, HALVES(0));
  CALL(pwritev, "to a file open for reading", reader, parts, 3, HALVES(0));
  CALL(pwritev, "to an O_PATH descriptor", path, parts, 3, HALVES(0));
}

static void pwritev2s(void) {
  start_again("0123456789");
  CALL(pwritev2, "in the middle", file, parts, 3, HALVES(1), 0);
  CALL(pwritev2, "at the position", file, parts, 1, HALVES(-1), 0);
  EFFECT(pwritev2, "advances the position where it writes there", lseek(file, 0, SEEK_CUR));
  EFFECT(pwritev2, "changes both places", has("abcddefg89"));
  CALL(pwritev2, "at the end by a flag", file, parts, 3, HALVES(0), RWF_APPEND);
  EFFECT(pwritev2, "at the end leaves the position", lseek(file, 0, SEEK_CUR));
  EFFECT(pwritev2, "at the end adds", has("abcddefg89abcdefg"));
  CALL(pwritev2, "at the end and at the position", file, parts, 1, HALVES(-1), RWF_APPEND);
  EFFECT(pwritev2, "at the end and at the position moves it", lseek(file, 0, SEEK_CUR));
  CALL(pwritev2, "with its data synced", file, parts, 3, HALVES(0), RWF_DSYNC);
  CALL(pwritev2, "with all synced", file, parts, 3, HALVES(0), RWF_SYNC);
  CALL(pwritev2, "with high priority", file, parts, 3, HALVES(0), RWF_HIPRI);
  CALL(pwritev2, "with an unknown flag", file, parts, 3, HALVES(0), 0x40000000);
  CALL(pwritev2, "before the start", file, parts, 3, HALVES(-2), 0);
  CALL(pwritev2, "to a pipe with a position", ends[1], parts, 3, HALVES(0), 0);
  CALL(pwritev2, "to no descriptor", -1, parts, 3, HALVES(0), 0);
  CALL(pwritev2, "to a file open for reading", reader, parts, 3, HALVES(-1), 0);
  CALL(pwritev2, "of too many parts", file, parts, 1025, HALVES(0), 0);
}

int main(void) {
  begin();
  const char *directory = own_directory();
  file = open("file", O_RDWR | O_CREAT, 0644);
  appender = open("file", O_WRONLY | O_APPEND);
  reader = open("file", O_RDONLY);
  path = open("file", O_PATH);
  dir = open(".", O_RDONLY);
  pipe2(ends, O_NONBLOCK);
  writes();
  writes_of_streams();
  EFFECT(write, "by root keeps set-user-ID bits", mode_after_write(0));
  EFFECT(write, "by another user clears set-user-ID bits", mode_after_write(65534));
  pwrites();
  writevs();
  pwritevs();
  pwritev2s();
  writes_beyond_the_limit();
  remove_own_directory(directory);
  return 0;
}
