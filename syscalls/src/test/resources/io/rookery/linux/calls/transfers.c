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
  CALL(tee, "with more than an int of flags", ends[0], others[1], 0, DIRTY(0));
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
}

int main(void) {
  begin();
  const char *directory = own_directory();
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
  remove_own_directory(directory);
  return 0;
}
