/* Signals: actions, masks, and what is pending. */
#include "calls.h"
#include "handlers.h"

static void *const nowhere = (void *)8;

static uint64_t pending(void) {
  uint64_t now = 0;
  syscall(SYS_rt_sigpending, &now, 8);
  return now;
}

static struct action now(int signal) {
  struct action a = {.flags = 99};
  syscall(SYS_rt_sigaction, signal, 0, &a, 8);
  return a;
}

static void actions(void) {
  struct action a = {.handler = SIG_IGN, .mask = ~0ull}, old = {.flags = 99};
  CALL(rt_sigaction, "asking for what is default", SIGUSR1, 0, &old, 8);
  EFFECT(rt_sigaction, "the default's handler and flags", old.handler == SIG_DFL && !old.flags);
  CALL(rt_sigaction, "asking for nothing", SIGUSR1, 0, 0, 8);
  CALL(rt_sigaction, "ignoring a signal", SIGUSR1, &a, 0, 8);
  EFFECT(rt_sigaction, "SIGKILL and SIGSTOP leave an action's mask",
         now(SIGUSR1).mask == ~(BIT(SIGKILL) | BIT(SIGSTOP)));
  CALL(rt_sigaction, "with a mask of four bytes", SIGUSR1, &a, 0, 4);
  CALL(rt_sigaction, "of signal zero", 0, 0, &old, 8);
  CALL(rt_sigaction, "of a negative signal", -1, 0, &old, 8);
  CALL(rt_sigaction, "of the last signal", 64, 0, &old, 8);
  CALL(rt_sigaction, "of a signal after the last", 65, 0, &old, 8);
  CALL(rt_sigaction, "ignoring SIGKILL", SIGKILL, &a, 0, 8);
  CALL(rt_sigaction, "SIGSTOP's default set again", SIGSTOP, &(struct action){0}, 0, 8);
  CALL(rt_sigaction, "asking for SIGKILL's", SIGKILL, 0, &old, 8);
  CALL(rt_sigaction, "from an address that is none", SIGUSR1, nowhere, 0, 8);
  a.handler = SIG_DFL;
  CALL(rt_sigaction, "to an address that is none", SIGUSR1, &a, nowhere, 8);
  EFFECT(rt_sigaction, "is set nevertheless", now(SIGUSR1).handler == SIG_DFL);
  a.handler = SIG_IGN;
  a.flags = SA_NODEFER | SA_RESTART | 0x400 | 0x100;
  syscall(SYS_rt_sigaction, SIGUSR1, &a, 0, 8);
  EFFECT(rt_sigaction, "unknown flags are cleared", now(SIGUSR1).flags == (SA_NODEFER | SA_RESTART));

  set_mask(BIT(SIGUSR2));
  raise(SIGUSR2);
  a.flags = 0;
  syscall(SYS_rt_sigaction, SIGUSR2, &a, 0, 8);
  EFFECT(rt_sigaction, "ignoring drops what is pending", pending());
  on(SIGUSR1, count, SA_RESETHAND, BIT(SIGWINCH));
  raise(SIGUSR1);
  EFFECT(rt_sigaction, "a handler is called", caught);
  EFFECT(rt_sigaction, "the mask while a handler runs",
         mask_in_handler == (BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(SIGWINCH)));
  EFFECT(rt_sigaction, "SA_RESETHAND leaves the default", now(SIGUSR1).handler == SIG_DFL);
  on(SIGUSR1, count, SA_NODEFER, 0);
  raise(SIGUSR1);
  EFFECT(rt_sigaction, "SA_NODEFER blocks nothing more", mask_in_handler == BIT(SIGUSR2));
  IN_CHILD(EFFECT(rt_sigaction, "a child has its parent's", now(SIGUSR1).handler == count));
  set_mask(0);
}

static void *mask_of_thread(void *got) {
  *(uint64_t *)got = mask();
  set_mask(~0ull);
  return 0;
}

static void masks(void) {
  uint64_t set = BIT(SIGUSR1) | BIT(SIGKILL) | BIT(40), old = 99;
  CALL(rt_sigprocmask, "blocking", SIG_BLOCK, &set, &old, 8);
  EFFECT(rt_sigprocmask, "what was blocked before", old);
  EFFECT(rt_sigprocmask, "SIGKILL is not blocked", mask() == (BIT(SIGUSR1) | BIT(40)));
  set = BIT(SIGUSR2);
  CALL(rt_sigprocmask, "blocking one more", SIG_BLOCK, &set, 0, 8);
  EFFECT(rt_sigprocmask, "what was blocked stays", mask() == (BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(40)));
  CALL(rt_sigprocmask, "unblocking", SIG_UNBLOCK, &set, 0, 8);
  EFFECT(rt_sigprocmask, "the others stay blocked", mask() == (BIT(SIGUSR1) | BIT(40)));
  CALL(rt_sigprocmask, "setting", SIG_SETMASK, &set, 0, 8);
  EFFECT(rt_sigprocmask, "only what was set", mask() == BIT(SIGUSR2));
  CALL(rt_sigprocmask, "an operation that is none", 3, &set, &old, 8);
  CALL(rt_sigprocmask, "an operation that is none, without a set", 3, 0, &old, 8);
  CALL(rt_sigprocmask, "with a set of four bytes", SIG_BLOCK, &set, 0, 4);
  CALL(rt_sigprocmask, "with a set of sixteen bytes", SIG_BLOCK, &set, 0, 16);
  CALL(rt_sigprocmask, "from an address that is none", SIG_BLOCK, nowhere, 0, 8);
  set = BIT(SIGUSR1);
  CALL(rt_sigprocmask, "to an address that is none", SIG_SETMASK, &set, nowhere, 8);
  EFFECT(rt_sigprocmask, "the mask has changed nevertheless", mask() == BIT(SIGUSR1));
  on(SIGUSR1, count, 0, 0);
  raise(SIGUSR1);
  EFFECT(rt_sigprocmask, "a blocked signal waits", caught);
  set_mask(0);
  EFFECT(rt_sigprocmask, "and comes when it is unblocked", caught);
  set_mask(BIT(SIGALRM));
  IN_CHILD(EFFECT(rt_sigprocmask, "a child has its parent's", mask() == BIT(SIGALRM)));
  pthread_t t;
  pthread_create(&t, 0, mask_of_thread, &old);
  pthread_join(t, 0);
  EFFECT(rt_sigprocmask, "a thread starts with its maker's", old == BIT(SIGALRM));
  EFFECT(rt_sigprocmask, "and does not change its maker's", mask() == BIT(SIGALRM));
  set_mask(0);
}

static void *pending_in_thread(void *got) {
  *(uint64_t *)got = pending();
  return 0;
}

static void pending_sets(void) {
  uint64_t set = ~0ull;
  CALL(rt_sigpending, "with nothing pending", &set, 8);
  EFFECT(rt_sigpending, "an empty set", set);
  set_mask(BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(SIGWINCH));
  raise(SIGUSR1);
  kill(getpid(), SIGUSR2);
  kill(getpid(), SIGWINCH);
  EFFECT(rt_sigpending, "the thread's own and the process's",
         pending() == (BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(SIGWINCH)));
  set = ~0ull;
  CALL(rt_sigpending, "four bytes of the set", &set, 4);
  EFFECT(rt_sigpending, "only they are written", set >> 32 == 0xffffffff && (unsigned)set != ~0u);
  CALL(rt_sigpending, "no bytes of it", nowhere, 0L);
  CALL(rt_sigpending, "nine bytes of it", &set, 9);
  CALL(rt_sigpending, "to an address that is none", nowhere, 8);
  IN_CHILD(EFFECT(rt_sigpending, "a child starts with nothing", pending()));
  pthread_t t;
  pthread_create(&t, 0, pending_in_thread, &set);
  pthread_join(t, 0);
  EFFECT(rt_sigpending, "another thread sees the process's", set == (BIT(SIGUSR2) | BIT(SIGWINCH)));
  signal(SIGUSR1, SIG_IGN);
  signal(SIGUSR2, SIG_IGN);
  EFFECT(rt_sigpending, "ignored signals are gone", pending() == BIT(SIGWINCH));
  set_mask(0);
  EFFECT(rt_sigpending, "so are unblocked ones", pending());
}

#ifdef __i386__
/* struct old_sigaction */
struct old_action {
  void *handler;
  unsigned long mask, flags;
  void *restorer;
};

static void old_calls(void) {
  struct old_action a = {.handler = SIG_IGN, .mask = 5}, old;
  uint32_t set = 1 << (SIGUSR1 - 1), before = 99;
  syscall(SYS_rt_sigaction, SIGUSR1, &(struct action){0}, 0, 8);
  CALL(signal, "ignoring", SIGUSR1, SIG_IGN);
  CALL(signal, "back to the default", SIGUSR1, SIG_DFL);
  CALL(signal, "of SIGKILL", SIGKILL, SIG_IGN);
  CALL(signal, "of none", 0, SIG_IGN);
  CALL(signal, "of one after the last", 65, SIG_IGN);
  syscall(SYS_signal, SIGUSR1, count);
  EFFECT(signal, "is for one time, and blocks nothing",
         now(SIGUSR1).flags == (SA_RESETHAND | SA_NODEFER));
  CALL(sigaction, "ignoring a signal", SIGUSR1, &a, &old);
  EFFECT(sigaction, "the handler before", old.handler == count);
  CALL(sigaction, "asking", SIGUSR1, 0, &old);
  EFFECT(sigaction, "the mask that was set", old.mask);
  CALL(sigaction, "of SIGSTOP", SIGSTOP, &a, 0);
  CALL(sigaction, "asking for one after the last", 65, 0, &old);
  CALL(sigaction, "from an address that is none", SIGUSR1, nowhere, 0);
  CALL(sigaction, "to an address that is none", SIGUSR1, 0, nowhere);
  CALL(sigprocmask, "blocking", SIG_BLOCK, &set, &before);
  EFFECT(sigprocmask, "what was blocked before", before);
  CALL(sigprocmask, "an operation that is none", 3, &set, 0);
  CALL(sigprocmask, "asking", 0, 0, &before);
  CALL(sigprocmask, "from an address that is none", SIG_BLOCK, nowhere, 0);
  CALL(sigprocmask, "to an address that is none", SIG_BLOCK, 0, nowhere);
  CALL(sgetmask, "with one signal blocked");
  CALL(ssetmask, "to another one", 1 << (SIGUSR2 - 1));
  CALL(ssetmask, "to none", 0);
  set_mask(BIT(40) | BIT(SIGUSR1));
  CALL(sgetmask, "with a signal of the upper half blocked");
  CALL(ssetmask, "with one of the upper half blocked", 0);
  EFFECT(ssetmask, "the upper half after it", mask() == 0);
  set_mask(BIT(SIGUSR2));
  raise(SIGUSR2);
  CALL(sigpending, "with one pending", &set);
  EFFECT(sigpending, "is that one", set == 1 << (SIGUSR2 - 1));
  CALL(sigpending, "to an address that is none", nowhere);
}
#endif

int main(void) {
  begin();
  actions();
  masks();
  pending_sets();
#ifdef __i386__
  old_calls();
#endif
  return 0;
}
