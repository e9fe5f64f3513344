/* What a signal handler sees of a faulting instruction, and what its changes do: every register, flag and part of the
   extended state. Built with fixed addresses. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

/* All registers that an instruction starts with, and ends with. */
static struct state {
  uint64_t r[16]; /* in the processor's order; RSP is left alone */
  uint64_t flags;
  uint32_t mxcsr, unused;
  uint64_t ymm[16][4];
  struct { uint16_t control, status, tags, opcode; uint64_t ip, dp; uint32_t mxcsr, mask; uint8_t rest[480]; } x87;
} in __attribute__((aligned(64), used)), out __attribute__((aligned(64), used));

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

#define GPR(op, from) \
  op(0, rax, from) op(1, rcx, from) op(2, rdx, from) op(3, rbx, from) op(5, rbp, from) op(6, rsi, from) op(7, rdi, from) \
  op(8, r8, from) op(9, r9, from) op(10, r10, from) op(11, r11, from) op(12, r12, from) op(13, r13, from)                \
  op(14, r14, from) op(15, r15, from)
#define VEC(op) op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11) op(12) op(13) op(14) op(15)
#define LOAD(n, name, from) "movq " #from "+8*" #n "(%rip), %" #name "\n"
#define STORE(n, name, to) "movq %" #name ", " #to "+8*" #n "(%rip)\n"
#define LOADV(n) "vmovdqu in+144+32*" #n "(%rip), %ymm" #n "\n"
#define STOREV(n) "vmovdqu %ymm" #n ", out+144+32*" #n "(%rip)\n"

#define SAVE "pushq %rbx\npushq %rbp\npushq %r12\npushq %r13\npushq %r14\npushq %r15\nmovq %rsp, stack_pointer(%rip)\n"
#define RESTORE "movq stack_pointer(%rip), %rsp\npopq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbp\npopq %rbx\nret\n"

#define PROBE(name, instruction)                                                                                   \
  extern char name##_at[], name##_after[];                                                                         \
  void name(void);                                                                                                 \
  __asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name ":\n" SAVE "fxrstor64 in+656(%rip)\n" VEC(LOADV)  \
          "ldmxcsr in+136(%rip)\npushq in+128(%rip)\npopfq\n" GPR(LOAD, in)                                        \
          ".globl " #name "_at\n" #name "_at:\n" instruction "\n.globl " #name "_after\n" #name "_after:\n"        \
          GPR(STORE, out) "movq stack_pointer(%rip), %rsp\npushfq\npopq out+128(%rip)\ncld\n" VEC(STOREV)                    \
          "stmxcsr out+136(%rip)\nfxsave64 out+656(%rip)\nfninit\nvzeroupper\n" RESTORE);

uint64_t stack_pointer __attribute__((used));

PROBE(load, "movq 16(%rbx,%rcx,8), %rax")
PROBE(store, "movl %eax, 8(%rsi)")
PROBE(add_memory, "adcq %rax, (%rdi)")
PROBE(set_bit, "btsq %rax, (%rdi)")
PROBE(rotate, "rclq 4(%rdi,%rcx,4)")
PROBE(exchange_add, "xaddl %eax, (%rdi)")
PROBE(locked, "lock xaddq %rax, (%rdi)")
PROBE(exchange, "xchgl %eax, (%rdi)")
PROBE(compare, "lock cmpxchgq %rcx, (%rdi)")
PROBE(compare16, "lock cmpxchg16b (%rdi)")
PROBE(vector, "movups (%rdi), %xmm3")
PROBE(vector_on_stack, "movups (%rbp), %xmm3")
PROBE(vector_store, "vmovups %ymm5, (%rdi)")
PROBE(vector_add, "vaddpd (%rdi), %ymm5, %ymm6")
PROBE(aligned, "movaps (%rdi), %xmm3")
PROBE(aligned256, "vmovdqa %ymm1, (%rdi)")
PROBE(legacy_memory, "paddb (%rdi), %xmm2")
PROBE(gather, "vgatherdpd %ymm4, (%rdi,%xmm2,8), %ymm1")
PROBE(masked, "vmaskmovps %ymm2, %ymm1, (%rdi)")
PROBE(moves, "rep movsb")
PROBE(moves8, "rep movsq")
PROBE(stores, "rep stosl")
PROBE(scan, "repne scasb")
PROBE(compares, "repe cmpsb")
PROBE(divide, "divq %rcx")
PROBE(divide_signed, "idivl %ecx")
PROBE(undefined, "ud2")
PROBE(breakpoint, "int3")
PROBE(icebp, ".byte 0xf1")
PROBE(halt, "hlt")
PROBE(port, "inb $0x60, %al")
PROBE(pop_memory, "popq (%rbx)")
PROBE(push_memory, "pushq (%rbx)")
PROBE(call_memory, "callq *(%rbx)")
PROBE(leaves, "leave")
PROBE(x87_load, "fldt (%rdi)")
PROBE(x87_store, "fstpt (%rdi)")
PROBE(x87_divide, "fdiv %st(1), %st\nfwait")
PROBE(x87_wait, "fldz\nfwait\nnop")
PROBE(sse_divide, "divsd %xmm1, %xmm0")
PROBE(avx_multiply, "vmulps (%rdi), %ymm3, %ymm9")
PROBE(sse_convert, "cvttsd2si %xmm4, %rax")
PROBE(cipher, "aesenc (%rdi), %xmm2")
PROBE(string_compare, "pcmpistri $0x0c, (%rdi), %xmm2")
PROBE(set_mxcsr, "ldmxcsr (%rdi)")
PROBE(save, "xsave (%rdi)")
PROBE(jump, "jmpq *%rbx")

static char *const page = (char *)0x10000000, *const readonly = (char *)0x10002000, *const far = (char *)0x10001000;

static ucontext_t context;
static char extended[832] __attribute__((aligned(64)));
static siginfo_t info;
static int signals_seen, magic;
static const char *resume;

static void handler(int sig, siginfo_t *i, void *c) {
  ucontext_t *uc = c;
  char *area = (char *)uc->uc_mcontext.fpregs;
  if (signals_seen++ == 0) {
    context = *uc;
    info = *i;
    memcpy(extended, area, sizeof extended);
    uint32_t *software = (uint32_t *)(area + 464);
    magic = software[0] == 0x46505853 && *(uint32_t *)(area + software[4]) == 0x46505845 &&
            software[1] == software[4] + 4 && (software[2] & 7) == 7 && ((uintptr_t)area & 63) == 0;
  }
  /* Everything is changed, and execution goes on behind the instruction. */
  for (int n = 0; n < 15; n++) uc->uc_mcontext.gregs[n] ^= 0x1111111111111111u * (n + 1);
  uc->uc_mcontext.gregs[REG_EFL] ^= 0x8d5;
  uc->uc_mcontext.gregs[REG_RIP] = (uintptr_t)resume;
  for (int n = 0; n < 256; n++) area[160 + n] += 3, area[576 + n] ^= n;
  for (int n = 0; n < 128; n++) area[32 + n] ^= n % 16 == 2 ? 0x5a : 0;
  *(uint32_t *)(area + 24) ^= 0x6021;
  *(uint16_t *)area ^= 0x300;
  *(uint16_t *)(area + 2) ^= 0x0101;
}

static uint64_t sum = 0xcbf29ce484222325u;
static void add(const void *p, size_t n) {
  for (const uint8_t *b = p; n > 0; b++, n--) sum = (sum ^ *b) * 0x100000001b3u;
}

static uint64_t take(void) {
  uint64_t s = sum;
  sum = 0xcbf29ce484222325u;
  return s;
}

static void defaults(void) {
  memset(&in, 0, sizeof in);
  for (int n = 0; n < 16; n++) {
    in.r[n] = 0x0123456789abcdefu * (2 * n + 3);
    for (int k = 0; k < 4; k++) in.ymm[n][k] = 0x3ff0000000000000u + 0x0000123456789abcu * (n * 4 + k + 1);
  }
  in.flags = 0x8d7;
  in.mxcsr = 0x1f80 | 2 << 13;
  in.x87.control = 0x37f, in.x87.mxcsr = 0x1f80;
  in.x87.tags = 0xff, in.x87.status = 3 << 11;
  for (int n = 0; n < 8; n++) {
    uint64_t significand = 0x8000000000000000u + 0x1234567890u * n;
    uint16_t exponent = 0x3fff + n;
    memcpy(in.x87.rest + 16 * n, &significand, 8);
    memcpy(in.x87.rest + 16 * n + 8, &exponent, 2);
  }
}

static int verbose;
static void memory(void) {
  for (int n = 0; n < 4096; n++) page[n] = n * 7 + 3;
}

/* Runs a probe; the first time tells all, and later ones must be like it. */
static void probe(const char *name, void (*function)(void), const char *at, const char *after, int rounds) {
  uint64_t first = 0;
  for (int n = 0; n < rounds; n++) {
    memory();
    signals_seen = 0;
    memset(&out, 0, sizeof out);
    resume = after;
    function();
    for (int k = 0; k < 17; k++) {
      uint64_t v = k == REG_RSP ? context.uc_mcontext.gregs[k] - stack_pointer : context.uc_mcontext.gregs[k];
      if (k == REG_RIP) v -= (uintptr_t)at;
      add(&v, 8);
    }
    uint64_t general = take();
    add(extended + 160, 256), add(extended + 576, 256);
    uint64_t vectors = take();
    for (int k = 0; k < 8; k++) add(extended + 32 + 16 * k, 10);
    add(extended, 6), add(extended + 24, 4);
    uint64_t floating = take();
    add(&out, offsetof(struct state, x87)), add(&out.x87, 6);
    for (int k = 0; k < 8; k++) add(out.x87.rest + 16 * k, 10);
    uint64_t resumed = take();
    add(page, 4096);
    uint64_t bytes = take();
    add(&general, 8), add(&vectors, 8), add(&floating, 8), add(&resumed, 8), add(&bytes, 8);
    uint64_t all = take();
    if (n == 0) {
      first = all;
      printf("%s: signals %d: %d code %d address %lx trap %lld error %llx cr2 %llx rip +%lld flags %llx\n", name, signals_seen, info.si_signo,
             info.si_code, (long)info.si_addr - ((char *)info.si_addr == at ? (long)at : 0), context.uc_mcontext.gregs[REG_TRAPNO],
             context.uc_mcontext.gregs[REG_ERR], context.uc_mcontext.gregs[REG_TRAPNO] == 14 ? context.uc_mcontext.gregs[REG_CR2] : 0,
             context.uc_mcontext.gregs[REG_RIP] - (long)at, context.uc_mcontext.gregs[REG_EFL]);
      printf("  general %lx vectors %lx x87 and mxcsr %lx resumed %lx memory %lx header %lx magic %d\n", general, vectors, floating,
             resumed, bytes, *(uint64_t *)(extended + 512) & 7, magic);
      if (verbose) {
        for (int k = 0; k < 15; k++) printf("  r%d %llx -> %lx\n", k, context.uc_mcontext.gregs[k], out.r[k]);
        printf("  mxcsr %x -> %x, flags %lx, fcw %x fsw %x ftw %x -> %x %x %x\n", *(uint32_t *)(extended + 24), out.mxcsr, out.flags,
               *(uint16_t *)extended, *(uint16_t *)(extended + 2), *(uint16_t *)(extended + 4), out.x87.control, out.x87.status, out.x87.tags);
        for (int k = 0; k < 16; k++) printf("  ymm%d %lx %lx %lx %lx\n", k, out.ymm[k][0], out.ymm[k][1], out.ymm[k][2], out.ymm[k][3]);
      }
    } else if (all != first || signals_seen != 1) {
      printf("  time %d is different\n", n);
    }
  }
}

static int rounds;
#define TRY(name, ...)                                     \
  do {                                                     \
    defaults();                                            \
    __VA_ARGS__;                                           \
    probe(#name, name, name##_at, name##_after, rounds);   \
  } while (0)
#define R(n) in.r[n]

/* What AMD's processors do otherwise: the address of a masked store's fault, flags in the middle of a
   repeated comparison, INT1 under a hypervisor, what an x87 store has written in front of its fault. */
#ifdef ON_AMD
#define TRY_INTELS(name, ...)
#else
#define TRY_INTELS TRY
#endif

int main(int argc, char **argv) {
  rounds = argc > 1 ? atoi(argv[1]) : 3;
  verbose = argc > 2;
  static char alternate[65536];
  stack_t ss = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&ss, 0);
  struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  for (int *s = (int[]){SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, 0}; *s; s++) sigaction(*s, &sa, 0);
  mmap(page, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  mmap(readonly, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  uintptr_t end = (uintptr_t)far; /* nothing is mapped there */
  uintptr_t border = 1ul << 47; /* of the canonical addresses */
  (void)*(volatile char *)readonly;

  TRY(load, R(RBX) = end, R(RCX) = 4);
  TRY(load, R(RBX) = end - 16, R(RCX) = -1 + 1, R(RBX) -= 4);
  TRY(load, R(RBX) = 1ul << 62, R(RCX) = 0);
  TRY(load, R(RBX) = 0xffffffff80000000, R(RCX) = 0);
  TRY(store, R(RSI) = (uintptr_t)readonly);
  TRY(store, R(RSI) = end - 10);
  TRY(store, R(RSI) = 0x1000);
  TRY(add_memory, R(RDI) = (uintptr_t)readonly + 4000);
  TRY(add_memory, R(RDI) = (uintptr_t)readonly);
  TRY(add_memory, R(RDI) = end);
  TRY(add_memory, R(RDI) = end - 3);
  TRY(set_bit, R(RDI) = end, R(RAX) = -1);
  TRY(set_bit, R(RDI) = end, R(RAX) = 64);
  TRY(rotate, R(RDI) = end, R(RCX) = 0);
  TRY(exchange_add, R(RDI) = end);
  TRY(locked, R(RDI) = (uintptr_t)readonly + 8);
  TRY(exchange, R(RDI) = end);
  TRY(compare, R(RDI) = (uintptr_t)readonly);
  TRY(compare16, R(RDI) = (uintptr_t)page + 8);
  TRY(compare16, R(RDI) = end);
  TRY(vector, R(RDI) = end - 5);
  TRY(vector_store, R(RDI) = end - 20);
  TRY(vector_add, R(RDI) = end - 20);
  TRY(aligned, R(RDI) = (uintptr_t)page + 8);
  TRY(aligned256, R(RDI) = (uintptr_t)page + 16);
  TRY(legacy_memory, R(RDI) = (uintptr_t)page + 1);
  TRY(gather, R(RDI) = end - 64, in.ymm[2][0] = 3ull << 32 | 1, in.ymm[2][1] = 2ull << 32 | 9,
      in.ymm[4][0] = in.ymm[4][1] = in.ymm[4][2] = in.ymm[4][3] = -1);
  TRY(masked, R(RDI) = end - 11, memset(in.ymm[1], 0, 32), memset(in.ymm[1], -1, 12));
  TRY(masked, R(RDI) = end - 11, memset(in.ymm[1], 0, 32));
  TRY_INTELS(masked, R(RDI) = end - 11, memset(in.ymm[2], -1, 32));
  TRY(moves, R(RSI) = (uintptr_t)page, R(RDI) = end - 40, R(RCX) = 100, in.flags &= ~0x400);
  TRY(moves, R(RSI) = end - 10, R(RDI) = (uintptr_t)page, R(RCX) = 100, in.flags &= ~0x400);
  TRY(moves, R(RSI) = (uintptr_t)page + 99, R(RDI) = (uintptr_t)page + 30, R(RCX) = 90, in.flags |= 0x400);
  TRY(moves8, R(RSI) = (uintptr_t)page, R(RDI) = end - 44, R(RCX) = 100, in.flags &= ~0x400);
  TRY(stores, R(RDI) = end - 30, R(RCX) = 1000, in.flags &= ~0x400);
  TRY_INTELS(scan, R(RDI) = end - 30, R(RCX) = 1000, R(RAX) = 1, in.flags &= ~0x400);
  TRY_INTELS(compares, R(RDI) = end - 30, R(RSI) = end - 30, R(RCX) = 1000, in.flags &= ~0x400);
  TRY(divide, R(RCX) = 0);
  TRY(divide, R(RCX) = 1);
  TRY(divide_signed, R(RCX) = -1, R(RAX) = 0x80000000, R(RDX) = 0xffffffff);
  TRY(undefined, (void)0);
  TRY(breakpoint, (void)0);
  TRY_INTELS(icebp, (void)0);
  TRY(halt, (void)0);
  TRY(port, (void)0);
  TRY(pop_memory, R(RBX) = end);
  TRY(push_memory, R(RBX) = end - 4);
  TRY(call_memory, R(RBX) = end);
  TRY(leaves, R(RBP) = end);
  TRY(x87_load, R(RDI) = end - 9);
  TRY_INTELS(x87_store, R(RDI) = end - 8);
  TRY(x87_divide, in.x87.control = 0x37b, memset(in.x87.rest + 16, 0, 16));
  TRY(x87_divide, in.x87.control = 0x35f, memcpy(in.x87.rest + 16, "\1\2\3\4\5\6\7\377\300\77", 10));
  TRY(x87_wait, in.x87.control = 0x37e, in.x87.tags = 0xff);
  TRY(sse_divide, in.mxcsr &= ~0x200, in.ymm[1][0] = 0);
  TRY(sse_divide, in.mxcsr &= ~0x1000);
  TRY(avx_multiply, R(RDI) = (uintptr_t)page, in.mxcsr &= ~0x400, memset(in.ymm[3], 0x7f, 32));
  TRY(avx_multiply, R(RDI) = end - 28);
  TRY(sse_convert, in.mxcsr &= ~0x80, in.ymm[4][0] = 0x7ff8000000000000);
  TRY(cipher, R(RDI) = (uintptr_t)page + 3);
  TRY(cipher, R(RDI) = end);
  TRY(string_compare, R(RDI) = end - 3);
  TRY(string_compare, R(RDI) = border - 10);
  TRY(vector, R(RDI) = border - 10);
  TRY(vector, R(RDI) = border - 5);
  TRY(vector_on_stack, R(RBP) = border - 10);
  TRY(vector_store, R(RDI) = border - 20);
  TRY(vector_add, R(RDI) = border - 20);
  TRY(vector_add, R(RDI) = border - 12);
  TRY(avx_multiply, R(RDI) = border - 28);
  TRY_INTELS(masked, R(RDI) = border - 11, memset(in.ymm[1], -1, 32));
  TRY(masked, R(RDI) = border - 11, memset(in.ymm[1], 0, 32), memset(in.ymm[1], -1, 8));
  TRY_INTELS(masked, R(RDI) = border - 11, memset(in.ymm[1], 0, 32), memset(in.ymm[1], -1, 12));
  TRY(x87_load, R(RDI) = border - 9);
  TRY(x87_store, R(RDI) = border - 9);
  TRY(load, R(RBX) = border - 20, R(RCX) = 0);
  TRY(set_mxcsr, R(RDI) = (uintptr_t)page);
  TRY(save, R(RDI) = (uintptr_t)page + 32, R(RAX) = 7, R(RDX) = 0);
  TRY(jump, R(RBX) = 0x12345678);
  TRY(jump, R(RBX) = (uintptr_t)page);
  return 0;
}
