/* What sockets there are: sock_diag(7), TCP, UDP and UNIX; only sockets of this program are looked at. */
#include "inet.h"
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/un.h>

static int diag;
static char answer[1 << 16];

static unsigned inode(int fd) {
  struct stat s;
  fstat(fd, &s);
  return s.st_ino;
}

/* Sends a request; returns the number of messages, or -errno; f is called for each. */
static int ask(void *request, int size, void (*f)(struct nlmsghdr *)) {
  int count = 0;
  send(diag, request, size, 0);
  for (;;) {
    int n = recv(diag, answer, sizeof answer, 0);
    if (n <= 0) return -1000;
    for (struct nlmsghdr *h = (void *)answer; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      if (h->nlmsg_type == NLMSG_DONE) return *(int *)NLMSG_DATA(h) < 0 ? *(int *)NLMSG_DATA(h) : count;
      if (h->nlmsg_type == NLMSG_ERROR) return ((struct nlmsgerr *)NLMSG_DATA(h))->error;
      count++;
      f(h);
      if (!(h->nlmsg_flags & NLM_F_MULTI)) return count;
    }
  }
}

struct request {
  struct nlmsghdr h;
  struct inet_diag_req_v2 r;
  struct rtattr a;
  char code[64];
};

static struct request inet(int family, int protocol, int states, int flags) {
  struct request q = {{offsetof(struct request, a), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | flags, 1},
                      {family, protocol, (1 << (INET_DIAG_INFO - 1)) | (1 << (INET_DIAG_CONG - 1)), 0, states}};
  q.r.id.idiag_cookie[0] = q.r.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return q;
}

/* The sockets that are looked at; what is told of each is printed in their order, as tables have none. */
static unsigned own[16];
static const char *labels[16];
static char lines[16][512];
static int owned, shown, at;

static void mine(const char *label, int fd) {
  labels[owned] = label;
  own[owned++] = inode(fd);
}

static void told(const char *format, ...) {
  va_list arguments;
  int n = strlen(lines[at]);
  va_start(arguments, format);
  vsnprintf(lines[at] + n, sizeof lines[at] - n, format, arguments);
  va_end(arguments);
}

static void result(const char *name, int r) {
  for (int i = 0; i < owned; i++) {
    if (lines[i][0]) printf("  %s: %s\n", labels[i], lines[i]);
    lines[i][0] = 0;
  }
  printf("%s %d\n", name, r);
}

/* Whether a socket is one of them. */
static int is_mine(unsigned ino) {
  for (at = 0; at < owned; at++)
    if (own[at] == ino) return 1;
  return 0;
}

static const char *label(unsigned ino) {
  for (int i = 0; i < owned; i++)
    if (own[i] == ino) return labels[i];
  return 0;
}

static void show_inet(struct nlmsghdr *h) {
  struct inet_diag_msg *m = NLMSG_DATA(h);
  char a[64], b[64];
  if (!is_mine(m->idiag_inode)) return;
  shown++;
  told("family %d state %d timer %d rq %u wq %u uid %u interface %u", m->idiag_family, m->idiag_state, m->idiag_timer,
         m->idiag_rqueue, m->idiag_wqueue, m->idiag_uid, m->id.idiag_if);
  told(" %s %s ports %d %d", inet_ntop(m->idiag_family, m->id.idiag_src, a, 64), inet_ntop(m->idiag_family, m->id.idiag_dst, b, 64),
         m->id.idiag_sport != 0, m->id.idiag_dport != 0);
  int n = h->nlmsg_len - NLMSG_LENGTH(sizeof *m);
  for (struct rtattr *t = (void *)(m + 1); RTA_OK(t, n); t = RTA_NEXT(t, n)) {
    if (t->rta_type == INET_DIAG_SHUTDOWN) told(" shutdown %d", *(char *)RTA_DATA(t));
    if (t->rta_type == INET_DIAG_SKV6ONLY) told(" v6only %d", *(char *)RTA_DATA(t));
    if (t->rta_type == INET_DIAG_CONG) told(" cong %d", (int)strlen(RTA_DATA(t)) > 2);
    if (t->rta_type == INET_DIAG_INFO) told(" info %d", ((struct tcp_info *)RTA_DATA(t))->tcpi_state);
  }
}

static void nothing(struct nlmsghdr *h) { (void)h; }

static void internet(void) {
  int l = listener(AF_INET, 5), l6 = listener(AF_INET6, 7), pair[2], u = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in a = v4("127.0.0.1", 0);
  tcp_pair(pair);
  int waiting = to(l, AF_INET, port(l));
  after("connected", l, POLLIN);
  bind(u, (void *)&a, sizeof a);
  mine("listener", l), mine("listener6", l6), mine("client", pair[0]), mine("server", pair[1]), mine("udp", u), mine("waiting", waiting);
  send(pair[0], "hello", 5, 0);
  after("arrived", pair[1], POLLIN);
  struct request q = inet(AF_INET, IPPROTO_TCP, -1, NLM_F_DUMP);
  result("tcp", ask(&q, q.h.nlmsg_len, show_inet) >= 0);
  q = inet(AF_INET6, IPPROTO_TCP, -1, NLM_F_DUMP);
  result("tcp6", ask(&q, q.h.nlmsg_len, show_inet) >= 0);
  q = inet(AF_INET, IPPROTO_TCP, 1 << TCP_LISTEN, NLM_F_DUMP);
  result("listeners", ask(&q, q.h.nlmsg_len, show_inet) >= 0);
  q = inet(AF_INET, IPPROTO_UDP, -1, NLM_F_DUMP);
  result("udp", ask(&q, q.h.nlmsg_len, show_inet) >= 0);
  q = inet(AF_INET, IPPROTO_TCP, -1, NLM_F_DUMP);
  q.r.id.idiag_sport = htons(port(l));
  result("by port", ask(&q, q.h.nlmsg_len, show_inet) >= 0);
  /* half closed, and bound to an interface */
  shutdown(pair[0], SHUT_WR);
  after("end", pair[1], POLLRDHUP);
  char text[8];
  P("data", recv(pair[1], text, 8, 0));
  P("end", recv(pair[1], text, 8, 0));
  usleep(200000); /* until the end has been acknowledged */
  P("device", setsockopt(u, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
  q = inet(AF_INET, IPPROTO_TCP, ~(1 << TCP_LISTEN), NLM_F_DUMP);
  result("half closed", ask(&q, q.h.nlmsg_len, show_inet) >= 0);
  q = inet(AF_INET, IPPROTO_UDP, -1, NLM_F_DUMP);
  result("on an interface", ask(&q, q.h.nlmsg_len, show_inet) >= 0);
  /* one socket */
  q = inet(AF_INET, IPPROTO_TCP, -1, 0);
  q.r.id.idiag_sport = htons(port(l));
  inet_pton(AF_INET, "127.0.0.1", q.r.id.idiag_src);
  result("one", ask(&q, q.h.nlmsg_len, show_inet));
  q.r.id.idiag_sport = htons(1);
  result("none", ask(&q, q.h.nlmsg_len, show_inet));
  q = inet(AF_INET, 200, -1, NLM_F_DUMP);
  result("no such protocol", ask(&q, q.h.nlmsg_len, nothing));
  q = inet(77, IPPROTO_TCP, -1, NLM_F_DUMP);
  result("no such family", ask(&q, q.h.nlmsg_len, nothing) < 0);
  q = inet(AF_INET, IPPROTO_TCP, -1, NLM_F_DUMP);
  /* filters: a port, a range, an address, not */
  struct inet_diag_bc_op equal[] = {{INET_DIAG_BC_S_GE, 8, 12}, {0, 0, port(l)}, {INET_DIAG_BC_S_LE, 8, 12}, {0, 0, port(l)}};
  q.a.rta_type = INET_DIAG_REQ_BYTECODE;
  q.a.rta_len = RTA_LENGTH(sizeof equal);
  memcpy(q.code, equal, sizeof equal);
  q.h.nlmsg_len = offsetof(struct request, code) + sizeof equal;
  equal[0].no = 20;
  memcpy(q.code, equal, sizeof equal);
  shown = 0;
  result("range", ask(&q, q.h.nlmsg_len, show_inet) == shown);
  struct { struct inet_diag_bc_op op; struct inet_diag_hostcond c; unsigned char to[4]; } host = {
    {INET_DIAG_BC_D_COND, sizeof host, sizeof host + 4}, {AF_INET, 8, port(pair[1])}, {127, 9, 9, 9}};
  q.a.rta_len = RTA_LENGTH(sizeof host);
  memcpy(q.code, &host, sizeof host);
  q.h.nlmsg_len = offsetof(struct request, code) + sizeof host;
  result("address and port", ask(&q, q.h.nlmsg_len, show_inet));
  struct inet_diag_bc_op bad[] = {{INET_DIAG_BC_S_GE, 2, 12}, {0, 0, 1}};
  q.a.rta_len = RTA_LENGTH(sizeof bad);
  memcpy(q.code, bad, sizeof bad);
  q.h.nlmsg_len = offsetof(struct request, code) + sizeof bad;
  result("bad filter", ask(&q, q.h.nlmsg_len, nothing));
  q = inet(AF_INET, IPPROTO_TCP, -1, NLM_F_DUMP);
  q.h.nlmsg_len = 24;
  result("short", ask(&q, 24, nothing));
  q = inet(AF_INET, IPPROTO_TCP, -1, NLM_F_DUMP);
  q.h.nlmsg_type = 99;
  result("no such message", ask(&q, q.h.nlmsg_len, nothing));
}

static void show_unix(struct nlmsghdr *h) {
  struct unix_diag_msg *m = NLMSG_DATA(h);
  if (!is_mine(m->udiag_ino)) return;
  told("family %d type %d state %d", m->udiag_family, m->udiag_type, m->udiag_state);
  int n = h->nlmsg_len - NLMSG_LENGTH(sizeof *m);
  for (struct rtattr *t = (void *)(m + 1); RTA_OK(t, n); t = RTA_NEXT(t, n)) {
    unsigned *v = RTA_DATA(t);
    if (t->rta_type == UNIX_DIAG_NAME) told(" name %d %s", (int)RTA_PAYLOAD(t), (char *)v + (*(char *)v == 0));
    if (t->rta_type == UNIX_DIAG_PEER) told(" peer %s", label(*v) ? label(*v) : "unknown");
    if (t->rta_type == UNIX_DIAG_ICONS) told(" waiting %d %s", (int)RTA_PAYLOAD(t) / 4, RTA_PAYLOAD(t) && label(*v) ? label(*v) : "");
    if (t->rta_type == UNIX_DIAG_RQLEN) told(" rq %u wq %d", v[0], m->udiag_state == TCP_LISTEN ? (int)v[1] : v[1] > 0);
    if (t->rta_type == UNIX_DIAG_SHUTDOWN) told(" shutdown %d", *(char *)v);
    if (t->rta_type == UNIX_DIAG_UID) told(" uid %u", *v);
  }
}

static void local(void) {
  int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0), d = socket(AF_UNIX, SOCK_DGRAM, 0), p[2], s[2];
  struct sockaddr_un a = {AF_UNIX, "listens here"}, b = {AF_UNIX, "\0abstract"};
  bind(l, (void *)&a, sizeof a);
  listen(l, 3);
  connect(c, (void *)&a, sizeof a);
  bind(d, (void *)&b, 2 + 9);
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p);
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  send(s[0], "seven..", 7, 0);
  shutdown(s[1], SHUT_WR);
  mine("unix listener", l), mine("unix client", c), mine("datagrams", d), mine("packets", p[0]), mine("packets, peer", p[1]);
  mine("stream", s[0]), mine("stream, peer", s[1]);
  struct { struct nlmsghdr h; struct unix_diag_req r; } q = {
    {sizeof q, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1},
    {AF_UNIX, 0, 0, -1, 0, UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_ICONS | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID}};
  int order[] = {l, c, d, p[0], p[1], s[0], s[1]};
  result("unix", ask(&q, sizeof q, nothing) >= 7);
  for (int i = 0; i < 7; i++) {
    q.h.nlmsg_flags = NLM_F_REQUEST;
    q.r.udiag_ino = inode(order[i]);
    q.r.udiag_cookie[0] = q.r.udiag_cookie[1] = -1;
    result("one", ask(&q, sizeof q, show_unix));
  }
  q.r.udiag_ino = 0x7ffffff0;
  result("none", ask(&q, sizeof q, nothing));
  q.r.udiag_ino = 0;
  result("no number", ask(&q, sizeof q, nothing));
  q.r.udiag_ino = inode(l), q.r.udiag_cookie[0] = 12345;
  result("wrong cookie", ask(&q, sizeof q, nothing));
  q.h.nlmsg_flags |= NLM_F_DUMP, q.r.udiag_states = 1 << TCP_LISTEN;
  result("listeners", ask(&q, sizeof q, show_unix) >= 1);
  unlink("listens here");
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  P("protocol", socket(AF_NETLINK, SOCK_RAW, 200));
  diag = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  printf("protocol %d\n", option(diag, SOL_SOCKET, SO_PROTOCOL));
  internet();
  local();
  return 0;
}
