/* Mounting and unmounting, and leaving what is shared. Nothing of it reaches the host's mounts. */
#include "calls.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

static const char *directory;

static long type(const char *name) {
  struct statfs s;
  return statfs(name, &s) ? -1 : s.f_type;
}

static int created(const char *name) {
  int fd = open(name, O_RDWR | O_CREAT, 0644);
  return fd < 0 ? -1 : close(fd);
}

static void user_mounts(void) {
  become(1000);
  CALL(mount, "as a user", "none", "at", "tmpfs", 0, NULL);
  CALL(mount, "on nothing, as a user", "none", "nothing", "tmpfs", 0, NULL);
  CALL(umount2, "as a user", "at", 0);
  CALL(umount2, "of nothing, as a user", "nothing", 0);
  CALL(umount2, "with flags that are none, as a user", "at", 64);
}

static void mounts(void) {
  CALL(mount, "of memory", "none", "at", "tmpfs", 0, "size=1m,mode=755");
  EFFECT(mount, "puts another file system in place", type("at"));
  created("at/file");
  CALL(mount, "over another mount", "none", "at", "tmpfs", 0, NULL);
  CALL(mount, "with the magic number of old programs", "none", "third", "tmpfs", MS_MGC_VAL, NULL);
  EFFECT(mount, "takes the magic number for no flags", type("third"));
  umount2("third", 0);
  EFFECT(mount, "hides what was mounted before", access("at/file", F_OK));
  IN_CHILD(user_mounts());
  CALL(umount2, "of the upper of two mounts", "at", 0);
  EFFECT(umount2, "shows what was mounted before", access("at/file", F_OK));
  CALL(mount, "of a type that is none", "none", "at", "rookeryfs", 0, NULL);
  CALL(mount, "of no type", "none", "at", NULL, 0, NULL);
  CALL(mount, "with an option that is none", "none", "at", "tmpfs", 0, "nonsense=1");
  CALL(mount, "on nothing", "none", "nothing", "tmpfs", 0, NULL);
  CALL(mount, "on an empty name", "none", "", "tmpfs", 0, NULL);
  CALL(mount, "on a file", "none", "file", "tmpfs", 0, NULL);
  CALL(mount, "on an address that is none", "none", (void *)8, "tmpfs", 0, NULL);
  CALL(mount, "of a type's address that is none", "none", "at", (void *)8, 0, NULL);
  CALL(mount, "from an address that is none", (void *)8, "at", "tmpfs", 0, NULL);
  CALL(mount, "with options at an address that is none", "none", "at", "tmpfs", 0, (void *)8);

  CALL(mount, "of a directory's second place", "at", "second", NULL, MS_BIND, NULL);
  EFFECT(mount, "shows a directory in two places", access("second/file", F_OK));
  CALL(mount, "of a file's second place", "file", "other", NULL, MS_BIND, NULL);
  CALL(mount, "of a directory's second place on a file", "at", "file", NULL, MS_BIND, NULL);
  CALL(mount, "of a file's second place on a directory", "file", "third", NULL, MS_BIND, NULL);
  CALL(mount, "of nothing's second place", "nothing", "third", NULL, MS_BIND, NULL);
  CALL(mount, "of no second place", NULL, "third", NULL, MS_BIND, NULL);
  CALL(mount, "of an empty name's second place", "", "third", NULL, MS_BIND, NULL);

  CALL(mount, "again, of what is no mount", "none", "third", "tmpfs", MS_REMOUNT, NULL);
  CALL(mount, "again, of a place only, to be read only", NULL, "second", NULL,
       MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
  EFFECT(mount, "lets nothing be made in a place that is read only", created("second/new"));
  EFFECT(mount, "lets the other place be written", created("at/new"));
  CALL(mount, "again, to be read only", NULL, "at", NULL, MS_REMOUNT | MS_RDONLY, NULL);
  EFFECT(mount, "lets nothing be made when it is read only", created("at/newer"));
  CALL(mount, "again, to be written", NULL, "at", NULL, MS_REMOUNT, NULL);
  int fd = open("at/file", O_RDWR);
  CALL(mount, "again, to be read only while it is written", NULL, "at", NULL,
       MS_REMOUNT | MS_RDONLY, NULL);
  close(fd);
  CALL(mount, "with two kinds of propagation", NULL, "at", NULL, MS_SHARED | MS_PRIVATE, NULL);
  CALL(mount, "with a propagation of what is no mount", NULL, "third", NULL, MS_PRIVATE, NULL);

  CALL(mount, "without programs and devices", "none", "third", "tmpfs", MS_NOEXEC | MS_NODEV, NULL);
  close(open("third/program", O_RDWR | O_CREAT, 0755));
  EFFECT(mount, "lets no program run", access("third/program", X_OK));
  mknod("third/null", S_IFCHR | 0666, makedev(1, 3));
  EFFECT(mount, "lets no device be opened", open("third/null", O_RDONLY));
  umount2("third", 0);
}

static void unmounts(void) {
  CALL(umount2, "of a file's second place", "other", 0);
  CALL(umount2, "of a directory's second place", "second", 0);
  CALL(umount2, "of what is no mount", "second", 0);
  CALL(umount2, "of a directory in a mount", "at/file", 0);
  CALL(umount2, "of nothing", "nothing", 0);
  CALL(umount2, "of an empty name", "", 0);
  CALL(umount2, "of an address that is none", (void *)8, 0);
  CALL(umount2, "with a flag that is none", "at", 64);
#ifdef __x86_64__
  CALL(umount2, "of what is no mount, with bits above those of the flags", "second", 1L << 40);
#endif
  CALL(umount2, "of a symbolic link, not followed", "link", UMOUNT_NOFOLLOW);
  CALL(umount2, "by force and to expire", "at", MNT_FORCE | MNT_EXPIRE);
  int fd = open("at/file", O_RDONLY);
  CALL(umount2, "while a file is open", "at", 0);
  CALL(umount2, "through a symbolic link, while a file is open", "link", 0);
  CALL(umount2, "to be detached while a file is open", "at", MNT_DETACH);
  EFFECT(umount2, "leaves an open file to be used", fchmod(fd, 0600));
  EFFECT(umount2, "takes the mount away", access("at/file", F_OK));
  close(fd);
  mount("none", "at", "tmpfs", 0, NULL);
  CALL(umount2, "by force", "at", MNT_FORCE);
  mount("none", "at", "tmpfs", 0, NULL);
  mkdir("at/inner", 0755);
  mount("none", "at/inner", "tmpfs", 0, NULL);
  CALL(umount2, "of a mount with another one inside", "at", 0);
  CALL(umount2, "of the inner mount", "at/inner", 0);
  chdir("at");
  CALL(umount2, "of the working directory", ".", 0);
  chdir("..");
  CALL(umount2, "of an unused mount", "at", 0);
}

static int fd;

static void *apart(void *unused) {
  CALL(unshare, "of threads, in one of several", CLONE_THREAD);
  CALL(unshare, "of signal handlers, in one of several threads", CLONE_SIGHAND);
  CALL(unshare, "of memory, in one of several threads", CLONE_VM);
  CALL(unshare, "of the working directory, in a thread", CLONE_FS);
  chdir("/");
  umask(077);
  CALL(unshare, "of descriptors, in a thread", CLONE_FILES);
  close(fd);
  return 0;
}

static void *together(void *unused) {
  chdir("/");
  close(fd);
  return 0;
}

static void run(void *(*what)(void *)) {
  pthread_t thread;
  pthread_create(&thread, 0, what, 0);
  pthread_join(thread, 0);
}

static void unshares(void) {
  CALL(unshare, "of nothing", 0);
  CALL(unshare, "of the working directory", CLONE_FS);
  CALL(unshare, "of descriptors", CLONE_FILES);
  CALL(unshare, "of semaphores' adjustments", CLONE_SYSVSEM);
  CALL(unshare, "of threads, with a single one", CLONE_THREAD);
  CALL(unshare, "of signal handlers, with a single thread", CLONE_SIGHAND);
  CALL(unshare, "of memory, with a single thread", CLONE_VM);
  CALL(unshare, "of several things", CLONE_FS | CLONE_FILES | CLONE_SYSVSEM);
  CALL(unshare, "of what only clone knows", CLONE_PARENT);
  CALL(unshare, "of a signal's number", SIGCHLD);
  CALL(unshare, "of everything", -1);
  fd = open("file", O_RDONLY);
  mode_t before = umask(022);
  run(apart);
  EFFECT(unshare, "leaves the others their working directory", access("file", F_OK));
  EFFECT(unshare, "leaves the others their mask of modes", umask(before));
  EFFECT(unshare, "leaves the others their descriptors", fcntl(fd, F_GETFD));
  run(together);
  EFFECT(unshare, "is what a thread's working directory needs", access("file", F_OK));
  EFFECT(unshare, "is what a thread's descriptors need", fcntl(fd, F_GETFD));
}

int main(void) {
  begin();
  umask(022);
  if (unshare(CLONE_NEWNS) == 0) mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
  errno = 0;
  directory = own_directory();
  mkdir("at", 0755);
  mkdir("second", 0755);
  mkdir("third", 0755);
  created("file");
  created("other");
  symlink("at", "link");
  mounts();
  unmounts();
  unshares();
  remove_own_directory(directory);
  return 0;
}
