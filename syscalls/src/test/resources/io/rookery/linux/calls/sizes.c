/* Positions in files, their sizes and the space that they have. */
#include "calls.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/resource.h>
#include <sys/socket.h>

static char b[10000], long_name[5000];
static int file, reader, dir, path, memory, ends[2];
static struct stat s;

static long long size_of(int fd) { return fstat(fd, &s) ? -1 : s.st_size; }

static void lseeks(void) {
  CALL(lseek, "from the start", file, 4, SEEK_SET);
  CALL(lseek, "from the position", file, 3L, SEEK_CUR);
  CALL(lseek, "backwards", file, -2L, SEEK_CUR);
  CALL(lseek, "from the end", file, -1L, SEEK_END);
  CALL(lseek, "behind the end", file, 100L, SEEK_END);
  EFFECT(lseek, "behind the end leaves the size", size_of(file));
  CALL(lseek, "before the start", file, -1000L, SEEK_CUR);
  CALL(lseek, "to a negative position", file, -1L, SEEK_SET);
  EFFECT(lseek, "that fails leaves the position", lseek(file, 0, SEEK_CUR));
  CALL(lseek, "from an unknown place", file, 0L, 5);
  CALL(lseek, "from a negative place", file, 0L, -1);
  CALL(lseek, "to data", file, 2L, SEEK_DATA);
  CALL(lseek, "to a hole, which the end is", file, 2L, SEEK_HOLE);
  CALL(lseek, "to data at the end", file, 10L, SEEK_DATA);
  CALL(lseek, "to a hole behind the end", file, 11L, SEEK_HOLE);
  CALL(lseek, "to data before the start", file, -1L, SEEK_DATA);
  CALL(lseek, "of a pipe", ends[0], 0L, SEEK_CUR);
  CALL(lseek, "of a socket", socket(AF_UNIX, SOCK_STREAM, 0), 0L, SEEK_CUR);
  CALL(lseek, "of a device without contents", open("/dev/null", O_RDONLY), 100L, SEEK_SET);
  CALL(lseek, "of an O_PATH descriptor", path, 0L, SEEK_CUR);
  CALL(lseek, "of no descriptor", -1, 0L, SEEK_CUR);
  CALL(lseek, "of a directory to its start", dir, 0L, SEEK_SET);
  IN_CHILD(CALL(lseek, "in a child", file, 6L, SEEK_SET));
  EFFECT(lseek, "in a child is the parent's too", lseek(file, 0, SEEK_CUR));
  ftruncate(memory, 5 * 4096);
  pwrite(memory, "x", 1, 2 * 4096 + 5);
  CALL(lseek, "to data behind a hole", memory, 1L, SEEK_DATA);
  CALL(lseek, "to a hole behind data", memory, 2 * 4096 + 1L, SEEK_HOLE);
  CALL(lseek, "to data where there is only a hole", memory, 3 * 4096L, SEEK_DATA);
#ifdef __i386__
  int64_t at = -1;
  CALL(_llseek, "far behind the end", file, 0x10, 5, &at, SEEK_SET);
  EFFECT(_llseek, "stores the position", at == 0x1000000005);
  CALL(lseek, "of a position that is too far to tell", file, 0L, SEEK_CUR);
  CALL(_llseek, "from the end", file, 0, 0, &at, SEEK_END);
  EFFECT(_llseek, "stores the end", at);
  CALL(_llseek, "before the start", file, -1, -1, &at, SEEK_SET);
  CALL(_llseek, "from an unknown place", file, 0, 0, &at, 9);
  CALL(_llseek, "of a pipe", ends[0], 0, 0, &at, SEEK_SET);
  CALL(_llseek, "of no descriptor", -1, 0, 0, &at, SEEK_SET);
  CALL(_llseek, "to an address that is none", file, 0, 3, (void *)8, SEEK_SET);
#endif
}

static void truncates(void) {
  CALL(truncate, "to less", "file", 5);
  EFFECT(truncate, "to less keeps the start", pread(reader, b, 100, 0));
  CALL(truncate, "to more", "file", 9);
  EFFECT(truncate, "to more adds zeros",
         pread(reader, b, 100, 0) == 9 && !memcmp(b, "01234\0\0\0", 9));
  CALL(truncate, "to what it has", "file", 9);
  CALL(truncate, "through a link", "link", 7);
  EFFECT(truncate, "through a link changes the file", size_of(file));
  CALL(truncate, "to a negative size", "file", -1L);
  CALL(truncate, "of what is missing, to a negative size", "missing", -1L);
  CALL(truncate, "of a directory", ".", 0L);
  CALL(truncate, "of a pipe", "fifo", 0L);
  CALL(truncate, "of a device", "/dev/null", 0L);
  CALL(truncate, "of what is missing", "missing", 0L);
  CALL(truncate, "below a file", "file/x", 0L);
  CALL(truncate, "of a link to itself", "loop", 0L);
  CALL(truncate, "of an empty name", "", 0L);
  CALL(truncate, "of a name that is none", (void *)8, 0L);
  CALL(truncate, "of too long a path", long_name, 0L);
  CALL(truncate, "of a running program", "/proc/self/exe", 0L);
  IN_CHILD(setuid(65534); CALL(truncate, "of another user's file", "file", 0L));
  signal(SIGXFSZ, SIG_IGN);
  IN_CHILD(setrlimit(RLIMIT_FSIZE, &(struct rlimit){1 << 30, 1 << 30});
           CALL(truncate, "beyond the limit of files' size", "file", (1 << 30) + 1L);
           CALL(ftruncate, "beyond the limit of files' size", file, (1 << 30) + 1L));
#ifdef __i386__
  CALL(truncate64, "to more than two gigabytes", "file", WIDE(3LL << 30));
  EFFECT(truncate64, "makes the file as long", size_of(file) == 3LL << 30);
  CALL(open, "of a file of more than two gigabytes, which is not asked for", "file", O_RDONLY);
  CALL(truncate64, "to less", "file", WIDE(7));
  CALL(truncate64, "to a negative size", "file", WIDE(-1));
  CALL(truncate64, "of a directory", ".", WIDE(0));
  CALL(truncate64, "of what is missing", "missing", WIDE(0));
  CALL(truncate64, "of a name that is none", (void *)8, WIDE(0));
#endif
}

static void ftruncates(void) {
  lseek(file, 6, SEEK_SET);
  CALL(ftruncate, "to less", file, 3);
  EFFECT(ftruncate, "leaves the position", lseek(file, 0, SEEK_CUR));
  CALL(ftruncate, "to more", file, 1000);
  EFFECT(ftruncate, "to more makes the file as long", size_of(reader));
  CALL(ftruncate, "of a file open for reading", reader, 1);
  CALL(ftruncate, "to a negative size", file, -1L);
  CALL(ftruncate, "to a negative size, of no descriptor", -1, -1L);
  CALL(ftruncate, "of a directory", dir, 0L);
  CALL(ftruncate, "of a pipe", ends[1], 0L);
  CALL(ftruncate, "of a socket", socket(AF_UNIX, SOCK_STREAM, 0), 0L);
  CALL(ftruncate, "of a device", open("/dev/null", O_RDWR), 0L);
  CALL(ftruncate, "of no descriptor", -1, 0L);
  CALL(ftruncate, "of an O_PATH descriptor", path, 0L);
#ifdef __i386__
  CALL(ftruncate64, "to more than two gigabytes", file, WIDE(3LL << 30));
  EFFECT(ftruncate64, "makes the file as long", size_of(file) == 3LL << 30);
  CALL(ftruncate64, "to less", file, WIDE(1000));
  CALL(ftruncate64, "to a negative size", file, WIDE(-1));
  CALL(ftruncate64, "of a file open for reading", reader, WIDE(0));
  CALL(ftruncate64, "of a pipe", ends[1], WIDE(0));
  CALL(ftruncate64, "of no descriptor", -1, WIDE(0));
#endif
}

static int is_zero(int from, int to) {
  static char zeros[10000];
  return pread(memory, b, to - from, from) == to - from && !memcmp(b, zeros, to - from);
}

/* Files in memory, as what others can differs from disk to disk. */
static void fallocates(void) {
  ftruncate(memory, 0);
  CALL(fallocate, "of more than there is", memory, 0, WIDE(0), WIDE(10000));
  EFFECT(fallocate, "makes the file longer", size_of(memory));
  EFFECT(fallocate, "gives it blocks", s.st_blocks * 512 >= 10000);
  CALL(fallocate, "of what is there", memory, 0, WIDE(100), WIDE(100));
  EFFECT(fallocate, "of what is there leaves the size", size_of(memory));
  CALL(fallocate, "that keeps the size", memory, FALLOC_FL_KEEP_SIZE, WIDE(0), WIDE(20000));
  EFFECT(fallocate, "keeps the size", size_of(memory));
  memset(b, 'x', 10000);
  pwrite(memory, b, 10000, 0);
  CALL(fallocate, "that punches a hole", memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
       WIDE(1000), WIDE(6000));
  EFFECT(fallocate, "that punches a hole leaves zeros", is_zero(1000, 7000));
  EFFECT(fallocate, "that punches a hole leaves what is before", is_zero(999, 1001));
  EFFECT(fallocate, "that punches a hole leaves what is behind", is_zero(6999, 7001));
  CALL(fallocate, "that punches a hole and may change the size", memory, FALLOC_FL_PUNCH_HOLE,
       WIDE(0), WIDE(10));
  CALL(fallocate, "with an unknown mode", memory, 0x1000, WIDE(0), WIDE(10));
  CALL(fallocate, "of nothing", memory, 0, WIDE(0), WIDE(0));
  CALL(fallocate, "before the start", memory, 0, WIDE(-1), WIDE(10));
  CALL(fallocate, "of a negative length", memory, 0, WIDE(0), WIDE(-1));
  CALL(fallocate, "behind the last position there is", memory, 0, WIDE(INT64_MAX), WIDE(10));
  CALL(fallocate, "of a file open for reading", reader, 0, WIDE(0), WIDE(10));
  CALL(fallocate, "of a pipe", ends[1], 0, WIDE(0), WIDE(10));
  CALL(fallocate, "of a directory", dir, 0, WIDE(0), WIDE(10));
  CALL(fallocate, "of a device", open("/dev/null", O_RDWR), 0, WIDE(0), WIDE(10));
  CALL(fallocate, "of a socket", socket(AF_UNIX, SOCK_STREAM, 0), 0, WIDE(0), WIDE(10));
  CALL(fallocate, "of no descriptor", -1, 0, WIDE(0), WIDE(10));
  CALL(fallocate, "of an O_PATH descriptor", path, 0, WIDE(0), WIDE(10));
  fcntl(memory, F_ADD_SEALS, F_SEAL_GROW);
  CALL(fallocate, "of memory sealed against growing", memory, 0, WIDE(0), WIDE(20000));
}

int main(void) {
  begin();
  const char *directory = own_directory();
  memset(long_name, 'n', 4999);
  file = open("file", O_RDWR | O_CREAT, 0644);
  write(file, "0123456789", 10);
  reader = open("file", O_RDONLY);
  path = open("file", O_PATH);
  dir = open(".", O_RDONLY);
  memory = memfd_create("memory", MFD_ALLOW_SEALING);
  pipe(ends);
  symlink("file", "link");
  symlink("loop", "loop");
  mkfifo("fifo", 0600);
  lseeks();
  truncates();
  ftruncates();
  fallocates();
  remove_own_directory(directory);
  return 0;
}
