/* Memory of other processes, and files that live in memory alone. */
#include "calls.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/uio.h>

#define PAGE 4096L

static char here[100];
static char *page; /* and nothing behind it */

static struct iovec *at(void *address, size_t length) {
  static struct iovec vectors[4];
  static int next;
  struct iovec *v = &vectors[next++ & 3];
  *v = (struct iovec){address, length};
  return v;
}

static int other;
static int to_other[2];

/* A process with other contents in the same places, which waits to be told to end. */
static void start_other(void) {
  int ready[2];
  char c;
  pipe(ready);
  pipe(to_other);
  other = fork();
  if (other == 0) {
    strcpy(here, "other's text");
    memset(page, 'o', PAGE);
    close(to_other[1]);
    write(ready[1], "r", 1);
    read(to_other[0], &c, 1);
    _exit(strcmp(here, "given's text"));
  }
  read(ready[0], &c, 1);
}

static int end_other(void) {
  int status;
  close(to_other[1]);
  waitpid(other, &status, 0);
  return WEXITSTATUS(status);
}

static void user_asks(void) {
  setgroups(0, 0);
  if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000)) _exit(1);
  char b[10];
  CALL(process_vm_readv, "from another user's process", other, at(b, 5), 1, at(here, 5), 1, 0L);
  CALL(process_vm_writev, "to another user's process", other, at(b, 5), 1, at(here, 5), 1, 0L);
}

static void others(void) {
  char b[100] = "", c[100] = "";
  struct iovec two[] = {{b, 3}, {c, 100}}, remote[] = {{here + 1, 4}, {here + 7, 2}};
  CALL(process_vm_readv, "from another process", other, at(b, 5), 1, at(here, 5), 1, 0L);
  EFFECT(process_vm_readv, "reads the other's memory", !strcmp(b, "other"));
  CALL(process_vm_readv, "in several pieces", other, two, 2, remote, 2, 0L);
  EFFECT(process_vm_readv, "fills one piece after the other",
         !strncmp(b, "the", 3) && !strcmp(c, "r t"));
  CALL(process_vm_readv, "into less room", other, at(b, 3), 1, at(here, 50), 1, 0L);
  CALL(process_vm_readv, "into more room", other, at(b, 50), 1, at(here, 3), 1, 0L);
  CALL(process_vm_readv, "up to what is not mapped", other, at(b, 50), 1, at(page + PAGE - 10, 50),
       1, 0L);
  CALL(process_vm_readv, "from what is not mapped", other, at(b, 50), 1, at(page + PAGE, 50),
       1, 0L);
  CALL(process_vm_readv, "to what is not mapped", other, at((void *)8, 5), 1, at(here, 5), 1, 0L);
  CALL(process_vm_readv, "into no pieces", other, at(b, 5), 0, at(here, 5), 1, 0L);
  CALL(process_vm_readv, "from no pieces", other, at(b, 5), 1, at(here, 5), 0, 0L);
  CALL(process_vm_readv, "into more pieces than there can be", other, at(b, 5), 1025, at(here, 5),
       1, 0L);
  CALL(process_vm_readv, "from more pieces than there can be", other, at(b, 5), 1, at(here, 5),
       1025, 0L);
  CALL(process_vm_readv, "into pieces at an address that is none", other, (void *)8, 1, at(here, 5),
       1, 0L);
  CALL(process_vm_readv, "from pieces at an address that is none", other, at(b, 5), 1, (void *)8, 1,
       0);
  CALL(process_vm_readv, "into a piece of less than no bytes", other, at(b, -1), 1, at(here, 5), 1,
       0);
  CALL(process_vm_readv, "with flags, which there are none", other, at(b, 5), 1, at(here, 5), 1,
       1L);
  CALL(process_vm_readv, "from oneself", getpid(), at(b, 5), 1, at(here, 5), 1, 0L);
  CALL(process_vm_readv, "from no process", 1 << 30, at(b, 5), 1, at(here, 5), 1, 0L);
  CALL(process_vm_readv, "from less than no process", -1, at(b, 5), 1, at(here, 5), 1, 0L);

  CALL(process_vm_writev, "to another process", other, at("given", 5), 1, at(here, 5), 1, 0L);
  CALL(process_vm_writev, "to what the other may only read", other, at("x", 1), 1,
       at(page + PAGE - 1, 1), 1, 0L);
  CALL(process_vm_writev, "up to what is not mapped", other, at(here, 50), 1,
       at(page - 10 + PAGE, 50), 1, 0L);
  CALL(process_vm_writev, "to what is not mapped", other, at(here, 5), 1, at((void *)8, 5), 1, 0L);
  CALL(process_vm_writev, "from what is not mapped", other, at((void *)8, 5), 1, at(here + 50, 5),
       1, 0L);
  CALL(process_vm_writev, "from no pieces", other, at(here, 5), 0, at(here, 5), 1, 0L);
  CALL(process_vm_writev, "from more pieces than there can be", other, at(b, 5), 1025, at(here, 5),
       1, 0L);
  CALL(process_vm_writev, "with flags, which there are none", other, at(b, 5), 1, at(here, 5), 1,
       1);
  CALL(process_vm_writev, "to no process", 1 << 30, at(b, 5), 1, at(here, 5), 1, 0L);
  CALL(process_vm_writev, "to oneself", getpid(), at("own's", 5), 1, at(here, 5), 1, 0L);
  EFFECT(process_vm_writev, "writes one's own memory", !strcmp(here, "own's text"));
  IN_CHILD(user_asks());
  EFFECT(process_vm_writev, "writes the other's memory", end_other());
  CALL(process_vm_readv, "from a process that has ended", other, at(b, 5), 1, at(here, 5), 1, 0L);
  CALL(process_vm_writev, "to a process that has ended", other, at(b, 5), 1, at(here, 5), 1, 0L);
}

static void without_room(void) {
  struct rlimit none = {3, 3};
  setrlimit(RLIMIT_NOFILE, &none);
  CALL(memfd_create, "without room for a descriptor", "name", 0);
}

static void memory_files(void) {
  char long_name[300], b[100];
  memset(long_name, 'n', 299);
  long_name[299] = 0;
  CALL_OK(memfd_create, "of a name", "name", 0);
  CALL_OK(memfd_create, "of the same name", "name", 0);
  CALL_OK(memfd_create, "of an empty name", "", 0);
  CALL_OK(memfd_create, "of a name with a slash", "a/b", 0);
  CALL_OK(memfd_create, "of the longest name", long_name + 50, 0);
  CALL(memfd_create, "of a name that is too long", long_name + 49, 0);
  CALL(memfd_create, "of an address that is none", (void *)8, 0);
  CALL(memfd_create, "with a flag that is none", "name", 0x1000);
#ifdef __x86_64__
  CALL_OK(memfd_create, "with bits above those of the flags", "name", 1L << 40);
#endif
  IN_CHILD(without_room());

  struct stat s;
  int fd = memfd_create("name", 0);
  fstat(fd, &s);
  EFFECT(memfd_create, "makes a regular file", S_ISREG(s.st_mode));
  EFFECT(memfd_create, "gives it no name", s.st_nlink);
  EFFECT(memfd_create, "makes it empty", s.st_size);
  EFFECT(memfd_create, "opens it to be read and written", fcntl(fd, F_GETFL) & O_ACCMODE);
  EFFECT(memfd_create, "gives what can be written", write(fd, "abc", 3));
  EFFECT(memfd_create, "gives what can be read", pread(fd, b, 100, 1));
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  memset(b, 0, sizeof b);
  readlink(link, b, 99);
  EFFECT(memfd_create, "shows the name", !strcmp(b, "/memfd:name (deleted)"));
  EFFECT(memfd_create, "closes on exec with the flag",
         fcntl(memfd_create("n", MFD_CLOEXEC), F_GETFD));
  EFFECT(memfd_create, "is sealed against seals without the flag", fcntl(fd, F_GET_SEALS));
  EFFECT(memfd_create, "takes no seals without the flag", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
  fd = memfd_create("n", MFD_ALLOW_SEALING);
  ftruncate(fd, 10);
  EFFECT(memfd_create, "takes seals with the flag",
         fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
  EFFECT(memfd_create, "tells its seals", fcntl(fd, F_GET_SEALS));
  EFFECT(memfd_create, "does not shrink with a seal", ftruncate(fd, 5));
  EFFECT(memfd_create, "does not grow with a seal", pwrite(fd, "abc", 3, 10));
  EFFECT(memfd_create, "is written below its size with a seal", pwrite(fd, "abc", 3, 0));
  fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL);
  EFFECT(memfd_create, "is not written with a seal", pwrite(fd, "abc", 3, 0));
  EFFECT(memfd_create, "is not mapped to be written with a seal",
         (long)mmap(0, PAGE, PROT_WRITE, MAP_SHARED, fd, 0));
  EFFECT(memfd_create, "takes no seal after the last", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
}

int main(void) {
  begin();
  prctl(PR_SET_DUMPABLE, 1);
  errno = 0;
  page = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(page + PAGE, PAGE);
  strcpy(here, "given's text");
  start_other();
  others();
  memory_files();
  return 0;
}
