/* Packet sockets and filters on the loopback interface of a network namespace of its own. */
#include "inet.h"
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mman.h>

#define EXPERIMENT 0x88b5

static int lo;

static struct sockaddr_ll ll(int protocol, int index) {
  struct sockaddr_ll a = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = index};
  return a;
}

static int packet(int type, int protocol) {
  int s = socket(AF_PACKET, type, htons(protocol));
  struct timeval t = {2, 0};
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
  return s;
}

static int bound(int type, int protocol) {
  int s = packet(type, 0);
  struct sockaddr_ll a = ll(protocol, lo);
  P("bind", bind(s, (void *)&a, sizeof a));
  return s;
}

static void shown(const char *name, struct sockaddr_ll *a, socklen_t l) {
  printf("%s: size %d family %d protocol %x on lo %d type %d packet %d length %d %02x%02x\n", name, l, a->sll_family,
         ntohs(a->sll_protocol), a->sll_ifindex == lo, a->sll_hatype, a->sll_pkttype, a->sll_halen, a->sll_addr[0], a->sll_addr[7]);
}

static void own(const char *name, int s) {
  struct sockaddr_ll a;
  memset(&a, 0, sizeof a);
  socklen_t l = sizeof a;
  P(name, getsockname(s, (void *)&a, &l));
  shown(name, &a, l);
}

/* One packet, with the bytes that do not differ from run to run. */
static void next(int s) {
  struct sockaddr_ll a;
  socklen_t l = sizeof a;
  memset(&a, 0xff, sizeof a);
  int n = recvfrom(s, b, 2000, 0, (void *)&a, &l);
  P("recv", n);
  if (n < 0) return;
  shown("from", &a, l);
  if (a.sll_protocol == htons(ETH_P_IP)) { /* the checksum, which a link of memory may leave undone */
    int udp = (b[0] == 0x45 ? 0 : 14) + 20;
    b[udp + 6] = b[udp + 7] = 0;
  }
  for (int i = 0; i < n && i < 48; i++) printf("%02x", b[i] & 0xff);
  printf("\n");
}

static void none(int s) { P("no more", recv(s, b, 2000, MSG_DONTWAIT)); }

/* UDP to a port that is nobody's would be answered: to one of our own. */
static void datagram(const char *text) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in a = v4("127.0.0.1", 4000);
  set(s, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO); /* so that the identification is zero */
  bind(s, (void *)&a, sizeof a);
  P("datagram", sendto(s, text, strlen(text), 0, (void *)&a, sizeof a));
  close(s);
}

static void making(void) {
  P("raw", socket(AF_PACKET, SOCK_RAW, 0) >= 0);
  P("stream", socket(AF_PACKET, SOCK_STREAM, 0));
  P("seqpacket", socket(AF_PACKET, SOCK_SEQPACKET, htons(ETH_P_ALL)));
  int pair[2];
  P("pair", socketpair(AF_PACKET, SOCK_RAW, 0, pair));
  int s = packet(SOCK_RAW, ETH_P_IP);
  own("new", s);
  P("type", option(s, SOL_SOCKET, SO_TYPE));
  P("domain", option(s, SOL_SOCKET, SO_DOMAIN));
  P("error", option(s, SOL_SOCKET, SO_ERROR));
  P("buffer", option(s, SOL_SOCKET, SO_RCVBUF));
  P("extensions", option(s, SOL_SOCKET, SO_BPF_EXTENSIONS));
  struct sockaddr_ll a = ll(ETH_P_ALL, lo), none = ll(ETH_P_ALL, 4711);
  P("peer", getpeername(s, (void *)&a, &(socklen_t){sizeof a}));
  a = ll(ETH_P_ALL, lo);
  P("connect", connect(s, (void *)&a, sizeof a));
  P("listen", listen(s, 1));
  P("accept", accept(s, 0, 0));
  P("shutdown", shutdown(s, SHUT_RDWR));
  P("bind short", bind(s, (void *)&a, 12));
  P("bind nowhere", bind(s, (void *)&none, sizeof none));
  P("bind", bind(s, (void *)&a, sizeof a));
  own("bound", s);
  a.sll_family = AF_INET;
  P("bind family", bind(s, (void *)&a, sizeof a));
  a = ll(0, 0);
  P("unbind", bind(s, (void *)&a, sizeof a));
  own("unbound", s);
  events("idle", s);
  P("none", recv(s, b, 1, MSG_DONTWAIT));
  P("flags", recv(s, b, 1, MSG_DONTWAIT | MSG_OOB));
  P("flags", recv(s, b, 1, MSG_DONTWAIT | MSG_WAITALL));
  P("errors", recv(s, b, 1, MSG_ERRQUEUE));
  close(s);
}

static void both(void) {
  int all = bound(SOCK_RAW, ETH_P_ALL), cooked = bound(SOCK_DGRAM, ETH_P_IP), six = bound(SOCK_RAW, ETH_P_IPV6);
  int any = packet(SOCK_DGRAM, ETH_P_ALL), idle = packet(SOCK_RAW, 0);
  own("all", all);
  own("any", any);
  datagram("first");
  events("ready", all);
  int n = -1;
  P("FIONREAD", ioctl(all, FIONREAD, &n));
  printf("%d\n", n);
  P("peek", recv(all, b, 10, MSG_PEEK));
  P("peek", recv(all, b, 10, MSG_PEEK | MSG_TRUNC));
  next(all);
  next(all);
  none(all);
  next(cooked);
  none(cooked);
  none(six);
  next(any);
  next(any);
  none(any);
  none(idle);
  P("ignore outgoing", set(any, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1));
  P("ignore outgoing", set(any, SOL_PACKET, PACKET_IGNORE_OUTGOING, 2));
  P("ignore outgoing", option(any, SOL_PACKET, PACKET_IGNORE_OUTGOING));
  datagram("second");
  next(any);
  none(any);
  int u = socket(AF_INET6, SOCK_DGRAM, 0);
  struct sockaddr_in6 a6 = v6("::1", 4001);
  bind(u, (void *)&a6, sizeof a6);
  P("datagram6", sendto(u, "six", 3, 0, (void *)&a6, sizeof a6));
  P("recv", recv(six, b, 2000, 0));
  printf("%02x%02x %02x %.3s\n", b[12] & 0xff, b[13] & 0xff, b[14] & 0xff, b + 62);
  none(six);
  none(cooked);
  close(all), close(cooked), close(six), close(any), close(idle), close(u);
}

/* Control messages and counts. */
static void extras(void) {
  int s = bound(SOCK_RAW, ETH_P_IP);
  P("auxdata", option(s, SOL_PACKET, PACKET_AUXDATA));
  P("auxdata", set(s, SOL_PACKET, PACKET_AUXDATA, 1));
  P("auxdata", option(s, SOL_PACKET, PACKET_AUXDATA));
  P("auxdata short", setsockopt(s, SOL_PACKET, PACKET_AUXDATA, b, 1));
  P("timestamp", set(s, SOL_SOCKET, SO_TIMESTAMP, 1));
  datagram("with extras");
  char control[200];
  struct sockaddr_ll from;
  struct iovec v = {b, 20};
  struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &v, .msg_iovlen = 1, .msg_control = control,
                     .msg_controllen = sizeof control};
  P("recv", recvmsg(s, &m, 0));
  printf("flags %x name %d\n", m.msg_flags, m.msg_namelen);
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    printf("%d %d %d\n", c->cmsg_level, c->cmsg_type, (int)(c->cmsg_len - CMSG_LEN(0)) == sizeof(struct timeval));
    if (c->cmsg_level != SOL_PACKET) continue;
    struct tpacket_auxdata *a = (void *)CMSG_DATA(c);
    printf("%zu: status %x length %d kept %d mac %d net %d vlan %d\n", c->cmsg_len - CMSG_LEN(0), a->tp_status & 7, a->tp_len,
           a->tp_snaplen, a->tp_mac, a->tp_net, a->tp_vlan_tci);
  }
  struct tpacket_stats st;
  socklen_t l = sizeof st;
  P("statistics", getsockopt(s, SOL_PACKET, PACKET_STATISTICS, &st, &l));
  printf("%d %d %d\n", l, st.tp_packets, st.tp_drops);
  P("small buffer", set(s, SOL_SOCKET, SO_RCVBUF, 0));
  for (int i = 0; i < 20; i++) datagram("too many");
  P("statistics", getsockopt(s, SOL_PACKET, PACKET_STATISTICS, &st, &l));
  printf("%d %d\n", st.tp_packets, st.tp_drops > 5);
  P("statistics", getsockopt(s, SOL_PACKET, PACKET_STATISTICS, &st, &l));
  printf("%d %d\n", st.tp_packets, st.tp_drops);
  P("unknown", option(s, SOL_PACKET, 99));
  P("unknown", set(s, SOL_PACKET, 99, 1));
  P("level", option(s, SOL_IP, 1));
  close(s);
}

static void memberships(void) {
  int s = packet(SOCK_RAW, 0);
  struct packet_mreq m = {.mr_ifindex = lo, .mr_type = PACKET_MR_PROMISC}, other = {.mr_ifindex = 4711};
  P("drop", setsockopt(s, SOL_PACKET, PACKET_DROP_MEMBERSHIP, &m, sizeof m));
  P("add", setsockopt(s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof m));
  P("add again", setsockopt(s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof m));
  P("add nowhere", setsockopt(s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &other, sizeof other));
  P("add short", setsockopt(s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof m - 1));
  P("drop", setsockopt(s, SOL_PACKET, PACKET_DROP_MEMBERSHIP, &m, sizeof m));
  P("drop", setsockopt(s, SOL_PACKET, PACKET_DROP_MEMBERSHIP, &m, sizeof m));
  P("drop", setsockopt(s, SOL_PACKET, PACKET_DROP_MEMBERSHIP, &m, sizeof m));
  m.mr_alen = 7;
  P("long address", setsockopt(s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof m));
  close(s);
}

static void sending(void) {
  int raw = bound(SOCK_RAW, EXPERIMENT), cooked = bound(SOCK_DGRAM, EXPERIMENT), all = bound(SOCK_RAW, ETH_P_ALL);
  struct sockaddr_ll to = ll(EXPERIMENT, lo), nowhere = ll(EXPERIMENT, 4711), other = ll(EXPERIMENT + 1, lo);
  unsigned char frame[100] = {0};
  frame[12] = EXPERIMENT >> 8, frame[13] = EXPERIMENT & 0xff;
  memcpy(frame + 14, "raw frame", 9);
  P("raw", send(raw, frame, 23, 0));
  next(raw);
  next(cooked);
  next(all);
  next(all);
  P("cooked", sendto(cooked, "cooked", 6, 0, (void *)&to, sizeof to));
  next(raw);
  next(cooked);
  next(all);
  next(all);
  P("nothing", sendto(cooked, "", 0, 0, (void *)&to, sizeof to));
  P("recv", recv(cooked, b, 10, 0));
  P("other", sendto(cooked, "other", 5, 0, (void *)&other, sizeof other));
  none(cooked);
  P("nowhere", sendto(cooked, "x", 1, 0, (void *)&nowhere, sizeof nowhere));
  P("short address", sendto(cooked, "x", 1, 0, (void *)&to, 12));
  P("short frame", send(raw, frame, 13, 0));
  P("unbound", send(packet(SOCK_RAW, EXPERIMENT), frame, 23, 0));
  P("too long", sendto(cooked, b, 65537, 0, (void *)&to, sizeof to));
  P("too long", send(raw, b, 65551, 0));
  close(raw), close(cooked), close(all);
}

static int attach(int s, struct sock_filter *f, int n) {
  struct sock_fprog p = {n, f};
  return setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &p, sizeof p);
}

static void filters(void) {
  int s = bound(SOCK_DGRAM, ETH_P_ALL), raw = bound(SOCK_RAW, ETH_P_IP);
  struct sock_filter outgoing[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
                                   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 3),
                                   BPF_STMT(BPF_LD | BPF_H | BPF_ABS, SKF_AD_OFF + SKF_AD_PROTOCOL),
                                   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 1), BPF_STMT(BPF_RET | BPF_K, 30),
                                   BPF_STMT(BPF_RET | BPF_K, 0)};
  struct sock_filter port[] = {BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14), BPF_STMT(BPF_LD | BPF_H | BPF_IND, 16),
                               BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4000, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
                               BPF_STMT(BPF_RET | BPF_K, 0)};
  P("detach", setsockopt(s, SOL_SOCKET, SO_DETACH_FILTER, b, 4));
  P("attach", attach(s, outgoing, 6));
  P("attach", attach(raw, port, 5));
  datagram("filtered");
  next(s);
  none(s);
  next(raw);
  none(raw);
  port[2].k = 4001;
  P("attach", attach(raw, port, 5));
  datagram("filtered");
  none(raw);
  P("detach", setsockopt(raw, SOL_SOCKET, SO_DETACH_FILTER, b, 4));
  datagram("not filtered");
  next(raw);
  P("wild", attach(s, (void *)8, 3));
  P("empty", attach(s, port, 0));
  P("long", attach(s, port, 5000));
  close(s), close(raw);
}

static unsigned seed = 1;

static unsigned rnd(unsigned n) {
  seed = seed * 1664525 + 1013904223;
  return (seed >> 8) % n;
}

/* Whether Linux takes random programs, and what they make of a packet. */
static void programs(int count) {
  static const unsigned char codes[] = {0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x00, 0x60, 0x80, 0x01, 0x61, 0x81, 0xb1, 0x02, 0x03,
                                        0x05, 0x06, 0x16, 0x84, 0x07, 0x87, 0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0x94,
                                        0xa4, 0x0c, 0x1c, 0x2c, 0x3c, 0x4c, 0x5c, 0x6c, 0x7c, 0x9c, 0xac, 0x15, 0x25, 0x35, 0x45,
                                        0x1d, 0x2d, 0x3d, 0x4d, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x00, 0x01, 0x07, 0x87};
  static const int extensions[] = {0, 4, 28, 40, 44, 48, 60, 64};
  int s[2] = {bound(SOCK_DGRAM, EXPERIMENT), bound(SOCK_RAW, EXPERIMENT)}, out = packet(SOCK_RAW, 0);
  struct sockaddr_ll to = ll(EXPERIMENT, lo);
  unsigned char frame[80] = {0};
  frame[12] = EXPERIMENT >> 8, frame[13] = EXPERIMENT & 0xff;
  for (int i = 14; i < 80; i++) frame[i] = i * 37;
  int accepted = 0;
  for (int i = 0; i < count; i++) {
    struct sock_filter f[12];
    int n = 1 + rnd(11);
    for (int j = 0; j < n; j++) {
      f[j].code = rnd(40) ? codes[rnd(sizeof codes)] : rnd(300);
      f[j].jt = rnd(20) ? rnd(n - j) : rnd(256);
      f[j].jf = rnd(20) ? rnd(n - j) : rnd(256);
      switch (rnd(8)) {
        case 0: f[j].k = SKF_AD_OFF + extensions[rnd(8)]; break;
        case 1: f[j].k = (rnd(2) ? SKF_NET_OFF : SKF_LL_OFF) + rnd(90); break;
        case 2: f[j].k = rnd(1 << 24) * 977; break;
        case 3: f[j].k = rnd(80); break;
        default: f[j].k = rnd(n - j + 2);
      }
    }
    if (rnd(10)) f[n - 1].code = rnd(4) ? 0x16 : 0x06;
    int raw = rnd(2), r = attach(s[raw], f, n);
    accepted += !r;
    printf("%d %d: %d", i, n, r ? -errno : 0);
    if (!r) {
      sendto(out, frame, sizeof frame, 0, (void *)&to, sizeof to);
      printf(" %d", (int)recv(s[raw], b, 100, MSG_DONTWAIT));
      recv(s[!raw], b, 100, MSG_DONTWAIT);
    }
    printf("\n");
  }
  printf("accepted %d\n", accepted > count / 20);
  close(s[0]), close(s[1]), close(out);
}

static void ring(void) {
  int s = packet(SOCK_RAW, 0), version = TPACKET_V2, reserve = 8, length = TPACKET_V2;
  socklen_t l = sizeof length;
  P("header", getsockopt(s, SOL_PACKET, PACKET_HDRLEN, &length, &l));
  printf("%d\n", length);
  length = 17;
  P("header of none", getsockopt(s, SOL_PACKET, PACKET_HDRLEN, &length, &l));
  P("version", setsockopt(s, SOL_PACKET, PACKET_VERSION, &version, sizeof version));
  P("version", option(s, SOL_PACKET, PACKET_VERSION));
  P("version of none", set(s, SOL_PACKET, PACKET_VERSION, 17));
  P("reserve", setsockopt(s, SOL_PACKET, PACKET_RESERVE, &reserve, sizeof reserve));
  P("reserve", set(s, SOL_PACKET, PACKET_RESERVE, -1));
  P("map nothing", mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, s, 0) == MAP_FAILED ? -1 : 0);
  struct tpacket_req good = {.tp_block_size = 8192, .tp_block_nr = 2, .tp_frame_size = 2048, .tp_frame_nr = 8}, r;
#define BAD(field, value) (r = good, r.field = value, setsockopt(s, SOL_PACKET, PACKET_RX_RING, &r, sizeof r))
  P("block", BAD(tp_block_size, 8000));
  P("no block", BAD(tp_block_size, 0));
  P("frames", BAD(tp_frame_nr, 7));
  P("no blocks", BAD(tp_block_nr, 0));
  P("frame", BAD(tp_frame_size, 2047));
  P("small frame", BAD(tp_frame_size, 48));
  P("large frame", BAD(tp_frame_size, 16384));
  P("short", setsockopt(s, SOL_PACKET, PACKET_RX_RING, &good, 15));
  P("ring", setsockopt(s, SOL_PACKET, PACKET_RX_RING, &good, sizeof good));
  P("again", setsockopt(s, SOL_PACKET, PACKET_RX_RING, &good, sizeof good));
  P("version", setsockopt(s, SOL_PACKET, PACKET_VERSION, &version, sizeof version));
  P("reserve", setsockopt(s, SOL_PACKET, PACKET_RESERVE, &reserve, sizeof reserve));
  char *at = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, s, 0);
  P("map", at == MAP_FAILED ? -1 : 0);
  P("destroy", BAD(tp_block_nr, 0));
  struct sockaddr_ll a = ll(ETH_P_ALL, lo);
  P("bind", bind(s, (void *)&a, sizeof a));
  events("empty", s);
  for (int i = 0; i < 5; i++) datagram("into the ring");
  after("filled", s, POLLIN);
  P("recv", recv(s, b, 100, MSG_DONTWAIT));
  for (int i = 0; i < 8; i++) {
    struct tpacket2_hdr *h = (void *)(at + i * 2048);
    printf("%d: status %x length %d kept %d mac %d net %d vlan %d time %d\n", i, h->tp_status & 7, h->tp_len, h->tp_snaplen,
           h->tp_mac, h->tp_net, h->tp_vlan_tci, h->tp_sec > 1600000000 && h->tp_nsec < 1000000000);
    shown("from", (void *)(at + i * 2048 + 32), 0);
    printf("%02x%02x %.13s\n", at[i * 2048 + h->tp_mac + 12] & 0xff, at[i * 2048 + h->tp_mac + 13] & 0xff,
           at + i * 2048 + h->tp_net + 28);
    h->tp_status = 0;
  }
  events("taken", s);
  struct tpacket_stats st;
  l = sizeof st;
  P("statistics", getsockopt(s, SOL_PACKET, PACKET_STATISTICS, &st, &l));
  printf("%d %d\n", st.tp_packets, st.tp_drops);
  memset(b, 'x', 5000);
  b[3000] = 0;
  datagram(b);
  datagram("after the loss");
  for (int i = 0; i < 4; i++) {
    struct tpacket2_hdr *h = (void *)(at + i * 2048);
    printf("%d: status %x length %d kept %d mac %d\n", i, h->tp_status & 7, h->tp_len, h->tp_snaplen, h->tp_mac);
  }
  P("unmap", munmap(at, 16384));
  P("destroy", BAD(tp_block_nr, 0));
  r.tp_frame_nr = 0;
  P("destroy", setsockopt(s, SOL_PACKET, PACKET_RX_RING, &r, sizeof r));
  datagram("into the queue");
  P("recv", recv(s, b, 100, MSG_DONTWAIT));
  close(s);
  s = packet(SOCK_DGRAM, 0);
  P("version", setsockopt(s, SOL_PACKET, PACKET_VERSION, &version, sizeof version));
  P("ring", setsockopt(s, SOL_PACKET, PACKET_RX_RING, &good, sizeof good));
  at = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, s, 0);
  a = ll(ETH_P_IP, lo);
  P("bind", bind(s, (void *)&a, sizeof a));
  datagram("cooked");
  struct tpacket2_hdr *h = (void *)at;
  printf("status %x length %d kept %d mac %d net %d %.6s\n", h->tp_status & 7, h->tp_len, h->tp_snaplen, h->tp_mac, h->tp_net,
         at + h->tp_net + 28);
  close(s);
  printf("still there %.6s\n", at + h->tp_net + 28);
  munmap(at, 16384);
}

static void file(const char *name, int columns) {
  FILE *f = fopen(name, "r");
  char line[300], word[9][32];
  while (f && fgets(line, sizeof line, f)) {
    int n = sscanf(line, "%31s%31s%31s%31s%31s%31s%31s%31s%31s", word[0], word[1], word[2], word[3], word[4], word[5], word[6],
                   word[7], word[8]);
    for (int i = 0; i < n; i++)
      if (columns >> i & 1) printf("%s ", word[i]);
    printf("\n");
  }
  if (f) fclose(f);
}

static void files(void) {
  int s = bound(SOCK_RAW, ETH_P_ALL), c = packet(SOCK_DGRAM, 0), u = socket(AF_INET, SOCK_DGRAM, 0);
  file("/proc/net/packet", 0xbc); /* no pointers, references, sizes and numbers of inodes */
  struct ip_mreqn m = {.imr_ifindex = lo};
  inet_pton(AF_INET, "239.1.2.3", &m.imr_multiaddr);
  P("join", setsockopt(u, SOL_IP, IP_ADD_MEMBERSHIP, &m, sizeof m));
  file("/proc/net/igmp", 0x03);
  close(s), close(c), close(u);
}

static void down(void) {
  int s = bound(SOCK_RAW, ETH_P_ALL);
  struct ifreq r = {.ifr_name = "lo"};
  P("flags", ioctl(s, SIOCGIFFLAGS, &r));
  r.ifr_flags &= ~IFF_UP;
  P("down", ioctl(s, SIOCSIFFLAGS, &r));
  close(s);
  s = bound(SOCK_RAW, ETH_P_ALL);
  events("down", s);
  P("recv", recv(s, b, 10, MSG_DONTWAIT));
  P("recv", recv(s, b, 10, MSG_DONTWAIT));
  P("send", send(s, b, 50, 0));
  r.ifr_flags |= IFF_UP;
  P("up", ioctl(s, SIOCSIFFLAGS, &r));
  close(s);
}

static void rights(void) {
  P("setuid", setresuid(1000, 1000, 1000));
  P("raw", socket(AF_PACKET, SOCK_RAW, 0));
  P("stream", socket(AF_PACKET, SOCK_STREAM, 0));
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  int probe = socket(AF_PACKET, SOCK_RAW, 0);
  if (geteuid() || probe < 0) return 77;
  close(probe);
  unshare(CLONE_NEWNET);
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq r = {.ifr_name = "lo"};
  if (ioctl(s, SIOCGIFFLAGS, &r)) return 1;
  r.ifr_flags |= IFF_UP;
  if (ioctl(s, SIOCSIFFLAGS, &r)) return 1;
  lo = if_nametoindex("lo");
  making();
  both();
  extras();
  memberships();
  sending();
  filters();
  programs(1500);
  ring();
  files();
  down();
  rights();
  return 0;
}
