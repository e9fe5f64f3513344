/* New processes and threads: fork, vfork, clone and clone3. */
#include "calls.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/resource.h>

int clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

static void *const nowhere = (void *)8;
static volatile int *shared, own, caught;
static char *stack;

static void count(int signal) { caught++; }

static int ended(pid_t child, int options) {
  int status;
  if (waitpid(child, &status, options) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Runs a function in a child on a stack of its own: what the function returns. */
static int run(int flags, int (*function)(void *), void *argument) {
  return ended(clone(function, stack, flags | SIGCHLD, argument), 0);
}

/* As a user of no processes who may have none more. */
static void be_limited(void) {
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_NPROC, &none) || setresuid(54321, 54321, 54321)) _exit(1);
}

static void *fork_in_thread(void *unused) {
  pid_t child = fork();
  if (!child) _exit(getpid() == gettid() ? 5 : 6);
  return (void *)(long)ended(child, 0);
}

static void forks(void) {
  pid_t before = getpid(), child = fork();
  if (!child) {
    own = 1;
    shared[0] = getppid() == before;
    shared[1] = getpid() != before && getpid() == gettid();
    shared[2] = getpgrp() == getpgid(before);
    _exit(3);
  }
  EFFECT(fork, "how the child ends", ended(child, 0));
  EFFECT(fork, "the child's parent", shared[0]);
  EFFECT(fork, "the child's number", shared[1]);
  EFFECT(fork, "the child's group", shared[2]);
  EFFECT(fork, "the child's memory is its own", own);
  int pipes[2];
  char b[4];
  if (pipe(pipes)) exit(1);
  child = fork();
  if (!child) {
    close(pipes[0]);
    _exit(write(pipes[1], "abc", 3));
  }
  EFFECT(fork, "what the child writes", ended(child, 0) == 3 ? read(pipes[0], b, 4) : -1);
  EFFECT(fork, "the child's descriptors are its own", fcntl(pipes[0], F_GETFD));
  IN_CHILD(be_limited(); CALL(fork, "beyond the limit of processes"));
  pthread_t t;
  void *status;
  pthread_create(&t, 0, fork_in_thread, 0);
  pthread_join(t, &status);
  EFFECT(fork, "in a thread makes a process", (long)status);
  signal(SIGCHLD, count);
  child = fork();
  if (!child) _exit(0);
  ended(child, 0);
  EFFECT(fork, "the child's end sends SIGCHLD", caught);
  signal(SIGCHLD, SIG_DFL);
}

static void vforks(void) {
  own = 0;
  pid_t child = vfork();
  if (!child) {
    usleep(20000);
    own = 4;
    _exit(9);
  }
  EFFECT(vfork, "the child has run when its parent goes on", own);
  EFFECT(vfork, "how the child ends", ended(child, 0));
  child = vfork();
  if (!child) {
    own = getpid();
    _exit(0);
  }
  EFFECT(vfork, "the child's number", own == child);
  ended(child, 0);
  child = vfork();
  if (!child) {
    execl("/bin/sh", "sh", "-c", "exit 12", NULL);
    _exit(1);
  }
  EFFECT(vfork, "the child's program", ended(child, 0));
  child = vfork();
  if (!child) {
    close(0);
    if (chdir("/tmp")) _exit(1);
    _exit(0);
  }
  ended(child, 0);
  char name[200] = "";
  EFFECT(vfork, "the child's descriptors are its own", fcntl(0, F_GETFD) == 0);
  EFFECT(vfork, "the child's directory is its own", getcwd(name, sizeof name) ? !strcmp(name, "/tmp") : -1);
  child = vfork();
  if (!child) {
    kill(getpid(), SIGKILL);
    _exit(1);
  }
  EFFECT(vfork, "of a child that is killed", ended(child, 0));
  IN_CHILD(be_limited(); child = vfork(); if (!child) _exit(0);
           EFFECT(vfork, "beyond the limit of processes", child == -1 && errno == EAGAIN));
}

static int set_own(void *value) { return own = (long)value; }
static int close_it(void *fd) { return close((long)fd); }
static int go_to_root(void *unused) { return chdir("/"); }
static int ignore(void *unused) { return signal(SIGWINCH, SIG_IGN) == SIG_ERR; }
static int ids(void *id) { return *(volatile int *)id == getpid(); }
static int parent(void *pid) { return getppid() == (long)pid; }

static int action_is_ignored(void) {
  struct sigaction now;
  sigaction(SIGWINCH, 0, &now);
  return now.sa_handler == SIG_IGN;
}

static void clones(void) {
  CALL(clone, "sharing actions without memory", CLONE_SIGHAND | SIGCHLD, 0L, 0, 0, 0);
  CALL(clone, "a thread without actions", CLONE_THREAD | CLONE_VM, 0L, 0, 0, 0);
  CALL(clone, "a thread without memory", CLONE_THREAD | CLONE_SIGHAND, 0L, 0, 0, 0);
  CALL(clone, "a thread with a descriptor of itself, the old way",
       CLONE_PIDFD | CLONE_DETACHED | SIGCHLD, 0L, 0, 0, 0);
  CALL(clone, "with a descriptor and a number in one place",
       CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0L, &own, 0, 0);
  IN_CHILD(be_limited(); CALL(clone, "beyond the limit of processes", SIGCHLD, 0L, 0, 0, 0));
  EFFECT(clone, "with memory of its own", run(0, set_own, (void *)41) * 100 + (own == 41));
  EFFECT(clone, "in shared memory", run(CLONE_VM, set_own, (void *)42) * 100 + own);
  long fd = open("/dev/null", O_RDONLY);
  EFFECT(clone, "with descriptors of its own", run(0, close_it, (void *)fd) + fcntl(fd, F_GETFD));
  EFFECT(clone, "with shared descriptors", run(CLONE_FILES, close_it, (void *)fd));
  EFFECT(clone, "in which one was closed", fcntl(fd, F_GETFD));
  char name[20];
  if (chdir("/tmp")) exit(1);
  run(0, go_to_root, 0);
  EFFECT(clone, "with a working directory of its own", strlen(getcwd(name, 20)));
  run(CLONE_FS, go_to_root, 0);
  EFFECT(clone, "with a shared working directory", strlen(getcwd(name, 20)));
  run(CLONE_VM, ignore, 0);
  EFFECT(clone, "with actions of its own", action_is_ignored());
  run(CLONE_VM | CLONE_SIGHAND, ignore, 0);
  EFFECT(clone, "with shared actions", action_is_ignored());
  signal(SIGWINCH, SIG_DFL);
  int id = 0, other = 0;
  pid_t child = clone(set_own, stack, CLONE_PARENT_SETTID | SIGCHLD, 0, &id);
  EFFECT(clone, "its number in the parent's memory", id == child);
  ended(child, 0);
  child = clone(ids, stack, CLONE_CHILD_SETTID | SIGCHLD, &other, 0, 0, &other);
  EFFECT(clone, "its number in its own memory", ended(child, 0) * 10 + other);
  shared[5] = 77;
  child = clone(set_own, stack, CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0, 0, &shared[5]);
  ended(child, 0);
  EFFECT(clone, "its number is cleared at its end", shared[5]);
  EFFECT(clone, "whose parent goes on after it", run(CLONE_VM | CLONE_VFORK, parent, (void *)(long)getpid()));
  child = clone(parent, stack, CLONE_PIDFD | SIGCHLD, (void *)(long)getpid(), &id);
  struct pollfd p = {id, POLLIN};
  EFFECT(clone, "a descriptor of it is readable at its end", poll(&p, 1, -1));
  EFFECT(clone, "that descriptor is closed by exec", fcntl(id, F_GETFD));
  ended(child, 0);
  signal(SIGUSR1, count);
  caught = 0;
  child = clone(set_own, stack, SIGUSR1, (void *)6);
  EFFECT(clone, "that sends another signal is none that wait4 finds", ended(child, 0));
  EFFECT(clone, "but with __WCLONE", ended(child, __WCLONE));
  EFFECT(clone, "its signal", caught);
  child = clone(set_own, stack, 0, (void *)7);
  EFFECT(clone, "that sends no signal", ended(child, __WALL));
  child = fork();
  if (!child) {
    shared[6] = clone(parent, stack, CLONE_PARENT | SIGCHLD, (void *)(long)getppid());
    _exit(0);
  }
  ended(child, 0);
  EFFECT(clone, "a sibling", ended(shared[6], 0));
}

static long clone3(struct clone_args *a) {
  long child = syscall(SYS_clone3, a, sizeof *a);
  if (!child) _exit(getppid() == shared[7] ? 13 : 14);
  return child;
}

static void clones_by_structure(void) {
  struct clone_args a = {.exit_signal = SIGCHLD};
  char bigger[200] = {0};
  CALL(clone3, "of a structure that is too small", &a, 63);
  CALL(clone3, "of a structure that is too big", &a, 4097);
  CALL(clone3, "of a structure that is nowhere", nowhere, 64);
  bigger[190] = 1;
  CALL(clone3, "of a structure with more than is known", bigger, sizeof bigger);
  a.exit_signal = 256;
  CALL(clone3, "with more than a signal", &a, 64);
  a.exit_signal = 65;
  CALL(clone3, "with a signal after the last", &a, 64);
  a = (struct clone_args){.flags = SIGCHLD};
  CALL(clone3, "with the signal among the flags", &a, 64);
  a = (struct clone_args){.flags = CLONE_DETACHED};
  CALL(clone3, "with a flag that clone ignores", &a, 64);
  a = (struct clone_args){.stack = (uintptr_t)stack, .exit_signal = SIGCHLD};
  CALL(clone3, "with a stack of no size", &a, 64);
  a = (struct clone_args){.stack_size = 4096, .exit_signal = SIGCHLD};
  CALL(clone3, "with the size of no stack", &a, 64);
  a = (struct clone_args){.flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, .exit_signal = SIGCHLD};
  CALL(clone3, "a thread with a signal", &a, 64);
  a = (struct clone_args){.flags = CLONE_SIGHAND | CLONE_VM | CLONE_CLEAR_SIGHAND};
  CALL(clone3, "with actions both shared and default", &a, 64);
  IN_CHILD(be_limited(); a = (struct clone_args){.exit_signal = SIGCHLD};
           CALL(clone3, "beyond the limit of processes", &a, 64));
  shared[7] = getpid();
  int pidfd = -1, id = 0;
  a = (struct clone_args){.flags = CLONE_PIDFD | CLONE_PARENT_SETTID,
                          .pidfd = (uintptr_t)&pidfd,
                          .parent_tid = (uintptr_t)&id,
                          .exit_signal = SIGCHLD};
  pid_t child = clone3(&a);
  EFFECT(clone3, "its number in the parent's memory", id == child);
  EFFECT(clone3, "how the child ends", ended(child, 0));
  EFFECT(clone3, "a descriptor of it is readable", poll(&(struct pollfd){pidfd, POLLIN}, 1, 0));
  signal(SIGWINCH, count);
  signal(SIGUSR2, SIG_IGN);
  a = (struct clone_args){.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
  child = syscall(SYS_clone3, &a, sizeof a);
  if (!child) {
    struct sigaction handled, ignored;
    sigaction(SIGWINCH, 0, &handled);
    sigaction(SIGUSR2, 0, &ignored);
    _exit((handled.sa_handler == SIG_DFL) + 2 * (ignored.sa_handler == SIG_IGN));
  }
  EFFECT(clone3, "with the actions' defaults", ended(child, 0));
  a = (struct clone_args){.flags = CLONE_CHILD_SETTID,
                          .child_tid = (uintptr_t)&shared[8],
                          .exit_signal = SIGCHLD};
  child = clone3(&a);
  ended(child, 0);
  EFFECT(clone3, "its number in its own memory", shared[8] == child);
}

int main(void) {
  begin();
  shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  stack = (char *)mmap(0, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
          + (1 << 16);
  forks();
  vforks();
  clones();
  clones_by_structure();
  return 0;
}
