/* Niceness, and the order of I/O: of threads, processes, groups and users. */
#include "calls.h"

#include <sys/resource.h>

#define NONE 0x3ffffff /* more than any id */

static void *nice_thread(void *unused) {
  CALL(setpriority, "of a thread by its id", PRIO_PROCESS, gettid(), 15);
  CALL(getpriority, "of a thread", PRIO_PROCESS, 0);
  CALL(getpriority, "of the process beside a thread", PRIO_PROCESS, getpid());
  return unused;
}

static void niceness(void) {
  setpgid(0, 0);
  CALL(setpriority, "of the caller", PRIO_PROCESS, 0, 5);
  CALL(getpriority, "of the caller", PRIO_PROCESS, 0);
  CALL(getpriority, "of the caller by its id", PRIO_PROCESS, getpid());
  CALL(setpriority, "beyond the nicest", PRIO_PROCESS, 0, 100);
  CALL(getpriority, "of the nicest", PRIO_PROCESS, 0);
  CALL(setpriority, "of the superuser to less", PRIO_PROCESS, 0, 7);
  CALL(getpriority, "of no process", PRIO_PROCESS, NONE);
  CALL(getpriority, "of no group", PRIO_PGRP, NONE);
  CALL(getpriority, "of a user without processes", PRIO_USER, 70123);
  CALL(getpriority, "of what there is not", PRIO_USER + 1, 0);
  CALL(getpriority, "of a negative kind", -1, 0);
  CALL(setpriority, "of no process", PRIO_PROCESS, NONE, 5);
  CALL(setpriority, "of no group", PRIO_PGRP, NONE, 5);
  CALL(setpriority, "of what there is not", PRIO_USER + 1, 0, 5);
  pid_t child = waiting_child();
  CALL(setpriority, "of a child", PRIO_PROCESS, child, 3);
  CALL(getpriority, "of a child", PRIO_PROCESS, child);
  CALL(getpriority, "of a group is the best of its processes'", PRIO_PGRP, 0);
  CALL(setpriority, "of a group", PRIO_PGRP, 0, 9);
  EFFECT(setpriority, "of a group reaches all", syscall(SYS_getpriority, PRIO_PROCESS, child));
  IN_CHILD({
    CALL(getpriority, "in a child", PRIO_PROCESS, 0);
    syscall(SYS_setrlimit, RLIMIT_NICE, (long[]){0, 0});
    setuid(77);
    CALL(setpriority, "of another user to more", PRIO_PROCESS, 0, 10);
    CALL(setpriority, "of another user to less", PRIO_PROCESS, 0, 9);
    CALL(setpriority, "of another user to the same", PRIO_PROCESS, 0, 10);
    CALL(setpriority, "of a stranger", PRIO_PROCESS, child, 19);
    CALL(getpriority, "of a stranger", PRIO_PROCESS, child);
    CALL(getpriority, "of a user", PRIO_USER, 0);
    CALL(setpriority, "of a user", PRIO_USER, 77, 12);
  });
  killed(child);
  run_in_thread(nice_thread);
#ifdef __i386__
  CALL(nice, "of one more", 1);
  CALL(nice, "of none", 0);
  CALL(nice, "of very many", 1000);
  EFFECT(nice, "of very many is the nicest", syscall(SYS_getpriority, PRIO_PROCESS, 0));
  CALL(nice, "of the superuser to less", -5);
  IN_CHILD({
    setuid(77);
    CALL(nice, "of another user to less", -5);
    CALL(nice, "of another user to more", 2);
    EFFECT(nice, "of another user is seen", syscall(SYS_getpriority, PRIO_PROCESS, 0));
  });
#endif
}

/* Classes of the order of I/O, and whose it is. */
enum { ANY, REAL_TIME, BEST_EFFORT, IDLE, MISSING };
enum { PROCESS = 1, GROUP, USER };
#define ORDER(class, level) ((class) << 13 | (level))

static void *ordered_thread(void *unused) {
  CALL(ioprio_get, "in a thread", PROCESS, 0);
  CALL(ioprio_set, "of one thread", PROCESS, 0, ORDER(BEST_EFFORT, 6));
  CALL(ioprio_get, "of a thread by its id", PROCESS, gettid());
  return unused;
}

static void orders(void) {
  setpgid(0, 0);
  CALL(ioprio_set, "to the best effort", PROCESS, 0, ORDER(BEST_EFFORT, 3));
  CALL(ioprio_get, "of the best effort", PROCESS, 0);
  run_in_thread(ordered_thread);
  CALL(ioprio_get, "beside a thread that changed its own", PROCESS, getpid());
  IN_CHILD(CALL(ioprio_get, "in a child", PROCESS, 0));
  CALL(ioprio_set, "to idle", PROCESS, 0, ORDER(IDLE, 0));
  CALL(ioprio_get, "of idle", PROCESS, 0);
  CALL(ioprio_set, "of real time, by the superuser", PROCESS, 0, ORDER(REAL_TIME, 2));
  CALL(ioprio_get, "of real time", PROCESS, getpid());
  CALL(ioprio_set, "of a class there is not", PROCESS, 0, ORDER(MISSING, 0));
  CALL(ioprio_set, "of no class with a level", PROCESS, 0, ORDER(ANY, 2));
  CALL(ioprio_set, "of what there is not", USER + 1, 0, ORDER(BEST_EFFORT, 3));
  CALL(ioprio_set, "of no process", PROCESS, NONE, ORDER(BEST_EFFORT, 3));
  CALL(ioprio_set, "of no group", GROUP, NONE, ORDER(BEST_EFFORT, 3));
  CALL(ioprio_get, "of what there is not", 0, 0);
  CALL(ioprio_get, "of no process", PROCESS, NONE);
  CALL(ioprio_get, "of no group", GROUP, NONE);
  CALL(ioprio_get, "of a user without processes", USER, 70123);
  pid_t child = waiting_child();
  CALL(ioprio_set, "of a child", PROCESS, child, ORDER(BEST_EFFORT, 5));
  CALL(ioprio_get, "of a child", PROCESS, child);
  CALL(ioprio_get, "of a group is the best of its processes'", GROUP, 0);
  CALL(ioprio_set, "of a group", GROUP, 0, ORDER(BEST_EFFORT, 1));
  EFFECT(ioprio_set, "of a group reaches all", syscall(SYS_ioprio_get, PROCESS, child));
  IN_CHILD({
    setuid(77);
    CALL(ioprio_set, "of real time, by another user", PROCESS, 0, ORDER(REAL_TIME, 2));
    CALL(ioprio_set, "of a stranger", PROCESS, child, ORDER(BEST_EFFORT, 2));
    CALL(ioprio_get, "of a stranger", PROCESS, child);
    CALL(ioprio_set, "to idle, by another user", PROCESS, 0, ORDER(IDLE, 0));
    CALL(ioprio_get, "of a user", USER, 77);
  });
  killed(child);
}

int main(void) {
  begin();
  setpriority(PRIO_PROCESS, 0, 0); /* whatever the program was started with */
  IN_CHILD(niceness());
  IN_CHILD(orders());
  return 0;
}
