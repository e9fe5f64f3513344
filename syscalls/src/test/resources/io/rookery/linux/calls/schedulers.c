/* What tasks ask of the scheduler: policies, and processors to run on. */
#include "calls.h"

#include <sched.h>
#include <sys/resource.h>

#define NONE 0x3ffffff /* more than any id */
#define RESET_ON_FORK 0x40000000
#define DEADLINE 6

struct attributes {
  unsigned size, policy;
  uint64_t flags;
  int nice;
  unsigned priority;
  uint64_t runtime, deadline, period;
  uint32_t more[20];
};

static cpu_set_t all, first; /* the processors that the program may use, and one of them */

static void *idle_thread(void *unused) {
  struct sched_param p = {};
  CALL(sched_setscheduler, "of one thread", 0, SCHED_IDLE, &p);
  CALL(sched_getscheduler, "of a thread", 0);
  CALL(sched_getscheduler, "of the process beside a thread", getpid());
  CALL(sched_yield, "in an idle thread");
  return unused;
}

static void policies(void) {
  struct sched_param p = {0}, one = {1};
  CALL(sched_setscheduler, "of no parameter", 0, SCHED_OTHER, 0L);
  CALL(sched_setscheduler, "to batches", 0, SCHED_BATCH, &p);
  CALL(sched_getscheduler, "of batches", 0);
  CALL(sched_setscheduler, "to batches with a priority", 0, SCHED_BATCH, &one);
  CALL(sched_setscheduler, "to a policy there is not", 0, 4, &p);
  CALL(sched_setscheduler, "to a negative policy", 0, -1, &p);
  CALL(sched_setscheduler, "from an address that is none", 0, SCHED_OTHER, 8L);
  CALL(sched_setscheduler, "of no process", NONE, SCHED_OTHER, &p);
  CALL(sched_setscheduler, "of a negative process", -1, SCHED_OTHER, &p);
  CALL(sched_setscheduler, "to batches that children lose", 0, SCHED_BATCH | RESET_ON_FORK, &p);
  CALL(sched_getscheduler, "of batches that children lose", 0);
  IN_CHILD(CALL(sched_getscheduler, "in a child that lost it", 0));
  CALL(sched_getscheduler, "of no process", NONE);
  CALL(sched_getscheduler, "of a negative process", -1);
  CALL(sched_setparam, "of the caller", 0, &p);
  CALL(sched_setparam, "of a priority that the policy has not", 0, &one);
  CALL(sched_setparam, "from an address that is none", 0, 8L);
  CALL(sched_setparam, "from no address", 0, 0L);
  CALL(sched_setparam, "of no process", NONE, &p);
  CALL(sched_setparam, "of a negative process", -1, &p);
  EFFECT(sched_setparam, "leaves the policy", sched_getscheduler(0));
  CALL(sched_getparam, "of the caller", 0, &one);
  EFFECT(sched_getparam, "of the caller, the priority", one.sched_priority);
  CALL(sched_getparam, "to an address that is none", 0, 8L);
  CALL(sched_getparam, "to no address", 0, 0L);
  CALL(sched_getparam, "of no process", NONE, &p);
  CALL(sched_getparam, "of a negative process", -1, &p);
  pid_t child = waiting_child();
  CALL(sched_getparam, "of a child", child, &p);
  CALL(sched_setparam, "of a child", child, &p);
  CALL(sched_setscheduler, "of a child", child, SCHED_IDLE, &p);
  CALL(sched_getscheduler, "of a child", child);
  IN_CHILD({
    syscall(SYS_setrlimit, RLIMIT_RTPRIO, (long[]){0, 0});
    setuid(77);
    one.sched_priority = 1;
    CALL(sched_setscheduler, "of another user to real time", 0, SCHED_FIFO, &one);
    CALL(sched_setscheduler, "of another user to rounds", 0, SCHED_RR, &one);
    CALL(sched_setscheduler, "to real time without a priority", 0, SCHED_FIFO, &p);
    CALL(sched_setscheduler, "of a stranger", child, SCHED_OTHER, &p);
    CALL(sched_setparam, "of a stranger", child, &p);
    CALL(sched_getparam, "of a stranger", child, &p);
    CALL(sched_getscheduler, "of a stranger", child);
    one.sched_priority = 100;
    CALL(sched_setscheduler, "to real time beyond the highest", 0, SCHED_FIFO, &one);
  });
  killed(child);
  run_in_thread(idle_thread);
}

static void ranges(void) {
  CALL(sched_get_priority_max, "of others", SCHED_OTHER);
  CALL(sched_get_priority_max, "of real time", SCHED_FIFO);
  CALL(sched_get_priority_max, "of rounds", SCHED_RR);
  CALL(sched_get_priority_max, "of batches", SCHED_BATCH);
  CALL(sched_get_priority_max, "of idle ones", SCHED_IDLE);
  CALL(sched_get_priority_max, "of deadlines", DEADLINE);
  CALL(sched_get_priority_max, "of a policy there is not", 4);
  CALL(sched_get_priority_max, "of a negative policy", -1);
  CALL(sched_get_priority_min, "of others", SCHED_OTHER);
  CALL(sched_get_priority_min, "of real time", SCHED_FIFO);
  CALL(sched_get_priority_min, "of rounds", SCHED_RR);
  CALL(sched_get_priority_min, "of batches", SCHED_BATCH);
  CALL(sched_get_priority_min, "of idle ones", SCHED_IDLE);
  CALL(sched_get_priority_min, "of deadlines", DEADLINE);
  CALL(sched_get_priority_min, "of a policy there is not", 4);
  CALL(sched_get_priority_min, "of a negative policy", -1);
  long t[2] = {-1, -1};
  CALL(sched_rr_get_interval, "of the caller", 0, t);
  EFFECT(sched_rr_get_interval, "of the caller, within a second", t[0] == 0 && t[1] >= 0);
  CALL(sched_rr_get_interval, "of the caller by its id", getpid(), t);
  CALL(sched_rr_get_interval, "of the parent", getppid(), t);
  CALL(sched_rr_get_interval, "of no process", NONE, t);
  CALL(sched_rr_get_interval, "of a negative process", -1, t);
  CALL(sched_rr_get_interval, "to an address that is none", 0, 8L);
  CALL(sched_rr_get_interval, "to no address", 0, 0L);
#ifdef __i386__
  int64_t wide[2];
  CALL(sched_rr_get_interval_time64, "of the caller", 0, wide);
  CALL(sched_rr_get_interval_time64, "of no process", NONE, wide);
  CALL(sched_rr_get_interval_time64, "to an address that is none", 0, 8L);
#endif
  CALL(sched_yield, "of the caller");
  CALL(sched_yield, "with arguments that it does not take", -1L, 8L, -1L);
  IN_CHILD({
    CALL(sched_yield, "in a child");
    sched_setaffinity(0, sizeof first, &first);
    CALL(sched_yield, "on one processor");
    setuid(77);
    CALL(sched_yield, "of another user");
  });
}

static void attributes(void) {
  struct attributes a = {.size = 48, .policy = SCHED_BATCH, .nice = 4};
  CALL(sched_setattr, "of batches", 0, &a, 0);
  EFFECT(sched_setattr, "of batches is seen", sched_getscheduler(0));
  EFFECT(sched_setattr, "sets the niceness", syscall(SYS_getpriority, PRIO_PROCESS, 0));
  CALL(sched_setattr, "with a flag of the call's", 0, &a, 1);
  CALL(sched_setattr, "of no process", NONE, &a, 0);
  CALL(sched_setattr, "of a negative process", -1, &a, 0);
  CALL(sched_setattr, "from no address", 0, 0L, 0);
  CALL(sched_setattr, "from an address that is none", 0, 8L, 0);
  a.flags = 1ULL << 40;
  CALL(sched_setattr, "with a flag there is not", 0, &a, 0);
  a.flags = 0, a.size = 0;
  CALL(sched_setattr, "without a size, which is the first one", 0, &a, 0);
  a.size = 8;
  CALL(sched_setattr, "of a small size", 0, &a, 0);
  EFFECT(sched_setattr, "of a small size tells the kernel's", a.size >= 48);
  a.size = sizeof a;
  CALL(sched_setattr, "of a large size", 0, &a, 0);
  a.more[19] = 1;
  CALL(sched_setattr, "of a large size with more in it", 0, &a, 0);
  a.more[19] = 0, a.size = 48, a.policy = 4;
  CALL(sched_setattr, "of a policy there is not", 0, &a, 0);
  a.policy = SCHED_OTHER, a.priority = 1;
  CALL(sched_setattr, "of a priority that the policy has not", 0, &a, 0);
  a.priority = 0, a.nice = 100, a.flags = 1;
  CALL(sched_setattr, "beyond the nicest", 0, &a, 0);
  memset(&a, 0xff, sizeof a);
  CALL(sched_getattr, "of the caller", 0, &a, 48, 0);
  EFFECT(sched_getattr, "of the caller, the size", a.size);
  EFFECT(sched_getattr, "of the caller, the policy", a.policy);
  EFFECT(sched_getattr, "of the caller, whether children lose it", a.flags);
  EFFECT(sched_getattr, "of the caller, the niceness", a.nice);
  EFFECT(sched_getattr, "of the caller, the priority", a.priority);
  CALL(sched_getattr, "of a large size", 0, &a, sizeof a, 0);
  EFFECT(sched_getattr, "of a large size tells its own", a.size >= 56 && a.size < sizeof a);
  CALL(sched_getattr, "of a small size", 0, &a, 47, 0);
  CALL(sched_getattr, "of a size beyond a page", 0, &a, 4097, 0);
  CALL(sched_getattr, "with a flag", 0, &a, 48, 1);
  CALL(sched_getattr, "of no process", NONE, &a, 48, 0);
  CALL(sched_getattr, "of a negative process", -1, &a, 48, 0);
  CALL(sched_getattr, "to no address", 0, 0L, 48, 0);
  CALL(sched_getattr, "to an address that is none", 0, 8L, 48, 0);
  IN_CHILD({
    a = (struct attributes){.size = 48, .nice = 10};
    setuid(77);
    CALL(sched_setattr, "of another user", 0, &a, 0);
    CALL(sched_getattr, "in a child", 0, &a, 48, 0);
    EFFECT(sched_getattr, "in a child that lost it, the niceness", a.nice);
    CALL(sched_setattr, "of a stranger", getppid(), &a, 0);
    CALL(sched_getattr, "of a stranger", getppid(), &a, 48, 0);
  });
}

static void *everywhere(void *unused) {
  CALL(sched_setaffinity, "of one thread", 0, sizeof all, &all);
  return unused;
}

static int processors(int pid) {
  cpu_set_t set;
  return sched_getaffinity(pid, sizeof set, &set) ? -1 : CPU_COUNT(&set);
}

static void affinities(void) {
  cpu_set_t none = {}, far = {};
  CPU_SET(1000, &far);
  int n = 0;
  while (!CPU_ISSET(n, &first)) n++;
  CALL(sched_setaffinity, "to one processor", 0, sizeof first, &first);
  EFFECT(sched_setaffinity, "to one processor is seen", processors(0));
  CALL(sched_setaffinity, "to none", 0, sizeof none, &none);
  CALL(sched_setaffinity, "to one that there is not", 0, sizeof far, &far);
  CALL(sched_setaffinity, "of no size", 0, 0, &first);
  CALL(sched_setaffinity, "from an address that is none", 0, sizeof first, 8L);
  CALL(sched_setaffinity, "of no process", NONE, sizeof first, &first);
  CALL(sched_setaffinity, "of a negative process", -1, sizeof first, &first);
  EFFECT(sched_setaffinity, "that fails changes nothing", processors(0));
  CALL_OK(sched_getaffinity, "of the caller", 0, sizeof all, &none);
  EFFECT(sched_getaffinity, "of the caller is what was set", CPU_EQUAL(&none, &first));
  EFFECT(sched_getaffinity, "tells the size in words",
         syscall(SYS_sched_getaffinity, 0, sizeof all, &none) % sizeof(long));
  CALL(sched_getaffinity, "of an odd size", 0, sizeof all - 1, &none);
  CALL(sched_getaffinity, "of no size", 0, 0, &none);
  CALL(sched_getaffinity, "of no process", NONE, sizeof none, &none);
  CALL(sched_getaffinity, "of a negative process", -1, sizeof none, &none);
  CALL(sched_getaffinity, "to an address that is none", 0, sizeof none, 8L);
  CALL(getcpu, "to no addresses", 0L, 0L, 0L);
  unsigned cpu = -1, node = -1;
  CALL(getcpu, "of both", &cpu, &node, 0L);
  EFFECT(getcpu, "on the one processor", cpu == n);
  EFFECT(getcpu, "of both tells a node", node != -1);
  CALL(getcpu, "of the processor", &cpu, 0L, 0L);
  CALL(getcpu, "of the node", 0L, &node, 0L);
  CALL(getcpu, "to an address that is none", 8L, 0L, 0L);
  CALL(getcpu, "of the node to an address that is none", 0L, 8L, 0L);
  CALL(getcpu, "with an address that is none for what it no longer knows", &cpu, 0L, 8L);
  IN_CHILD({
    EFFECT(sched_getaffinity, "in a child", processors(0));
    syscall(SYS_getcpu, &cpu, 0L, 0L);
    EFFECT(getcpu, "in a child on the one processor", cpu == n);
  });
  run_in_thread(everywhere);
  EFFECT(sched_getaffinity, "beside a thread that runs everywhere", processors(0));
  pid_t child = waiting_child();
  CALL(sched_setaffinity, "of a child", child, sizeof all, &all);
  EFFECT(sched_getaffinity, "of a child", processors(child) == CPU_COUNT(&all));
  IN_CHILD({
    setuid(77);
    CALL(sched_setaffinity, "of a stranger", child, sizeof first, &first);
    EFFECT(sched_getaffinity, "of a stranger", processors(child) == CPU_COUNT(&all));
    CALL(sched_setaffinity, "of another user", 0, sizeof first, &first);
  });
  killed(child);
}

int main(void) {
  begin();
  setpriority(PRIO_PROCESS, 0, 0); /* whatever the program was started with */
  sched_getaffinity(0, sizeof all, &all);
  int n = 0;
  while (!CPU_ISSET(n, &all)) n++;
  CPU_SET(n, &first);
  IN_CHILD(policies());
  IN_CHILD(ranges());
  IN_CHILD(attributes());
  IN_CHILD(affinities());
  return 0;
}
