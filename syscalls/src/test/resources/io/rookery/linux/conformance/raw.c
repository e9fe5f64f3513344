/* Raw sockets on loopback; needs CAP_NET_RAW. */
#include "inet.h"
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>

#define EXPERIMENT 253
#define ICMP_FILTER 1 /* linux/icmp.h clashes with netinet */

static unsigned short sum(const void *data, int length) {
  const unsigned char *p = data;
  unsigned s = 0;
  for (int i = 0; i < length; i++) s += i % 2 ? p[i] : p[i] << 8;
  while (s >> 16) s = (s & 0xffff) + (s >> 16);
  return htons(~s & 0xffff);
}

static struct icmphdr request(int id, int sequence) {
  struct icmphdr h = {.type = ICMP_ECHO, .un.echo = {htons(id), htons(sequence)}};
  h.checksum = sum(&h, sizeof h);
  return h;
}

static long send4(int s, const void *data, int length, int port) {
  struct sockaddr_in a = v4("127.0.0.1", port);
  return sendto(s, data, length, 0, (void *)&a, sizeof a);
}

static long send6(int s, const void *data, int length, int port) {
  struct sockaddr_in6 a = v6("::1", port);
  return sendto(s, data, length, 0, (void *)&a, sizeof a);
}

static void patient(int s) {
  struct timeval t = {2, 0};
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
}

static void making(void) {
  P("raw 0", socket(AF_INET, SOCK_RAW, 0));
  P("raw6 0", socket(AF_INET6, SOCK_RAW, 0));
  P("raw 263", socket(AF_INET, SOCK_RAW, 263));
  P("raw -1", socket(AF_INET, SOCK_RAW, -1));
  int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), s6 = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
  names("new", s);
  names("new6", s6);
  P("port", port(s));
  P("port6", port(s6));
  P("type", option(s, SOL_SOCKET, SO_TYPE));
  P("protocol", option(s, SOL_SOCKET, SO_PROTOCOL));
  P("hdrincl", option(s, SOL_IP, IP_HDRINCL));
  P("hdrincl of 255", option(socket(AF_INET, SOCK_RAW, IPPROTO_RAW), SOL_IP, IP_HDRINCL));
  P("checksum", option(s6, SOL_IPV6, IPV6_CHECKSUM));
  P("checksum of icmp6", set(s6, SOL_IPV6, IPV6_CHECKSUM, 4));
  P("checksum of other", option(socket(AF_INET6, SOCK_RAW, EXPERIMENT), SOL_IPV6, IPV6_CHECKSUM));
  P("odd checksum", set(socket(AF_INET6, SOCK_RAW, EXPERIMENT), SOL_IPV6, IPV6_CHECKSUM, 3));
  struct sockaddr_in a = v4("127.0.0.1", 0);
  P("bind", bind(s, (void *)&a, sizeof a));
  P("bind again", bind(s, (void *)&a, sizeof a));
  names("bound", s);
  a = v4("192.0.2.1", 0);
  P("bind to another's", bind(s, (void *)&a, sizeof a));
  P("no destination", send(s, "x", 1, 0));
  P("listen", listen(s, 1));
  P("shutdown", shutdown(s, SHUT_RD));
  P("none", recv(socket(AF_INET, SOCK_RAW, EXPERIMENT), b, 1, MSG_DONTWAIT));
  struct sockaddr_in6 a6 = v6("::1", 17);
  P("other protocol", sendto(s6, "12345678", 8, 0, (void *)&a6, sizeof a6));
}

/* The echo request, which raw sockets see, and its reply. */
static void echo(void) {
  int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  patient(s);
  struct icmphdr h = request(77, 1);
  P("send", send4(s, &h, sizeof h, 0));
  for (int i = 0; i < 2; i++) {
    struct sockaddr_storage from;
    socklen_t l = sizeof from;
    memset(&from, 0, sizeof from);
    P("recv", recvfrom(s, b, 1000, 0, (void *)&from, &l));
    show("from", 0, &from, l);
    struct iphdr *ip = (void *)b;
    struct icmphdr *r = (void *)(b + 20);
    printf("%d %d %d %d ttl %d type %d code %d id %d sum %x\n", ip->version, ip->ihl, ntohs(ip->tot_len), ip->protocol,
           ip->ttl, r->type, r->code, ntohs(r->un.echo.id), sum(r, 8));
  }
  int filter = ~(1 << ICMP_ECHOREPLY);
  P("filter", setsockopt(s, SOL_RAW, ICMP_FILTER, &filter, sizeof filter));
  P("filter", option(s, SOL_RAW, ICMP_FILTER) == filter);
  P("filter of another", setsockopt(socket(AF_INET, SOCK_RAW, EXPERIMENT), SOL_RAW, ICMP_FILTER, &filter, 4));
  h = request(77, 2);
  P("send", send4(s, &h, sizeof h, 0));
  P("recv", recv(s, b, 1000, 0));
  printf("type %d\n", b[20]);
  P("no more", recv(s, b, 1000, MSG_DONTWAIT));
  int s6 = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
  patient(s6);
  struct icmp6_filter f;
  ICMP6_FILTER_SETBLOCKALL(&f);
  ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &f);
  P("filter6", setsockopt(s6, SOL_ICMPV6, ICMP6_FILTER, &f, sizeof f));
  P("hops", set(s6, SOL_IPV6, IPV6_RECVHOPLIMIT, 1));
  struct icmp6_hdr h6 = {.icmp6_type = ICMP6_ECHO_REQUEST, .icmp6_id = htons(5)};
  P("send6", send6(s6, &h6, sizeof h6, IPPROTO_ICMPV6));
  char control[100];
  struct iovec v = {b, 100};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  P("recv6", recvmsg(s6, &m, 0));
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  printf("type %d id %d: %d %d %d\n", b[0] & 0xff, ntohs(((struct icmp6_hdr *)b)->icmp6_id), c->cmsg_level, c->cmsg_type,
         *(int *)CMSG_DATA(c));
  P("no more", recv(s6, b, 100, MSG_DONTWAIT));
}

static void other(void) {
  int s = socket(AF_INET, SOCK_RAW, EXPERIMENT), r = socket(AF_INET, SOCK_RAW, EXPERIMENT);
  patient(r);
  P("ttl", set(s, SOL_IP, IP_TTL, 9));
  P("send", send4(s, "payload", 7, 4711));
  P("recv", recv(r, b, 100, 0));
  printf("ttl %d %.7s\n", b[8], b + 20);
  P("own", recv(s, b, 100, 0)); /* it has the protocol, too */
  P("connect", (close(r), to(s, AF_INET, 9)));
  names("connected", s);
  P("send", send(s, "connected", 9, 0));
  P("recv", recv(s, b, 100, 0));
  P("long", send4(s, b, 65516, 0));
  int s6 = socket(AF_INET6, SOCK_RAW, EXPERIMENT);
  patient(s6);
  P("checksum", set(s6, SOL_IPV6, IPV6_CHECKSUM, 2));
  P("send6", send6(s6, "\1\2\0\0\5\6", 6, 0));
  P("recv6", recv(s6, b, 100, 0));
  printf("%02x%02x\n", b[2] & 0xff, b[3] & 0xff);
  P("too short", send6(s6, "\1\2", 2, 0));
}

static void header(void) {
  int s = socket(AF_INET, SOCK_RAW, IPPROTO_RAW), r = socket(AF_INET, SOCK_RAW, EXPERIMENT);
  patient(r);
  struct { struct iphdr ip; char data[4]; } p = {{.version = 4, .ihl = 5, .ttl = 3, .tos = 8, .protocol = EXPERIMENT}, "abc"};
  inet_pton(AF_INET, "127.0.0.1", &p.ip.daddr);
  P("send", send4(s, &p, sizeof p, 0));
  P("recv", recv(r, b, 100, 0));
  struct iphdr *ip = (void *)b;
  printf("ttl %d tos %d length %d from %x sum %x %s\n", ip->ttl, ip->tos, ntohs(ip->tot_len), ntohl(ip->saddr), sum(ip, 20),
         b + 20);
  inet_pton(AF_INET, "127.0.0.99", &p.ip.saddr);
  P("forged", send4(s, &p, sizeof p, 0));
  P("recv", recv(r, b, 100, 0));
  printf("from %x\n", ntohl(ip->saddr));
  P("short", send4(s, &p, 19, 0));
  P("set", set(r, SOL_IP, IP_HDRINCL, 1));
  P("send", send4(r, &p, sizeof p, 0));
  P("recv", recv(r, b, 100, 0));
}

/* What the error queue has, without times. */
static void report(const char *name, int s) {
  char control[512];
  struct sockaddr_storage to;
  struct iovec v = {b, 1000};
  struct msghdr m = {.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &v, .msg_iovlen = 1,
                     .msg_control = control, .msg_controllen = sizeof control};
  struct pollfd p = {s, 0, 0};
  poll(&p, 1, 2000);
  memset(&to, 0, sizeof to);
  P(name, recvmsg(s, &m, MSG_ERRQUEUE | MSG_DONTWAIT));
  show("to", 0, &to, m.msg_namelen);
  printf("flags %x\n", m.msg_flags);
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    struct sock_extended_err *e = (void *)CMSG_DATA(c);
    printf("%d %d: %d origin %d type %d code %d info %d\n", c->cmsg_level, c->cmsg_type, e->ee_errno, e->ee_origin, e->ee_type,
           e->ee_code, e->ee_info);
    show("offender", 0, (void *)SO_EE_OFFENDER(e), 0);
  }
}

static void errors(void) {
  int s = socket(AF_INET, SOCK_RAW, IPPROTO_UDP), u = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in a = v4("127.0.0.1", 0);
  bind(u, (void *)&a, sizeof a);
  int free = port(u);
  close(u);
  P("recverr", set(s, SOL_IP, IP_RECVERR, 1));
  struct { struct udphdr h; char data[5]; } d = {{.source = htons(1234), .dest = htons(free), .len = htons(13)}, "data"};
  P("send", send4(s, &d, 13, 0));
  report("refused", s);
  P("pending", option(s, SOL_SOCKET, SO_ERROR));
  int s6 = socket(AF_INET6, SOCK_RAW, EXPERIMENT), n6 = socket(AF_INET6, SOCK_RAW, EXPERIMENT + 1);
  P("recverr6", set(n6, SOL_IPV6, IPV6_RECVERR, 1));
  P("send", send6(n6, "nobody has this", 15, 0));
  close(s6);
  u = socket(AF_INET, SOCK_DGRAM, 0);
  P("recverr of udp", set(u, SOL_IP, IP_RECVERR, 1));
  P("recvttl", set(u, SOL_IP, IP_RECVTTL, 1));
  P("send", send4(u, "datagram", 8, free));
  report("refused udp", u);
}

/* Takes replies with identifier 9 only, and 24 bytes of them. */
static void filters(void) {
  int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  patient(s);
  struct sock_filter f[] = {
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 9, 0, 3),
      BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_ECHOREPLY, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 24), BPF_STMT(BPF_RET | BPF_K, 0)};
  struct sock_fprog p = {sizeof f / sizeof *f, f}, none = {0, f}, wild = {1, (void *)8}, open = {1, f};
  P("detach", setsockopt(s, SOL_SOCKET, SO_DETACH_FILTER, &p, sizeof p));
  P("attach", setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &p, sizeof p));
  for (int id = 8; id <= 9; id++) {
    struct icmphdr h = request(id, 1);
    P("send", send4(s, &h, sizeof h, 0));
  }
  P("recv", recv(s, b, 1000, 0));
  printf("id %d\n", b[25]);
  P("no more", recv(s, b, 1000, MSG_DONTWAIT));
  P("attach none", setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &none, sizeof none));
  P("attach wild", setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &wild, sizeof wild));
  P("attach open", setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &open, sizeof open));
  P("attach short", setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &p, 4));
  P("detach", setsockopt(s, SOL_SOCKET, SO_DETACH_FILTER, &p, sizeof p));
}

static void rights(void) {
  P("setuid", setresuid(1000, 1000, 1000));
  P("raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
  P("raw6", socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
  P("raw 0", socket(AF_INET, SOCK_RAW, 0));
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  if (geteuid() || socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0) return 77;
  making();
  echo();
  other();
  header();
  errors();
  filters();
  rights();
  return 0;
}
