/* Ids of processes, threads, groups and sessions; they are compared, as they differ in each run. */
#include "calls.h"

#include <fcntl.h>
#include <sched.h>

#define NONE 0x3ffffff /* more than any id */

static volatile int *shared; /* memory that children share */

/* The number at the end of a link's text. */
static int link_to(const char *name) {
  char to[40] = "";
  readlink(name, to, sizeof to - 1);
  char *slash = strrchr(to, '/');
  return atoi(slash ? slash + 1 : to);
}

static void in_thread(void *(*f)(void *), void *argument) {
  pthread_t t;
  pthread_create(&t, 0, f, argument);
  pthread_join(t, 0);
}

/* What the program is run again for; ids from before come as arguments. */
static void run_again(const char *what, long id) {
  char text[20];
  sprintf(text, "%ld", id);
  execl("/proc/self/exe", "processids", what, text, (char *)0);
}

static void *exec_in_thread(void *first) {
  EFFECT(gettid, "of a thread is not the process's", gettid() != (long)first);
  run_again("thread", (long)first);
  return 0;
}

static void after_exec(const char *what, int before) {
  if (!strcmp(what, "thread")) {
    EFFECT(gettid, "after a thread's exec is the process's", gettid() == before);
    EFFECT(getpid, "after a thread's exec is the same", getpid() == before);
  } else if (!strcmp(what, "parent")) {
    EFFECT(getppid, "after exec is the same", getppid() == before);
    EFFECT(getpid, "after exec is another than the parent", getpid() != before);
  } else {
    EFFECT(getpgrp, "after exec is the same", getpgrp() == before);
    EFFECT(getpgid, "after exec is the same", getpgid(0) == before);
    EFFECT(getsid, "after exec is the same", getsid(0) == before);
  }
}

static void *ids_in_thread(void *first) {
  EFFECT(getpid, "in a thread", getpid() == (long)first);
  EFFECT(getppid, "in a thread", getppid() == (long)shared[0]);
  EFFECT(gettid, "in a thread is what proc says", gettid() == link_to("/proc/thread-self"));
  CALL(setpgid, "of a thread's id", gettid(), 0);
  EFFECT(getpgid, "of a thread's id", getpgid(gettid()) == getpgid(0));
  EFFECT(getsid, "of a thread's id", getsid(gettid()) == getsid(0));
  EFFECT(getpgrp, "in a thread", getpgrp() == getpgid((long)first));
  pid_t child = fork();
  if (child == 0) {
    EFFECT(getppid, "of a thread's child is the process", getppid() == (long)first);
    EFFECT(gettid, "of a thread's child is the child's", gettid() == getpid());
    _exit(0);
  }
  waitpid(child, 0, 0);
  return 0;
}

static void processes(void) {
  CALL_OK(getpid, "of the caller");
  CALL_OK(getpid, "with arguments that it does not take", -1L, 8L, -1L);
  EFFECT(getpid, "is what proc says", getpid() == link_to("/proc/self"));
  EFFECT(getpid, "is positive", getpid() > 0);
  CALL_OK(gettid, "of the first thread");
  CALL_OK(gettid, "with arguments that it does not take", -1L, 8L, -1L);
  EFFECT(gettid, "of the first thread is the process's", gettid() == getpid());
  CALL_OK(getppid, "of the caller");
  CALL_OK(getppid, "with arguments that it does not take", -1L, 8L, -1L);
  pid_t own = getpid();
  pid_t child = fork();
  if (child == 0) {
    shared[1] = getpid();
    EFFECT(getppid, "in a child", getppid() == own);
    EFFECT(getpid, "in a child is another", getpid() != own);
    EFFECT(gettid, "in a child is its own", gettid() == getpid());
    _exit(0);
  }
  waitpid(child, 0, 0);
  EFFECT(getpid, "in a child is what fork told", shared[1] == child);
  child = vfork();
  if (child == 0) {
    shared[1] = syscall(SYS_getpid);
    shared[2] = syscall(SYS_gettid);
    shared[3] = syscall(SYS_getppid);
    _exit(0);
  }
  waitpid(child, 0, 0);
  EFFECT(getpid, "after vfork", shared[1] == child);
  EFFECT(gettid, "after vfork", shared[2] == child);
  EFFECT(getppid, "after vfork", shared[3] == own);
  shared[0] = getppid();
  in_thread(ids_in_thread, (void *)(long)own);
  IN_CHILD(in_thread(exec_in_thread, (void *)(long)getpid()));
  IN_CHILD(run_again("parent", own));
}

static void parents(void) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  pid_t own = getpid();
  pid_t child = fork();
  if (child == 0) {
    pid_t dying = getpid();
    if (fork()) _exit(0);
    while (getppid() == dying) sched_yield();
    EFFECT(getppid, "after the parent's death is the reaper", getppid() == own);
    _exit(0);
  }
  while (wait(0) > 0)
    ;
  if (syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L) == 0) {
    pid_t sibling = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0L, 0L, 0L, 0L);
    if (sibling == 0) {
      EFFECT(getppid, "of a sibling is the creator's parent", getppid() == own);
      _exit(0);
    }
    _exit(0);
  }
  while (wait(0) > 0)
    ;
}

static void groups(void) {
  CALL_OK(getpgrp, "of the caller");
  CALL_OK(getpgrp, "with arguments that it does not take", -1L, 8L, -1L);
  CALL_OK(getpgid, "of the caller", 0);
  CALL(getpgid, "of no process", NONE);
  CALL(getpgid, "of a negative process", -1);
  EFFECT(getpgid, "by the caller's own id", getpgid(getpid()) == getpgrp());
  pid_t former = getpgrp();
  CALL(setpgid, "to a negative group", 0, -1);
  CALL(setpgid, "of a negative process", -1, 5);
  CALL(setpgid, "of a negative process to its own", -1, 0);
  CALL(setpgid, "of no process", NONE, 0);
  CALL(setpgid, "of the parent", getppid(), 0);
  CALL(setpgid, "to a group that is not there", 0, NONE);
  CALL(setpgid, "to the group it is in", 0, former);
  CALL(setpgid, "to a group of its own", 0, 0);
  CALL(setpgid, "to a group of its own, again", 0, 0);
  EFFECT(getpgrp, "of a leader", getpgrp() == getpid());
  EFFECT(getpgid, "of a leader", getpgid(0) == getpid());
  IN_CHILD({
    EFFECT(getpgrp, "in a child", getpgrp() == getppid());
    EFFECT(getpgid, "in a child", getpgid(0) == getppid());
    EFFECT(getpgid, "of the parent", getpgid(getppid()) == getpgrp());
  });

  pid_t first = waiting_child(), second = waiting_child();
  CALL(setpgid, "of a child to its own", first, 0);
  EFFECT(getpgid, "of a child that leads", getpgid(first) == first);
  CALL(setpgid, "of a child to another child's", second, first);
  EFFECT(getpgid, "of a child in another's group", getpgid(second) == first);
  IN_CHILD(CALL(setpgid, "of a sibling", second, 0));
  CALL(setpgid, "of the caller to a child's", 0, first);
  EFFECT(getpgrp, "in a child's group", getpgrp() == first);
  CALL(setpgid, "back to a group that nobody is left in", 0, getpid());
  killed(first);
  CALL(setpgid, "of a child to a leader's that has ended", second, first);
  kill(second, SIGKILL);
  siginfo_t i;
  waitid(P_PID, second, &i, WEXITED | WNOWAIT);
  EFFECT(getpgid, "of a child that has ended", getpgid(second) == first);
  CALL(setpgid, "of a child that has ended", second, 0);
  killed(second);
  CALL(setpgid, "of a child that was waited for", second, 0);
  CALL(getpgid, "of a child that was waited for", second);
  pid_t child = fork();
  if (child == 0) execl("/bin/sh", "sh", "-c", "kill -STOP $$", (char *)0);
  waitpid(child, 0, WUNTRACED);
  CALL(setpgid, "of a child after its exec", child, 0);
  killed(child);
  IN_CHILD(run_again("group", getpgrp()));
}

static void sessions(void) {
  CALL_OK(getsid, "of the caller", 0);
  CALL(getsid, "of no process", NONE);
  CALL(getsid, "of a negative process", -1);
  EFFECT(getsid, "by the caller's own id", getsid(getpid()) == getsid(0));
  CALL_OK(setsid, "in a child");
  EFFECT(setsid, "makes a session", getsid(0) == getpid());
  EFFECT(setsid, "makes a group", getpgrp() == getpid());
  EFFECT(setsid, "leaves the terminal", open("/dev/tty", O_RDWR));
  CALL(setsid, "of a session's leader");
  CALL(setsid, "with arguments that it does not take", -1L, 8L, -1L);
  CALL(setpgid, "of a session's leader", 0, 0);
  IN_CHILD({
    EFFECT(getsid, "in a child", getsid(0) == getppid());
    EFFECT(getsid, "of the parent", getsid(getppid()) == getppid());
    setpgid(0, 0);
    CALL(setsid, "of a group's leader");
    EFFECT(setsid, "that fails changes nothing", getsid(0) == getppid());
  });
  int ready[2];
  pipe(ready);
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    write(ready[1], "", 1);
    pause();
  }
  char c;
  read(ready[0], &c, 1);
  EFFECT(getsid, "of a child in its own session", getsid(child) == child);
  CALL(setpgid, "of a child in another session", child, getpid());
  CALL(setpgid, "into a group of another session", 0, child);
  IN_CHILD(CALL(setpgid, "into a group of another session, by another", 0, child));
  killed(child);

  child = waiting_child();
  setpgid(child, child);
  pid_t member = fork();
  if (member == 0) {
    pid_t own = getpid();
    setpgid(0, child);
    EFFECT(setsid, "of a member of another's group", setsid() == own);
    EFFECT(getpgrp, "in a session of its own", getpgrp() == own);
    run_again("group", own);
  }
  waitpid(member, 0, 0);
  killed(child);
}

int main(int argc, char **argv) {
  begin();
  if (argc > 2) {
    after_exec(argv[1], atoi(argv[2]));
    return 0;
  }
  shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  processes();
  IN_CHILD(parents());
  IN_CHILD(groups());
  IN_CHILD(sessions());
  return 0;
}
