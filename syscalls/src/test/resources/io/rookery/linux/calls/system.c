/* The system as a whole: names, memory, random numbers, and what is peculiar to x86. */
#include "calls.h"

#include <asm/prctl.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/random.h>
#include <limits.h>
#include <sys/personality.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>

static char *page; /* one that is followed by nothing */

/* Whether a file's first line is the text. */
static int holds(const char *file, const char *text) {
  char line[200] = "";
  int fd = open(file, O_RDONLY);
  read(fd, line, sizeof line - 1);
  close(fd);
  line[strcspn(line, "\n")] = 0;
  return !strcmp(line, text);
}

static void names(void) {
  struct utsname u;
  char host[100];
  CALL(uname, "of the system", &u);
  EFFECT(uname, "tells the system's name", strcmp(u.sysname, "Linux"));
  gethostname(host, sizeof host);
  EFFECT(uname, "tells the host's name", strcmp(u.nodename, host));
  EFFECT(uname, "tells the host's name as proc does",
         holds("/proc/sys/kernel/hostname", u.nodename));
  EFFECT(uname, "tells the domain as proc does",
         holds("/proc/sys/kernel/domainname", u.domainname));
  EFFECT(uname, "tells the release as proc does", holds("/proc/sys/kernel/osrelease", u.release));
  EFFECT(uname, "tells the version as proc does", holds("/proc/sys/kernel/version", u.version));
  EFFECT(uname, "tells the machine", !strcmp(u.machine, "x86_64"));
  CALL(uname, "to an address that is none", 8L);
  CALL(uname, "to no address", 0L);
  CALL(uname, "to the end of what there is", page + 4096 - sizeof u);
  CALL(uname, "beyond the end of what there is", page + 4096 - sizeof u + 1);
  IN_CHILD({
    personality(PER_LINUX32);
    syscall(SYS_uname, &u);
    EFFECT(uname, "tells a 32-bit program's machine", !strcmp(u.machine, "i686"));
    personality(UNAME26);
    syscall(SYS_uname, &u);
    EFFECT(uname, "tells an old program an old release", strncmp(u.release, "2.6.", 4));
  });
#ifdef __i386__
  char old[5][65], oldest[5][9];
  CALL(olduname, "of the system", old);
  EFFECT(olduname, "tells the system's name", strcmp(old[0], "Linux"));
  EFFECT(olduname, "tells the machine", strcmp(old[4], "x86_64"));
  CALL(olduname, "to an address that is none", 8L);
  CALL(olduname, "to no address", 0L);
  CALL(oldolduname, "of the system", oldest);
  EFFECT(oldolduname, "tells the system's name", strcmp(oldest[0], "Linux"));
  EFFECT(oldolduname, "tells a part of the version", strlen(oldest[3]));
  CALL(oldolduname, "to an address that is none", 8L);
  CALL(oldolduname, "to no address", 0L);
#endif
}

/* Names would be the host's: only what fails. */
static void new_names(void) {
  struct utsname before, after;
  uname(&before);
  char long_name[100] = "a";
  CALL(sethostname, "of a negative length", long_name, -1);
  CALL(sethostname, "of the least length", long_name, INT_MIN);
  CALL(sethostname, "of more than there is room for", long_name, 65);
  CALL(sethostname, "from an address that is none", 8L, 10);
  CALL(sethostname, "from no address", 0L, 1);
  CALL(sethostname, "from beyond the end of what there is", page + 4092, 10);
  CALL(setdomainname, "of a negative length", long_name, -1);
  CALL(setdomainname, "of the least length", long_name, INT_MIN);
  CALL(setdomainname, "of more than there is room for", long_name, 65);
  CALL(setdomainname, "from an address that is none", 8L, 10);
  CALL(setdomainname, "from no address", 0L, 1);
  CALL(setdomainname, "from beyond the end of what there is", page + 4092, 10);
  IN_CHILD({
    setuid(77);
    CALL(sethostname, "of another user", "calls", 5);
    CALL(sethostname, "of another user, of a negative length", "calls", -1);
    CALL(setdomainname, "of another user", "calls", 5);
    CALL(setdomainname, "of another user, of a negative length", "calls", -1);
  });
  IN_CHILD({
    struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct d[2] = {};
    syscall(SYS_capset, &h, d);
    CALL(sethostname, "without capabilities", "calls", 5);
    CALL(setdomainname, "without capabilities", "calls", 5);
  });
  uname(&after);
  EFFECT(sethostname, "that fails changes nothing", strcmp(before.nodename, after.nodename));
  EFFECT(setdomainname, "that fails changes nothing", strcmp(before.domainname, after.domainname));
}

static void state(void) {
  struct sysinfo s;
  struct timespec before, after;
  memset(&s, 0xff, sizeof s);
  clock_gettime(CLOCK_BOOTTIME, &before);
  CALL(sysinfo, "of the system", &s);
  clock_gettime(CLOCK_BOOTTIME, &after);
  EFFECT(sysinfo, "tells the time since the start",
         s.uptime >= before.tv_sec && s.uptime <= after.tv_sec + 1);
  EFFECT(sysinfo, "tells the memory", s.totalram > 0);
  EFFECT(sysinfo, "tells what is free of it", s.freeram <= s.totalram);
  EFFECT(sysinfo, "tells what is free of swap space", s.freeswap <= s.totalswap);
  EFFECT(sysinfo, "tells of high memory", s.freehigh <= s.totalhigh);
  EFFECT(sysinfo, "tells the unit", s.mem_unit >= 1);
  EFFECT(sysinfo, "tells the number of tasks", s.procs > 0);
  EFFECT(sysinfo, "tells the memory as sysconf does",
         (long)(s.totalram * (uint64_t)s.mem_unit / 4096) == sysconf(_SC_PHYS_PAGES));
  CALL(sysinfo, "to an address that is none", 8L);
  CALL(sysinfo, "to no address", 0L);
  CALL(sysinfo, "beyond the end of what there is", page + 4096 - sizeof s + 8);
}

static void numbers(void) {
  char a[300] = {}, b[300] = {};
  CALL(getrandom, "of sixteen", a, 16, 0);
  CALL(getrandom, "of three hundred", b, 300, 0);
  EFFECT(getrandom, "differs each time", memcmp(a, b, 16) != 0);
  EFFECT(getrandom, "writes no more than was asked for", a[16] | a[17] | a[18]);
  CALL(getrandom, "of nothing", a, 0, 0);
  CALL(getrandom, "of nothing, to an address that is none", 8L, 0, 0);
  CALL(getrandom, "to an address that is none", 8L, 16, 0);
  CALL(getrandom, "up to the end of what there is", page + 4096 - 16, 64, 0);
  CALL(getrandom, "up to the end of what there is, of much", page, 8192, 0);
  CALL(getrandom, "without waiting", a, 16, GRND_NONBLOCK);
  CALL(getrandom, "of the pool", a, 16, GRND_RANDOM);
  CALL(getrandom, "whether initialised or not", a, 16, GRND_INSECURE);
  CALL(getrandom, "of the pool, whether initialised or not", a, 16, GRND_INSECURE | GRND_RANDOM);
  CALL(getrandom, "with a flag there is not", a, 16, 8);
  CALL(getrandom, "with all flags", a, 16, -1);
}

static void *own_personality(void *unused) {
  CALL(personality, "in a thread", -1);
  CALL(personality, "of one thread", PER_LINUX32);
  return unused;
}

static void after_exec(void) {
  CALL(personality, "after exec", -1);
}

static void personalities(void) {
  syscall(SYS_personality, 0); /* the host's shell may have set another */
  CALL(personality, "that only asks", -1);
  CALL(personality, "without random addresses", ADDR_NO_RANDOMIZE);
  CALL(personality, "that tells the former one", PER_LINUX32 | ADDR_NO_RANDOMIZE);
  CALL(personality, "that only asks leaves it", -1);
#ifdef __x86_64__
  CALL(personality, "of more than four bytes", 0x700000000L | PER_LINUX32);
  CALL(personality, "after one of more than four bytes", 0xffffffffL);
#endif
  CALL(personality, "of bits that mean nothing", 0x10000ff);
  CALL(personality, "after bits that mean nothing", ADDR_NO_RANDOMIZE);
  run_in_thread(own_personality);
  CALL(personality, "beside a thread that changed its own", -1);
  IN_CHILD({
    CALL(personality, "in a child", -1);
    execl("/proc/self/exe", "system", "", (char *)0);
  });
}

#ifdef __x86_64__
static long gs(void) {
  long value;
  __asm__ volatile("mov %%gs:0, %0" : "=r"(value));
  return value;
}

static long of_thread[1] = {9};

static void *own_bases(void *unused) {
  unsigned long base = 1;
  CALL(arch_prctl, "of GS in a thread", ARCH_GET_GS, &base);
  EFFECT(arch_prctl, "of GS in a thread is the creator's", base == (unsigned long)unused);
  syscall(SYS_arch_prctl, ARCH_SET_GS, of_thread);
  EFFECT(arch_prctl, "of GS in a thread is its own", gs());
  syscall(SYS_arch_prctl, ARCH_GET_FS, &base);
  EFFECT(arch_prctl, "of FS in a thread is its control block", base == pthread_self());
  return 0;
}

static void bases(void) {
  static long value[1] = {5};
  unsigned long base = 0;
  CALL(arch_prctl, "that reads FS", ARCH_GET_FS, &base);
  EFFECT(arch_prctl, "that reads FS tells the control block", base == pthread_self());
  CALL(arch_prctl, "that sets FS", ARCH_SET_FS, base);
  CALL(arch_prctl, "that sets GS", ARCH_SET_GS, value);
  EFFECT(arch_prctl, "that sets GS is used", gs());
  CALL(arch_prctl, "that reads GS", ARCH_GET_GS, &base);
  EFFECT(arch_prctl, "that reads GS tells it", base == (unsigned long)value);
  CALL(arch_prctl, "to an address that is none", ARCH_GET_GS, 8L);
  CALL(arch_prctl, "of FS to the kernel's memory", ARCH_SET_FS, -1L);
  CALL(arch_prctl, "of GS to the kernel's memory", ARCH_SET_GS, 1UL << 47);
  IN_CHILD(EFFECT(arch_prctl, "of GS in a child", gs()));
  pthread_t t;
  pthread_create(&t, 0, own_bases, value);
  pthread_join(t, 0);
  EFFECT(arch_prctl, "of GS beside a thread that changed its own", gs());
}
#endif

int main(int argc, char **argv) {
  begin();
  if (argc > 1) {
    after_exec();
    return 0;
  }
  page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(page + 4096, 4096);
  names();
  new_names();
  state();
  numbers();
  IN_CHILD(personalities());
  CALL(arch_prctl, "of no code", 0x9999, 0L);
  CALL(arch_prctl, "of a negative code", -1, 0L);
  CALL(arch_prctl, "whether CPUID may be used", ARCH_GET_CPUID, 0L);
  CALL(arch_prctl, "whether CPUID may be used, with an address that is none", ARCH_GET_CPUID, 8L);
#ifdef __x86_64__
  bases();
#else
  CALL(arch_prctl, "of FS in a 32-bit program", ARCH_GET_FS, 0L);
  CALL(arch_prctl, "that sets GS in a 32-bit program", ARCH_SET_GS, 0L);
#endif
  return 0;
}
