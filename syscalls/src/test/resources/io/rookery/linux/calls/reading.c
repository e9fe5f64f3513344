/* Reading from files, pipes and what has no contents. */
#include "calls.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

static char b[100];
static int file, reader, writer, dir, path, ends[2];

/* Whether the buffer begins with that, which is wiped then. */
static int holds(const char *text) {
  int same = !memcmp(b, text, strlen(text));
  memset(b, 0, sizeof b);
  return same;
}

static void reads(void) {
  CALL(read, "of what is there", reader, b, 100);
  EFFECT(read, "stores it", holds("0123456789"));
  CALL(read, "at the end", reader, b, 1);
  CALL(read, "of nothing", reader, b, 0);
  CALL(read, "of nothing to an address that is none", reader, (void *)8, 0);
  CALL(read, "of a directory", dir, b, 1);
  CALL(read, "to an address that is none", file, (void *)8, 1);
  CALL(read, "from a file open for writing", writer, b, 1);
  CALL(read, "from an O_PATH descriptor", path, b, 1);
  CALL(read, "from no descriptor", -1, b, 1);
  CALL(read, "with more than a size can be", file, b, (size_t)-1);
  lseek(reader, 0, SEEK_SET);
  CALL(read, "to the end of what is mapped", reader, edge() - 4, 10);
  EFFECT(read, "advances by what was stored", lseek(reader, 0, SEEK_CUR));
  IN_CHILD(CALL(read, "in a child", reader, b, 2));
  EFFECT(read, "advances the parent's position too", lseek(reader, 0, SEEK_CUR));
}

static void reads_of_streams(void) {
  CALL(read, "of an empty pipe without waiting", ends[0], b, 1);
  CALL(read, "from a pipe's other end", ends[1], b, 1);
  write(ends[1], "abc", 3);
  CALL(read, "of a part of what a pipe holds", ends[0], b, 2);
  CALL(read, "of less than was asked of a pipe", ends[0], b, 100);
  fcntl(ends[0], F_SETFL, 0);
  interruptions(1);
  CALL(read, "interrupted by a signal", ends[0], b, 1);
  interruptions(0);
  int other[2];
  pipe(other);
  close(other[1]);
  CALL(read, "of a pipe without writers", other[0], b, 1);
  CALL(read, "of a device without contents", open("/dev/null", O_RDONLY), b, 1);
  CALL(read, "of zeros", open("/dev/zero", O_RDONLY), b, 50);
  int event = eventfd(3, EFD_NONBLOCK);
  CALL(read, "of an eventfd into too little", event, b, 4);
  CALL(read, "of an eventfd", event, b, 100);
  CALL(read, "of an eventfd that is zero", event, b, 8);
}

static void preads(void) {
  CALL(pread64, "from the middle", reader, b, 100, WIDE(4));
  EFFECT(pread64, "stores what is there", holds("456789"));
  lseek(reader, 1, SEEK_SET);
  CALL(pread64, "of two bytes", reader, b, 2, WIDE(5));
  EFFECT(pread64, "leaves the position", lseek(reader, 0, SEEK_CUR));
  CALL(pread64, "before the start", reader, b, 1, WIDE(-1));
  CALL(pread64, "before the start, of no descriptor", -1, b, 1, WIDE(-1));
  CALL(pread64, "at the end", reader, b, 1, WIDE(10));
  CALL(pread64, "far behind the end", reader, b, 1, WIDE(1LL << 40));
  CALL(pread64, "of nothing", reader, b, 0, WIDE(0));
  CALL(pread64, "of a pipe", ends[0], b, 1, WIDE(0));
  CALL(pread64, "of a directory", dir, b, 1, WIDE(0));
  CALL(pread64, "from a file open for writing", writer, b, 1, WIDE(0));
  CALL(pread64, "from an O_PATH descriptor", path, b, 1, WIDE(0));
  CALL(pread64, "from no descriptor", -1, b, 1, WIDE(0));
  CALL(pread64, "to an address that is none", reader, (void *)8, 1, WIDE(0));
  CALL(pread64, "to the end of what is mapped", reader, edge() - 4, 10, WIDE(0));
}

static struct iovec parts[1025];

/* Sets the first three: one of four bytes, an empty one, one of the rest. */
static void three_parts(void) {
  parts[0] = (struct iovec){b, 4};
  parts[1] = (struct iovec){(void *)8, 0};
  parts[2] = (struct iovec){b + 4, 90};
}

static void readvs(void) {
  three_parts();
  lseek(reader, 0, SEEK_SET);
  CALL(readv, "into three parts", reader, parts, 3);
  EFFECT(readv, "fills them in their order", holds("0123456789"));
  CALL(readv, "at the end", reader, parts, 3);
  CALL(readv, "of no part", reader, parts, 0);
  CALL(readv, "of no part at an address that is none", reader, (void *)8, 0);
  CALL(readv, "of the most parts there may be", reader, parts, 1024);
  CALL(readv, "of one more part", reader, parts, 1025);
  CALL(readv, "of fewer than no part", reader, parts, -1L);
  CALL(readv, "with parts at an address that is none", reader, (void *)8, 1);
  CALL(readv, "of no descriptor", -1, parts, 3);
  CALL(readv, "of a directory", dir, parts, 3);
  CALL(readv, "from a file open for writing", writer, parts, 3);
  CALL(readv, "from an O_PATH descriptor", path, parts, 3);
  parts[2].iov_base = (void *)8;
  lseek(reader, 0, SEEK_SET);
  CALL(readv, "into a second part that is none", reader, parts, 3);
  EFFECT(readv, "advances by the first", lseek(reader, 0, SEEK_CUR));
  parts[2].iov_len = -1L;
  CALL(readv, "into a part with a negative length", reader, parts, 3);
  three_parts();
  write(ends[1], "abcdef", 6);
  CALL(readv, "of a pipe", ends[0], parts, 3);
  EFFECT(readv, "fills two parts from a pipe", holds("abcdef"));
}

static void preadvs(void) {
  three_parts();
  CALL(preadv, "from the middle", reader, parts, 3, HALVES(3));
  EFFECT(preadv, "fills parts in their order", holds("3456789"));
  EFFECT(preadv, "leaves the position", lseek(reader, 0, SEEK_CUR));
  CALL(preadv, "behind the end", reader, parts, 3, HALVES(1LL << 33));
  CALL(preadv, "before the start", reader, parts, 3, HALVES(-1));
  CALL(preadv, "of no part", reader, parts, 0, HALVES(0));
  CALL(preadv, "of too many parts", reader, parts, 1025, HALVES(0));
  CALL(preadv, "with parts at an address that is none", reader, (void *)8, 1, HALVES(0));
  CALL(preadv, "of a pipe", ends[0], parts, 3, HALVES(0));
  CALL(preadv, "of a directory", dir, parts, 3, HALVES(0));
  CALL(preadv, "of no descriptor", -1, parts, 3, HALVES(0));
  CALL(preadv, "from a file open for writing", writer, parts, 3, HALVES(0));
  CALL(preadv, "from an O_PATH descriptor", path, parts, 3, HALVES(0));
}

static void preadv2s(void) {
  three_parts();
  lseek(reader, 2, SEEK_SET);
  CALL(preadv2, "from the middle", reader, parts, 3, HALVES(6), 0);
  CALL(preadv2, "with more than an int of flags", reader, parts, 3, HALVES(6), DIRTY(0));
  EFFECT(preadv2, "leaves the position", lseek(reader, 0, SEEK_CUR));
  CALL(preadv2, "at the position", reader, parts, 1, HALVES(-1), 0);
  EFFECT(preadv2, "advances the position where it reads there", lseek(reader, 0, SEEK_CUR));
  EFFECT(preadv2, "stores what is at the position", holds("2345"));
  CALL(preadv2, "before the start", reader, parts, 3, HALVES(-2), 0);
  CALL(preadv2, "with an unknown flag", reader, parts, 3, HALVES(0), 0x40000000);
  CALL(preadv2, "with high priority", reader, parts, 3, HALVES(0), RWF_HIPRI);
  CALL(preadv2, "with flags for writing", reader, parts, 3, HALVES(0), RWF_SYNC | RWF_DSYNC);
  CALL(preadv2, "of an empty pipe without waiting", ends[0], parts, 3, HALVES(-1), RWF_NOWAIT);
  CALL(preadv2, "of a pipe with a position", ends[0], parts, 3, HALVES(0), 0);
  CALL(preadv2, "of no descriptor", -1, parts, 3, HALVES(0), 0);
  CALL(preadv2, "of no descriptor with an unknown flag", -1, parts, 3, HALVES(0), 0x40000000);
  CALL(preadv2, "from a file open for writing", writer, parts, 3, HALVES(-1), 0);
  CALL(preadv2, "of a directory", dir, parts, 3, HALVES(-1), 0);
  CALL(preadv2, "of too many parts", reader, parts, 1025, HALVES(0), 0);
}

int main(void) {
  begin();
  const char *directory = own_directory();
  file = open("file", O_RDWR | O_CREAT, 0644);
  write(file, "0123456789", 10);
  lseek(file, 0, SEEK_SET);
  reader = open("file", O_RDONLY);
  writer = open("file", O_WRONLY);
  path = open("file", O_PATH);
  dir = open(".", O_RDONLY);
  pipe2(ends, O_NONBLOCK);
  reads();
  reads_of_streams();
  preads();
  readvs();
  preadvs();
  preadv2s();
  remove_own_directory(directory);
  return 0;
}
