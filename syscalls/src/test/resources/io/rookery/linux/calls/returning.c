/* Alternate stacks of signals, and the return from handlers. */
#include "calls.h"
#include "handlers.h"

#include <ucontext.h>

static void *const nowhere = (void *)8;
static char stack[1 << 16];

static stack_t in_handler;
static volatile int on_stack, error_on_stack;

static void look_at_stack(int signal) {
  char here;
  on_stack = &here > stack && &here < stack + sizeof stack;
  syscall(SYS_sigaltstack, 0, &in_handler);
  error_on_stack = syscall(SYS_sigaltstack, &(stack_t){.ss_flags = SS_DISABLE}, 0) ? errno : 0;
}

static void *stack_of_thread(void *got) {
  syscall(SYS_sigaltstack, 0, got);
  return 0;
}

static void stacks(void) {
  stack_t s = {.ss_sp = stack, .ss_size = sizeof stack}, old = {.ss_flags = 99};
  CALL(sigaltstack, "asking for none", 0, &old);
  EFFECT(sigaltstack, "none is a disabled one", old.ss_flags == SS_DISABLE && !old.ss_size);
  CALL(sigaltstack, "setting", &s, &old);
  CALL(sigaltstack, "asking for one", 0, &old);
  EFFECT(sigaltstack, "the one that was set",
         old.ss_sp == stack && old.ss_size == sizeof stack && !old.ss_flags);
  CALL(sigaltstack, "neither", 0, 0);
  s.ss_size = 1;
  CALL(sigaltstack, "of one byte", &s, 0);
  s.ss_flags = 8;
  CALL(sigaltstack, "with a flag that is none", &s, 0);
  s.ss_flags = SS_ONSTACK | SS_DISABLE;
  CALL(sigaltstack, "on it and disabled", &s, 0);
  CALL(sigaltstack, "from an address that is none", nowhere, 0);
  CALL(sigaltstack, "to an address that is none", 0, nowhere);
  IN_CHILD(syscall(SYS_sigaltstack, 0, &old);
           EFFECT(sigaltstack, "a child has its parent's", old.ss_sp == stack));
  pthread_t t;
  pthread_create(&t, 0, stack_of_thread, &old);
  pthread_join(t, 0);
  EFFECT(sigaltstack, "a thread starts with none", old.ss_flags == SS_DISABLE);

  on(SIGUSR1, look_at_stack, 0, 0);
  raise(SIGUSR1);
  EFFECT(sigaltstack, "a handler that does not ask for it", on_stack);
  on(SIGUSR1, look_at_stack, SA_ONSTACK, 0);
  s = (stack_t){.ss_sp = stack, .ss_size = sizeof stack, .ss_flags = SS_ONSTACK};
  CALL(sigaltstack, "with SS_ONSTACK", &s, 0);
  raise(SIGUSR1);
  EFFECT(sigaltstack, "a handler that asks for it", on_stack);
  EFFECT(sigaltstack, "flags while on it", in_handler.ss_flags == SS_ONSTACK);
  EFFECT(sigaltstack, "changing it while on it", error_on_stack == EPERM);
  s.ss_flags = 1 << 31;
  CALL(sigaltstack, "with SS_AUTODISARM", &s, 0);
  raise(SIGUSR1);
  EFFECT(sigaltstack, "one that disarms itself, in the handler", in_handler.ss_flags == SS_DISABLE);
  syscall(SYS_sigaltstack, 0, &old);
  EFFECT(sigaltstack, "and after it", old.ss_sp == stack && old.ss_flags == 1 << 31);
  s = (stack_t){.ss_sp = nowhere, .ss_size = 99, .ss_flags = SS_DISABLE};
  CALL(sigaltstack, "disabling", &s, 0);
  syscall(SYS_sigaltstack, 0, &old);
  EFFECT(sigaltstack, "a disabled one's address and size", !old.ss_sp && !old.ss_size);
}

static void change_mask(int signal, siginfo_t *info, void *context) {
  ((ucontext_t *)context)->uc_sigmask.__val[0] |= BIT(SIGWINCH);
}

static void skip_fault(int signal, siginfo_t *info, void *context) {
  greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
#ifdef __x86_64__
  r[REG_RIP] += 2;
  r[REG_RAX] = 42;
#else
  r[REG_EIP] += 2;
  r[REG_EAX] = 42;
#endif
}

static void inner(int signal) { caught *= 10; }

static void outer(int signal) {
  raise(SIGUSR2);
  caught++;
}

/* Returns with a stack pointer that is none. */
static int return_from_nowhere(void) {
  int status;
  pid_t child = fork();
  if (!child)
#ifdef __x86_64__
    __asm__ volatile("mov $8, %%esp; mov $15, %%eax; syscall" ::: "memory");
#else
    __asm__ volatile("mov $8, %%esp; mov $173, %%eax; int $0x80" ::: "memory");
#endif
  waitpid(child, &status, 0);
  return WTERMSIG(status);
}

static void returns(void) {
  struct sigaction s = {.sa_sigaction = change_mask, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &s, 0);
  raise(SIGUSR1);
  EFFECT(rt_sigreturn, "takes the mask from the context", mask() == BIT(SIGWINCH));
  set_mask(0);
  on(SIGUSR1, count, 0, ~0ull);
  raise(SIGUSR1);
  EFFECT(rt_sigreturn, "brings the mask back", mask());
  s.sa_sigaction = skip_fault;
  sigaction(SIGILL, &s, 0);
  long result = 7;
  __asm__ volatile("ud2" : "+a"(result));
  EFFECT(rt_sigreturn, "takes registers from the context", result);
  on(SIGUSR1, outer, 0, 0);
  on(SIGUSR2, inner, 0, 0);
  caught = 1;
  raise(SIGUSR1);
  EFFECT(rt_sigreturn, "from a handler within a handler", caught);
  double d = 1.5;
  raise(SIGUSR1);
  EFFECT(rt_sigreturn, "keeps floating point registers", d * 2);
  EFFECT(rt_sigreturn, "with a stack pointer that is none", return_from_nowhere());
}

int main(void) {
  begin();
  stacks();
  returns();
  return 0;
}
