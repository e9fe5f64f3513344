/* UDP sockets on loopback. */
#include "inet.h"

static int udp(const char *host) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in a = v4(host, 0);
  if (bind(s, (void *)&a, sizeof a)) perror("bind");
  return s;
}

static int send_to(int s, const char *text, int p) {
  struct sockaddr_in a = v4("127.0.0.1", p);
  return sendto(s, text, strlen(text), 0, (void *)&a, sizeof a);
}

static void making(void) {
  P("dgram", socket(AF_INET, SOCK_DGRAM, 0) > 0);
  P("udp", socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) > 0);
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  names("new", s);
  events("new", s);
  P("listen", listen(s, 1));
  P("accept", accept(s, 0, 0));
  P("no destination", send(s, "x", 1, 0));
  P("bound all the same", port(s) > 0);
  struct sockaddr_in a = v4("127.0.0.1", 0);
  P("port 0", sendto(s, "x", 1, 0, (void *)&a, sizeof a));
  a = v4("127.0.0.1", 9);
  P("short", sendto(s, "x", 1, 0, (void *)&a, 10));
  a.sin_family = AF_INET6;
  P("wrong family", sendto(s, "x", 1, 0, (void *)&a, sizeof a));
  a.sin_family = AF_UNSPEC;
  P("no family", sendto(s, "x", 1, 0, (void *)&a, sizeof a));
  P("bound now", port(s) > 0);
  P("oob", send(s, "x", 1, MSG_OOB));
  P("recv oob", recv(s, b, 1, MSG_OOB | MSG_DONTWAIT));
  P("shutdown", shutdown(s, SHUT_RD));
  P("recv after shutdown", recv(s, b, 1, 0));
}

static void data(void) {
  int r = udp("127.0.0.1"), s = udp("127.0.0.1"), n;
  struct sockaddr_storage from;
  socklen_t l = sizeof from;
  P("none", recv(r, b, 1, MSG_DONTWAIT));
  P("send", send_to(s, "hello", port(r)));
  events("there", r);
  P("fionread", (ioctl(r, FIONREAD, &n), n));
  P("peek", recv(r, b, 3, MSG_PEEK)); printf("%.3s\n", b);
  P("peek length", recv(r, b, 0, MSG_PEEK | MSG_TRUNC));
  memset(&from, 0, sizeof from);
  P("recvfrom", recvfrom(r, b, 100, 0, (void *)&from, &l)); printf("%.5s\n", b);
  show("from", 0, &from, l);
  P("its port", ntohs(((struct sockaddr_in *)&from)->sin_port) == port(s));
  send_to(s, "truncated", port(r));
  P("trunc", recv(r, b, 4, 0));
  send_to(s, "truncated", port(r));
  P("trunc length", recv(r, b, 4, MSG_TRUNC));
  P("none left", recv(r, b, 4, MSG_DONTWAIT));
  send_to(s, "", port(r));
  events("empty one", r);
  P("fionread", (ioctl(r, FIONREAD, &n), n));
  P("empty one", recv(r, b, 4, 0));
  struct iovec v[2] = {{b, 3}, {b + 100, 5}};
  struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = v, .msg_iovlen = 2};
  send_to(s, "0123456789", port(r));
  P("recvmsg", recvmsg(r, &m, 0)); printf("%.3s %.5s %x %d\n", b, b + 100, m.msg_flags, m.msg_namelen);
  m.msg_namelen = 5;
  send_to(s, "0123", port(r));
  P("short name", recvmsg(r, &m, 0)); printf("%x %d\n", m.msg_flags, m.msg_namelen);
  struct sockaddr_in a = v4("127.0.0.1", port(r));
  struct iovec w[2] = {{"ab", 2}, {"cde", 3}};
  struct msghdr o = {.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = w, .msg_iovlen = 2};
  P("sendmsg", sendmsg(s, &o, 0));
  P("together", recv(r, b, 100, 0)); printf("%.5s\n", b);
  struct mmsghdr mm[3] = {{o}, {o}, {o}};
  P("sendmmsg", sendmmsg(s, mm, 3, 0)); printf("%d %d\n", mm[0].msg_len, mm[2].msg_len);
  struct mmsghdr rr[5];
  memset(rr, 0, sizeof rr);
  for (int i = 0; i < 5; i++) { rr[i].msg_hdr.msg_iov = v; rr[i].msg_hdr.msg_iovlen = 1; }
  P("recvmmsg", recvmmsg(r, rr, 5, MSG_WAITFORONE, 0)); printf("%d %d %x\n", rr[0].msg_len, rr[2].msg_len, rr[2].msg_hdr.msg_flags);
  memset(b, 'x', 66000);
  P("largest", sendto(s, b, 65507, 0, (void *)&a, sizeof a));
  P("largest back", recv(r, b, sizeof b, 0));
  P("larger", sendto(s, b, 65508, 0, (void *)&a, sizeof a));
  P("much larger", sendto(s, b, 300000, 0, (void *)&a, sizeof a));
  P("write unconnected", write(s, "x", 1));
  if (!fork()) { usleep(20000); send_to(s, "late", port(r)); _exit(0); }
  P("blocking", recv(r, b, 10, 0));
  wait(0);
  struct timeval t = {0, 20000};
  setsockopt(r, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
  P("timeout", recv(r, b, 10, 0));
  a = v4("0.0.0.0", port(r));
  P("to any", sendto(s, "any", 3, 0, (void *)&a, sizeof a));
  P("from any", recv(r, b, 10, 0));
  int all = udp("0.0.0.0");
  P("to all", send_to(s, "all", port(all)));
  l = sizeof from;
  P("at all", recvfrom(all, b, 10, 0, (void *)&from, &l));
  show("from", 0, &from, l);
  names("all", all);
  a = v4("127.9.9.9", port(all));
  P("other own address", sendto(s, "own", 3, 0, (void *)&a, sizeof a));
  P("there", recv(all, b, 10, MSG_DONTWAIT));
  P("not there", recv(r, b, 10, MSG_DONTWAIT));
  a = v4("127.0.0.1", port(r));
  P("taken", bind(socket(AF_INET, SOCK_DGRAM, 0), (void *)&a, sizeof a));
  P("twice", bind(r, (void *)&a, sizeof a));
}

static void connected(void) {
  int s = udp("127.0.0.1"), r = udp("127.0.0.1"), o = udp("127.0.0.1");
  struct sockaddr_in a = v4("127.0.0.1", port(r));
  P("connect", connect(s, (void *)&a, sizeof a));
  names("connected", s);
  P("write", write(s, "one", 3));
  P("read", read(r, b, 10));
  P("to another", send_to(s, "x", port(o)));
  P("there", recv(o, b, 10, 0));
  P("stranger", send_to(o, "x", port(s)));
  P("not heard", recv(s, b, 10, MSG_DONTWAIT));
  P("peer", send_to(r, "yes", port(s)));
  P("heard", recv(s, b, 10, 0));
  P("shut writing", shutdown(s, SHUT_WR));
  P("shut write", send(s, "x", 1, MSG_NOSIGNAL));
  events("shut writing", s);
  P("shut reading", shutdown(s, SHUT_RD));
  events("shut both", s);
  P("recv", recv(s, b, 10, 0));
  int u = socket(AF_INET, SOCK_DGRAM, 0);
  P("connect unbound", connect(u, (void *)&a, sizeof a));
  names("unbound", u);
  a.sin_family = AF_UNSPEC;
  P("dissolve", connect(u, (void *)&a, sizeof a));
  P("peer name", getpeername(u, (void *)b, &(socklen_t){16}));
  P("write", write(u, "x", 1));
  a = v4("127.0.0.1", port(r));
  P("short", connect(u, (void *)&a, 8));
  a.sin_family = AF_INET6;
  P("wrong family", connect(u, (void *)&a, sizeof a));
  a = v4("255.255.255.255", 9);
  P("broadcast", connect(u, (void *)&a, sizeof a));
}

static void refused(void) {
  int gone = udp("127.0.0.1"), s = udp("127.0.0.1");
  int p = port(gone);
  struct sockaddr_in a = v4("127.0.0.1", p);
  close(gone);
  P("unconnected", send_to(s, "x", p));
  P("hears nothing", recv(s, b, 1, MSG_DONTWAIT));
  P("connect", connect(s, (void *)&a, sizeof a));
  P("send", send(s, "x", 1, 0));
  events("refused", s);
  P("recv", recv(s, b, 1, MSG_DONTWAIT));
  P("once", recv(s, b, 1, MSG_DONTWAIT));
  P("send", send(s, "x", 1, 0));
  P("send again", send(s, "x", 1, 0));
  P("and again", send(s, "x", 1, 0));
  P("error", option(s, SOL_SOCKET, SO_ERROR));
  P("no error", option(s, SOL_SOCKET, SO_ERROR));
  int q = udp("127.0.0.1");
  P("error queue", set(q, IPPROTO_IP, IP_RECVERR, 1));
  P("send", send_to(q, "data", p));
  events("report", q);
  P("recv", recv(q, b, 10, MSG_DONTWAIT));
  struct sockaddr_storage from;
  char control[200];
  struct iovec v = {b, 100};
  struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  P("report", recvmsg(q, &m, MSG_ERRQUEUE));
  printf("%.4s %x %d\n", b, m.msg_flags, ntohs(((struct sockaddr_in *)&from)->sin_port) == p);
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    int *e = (int *)CMSG_DATA(c);
    unsigned char *t = (unsigned char *)(e + 1);
    printf("control %d %d size %d error %d origin %d type %d code %d\n", c->cmsg_level, c->cmsg_type, (int)(c->cmsg_len - CMSG_LEN(0)), *e, t[0], t[1], t[2]);
  }
  P("no more", recvmsg(q, &m, MSG_ERRQUEUE));
}

static void controls(void) {
  int r = udp("0.0.0.0"), s = udp("127.0.0.1");
  P("pktinfo", set(r, IPPROTO_IP, IP_PKTINFO, 1));
  P("ttl", set(r, IPPROTO_IP, IP_RECVTTL, 1));
  P("tos", set(r, IPPROTO_IP, IP_RECVTOS, 1));
  P("time", set(r, SOL_SOCKET, SO_TIMESTAMP, 1));
  P("pktinfo", option(r, IPPROTO_IP, IP_PKTINFO));
  P("send ttl", set(s, IPPROTO_IP, IP_TTL, 33));
  P("send tos", set(s, IPPROTO_IP, IP_TOS, 0x10));
  struct sockaddr_in a = v4("127.0.0.7", port(r));
  P("send", sendto(s, "x", 1, 0, (void *)&a, sizeof a));
  char control[200];
  struct iovec v = {b, 100};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  P("recvmsg", recvmsg(r, &m, 0));
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    printf("control %d %d", c->cmsg_level, c->cmsg_type);
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo *i = (void *)CMSG_DATA(c);
      printf(" %d %s", i->ipi_ifindex, inet_ntoa(i->ipi_addr));
      printf(" %s", inet_ntoa(i->ipi_spec_dst));
    } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) printf(" %d", *(int *)CMSG_DATA(c));
    else if (c->cmsg_level == IPPROTO_IP) printf(" %d size %d", *CMSG_DATA(c), (int)(c->cmsg_len - CMSG_LEN(0)));
    else { struct timeval *t = (void *)CMSG_DATA(c); printf(" %d", (int)(time(0) - t->tv_sec) < 3); }
    printf("\n");
  }
  /* no room for what is asked for */
  sendto(s, "x", 1, 0, (void *)&a, sizeof a);
  m.msg_controllen = CMSG_LEN(sizeof(struct timeval));
  P("little room", recvmsg(r, &m, 0)); printf("%x\n", m.msg_flags);
  sendto(s, "x", 1, 0, (void *)&a, sizeof a);
  m.msg_control = 0; m.msg_controllen = 0;
  P("no room", recvmsg(r, &m, 0)); printf("%x\n", m.msg_flags);
  /* another source */
  union { char b[CMSG_SPACE(sizeof(struct in_pktinfo))]; struct cmsghdr h; } u;
  memset(&u, 0, sizeof u);
  int all = udp("0.0.0.0");
  u.h.cmsg_level = IPPROTO_IP; u.h.cmsg_type = IP_PKTINFO; u.h.cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
  struct in_pktinfo *i = (void *)CMSG_DATA(&u.h);
  inet_pton(AF_INET, "127.0.0.55", &i->ipi_spec_dst);
  v.iov_len = 1;
  struct msghdr o = {.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &v, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof u};
  P("chosen source", sendmsg(all, &o, 0));
  struct sockaddr_storage from;
  socklen_t l = sizeof from;
  P("recvfrom", recvfrom(r, b, 10, 0, (void *)&from, &l));
  show("from", 0, &from, l);
  inet_pton(AF_INET, "192.0.2.1", &i->ipi_spec_dst);
  P("foreign source", sendmsg(all, &o, 0));
  u.h.cmsg_type = 99;
  P("unknown control", sendmsg(all, &o, 0));
}

static void groups(void) {
  int r = socket(AF_INET, SOCK_DGRAM, 0), s = udp("127.0.0.1");
  struct sockaddr_in a = v4("0.0.0.0", 0);
  bind(r, (void *)&a, sizeof a);
  struct ip_mreq m;
  inet_pton(AF_INET, "224.1.2.3", &m.imr_multiaddr);
  inet_pton(AF_INET, "127.0.0.1", &m.imr_interface);
  P("join", setsockopt(r, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m));
  P("join again", setsockopt(r, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m));
  P("interface", setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &m.imr_interface, sizeof m.imr_interface));
  struct in_addr i;
  socklen_t l = sizeof i;
  P("interface set", getsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &i, &l)); printf("%s %d\n", inet_ntoa(i), l);
  P("default ttl", option(s, IPPROTO_IP, IP_MULTICAST_TTL));
  P("default loop", option(s, IPPROTO_IP, IP_MULTICAST_LOOP));
  a = v4("224.1.2.3", port(r));
  P("send", sendto(s, "group", 5, 0, (void *)&a, sizeof a));
  usleep(5000);
  P("receive", recv(r, b, 10, MSG_DONTWAIT));
  P("no second", recv(r, b, 10, MSG_DONTWAIT));
  P("ttl", set(s, IPPROTO_IP, IP_MULTICAST_TTL, 5));
  P("ttl set", option(s, IPPROTO_IP, IP_MULTICAST_TTL));
  P("ttl too high", set(s, IPPROTO_IP, IP_MULTICAST_TTL, 256));
  P("ttl of stream", set(socket(AF_INET, SOCK_STREAM, 0), IPPROTO_IP, IP_MULTICAST_TTL, 5));
  P("leave", setsockopt(r, IPPROTO_IP, IP_DROP_MEMBERSHIP, &m, sizeof m));
  P("leave again", setsockopt(r, IPPROTO_IP, IP_DROP_MEMBERSHIP, &m, sizeof m));
  sendto(s, "group", 5, 0, (void *)&a, sizeof a);
  usleep(5000);
  P("nothing", recv(r, b, 10, MSG_DONTWAIT));
  inet_pton(AF_INET, "10.1.2.3", &m.imr_multiaddr);
  P("no group", setsockopt(r, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m));
  inet_pton(AF_INET, "224.1.2.3", &m.imr_multiaddr);
  inet_pton(AF_INET, "192.0.2.77", &m.imr_interface);
  P("no interface", setsockopt(r, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m));
  P("short", setsockopt(r, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, 4));
  int joined = 0;
  inet_pton(AF_INET, "127.0.0.1", &m.imr_interface);
  for (int i = 1; i < 40; i++) {
    m.imr_multiaddr.s_addr = htonl(0xe0010200 + i);
    if (setsockopt(r, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m)) break;
    joined++;
  }
  printf("joined %d then %d\n", joined, errno);
  /* broadcast */
  a = v4("127.255.255.255", port(r));
  P("no right", sendto(s, "all", 3, 0, (void *)&a, sizeof a));
  P("right", set(s, SOL_SOCKET, SO_BROADCAST, 1));
  P("broadcast", sendto(s, "all", 3, 0, (void *)&a, sizeof a));
  usleep(5000);
  P("heard", recv(r, b, 10, MSG_DONTWAIT));
}

static void sharing(void) {
  int r[3];
  struct sockaddr_in a = v4("127.0.0.1", 0);
  for (int i = 0; i < 3; i++) {
    r[i] = socket(AF_INET, SOCK_DGRAM, 0);
    set(r[i], SOL_SOCKET, SO_REUSEPORT, 1);
    P("share", bind(r[i], (void *)&a, sizeof a));
    a.sin_port = htons(port(r[i]));
  }
  int got = 0, kinds = 0;
  for (int i = 0; i < 60; i++) { int s = udp("127.0.0.1"); send_to(s, "x", ntohs(a.sin_port)); close(s); }
  for (int i = 0; i < 3; i++) { int n = 0; while (recv(r[i], b, 10, MSG_DONTWAIT) > 0) n++; got += n; kinds += n > 0; }
  printf("all %d spread %d\n", got, kinds);
  int s = udp("127.0.0.1"), flood = 0, n = 0;
  r[0] = udp("127.0.0.1");
  memset(b, 'x', 1000);
  struct sockaddr_in f = v4("127.0.0.1", port(r[0]));
  for (int i = 0; i < 2000; i++) flood += sendto(s, b, 1000, 0, (void *)&f, sizeof f) == 1000;
  while (recv(r[0], b, 2000, MSG_DONTWAIT) > 0) n++;
  printf("sent %d some lost %d some left %d\n", flood, n < 2000, n > 50);
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  making();
  data();
  connected();
  refused();
  controls();
  groups();
  sharing();
  return 0;
}
