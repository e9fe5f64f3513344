/* Handlers of signals, set as the kernel has it. */
#define BIT(signal) (1ull << ((signal)-1))

/* The kernel's struct sigaction. */
struct action {
  void *handler;
  unsigned long flags;
  void *restorer;
  uint64_t mask;
};

static volatile int caught, last;
static volatile uint64_t mask_in_handler;

static uint64_t mask(void) {
  uint64_t now = 0;
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, &now, 8);
  return now;
}

static void set_mask(uint64_t set) { syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, 0, 8); }

static void count(int signal) {
  caught++;
  last = signal;
  mask_in_handler = mask();
}

/* Installs a handler with the restorer that the C library has. */
static void on(int signal, void (*handler)(int), int flags, uint64_t blocked) {
  struct action a;
  struct sigaction s = {.sa_handler = handler};
  sigaction(signal, &s, 0);
  syscall(SYS_rt_sigaction, signal, 0, &a, 8);
  a.flags |= flags;
  a.mask = blocked;
  syscall(SYS_rt_sigaction, signal, &a, 0, 8);
  caught = 0;
}
