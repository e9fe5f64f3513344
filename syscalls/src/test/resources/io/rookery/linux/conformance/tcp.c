/* TCP sockets on loopback. */
#include "inet.h"

static void making(void) {
  P("stream", socket(AF_INET, SOCK_STREAM, 0) > 0);
  P("tcp", socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) > 0);
  P("udp as stream", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
  P("tcp as dgram", socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
  P("seqpacket", socket(AF_INET, SOCK_SEQPACKET, 0));
  P("protocol", socket(AF_INET, SOCK_STREAM, 300));
  P("negative protocol", socket(AF_INET, SOCK_STREAM, -1));
  P("type", socket(AF_INET, 9, 0));
  P("family", socket(99, SOCK_STREAM, 0));
  int s[2];
  P("pair", socketpair(AF_INET, SOCK_STREAM, 0, s));
}

static void naming(void) {
  int s = socket(AF_INET, SOCK_STREAM, 0), t = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = v4("127.0.0.1", 0);
  names("new", s);
  events("new", s);
  P("short", bind(s, (void *)&a, 15));
  P("negative", bind(s, (void *)&a, -1));
  a.sin_family = AF_INET6;
  P("wrong family", bind(s, (void *)&a, sizeof a));
  a.sin_family = AF_UNSPEC;
  P("unspec", bind(s, (void *)&a, sizeof a));
  a = v4("192.0.2.1", 0);
  P("foreign", bind(s, (void *)&a, sizeof a));
  a = v4("127.0.0.9", 0);
  P("bind", bind(s, (void *)&a, sizeof a));
  names("bound", s);
  P("again", bind(s, (void *)&a, sizeof a));
  a = v4("127.0.0.9", port(s));
  P("taken", bind(t, (void *)&a, sizeof a));
  a = v4("0.0.0.0", port(s));
  P("taken for all", bind(t, (void *)&a, sizeof a));
  a = v4("127.0.0.8", port(s));
  P("other address", bind(t, (void *)&a, sizeof a));
  P("listen", listen(s, 5));
  P("listen again", listen(s, 7));
  P("accepting", option(s, SOL_SOCKET, SO_ACCEPTCONN));
  P("other accepting", option(t, SOL_SOCKET, SO_ACCEPTCONN));
  int u = socket(AF_INET, SOCK_STREAM, 0);
  P("listen unbound", listen(u, 1));
  names("listens unbound", u);
  P("accept not listening", accept(t, 0, 0));
  fcntl(s, F_SETFL, O_NONBLOCK);
  P("accept none", accept(s, 0, 0));
  P("recv listener", recv(s, b, 1, 0));
  P("send listener", send(s, b, 1, MSG_NOSIGNAL));
  events("listener", s);
  P("connect listener", to(s, AF_INET, port(u)));
  P("shutdown listener", shutdown(s, SHUT_RD));
  P("accept after", accept(s, 0, 0));
  events("no listener", s);
  P("shutdown unconnected", shutdown(t, SHUT_RDWR));
  int r = socket(AF_INET, SOCK_STREAM, 0), q = socket(AF_INET, SOCK_STREAM, 0);
  set(r, SOL_SOCKET, SO_REUSEADDR, 1);
  set(q, SOL_SOCKET, SO_REUSEADDR, 1);
  a = v4("127.0.0.1", 0);
  bind(r, (void *)&a, sizeof a);
  a.sin_port = htons(port(r));
  P("reuse address", bind(q, (void *)&a, sizeof a));
  P("listen", listen(r, 1));
  P("listen both", listen(q, 1));
  close(r); close(q);
  r = socket(AF_INET, SOCK_STREAM, 0), q = socket(AF_INET, SOCK_STREAM, 0);
  set(r, SOL_SOCKET, SO_REUSEPORT, 1);
  set(q, SOL_SOCKET, SO_REUSEPORT, 1);
  a = v4("127.0.0.1", 0);
  bind(r, (void *)&a, sizeof a);
  a.sin_port = htons(port(r));
  P("reuse port", bind(q, (void *)&a, sizeof a));
  P("listen", listen(r, 1));
  P("listen both", listen(q, 1));
}

static void connecting(void) {
  int l = listener(AF_INET, 5), c = socket(AF_INET, SOCK_STREAM, 0), k;
  struct sockaddr_storage r;
  socklen_t len = sizeof r;
  P("recv unconnected", recv(c, b, 1, 0));
  P("read unconnected", read(c, b, 1));
  P("send unconnected", send(c, b, 1, MSG_NOSIGNAL));
  P("connect", to(c, AF_INET, port(l)));
  P("connect again", to(c, AF_INET, port(l)));
  P("error", option(c, SOL_SOCKET, SO_ERROR));
  names("client", c);
  events("client", c);
  after("listener", l, POLLIN);
  memset(&r, 0, sizeof r);
  k = accept4(l, (void *)&r, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
  show("accepted", k, &r, len);
  P("cloexec", fcntl(k, F_GETFD)); P("nonblock", fcntl(k, F_GETFL) & O_NONBLOCK);
  names("server", k);
  P("ports agree", port(k) == port(l));
  len = 4; memset(&r, 7, sizeof r);
  P("short name", getpeername(k, (void *)&r, &len)); printf("%d %d\n", len, ((char *)&r)[4]);
  len = -1;
  P("negative size", getpeername(k, (void *)&r, &len));
  P("listen connected", listen(c, 1));
  P("bind connected", bind(c, (void *)&r, 16));
  close(c); close(k);
  c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  P("non-blocking", to(c, AF_INET, port(l)));
  after("non-blocking done", c, POLLOUT);
  P("error", option(c, SOL_SOCKET, SO_ERROR));
  P("connect after", to(c, AF_INET, port(l)));
  P("connect after that", to(c, AF_INET, port(l)));
  close(c);
  /* a port where nobody listens */
  int none = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = v4("127.0.0.1", 0);
  bind(none, (void *)&a, sizeof a);
  c = socket(AF_INET, SOCK_STREAM, 0);
  P("refused", to(c, AF_INET, port(none)));
  P("error after", option(c, SOL_SOCKET, SO_ERROR));
  events("refused", c);
  P("recv refused", recv(c, b, 1, 0));
  P("refused again", to(c, AF_INET, port(none)));
  P("then connect", to(c, AF_INET, port(l)));
  close(c);
  c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  P("refused later", to(c, AF_INET, port(none)));
  after("refused later", c, POLLOUT);
  P("its error", option(c, SOL_SOCKET, SO_ERROR));
  P("once", option(c, SOL_SOCKET, SO_ERROR));
  events("and then", c);
  P("recv", recv(c, b, 1, 0));
  P("send", send(c, b, 1, MSG_NOSIGNAL));
  P("connect aborted", to(c, AF_INET, port(l)));
  P("connect anew", to(c, AF_INET, port(l)));
  close(c);
  c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  P("refused later", to(c, AF_INET, port(none)));
  after("refused later", c, POLLOUT);
  P("recv refused", recv(c, b, 1, 0));
  P("recv then", recv(c, b, 1, 0));
  close(c);
  c = socket(AF_INET, SOCK_STREAM, 0);
  a = v4("127.0.0.1", port(l));
  P("short", connect(c, (void *)&a, 10));
  P("very short", connect(c, (void *)&a, 1));
  a.sin_family = AF_INET6;
  P("wrong family", connect(c, (void *)&a, sizeof a));
  a = v4("224.0.0.1", 5);
  P("group", connect(c, (void *)&a, sizeof a));
  a = v4("0.0.0.0", port(l));
  P("any is here", connect(c, (void *)&a, sizeof a));
  names("any", c);
  memset(&a, 0, sizeof a);
  P("dissolve", connect(c, (void *)&a, sizeof a));
  P("dissolved", getpeername(c, (void *)&a, &(socklen_t){sizeof a}));
  P("connect anew", to(c, AF_INET, port(l)));
  close(c);
  c = socket(AF_INET, SOCK_STREAM, 0);
  a = v4("127.0.0.77", 0);
  bind(c, (void *)&a, sizeof a);
  P("bound client", to(c, AF_INET, port(l)));
  names("bound client", c);
  close(c); close(l);
}

static void data(void) {
  int s[2], n;
  tcp_pair(s);
  struct iovec v[3] = {{"one", 3}, {"two", 3}, {"three", 5}}, w[2] = {{b, 4}, {b + 100, 50}};
  P("writev", writev(s[0], v, 3));
  after("data", s[1], POLLIN);
  P("fionread", (ioctl(s[1], FIONREAD, &n), n));
  P("peek", recv(s[1], b, 4, MSG_PEEK)); printf("%.4s\n", b);
  P("readv", readv(s[1], w, 2)); printf("%.4s %.7s\n", b, b + 100);
  P("empty", recv(s[1], b, 1, MSG_DONTWAIT));
  P("zero read", read(s[1], b, 0));
  P("zero recv", recv(s[1], b, 0, MSG_DONTWAIT));
  P("zero write", write(s[0], b, 0));
  P("zero send", send(s[0], b, 0, 0));
  write(s[0], "0123456789", 10);
  after("ten", s[1], POLLIN);
  P("trunc", recv(s[1], b, 4, MSG_TRUNC));
  struct sockaddr_storage from;
  socklen_t l = sizeof from;
  P("recvfrom", recvfrom(s[1], b, 3, 0, (void *)&from, &l)); printf("%.3s %d\n", b, l);
  struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = w, .msg_iovlen = 1};
  P("recvmsg", recvmsg(s[1], &m, 0)); printf("%.3s %d %x\n", b, m.msg_namelen, m.msg_flags);
  struct sockaddr_in a = v4("127.0.0.5", 9);
  P("sendto elsewhere", sendto(s[0], "x", 1, 0, (void *)&a, sizeof a));
  P("its byte", recv(s[1], b, 10, 0));
  if (!fork()) { for (int i = 0; i < 5; i++) { usleep(3000); write(s[0], "part.", 5); } _exit(0); }
  P("waitall", recv(s[1], b, 20, MSG_WAITALL)); printf("%.20s\n", b);
  wait(0);
  P("rest", recv(s[1], b, 20, MSG_DONTWAIT));
  struct timeval t = {0, 20000};
  setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
  P("receive timeout", recv(s[1], b, 1, 0));
  P("lseek", lseek(s[0], 0, 0));
  P("pread", pread(s[0], b, 1, 0));
  set(s[1], SOL_SOCKET, SO_RCVLOWAT, 5);
  write(s[0], "abc", 3);
  usleep(20000);
  events("below the mark", s[1]);
  write(s[0], "de", 2);
  after("at the mark", s[1], POLLIN);
  P("five", recv(s[1], b, 100, 0));
  close(s[0]); close(s[1]);
  /* much, through a full buffer */
  tcp_pair(s);
  pid_t child = fork();
  if (!child) {
    close(s[1]);
    unsigned sum = 0, done = 0;
    while (done < 4000000) {
      n = 1 + (done * 7 + 13) % sizeof b;
      for (int i = 0; i < n; i += 97) b[i] = done + i;
      for (int at = 0; at < n;) { int r = write(s[0], b + at, n - at); if (r < 0) _exit(1); at += r; }
      for (int i = 0; i < n; i++) sum = sum * 31 + (unsigned char)b[i];
      done += n;
    }
    write(s[0], &sum, 4);
    _exit(0);
  }
  close(s[0]);
  unsigned sum = 0, total = 0, tail = 0, held = 0;
  unsigned char last[4];
  int k = 0;
  while ((n = read(s[1], b, sizeof b)) > 0) {
    for (int i = 0; i < n; i++) {
      if (k >= 4) sum = sum * 31 + last[k % 4];
      last[k++ % 4] = b[i];
    }
    total += n;
  }
  for (int i = 0; i < 4; i++) tail |= (unsigned)last[(k + i) % 4] << 8 * i;
  printf("bytes %u same %d\n", total, tail == sum);
  waitpid(child, &n, 0);
  P("child", n);
  close(s[1]);
  /* more at once than any buffer takes */
  tcp_pair(s);
  child = fork();
  char *large = malloc(5000000);
  if (!child) {
    for (int i = 0; i < 5000000; i++) large[i] = i >> 3;
    for (int at = 0; at < 5000000;) at += write(s[0], large + at, 5000000 - at);
    struct iovec h[2] = {{large, 2500000}, {large + 2500000, 2500000}};
    struct msghdr hm = {.msg_iov = h, .msg_iovlen = 2};
    for (int at = 0; at < 5000000;) {
      n = sendmsg(s[0], &hm, 0);
      at += n;
      h[0].iov_base += n; h[0].iov_len -= n > h[0].iov_len ? h[0].iov_len : n;
      if (at < 5000000) { h[0] = (struct iovec){large + at, 5000000 - at}; hm.msg_iovlen = 1; }
    }
    _exit(0);
  }
  P("all at once", recv(s[1], large, 5000000, MSG_WAITALL));
  long wrong = 0;
  for (int i = 0; i < 5000000; i++) wrong += large[i] != (char)(i >> 3);
  memset(large, 0, 5000000);
  struct iovec h[2] = {{large, 1000001}, {large + 1000001, 3999999}};
  struct msghdr hm = {.msg_iov = h, .msg_iovlen = 2};
  P("all in pieces", recvmsg(s[1], &hm, MSG_WAITALL));
  for (int i = 0; i < 5000000; i++) wrong += large[i] != (char)(i >> 3);
  printf("wrong %ld\n", wrong);
  waitpid(child, 0, 0);
  close(s[0]); close(s[1]);
  /* non-blocking until full, then until empty */
  tcp_pair(s);
  fcntl(s[0], F_SETFL, O_NONBLOCK);
  long sent = 0, got = 0;
  for (int i = 0; i < 50; i++) { while ((n = write(s[0], b, sizeof b)) > 0) sent += n; usleep(1000); }
  printf("full errno %d\n", errno);
  events("full", s[0]);
  fcntl(s[1], F_SETFL, O_NONBLOCK);
  for (int i = 0; got < sent && i < 5000; i++) { while ((n = read(s[1], b, sizeof b)) > 0) got += n; usleep(1000); }
  printf("all there %d\n", sent == got);
  after("drained", s[0], POLLOUT);
  close(s[0]); close(s[1]);
}

static void ending(void) {
  int s[2];
  tcp_pair(s);
  write(s[0], "last", 4);
  P("shut", shutdown(s[0], SHUT_WR));
  after("after shut", s[1], POLLRDHUP);
  events("shutter", s[0]);
  P("last", recv(s[1], b, 10, 0));
  P("eof", recv(s[1], b, 10, 0));
  P("write shut", send(s[0], "x", 1, MSG_NOSIGNAL));
  P("other way", send(s[1], "back", 4, 0));
  P("back", recv(s[0], b, 10, 0));
  P("bad how", shutdown(s[0], 9));
  close(s[1]);
  after("both over", s[0], POLLRDHUP);
  P("eof", recv(s[0], b, 10, 0));
  P("eof again", recv(s[0], b, 10, 0));
  P("error", option(s[0], SOL_SOCKET, SO_ERROR));
  P("peer name", getpeername(s[0], (void *)b, &(socklen_t){100}));
  close(s[0]);
  /* the peer closes, and gets data */
  tcp_pair(s);
  close(s[1]);
  after("peer closed", s[0], POLLIN);
  P("first write", send(s[0], "x", 1, MSG_NOSIGNAL));
  after("reset", s[0], POLLERR);
  P("second write", send(s[0], "x", 1, MSG_NOSIGNAL));
  P("third write", send(s[0], "x", 1, MSG_NOSIGNAL));
  P("read", recv(s[0], b, 1, 0));
  close(s[0]);
  /* unread data reset */
  tcp_pair(s);
  write(s[0], "unread", 6);
  after("unread", s[1], POLLIN);
  close(s[1]);
  after("reset", s[0], POLLERR);
  P("read reset", recv(s[0], b, 1, 0));
  P("read after", recv(s[0], b, 1, 0));
  P("write after", send(s[0], "x", 1, MSG_NOSIGNAL));
  events("after", s[0]);
  P("peer name", getpeername(s[0], (void *)b, &(socklen_t){100}));
  close(s[0]);
  /* linger 0 */
  tcp_pair(s);
  struct linger lg = {1, 0};
  P("linger", setsockopt(s[1], SOL_SOCKET, SO_LINGER, &lg, sizeof lg));
  close(s[1]);
  after("aborted", s[0], POLLERR);
  P("error", option(s[0], SOL_SOCKET, SO_ERROR));
  P("no more", option(s[0], SOL_SOCKET, SO_ERROR));
  P("eof", recv(s[0], b, 1, 0));
  close(s[0]);
  /* the peer's end, then a reset: reading has ended, the error is for writes */
  tcp_pair(s);
  shutdown(s[1], SHUT_WR);
  after("peer's end", s[0], POLLIN);
  setsockopt(s[1], SOL_SOCKET, SO_LINGER, &lg, sizeof lg);
  close(s[1]);
  after("end and reset", s[0], POLLERR);
  P("eof before the error", recv(s[0], b, 1, 0));
  P("error of writes", option(s[0], SOL_SOCKET, SO_ERROR));
  close(s[0]);
  /* SIGPIPE */
  tcp_pair(s);
  shutdown(s[0], SHUT_WR);
  pid_t child = fork();
  if (!child) { write(s[0], "x", 1); _exit(3); }
  int status;
  waitpid(child, &status, 0);
  printf("signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  close(s[0]); close(s[1]);
  /* reading shut */
  tcp_pair(s);
  P("shut reading", shutdown(s[0], SHUT_RD));
  events("reading shut", s[0]);
  P("eof", recv(s[0], b, 1, 0));
  close(s[0]); close(s[1]);
  /* a listener closes with a connection that nobody took */
  int l = listener(AF_INET, 5), c = socket(AF_INET, SOCK_STREAM, 0);
  to(c, AF_INET, port(l));
  close(l);
  after("not taken", c, POLLERR);
  P("read", recv(c, b, 1, 0));
  close(c);
  /* accept what has gone */
  l = listener(AF_INET, 5);
  c = socket(AF_INET, SOCK_STREAM, 0);
  to(c, AF_INET, port(l));
  write(c, "bye", 3);
  close(c);
  after("gone", l, POLLIN);
  struct sockaddr_storage r;
  socklen_t len = sizeof r;
  int k = accept(l, (void *)&r, &len);
  show("accepted", k, &r, len);
  P("bye", recv(k, b, 10, MSG_WAITALL));
  close(k);
  c = socket(AF_INET, SOCK_STREAM, 0);
  to(c, AF_INET, port(l));
  setsockopt(c, SOL_SOCKET, SO_LINGER, &lg, sizeof lg);
  close(c);
  usleep(10000);
  len = sizeof r;
  k = accept(l, (void *)&r, &len);
  show("accepted reset", k, &r, len);
  P("its peer", getpeername(k, (void *)&r, &len));
  P("reset", recv(k, b, 10, 0));
}

static void urgent(void) {
  int s[2], n;
  tcp_pair(s);
  P("none", recv(s[1], b, 1, MSG_OOB | MSG_DONTWAIT));
  P("send", send(s[0], "ab!", 3, MSG_OOB));
  send(s[0], "cd", 2, 0);
  after("urgent", s[1], POLLPRI);
  usleep(5000);
  P("mark", (ioctl(s[1], SIOCATMARK, &n), n));
  P("before", recv(s[1], b, 10, 0));
  P("mark", (ioctl(s[1], SIOCATMARK, &n), n));
  P("peek", recv(s[1], b, 10, MSG_OOB | MSG_PEEK)); printf("%c\n", b[0]);
  P("byte", recv(s[1], b, 10, MSG_OOB)); printf("%c\n", b[0]);
  P("again", recv(s[1], b, 10, MSG_OOB));
  P("behind", recv(s[1], b, 10, 0)); printf("%.2s\n", b);
  set(s[1], SOL_SOCKET, SO_OOBINLINE, 1);
  send(s[0], "x", 1, MSG_OOB);
  after("inline", s[1], POLLIN);
  P("not apart", recv(s[1], b, 10, MSG_OOB));
  P("in line", recv(s[1], b, 10, 0));
}

static void *sender(void *fd) { usleep(20000); write((int)(long)fd, "late", 4); return 0; }
static void *connector(void *p) { usleep(20000); int c = socket(AF_INET, SOCK_STREAM, 0); to(c, AF_INET, (int)(long)p); return 0; }
static void none(int sig) {}

static void blocking(void) {
  int s[2];
  pthread_t t;
  tcp_pair(s);
  pthread_create(&t, 0, sender, (void *)(long)s[0]);
  P("blocking read", read(s[1], b, 10));
  pthread_join(t, 0);
  int l = listener(AF_INET, 1);
  pthread_create(&t, 0, connector, (void *)(long)port(l));
  P("blocking accept", accept(l, 0, 0) > 0);
  pthread_join(t, 0);
  struct timeval time = {0, 20000};
  setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  P("accept timeout", accept(l, 0, 0));
  struct sigaction a = {.sa_handler = none};
  sigaction(SIGALRM, &a, 0);
  struct itimerval it = {{0, 20000}, {0, 20000}}; /* again: the first may come too early */
  setitimer(ITIMER_REAL, &it, 0);
  P("interrupted", recv(s[1], b, 1, 0));
  memset(&it, 0, sizeof it);
  setitimer(ITIMER_REAL, &it, 0);
  setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  long n, total = 0;
  while ((n = write(s[0], b, sizeof b)) > 0) total += n;
  printf("send timeout %ld %d much %d\n", n, errno, total > 100000);
}

static void files(void) {
  int s[2], p[2];
  char name[] = "/tmp/rookery-sendfile-XXXXXX";
  int f = mkstemp(name);
  unlink(name);
  for (int i = 0; i < 100000; i++) b[i] = i * 7;
  write(f, b, 100000);
  tcp_pair(s);
  off_t at = 1000;
  P("sendfile", sendfile(s[0], f, &at, 5000)); printf("%ld\n", (long)at);
  P("got", recv(s[1], b + 200000, 5000, MSG_WAITALL)); printf("same %d\n", !memcmp(b + 1000, b + 200000, 5000));
  P("from a socket", sendfile(f, s[1], 0, 5));
  for (int i = 0; i < 100; i++) pwrite(f, b, 100000, i * 100000);
  lseek(f, 0, SEEK_SET);
  fcntl(s[0], F_SETFL, O_NONBLOCK);
  fcntl(s[1], F_SETFL, O_NONBLOCK);
  long n, sent = 0, got = 0, wrong = 0, fulls = 0;
  /* a full socket takes part of the file; none of it may be lost */
  while (got < 10000000) {
    while (sent < 10000000 && (n = sendfile(s[0], f, 0, 10000000 - sent)) > 0) sent += n;
    fulls += sent < 10000000;
    if (lseek(f, 0, SEEK_CUR) != sent) printf("at %ld sent %ld\n", (long)lseek(f, 0, SEEK_CUR), sent);
    struct pollfd w = {s[1], POLLIN};
    if (poll(&w, 1, 5000) != 1) break;
    while ((n = read(s[1], b + 200000, 100000 - got % 100000)) > 0) {
      wrong += memcmp(b + 200000, b + got % 100000, n) != 0;
      got += n;
    }
  }
  printf("sent %ld got %ld wrong %ld full %d\n", sent, got, wrong, fulls > 0);
  close(s[0]); close(s[1]);
  tcp_pair(s);
  pipe(p);
  write(p[1], "through", 7);
  P("splice in", splice(p[0], 0, s[0], 0, 100, 0));
  after("spliced", s[1], POLLIN);
  P("splice out", splice(s[1], 0, p[1], 0, 100, 0));
  P("read", read(p[0], b, 100)); printf("%.7s\n", b);
  P("two sockets", splice(s[1], 0, s[0], 0, 100, 0));
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  making();
  naming();
  connecting();
  data();
  ending();
  urgent();
  blocking();
  files();
  return 0;
}
