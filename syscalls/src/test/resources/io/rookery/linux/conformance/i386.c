// What only 32-bit programs have: old calls through INT 80h, their structures, segments, frames, far jumps.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <asm/ldt.h>

static long call6(long n, long a, long b, long c, long d, long e, long f) {
  long r;
  __asm__ volatile(
      "push %%ebp; mov %7, %%ebp; int $0x80; pop %%ebp"
      : "=a"(r)
      : "0"(n), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), "m"(f)
      : "memory");
  return r;
}

static long call(long n, long a, long b, long c, long d, long e) {
  long r;
  __asm__ volatile("int $0x80" : "=a"(r) : "0"(n), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
  return r;
}

#define C(n, ...) call_n(n, (long[5]){__VA_ARGS__})
static long call_n(long n, long *a) { return call(n, a[0], a[1], a[2], a[3], a[4]); }
#define SHOW(name, n, ...) printf("%s: %ld\n", name, C(n, __VA_ARGS__))

static volatile int got;

// ---- old signal calls and both frames ----

struct plain_frame {
  uint32_t ret;
  int sig;
  uint32_t gs, fs, es, ds, di, si, bp, sp, bx, dx, cx, ax, trap, err, ip, cs, flags, sp2, ss, fp, old, cr2;
};

// What the frame says of the last trap is left out: it may be one of the parent, before the program was there.
static void plain(int sig) {
  struct plain_frame *f = (void *)((char *)__builtin_frame_address(0) + 4);
  got = sig;
  printf("plain %d: sig %d cs %x ss %x ds %x es %x mask %x same %d fp %d\n", sig, f->sig, f->cs & 0xffff,
         f->ss & 0xffff, f->ds & 0xffff, f->es & 0xffff, f->old, f->sp == f->sp2, f->fp != 0);
}

static void rich(int sig, siginfo_t *i, void *u) {
  ucontext_t *c = u;
  greg_t *g = c->uc_mcontext.gregs;
  got = sig;
  int trapped = sig == SIGSEGV || sig == SIGFPE;
  printf("rich %d: %d %d trap %d err %x cr2 %x addr %lx cs %x flags %lx aligned %d\n", sig, i->si_signo, i->si_code,
         trapped ? g[REG_TRAPNO] : 0, trapped ? g[REG_ERR] : 0, sig == SIGSEGV ? (unsigned)c->uc_mcontext.cr2 : 0,
         sig == SIGSEGV ? (long)i->si_addr : 0, g[REG_CS] & 0xffff, c->uc_flags & 1,
         ((unsigned long)__builtin_frame_address(0) + 8) % 16 == 0);
  if (sig == SIGSEGV) g[REG_EIP] += 2;
  if (sig == SIGFPE) g[REG_EIP] += 2;
  if (sig == SIGUSR2) {
    // The x87 state is taken from the old part of the frame.
    struct _libc_fpstate *fp = c->uc_mcontext.fpregs;
    printf("fpu cw %lx sw %lx tag %lx\n", fp->cw & 0xffff, fp->sw & 0xffff, fp->tag & 0xffff);
    for (int k = 0; k < 4; k++) printf("%04x ", fp->_st[0].significand[k]);
    printf("%04x\n", fp->_st[0].exponent);
    fp->_st[0].exponent ^= 0x8000;
  }
}

static void signals(void) {
  struct {
    void *handler;
    unsigned long mask, flags;
    void *restorer;
  } old = {plain, 1 << (SIGHUP - 1), 0, 0}, was;
  SHOW("sigaction", 67, SIGUSR1, (long)&old, (long)&was);
  printf("was %p %lx\n", was.handler, was.flags & ~0x04000000);
  SHOW("kill", 37, getpid(), SIGUSR1);
  SHOW("sigaction query", 67, SIGUSR1, 0, (long)&was);
  printf("now %d %lx %lx\n", was.handler == plain, was.mask, was.flags);
  printf("signal: %d\n", (void *)C(48, SIGUSR1, (long)plain) == plain);
  raise(SIGUSR1);
  unsigned long set = 1 << (SIGTERM - 1), before = 0;
  SHOW("sigprocmask", 126, SIG_BLOCK, (long)&set, (long)&before);
  raise(SIGTERM);
  unsigned long pending = 0;
  SHOW("sigpending", 73, (long)&pending);
  printf("masks %lx %lx %lx\n", before, pending, C(68, 0));
  signal(SIGTERM, SIG_IGN);
  SHOW("ssetmask", 69, 0);
  struct sigaction sa = {.sa_sigaction = rich, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &sa, 0);
  sigaction(SIGFPE, &sa, 0);
  sigaction(SIGUSR2, &sa, 0);
  __asm__ volatile("movl (%%eax), %%ecx" ::"a"(0x1234) : "ecx", "memory");
  __asm__ volatile("movl %%ecx, (%%eax)" ::"a"(0x5678), "c"(1) : "memory");
  __asm__ volatile("divl %%ecx" ::"a"(1), "d"(0), "c"(0));
  long double v = -2.75L, w;
  int pid = getpid();
  __asm__ volatile("fldt %1; int $0x80; fstpt %0" : "=m"(w) : "m"(v), "a"(37), "b"(pid), "c"(SIGUSR2) : "memory");
  printf("came back %Lg\n", w);
}

// ---- structures of old calls ----

static void files(void) {
  char name[] = "/tmp/i386-XXXXXX";
  int fd = mkostemp(name, 0100000); // O_LARGEFILE
  ftruncate(fd, 5000);
  unlink(name);
  char st[128] = {0};
  SHOW("fstat", 108, fd, (long)st);
  printf("mode %o size %d\n", *(unsigned short *)(st + 8), *(int *)(st + 20));
  SHOW("fstat64", 197, fd, (long)st);
  printf("mode %o size %lld\n", *(unsigned *)(st + 16), *(long long *)(st + 44));
  long long at = 0;
  printf("llseek: %ld", call(140, fd, 1, 7, (long)&at, SEEK_SET));
  printf(" %llx\n", at);
  SHOW("lseek beyond 32 bits", 19, fd, 0, SEEK_CUR);
  SHOW("lseek", 19, fd, -8, SEEK_END);
  printf("ftruncate64 %ld\n", C(194, fd, 0, 1));
  SHOW("fstat of a large file", 197, fd, (long)st);
  printf("size %llx\n", *(long long *)(st + 44));
  SHOW("ftruncate", 93, fd, 4096);
  SHOW("pwrite64", 181, fd, (long)"hello", 5, 100, 0);
  char b[16] = {0};
  SHOW("pread64", 180, fd, (long)b, 5, 100, 0);
  puts(b);
  struct {
    void *p;
    size_t n;
  } v[2] = {{b, 2}, {b + 8, 3}};
  printf("preadv %ld %.2s %.3s\n", C(333, fd, (long)v, 2, 100, 0), b, b + 8);
  struct {
    short type, whence;
    int start, len, pid;
  } l = {F_WRLCK, SEEK_SET, 10, 20, 0};
  SHOW("fcntl F_SETLK", 55, fd, F_SETLK, (long)&l);
  struct __attribute__((packed)) {
    short type, whence;
    long long start, len;
    int pid;
  } l64 = {F_WRLCK, SEEK_SET, 15, 1, 0};
  int pid = fork();
  if (pid == 0) {
    SHOW("fcntl F_GETLK64", 221, fd, 12, (long)&l64);
    printf("lock %d %lld %lld mine %d\n", l64.type, l64.start, l64.len, l64.pid == getppid());
    fflush(stdout);
    _exit(0);
  }
  waitpid(pid, 0, 0);
  unsigned long args[6] = {0, 4096, PROT_READ, MAP_PRIVATE, fd, 0};
  char *map = (char *)C(90, (long)args);
  printf("old mmap %.5s\n", map + 100);
  map = (char *)call6(192, 0, 4096, PROT_READ, MAP_SHARED, fd, 0);
  printf("mmap2 %.5s\n", map + 100);
  char fs[96];
  printf("statfs64 wrong size %ld\n", C(268, (long)"/", 80, (long)fs));
  SHOW("statfs64", 268, (long)"/", 84, (long)fs);
  int tv[2] = {0, 1000};
  unsigned char in[8] = {0}, out[8] = {0};
  int p[2];
  SHOW("pipe", 42, (long)p);
  out[p[1] / 8] |= 1 << p[1] % 8;
  in[p[0] / 8] |= 1 << p[0] % 8;
  in[4] = 0x55;
  long sel[5] = {p[1] + 1, (long)in, (long)out, 0, (long)tv};
  printf("old select %ld %x %x %x\n", C(82, (long)sel), in[p[0] / 8], out[p[1] / 8], in[4]);
  int dir = open("/proc/self/fdinfo", O_RDONLY | O_DIRECTORY);
  char entry[300] = {0};
  printf("readdir %ld", C(89, dir, (long)entry, 1));
  printf(" %s %d\n", entry + 10, *(unsigned short *)(entry + 8));
  char list[200] = {0};
  printf("getdents %d\n", C(141, dir, (long)list, 200) > 0);
  printf("%s %d\n", list + 10, list[*(unsigned short *)(list + 8) - 1]);
}

static void sockets(void) {
  int p[2];
  long a[6] = {AF_UNIX, SOCK_STREAM, 0, (long)p};
  SHOW("socketcall socketpair", 102, 8, (long)a);
  char control[64], data[4] = "abc";
  struct iovec v = {data, 3};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control};
  struct cmsghdr *c = (void *)control;
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(8);
  ((int *)CMSG_DATA(c))[0] = 1;
  ((int *)CMSG_DATA(c))[1] = 2;
  m.msg_controllen = CMSG_SPACE(8);
  printf("sendmsg %zd\n", sendmsg(p[0], &m, 0));
  memset(control, 0, sizeof control);
  m.msg_controllen = CMSG_LEN(4);
  printf("recvmsg %zd", recvmsg(p[1], &m, 0));
  printf(" control %d len %d flags %x\n", (int)m.msg_controllen, (int)c->cmsg_len, m.msg_flags);
  int on = 1;
  setsockopt(p[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  m.msg_control = 0;
  m.msg_controllen = 0;
  sendmsg(p[0], &m, 0);
  m.msg_control = control;
  m.msg_controllen = sizeof control;
  printf("recvmsg %zd", recvmsg(p[1], &m, 0));
  printf(" control %d type %d mine %d\n", (int)m.msg_controllen, c->cmsg_type, *(int *)CMSG_DATA(c) == getpid());
  int tv[2] = {0, 250000};
  long s[5] = {p[0], SOL_SOCKET, 20, (long)tv, 8};
  SHOW("SO_RCVTIMEO", 102, 14, (long)s);
  int n = 8;
  tv[1] = 0;
  s[4] = (long)&n;
  printf("getsockopt %ld", C(102, 15, (long)s));
  printf(" %d %d %d\n", tv[0], tv[1] >= 250000 && tv[1] < 260000, n);
  struct mmsghdr mm[2] = {{{.msg_iov = &v, .msg_iovlen = 1}}, {{.msg_iov = &v, .msg_iovlen = 1}}};
  printf("sendmmsg %d %d\n", sendmmsg(p[0], mm, 2, 0), mm[1].msg_len);
}

// ---- segments ----

static void segments(void) {
  unsigned short cs, ds, es, ss, fs, gs;
  __asm__("mov %%cs, %0; mov %%ds, %1; mov %%es, %2; mov %%ss, %3; mov %%fs, %4"
          : "=r"(cs), "=r"(ds), "=r"(es), "=r"(ss), "=r"(fs));
  __asm__("mov %%gs, %0" : "=r"(gs));
  printf("cs %x ds %x es %x ss %x fs %x gs %x\n", cs, ds, es, ss, fs, gs);
  static int words[4] = {11, 22, 33, 44};
  struct user_desc d = {.entry_number = -1, .base_addr = (unsigned long)words, .limit = 0xfffff, .seg_32bit = 1,
                        .limit_in_pages = 1, .useable = 1};
  SHOW("set_thread_area", 243, (long)&d);
  printf("entry %d\n", d.entry_number);
  int r;
  __asm__ volatile("mov %1, %%fs; mov %%fs:8, %0" : "=r"(r) : "r"(d.entry_number * 8 + 3));
  printf("fs:8 %d\n", r);
  __asm__ volatile("mov %%fs:-4+8(%1), %0" : "=r"(r) : "r"(-4));
  printf("wraps %d\n", r);
  d.base_addr += 4;
  SHOW("moved", 243, (long)&d);
  __asm__ volatile("mov %%fs:8, %0" : "=r"(r));
  printf("fs:8 %d\n", r);
  unsigned rights = 0, limit = 0;
  unsigned char readable, writable;
  d.limit = 0x54321;
  d.limit_in_pages = 0;
  d.read_exec_only = 1;
  SHOW("read-only", 243, (long)&d);
  __asm__("lar %2, %0; lsl %2, %1" : "+r"(rights), "+r"(limit) : "r"(d.entry_number * 8 + 3) : "cc");
  __asm__("verr %w2; setz %0; verw %w2; setz %1" : "=q"(readable), "=q"(writable) : "r"(d.entry_number * 8 + 3) : "cc");
  printf("rights %x limit %x readable %d writable %d\n", rights, limit, readable, writable);
  __asm__("lsl %2, %0; setz %1" : "=r"(limit), "=q"(readable) : "r"(0x7b) : "cc");
  printf("the processor's number is told: %d\n", readable);
  d.limit = 0xfffff;
  d.limit_in_pages = 1;
  d.read_exec_only = 0;
  SHOW("writable again", 243, (long)&d);
  struct user_desc q = {.entry_number = d.entry_number};
  SHOW("get_thread_area", 244, (long)&q);
  printf("%d %x %d%d%d%d%d\n", q.base_addr == d.base_addr, q.limit, q.seg_32bit, q.contents, q.limit_in_pages,
         q.seg_not_present, q.useable);
  q.entry_number = 3;
  SHOW("bad entry", 243, (long)&q);
  struct sigaction sa = {.sa_sigaction = rich, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &sa, 0);
  __asm__ volatile("mov %%eax, %%fs" ::"a"(0x57)); // no such segment: the handler skips the instruction
  int child = fork();
  if (child == 0) {
    __asm__ volatile("mov %%fs:4, %0" : "=r"(r));
    printf("child fs:4 %d\n", r);
    fflush(stdout);
    _exit(0);
  }
  waitpid(child, 0, 0);
  // 64-bit code and back.
  unsigned long long wide;
  __asm__ volatile(
      "push %%ebx\n ljmp $0x33, $1f\n"
      ".code64\n1: movabsq $0x123456789abcdef0, %%rax; movq %%rax, %%rbx; shrq $32, %%rbx\n"
      "subq $8, %%rsp; movl $2f, (%%rsp); movl $0x23, 4(%%rsp); lret\n"
      ".code32\n2: mov %%ebx, %%edx; pop %%ebx\n"
      : "=A"(wide)
      :
      : "memory", "ecx");
  printf("64-bit code made %llx\n", wide);
}

static int in_thread(void *p) {
  int r;
  __asm__ volatile("mov %%gs:4, %0" : "=r"(r));
  *(int *)p = r;
  return 0;
}

// SYSENTER comes back through the kernel's own code; AMD's processors have none in this mode.
static int sysenter(int number) {
  unsigned a = 0, b, c, d;
  __asm__("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
  if (b == 0x68747541) return C(number, 0);
  __asm__ volatile(
      "call 1f; jmp 2f\n1: push %%ecx; push %%edx; push %%ebp; mov %%esp, %%ebp; sysenter\n2:"
      : "=a"(a)
      : "0"(number)
      : "memory");
  return a;
}

int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IONBF, 0);
  if (argc > 1) {
    printf("child of a 64-bit shell: %s\n", argv[1]);
    return 7;
  }
  printf("sysenter %d\n", sysenter(20) == getpid());
  char command[300];
  snprintf(command, sizeof command, "exec %s argument", argv[0]); // the shell has 64 bits, and so has uname
  printf("status %x\n", system(command));
  printf("status %x\n", system("uname -sm"));
  signals();
  files();
  sockets();
  segments();
  static int area[16] = {0, 4711};
  static char stack[8192];
  struct user_desc d = {.entry_number = 12, .base_addr = (unsigned long)area, .limit = 0xfffff, .seg_32bit = 1,
                        .limit_in_pages = 1, .useable = 1};
  unsigned short gs;
  __asm__("mov %%gs, %0" : "=r"(gs));
  d.entry_number = gs >> 3;
  int seen = 0;
  int tid = clone(in_thread, stack + sizeof stack, CLONE_VM | CLONE_SETTLS | SIGCHLD, &seen, 0, &d, 0);
  int st = -1;
  printf("clone %d", tid > 0);
  printf(" waited %d", waitpid(tid, &st, 0) == tid);
  printf(" tls %d\n", seen);
  struct utsname u;
  personality(PER_LINUX32);
  uname(&u);
  printf("machine %s\n", u.machine);
  personality(PER_LINUX);
  char name[45];
  SHOW("oldolduname", 59, (long)name);
  printf("%s\n", name);
  unsigned short ids[3] = {9, 9, 9};
  SHOW("getresuid16", 165, (long)ids, (long)(ids + 1), (long)(ids + 2));
  printf("%d %d %d\n", ids[0] == getuid(), ids[1] == geteuid(), ids[2] == geteuid());
  struct timeval now;
  long old = C(13, 0);
  gettimeofday(&now, 0);
  printf("time %d\n", now.tv_sec - old <= 2);
  struct {
    long long s, n;
  } t64 = {0, 0x1234567800000000LL | 1000000};
  printf("clock_nanosleep_time64 %ld\n", C(407, CLOCK_MONOTONIC, 0, (long)&t64, 0));
  printf("clock_gettime64 %ld %d\n", C(403, CLOCK_REALTIME, (long)&t64), t64.s - old <= 2);
  printf("unknown %ld vm86 %ld\n", C(9999, 0), C(113, 0));
  return 0;
}
