/* Users: as whom a process runs, its groups beside that, and how it may change. */
#include "calls.h"

#include <sys/fsuid.h>

/* The calls of i386 that have no "32" in their names know ids of 16 bits. */
#ifdef __i386__
typedef unsigned short id;
#else
typedef unsigned id;
#endif

#define NOBODY 77

/* Real, effective, saved and file system's id, two digits each. */
static long uids(void) {
  uid_t r, e, s;
  getresuid(&r, &e, &s);
  return ((r * 100L + e) * 100 + s) * 100 + setfsuid(-1);
}

static long gids(void) {
  gid_t r, e, s;
  getresgid(&r, &e, &s);
  return ((r * 100L + e) * 100 + s) * 100 + setfsgid(-1);
}

static void take_ids(int real, int effective, int saved) {
  if (setgroups(0, 0) || setresgid(real, effective, saved) || setresuid(real, effective, saved))
    _exit(1);
}

static void *change_own(void *unused) {
  CALL(setresuid, "of one thread", 4, 5, 6);
  CALL(getuid, "in a thread that changed its own", 0);
  CALL(geteuid, "in a thread that changed its own", 0);
  return unused;
}

static void *change_own_group(void *unused) {
  CALL(setresgid, "of one thread", 4, 5, 6);
  CALL(getgid, "in a thread that changed its own", 0);
  CALL(getegid, "in a thread that changed its own", 0);
  id one = 9;
  CALL(setgroups, "of one thread", 1, &one);
  return unused;
}

static void asked_for(void) {
  CALL(getuid, "of the superuser");
  CALL(geteuid, "of the superuser");
  CALL(getgid, "of the superuser");
  CALL(getegid, "of the superuser");
  CALL(getuid, "with arguments that it does not take", -1L, 8L, -1L);
  CALL(geteuid, "with arguments that it does not take", -1L, 8L, -1L);
  CALL(getgid, "with arguments that it does not take", -1L, 8L, -1L);
  CALL(getegid, "with arguments that it does not take", -1L, 8L, -1L);
  IN_CHILD({
    take_ids(1, 2, 3);
    CALL(getuid, "beside other ids");
    CALL(geteuid, "beside other ids");
    CALL(getgid, "beside other ids");
    CALL(getegid, "beside other ids");
    IN_CHILD({
      CALL(getuid, "in a child");
      CALL(geteuid, "in a child");
      CALL(getgid, "in a child");
      CALL(getegid, "in a child");
    });
    setresuid(-1, 3, -1);
    setresgid(-1, 3, -1);
    CALL(getuid, "after taking the saved id as effective one");
    CALL(geteuid, "after taking the saved id as effective one");
    CALL(getgid, "after taking the saved id as effective one");
    CALL(getegid, "after taking the saved id as effective one");
    execl("/proc/self/exe", "users", "after exec", (char *)0);
  });
  IN_CHILD({
    setfsuid(NOBODY);
    setfsgid(NOBODY);
    CALL(getuid, "with another file system's id");
    CALL(geteuid, "with another file system's id");
    CALL(getgid, "with another file system's id");
    CALL(getegid, "with another file system's id");
  });
  IN_CHILD({
    run_in_thread(change_own_group);
    run_in_thread(change_own);
    CALL(getuid, "beside a thread that changed its own");
    CALL(geteuid, "beside a thread that changed its own");
    CALL(getgid, "beside a thread that changed its own");
    CALL(getegid, "beside a thread that changed its own");
    CALL(getgroups, "beside a thread that changed its own", 0, 0L);
  });
  IN_CHILD({
    setresuid(70000, 70001, 0);
    setresgid(70000, 70001, 0);
    CALL(getuid, "of more than two bytes");
    CALL(geteuid, "of more than two bytes");
    CALL(getgid, "of more than two bytes");
    CALL(getegid, "of more than two bytes");
  });
}

static void after_exec(void) {
  CALL(getuid, "after exec");
  CALL(geteuid, "after exec");
  CALL(getgid, "after exec");
  CALL(getegid, "after exec");
  EFFECT(getresuid, "after exec, which saves the effective one", uids());
  EFFECT(getresgid, "after exec, which saves the effective one", gids());
}

static void one_user(void) {
  CALL(setuid, "to -1", -1);
  IN_CHILD({
    prctl(PR_SET_PDEATHSIG, 10);
    CALL(setuid, "of the superuser to another", NOBODY);
    EFFECT(setuid, "changes all of the superuser's", uids());
    EFFECT(setuid, "makes undumpable", prctl(PR_GET_DUMPABLE) != 1);
    int signal = 0;
    prctl(PR_GET_PDEATHSIG, &signal);
    EFFECT(setuid, "forgets the signal for the parent's death", signal);
    CALL(setuid, "to the same", NOBODY);
    CALL(setuid, "back to the superuser", 0);
    CALL(setuid, "to a stranger", 5);
    EFFECT(setuid, "that fails changes nothing", uids());
  });
  IN_CHILD({
    take_ids(1, 2, 3);
    CALL(setuid, "to the real one", 1);
    EFFECT(setuid, "changes the effective one of others", uids());
    CALL(setuid, "to the saved one", 3);
    CALL(setuid, "to what was the effective one", 2);
    EFFECT(setuid, "leaves what is real and saved", uids());
  });
  IN_CHILD({
    setresuid(NOBODY, 0, 5);
    CALL(setuid, "of a program that is the superuser's", 6);
    EFFECT(setuid, "of a program that is the superuser's changes all", uids());
  });
  IN_CHILD({
    CALL(setuid, "to more than two bytes", 70000);
    EFFECT(setuid, "to more than two bytes is seen", getuid());
  });
}

static void two_users(void) {
  CALL(setreuid, "of nothing", -1, -1);
  EFFECT(setreuid, "of nothing changes nothing", uids());
  IN_CHILD({
    CALL(setreuid, "of the effective one", -1, 5);
    EFFECT(setreuid, "of the effective one saves it", uids());
    CALL(setreuid, "back to the real one", -1, 0);
  });
  IN_CHILD({
    CALL(setreuid, "of the real one", 5, -1);
    EFFECT(setreuid, "of the real one saves the effective one", uids());
  });
  IN_CHILD({
    take_ids(1, 2, 3);
    CALL(setreuid, "that swaps", 2, 1);
    EFFECT(setreuid, "that swaps saves the new effective one", uids());
  });
  IN_CHILD({
    take_ids(1, 2, 3);
    CALL(setreuid, "of the real to the saved one", 3, -1);
    CALL(setreuid, "of the effective to the saved one", -1, 3);
    CALL(setreuid, "of the effective to a stranger", -1, 4);
    CALL(setreuid, "of the real to a stranger", 4, 3);
    CALL(setreuid, "back to the superuser", 0, 0);
    EFFECT(setreuid, "that fails changes nothing", uids());
    CALL(setreuid, "of the effective to the real one", -1, 1);
    EFFECT(setreuid, "to the real one leaves what is saved", uids());
  });
}

static void three_users(void) {
  id r = 9, e = 9, s = 9;
  CALL(getresuid, "of the superuser", &r, &e, &s);
  EFFECT(getresuid, "of the superuser, all", r * 10000 + e * 100 + s);
  CALL(getresuid, "to a first address that is none", 8L, &e, &s);
  CALL(getresuid, "to a second address that is none", &r, 8L, &s);
  CALL(getresuid, "to a third address that is none", &r, &e, 8L);
  CALL(getresuid, "to no address", 0L, 0L, 0L);
  CALL(setresuid, "of nothing", -1, -1, -1);
  IN_CHILD({
    CALL(setresuid, "of the superuser", 1, 2, 3);
    EFFECT(setresuid, "changes the file system's with the effective one", uids());
    CALL(getresuid, "of three", &r, &e, &s);
    EFFECT(getresuid, "of three, all", r * 10000 + e * 100 + s);
    r = e = s = 9;
    CALL(getresuid, "to one place thrice", &r, &r, &r);
    EFFECT(getresuid, "to one place thrice, which leaves the last", r);
    CALL(setresuid, "to a stranger as saved one", -1, -1, 4);
    CALL(setresuid, "to a stranger as real one", 4, -1, -1);
    CALL(setresuid, "to a stranger as effective one", -1, 4, -1);
    EFFECT(setresuid, "that fails changes nothing", uids());
    CALL(setresuid, "that turns them round", 3, 1, 2);
    EFFECT(setresuid, "that turns them round is seen", uids());
    CALL(setresuid, "of the saved one only", -1, -1, 1);
    EFFECT(setresuid, "of the saved one only is seen", uids());
  });
}

static void file_system(void) {
  CALL(setfsuid, "to -1, which only asks", -1);
  CALL(setfsgid, "to -1, which only asks", -1);
  IN_CHILD({
    CALL(setfsuid, "of the superuser", 5);
    CALL(setfsuid, "that tells the former one", 6);
    EFFECT(setfsuid, "leaves the other three", uids());
    CALL(setfsgid, "of the superuser", 5);
    CALL(setfsgid, "that tells the former one", 6);
    EFFECT(setfsgid, "leaves the other three", gids());
  });
  IN_CHILD({
    take_ids(1, 2, 3);
    CALL(setfsuid, "to a stranger", 4);
    CALL(setfsuid, "after a stranger was asked for", 3);
    CALL(setfsuid, "to the real one", 1);
    CALL(setfsuid, "to what it is", 1);
    EFFECT(setfsuid, "to the real one is seen", uids());
    CALL(setfsgid, "to a stranger", 4);
    CALL(setfsgid, "after a stranger was asked for", 3);
    CALL(setfsgid, "to the real one", 1);
    CALL(setfsgid, "to what it is", 1);
    EFFECT(setfsgid, "to the real one is seen", gids());
  });
  IN_CHILD({
    setfsuid(NOBODY);
    EFFECT(setfsuid, "takes the rights to files", access("/", W_OK) * 10 + mkdir("/calls.x", 0700));
    setfsuid(0);
    EFFECT(setfsuid, "gives them back", chown("/dev/null", -1, -1));
  });
}

int main(int argc, char **argv) {
  begin();
  if (argc > 1) {
    after_exec();
    return 0;
  }
  setgroups(0, 0);
  asked_for();
  one_user();
  two_users();
  three_users();
  file_system();
  return 0;
}
