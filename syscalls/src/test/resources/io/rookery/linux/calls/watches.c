/* Watching files. */
#include "calls.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/resource.h>

static char long_name[257];
static int fd, file, path, closed;

/* The bits of all events that wait. */
static long events(void) {
  char b[4096] __attribute__((aligned(8)));
  long bits = 0, n = read(fd, b, sizeof b);
  for (char *p = b; p < b + n; p += sizeof(struct inotify_event) + ((struct inotify_event *)p)->len)
    bits |= ((struct inotify_event *)p)->mask;
  errno = 0;
  return bits;
}

static int readable(int of) {
  struct pollfd p = {of, POLLIN};
  return poll(&p, 1, 0);
}

static void user_watches(void) {
  setgroups(0, 0);
  if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000)) _exit(1);
  CALL(inotify_add_watch, "of a file that may not be read", fd, "private", IN_OPEN);
  CALL(inotify_add_watch, "below a directory that may not be searched", fd, "closed/x", IN_OPEN);
  CALL_OK(inotify_init, "as a user");
}

static void without_room(void) {
  struct rlimit none = {3, 3};
  setrlimit(RLIMIT_NOFILE, &none);
  CALL(inotify_init, "without room for a descriptor");
  CALL(inotify_init1, "without room for a descriptor", 0);
}

static void *in_thread(void *unused) {
  CALL_OK(inotify_init, "in a thread");
  CALL(inotify_rm_watch, "in a thread", fd, 3);
  return 0;
}

static void makes(void) {
  char b[100];
  CALL_OK(inotify_init, "without arguments");
  CALL_OK(inotify_init, "with arguments, which it has not", -1, -1, -1);
  int of = inotify_init();
  EFFECT(inotify_init, "gives a descriptor that programs inherit", fcntl(of, F_GETFD));
  EFFECT(inotify_init, "gives a descriptor that waits, to be read",
         fcntl(of, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
  EFFECT(inotify_init, "gives nothing to be written", write(of, b, 1));
  EFFECT(inotify_init, "gives nothing to be read at first", readable(of));
  EFFECT(inotify_init, "gives nothing to seek in", lseek(of, 0, SEEK_SET));

  CALL_OK(inotify_init1, "without flags", 0);
  CALL_OK(inotify_init1, "with both flags", IN_CLOEXEC | IN_NONBLOCK);
  CALL(inotify_init1, "with a flag that is none", 1);
  CALL(inotify_init1, "with all flags", -1);
#ifdef __x86_64__
  CALL_OK(inotify_init1, "with bits above those of the flags", 1L << 40);
#endif
  EFFECT(inotify_init1, "closes on exec with the flag", fcntl(inotify_init1(IN_CLOEXEC), F_GETFD));
  EFFECT(inotify_init1, "does not wait with the flag",
         fcntl(inotify_init1(IN_NONBLOCK), F_GETFL) & O_NONBLOCK);
  EFFECT(inotify_init1, "has nothing to be read", read(inotify_init1(IN_NONBLOCK), b, 100));
}

static void adds(void) {
  CALL(inotify_add_watch, "of a file", fd, "file", IN_OPEN);
  CALL(inotify_add_watch, "of a directory", fd, ".", IN_CREATE);
  CALL(inotify_add_watch, "of a file that is watched", fd, "file", IN_OPEN);
  CALL(inotify_add_watch, "of a file by its other name", fd, "second", IN_OPEN);
  CALL(inotify_add_watch, "of a file through a symbolic link", fd, "link", IN_OPEN);
  CALL(inotify_add_watch, "of a symbolic link", fd, "link", IN_ATTRIB | IN_DONT_FOLLOW);
  CALL(inotify_add_watch, "of a file that is watched, to be new", fd, "file",
       IN_OPEN | IN_MASK_CREATE);
  CALL(inotify_add_watch, "of more and to be new", fd, "file",
       IN_OPEN | IN_MASK_CREATE | IN_MASK_ADD);
  CALL(inotify_add_watch, "of a file, if it is a directory", fd, "file", IN_OPEN | IN_ONLYDIR);
  CALL(inotify_add_watch, "of no events", fd, "file", 0);
  CALL(inotify_add_watch, "of bits that are no events", fd, "file", 1 << 20);
  CALL(inotify_add_watch, "of nothing", fd, "nothing", IN_OPEN);
  CALL(inotify_add_watch, "of an empty name", fd, "", IN_OPEN);
  CALL(inotify_add_watch, "of a name that is too long", fd, long_name, IN_OPEN);
  CALL(inotify_add_watch, "of an address that is none", fd, (void *)8, IN_OPEN);
  CALL(inotify_add_watch, "with a closed descriptor", closed, "file", IN_OPEN);
  CALL(inotify_add_watch, "with a file's descriptor", file, "file", IN_OPEN);
  CALL(inotify_add_watch, "with an O_PATH descriptor", path, "file", IN_OPEN);
  CALL(inotify_add_watch, "with another's descriptor, by another number", inotify_init(), "file",
       IN_OPEN);

  events();
  close(open("file", O_RDWR));
  EFFECT(inotify_add_watch, "tells of the events asked for", events());
  CALL(inotify_add_watch, "of further events", fd, "file", IN_CLOSE_WRITE | IN_MASK_ADD);
  close(open("file", O_RDWR));
  EFFECT(inotify_add_watch, "tells of further events, too", events());
  CALL(inotify_add_watch, "of other events", fd, "file", IN_CLOSE_WRITE);
  close(open("file", O_RDWR));
  EFFECT(inotify_add_watch, "tells only of other events", events());
  close(creat("new", 0644));
  EFFECT(inotify_add_watch, "tells what happens in a directory", events());
  CALL(inotify_add_watch, "of one event only", fd, "new", IN_OPEN | IN_ONESHOT);
  close(open("new", O_RDONLY));
  close(open("new", O_RDONLY));
  EFFECT(inotify_add_watch, "tells of one event and the end", events());
}

static void removes(void) {
  CALL(inotify_rm_watch, "of a watch", fd, 1);
  EFFECT(inotify_rm_watch, "tells of the end", events());
  close(open("file", O_RDWR));
  EFFECT(inotify_rm_watch, "leaves nothing to be told", events());
  CALL(inotify_rm_watch, "of a watch that is removed", fd, 1);
  CALL(inotify_rm_watch, "of a watch that has ended", fd, 4);
  CALL(inotify_rm_watch, "of a watch that never was", fd, 1000);
  CALL(inotify_rm_watch, "of less than none", fd, -1);
  CALL(inotify_rm_watch, "of none", fd, 0);
  CALL(inotify_rm_watch, "of another's watch", inotify_init(), 2);
  CALL(inotify_rm_watch, "with a closed descriptor", closed, 2);
  CALL(inotify_rm_watch, "with a file's descriptor", file, 2);
  CALL(inotify_rm_watch, "with an O_PATH descriptor", path, 2);
  CALL(inotify_add_watch, "of a file that was watched", fd, "file", IN_OPEN);
  IN_CHILD(CALL(inotify_rm_watch, "in a child", fd, 2));
  EFFECT(inotify_rm_watch, "in a child ends the parent's watch", events());
  int watch = inotify_add_watch(fd, "new", IN_DELETE_SELF);
  unlink("new");
  EFFECT(inotify_add_watch, "tells of a file's end", events());
  CALL(inotify_rm_watch, "of a watch whose file is gone", fd, watch);
}

int main(void) {
  begin();
  umask(022);
  const char *directory = own_directory();
  memset(long_name, 'n', 256);
  file = open("file", O_RDWR | O_CREAT, 0644);
  close(creat("private", 0600));
  mkdir("closed", 0700);
  link("file", "second");
  symlink("file", "link");
  path = open(".", O_PATH);
  closed = fcntl(file, F_DUPFD, 500); /* later descriptors are lower */
  close(closed);
  fd = inotify_init1(IN_NONBLOCK);
  IN_CHILD(user_watches());
  IN_CHILD(without_room());
  makes();
  adds();
  pthread_t thread;
  pthread_create(&thread, 0, in_thread, 0);
  pthread_join(thread, 0);
  events();
  removes();
  remove_own_directory(directory);
  return 0;
}
