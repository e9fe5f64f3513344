/* Making files, pipes, sockets and devices; the mask of modes. */
#include "calls.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

static char long_name[257];
static int file, dir, path, closed;

static int mode(const char *name) {
  struct stat s;
  return lstat(name, &s) ? -1 : s.st_mode;
}

static long device(const char *name) {
  struct stat s;
  return lstat(name, &s) ? -1 : major(s.st_rdev) * 1000 + minor(s.st_rdev);
}

static void user_makes(void) {
  setgroups(0, 0);
  if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000)) _exit(1);
  CALL(mknod, "as a user that may not write there", "users", S_IFREG | 0644, 0);
  CALL(mknod, "of a device, as a user", "open/device", S_IFCHR | 0666, makedev(1, 3));
  CALL(mknod, "of a pipe, as a user", "open/pipe", S_IFIFO | 0666, 0);
  CALL(mknodat, "of a device, as a user", dir, "open/device", S_IFBLK | 0666, makedev(1, 3));
  CALL(mknodat, "of a pipe, as a user", dir, "open/pipe2", S_IFIFO | 0666, 0);
}

static void makes(void) {
  CALL(mknod, "of a regular file", "regular", S_IFREG | 0666, 0);
  EFFECT(mknod, "takes the umask's bits from the mode", mode("regular"));
  CALL(mknod, "without a type", "untyped", 04755, 0);
  EFFECT(mknod, "makes a regular file without a type", mode("untyped"));
  CALL(mknod, "of a pipe", "pipe", S_IFIFO | 0600, 0);
  CALL(mknod, "of a socket", "socket", S_IFSOCK | 0600, 0);
  EFFECT(mknod, "makes a socket that cannot be opened", open("socket", O_RDONLY));
  CALL(mknod, "of a device of characters", "null", S_IFCHR | 0666, makedev(1, 3));
  EFFECT(mknod, "gives the device its numbers", device("null"));
  EFFECT(mknod, "makes a device that can be written", write(open("null", O_WRONLY), "abc", 3));
  CALL(mknod, "of a device of blocks", "blocks", S_IFBLK | 0600, makedev(250, 250));
  CALL(mknod, "of a device with a great number", "great", S_IFCHR | 0600, makedev(4095, 70000));
  EFFECT(mknod, "keeps great numbers", device("great"));
  EFFECT(mknod, "makes a device that nobody drives", open("great", O_RDONLY));
  CALL(mknod, "of a directory", "x", S_IFDIR | 0755, 0);
  CALL(mknod, "of a symbolic link", "x", S_IFLNK | 0777, 0);
  CALL(mknod, "of a type that is none", "x", 0170000 | 0777, 0);
  CALL(mknod, "of a name that is there", "pipe", S_IFREG | 0644, 0);
  CALL(mknod, "of a symbolic link that leads nowhere", "dangling", S_IFREG | 0644, 0);
  CALL(mknod, "of a name with a slash", "x/", S_IFREG | 0644, 0);
  CALL(mknod, "below what is not there", "nothing/x", S_IFREG | 0644, 0);
  CALL(mknod, "below a file", "regular/x", S_IFREG | 0644, 0);
  CALL(mknod, "of a name that is too long", long_name, S_IFREG | 0644, 0);
  CALL(mknod, "of an empty name", "", S_IFREG | 0644, 0);
  CALL(mknod, "of an address that is none", (void *)8, S_IFREG | 0644, 0);

  CALL(mknodat, "of a regular file", dir, "at", S_IFREG | 0640, 0);
  EFFECT(mknodat, "gives the mode", mode("at"));
  CALL(mknodat, "of a pipe", dir, "atpipe", S_IFIFO | 0600, 0);
  CALL(mknodat, "of a device", dir, "atdevice", S_IFCHR | 0600, makedev(1, 5));
  EFFECT(mknodat, "gives the device its numbers", device("atdevice"));
  CALL(mknodat, "relative to the working directory", AT_FDCWD, "at2", S_IFREG | 0640, 0);
  CALL(mknodat, "relative to an O_PATH descriptor", path, "at3", S_IFREG | 0640, 0);
  CALL(mknodat, "relative to a file", file, "x", S_IFREG | 0644, 0);
  CALL(mknodat, "relative to a closed descriptor", closed, "x", S_IFREG | 0644, 0);
  CALL(mknodat, "of a directory", dir, "x", S_IFDIR | 0755, 0);
  CALL(mknodat, "of a name that is there", dir, "at", S_IFREG | 0644, 0);
  CALL(mknodat, "of an address that is none", dir, (void *)8, S_IFREG | 0644, 0);
}

static void *in_thread(void *unused) {
  CALL(umask, "in a thread", 033);
  return 0;
}

static void masks(void) {
  umask(0);
  CALL(umask, "of the bits of group and others", 077);
  CALL(umask, "of more than the bits of rights", 0177022);
  CALL(umask, "of all bits", -1);
  CALL(umask, "of no bits", 0);
  CALL(umask, "of the owner's bits", 0700);
  EFFECT(umask, "takes the bits from a file's mode",
         mknod("masked", S_IFREG | 0777, 0) ? -1 : mode("masked"));
  EFFECT(umask, "takes the bits from a directory's mode",
         mkdir("maskdir", 0777) ? -1 : mode("maskdir"));
  EFFECT(umask, "does nothing to a later chmod", chmod("masked", 0777) ? -1 : mode("masked"));
  EFFECT(umask, "does nothing to a symbolic link",
         symlink("x", "masklink") ? -1 : mode("masklink"));
  umask(012);
  IN_CHILD(CALL(umask, "inherited by a child", 070));
  CALL(umask, "after a child's change", 011);
  pthread_t thread;
  pthread_create(&thread, 0, in_thread, 0);
  pthread_join(thread, 0);
  CALL(umask, "after a thread's change", 022);
  umask(025);
  EFFECT(umask, "is kept by a program that is executed",
         WEXITSTATUS(system("test $(umask) = 0025")));
}

int main(void) {
  begin();
  umask(022);
  const char *directory = own_directory();
  memset(long_name, 'n', 256);
  mkdir("open", 0777);
  chmod("open", 0777);
  symlink("nothing", "dangling");
  file = open("file", O_RDWR | O_CREAT, 0644);
  dir = open(".", O_RDONLY);
  path = open(".", O_PATH);
  closed = fcntl(file, F_DUPFD, 500); /* later descriptors are lower */
  close(closed);
  IN_CHILD(user_makes());
  makes();
  masks();
  remove_own_directory(directory);
  return 0;
}
