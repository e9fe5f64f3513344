/* Groups that a process has, and, for programs of 32 bits, all ids of four bytes. */
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
static long gids(void) {
  gid_t r, e, s;
  getresgid(&r, &e, &s);
  return ((r * 100L + e) * 100 + s) * 100 + setfsgid(-1);
}

static void take_ids(int real, int effective, int saved) {
  if (setgroups(0, 0) || setresgid(real, effective, saved) || setresuid(real, effective, saved))
    _exit(1);
}

static void one_group(void) {
  CALL(setgid, "to -1", -1);
  IN_CHILD({
    CALL(setgid, "of the superuser to another", NOBODY);
    EFFECT(setgid, "changes all of the superuser's", gids());
    EFFECT(setgid, "leaves the user", geteuid());
    CALL(setgid, "back, by the superuser", 0);
    setuid(NOBODY);
    CALL(setgid, "to a stranger", 5);
    CALL(setgid, "to the same", 0);
    EFFECT(setgid, "that fails changes nothing", gids());
  });
  IN_CHILD({
    take_ids(1, 2, 3);
    CALL(setgid, "to the real one", 1);
    EFFECT(setgid, "changes the effective one of others", gids());
    CALL(setgid, "to the saved one", 3);
    CALL(setgid, "to what was the effective one", 2);
    EFFECT(setgid, "leaves what is real and saved", gids());
  });
  IN_CHILD({
    CALL(setgid, "to more than two bytes", 70000);
    EFFECT(setgid, "to more than two bytes is seen", getgid());
  });
}

static void two_groups(void) {
  CALL(setregid, "of nothing", -1, -1);
  EFFECT(setregid, "of nothing changes nothing", gids());
  IN_CHILD({
    CALL(setregid, "of the effective one", -1, 5);
    EFFECT(setregid, "of the effective one saves it", gids());
    CALL(setregid, "of the real one", 6, -1);
    EFFECT(setregid, "of the real one saves the effective one", gids());
  });
  IN_CHILD({
    take_ids(1, 2, 3);
    CALL(setregid, "that swaps", 2, 1);
    EFFECT(setregid, "that swaps saves the new effective one", gids());
    CALL(setregid, "of the effective to a stranger", -1, 4);
    CALL(setregid, "of the real to a stranger", 4, -1);
    CALL(setregid, "back to the superuser's", 0, 0);
    EFFECT(setregid, "that fails changes nothing", gids());
  });
  IN_CHILD({
    take_ids(1, 2, 3);
    CALL(setregid, "of the real to the saved one", 3, -1);
    CALL(setregid, "of the effective to the saved one", -1, 3);
  });
}

static void three_groups(void) {
  id r = 9, e = 9, s = 9;
  CALL(getresgid, "of the superuser", &r, &e, &s);
  EFFECT(getresgid, "of the superuser, all", r * 10000 + e * 100 + s);
  CALL(getresgid, "to a first address that is none", 8L, &e, &s);
  CALL(getresgid, "to a second address that is none", &r, 8L, &s);
  CALL(getresgid, "to a third address that is none", &r, &e, 8L);
  CALL(getresgid, "to no address", 0L, 0L, 0L);
  CALL(setresgid, "of nothing", -1, -1, -1);
  IN_CHILD({
    CALL(setresgid, "of the superuser", 1, 2, 3);
    EFFECT(setresgid, "changes the file system's with the effective one", gids());
    CALL(getresgid, "of three", &r, &e, &s);
    EFFECT(getresgid, "of three, all", r * 10000 + e * 100 + s);
    setuid(NOBODY);
    CALL(setresgid, "to a stranger as saved one", -1, -1, 4);
    CALL(setresgid, "to a stranger as real one", 4, -1, -1);
    CALL(setresgid, "to a stranger as effective one", -1, 4, -1);
    EFFECT(setresgid, "that fails changes nothing", gids());
    CALL(setresgid, "that turns them round", 3, 1, 2);
    EFFECT(setresgid, "that turns them round is seen", gids());
  });
}

static void groups(void) {
  id list[] = {30, 10, 20, 10}, out[8] = {0};
  IN_CHILD({
    CALL(setgroups, "of four", 4, list);
    CALL(getgroups, "that only counts", 0, 0L);
    CALL(getgroups, "with room", 8, out);
    EFFECT(getgroups, "in order", ((out[0] * 100L + out[1]) * 100 + out[2]) * 100 + out[3]);
    CALL(getgroups, "with just enough room", 4, out);
    CALL(getgroups, "with too little room", 3, out);
    CALL(getgroups, "with negative room", -1, out);
    CALL(getgroups, "to an address that is none", 8, 8L);
    CALL(getgroups, "that only counts at an address that is none", 0, 8L);
    CALL(setgroups, "from an address that is none", 4, 8L);
    CALL(setgroups, "of too many", 65537, list);
    CALL(setgroups, "of a negative number", -1, list);
    EFFECT(setgroups, "that fails changes nothing", getgroups(0, 0));
    IN_CHILD(CALL(getgroups, "in a child", 0, 0L));
    setuid(NOBODY);
    CALL(getgroups, "of another user", 8, out);
    CALL(setgroups, "of another user", 1, list);
    CALL(setgroups, "of nothing by another user", 0, 0L);
    execl("/proc/self/exe", "groups", "", (char *)0);
  });
  IN_CHILD({
    CALL(setgroups, "of nothing", 0, 0L);
    CALL(getgroups, "of nothing", 8, out);
    CALL(getgroups, "of nothing to an address that is none", 8, 8L);
    static id many[65536];
    CALL(setgroups, "of as many as may be", 65536, many);
    CALL(getgroups, "of as many as may be", 65536, many);
  });
}

#ifdef __i386__
static void of_four_bytes(void) {
  unsigned r, e, s, list[] = {70000, 3}, out[2];
  CALL(setuid32, "to -1", -1);
  CALL(setgid32, "to -1", -1);
  IN_CHILD({
    CALL(setgroups32, "of two", 2, list);
    CALL(setgroups32, "from an address that is none", 2, 8L);
    CALL(setgroups32, "of too many", 65537, list);
    CALL(getgroups32, "that only counts", 0, 0L);
    CALL(getgroups32, "with room", 2, out);
    EFFECT(getgroups32, "in order", out[0] * 10 + out[1]);
    CALL(getgroups32, "with too little room", 1, out);
    CALL(getgroups, "of more than two bytes", 2, out);
    EFFECT(getgroups, "of more than two bytes, which do not fit", *(unsigned short *)out);
    CALL(setresgid32, "of the superuser", 70001, 70002, 70003);
    CALL(setresuid32, "of the superuser", 70001, 70002, 70003);
    CALL(getresuid32, "of three", &r, &e, &s);
    EFFECT(getresuid32, "of three, all", r - 70000 + (e - 70000) * 10 + (s - 70000) * 100);
    CALL(getresuid32, "to an address that is none", &r, &e, 8L);
    CALL(getresgid32, "of three", &r, &e, &s);
    EFFECT(getresgid32, "of three, all", r - 70000 + (e - 70000) * 10 + (s - 70000) * 100);
    CALL(getresgid32, "to an address that is none", 8L, &e, &s);
    CALL(getuid32, "of more than two bytes");
    CALL(geteuid32, "of more than two bytes");
    CALL(getgid32, "of more than two bytes");
    CALL(getegid32, "of more than two bytes");
    CALL(getresuid, "of more than two bytes", &r, &e, &s);
    EFFECT(getresuid, "of more than two bytes, which do not fit", *(unsigned short *)&r);
    CALL(setreuid32, "of the real to the saved one", 70003, -1);
    CALL(setreuid32, "that swaps", 70002, 70001);
    CALL(setregid32, "of the real to the saved one", 70003, -1);
    CALL(setregid32, "that swaps", 70002, 70001);
    CALL(setfsuid32, "to the real one", 70002);
    CALL(setfsuid32, "to a stranger", 4);
    CALL(setfsgid32, "to the real one", 70002);
    CALL(setfsgid32, "to a stranger", 4);
    CALL(setuid32, "to a stranger", 4);
    CALL(setuid32, "to the real one", 70002);
    CALL(setgid32, "to a stranger", 4);
    CALL(setgid32, "to the real one", 70002);
    CALL(setgroups32, "of another user", 0, 0L);
  });
}
#endif

int main(int argc, char **argv) {
  begin();
  if (argc > 1) {
    CALL(getgroups, "after exec", 0, 0L);
    return 0;
  }
  setgroups(0, 0);
  one_group();
  two_groups();
  three_groups();
  groups();
#ifdef __i386__
  of_four_bytes();
#endif
  return 0;
}
