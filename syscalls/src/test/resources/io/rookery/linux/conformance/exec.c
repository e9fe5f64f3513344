/* execve in its variants. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints a call's result and, where it failed, its error. */
#define RESULT(what, call)                        \
  do {                                            \
    errno = 0;                                    \
    long result_ = (long)(call);                  \
    printf(what " %ld %d\n", result_, result_ < 0 ? errno : 0); \
  } while (0)

extern char **environ;

static void file(const char *name, const char *text, int mode) {
  int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0700);
  write(fd, text, strlen(text));
  fchmod(fd, mode);
  close(fd);
}

static void run(const char *name, char **argv, char **envp) {
  fflush(stdout);
  if (fork() == 0) {
    execve(name, argv, envp);
    printf("exec of %s: %d\n", name, errno);
    fflush(stdout);
    _exit(1);
  }
  int st;
  wait(&st);
  printf("%s: status %d signal %d\n", name, WEXITSTATUS(st), WTERMSIG(st));
}

int main(int argc, char **argv) {
  if (argc > 0 && strcmp(argv[0], "show") == 0) {
    for (int i = 0; i < argc; i++) printf(" <%s>", argv[i]);
    for (char **e = environ; *e; e++) printf(" [%s]", *e);
    printf(" %d %ld %s\n", getauxval(AT_SECURE) != 0, getauxval(AT_PAGESZ),
           strrchr((char *)getauxval(AT_EXECFN), '/'));
    return argc;
  }
  char dir[] = "/tmp/exec.XXXXXX";
  char self[4096];
  char link[64];
  self[readlink("/proc/self/exe", self, sizeof self - 1)] = 0;
  mkdtemp(dir);
  chdir(dir);
  char *show[] = {"show", "a b", "", "c", 0};
  char *env[] = {"X=1", "EMPTY=", 0};
  run(self, show, env);
  symlink(self, "link");
  run("./link", show, env);
  char *none[] = {0};
  char script[5000];
  snprintf(script, sizeof script, "#!/bin/echo from script\n");
  file("s1", script, 0755);
  run("./s1", (char *[]){"ignored", "x", "y", 0}, none);
  file("s2", "#!./s1   with  blanks  \n", 0755);
  run("./s2", (char *[]){"ignored", "z", 0}, none);
  file("loop", "#!./loop\n", 0755);
  run("./loop", show, none);
  file("gone", "#!/does/not/exist\n", 0755);
  run("./gone", show, none);
  file("noperm", "#!/bin/echo\n", 0644);
  run("./noperm", show, none);
  file("noint", "#!\n", 0755);
  run("./noint", show, none);
  file("text", "echo hello\n", 0755);
  run("./text", show, none);
  file("empty", "", 0755);
  run("./empty", show, none);
  file("elf", "\177ELF", 0755);
  run("./elf", show, none);
  memset(script, 'x', sizeof script);
  memcpy(script, "#!/", 3);
  script[400] = 0;
  file("long", script, 0755);
  run("./long", show, none);
  file("noline", "#!/bin/echo noline", 0755);
  run("./noline", show, none);
  run(".", show, none);
  run("", show, none);
  run("./text/x", show, none);
  execve((char *)8, show, none);
  printf("bad address %d\n", errno);
  execve("./s1", (char **)8, none);
  printf("bad argv %d\n", errno);
  RESULT("bad string", execve("./s1", (char *[]){(char *)8, 0}, none));

  int fd = open(self, O_PATH);
  fflush(stdout);
  if (fork() == 0) {
    syscall(SYS_execveat, fd, "", show, env, AT_EMPTY_PATH);
    _exit(errno);
  }
  int st;
  wait(&st);
  printf("execveat %d\n", WEXITSTATUS(st));
  if (fork() == 0) {
    syscall(SYS_execveat, AT_FDCWD, "link", show, env, AT_SYMLINK_NOFOLLOW);
    _exit(errno);
  }
  wait(&st);
  printf("execveat %d\n", WEXITSTATUS(st));
  RESULT("execveat", syscall(SYS_execveat, AT_FDCWD, "link", show, env, 1));
  if (fork() == 0) {
    fexecve(open("s1", O_RDONLY), show, none);
    _exit(errno);
  }
  wait(&st);
  printf("script by descriptor %d\n", WEXITSTATUS(st));
  snprintf(link, sizeof link, "rm -r %s", dir);
  chdir("/");
  return system(link);
}
