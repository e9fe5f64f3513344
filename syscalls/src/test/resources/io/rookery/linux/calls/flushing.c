/* Getting files to the disk, and advice about them. */
#include "calls.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static int file, reader, writer, dir, path, device, event, unix_socket, memory, ends[2];

static void fsyncs(void) {
  CALL(fsync, "of a file", file);
  CALL(fsync, "of a file open for reading", reader);
  CALL(fsync, "of a directory", dir);
  CALL(fsync, "of a file in memory", memory);
  CALL(fsync, "of a pipe", ends[0]);
  CALL(fsync, "of a socket", unix_socket);
  CALL(fsync, "of a device without contents", device);
  CALL(fsync, "of an eventfd", event);
  CALL(fsync, "of an O_PATH descriptor", path);
  CALL(fsync, "of no descriptor", -1);
  CALL(fdatasync, "of a file", file);
  CALL(fdatasync, "of a file open for reading", reader);
  CALL(fdatasync, "of a directory", dir);
  CALL(fdatasync, "of a file in memory", memory);
  CALL(fdatasync, "of a pipe", ends[1]);
  CALL(fdatasync, "of a socket", unix_socket);
  CALL(fdatasync, "of a device without contents", device);
  CALL(fdatasync, "of an eventfd", event);
  CALL(fdatasync, "of an O_PATH descriptor", path);
  CALL(fdatasync, "of no descriptor", -1);
}

static void *sync_in_a_thread(void *unused) {
  CALL(sync, "in a thread");
  return 0;
}

static void syncs(void) {
  pthread_t thread;
  CALL(sync, "without arguments");
  CALL(sync, "with needless arguments", -1L, (void *)8, -1L);
  pthread_create(&thread, 0, sync_in_a_thread, 0);
  pthread_join(thread, 0);
  IN_CHILD(CALL(sync, "in a child"));
  IN_CHILD(setsid(); CALL(sync, "in a session of its own"));
  IN_CHILD(setuid(65534); CALL(sync, "as a user"));
  IN_CHILD(chroot("."); CALL(sync, "with another root"));
}

static void syncfss(void) {
  CALL(syncfs, "of a file", file);
  CALL(syncfs, "of a file open for reading", reader);
  CALL(syncfs, "of a directory", dir);
  CALL(syncfs, "of a file in memory", memory);
  CALL(syncfs, "of a pipe", ends[0]);
  CALL(syncfs, "of a socket", unix_socket);
  CALL(syncfs, "of an eventfd", event);
  CALL(syncfs, "of processes' files", open("/proc", O_RDONLY));
  CALL(syncfs, "of an O_PATH descriptor", path);
  CALL(syncfs, "of no descriptor", -1);
  IN_CHILD(setuid(65534); CALL(syncfs, "as a user", reader));
}

static void sync_file_ranges(void) {
  enum { ALL = 7 };
  CALL(sync_file_range, "of a file", file, WIDE(0), WIDE(0), ALL);
  CALL(sync_file_range, "with more than an int of flags", file, WIDE(0), WIDE(0), DIRTY(ALL));
  CALL(sync_file_range, "of a file open for reading", reader, WIDE(2), WIDE(4), ALL);
  CALL(sync_file_range, "behind the end", file, WIDE(1LL << 40), WIDE(100), ALL);
  CALL(sync_file_range, "without flags", file, WIDE(0), WIDE(10), 0);
  CALL(sync_file_range, "with an unknown flag", file, WIDE(0), WIDE(10), 8);
  CALL(sync_file_range, "before the start", file, WIDE(-1), WIDE(10), ALL);
  CALL(sync_file_range, "of a negative length", file, WIDE(0), WIDE(-1), ALL);
  CALL(sync_file_range, "behind the last position there is", file, WIDE(INT64_MAX), WIDE(10), ALL);
  CALL(sync_file_range, "of a directory", dir, WIDE(0), WIDE(0), ALL);
  CALL(sync_file_range, "of a pipe", ends[0], WIDE(0), WIDE(0), ALL);
  CALL(sync_file_range, "of a socket", unix_socket, WIDE(0), WIDE(0), ALL);
  CALL(sync_file_range, "of a device without contents", device, WIDE(0), WIDE(0), ALL);
  CALL(sync_file_range, "of an O_PATH descriptor", path, WIDE(0), WIDE(0), ALL);
  CALL(sync_file_range, "of no descriptor", -1, WIDE(0), WIDE(0), ALL);
  CALL(sync_file_range, "with an unknown flag, of no descriptor", -1, WIDE(0), WIDE(0), 8);
}

static void readaheads(void) {
  CALL(readahead, "of a file", reader, WIDE(0), 100);
  EFFECT(readahead, "leaves the position", lseek(reader, 0, SEEK_CUR));
  CALL(readahead, "of nothing", reader, WIDE(0), 0);
  CALL(readahead, "behind the end", reader, WIDE(1LL << 40), 100);
  CALL(readahead, "of a file open for writing", writer, WIDE(0), 100);
  CALL(readahead, "of a directory", dir, WIDE(0), 100);
  CALL(readahead, "of a pipe", ends[0], WIDE(0), 100);
  CALL(readahead, "of a socket", unix_socket, WIDE(0), 100);
  CALL(readahead, "of a device without contents", device, WIDE(0), 100);
  CALL(readahead, "of an eventfd", event, WIDE(0), 100);
  CALL(readahead, "of an O_PATH descriptor", path, WIDE(0), 100);
  CALL(readahead, "of no descriptor", -1, WIDE(0), 100);
}

static void advices(void) {
  CALL(fadvise64, "that nothing is known", file, WIDE(0), 0L, POSIX_FADV_NORMAL);
  CALL(fadvise64, "of random access", file, WIDE(0), 10L, POSIX_FADV_RANDOM);
  CALL(fadvise64, "of reading in order", file, WIDE(0), 10L, POSIX_FADV_SEQUENTIAL);
  CALL(fadvise64, "of what is needed soon", reader, WIDE(0), 10L, POSIX_FADV_WILLNEED);
  CALL(fadvise64, "of what is not needed", file, WIDE(0), 0L, POSIX_FADV_DONTNEED);
  EFFECT(fadvise64, "keeps what is not needed", pread(file, (char[100]){}, 100, 0));
  CALL(fadvise64, "of what is used once", file, WIDE(5), 10L, POSIX_FADV_NOREUSE);
  CALL(fadvise64, "that is unknown", file, WIDE(0), 0L, 6);
  CALL(fadvise64, "that is negative", file, WIDE(0), 0L, -1);
#ifdef __x86_64__
  CALL(fadvise64, "about a negative length", file, 0L, -1L, POSIX_FADV_NORMAL);
#endif
  CALL(fadvise64, "before the start", file, WIDE(-1), 10L, POSIX_FADV_NORMAL);
  CALL(fadvise64, "about a directory", dir, WIDE(0), 0L, POSIX_FADV_NORMAL);
  CALL(fadvise64, "about a pipe", ends[0], WIDE(0), 0L, POSIX_FADV_NORMAL);
  CALL(fadvise64, "about a device without contents", device, WIDE(0), 0L, POSIX_FADV_NORMAL);
  CALL(fadvise64, "about a socket", unix_socket, WIDE(0), 0L, POSIX_FADV_NORMAL);
  CALL(fadvise64, "that is unknown, about a pipe", ends[0], WIDE(0), 0L, 6);
  CALL(fadvise64, "about an O_PATH descriptor", path, WIDE(0), 0L, POSIX_FADV_NORMAL);
  CALL(fadvise64, "about no descriptor", -1, WIDE(0), 0L, POSIX_FADV_NORMAL);
#ifdef __i386__
  CALL(fadvise64_64, "of reading in order", file, WIDE(0), WIDE(1LL << 40), POSIX_FADV_SEQUENTIAL);
  CALL(fadvise64_64, "about a negative length", file, WIDE(0), WIDE(-1), POSIX_FADV_NORMAL);
  CALL(fadvise64_64, "that is unknown", file, WIDE(0), WIDE(0), 6);
  CALL(fadvise64_64, "about a pipe", ends[0], WIDE(0), WIDE(0), POSIX_FADV_NORMAL);
  CALL(fadvise64_64, "about a directory", dir, WIDE(0), WIDE(0), POSIX_FADV_NORMAL);
  CALL(fadvise64_64, "about no descriptor", -1, WIDE(0), WIDE(0), POSIX_FADV_NORMAL);
#endif
}

int main(void) {
  begin();
  const char *directory = own_directory();
  file = open("file", O_RDWR | O_CREAT, 0644);
  write(file, "0123456789", 10);
  reader = open("file", O_RDONLY);
  writer = open("file", O_WRONLY);
  path = open("file", O_PATH);
  dir = open(".", O_RDONLY);
  device = open("/dev/null", O_RDWR);
  event = eventfd(0, 0);
  unix_socket = socket(AF_UNIX, SOCK_STREAM, 0);
  memory = memfd_create("memory", 0);
  pipe(ends);
  fsyncs();
  syncs();
  syncfss();
  sync_file_ranges();
  readaheads();
  advices();
  remove_own_directory(directory);
  return 0;
}
