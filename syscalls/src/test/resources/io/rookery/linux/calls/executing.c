/* Programs replaced by others: execve and execveat. The program runs itself to tell what is left. */
#include "calls.h"

#include <fcntl.h>

static void *const nowhere = (void *)8;
static char *const no_arguments[] = {"x", 0}, *const no_environment[] = {0};
static char self[200];

static void file(const char *name, const char *content, int mode) {
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  if (write(fd, content, strlen(content)) < 0 || fchmod(fd, mode) || close(fd)) exit(1);
}

static void failures(void) {
  mkdir("directory", 0755);
  file("empty", "", 0755);
  file("text", "echo this is no program\n", 0755);
  file("plain", "#!/bin/true\n", 0644);
  file("lost", "#!/no/such/interpreter\n", 0755);
  file("nothing", "#!\n", 0755);
  file("again", "#!./again\n", 0755);
  if (symlink("loop", "loop")) exit(1);
  static char name[5000], long_argument[200000];
  memset(name, 'a', sizeof name - 1);
  memset(long_argument, 'a', sizeof long_argument - 1);
  char *long_arguments[] = {"x", long_argument, 0}, *bad_arguments[] = {"x", nowhere, 0};
  CALL(execve, "of a file that is none", "none", no_arguments, no_environment);
  CALL(execve, "of an empty name", "", no_arguments, no_environment);
  CALL(execve, "of a name that is nowhere", nowhere, no_arguments, no_environment);
  CALL(execve, "of a directory", "directory", no_arguments, no_environment);
  CALL(execve, "of a file that may not be executed", "plain", no_arguments, no_environment);
  CALL(execve, "of an empty file", "empty", no_arguments, no_environment);
  CALL(execve, "of a text", "text", no_arguments, no_environment);
  CALL(execve, "of a script without its interpreter", "lost", no_arguments, no_environment);
  CALL(execve, "of a script that names no interpreter", "nothing", no_arguments, no_environment);
  CALL(execve, "of a script that is its own interpreter", "again", no_arguments, no_environment);
  CALL(execve, "of a link to itself", "loop", no_arguments, no_environment);
  CALL(execve, "beneath a file", "text/file", no_arguments, no_environment);
  CALL(execve, "of a name that is too long", name, no_arguments, no_environment);
  CALL(execve, "of a device", "/dev/null", no_arguments, no_environment);
  CALL(execve, "with arguments that are nowhere", self, nowhere, no_environment);
  CALL(execve, "with an argument that is nowhere", self, bad_arguments, no_environment);
  CALL(execve, "with an environment that is nowhere", self, no_arguments, nowhere);
  CALL(execve, "with an argument that is too long", self, long_arguments, no_environment);

  int fd = open(".", O_RDONLY), link = open("loop", O_PATH | O_NOFOLLOW);
  int plain = open("plain", O_RDONLY), lost = open("lost", O_RDONLY | O_CLOEXEC);
  CALL(execveat, "of a file that is none", fd, "none", no_arguments, no_environment, 0L);
  CALL(execveat, "beneath a descriptor that is none", 999, "text", no_arguments, no_environment, 0L);
  CALL(execveat, "beneath a file's descriptor", plain, "text", no_arguments, no_environment, 0L);
  CALL(execveat, "with a flag that is none", fd, "text", no_arguments, no_environment, 1 << 20);
  CALL(execveat, "of an empty name", fd, "", no_arguments, no_environment, 0L);
  CALL(execveat, "of a directory's descriptor", fd, "", no_arguments, no_environment, AT_EMPTY_PATH);
  CALL(execveat, "of a descriptor that may not be executed", plain, "", no_arguments, no_environment,
       AT_EMPTY_PATH);
  CALL(execveat, "of a link's descriptor", link, "", no_arguments, no_environment, AT_EMPTY_PATH);
  CALL(execveat, "of a script whose descriptor will be closed", lost, "", no_arguments,
       no_environment, AT_EMPTY_PATH);
  CALL(execveat, "of a link that is not followed", fd, "loop", no_arguments, no_environment,
       AT_SYMLINK_NOFOLLOW);
  CALL(execveat, "of a name that is nowhere", fd, nowhere, no_arguments, no_environment, 0L);
  CALL(execveat, "of a text", fd, "text", no_arguments, no_environment, 0L);
}

/* Runs a program in a child: how it ends. */
static int ending(int directory, const char *name, char *const *arguments, int flags) {
  int status;
  pid_t child = fork();
  if (!child) {
    if (flags < 0)
      syscall(SYS_execve, name, arguments, no_environment);
    else
      syscall(SYS_execveat, directory, name, arguments, no_environment, flags);
    _exit(99);
  }
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void programs(void) {
  char text[300];
  char *seven[] = {"sh", "-c", "exit 7", 0}, *arguments[] = {"x", "A", "B", 0};
  EFFECT(execve, "of a shell", ending(0, "/bin/sh", seven, -1));
  snprintf(text, sizeof text, "#!%s count\n", self);
  file("script", text, 0755);
  EFFECT(execve, "of a script, how many arguments", ending(0, "./script", arguments, -1));
  snprintf(text, sizeof text, "#! %s   count  with spaces \n", self);
  file("spaces", text, 0755);
  EFFECT(execve, "of a script, whose line gives one argument", ending(0, "./spaces", arguments, -1));
  file("script2", "#!./script second\n", 0755);
  EFFECT(execve, "of a script's script", ending(0, "./script2", arguments, -1));
  EFFECT(execve, "without arguments is with an empty one", ending(0, self, 0, -1));
  int directory = open("/bin", O_PATH | O_DIRECTORY), shell = open("/bin/sh", O_RDONLY | O_CLOEXEC);
  int script = open("script", O_RDONLY);
  EFFECT(execveat, "beneath a directory", ending(directory, "sh", seven, 0));
  EFFECT(execveat, "of a descriptor", ending(shell, "", seven, AT_EMPTY_PATH));
  EFFECT(execveat, "of a script's descriptor", ending(script, "", arguments, AT_EMPTY_PATH));
  EFFECT(execveat, "of a whole name", ending(-1, "/bin/sh", seven, 0));
  EFFECT(execveat, "beneath the working directory", ending(AT_FDCWD, "./script", arguments, 0));
}

static uint64_t mask(void) {
  uint64_t now = 0;
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, &now, 8);
  return now;
}

static int is_open(const char *fd) { return fcntl(atoi(fd), F_GETFD) != -1; }

/* What the program sees that was executed: pid, a descriptor kept, one closed, the timer. */
static void after(char **a) {
  uint64_t pending = 0;
  stack_t stack = {0};
  struct itimerval left;
  struct sigaction now;
  char comm[20] = "";
  syscall(SYS_rt_sigpending, &pending, 8);
  sigaltstack(0, &stack);
  getitimer(ITIMER_REAL, &left);
  prctl(PR_GET_NAME, comm);
  EFFECT(execve, "the process is the same", getpid() == atoi(a[2]));
  EFFECT(execve, "a descriptor stays open", is_open(a[3]));
  EFFECT(execve, "a descriptor is closed", is_open(a[4]));
  EFFECT(execve, "the mask stays", mask() == 1ull << (SIGUSR1 - 1));
  EFFECT(execve, "pending signals stay", pending == 1ull << (SIGUSR1 - 1));
  sigaction(SIGUSR2, 0, &now);
  EFFECT(execve, "ignored signals stay ignored", now.sa_handler == SIG_IGN);
  sigaction(SIGWINCH, 0, &now);
  EFFECT(execve, "caught signals become the default", now.sa_handler == SIG_DFL && !now.sa_flags);
  EFFECT(execve, "the signal stack is gone", stack.ss_flags == SS_DISABLE);
  EFFECT(execve, "the alarm stays", left.it_value.tv_sec > 500);
  EFFECT(execve, "timers are gone", syscall(SYS_timer_delete, atoi(a[5])) ? errno == EINVAL : 0);
  EFFECT(execve, "the name is the file's", !strcmp(comm, "other"));
  EFFECT(execve, "the environment is what was given", !strcmp(getenv("GIVEN"), "so") && !getenv("PATH"));
  EFFECT(execve, "other threads are gone", syscall(SYS_tgkill, getpid(), atoi(a[6]), 0) ? errno == ESRCH : 0);
  EFFECT(execve, "the name it was started by", !strcmp(a[0], "zero"));
}

static void catch(int signal) {}

static void *sleep_in_thread(void *tid) {
  *(volatile int *)tid = gettid();
  while (1) pause();
}

static void lasting(void) {
  static char stack[1 << 16];
  pid_t child = fork();
  if (!child) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, 0);
    raise(SIGUSR1);
    signal(SIGUSR2, SIG_IGN);
    struct sigaction s = {.sa_handler = catch, .sa_flags = SA_RESTART};
    sigaction(SIGWINCH, &s, 0);
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, 0);
    alarm(1000);
    int timer = -1;
    volatile int tid = 0;
    syscall(SYS_timer_create, 1, 0, &timer);
    pthread_t t;
    pthread_create(&t, 0, sleep_in_thread, (void *)&tid);
    while (!tid) usleep(1000);
    char numbers[5][20];
    snprintf(numbers[0], 20, "%d", getpid());
    snprintf(numbers[1], 20, "%d", open("/dev/null", O_RDONLY));
    snprintf(numbers[2], 20, "%d", open("/dev/null", O_RDONLY | O_CLOEXEC));
    snprintf(numbers[3], 20, "%d", timer);
    snprintf(numbers[4], 20, "%d", tid);
    if (symlink(self, "other")) _exit(1);
    char *a[] = {"zero", "after", numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], 0};
    char *e[] = {"GIVEN=so", 0};
    syscall(SYS_execve, "other", a, e);
    _exit(1);
  }
  waitpid(child, 0, 0);
}

int main(int n, char **a) {
  begin();
  if (n == 1 && !*a[0]) return 1;
  if (n > 1 && !strcmp(a[1], "after")) return after(a), 0;
  if (n > 1) return n * 10 + !strcmp(a[n - 1], "B");
  const char *directory = own_directory();
  self[readlink("/proc/self/exe", self, sizeof self - 1)] = 0;
  failures();
  programs();
  lasting();
  remove_own_directory(directory);
  return 0;
}
