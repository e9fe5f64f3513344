/* UDP-Lite sockets on loopback (udplite(7)): what the checksum covers, and what is not received. */
#include "inet.h"

#define SEND 10
#define RECEIVE 11

static int lite(int family) {
  int s = socket(family, SOCK_DGRAM, IPPROTO_UDPLITE);
  struct sockaddr_in a = v4("127.0.0.1", 0);
  struct sockaddr_in6 a6 = v6("::1", 0);
  if (family == AF_INET ? bind(s, (void *)&a, sizeof a) : bind(s, (void *)&a6, sizeof a6)) perror("bind");
  return s;
}

static void options(void) {
  int s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE), u = socket(AF_INET, SOCK_DGRAM, 0);
  static const int values[] = {20, 0, 1, 8, 65535, 65536, -1};
  P("protocol", option(s, SOL_SOCKET, SO_PROTOCOL));
  P("type", option(s, SOL_SOCKET, SO_TYPE));
  P("stream", socket(AF_INET, SOCK_STREAM, IPPROTO_UDPLITE));
  P("initially", option(s, IPPROTO_UDPLITE, SEND));
  P("initially", option(s, IPPROTO_UDPLITE, RECEIVE));
  for (int i = 0; i < 7; i++) {
    P("set", set(s, IPPROTO_UDPLITE, SEND, values[i]));
    P("send", option(s, IPPROTO_UDPLITE, SEND));
    P("set", set(s, IPPROTO_UDPLITE, RECEIVE, values[i]));
    P("receive", option(s, IPPROTO_UDPLITE, RECEIVE));
  }
  P("level of UDP", set(s, IPPROTO_UDP, SEND, 12));
  P("level of UDP", option(s, IPPROTO_UDP, SEND));
  P("other", option(s, IPPROTO_UDPLITE, 12));
  P("set other", set(s, IPPROTO_UDPLITE, 12, 1));
  P("short", setsockopt(s, IPPROTO_UDPLITE, SEND, b, 2));
  P("UDP", set(u, IPPROTO_UDP, SEND, 12));
  P("UDP", option(u, IPPROTO_UDP, SEND));
  close(s), close(u);
}

/* Sends a datagram with that coverage (-1: none was set) to one that asks for another. */
static void covered(int family, int sent, int wanted, int size) {
  int s = lite(family), r = lite(family);
  char name[100];
  if (sent >= 0) set(s, IPPROTO_UDPLITE, SEND, sent);
  if (wanted >= 0) set(r, IPPROTO_UDPLITE, RECEIVE, wanted);
  if (to(s, family, port(r))) perror("connect");
  snprintf(name, sizeof name, "family %d coverage %d for %d, %d bytes", family, sent, wanted, size);
  memset(b, 'x', size);
  P(name, send(s, b, size, 0));
  struct pollfd p = {r, POLLIN, 0};
  poll(&p, 1, 50);
  b[0] = 0;
  P(name, recv(r, b, sizeof b, MSG_DONTWAIT));
  printf("%c\n", b[0] ? b[0] : '-');
  close(s), close(r);
}

/* The header and what a raw socket sees of it. */
static void header(int coverage, int size) {
  int s = lite(AF_INET), r = lite(AF_INET), raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDPLITE);
  if (raw < 0) return;
  if (coverage >= 0) set(s, IPPROTO_UDPLITE, SEND, coverage);
  to(s, AF_INET, port(r));
  memset(b, 'y', size);
  send(s, b, size, 0);
  int n = recv(raw, b, sizeof b, 0);
  unsigned char *h = (void *)(b + 20);
  printf("raw %d protocol %d ports %d %d field %d\n", n, b[9] & 255, (h[0] << 8 | h[1]) == port(s), (h[2] << 8 | h[3]) == port(r),
         h[4] << 8 | h[5]);
  unsigned sum = 0, length = n - 20, cover = h[4] << 8 | h[5];
  for (int i = 0; i < 8; i += 2) sum += (b[12 + i] & 255) << 8 | (b[13 + i] & 255);
  sum += IPPROTO_UDPLITE + length;
  if (!cover) cover = length;
  for (unsigned i = 0; i < cover; i++) sum += i & 1 ? h[i] : h[i] << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  printf("checksum %x\n", sum);
  close(s), close(r), close(raw);
}

static void ports(void) {
  int s = lite(AF_INET), u = socket(AF_INET, SOCK_DGRAM, 0), t = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
  struct sockaddr_in a = v4("127.0.0.1", port(s));
  P("the same port of UDP", bind(u, (void *)&a, sizeof a));
  P("and of UDP-Lite", bind(t, (void *)&a, sizeof a));
  P("refused", to(t, AF_INET, 1));
  P("send", send(t, "x", 1, 0));
  after("refused", t, POLLERR);
  P("recv", recv(t, b, 1, 0));
  close(s), close(u), close(t);
}

static void from(void) {
  int s = lite(AF_INET6), r = lite(AF_INET6);
  struct sockaddr_in6 a = v6("::1", port(r));
  struct sockaddr_storage f;
  socklen_t l = sizeof f;
  P("sendto", sendto(s, "hello", 5, 0, (void *)&a, sizeof a));
  int n = recvfrom(r, b, sizeof b, 0, (void *)&f, &l);
  show("from", n, &f, l);
  P("truncated", sendto(s, "hello", 5, 0, (void *)&a, sizeof a));
  P("trunc", recv(r, b, 2, MSG_TRUNC));
  P("too long", sendto(s, b, 65530, 0, (void *)&a, sizeof a));
  P("long", sendto(s, b, 60000, 0, (void *)&a, sizeof a));
  P("long", recv(r, b, sizeof b, 0));
  P("empty", sendto(s, b, 0, 0, (void *)&a, sizeof a));
  P("empty", recv(r, b, sizeof b, 0));
  close(s), close(r);
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  options();
  static const int coverages[] = {-1, 0, 8, 20, 100};
  for (int i = 0; i < 5; i++)
    for (int k = 0; k < 5; k++) {
      covered(AF_INET, coverages[i], coverages[k], 30);
      covered(AF_INET6, coverages[i], coverages[k], 30);
    }
  header(-1, 11), header(0, 11), header(8, 11), header(12, 11), header(19, 11), header(100, 11);
  ports();
  from();
  return 0;
}
