/* prctl(2): what a thread or a process says of itself. */
#include "calls.h"

#include <linux/capability.h>

static void *named_thread(void *unused) {
  char name[17] = "";
  prctl(PR_GET_NAME, name);
  EFFECT(prctl, "that reads the name in a thread", strcmp(name, "0123456789abcde"));
  CALL(prctl, "that names a thread", PR_SET_NAME, "thread", 0, 0, 0);
  return unused;
}

static void names(void) {
  char name[17] = "";
  CALL(prctl, "that names the caller", PR_SET_NAME, "a name", 0, 0, 0);
  CALL(prctl, "that reads the name", PR_GET_NAME, name, 0, 0, 0);
  EFFECT(prctl, "that reads the name tells it", strcmp(name, "a name"));
  prctl(PR_SET_NAME, "0123456789abcdefghi");
  prctl(PR_GET_NAME, name);
  EFFECT(prctl, "of a long name cuts it", strcmp(name, "0123456789abcde"));
  CALL(prctl, "of a name at an address that is none", PR_SET_NAME, 8L, 0, 0, 0);
  CALL(prctl, "that reads the name to an address that is none", PR_GET_NAME, 8L, 0, 0, 0);
  run_in_thread(named_thread);
  prctl(PR_GET_NAME, name);
  EFFECT(prctl, "of a name beside a thread's", strcmp(name, "0123456789abcde"));
  IN_CHILD({
    prctl(PR_GET_NAME, name);
    EFFECT(prctl, "of a name in a child", strcmp(name, "0123456789abcde"));
    execl("/proc/self/exe", "prctls", "", (char *)0);
  });
}

static void after_exec(void) {
  char name[17] = "";
  int signal = 0;
  prctl(PR_GET_NAME, name);
  EFFECT(prctl, "of a name after exec is the file's", strcmp(name, "0123456789abcde") != 0);
  prctl(PR_GET_PDEATHSIG, &signal);
  EFFECT(prctl, "of the death signal after exec", signal);
}

static void deaths(void) {
  int signal = -1;
  CALL(prctl, "of the death signal", PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
  CALL(prctl, "that reads the death signal", PR_GET_PDEATHSIG, &signal, 0, 0, 0);
  EFFECT(prctl, "that reads the death signal tells it", signal);
  CALL(prctl, "of a death signal there is not", PR_SET_PDEATHSIG, 65, 0, 0, 0);
  CALL(prctl, "of a negative death signal", PR_SET_PDEATHSIG, -1L, 0, 0, 0);
  CALL(prctl, "that reads the death signal to an address that is none", PR_GET_PDEATHSIG, 8L, 0, 0,
       0);
  IN_CHILD({
    prctl(PR_GET_PDEATHSIG, &signal);
    EFFECT(prctl, "of the death signal in a child", signal);
  });
  IN_CHILD(execl("/proc/self/exe", "prctls", "", (char *)0));
  CALL(prctl, "of no death signal", PR_SET_PDEATHSIG, 0, 0, 0, 0);

  /* A process whose parent ends while it waits for the signal of that. */
  int ends[2];
  pipe(ends);
  pid_t parent = fork();
  if (parent == 0) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, 0);
    int ready[2];
    pipe(ready);
    if (fork()) {
      char c;
      read(ready[0], &c, 1);
      _exit(0);
    }
    prctl(PR_SET_PDEATHSIG, SIGUSR2);
    write(ready[1], "", 1);
    char got = sigwaitinfo(&set, 0);
    write(ends[1], &got, 1);
    _exit(0);
  }
  waitpid(parent, 0, 0);
  char got = 0;
  read(ends[0], &got, 1);
  EFFECT(prctl, "of a death signal that comes", got == SIGUSR2);
}

static void dumps(void) {
  CALL(prctl, "that makes undumpable", PR_SET_DUMPABLE, 0, 0, 0, 0);
  CALL(prctl, "whether dumpable", PR_GET_DUMPABLE, 0, 0, 0, 0);
  CALL(prctl, "that makes dumpable", PR_SET_DUMPABLE, 1, 0, 0, 0);
  CALL(prctl, "that makes dumpable for the superuser only", PR_SET_DUMPABLE, 2, 0, 0, 0);
  IN_CHILD(CALL(prctl, "whether a child is dumpable", PR_GET_DUMPABLE, 0, 0, 0, 0));
}

static void *reaper_thread(void *unused) {
  int is = -1;
  prctl(PR_GET_CHILD_SUBREAPER, &is);
  EFFECT(prctl, "whether a thread's process is a reaper", is);
  return unused;
}

static void reapers(void) {
  int is = -1;
  CALL(prctl, "that makes a reaper", PR_SET_CHILD_SUBREAPER, 5, 0, 0, 0);
  CALL(prctl, "whether a reaper", PR_GET_CHILD_SUBREAPER, &is, 0, 0, 0);
  EFFECT(prctl, "whether a reaper tells it", is);
  CALL(prctl, "whether a reaper, to an address that is none", PR_GET_CHILD_SUBREAPER, 8L, 0, 0, 0);
  IN_CHILD({
    prctl(PR_GET_CHILD_SUBREAPER, &is);
    EFFECT(prctl, "whether a child is a reaper", is);
  });
  run_in_thread(reaper_thread);
}

static void *privileged_thread(void *unused) {
  CALL(prctl, "of new privileges in a thread", PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
  return unused;
}

static void privileges(void) {
  CALL(prctl, "of new privileges with another argument", PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0);
  CALL(prctl, "of new privileges with another value", PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
  CALL(prctl, "that asks of new privileges with an argument", PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0);
  CALL(prctl, "without new privileges", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  CALL(prctl, "of new privileges", PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
  IN_CHILD(CALL(prctl, "of new privileges in a child", PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  run_in_thread(privileged_thread);
}

static void *slack_thread(void *unused) {
  CALL(prctl, "of the timers' slack in a thread", PR_GET_TIMERSLACK, 0, 0, 0, 0);
  prctl(PR_SET_TIMERSLACK, 70000);
  CALL(prctl, "of the timers' slack back to what it was", PR_SET_TIMERSLACK, 0L, 0, 0, 0);
  CALL(prctl, "of the timers' slack in a thread, again", PR_GET_TIMERSLACK, 0, 0, 0, 0);
  return unused;
}

static void capabilities(void) {
  CALL(prctl, "whether capabilities are kept", PR_GET_KEEPCAPS, 0, 0, 0, 0);
  CALL(prctl, "that keeps capabilities", PR_SET_KEEPCAPS, 1, 0, 0, 0);
  CALL(prctl, "whether capabilities are kept, now", PR_GET_KEEPCAPS, 0, 0, 0, 0);
  CALL(prctl, "that keeps capabilities with another value", PR_SET_KEEPCAPS, 2, 0, 0, 0);
  CALL(prctl, "whether a capability is bounded", PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0);
  CALL(prctl, "whether a capability there is not is bounded", PR_CAPBSET_READ, 64, 0, 0, 0);
  CALL(prctl, "whether a negative capability is bounded", PR_CAPBSET_READ, -1L, 0, 0, 0);
  CALL(prctl, "that drops a capability", PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0);
  CALL(prctl, "whether a dropped capability is bounded", PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0);
  CALL(prctl, "that drops a capability there is not", PR_CAPBSET_DROP, 64, 0, 0, 0);
  CALL(prctl, "that raises what is not inheritable", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL,
       0, 0);
  CALL(prctl, "whether a capability is ambient", PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0,
       0);
  CALL(prctl, "of an ambient capability there is not", PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 64, 0,
       0);
  CALL(prctl, "of ambient capabilities in another way", PR_CAP_AMBIENT, 9, 0, 0, 0);
  CALL(prctl, "that clears the ambient ones", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  CALL(prctl, "that clears the ambient ones with an argument", PR_CAP_AMBIENT,
       PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0);
  struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct d[2];
  syscall(SYS_capget, &h, d);
  d[0].inheritable |= 1 << CAP_KILL;
  syscall(SYS_capset, &h, d);
  CALL(prctl, "that raises what is inheritable", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0,
       0);
  CALL(prctl, "whether a raised capability is ambient", PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET,
       CAP_KILL, 0, 0);
  setresuid(77, 77, 77);
  CALL(prctl, "that drops a capability without the right", PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0);
  EFFECT(prctl, "that kept capabilities", prctl(PR_GET_KEEPCAPS));
}

int main(int argc, char **argv) {
  begin();
  if (argc > 1) {
    after_exec();
    return 0;
  }
  names();
  IN_CHILD(deaths());
  IN_CHILD(dumps());
  IN_CHILD(reapers());
  IN_CHILD(privileges());
  CALL(prctl, "that sets the timers' slack", PR_SET_TIMERSLACK, 60000L, 0, 0, 0);
  CALL(prctl, "of the timers' slack", PR_GET_TIMERSLACK, 0, 0, 0, 0);
  run_in_thread(slack_thread);
  CALL(prctl, "of how time is told", PR_GET_TIMING, 0, 0, 0, 0);
  CALL(prctl, "of an option there is not", 9999, 0, 0, 0, 0);
  CALL(prctl, "of a negative option", -1, 0, 0, 0, 0);
  IN_CHILD(capabilities());
  return 0;
}
