/* Capabilities: looked at and given up. What a host's superuser has of them is not shown. */
#include "calls.h"

#include <linux/capability.h>
#include <sys/socket.h>

#define FEW (1 << CAP_CHOWN | 1 << CAP_KILL | 1 << CAP_SETUID | 1 << CAP_SETPCAP)

typedef struct __user_cap_header_struct header;
typedef struct __user_cap_data_struct data[2];

static header one = {_LINUX_CAPABILITY_VERSION_1}, two = {_LINUX_CAPABILITY_VERSION_2},
              three = {_LINUX_CAPABILITY_VERSION_3};

static long set(unsigned effective, unsigned permitted, unsigned inheritable) {
  data d = {{effective, permitted, inheritable}};
  return syscall(SYS_capset, &three, d);
}

/* A number from the three low words of a task; all that the programs set fits into 8 bits each. */
static long seen(int pid) {
  header h = {_LINUX_CAPABILITY_VERSION_3, pid};
  data d = {};
  if (syscall(SYS_capget, &h, d)) return -1;
  return (d[0].effective << 9 | d[0].permitted) << 9 | d[0].inheritable;
}

static void *in_thread(void *unused) {
  data d = {{1 << CAP_KILL, 1 << CAP_KILL, 0}};
  CALL(capset, "of one thread", &three, d);
  EFFECT(capget, "of a thread that gave up its own", seen(0));
  return unused;
}

static void looked_at(void) {
  data d = {};
  set(FEW, FEW, 1 << CAP_KILL);
  CALL(capget, "of the third version", &three, d);
  EFFECT(capget, "of the effective ones", d[0].effective);
  EFFECT(capget, "of the permitted ones", d[0].permitted);
  EFFECT(capget, "of the inheritable ones", d[0].inheritable);
  EFFECT(capget, "of the high words", d[1].effective | d[1].permitted | d[1].inheritable);
  d[1].effective = 9;
  CALL(capget, "of the first version", &one, d);
  EFFECT(capget, "of the first version has one word", d[1].effective);
  CALL(capget, "of the second version", &two, d);
  EFFECT(capget, "of the second version has two words", d[1].effective);
  header bad = {1};
  CALL(capget, "of no version", &bad, d);
  EFFECT(capget, "of no version tells the best one", bad.version);
  bad.version = 1;
  CALL(capget, "that asks for the version", &bad, 0L);
  EFFECT(capget, "that asks for the version is told", bad.version);
  CALL(capget, "of a version, without data", &three, 0L);
  CALL(capget, "with a header that is none", 8L, d);
  CALL(capget, "without a header", 0L, d);
  CALL(capget, "to an address that is none", &three, 8L);
  header other = {_LINUX_CAPABILITY_VERSION_3, getpid()};
  CALL(capget, "by the caller's own id", &other, d);
  EFFECT(capget, "by the caller's own id, permitted", d[0].permitted);
  other.pid = 0x3ffffff;
  CALL(capget, "of no process", &other, d);
  other.pid = -1;
  CALL(capget, "of a negative process", &other, d);
  CALL(capget, "of a negative process, without data", &other, 0L);
  int ends[2];
  pipe(ends);
  pid_t child = fork();
  if (child == 0) {
    close(ends[1]);
    char c;
    _exit(read(ends[0], &c, 1));
  }
  EFFECT(capget, "of a child", seen(child));
  IN_CHILD({
    setuid(77);
    CALL(capget, "by another user", &three, d);
    EFFECT(capget, "of another user", seen(0));
    EFFECT(capget, "of a stranger", seen(child));
  });
  close(ends[1]);
  waitpid(child, 0, 0);
}

static void given_up(void) {
  data d = {{FEW, FEW, 0}};
  CALL(capset, "of the third version", &three, d);
  EFFECT(capset, "of the third version is seen", seen(0));
  CALL(capset, "of the second version", &two, d);
  CALL(capset, "of the first version", &one, d);
  header bad = {1};
  CALL(capset, "of no version", &bad, d);
  EFFECT(capset, "of no version tells the best one", bad.version);
  bad.version = 1;
  CALL(capset, "of no version, without data", &bad, 0L);
  CALL(capset, "with a header that is none", 8L, d);
  CALL(capset, "from an address that is none", &three, 8L);
  CALL(capset, "from no address", &three, 0L);
  header other = {_LINUX_CAPABILITY_VERSION_3, getpid()};
  CALL(capset, "by the caller's own id", &other, d);
  other.pid = getppid();
  CALL(capset, "of another process", &other, d);
  other.pid = -1;
  CALL(capset, "of a negative process", &other, d);
  pthread_t t;
  pthread_create(&t, 0, in_thread, 0);
  pthread_join(t, 0);
  EFFECT(capget, "beside a thread that gave up its own", seen(0));

  d[0].permitted |= 1 << CAP_FOWNER;
  CALL(capset, "of a permitted one that was not", &three, d);
  d[0].permitted = 1 << CAP_KILL;
  CALL(capset, "of effective ones that are not permitted", &three, d);
  d[0].permitted = FEW;
  d[1].effective = d[1].permitted = 1U << 31;
  CALL(capset, "of one that there is not", &three, d);
  EFFECT(capset, "of one that there is not drops it", seen(0));
  d[1].effective = d[1].permitted = 0;
  d[0].inheritable = 1 << CAP_FOWNER;
  CALL(capset, "of an inheritable one that is not permitted", &three, d);
  d[0].effective = FEW & ~(1 << CAP_SETPCAP);
  d[0].inheritable |= 1 << CAP_DAC_OVERRIDE;
  CALL(capset, "of an inheritable one more, which takes CAP_SETPCAP", &three, d);
  d[0].inheritable |= 1 << CAP_DAC_READ_SEARCH;
  CALL(capset, "of an inheritable one more, without CAP_SETPCAP", &three, d);
  EFFECT(capset, "that fails changes nothing", seen(0));
  d[0].inheritable = 1 << CAP_KILL;
  CALL(capset, "of a permitted one as inheritable, without CAP_SETPCAP", &three, d);
  IN_CHILD(EFFECT(capget, "in a child that inherited", seen(0)));
}

static void used(void) {
  const char *directory = own_directory();
  EFFECT(capset, "of no effective ones", set(0, FEW, 0));
  EFFECT(capset, "takes what is not effective", chown(".", 1, 1));
  EFFECT(capset, "takes the user's change", setuid(77));
  EFFECT(capset, "that takes back what is permitted", set(FEW, FEW, 0));
  EFFECT(capset, "gives back what is effective", chown(".", 0, 0));
  EFFECT(capset, "keeps its hands off what is not permitted", socket(AF_INET, SOCK_RAW, 1));
  prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  EFFECT(capget, "before a change of users", seen(0));
  setresuid(77, 77, 77);
  EFFECT(capget, "after a change of users that keeps", seen(0));
  EFFECT(capset, "of what was kept", set(1 << CAP_SETUID, 1 << CAP_SETUID, 0));
  setresuid(0, 0, 0);
  EFFECT(capget, "back as the superuser", seen(0));
  remove_own_directory(directory);
}

static void after_exec(void) {
  EFFECT(capget, "after exec without ambient ones", seen(0));
}

int main(int argc, char **argv) {
  begin();
  if (argc > 1) {
    after_exec();
    return 0;
  }
  IN_CHILD(looked_at());
  IN_CHILD(given_up());
  IN_CHILD(used());
  IN_CHILD({
    set(FEW, FEW, 1 << CAP_KILL);
    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    setresuid(77, 77, 77);
    execl("/proc/self/exe", "capabilities", "", (char *)0);
  });
  return 0;
}
