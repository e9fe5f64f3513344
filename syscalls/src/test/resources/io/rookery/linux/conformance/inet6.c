/* IPv6 sockets on loopback, alone and for both protocols. */
#include "inet.h"

static int six(int type, const char *host, int only) {
  int s = socket(AF_INET6, type, 0);
  set(s, IPPROTO_IPV6, IPV6_V6ONLY, only);
  struct sockaddr_in6 a = v6(host, 0);
  if (bind(s, (void *)&a, sizeof a)) printf("bind %s %d\n", host, errno);
  if (type == SOCK_STREAM && listen(s, 5)) perror("listen");
  return s;
}

static void naming(void) {
  int s = socket(AF_INET6, SOCK_STREAM, 0);
  names("new", s);
  struct sockaddr_in6 a = v6("::1", 0);
  P("short", bind(s, (void *)&a, 16));
  a.sin6_family = AF_INET;
  P("wrong family", bind(s, (void *)&a, sizeof a));
  a = v6("2001:db8::1", 0);
  P("foreign", bind(s, (void *)&a, sizeof a));
  a = v6("ff02::1", 0);
  P("group", bind(s, (void *)&a, sizeof a));
  a = v6("::1", 0);
  P("bind", bind(s, (void *)&a, 24));
  names("bound", s);
  printf("only by its address %d\n", option(s, IPPROTO_IPV6, IPV6_V6ONLY));
  P("only after bind", set(s, IPPROTO_IPV6, IPV6_V6ONLY, 1));
  int t = socket(AF_INET6, SOCK_STREAM, 0);
  a = v6("::ffff:127.0.0.1", 0);
  P("bind mapped", bind(t, (void *)&a, sizeof a));
  names("mapped", t);
  t = socket(AF_INET6, SOCK_STREAM, 0);
  set(t, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  P("bind mapped only", bind(t, (void *)&a, sizeof a));
  /* who excludes whom */
  int both = six(SOCK_STREAM, "::", 0), four = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in f = v4("0.0.0.0", port(both));
  P("four beside both", bind(four, (void *)&f, sizeof f));
  f = v4("127.0.0.1", port(both));
  P("one beside both", bind(four, (void *)&f, sizeof f));
  int only = six(SOCK_STREAM, "::", 1);
  f = v4("0.0.0.0", port(only));
  P("four beside only", bind(four, (void *)&f, sizeof f));
}

static void streams(void) {
  int l = six(SOCK_STREAM, "::", 0), c = socket(AF_INET6, SOCK_STREAM, 0), k;
  struct sockaddr_storage r;
  socklen_t n = sizeof r;
  P("connect", to(c, AF_INET6, port(l)));
  names("client", c);
  k = accept(l, (void *)&r, &n);
  show("accepted", k, &r, n);
  names("server", k);
  P("write", write(c, "six", 3));
  P("read", read(k, b, 10));
  close(c); close(k);
  c = socket(AF_INET, SOCK_STREAM, 0);
  P("connect by four", to(c, AF_INET, port(l)));
  n = sizeof r;
  k = accept(l, (void *)&r, &n);
  show("accepted", k, &r, n);
  names("server", k);
  names("client", c);
  P("write", write(c, "four", 4));
  P("read", read(k, b, 10));
  close(c); close(k);
  struct sockaddr_in6 a = v6("::ffff:127.0.0.1", port(l));
  c = socket(AF_INET6, SOCK_STREAM, 0);
  P("connect to mapped", connect(c, (void *)&a, sizeof a));
  names("mapped", c);
  close(c);
  c = socket(AF_INET6, SOCK_STREAM, 0);
  set(c, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  P("only to mapped", connect(c, (void *)&a, sizeof a));
  struct sockaddr_in f = v4("127.0.0.1", port(l));
  P("to four", connect(c, (void *)&f, sizeof f));
  a = v6("::", port(l));
  P("to any", connect(c, (void *)&a, sizeof a));
  names("any", c);
  close(c);
  c = socket(AF_INET6, SOCK_STREAM, 0);
  P("refused", to(c, AF_INET6, 1));
  a = v6("2001:db8::1", 9);
  a = v6("ff02::1", 9);
  int only = six(SOCK_STREAM, "::", 1);
  c = socket(AF_INET, SOCK_STREAM, 0);
  P("four to only", to(c, AF_INET, port(only)));
  int one = six(SOCK_STREAM, "::1", 0);
  P("four to one", to(c, AF_INET, port(one)));
  P("error", option(c, SOL_SOCKET, SO_ERROR));
}

static void datagrams(void) {
  int r = six(SOCK_DGRAM, "::", 0), s = six(SOCK_DGRAM, "::1", 0);
  struct sockaddr_in6 a = v6("::1", port(r));
  struct sockaddr_storage from;
  socklen_t n = sizeof from;
  P("send", sendto(s, "six", 3, 0, (void *)&a, sizeof a));
  P("recv", recvfrom(r, b, 10, 0, (void *)&from, &n));
  show("from", 0, &from, n);
  int f = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in a4 = v4("127.0.0.1", port(r));
  P("send by four", sendto(f, "four", 4, 0, (void *)&a4, sizeof a4));
  n = sizeof from;
  P("recv", recvfrom(r, b, 10, 0, (void *)&from, &n));
  show("from", 0, &from, n);
  P("answer", sendto(r, "back", 4, 0, (void *)&from, n));
  P("answered", recv(f, b, 10, 0));
  int u = socket(AF_INET6, SOCK_DGRAM, 0);
  P("six with a four address", sendto(u, "x", 1, 0, (void *)&a4, sizeof a4));
  P("there", recv(r, b, 10, 0));
  set(s = socket(AF_INET6, SOCK_DGRAM, 0), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  P("only with a four address", sendto(s, "x", 1, 0, (void *)&a4, sizeof a4));
  P("largest", sendto(u, b, 65527, 0, (void *)&a, sizeof a));
  P("larger", sendto(u, b, 65528, 0, (void *)&a, sizeof a));
  P("largest there", recv(r, b, sizeof b, MSG_TRUNC));
  P("connect", connect(u, (void *)&a, sizeof a));
  names("connected", u);
  close(u);
  u = socket(AF_INET6, SOCK_DGRAM, 0);
  P("connect to four", connect(u, (void *)&a4, sizeof a4));
  names("connected to four", u);
  a = v6("::1", 1);
  close(u);
  u = socket(AF_INET6, SOCK_DGRAM, 0);
  P("connect to nobody", connect(u, (void *)&a, sizeof a));
  P("send", send(u, "x", 1, 0));
  usleep(2000);
  P("refused", recv(u, b, 1, MSG_DONTWAIT));
  /* control messages */
  P("pktinfo", set(r, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1));
  P("hops", set(r, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1));
  P("class", set(r, IPPROTO_IPV6, IPV6_RECVTCLASS, 1));
  for (int i = 0; i < 2; i++) {
    a = v6("::1", port(r));
    int q = socket(i ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
    if (!i) { set(q, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 21); set(q, IPPROTO_IPV6, IPV6_TCLASS, 9); }
    P("send", i ? sendto(q, "x", 1, 0, (void *)&a4, sizeof a4) : sendto(q, "x", 1, 0, (void *)&a, sizeof a));
    char control[200], text[64];
    struct iovec v = {b, 100};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    P("recvmsg", recvmsg(r, &m, 0));
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
      printf("control %d %d", c->cmsg_level, c->cmsg_type);
      if (c->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo *p = (void *)CMSG_DATA(c);
        printf(" %d %s\n", p->ipi6_ifindex, inet_ntop(AF_INET6, &p->ipi6_addr, text, 64));
      } else printf(" %d\n", *(int *)CMSG_DATA(c));
    }
  }
  /* error queue */
  int q = socket(AF_INET6, SOCK_DGRAM, 0);
  set(q, IPPROTO_IPV6, IPV6_RECVERR, 1);
  a = v6("::1", 1);
  P("send", sendto(q, "data", 4, 0, (void *)&a, sizeof a));
  usleep(2000);
  char control[200];
  struct iovec v = {b, 100};
  struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  P("report", recvmsg(q, &m, MSG_ERRQUEUE));
  show("about", 0, &from, m.msg_namelen);
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  unsigned char *e = CMSG_DATA(c);
  printf("control %d %d size %d error %d origin %d type %d code %d\n", c->cmsg_level, c->cmsg_type, (int)(c->cmsg_len - CMSG_LEN(0)), *(int *)e, e[4], e[5], e[6]);
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  naming();
  streams();
  datagrams();
  return 0;
}
