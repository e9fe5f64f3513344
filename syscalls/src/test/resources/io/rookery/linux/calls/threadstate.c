/* What the kernel keeps for threads: words to clear, robust lists, barriers, calls to restart. */
#include "calls.h"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <time.h>

#define NONE 0x3ffffff /* more than any id */

static void await_zero(volatile int *word) {
  int seen;
  while ((seen = *word)) syscall(SYS_futex, word, FUTEX_WAIT, seen, 0L, 0L, 0);
}

static volatile int word, other_word, returned;

/* The C library waits for threads by the word that it has set, so these are not waited for. */
static void detached(void *(*f)(void *)) {
  pthread_attr_t a;
  pthread_attr_init(&a);
  pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
  pthread_t t;
  pthread_create(&t, &a, f, 0);
}

static void *clears(void *unused) {
  returned = syscall(SYS_set_tid_address, &word) == gettid();
  return unused;
}

static void *clears_another(void *unused) {
  syscall(SYS_set_tid_address, &word);
  syscall(SYS_set_tid_address, &other_word);
  return unused;
}

static void cleared(void) {
  EFFECT(set_tid_address, "tells the thread's id", syscall(SYS_set_tid_address, &word) == gettid());
  EFFECT(set_tid_address, "of no address", syscall(SYS_set_tid_address, 0L) == gettid());
  EFFECT(set_tid_address, "of an address that is none",
         syscall(SYS_set_tid_address, 8L) == gettid());
  CALL_OK(set_tid_address, "of the process", &word);
  word = 5;
  detached(clears);
  await_zero(&word);
  EFFECT(set_tid_address, "in a thread", returned);
  EFFECT(set_tid_address, "in a thread clears at its end", word);
  word = other_word = 5;
  detached(clears_another);
  await_zero(&other_word);
  EFFECT(set_tid_address, "a second time", word * 10 + other_word);
  word = 5;
  pid_t child = vfork();
  if (child == 0) {
    syscall(SYS_set_tid_address, &word);
    _exit(0);
  }
  waitpid(child, 0, 0);
  EFFECT(set_tid_address, "after vfork clears at the end", word);
  word = 5;
  child = vfork();
  if (child == 0) {
    syscall(SYS_set_tid_address, &word);
    execl("/bin/true", "true", (char *)0);
    _exit(1);
  }
  waitpid(child, 0, 0);
  EFFECT(set_tid_address, "after vfork clears at exec", word);
  volatile int *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  *shared = 5;
  IN_CHILD(syscall(SYS_set_tid_address, shared));
  EFFECT(set_tid_address, "of memory that only processes share is left", *shared);
}

static struct robust_list_head head = {{&head.list}};
static struct {
  struct robust_list list;
  volatile int futex;
} lock;

static void *owner(void *unused) {
  head = (struct robust_list_head){{&lock.list}, (char *)&lock.futex - (char *)&lock.list};
  lock.list.next = &head.list;
  lock.futex = gettid();
  CALL(set_robust_list, "of one thread", &head, sizeof head);
  return unused;
}

static void *owner_with_waiters(void *unused) {
  lock.futex = gettid() | FUTEX_WAITERS;
  syscall(SYS_set_robust_list, &head, sizeof head);
  return unused;
}

static void *not_owner(void *unused) {
  lock.futex = 12345;
  syscall(SYS_set_robust_list, &head, sizeof head);
  return unused;
}

static void *pending(void *unused) {
  head.list.next = &head.list;
  head.list_op_pending = &lock.list;
  lock.futex = gettid();
  syscall(SYS_set_robust_list, &head, sizeof head);
  return unused;
}

static struct robust_list_head *volatile found;
static size_t size;

static void *looks(void *unused) {
  CALL(get_robust_list, "in a thread", 0, &found, &size);
  EFFECT(get_robust_list, "in a thread is the C library's", found && found != &head);
  return unused;
}

static void robust(void) {
  CALL(set_robust_list, "of the process", &head, sizeof head);
  CALL(set_robust_list, "of a smaller size", &head, sizeof head - 1);
  CALL(set_robust_list, "of a larger size", &head, sizeof head + 1);
  CALL(set_robust_list, "of no size", &head, 0L);
  CALL(get_robust_list, "of the caller", 0, &found, &size);
  EFFECT(get_robust_list, "of the caller is what was set", found == &head);
  EFFECT(get_robust_list, "of the caller tells the size", size == sizeof head);
  CALL(get_robust_list, "of the caller by its id", getpid(), &found, &size);
  CALL(get_robust_list, "of no process", NONE, &found, &size);
  CALL(get_robust_list, "of a negative process", -1, &found, &size);
  CALL(get_robust_list, "to an address that is none", 0, 8L, &size);
  CALL(get_robust_list, "of the size to an address that is none", 0, &found, 8L);
  run_in_thread(looks);
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pause();
  }
  CALL(get_robust_list, "of a child", child, &found, &size);
  IN_CHILD({
    setuid(77);
    CALL(get_robust_list, "of a stranger", child, &found, &size);
  });
  kill(child, SIGKILL);
  waitpid(child, 0, 0);
  if ((child = syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L)) == 0) {
    found = &head;
    syscall(SYS_get_robust_list, 0, &found, &size);
    _exit(found ? 1 : 0);
  }
  int status;
  waitpid(child, &status, 0);
  EFFECT(get_robust_list, "in a child begins anew", status);
  CALL(set_robust_list, "of no address", 0L, sizeof head);
  CALL(set_robust_list, "of an address that is none", 8L, sizeof head);
  CALL(get_robust_list, "of an address that is none", 0, &found, &size);
  EFFECT(get_robust_list, "of an address that is none tells it", (long)found);
  run_in_thread(owner);
  EFFECT(set_robust_list, "marks what its owner left", lock.futex == FUTEX_OWNER_DIED);
  run_in_thread(owner_with_waiters);
  EFFECT(set_robust_list, "keeps that others wait",
         lock.futex == (int)(FUTEX_WAITERS | FUTEX_OWNER_DIED));
  run_in_thread(not_owner);
  EFFECT(set_robust_list, "leaves what another owns", lock.futex);
  run_in_thread(pending);
  EFFECT(set_robust_list, "marks what was about to be locked", lock.futex == FUTEX_OWNER_DIED);
}

static void *barrier_thread(void *unused) {
  CALL(membarrier, "in a thread of a registered process", MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  return unused;
}

static void barriers(void) {
  long known = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
  EFFECT(membarrier, "that asks tells of the process's own",
         (known & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0);
  EFFECT(membarrier, "that asks tells of all processes'",
         (known & MEMBARRIER_CMD_GLOBAL_EXPEDITED) != 0);
  CALL(membarrier, "that asks with a flag", MEMBARRIER_CMD_QUERY, 1, 0);
  CALL(membarrier, "of a negative command", -1, 0, 0);
  CALL(membarrier, "of a command there is not", 1 << 20, 0, 0);
  CALL(membarrier, "of two commands",
       MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0);
  CALL(membarrier, "of the process without registration", MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  CALL(membarrier, "of the process's code without registration",
       MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0);
  CALL(membarrier, "of all processes", MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0);
  CALL(membarrier, "of all processes with a flag", MEMBARRIER_CMD_GLOBAL_EXPEDITED, 1, 0);
  CALL(membarrier, "that registers", MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
  CALL(membarrier, "that registers again", MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
  CALL(membarrier, "that registers with a flag", MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 1, 0);
  CALL(membarrier, "of the process", MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  CALL(membarrier, "of the process's code, registered for others",
       MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0);
  CALL(membarrier, "that registers for code", MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
       0, 0);
  CALL(membarrier, "of the process's code", MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0);
  CALL(membarrier, "that registers for all processes", MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0,
       0);
  run_in_thread(barrier_thread);
  IN_CHILD({
    CALL(membarrier, "in a child of a registered process", MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    execl("/proc/self/exe", "threadstate", "", (char *)0);
  });
}

static volatile int handled;

static void handler(int signal) { handled++; }

static void *restarts(void *unused) {
  CALL(restart_syscall, "in a thread");
  return unused;
}

static long millis_since(const struct timespec *t) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (now.tv_sec - t->tv_sec) * 1000 + (now.tv_nsec - t->tv_nsec) / 1000000;
}

static void restarted(void) {
  CALL(restart_syscall, "of nothing");
  CALL(restart_syscall, "with arguments that it does not take", -1L, 8L, -1L);
  run_in_thread(restarts);
  IN_CHILD(CALL(restart_syscall, "in a child"));
  signal(SIGALRM, handler);
  struct itimerval soon = {{0, 20000}, {0, 20000}}, never = {};
  struct timespec t = {1000, 0};
  setitimer(ITIMER_REAL, &soon, 0);
  EFFECT(restart_syscall, "is not used after a handler", nanosleep(&t, &t));
  setitimer(ITIMER_REAL, &never, 0);
  EFFECT(restart_syscall, "is not used after a handler, which ran", handled > 0);
  CALL(restart_syscall, "after a handler");

  int ends[2];
  pipe(ends);
  pid_t child = fork();
  if (child == 0) {
    struct timespec start, rest = {0, 300000000};
    clock_gettime(CLOCK_MONOTONIC, &start);
    write(ends[1], "", 1);
    int result = nanosleep(&rest, 0);
    _exit(result ? 1 : millis_since(&start) < 300 ? 2 : 0);
  }
  char c;
  read(ends[0], &c, 1);
  int status;
  do {
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGCONT);
  } while (WIFSTOPPED(status));
  EFFECT(restart_syscall, "goes on with a sleep after stops", status);
}

int main(int argc, char **argv) {
  begin();
  if (argc > 1) {
    CALL(membarrier, "after exec", MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    return 0;
  }
  IN_CHILD(cleared());
  IN_CHILD(robust());
  IN_CHILD(barriers());
  IN_CHILD(restarted());
  return 0;
}
