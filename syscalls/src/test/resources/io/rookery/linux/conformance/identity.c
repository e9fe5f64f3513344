/* Users, groups and capabilities, as the superuser and after giving that up. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints a call's result and, where it failed, its error. */
#define RESULT(what, call)                        \
  do {                                            \
    errno = 0;                                    \
    long result_ = (long)(call);                  \
    printf(what " %ld %d\n", result_, result_ < 0 ? errno : 0); \
  } while (0)

static void show(const char *what, long result) {
  uid_t r, e, s;
  gid_t gr, ge, gs;
  int error = result < 0 ? errno : 0;
  getresuid(&r, &e, &s);
  getresgid(&gr, &ge, &gs);
  printf("%s: %ld %d uid %d %d %d fs %d gid %d %d %d fs %d\n", what, result, error, (int)r, (int)e,
         (int)s, setfsuid(-1), (int)gr, (int)ge, (int)gs, setfsgid(-1));
}

static void caps(const char *what) {
  struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct d[2];
  int r = syscall(SYS_capget, &h, d);
  printf("%s: %d effective %d permitted %d\n", what, r, d[0].effective != 0, d[0].permitted != 0);
}

#define CHILD(...)           \
  do {                       \
    if (fork() == 0) {       \
      __VA_ARGS__;           \
      _exit(0);              \
    }                        \
    int st;                  \
    wait(&st);               \
    if (st) printf("status %x\n", st); \
  } while (0)

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  if (getuid() != 0) return 77;
  gid_t list[4] = {10, 20, 30};
  show("start", 0);
  printf("setgroups %d %d\n", setgroups(3, list), getgroups(0, 0));
  memset(list, 0, sizeof list);
  printf("getgroups %d", getgroups(4, list));
  printf(" %d %d %d\n", list[0], list[1], list[2]);
  RESULT("getgroups", getgroups(2, list));
  CHILD({
    show("setuid", setuid(1000));
    caps("setuid");
    show("back", setuid(0));
    RESULT("setgroups", setgroups(1, list));
    show("setgid", setgid(5));
    RESULT("kill init", kill(getppid(), 0));
    RESULT("sethostname", sethostname("x", 1));
    RESULT("chown", chown("/tmp", 1000, 1000));
    RESULT("nice", setpriority(PRIO_PROCESS, 0, -5));
    struct rlimit l = {1 << 20, 1 << 21};
    RESULT("rlimit", setrlimit(RLIMIT_NOFILE, &l));
  });
  CHILD({
    show("seteuid", seteuid(1000));
    caps("seteuid");
    show("again", seteuid(0));
    caps("again");
  });
  CHILD({
    show("setresuid", setresuid(1, 2, 3));
    show("to saved", setresuid(-1, 3, -1));
    show("to other", setresuid(-1, 4, -1));
    show("setreuid", setreuid(3, 1));
    show("setfsuid", 0);
  });
  CHILD({
    show("setresgid", setresgid(7, 8, 9));
    show("setregid", setregid(11, 12));
    show("setegid", setegid(13));
  });
  CHILD({
    setfsuid(500);
    show("setfsuid", 0);
  });
  CHILD({
    prctl(PR_SET_KEEPCAPS, 1);
    setuid(1000);
    caps("kept");
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    printf("no new privs %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  });
  char name[] = "/tmp/identity.XXXXXX";
  int fd = mkstemp(name);
  CHILD({
    setuid(1000);
    RESULT("open", open(name, O_RDONLY));
    RESULT("chmod", chmod(name, 0777));
    RESULT("unlink", unlink(name));
    RESULT("mkdir", mkdir("/root/x", 0700));
  });
  fchown(fd, 1000, 2000);
  fchmod(fd, 0640);
  CHILD({
    setuid(1000);
    printf("owner %d\n", open(name, O_RDWR) >= 0);
  });
  CHILD({
    setgid(2000);
    setgroups(0, 0);
    setuid(1001);
    printf("group %d", open(name, O_RDONLY) >= 0);
    RESULT("", open(name, O_RDWR));
    RESULT("access", access(name, W_OK));
  });
  unlink(name);
  return 0;
}
