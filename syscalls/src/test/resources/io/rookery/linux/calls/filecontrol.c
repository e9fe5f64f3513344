/* Descriptors' and files' flags, locks and what devices are asked by ioctl. */
#include "calls.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <termios.h>

static int file, reader, path, ends[2];

static void fcntls_of_descriptors(void) {
  CALL(fcntl, "F_DUPFD from a number on", file, F_DUPFD, 50);
  CALL(fcntl, "F_DUPFD from a used number on", file, F_DUPFD, 50);
  CALL(fcntl, "F_DUPFD from a negative number on", file, F_DUPFD, -1);
  CALL(fcntl, "F_DUPFD beyond the limit", file, F_DUPFD, 1 << 30);
  CALL(fcntl, "F_GETFD of a copy", 50, F_GETFD);
  CALL(fcntl, "F_DUPFD_CLOEXEC", file, F_DUPFD_CLOEXEC, 60);
  CALL(fcntl, "F_GETFD of a copy that closes on exec", 60, F_GETFD);
  CALL(fcntl, "F_SETFD of all bits", 50, F_SETFD, -1);
  CALL(fcntl, "F_GETFD after that", 50, F_GETFD);
  CALL(fcntl, "F_GETFD of an O_PATH descriptor", path, F_GETFD);
  CALL(fcntl, "F_GETFD of no descriptor", -1, F_GETFD);
  CALL(fcntl, "with an unknown command", file, 9999, 0);
  CALL(fcntl, "with an unknown command, of no descriptor", -1, 9999, 0);
  close(50);
  close(51);
  close(60);
  IN_CHILD(setrlimit(RLIMIT_NOFILE, &(struct rlimit){5, 5});
           CALL(fcntl, "F_DUPFD at the limit", 1, F_DUPFD, 5));
}

#ifdef __x86_64__
#define LARGE 0
#else
#define LARGE 0100000
#endif

static void fcntls_of_flags(void) {
  CALL(fcntl, "F_GETFL", file, F_GETFL);
  CALL(fcntl, "F_SETFL", file, F_SETFL, O_APPEND | O_NONBLOCK | O_WRONLY | O_CREAT | LARGE);
  CALL(fcntl, "F_GETFL of what can be changed", file, F_GETFL);
  CALL(fcntl, "F_SETFL of nothing", file, F_SETFL, LARGE);
  CALL(fcntl, "F_GETFL after that", file, F_GETFL);
  CALL(fcntl, "F_GETFL of an O_PATH descriptor", path, F_GETFL);
  CALL(fcntl, "F_SETFL of an O_PATH descriptor", path, F_SETFL, O_APPEND);
  CALL(fcntl, "F_GETFL of a pipe's end", ends[1], F_GETFL);
  CALL(fcntl, "F_SETFL of asynchronous input", ends[0], F_SETFL, O_ASYNC);
  CALL(fcntl, "F_GETFL with asynchronous input", ends[0], F_GETFL);
  CALL(fcntl, "F_SETFL without access times, of one's own", reader, F_SETFL, O_NOATIME);
  IN_CHILD(setuid(65534);
           CALL(fcntl, "F_SETFL without access times, of another's file", file, F_SETFL,
                O_NOATIME));
  CALL(fcntl, "F_SETOWN of a process that is missing", ends[0], F_SETOWN, 0x3ffffff);
  fcntl(ends[0], F_SETOWN, getpid());
  EFFECT(fcntl, "F_GETOWN", syscall(SYS_fcntl, ends[0], F_GETOWN) == getpid());
  CALL(fcntl, "F_GETSIG at first", ends[0], F_GETSIG);
  CALL(fcntl, "F_SETSIG", ends[0], F_SETSIG, SIGUSR1);
  CALL(fcntl, "F_GETSIG after that", ends[0], F_GETSIG);
  CALL(fcntl, "F_SETSIG of a number that is none", ends[0], F_SETSIG, 65);
  fcntl(ends[0], F_SETFL, 0);
}

static void fcntls_of_pipes_and_memory(void) {
  CALL(fcntl, "F_GETPIPE_SZ", ends[0], F_GETPIPE_SZ);
  CALL(fcntl, "F_SETPIPE_SZ", ends[0], F_SETPIPE_SZ, 5000);
  CALL(fcntl, "F_SETPIPE_SZ below what is in it", (write(ends[1], (char[5000]){}, 5000), ends[0]),
       F_SETPIPE_SZ, 4096);
  CALL(fcntl, "F_GETPIPE_SZ of a file", file, F_GETPIPE_SZ);
  CALL(fcntl, "F_GET_SEALS of a file on a disk", ends[0], F_GET_SEALS);
  int memory = memfd_create("m", MFD_ALLOW_SEALING), sealed = memfd_create("m", 0);
  CALL(fcntl, "F_GET_SEALS of memory", memory, F_GET_SEALS);
  CALL(fcntl, "F_GET_SEALS of memory that is not to be sealed", sealed, F_GET_SEALS);
  CALL(fcntl, "F_ADD_SEALS", memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
  CALL(fcntl, "F_GET_SEALS after that", memory, F_GET_SEALS);
  CALL(fcntl, "F_ADD_SEALS to memory that is not to be sealed", sealed, F_ADD_SEALS, F_SEAL_WRITE);
  CALL(fcntl, "F_ADD_SEALS of an unknown seal", memory, F_ADD_SEALS, 1 << 20);
  CALL(ftruncate, "of memory sealed against growing", memory, 10);
  CALL(write, "to memory sealed against growing", memory, "x", 1);
}

#ifdef __x86_64__

static struct flock lock(int type, int start, int length) {
  return (struct flock){.l_type = type, .l_start = start, .l_len = length};
}

/* Record locks, which a child finds. */
static void fcntls_of_locks(void) {
  struct flock l = lock(F_WRLCK, 10, 10);
  CALL(fcntl, "F_SETLK of a range", file, F_SETLK, &l);
  CALL(fcntl, "F_GETLK of one's own lock", file, F_GETLK, &l);
  EFFECT(fcntl, "F_GETLK finds one's own range free", l.l_type == F_UNLCK);
  IN_CHILD(l = lock(F_RDLCK, 0, 0); CALL(fcntl, "F_GETLK of another's lock", file, F_GETLK, &l);
           EFFECT(fcntl, "F_GETLK tells the lock's type", l.l_type == F_WRLCK);
           EFFECT(fcntl, "F_GETLK tells the lock's start", l.l_start);
           EFFECT(fcntl, "F_GETLK tells the lock's length", l.l_len);
           EFFECT(fcntl, "F_GETLK tells the lock's owner", l.l_pid == getppid());
           l = lock(F_RDLCK, 15, 1);
           CALL(fcntl, "F_SETLK in another's range", file, F_SETLK, &l);
           l = lock(F_WRLCK, 20, 0);
           CALL(fcntl, "F_SETLK behind another's range", file, F_SETLK, &l);
           interruptions(1);
           l = lock(F_WRLCK, 10, 1);
           CALL(fcntl, "F_SETLKW interrupted by a signal", file, F_SETLKW, &l);
           interruptions(0));
  l = lock(F_UNLCK, 12, 2);
  CALL(fcntl, "F_SETLK that frees the middle", file, F_SETLK, &l);
  IN_CHILD(l = lock(F_WRLCK, 12, 2);
           CALL(fcntl, "F_SETLK of the middle by another", file, F_SETLK, &l);
           l = lock(F_WRLCK, 14, 1);
           CALL(fcntl, "F_SETLK of the rest by another", file, F_SETLK, &l));
  l = lock(F_WRLCK, 0, 0);
  CALL(fcntl, "F_SETLK for writing where open for reading", reader, F_SETLK, &l);
  l = lock(7, 0, 0);
  CALL(fcntl, "F_SETLK of an unknown type", file, F_SETLK, &l);
  l = lock(F_RDLCK, -1, 1);
  CALL(fcntl, "F_SETLK before the start", file, F_SETLK, &l);
  l = lock(F_RDLCK, 10, -5);
  CALL(fcntl, "F_SETLK of a negative length", file, F_SETLK, &l);
  CALL(fcntl, "F_SETLK at an address that is none", file, F_SETLK, (void *)8);
  CALL(fcntl, "F_SETLK of an O_PATH descriptor", path, F_SETLK, &l);
  l = lock(F_UNLCK, 0, 0);
  fcntl(file, F_SETLK, &l);
  l = lock(F_WRLCK, 0, 0);
  CALL(fcntl, "F_OFD_SETLK", file, F_OFD_SETLK, &l);
  int other = open("file", O_RDWR);
  CALL(fcntl, "F_OFD_SETLK by another description", other, F_OFD_SETLK, &l);
  CALL(fcntl, "F_SETLK of what a description has locked", other, F_SETLK, &l);
  CALL(fcntl, "F_OFD_GETLK", other, F_OFD_GETLK, &l);
  EFFECT(fcntl, "F_OFD_GETLK tells no owner", l.l_pid);
  CALL(fcntl, "F_OFD_SETLK with an owner", file, F_OFD_SETLK, (l.l_pid = 1, &l));
  close(other);
}

#else

/* struct flock64 as the kernel has it. */
static struct {
  short type, whence;
  int64_t start, length;
  int pid;
} __attribute__((packed)) l64;
static struct flock32 {
  short type, whence;
  int start, length, pid;
} l32;

static void fcntls_of_locks(void) {
  l64.type = F_WRLCK;
  l64.start = 1LL << 40;
  l64.length = 10;
  CALL(fcntl64, "F_SETLK64 of a range", file, F_SETLK64, &l64);
  IN_CHILD(CALL(fcntl64, "F_GETLK64 of another's lock", file, F_GETLK64, &l64);
           EFFECT(fcntl64, "F_GETLK64 tells the lock's start", l64.start >> 40);
           EFFECT(fcntl64, "F_GETLK64 tells the lock's length", l64.length);
           EFFECT(fcntl64, "F_GETLK64 tells the lock's owner", l64.pid == getppid());
           CALL(fcntl64, "F_SETLK64 in another's range", file, F_SETLK64, &l64);
           l32.type = F_RDLCK;
           CALL(fcntl, "F_GETLK of a lock that is too far", file, 5, &l32));
  CALL(fcntl64, "F_GETFL", file, F_GETFL);
  CALL(fcntl64, "of no descriptor", -1, F_SETLK64, &l64);
  CALL(fcntl64, "F_SETLK64 at an address that is none", file, F_SETLK64, (void *)8);
  l32.type = F_WRLCK;
  l32.length = 10;
  CALL(fcntl, "F_SETLK of a range", file, 6, &l32);
  IN_CHILD(CALL(fcntl, "F_SETLK in another's range", file, 6, &l32));
}

#endif

static void flocks(void) {
  int other = open("file", O_RDONLY), copy = dup(file);
  CALL(flock, "shared", file, LOCK_SH);
  CALL(flock, "shared by another", other, LOCK_SH | LOCK_NB);
  CALL(flock, "exclusive where it is shared", other, LOCK_EX | LOCK_NB);
  CALL(flock, "that frees", file, LOCK_UN);
  CALL(flock, "that frees what is free", file, LOCK_UN);
  CALL(flock, "exclusive", other, LOCK_EX);
  CALL(flock, "shared where it is exclusive", file, LOCK_SH | LOCK_NB);
  interruptions(1);
  CALL(flock, "interrupted by a signal", file, LOCK_SH);
  interruptions(0);
  IN_CHILD(CALL(flock, "in a child with the same description", other, LOCK_EX | LOCK_NB);
           CALL(flock, "in a child with another description", file, LOCK_EX | LOCK_NB));
  close(other);
  CALL(flock, "after the other was closed", copy, LOCK_EX | LOCK_NB);
  CALL(flock, "by a copy of its descriptor", file, LOCK_SH | LOCK_NB);
  CALL(flock, "of no kind", file, 0);
  CALL(flock, "of two kinds", file, LOCK_SH | LOCK_EX);
  CALL(flock, "of no descriptor", -1, LOCK_SH);
  CALL(flock, "of an O_PATH descriptor", path, LOCK_SH);
  CALL(flock, "of a pipe", ends[0], LOCK_EX);
  CALL(flock, "of a directory", open(".", O_RDONLY), LOCK_EX | LOCK_NB);
  close(copy);
}

static void ioctls(void) {
  int n = 0;
  struct termios t;
  read(ends[0], (char[5000]){}, 5000);
  write(ends[1], "abc", 3);
  CALL(ioctl, "FIONREAD of a pipe", ends[0], FIONREAD, &n);
  EFFECT(ioctl, "FIONREAD tells what is in it", n);
  write(file, "0123456789", 10);
  lseek(file, 4, SEEK_SET);
  CALL(ioctl, "FIONREAD of a file", file, FIONREAD, &n);
  EFFECT(ioctl, "FIONREAD tells what is left of it", n);
  CALL(ioctl, "FIOCLEX", file, FIOCLEX);
  EFFECT(ioctl, "FIOCLEX sets that it closes on exec", fcntl(file, F_GETFD));
  CALL(ioctl, "FIONCLEX", file, FIONCLEX);
  EFFECT(ioctl, "FIONCLEX clears that", fcntl(file, F_GETFD));
  CALL(ioctl, "FIONBIO", ends[0], FIONBIO, &(int){1});
  EFFECT(ioctl, "FIONBIO sets that it does not wait", (fcntl(ends[0], F_GETFL) & O_NONBLOCK) != 0);
  CALL(ioctl, "FIONBIO of zero", ends[0], FIONBIO, &(int){0});
  EFFECT(ioctl, "FIONBIO clears it", fcntl(ends[0], F_GETFL) & O_NONBLOCK);
  CALL(ioctl, "FIONBIO at an address that is none", ends[0], FIONBIO, (void *)8);
  CALL(ioctl, "FIONREAD to an address that is none", ends[0], FIONREAD, (void *)8);
  CALL(ioctl, "FIOASYNC of a file", file, FIOASYNC, &(int){1});
  CALL(ioctl, "FIGETBSZ of memory", memfd_create("m", 0), FIGETBSZ, &n);
  EFFECT(ioctl, "FIGETBSZ tells a block's size", n >= 512 && (n & n - 1) == 0);
  int64_t size = 0;
  CALL(ioctl, "FIOQSIZE", file, FIOQSIZE, &size);
  EFFECT(ioctl, "FIOQSIZE tells the blocks that it has", size % 512);
  CALL(ioctl, "FIOQSIZE of a pipe", ends[0], FIOQSIZE, &size);
  CALL(ioctl, "TCGETS of a file", file, TCGETS, &t);
  CALL(ioctl, "TCGETS of a pipe", ends[0], TCGETS, &t);
  CALL(ioctl, "TIOCGWINSZ of a device without contents", open("/dev/null", O_RDWR), TIOCGWINSZ, &t);
  CALL(ioctl, "with an unknown request", file, 0x12345, 0);
  CALL(ioctl, "with an unknown request, of a directory", open(".", O_RDONLY), 0x12345, 0);
  CALL(ioctl, "with an unknown request, of a socket", socket(AF_UNIX, SOCK_STREAM, 0), 0x12345, 0);
  CALL(ioctl, "of no descriptor", -1, FIONREAD, &n);
  CALL(ioctl, "of an O_PATH descriptor", path, FIONREAD, &n);
}

int main(void) {
  begin();
  const char *directory = own_directory();
  file = open("file", O_RDWR | O_CREAT, 0644);
  reader = open("file", O_RDONLY);
  path = open("file", O_PATH);
  pipe(ends);
  fcntls_of_descriptors();
  fcntls_of_flags();
  fcntls_of_pipes_and_memory();
  fcntls_of_locks();
  flocks();
  ioctls();
  remove_own_directory(directory);
  return 0;
}
