/* Instructions that user programs may not run, or that do not exist: the signal each one raises, its
 * code, trap number, error code, and where; and what those show that Linux emulates.
 *
 * VMCALL is left out: under a hypervisor it is answered. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define REPEATS 400 /* enough for a compiler to take notice */
#define MOST 24

static const struct {
  const char *name;
  const char *code; /* hexadecimal; a RET follows */
} CASES[] = {
    {"hlt", "f4"},
    {"cli", "fa"},
    {"sti", "fb"},
    {"in al,16", "e410"},
    {"in eax,16", "e510"},
    {"in al,dx", "ec"},
    {"in eax,dx", "ed"},
    {"out 16,al", "e610"},
    {"out 16,eax", "e710"},
    {"out dx,al", "ee"},
    {"out dx,eax", "ef"},
    {"insb", "6c"},
    {"insd", "6d"},
    {"rep insb", "f36c"},
    {"outsb", "6e"},
    {"outsd", "6f"},
    {"mov rax,cr0", "0f20c0"},
    {"mov rax,cr2", "0f20d0"},
    {"mov rax,cr3", "0f20d8"},
    {"mov rax,cr4", "0f20e0"},
    {"mov rax,cr8", "440f20c0"},
    {"mov rax,cr1", "0f20c8"},
    {"mov rax,cr7", "0f20f8"},
    {"mov cr0,rax", "0f22c0"},
    {"mov cr3,rax", "0f22d8"},
    {"mov cr5,rax", "0f22e8"},
    {"mov rax,dr0", "0f21c0"},
    {"mov rax,dr4", "0f21e0"},
    {"mov rax,dr7", "0f21f8"},
    {"mov dr0,rax", "0f23c0"},
    {"mov dr7,rax", "0f23f8"},
    {"mov rax,dr8", "440f21c0"},
    {"clts", "0f06"},
    {"lgdt", "0f015424c0"},
    {"lidt", "0f015c24c0"},
    {"lgdt of a register", "0f01d4"},
    {"lldt", "0f00d0"},
    {"ltr", "0f00d8"},
    {"lmsw", "0f01f0"},
    {"invlpg", "0f013c24"},
    {"invpcid", "660f38820424"},
    {"wrmsr", "0f30"},
    {"rdmsr", "0f32"},
    {"invd", "0f08"},
    {"wbinvd", "0f09"},
    {"sysret", "0f07"},
    {"sysretq", "480f07"},
    {"sysexit", "0f35"},
    {"swapgs", "0f01f8"},
    {"xsetbv", "0f01d1"},
    {"xsaves", "0fc72c24"},
    {"xrstors", "0fc71c24"},
    {"monitor", "0f01c8"},
    {"mwait", "0f01c9"},
    {"vmlaunch", "0f01c2"},
    {"vmresume", "0f01c3"},
    {"vmxoff", "0f01c4"},
    {"vmread", "0f78c0"},
    {"vmwrite", "0f79c0"},
    {"vmptrld", "0fc734e4"},
    {"vmclear", "660fc734e4"},
    {"vmxon", "f30fc734e4"},
    {"invept", "660f38800424"},
    {"getsec", "0f37"},
    {"rsm", "0faa"},
    {"clac", "0f01ca"},
    {"stac", "0f01cb"},
    {"ud2", "0f0b"},
    {"ud1", "0fb9c0"},
    {"ud1 of memory", "0fb94424c0"},
    {"ud0", "0fffc0"},
    {"int3", "cc"},
    {"int 3", "cd03"},
#ifndef ON_AMD /* which trap in front of it under a hypervisor, not behind it */
    {"int1", "f1"},
#endif
    {"int 4", "cd04"},
    {"int 0", "cd00"},
    {"int 1", "cd01"},
    {"int 2", "cd02"},
    {"int 6", "cd06"},
    {"int 13", "cd0d"},
    {"int 14", "cd0e"},
    {"int 32", "cd20"},
    {"int 129", "cd81"},
    {"int 255", "cdff"},
    {"into", "ce"},
    {"push es", "06"},
    {"pop ss", "17"},
    {"pusha", "60"},
    {"popa", "61"},
    {"daa", "27"},
    {"das", "2f"},
    {"aaa", "37"},
    {"aas", "3f"},
    {"aam", "d40a"},
    {"aad", "d50a"},
    {"salc", "d6"},
    {"add of opcode 82", "82c001"},
    {"call far of an immediate", "9a000000003300"},
    {"jmp far of an immediate", "ea000000003300"},
    {"lds", "c50424"},
    {"les", "c40424"},
    {"mov cs,eax", "8ec8"},
    {"mov of segment 6", "8cf0"},
    {"0f 04", "0f04"},
    {"0f 0a", "0f0a"},
    {"0f 24", "0f24c0"},
    {"0f 36", "0f36"},
    {"0f 39", "0f39"},
    {"0f 38 0c", "0f380cc0"},
    {"0f 3a 01", "0f3a01c000"},
    {"0f a6", "0fa6c0"},
    {"jmpe", "0fb800000000"},
    {"group 1A", "8fc8"},
    {"group 5 of 7", "fff8"},
    {"group 8 of 0", "0fbac000"},
    {"lock nop", "f090"},
    {"lock add of registers", "f001c0"},
    {"lock mov", "f0890424"},
    {"lock cmp", "f0390424"},
    {"vex with rex", "48c5f858c0"},
    {"vex with 66", "66c5f858c0"},
    {"vex with lock", "f0c5f858c0"},
    {"vex of map 0", "c4e0785800"},
    {"gather onto its index", "c4e269904c8c00"},
    {"cmpxchg8b of a register", "0fc7c8"},
    {"lea of a register", "8dc0"},
    {"sixteen bytes", "6666666666666666666666666666660090"},
    {"movaps misaligned", "0f284424c1"},
    {"movntdq misaligned", "660fe74424c1"},
    {"cmpxchg16b misaligned", "480fc74c24c1"},
    {"ldmxcsr of reserved bits", "c74424c00000ffff0fae5424c0"},
    {"load not canonical", "488b03"},
    {"store not canonical", "488903"},
    {"load through rbp not canonical", "5548bd0000000000000070488b4500"},
    {"load of what is not mapped", "488b042500100000"},
    {"sgdt", "0f014424c0"},
    {"sidt", "0f014c24c0"},
    {"sldt", "0f00c0"},
    {"sldt of memory", "0f004424c0"},
    {"str", "0f00c8"},
    {"smsw", "0f01e0"},
    {"smsw rax", "480f01e0"},
    {"smsw of memory", "0f016424c0"},
};

static sigjmp_buf back;
static uint8_t *page;

struct report {
  int signal, code;
  long trap, error, rip, address;
  uint64_t rax, flags, memory[2];
};
static struct report seen;

static void handler(int sig, siginfo_t *info, void *context) {
  greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
  seen.signal = sig;
  seen.code = info->si_code;
  seen.trap = g[REG_TRAPNO];
  seen.error = g[REG_ERR];
  seen.rip = g[REG_RIP] - (long)page;
  seen.address = (long)info->si_addr;
  if (seen.address >= (long)page && seen.address < (long)page + MOST) seen.address -= (long)page;
  siglongjmp(back, 1);
}

static void run(const char *hex) {
  int n = 0;
  for (const char *h = hex; *h; h += 2) sscanf(h, "%2hhx", &page[n++]);
  page[n] = 0xc3;
  memset(&seen, 0, sizeof seen);
  if (sigsetjmp(back, 1)) return;
  __asm__ volatile(
      "mov %%rsp, %%r12\n\t"
      "sub $256, %%rsp\n\t"
      "and $-64, %%rsp\n\t"
      "movq $0, -56(%%rsp)\n\t"
      "movq $0, -64(%%rsp)\n\t"
      "movq $0, -72(%%rsp)\n\t"
      "movabs $0x1122334455667788, %%rax\n\t"
      "movabs $0x7000000000000000, %%rbx\n\t"
      "xor %%ecx, %%ecx\n\t"
      "xor %%edx, %%edx\n\t"
      "call *%1\n\t"
      "pushf\n\t"
      "pop %%rcx\n\t"
      "and $0xcd5, %%ecx\n\t" /* status flags and DF */
      "mov -72(%%rsp), %%rdx\n\t"
      "mov -64(%%rsp), %%rbx\n\t"
      "mov %%r12, %%rsp\n\t"
      "mov %%rax, %0\n\t"
      : "=m"(seen.rax), "+r"(page), "=c"(seen.flags), "=d"(seen.memory[0]), "=b"(seen.memory[1])
      :
      : "rax", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "cc", "memory", "xmm0", "xmm1");
}

int main(void) {
  page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  stack_t ss = {.ss_sp = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                .ss_size = 65536};
  struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaltstack(&ss, 0);
  int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
  for (int i = 0; i < 5; i++) sigaction(signals[i], &sa, 0);
  for (unsigned i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    struct report first;
    run(CASES[i].code);
    first = seen;
    for (int n = 1; n < REPEATS; n++) {
      run(CASES[i].code);
      if (memcmp(&first, &seen, sizeof seen)) {
        printf("%s: another result in round %d\n", CASES[i].name, n);
        break;
      }
    }
    if (seen.signal)
      printf("%s: signal %d code %d trap %ld error %lx at +%ld address %lx\n", CASES[i].name,
             seen.signal, seen.code, seen.trap, seen.error, seen.rip, seen.address);
    else
      printf("%s: rax %lx flags %lx memory %lx %lx\n", CASES[i].name, seen.rax, seen.flags,
             seen.memory[0], seen.memory[1]);
  }
  return 0;
}
