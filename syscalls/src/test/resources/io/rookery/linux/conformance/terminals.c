/* Pseudo terminals: settings, editing, job control, hang-up. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define P(name, x) do { errno = 0; long r_ = (long)(x); printf("%s: %ld %d\n", name, r_ < 0 ? -1 : r_, r_ < 0 ? errno : 0); } while (0)

static int m, s;
static volatile int got[65];
static void on_signal(int n) { got[n]++; }

static void show(const char *name, int fd) {
  char b[300];
  usleep(10000);
  struct pollfd p = {fd, POLLIN};
  int r = poll(&p, 1, 50);
  printf("%s (%x): ", name, p.revents);
  if (r > 0) {
    errno = 0;
    int n = read(fd, b, sizeof b);
    if (n < 0) printf("errno %d", errno);
    for (int i = 0; i < n; i++) printf(b[i] < 32 || b[i] > 126 ? "\\%03o" : "%c", b[i] & 255);
  }
  puts("");
}

static void type(const char *text) { write(m, text, strlen(text)); }

static void mode(int on, int off) {
  struct termios t;
  tcgetattr(s, &t);
  t.c_lflag = (t.c_lflag | on) & ~off;
  tcsetattr(s, TCSANOW, &t);
}

static void settings(void) {
  struct termios t;
  struct winsize w = {24, 80, 1, 2}, v;
  struct stat st;
  char b[20];
  int n;
  P("locked", open(ptsname(m), O_RDWR | O_NOCTTY));
  P("grantpt", grantpt(m));
  P("unlockpt", unlockpt(m));
  s = open(ptsname(m), O_RDWR | O_NOCTTY);
  fstat(s, &st);
  printf("slave %o %d\n", st.st_mode & 0170000, major(st.st_rdev));
  printf("isatty %d %d\n", isatty(m), isatty(s));
  printf("ttyname %d\n", strcmp(ttyname(s), ptsname(m)));
  tcgetattr(s, &t);
  printf("termios %o %o %o %o\n", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag);
  for (int i = 0; i < 17; i++) printf("%o ", t.c_cc[i]);
  printf("\nspeed %d\n", cfgetospeed(&t) == B38400);
  P("winsize", ioctl(m, TIOCSWINSZ, &w));
  ioctl(s, TIOCGWINSZ, &v);
  printf("%d %d %d %d\n", v.ws_row, v.ws_col, v.ws_xpixel, v.ws_ypixel);
  P("seek", lseek(s, 0, 0));
  P("pread", pread(s, b, 1, 0));
  P("tcgetpgrp", tcgetpgrp(s));
  P("tcgetsid", tcgetsid(s));
  P("unknown", ioctl(s, 0x54FF, 0));
  P("not a tty", tcgetattr(open("/dev/null", O_RDWR), &t));
  P("bad flow", tcflow(s, 9));
  P("bad flush", tcflush(s, 9));
  P("discipline", (ioctl(s, TIOCGETD, &n), n));
  P("bad discipline", (n = 99, ioctl(s, TIOCSETD, &n)));
}

static void editing(void) {
  struct { const char *name, *keys; } k[] = {
      {"line", "hello\n"}, {"cr", "cr\r"}, {"erase", "abx\177c\n"}, {"kill", "junk\025ok\n"},
      {"word", "two words\027x\n"}, {"control", "a\001b\n"}, {"literal", "a\026\003b\n"},
      {"erase control", "a\001\177\n"}, {"erase nothing", "\177\177a\n"}, {"reprint", "ab\022c\n"},
      {"tab", "a\tb\177\177c\n"}, {"eof", "part\004"}, {"two lines", "one\ntwo\n"}};
  for (unsigned i = 0; i < sizeof k / sizeof *k; i++) {
    type(k[i].keys);
    show(k[i].name, m);
    show("  reads", s);
    show("  reads", s);
  }
  type("\004");
  struct pollfd p = {s, POLLIN};
  printf("eof alone %d", poll(&p, 1, 0));
  char b[10];
  printf(" %ld\n", (long)read(s, b, 10));
  type("unfinished");
  show("unfinished", s);
  show("echo", m);
  mode(0, ICANON);
  show("raw takes it", s);
  type("x\177");
  show("raw", s);
  show("echo", m);
  mode(ICANON, ECHO);
  type("secret\n");
  show("no echo", m); show("read", s);
  mode(ECHO, 0);
  write(s, "out\n\ttab\r\n", 10);
  show("output", m);
  struct termios t;
  tcgetattr(s, &t);
  t.c_oflag &= ~OPOST;
  tcsetattr(s, TCSADRAIN, &t);
  write(s, "out\n", 4);
  show("raw output", m);
  t.c_oflag |= OPOST;
  t.c_lflag &= ~ICANON; t.c_cc[VMIN] = 3; t.c_cc[VTIME] = 0;
  tcsetattr(s, TCSANOW, &t);
  type("ab");
  show("min 3", s);
  type("c");
  show("min 3 reached", s);
  t.c_cc[VMIN] = 0; t.c_cc[VTIME] = 1;
  tcsetattr(s, TCSANOW, &t);
  P("time out", read(s, b, 10));
  t.c_lflag |= ICANON;
  tcsetattr(s, TCSAFLUSH, &t);
  show("rest", m);
  int n;
  type("1234\n");
  struct pollfd typed = {s, POLLIN, 0};
  poll(&typed, 1, 5000); // a busy host's kernel takes its time to pass it on
  P("fionread", (ioctl(s, FIONREAD, &n), n));
  P("flush", tcflush(s, TCIFLUSH));
  P("fionread", (ioctl(s, FIONREAD, &n), n));
  show("rest", m);
}

static void session(void) {
  pid_t p = fork();
  if (!p) {
    for (int i = 1; i < 32; i++) if (i != SIGCHLD) signal(i, on_signal);
    setsid();
    close(s);
    s = open(ptsname(m), O_RDWR);
    printf("controlling %d %d\n", tcgetsid(s) == getpid(), tcgetpgrp(s) == getpid());
    P("dev tty", close(open("/dev/tty", O_RDWR)));
    // A signal flushes the output: each echo is read before the next one can be lost to it.
    type("\003"); usleep(5000); show("echo", m);
    type("\034"); usleep(5000); show("echo", m);
    type("\032"); usleep(5000); show("echo", m);
    printf("signals %d %d %d\n", got[SIGINT], got[SIGQUIT], got[SIGTSTP]);
    struct winsize w = {30, 90};
    ioctl(m, TIOCSWINSZ, &w); usleep(3000);
    ioctl(m, TIOCSWINSZ, &w); usleep(3000);
    printf("winch %d\n", got[SIGWINCH]);
    pid_t c = fork();
    if (!c) {
      setpgid(0, 0);
      signal(SIGTTIN, SIG_DFL); signal(SIGTTOU, SIG_DFL);
      char b[10];
      read(s, b, 10);
      _exit(7);
    }
    setpgid(c, c);
    int st;
    waitpid(c, &st, WUNTRACED);
    printf("background read stops %d\n", WIFSTOPPED(st) && WSTOPSIG(st) == SIGTTIN);
    P("give foreground", tcsetpgrp(s, c));
    type("go\n");
    kill(-c, SIGCONT);
    waitpid(c, &st, WUNTRACED);
    printf("then exits %d\n", WIFEXITED(st) ? WEXITSTATUS(st) : -1);
    got[SIGTTOU] = 0;
    signal(SIGTTOU, SIG_IGN);
    P("take it back", tcsetpgrp(s, getpgrp()));
    P("foreign group", tcsetpgrp(s, 1));
    P("no group", tcsetpgrp(s, 0x3fffffff));
    signal(SIGTTOU, on_signal);
    c = fork();
    if (!c) {
      setpgid(0, 0);
      signal(SIGTTOU, SIG_IGN);
      P("ignoring writer", write(s, "bg", 2));
      signal(SIGTTIN, SIG_IGN);
      char b[10];
      P("ignoring reader", read(s, b, 10));
      signal(SIGTTOU, SIG_DFL);
      struct termios t;
      tcgetattr(s, &t);
      t.c_lflag |= TOSTOP;
      tcsetattr(s, TCSANOW, &t);
      fflush(0);
      _exit(9);
    }
    setpgid(c, c);
    waitpid(c, &st, WUNTRACED);
    printf("background change stops %d\n", WIFSTOPPED(st) && WSTOPSIG(st) == SIGTTOU);
    kill(-c, SIGKILL);
    waitpid(c, &st, 0);
    show("background output", m);
    fflush(0);
    got[SIGHUP] = got[SIGCONT] = 0;
    close(m);
    usleep(5000);
    printf("hangup %d %d\n", got[SIGHUP], got[SIGCONT]);
    char b[10];
    P("read hung up", read(s, b, 10));
    P("write hung up", write(s, b, 1));
    P("ioctl hung up", ioctl(s, TIOCGWINSZ, &w));
    struct pollfd f = {s, POLLIN | POLLOUT};
    poll(&f, 1, 0);
    printf("poll hung up %x\n", f.revents);
    fflush(0);
    _exit(0);
  }
  close(m);
  waitpid(p, 0, 0);
  m = posix_openpt(O_RDWR | O_NOCTTY);
  unlockpt(m);
  s = open(ptsname(m), O_RDWR | O_NOCTTY);
  write(s, "last words", 10);
  close(s);
  show("slave closed", m);
  show("then", m);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  setsid();
  m = posix_openpt(O_RDWR | O_NOCTTY);
  puts("-- settings"); settings();
  puts("-- editing"); editing();
  puts("-- session"); session();
  return 0;
}
