/* Options of Internet sockets: what they are at first, what can be set, what is refused. */
#include "inet.h"
#include <net/if.h>

struct named { const char *name; int level, option, values[6]; };

static const struct named tcp[] = {
  {"REUSEADDR", SOL_SOCKET, SO_REUSEADDR, {1, 5, 0}},
  {"REUSEPORT", SOL_SOCKET, SO_REUSEPORT, {1, 0}},
  {"KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, {1, 7}},
  {"OOBINLINE", SOL_SOCKET, SO_OOBINLINE, {1, 0}},
  {"BROADCAST", SOL_SOCKET, SO_BROADCAST, {1, 0}},
  {"DONTROUTE", SOL_SOCKET, SO_DONTROUTE, {1, 0}},
  {"PRIORITY", SOL_SOCKET, SO_PRIORITY, {3, 0}},
  {"RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT, {5, 0}},
  {"SNDLOWAT", SOL_SOCKET, SO_SNDLOWAT, {5}},
  {"TYPE", SOL_SOCKET, SO_TYPE, {5}},
  {"DOMAIN", SOL_SOCKET, SO_DOMAIN, {5}},
  {"PROTOCOL", SOL_SOCKET, SO_PROTOCOL, {5}},
  {"ERROR", SOL_SOCKET, SO_ERROR, {5}},
  {"ACCEPTCONN", SOL_SOCKET, SO_ACCEPTCONN, {5}},
  {"none", SOL_SOCKET, 999, {5}},
  {"TOS", IPPROTO_IP, IP_TOS, {0x10, 0x13, 0}},
  {"TTL", IPPROTO_IP, IP_TTL, {7, 255, 256, 0, -1}},
  {"MTU_DISCOVER", IPPROTO_IP, IP_MTU_DISCOVER, {0, 2, 9}},
  {"MTU", IPPROTO_IP, IP_MTU, {5}},
  {"RECVERR", IPPROTO_IP, IP_RECVERR, {1, 0}},
  {"none", IPPROTO_IP, 999, {5}},
  {"NODELAY", IPPROTO_TCP, TCP_NODELAY, {1, 9, 0}},
  {"CORK", IPPROTO_TCP, TCP_CORK, {1, 0}},
  {"MAXSEG", IPPROTO_TCP, TCP_MAXSEG, {1000, 10, 40000}},
  {"KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, {10, 0, 40000}},
  {"KEEPINTVL", IPPROTO_TCP, TCP_KEEPINTVL, {10, 0, 40000}},
  {"KEEPCNT", IPPROTO_TCP, TCP_KEEPCNT, {10, 0, 200}},
  {"SYNCNT", IPPROTO_TCP, TCP_SYNCNT, {3, 0, 200}},
  {"LINGER2", IPPROTO_TCP, TCP_LINGER2, {10, 0}},
  {"QUICKACK", IPPROTO_TCP, TCP_QUICKACK, {1}},
  {"USER_TIMEOUT", IPPROTO_TCP, TCP_USER_TIMEOUT, {5000, -1, 0}},
  {"NOTSENT_LOWAT", IPPROTO_TCP, TCP_NOTSENT_LOWAT, {5000, 0}},
  {"none", IPPROTO_TCP, 999, {5}},
  {"ipv6", IPPROTO_IPV6, IPV6_V6ONLY, {1}},
  {"udp", IPPROTO_UDP, 1, {1}},
  {"level", 222, 1, {1}},
  {0}};

static const struct named udp[] = {
  {"REUSEADDR", SOL_SOCKET, SO_REUSEADDR, {1, 0}},
  {"KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, {1}},
  {"BROADCAST", SOL_SOCKET, SO_BROADCAST, {1, 0}},
  {"TYPE", SOL_SOCKET, SO_TYPE, {5}},
  {"PROTOCOL", SOL_SOCKET, SO_PROTOCOL, {5}},
  {"RCVBUF", SOL_SOCKET, SO_RCVBUF, {10000, 1}},
  {"SNDBUF", SOL_SOCKET, SO_SNDBUF, {10000, 1}},
  {"NO_CHECK", SOL_SOCKET, SO_NO_CHECK, {1, 0}},
  {"TIMESTAMP", SOL_SOCKET, SO_TIMESTAMP, {1, 0}},
  {"TOS", IPPROTO_IP, IP_TOS, {0x13, 0}},
  {"TTL", IPPROTO_IP, IP_TTL, {7, 0}},
  {"PKTINFO", IPPROTO_IP, IP_PKTINFO, {1, 0}},
  {"RECVTTL", IPPROTO_IP, IP_RECVTTL, {1, 0}},
  {"RECVTOS", IPPROTO_IP, IP_RECVTOS, {1, 0}},
  {"MULTICAST_LOOP", IPPROTO_IP, IP_MULTICAST_LOOP, {0, 1}},
  {"NODELAY", IPPROTO_TCP, TCP_NODELAY, {1}},
  {0}};

static const struct named six[] = {
  {"V6ONLY", IPPROTO_IPV6, IPV6_V6ONLY, {1, 0}},
  {"UNICAST_HOPS", IPPROTO_IPV6, IPV6_UNICAST_HOPS, {9, 300, -1}},
  {"MULTICAST_HOPS", IPPROTO_IPV6, IPV6_MULTICAST_HOPS, {9, 300, -1}},
  {"MULTICAST_LOOP", IPPROTO_IPV6, IPV6_MULTICAST_LOOP, {0, 2, 1}},
  {"TCLASS", IPPROTO_IPV6, IPV6_TCLASS, {9, 300, -1}},
  {"RECVPKTINFO", IPPROTO_IPV6, IPV6_RECVPKTINFO, {1, 0}},
  {"RECVHOPLIMIT", IPPROTO_IPV6, IPV6_RECVHOPLIMIT, {1, 0}},
  {"RECVTCLASS", IPPROTO_IPV6, IPV6_RECVTCLASS, {1, 0}},
  {"RECVERR", IPPROTO_IPV6, IPV6_RECVERR, {1, 0}},
  {"TOS", IPPROTO_IP, IP_TOS, {0x10}},
  {"DOMAIN", SOL_SOCKET, SO_DOMAIN, {5}},
  {"none", IPPROTO_IPV6, 999, {5}},
  {0}};

static void try(const char *kind, int fd, const struct named *o) {
  for (; o->name; o++) {
    int v = -77, r;
    socklen_t l = sizeof v;
    errno = 0;
    r = getsockopt(fd, o->level, o->option, &v, &l);
    printf("%s %s: %d %d %d size %d\n", kind, o->name, r, r ? errno : 0, r ? 0 : v, l);
    for (int i = 0; i < 6 && (i == 0 || o->values[i] || o->values[i - 1]); i++) {
      errno = 0;
      r = set(fd, o->level, o->option, o->values[i]);
      printf("  set %d: %d %d", o->values[i], r, r ? errno : 0);
      v = -77;
      l = sizeof v;
      r = getsockopt(fd, o->level, o->option, &v, &l);
      printf(" get %d %d\n", r, r ? 0 : v);
    }
  }
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  int t = socket(AF_INET, SOCK_STREAM, 0), u = socket(AF_INET, SOCK_DGRAM, 0), x = socket(AF_INET6, SOCK_DGRAM, 0);
  try("tcp", t, tcp);
  try("udp", u, udp);
  try("six", x, six);
  P("buffer", set(t, SOL_SOCKET, SO_RCVBUF, 10000));
  P("doubled", option(t, SOL_SOCKET, SO_RCVBUF));
  P("mtu of nobody", option(x, IPPROTO_IPV6, IPV6_MTU));
  /* sizes of values */
  char v[64];
  socklen_t l = 2;
  P("short get", getsockopt(t, SOL_SOCKET, SO_TYPE, v, &l)); printf("%d\n", l);
  l = 64;
  P("long get", getsockopt(t, SOL_SOCKET, SO_TYPE, v, &l)); printf("%d\n", l);
  l = -1;
  P("negative get", getsockopt(t, SOL_SOCKET, SO_TYPE, v, &l));
  int one = 1;
  P("short set", setsockopt(t, SOL_SOCKET, SO_REUSEADDR, &one, 2));
  P("short tcp set", setsockopt(t, IPPROTO_TCP, TCP_NODELAY, &one, 2));
  P("byte ip set", setsockopt(t, IPPROTO_IP, IP_TTL, &one, 1));
  P("byte ip get", option(t, IPPROTO_IP, IP_TTL));
  P("no value", setsockopt(t, SOL_SOCKET, SO_REUSEADDR, 0, 4));
  P("bad address", getsockopt(t, SOL_SOCKET, SO_TYPE, 0, &(socklen_t){4}));
  P("not a socket", getsockopt(1, SOL_SOCKET, SO_TYPE, v, &l));
  P("not open", getsockopt(99, SOL_SOCKET, SO_TYPE, v, &l));
  /* structures */
  struct linger g = {1, 5};
  l = sizeof g;
  P("linger", setsockopt(t, SOL_SOCKET, SO_LINGER, &g, sizeof g));
  g.l_onoff = g.l_linger = 0;
  P("linger get", getsockopt(t, SOL_SOCKET, SO_LINGER, &g, &l)); printf("%d %d %d\n", g.l_onoff, g.l_linger, l);
  P("linger short", setsockopt(t, SOL_SOCKET, SO_LINGER, &g, 4));
  struct timeval tv = {3, 250000};
  P("rcvtimeo", setsockopt(t, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
  memset(&tv, 0, sizeof tv);
  l = sizeof tv;
  P("rcvtimeo get", getsockopt(t, SOL_SOCKET, SO_RCVTIMEO, &tv, &l)); printf("%ld %d\n", (long)tv.tv_sec, (int)(tv.tv_usec / 10000));
  tv.tv_usec = 1000000;
  P("rcvtimeo range", setsockopt(t, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
  P("rcvtimeo short", setsockopt(t, SOL_SOCKET, SO_RCVTIMEO, &tv, 4));
  l = sizeof v;
  memset(v, 0, sizeof v);
  P("congestion", setsockopt(t, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
  P("congestion get", getsockopt(t, IPPROTO_TCP, TCP_CONGESTION, v, &l)); printf("%s %d\n", v, l);
  P("congestion unknown", setsockopt(t, IPPROTO_TCP, TCP_CONGESTION, "unheard of", 10));
  P("device", setsockopt(u, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
  l = sizeof v;
  memset(v, 0, sizeof v);
  P("device get", getsockopt(u, SOL_SOCKET, SO_BINDTODEVICE, v, &l)); printf("%s %d\n", v, l);
  P("device unknown", setsockopt(u, SOL_SOCKET, SO_BINDTODEVICE, "nolink", 7));
  P("device none", setsockopt(u, SOL_SOCKET, SO_BINDTODEVICE, "", 0));
  struct { int pid, uid, gid; } c = {9, 9, 9};
  l = sizeof c;
  P("peercred", getsockopt(t, SOL_SOCKET, SO_PEERCRED, &c, &l)); printf("%d %d %d\n", c.pid, c.uid, c.gid);
  /* what a connection knows */
  int s[2];
  tcp_pair(s);
  struct tcp_info i;
  memset(&i, 0, sizeof i);
  write(s[0], b, 5000);
  recv(s[1], b, 5000, MSG_WAITALL);
  usleep(50000);
  l = sizeof i;
  P("info", getsockopt(s[0], IPPROTO_TCP, TCP_INFO, &i, &l));
  printf("state %d unacked %d retrans %d rtt %d cwnd %d mss %d options %d\n", i.tcpi_state, i.tcpi_unacked, i.tcpi_total_retrans, i.tcpi_rtt > 0, i.tcpi_snd_cwnd > 3, i.tcpi_snd_mss > 500, i.tcpi_options & 7);
  l = 8;
  P("info short", getsockopt(s[0], IPPROTO_TCP, TCP_INFO, &i, &l)); printf("%d\n", l);
  P("mss", option(s[0], IPPROTO_TCP, TCP_MAXSEG) > 10000);
  P("mtu", option(s[0], IPPROTO_IP, IP_MTU) > 10000);
  P("peer's buffer", option(s[1], SOL_SOCKET, SO_RCVBUF) >= 65536);
  /* what accepted ones inherit */
  int a = listener(AF_INET, 3);
  set(a, IPPROTO_TCP, TCP_NODELAY, 1);
  set(a, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(a, IPPROTO_TCP, TCP_KEEPIDLE, 33);
  set(a, SOL_SOCKET, SO_PRIORITY, 4);
  tv.tv_sec = 2; tv.tv_usec = 0;
  setsockopt(a, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
  int k = socket(AF_INET, SOCK_STREAM, 0);
  to(k, AF_INET, port(a));
  int got = accept(a, 0, 0);
  P("nodelay", option(got, IPPROTO_TCP, TCP_NODELAY));
  P("keepalive", option(got, SOL_SOCKET, SO_KEEPALIVE));
  P("keepidle", option(got, IPPROTO_TCP, TCP_KEEPIDLE));
  P("priority", option(got, SOL_SOCKET, SO_PRIORITY));
  l = sizeof tv;
  P("timeout", getsockopt(got, SOL_SOCKET, SO_RCVTIMEO, &tv, &l)); printf("%ld\n", (long)tv.tv_sec);
  P("reuseaddr", option(got, SOL_SOCKET, SO_REUSEADDR));
  return 0;
}
