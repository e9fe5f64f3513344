/*
 * Runs single instructions from given states on the host's processor and reports states, faults and
 * page-fault addresses. A file mapped by both sides holds the records; each byte count on standard
 * input is a number of records to run, answered by one byte.
 *
 * The instruction is started by returning from a signal handler into a changed context with TF set;
 * whatever signal comes next ends it.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define BASE 0x10000000UL
#define SCRATCH (BASE + 0x10000)
#define SCRATCH_SIZE 0x9000
#define READ_ONLY (BASE + 0x1b000)
#define STACK_WINDOW (BASE + 0x14000 - 512)
#define CODE (BASE + 0x100000)
#define CODE_SIZE (4096UL * 8192)
#define FX_SIZE 464
#define YMM_OFFSET 576

struct record {
  uint64_t gpr[16]; /* in the order of their numbers */
  uint64_t flags, rip, mode, signal, trap, error, cr2, data_start;
  uint64_t code_length;
  uint8_t code[56];
  uint8_t fx[512];
  uint8_t ymm[256];
  uint64_t fs_base, gs_base;
  uint8_t padding[1008];
  uint8_t data[1280];
  uint8_t stack[1024];
  uint8_t more_padding[3840];
};

static const int ORDER[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                              REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                              REG_R12, REG_R13, REG_R14, REG_R15};

static struct record *records;
static long count, current;
static int running;
static uint64_t fs_base, last_fs_base;

static long call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
}

static void copy(void *to, const void *from, long size) {
  for (long i = 0; i < size; i++) ((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
}

static void next_batch(void) {
  uint8_t request[4];
  char done = 1;
  if (count) call(SYS_write, 1, (long)&done, 1);
  for (int have = 0; have < 4;) {
    long got = call(SYS_read, 0, (long)request + have, 4 - have);
    if (got <= 0) call(SYS_exit_group, 0, 0, 0);
    have += got;
  }
  count = request[0] | request[1] << 8 | request[2] << 16;
  current = 0;
}

static void save(struct record *r, int signal, siginfo_t *info, ucontext_t *context) {
  greg_t *g = context->uc_mcontext.gregs;
  uint8_t *fp = (uint8_t *)context->uc_mcontext.fpregs;
  for (int i = 0; i < 16; i++) r->gpr[i] = g[ORDER[i]];
  r->flags = g[REG_EFL];
  r->rip = g[REG_RIP];
  r->signal = signal;
  r->trap = g[REG_TRAPNO];
  r->error = g[REG_ERR];
  r->cr2 = g[REG_CR2];
  r->fs_base = last_fs_base;
  call(SYS_arch_prctl, ARCH_GET_GS, (long)&r->gs_base, 0);
  copy(r->fx, fp, FX_SIZE);
  uint64_t present;
  copy(&present, fp + 512, 8);
  for (int i = 0; i < 256; i++) r->ymm[i] = present & 4 ? fp[YMM_OFFSET + i] : 0;
  if (!(present & 2))
    for (int i = 160; i < 416; i++) r->fx[i] = 0;
  if (!(present & 1)) { /* initial x87 state */
    for (int i = 0; i < 24; i++) r->fx[i] = 0;
    for (int i = 32; i < 160; i++) r->fx[i] = 0;
    r->fx[0] = 0x7f;
    r->fx[1] = 3;
  }
  copy(r->data, (void *)r->data_start, sizeof r->data);
  copy(r->stack, (void *)STACK_WINDOW, sizeof r->stack);
  (void)info;
}

static void load(struct record *r, ucontext_t *context) {
  /* Linux does not restore the ID flag from signal frames. */
  __asm__ volatile("pushf; andl $~0x200000, (%%rsp); popf" : : : "cc", "memory");
  greg_t *g = context->uc_mcontext.gregs;
  uint8_t *fp = (uint8_t *)context->uc_mcontext.fpregs;
  copy((void *)r->rip, r->code, r->code_length);
  copy((void *)r->data_start, r->data, sizeof r->data);
  copy((void *)STACK_WINDOW, r->stack, sizeof r->stack);
  for (int i = 0; i < 16; i++) g[ORDER[i]] = r->gpr[i];
  g[REG_EFL] = r->flags | 0x302;
  g[REG_RIP] = r->rip;
  uint64_t selectors = r->mode == 32 ? 0x23 : 0x33;
  g[REG_CSGSFS] = selectors | (g[REG_CSGSFS] & 0xffffffff0000UL) | 0x2bUL << 48;
  copy(fp, r->fx, FX_SIZE);
  copy(fp + YMM_OFFSET, r->ymm, sizeof r->ymm);
  uint64_t present;
  copy(&present, fp + 512, 8);
  present |= 7;
  copy(fp + 512, &present, 8);
}

static void handler(int signal, siginfo_t *info, void *context) {
  call(SYS_arch_prctl, ARCH_GET_FS, (long)&last_fs_base, 0);
  call(SYS_arch_prctl, ARCH_SET_FS, fs_base, 0);
  greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
  if (running && signal == SIGTRAP && g[REG_TRAPNO] == 1 &&
      (uint64_t)g[REG_RIP] == records[current].rip) {
    /* one round of a repeated string instruction */
    call(SYS_arch_prctl, ARCH_SET_FS, last_fs_base, 0);
    return;
  }
  if (running) {
    save(&records[current], signal, info, context);
    current++;
  }
  running = 1;
  if (current == count) next_batch();
  load(&records[current], context);
  call(SYS_arch_prctl, ARCH_SET_GS, records[current].gs_base, 0);
  call(SYS_arch_prctl, ARCH_SET_FS, records[current].fs_base, 0);
}

static void map(uint64_t at, uint64_t size, int rights) {
  void *result = mmap((void *)at, size, rights, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (result != (void *)at) _exit(3);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int file = open(argv[1], O_RDWR);
  long size = atol(argv[2]) * sizeof(struct record);
  records = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (records == MAP_FAILED) return 3;
  map(SCRATCH, SCRATCH_SIZE, PROT_READ | PROT_WRITE);
  map(READ_ONLY, 4096, PROT_READ);
  (void)*(volatile char *)READ_ONLY; /* from here on it is present */
  map(CODE, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
  syscall(SYS_arch_prctl, ARCH_GET_FS, &fs_base);
  __asm__ volatile("mov %0, %%ds; mov %0, %%es" : : "r"(0x2b));
  stack_t alternate = {.ss_sp = malloc(1 << 18), .ss_size = 1 << 18};
  sigaltstack(&alternate, 0);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  int signals[] = {SIGSEGV, SIGILL, SIGTRAP, SIGFPE, SIGBUS, SIGUSR1};
  for (int i = 0; i < 6; i++) sigaction(signals[i], &action, 0);
  raise(SIGUSR1);
  return 4;
}
