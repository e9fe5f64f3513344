/* Options of sockets. */
#include "calls.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static int unix_, tcp, udp, udp6;

static int value, on = 1, zero;
static socklen_t n;

/* An option that is a number, -1 where it cannot be had. */
static int option(int fd, int level, int name) {
  value = -1;
  n = sizeof value;
  return getsockopt(fd, level, name, &value, &n) ? -1 : value;
}

/* An option set to a number, then what it is. */
static int changed(int fd, int level, int name, int to) {
  return setsockopt(fd, level, name, &to, sizeof to) ? -1 : option(fd, level, name);
}

static void getting(void) {
  n = sizeof value;
  CALL(getsockopt, "SO_TYPE", udp, SOL_SOCKET, SO_TYPE, &value, &n);
  EFFECT(getsockopt, "SO_TYPE: datagrams", value);
  EFFECT(getsockopt, "SO_TYPE: length", n);
  n = 2;
  value = -1;
  CALL(getsockopt, "with room for a part", udp, SOL_SOCKET, SO_TYPE, &value, &n);
  EFFECT(getsockopt, "with room for a part: the rest is left", value >> 16);
  EFFECT(getsockopt, "with room for a part: length", n);
  n = -1;
  CALL(getsockopt, "with room of a negative length", udp, SOL_SOCKET, SO_TYPE, &value, &n);
  n = sizeof value;
  CALL(getsockopt, "with room that is nowhere", udp, SOL_SOCKET, SO_TYPE, 8L, &n);
  CALL(getsockopt, "with a length that is nowhere", udp, SOL_SOCKET, SO_TYPE, &value, 8L);
  CALL(getsockopt, "of an option that is not known", udp, SOL_SOCKET, 9999, &value, &n);
  CALL(getsockopt, "of a level that is not known", udp, 9999, 1, &value, &n);
  CALL(getsockopt, "of a level of another protocol", udp, IPPROTO_TCP, TCP_NODELAY, &value, &n);
  CALL(getsockopt, "of a level that UNIX sockets have not", unix_, IPPROTO_IP, 1, &value, &n);
  CALL(getsockopt, "of TCP's that is not known", tcp, IPPROTO_TCP, 9999, &value, &n);
  CALL(getsockopt, "of a file", 0, SOL_SOCKET, SO_TYPE, &value, &n);
  CALL(getsockopt, "of a closed descriptor", -1, SOL_SOCKET, SO_TYPE, &value, &n);
  EFFECT(getsockopt, "SO_DOMAIN", option(udp6, SOL_SOCKET, SO_DOMAIN));
  EFFECT(getsockopt, "SO_PROTOCOL", option(tcp, SOL_SOCKET, SO_PROTOCOL));
  EFFECT(getsockopt, "SO_ACCEPTCONN", option(tcp, SOL_SOCKET, SO_ACCEPTCONN));
  EFFECT(getsockopt, "SO_ERROR of none", option(tcp, SOL_SOCKET, SO_ERROR));
  EFFECT(getsockopt, "SO_KEEPALIVE at first", option(tcp, SOL_SOCKET, SO_KEEPALIVE));
  EFFECT(getsockopt, "IP_TTL at first", option(udp, IPPROTO_IP, IP_TTL));
  EFFECT(getsockopt, "IPV6_V6ONLY at first", option(udp6, IPPROTO_IPV6, IPV6_V6ONLY));
  EFFECT(getsockopt, "IP_MTU without a peer", option(udp, IPPROTO_IP, IP_MTU));
  EFFECT(getsockopt, "TCP_NODELAY at first", option(tcp, IPPROTO_TCP, TCP_NODELAY));
  struct linger linger = {-1, -1};
  n = sizeof linger;
  CALL(getsockopt, "SO_LINGER", tcp, SOL_SOCKET, SO_LINGER, &linger, &n);
  EFFECT(getsockopt, "SO_LINGER: off", linger.l_onoff * 100 + linger.l_linger);
  int p[2];
  struct ucred peer;
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  n = sizeof peer;
  CALL(getsockopt, "SO_PEERCRED", p[0], SOL_SOCKET, SO_PEERCRED, &peer, &n);
  EFFECT(getsockopt, "SO_PEERCRED: who", peer.pid == getpid() && peer.uid == getuid());
  n = sizeof peer;
  getsockopt(unix_, SOL_SOCKET, SO_PEERCRED, &peer, &n);
  EFFECT(getsockopt, "SO_PEERCRED of nobody", peer.pid == 0 && peer.uid == (uid_t)-1);
  write(p[1], "x", 1);
  close(p[0]);
  EFFECT(getsockopt, "SO_ERROR after a reset", option(p[1], SOL_SOCKET, SO_ERROR));
  EFFECT(getsockopt, "SO_ERROR is told once", option(p[1], SOL_SOCKET, SO_ERROR));
  close(p[1]);
}

static void errors(void) {
  CALL(setsockopt, "of an option that is not known", tcp, SOL_SOCKET, 9999, &on, 4);
  CALL(setsockopt, "of a level that is not known", tcp, 9999, 1, &on, 4);
  CALL(setsockopt, "of a level of another protocol", udp, IPPROTO_TCP, TCP_NODELAY, &on, 4);
  CALL(setsockopt, "of a level that UNIX sockets have not", unix_, IPPROTO_IP, IP_TTL, &on, 4);
  CALL(setsockopt, "of a value that is cut short", tcp, SOL_SOCKET, SO_REUSEADDR, &on, 3);
  CALL(setsockopt, "of a value of a negative length", tcp, SOL_SOCKET, SO_REUSEADDR, &on, -1);
  CALL(setsockopt, "of a value that is nowhere", tcp, SOL_SOCKET, SO_REUSEADDR, 8L, 4);
  CALL(setsockopt, "of what can only be had", tcp, SOL_SOCKET, SO_TYPE, &on, 4);
  CALL(setsockopt, "SO_ACCEPTCONN", tcp, SOL_SOCKET, SO_ACCEPTCONN, &on, 4);
  CALL(setsockopt, "SO_ERROR", tcp, SOL_SOCKET, SO_ERROR, &on, 4);
  CALL(setsockopt, "of a file", 0, SOL_SOCKET, SO_REUSEADDR, &on, 4);
  CALL(setsockopt, "of a closed descriptor", -1, SOL_SOCKET, SO_REUSEADDR, &on, 4);
  struct linger linger = {1, 7};
  CALL(setsockopt, "SO_LINGER that is cut short", tcp, SOL_SOCKET, SO_LINGER, &linger, 4);
  int high = 256, ttl = 0;
  CALL(setsockopt, "IP_TTL of more than a byte", udp, IPPROTO_IP, IP_TTL, &high, 4);
  CALL(setsockopt, "IP_TTL of zero", udp, IPPROTO_IP, IP_TTL, &ttl, 4);
  CALL(setsockopt, "TCP_NODELAY that is cut short", tcp, IPPROTO_TCP, TCP_NODELAY, &on, 1);
  CALL(setsockopt, "TCP_KEEPIDLE of zero", tcp, IPPROTO_TCP, TCP_KEEPIDLE, &zero, 4);
  CALL(setsockopt, "TCP_CONGESTION of none", tcp, IPPROTO_TCP, TCP_CONGESTION, "nonsense", 8);
  CALL(setsockopt, "SO_BINDTODEVICE of none", udp, SOL_SOCKET, SO_BINDTODEVICE, "no0", 4);
  IN_CHILD(become(1234); high = 7;
           CALL(setsockopt, "SO_PRIORITY by a user", udp, SOL_SOCKET, SO_PRIORITY, &high, 4);
           CALL(setsockopt, "SO_SNDBUFFORCE by a user", udp, SOL_SOCKET, SO_SNDBUFFORCE, &high, 4);
           CALL(setsockopt, "SO_DEBUG by a user", udp, SOL_SOCKET, SO_DEBUG, &on, 4));
}

static void setting(void) {
  CALL(setsockopt, "SO_REUSEADDR", tcp, SOL_SOCKET, SO_REUSEADDR, &on, 4);
  EFFECT(setsockopt, "SO_REUSEADDR is set", option(tcp, SOL_SOCKET, SO_REUSEADDR));
  EFFECT(setsockopt, "SO_KEEPALIVE to any number", changed(tcp, SOL_SOCKET, SO_KEEPALIVE, 77));
  EFFECT(setsockopt, "SO_BROADCAST", changed(udp, SOL_SOCKET, SO_BROADCAST, 1));
  EFFECT(setsockopt, "SO_OOBINLINE", changed(tcp, SOL_SOCKET, SO_OOBINLINE, 1));
  EFFECT(setsockopt, "SO_PASSCRED", changed(unix_, SOL_SOCKET, SO_PASSCRED, 1));
  EFFECT(setsockopt, "SO_SNDBUF counts twice", changed(udp, SOL_SOCKET, SO_SNDBUF, 10000));
  EFFECT(setsockopt, "SO_RCVBUF counts twice", changed(udp, SOL_SOCKET, SO_RCVBUF, 10000));
  EFFECT(setsockopt, "SO_SNDBUF of the least", changed(udp, SOL_SOCKET, SO_SNDBUF, 1));
  EFFECT(setsockopt, "SO_RCVBUF of the least", changed(udp, SOL_SOCKET, SO_RCVBUF, 1));
  EFFECT(setsockopt, "SO_RCVLOWAT of zero", changed(tcp, SOL_SOCKET, SO_RCVLOWAT, 0));
  EFFECT(setsockopt, "SO_RCVLOWAT", changed(tcp, SOL_SOCKET, SO_RCVLOWAT, 10));
  EFFECT(setsockopt, "SO_PRIORITY", changed(udp, SOL_SOCKET, SO_PRIORITY, 5));
  struct linger linger = {5, 7}, got = {0, 0};
  CALL(setsockopt, "SO_LINGER", tcp, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  n = sizeof got;
  getsockopt(tcp, SOL_SOCKET, SO_LINGER, &got, &n);
  EFFECT(setsockopt, "SO_LINGER is set", got.l_onoff * 100 + got.l_linger);
  EFFECT(setsockopt, "IP_TTL", changed(udp, IPPROTO_IP, IP_TTL, 5));
  EFFECT(setsockopt, "IP_TTL of the default", changed(udp, IPPROTO_IP, IP_TTL, -1));
  EFFECT(setsockopt, "IP_TOS of UDP", changed(udp, IPPROTO_IP, IP_TOS, 0x13));
  EFFECT(setsockopt, "IP_TOS of TCP keeps two bits", changed(tcp, IPPROTO_IP, IP_TOS, 0x13));
  EFFECT(setsockopt, "IP_RECVTTL", changed(udp, IPPROTO_IP, IP_RECVTTL, 3));
  EFFECT(setsockopt, "IPV6_V6ONLY", changed(udp6, IPPROTO_IPV6, IPV6_V6ONLY, 1));
  EFFECT(setsockopt, "IPV6_UNICAST_HOPS", changed(udp6, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9));
  EFFECT(setsockopt, "TCP_NODELAY", changed(tcp, IPPROTO_TCP, TCP_NODELAY, 9));
  EFFECT(setsockopt, "TCP_KEEPCNT", changed(tcp, IPPROTO_TCP, TCP_KEEPCNT, 3));
  EFFECT(setsockopt, "TCP_USER_TIMEOUT", changed(tcp, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000));
  CALL(setsockopt, "SO_BINDTODEVICE", udp, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
  char name[16] = "";
  n = sizeof name;
  getsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, name, &n);
  EFFECT(setsockopt, "SO_BINDTODEVICE is set", strcmp(name, "lo") == 0 && n == 3);
}

/* Times are of two longs; since Linux 5.1 i386 has options for longer ones. */
static void times(void) {
  struct timeval time = {3, 500000}, wrong = {0, 1000000}, negative = {-5, 0}, got = {-1, -1};
  CALL(setsockopt, "SO_RCVTIMEO", udp, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  n = sizeof got;
  CALL(getsockopt, "SO_RCVTIMEO", udp, SOL_SOCKET, SO_RCVTIMEO, &got, &n);
  EFFECT(getsockopt, "SO_RCVTIMEO: seconds", got.tv_sec);
  EFFECT(getsockopt, "SO_RCVTIMEO: microseconds", got.tv_usec);
  EFFECT(getsockopt, "SO_RCVTIMEO: length", n == sizeof got);
  CALL(setsockopt, "SO_SNDTIMEO of a second in microseconds", udp, SOL_SOCKET, SO_SNDTIMEO, &wrong,
       sizeof wrong);
  CALL(setsockopt, "SO_SNDTIMEO that is cut short", udp, SOL_SOCKET, SO_SNDTIMEO, &time, 4);
  CALL(setsockopt, "SO_SNDTIMEO of less than zero", udp, SOL_SOCKET, SO_SNDTIMEO, &negative,
       sizeof negative);
  n = sizeof got;
  CALL(getsockopt, "SO_SNDTIMEO", udp, SOL_SOCKET, SO_SNDTIMEO, &got, &n);
  EFFECT(getsockopt, "SO_SNDTIMEO of less than zero: none", got.tv_sec + got.tv_usec);
}

int main(void) {
  begin();
  unix_ = socket(AF_UNIX, SOCK_STREAM, 0);
  tcp = socket(AF_INET, SOCK_STREAM, 0);
  udp = socket(AF_INET, SOCK_DGRAM, 0);
  udp6 = socket(AF_INET6, SOCK_DGRAM, 0);
  getting();
  errors();
  setting();
  times();
  return 0;
}
