/* Interfaces and addresses: getifaddrs(3), rtnetlink(7), netdevice(7). Only lo is looked at. */
#include "inet.h"
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netdb.h>

static void libc(void) {
  struct ifaddrs *all, *i;
  char text[64];
  P("getifaddrs", getifaddrs(&all));
  for (i = all; i; i = i->ifa_next) {
    if (strcmp(i->ifa_name, "lo")) continue;
    int f = i->ifa_addr ? i->ifa_addr->sa_family : -1;
    printf("%s family %d flags %x", i->ifa_name, f, i->ifa_flags);
    if (f == AF_INET) {
      printf(" %s", inet_ntop(f, &((struct sockaddr_in *)i->ifa_addr)->sin_addr, text, 64));
      printf(" %s", inet_ntop(f, &((struct sockaddr_in *)i->ifa_netmask)->sin_addr, text, 64));
    }
    if (f == AF_INET6) {
      struct sockaddr_in6 *s = (void *)i->ifa_addr;
      printf(" %s scope %d", inet_ntop(f, &s->sin6_addr, text, 64), s->sin6_scope_id);
      printf(" %s", inet_ntop(f, &((struct sockaddr_in6 *)i->ifa_netmask)->sin6_addr, text, 64));
    }
    printf("\n");
  }
  freeifaddrs(all);
  P("index", if_nametoindex("lo"));
  P("no index", if_nametoindex("nolink"));
  printf("name %s\n", if_indextoname(1, text) ? text : "none");
  P("no name", if_indextoname(4711, text) != 0);
  struct if_nameindex *n = if_nameindex(), *m;
  for (m = n; m && m->if_index; m++) if (m->if_index == 1) printf("%d %s\n", m->if_index, m->if_name);
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *r;
  P("getaddrinfo", getaddrinfo("127.0.0.1", "80", &hints, &r));
  P("getaddrinfo", getaddrinfo("::1", "80", &hints, &r));
}

static void requests(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq r;
  char text[64];
  memset(&r, 0, sizeof r);
  strcpy(r.ifr_name, "lo");
  P("flags", ioctl(s, SIOCGIFFLAGS, &r)); printf("%x\n", r.ifr_flags & 0xffff);
  P("address", ioctl(s, SIOCGIFADDR, &r)); printf("%s\n", inet_ntoa(((struct sockaddr_in *)&r.ifr_addr)->sin_addr));
  P("netmask", ioctl(s, SIOCGIFNETMASK, &r)); printf("%s\n", inet_ntoa(((struct sockaddr_in *)&r.ifr_addr)->sin_addr));
  P("broadcast", ioctl(s, SIOCGIFBRDADDR, &r)); printf("%s\n", inet_ntoa(((struct sockaddr_in *)&r.ifr_addr)->sin_addr));
  P("destination", ioctl(s, SIOCGIFDSTADDR, &r)); printf("%s\n", inet_ntoa(((struct sockaddr_in *)&r.ifr_addr)->sin_addr));
  P("index", ioctl(s, SIOCGIFINDEX, &r)); printf("%d\n", r.ifr_ifindex);
  P("metric", ioctl(s, SIOCGIFMETRIC, &r)); printf("%d\n", r.ifr_metric);
  P("queue", ioctl(s, SIOCGIFTXQLEN, &r)); printf("%d\n", r.ifr_qlen);
  P("hardware", ioctl(s, SIOCGIFHWADDR, &r)); printf("%d %d\n", r.ifr_hwaddr.sa_family, r.ifr_hwaddr.sa_data[0]);
  P("mtu", ioctl(s, SIOCGIFMTU, &r)); printf("%d\n", r.ifr_mtu > 60000);
  r.ifr_ifindex = 1;
  P("name", ioctl(s, SIOCGIFNAME, &r)); printf("%s\n", r.ifr_name);
  r.ifr_ifindex = 4711;
  P("no name", ioctl(s, SIOCGIFNAME, &r));
  strcpy(r.ifr_name, "nolink");
  P("no link", ioctl(s, SIOCGIFFLAGS, &r));
  P("no link", ioctl(s, SIOCGIFADDR, &r));
  struct ifconf c = {0};
  P("size", ioctl(s, SIOCGIFCONF, &c)); printf("%d\n", c.ifc_len >= (int)sizeof r && c.ifc_len % sizeof r == 0);
  c.ifc_buf = b; c.ifc_len = 4096;
  P("configuration", ioctl(s, SIOCGIFCONF, &c));
  for (int i = 0; i < c.ifc_len / (int)sizeof r; i++) {
    if (!strcmp(c.ifc_req[i].ifr_name, "lo")) printf("%s %s\n", c.ifc_req[i].ifr_name, inet_ntoa(((struct sockaddr_in *)&c.ifc_req[i].ifr_addr)->sin_addr));
  }
  c.ifc_len = sizeof r - 1;
  P("no room", ioctl(s, SIOCGIFCONF, &c)); printf("%d\n", c.ifc_len);
  strcpy(r.ifr_name, "lo");
  P("of a unix socket", ioctl(socket(AF_UNIX, SOCK_STREAM, 0), SIOCGIFINDEX, &r)); printf("%d\n", r.ifr_ifindex);
}

static void show_messages(int s, int wanted) {
  int n, done = 0;
  while (!done && (n = recv(s, b, 32768, 0)) > 0) {
    for (struct nlmsghdr *h = (void *)b; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      if (h->nlmsg_type == NLMSG_DONE) { printf("done seq %d\n", h->nlmsg_seq); done = 1; break; }
      if (h->nlmsg_type == NLMSG_ERROR) { printf("error %d seq %d about %d\n", *(int *)NLMSG_DATA(h), h->nlmsg_seq, ((struct nlmsgerr *)NLMSG_DATA(h))->msg.nlmsg_type); done = 1; break; }
      if (h->nlmsg_type == RTM_NEWLINK) {
        struct ifinfomsg *i = NLMSG_DATA(h);
        if (i->ifi_index != 1) continue;
        int l = IFLA_PAYLOAD(h);
        printf("link %d type %d flags %x multi %d", i->ifi_index, i->ifi_type, i->ifi_flags, h->nlmsg_flags & 2);
        for (struct rtattr *a = IFLA_RTA(i); RTA_OK(a, l); a = RTA_NEXT(a, l)) {
          if (a->rta_type == IFLA_IFNAME) printf(" name %s", (char *)RTA_DATA(a));
          if (a->rta_type == IFLA_TXQLEN) printf(" queue %d", *(int *)RTA_DATA(a));
          if (a->rta_type == IFLA_ADDRESS) printf(" address %d", (int)RTA_PAYLOAD(a));
          if (a->rta_type == IFLA_QDISC) printf(" %s", (char *)RTA_DATA(a));
        }
        printf("\n");
        if (!(h->nlmsg_flags & NLM_F_MULTI)) done = 1;
      }
      if (h->nlmsg_type == RTM_NEWADDR) {
        struct ifaddrmsg *i = NLMSG_DATA(h);
        if (i->ifa_index != 1) continue;
        int l = IFA_PAYLOAD(h);
        char text[64];
        printf("address family %d length %d scope %d flags %x", i->ifa_family, i->ifa_prefixlen, i->ifa_scope, i->ifa_flags);
        for (struct rtattr *a = IFA_RTA(i); RTA_OK(a, l); a = RTA_NEXT(a, l)) {
          if (a->rta_type == IFA_ADDRESS) printf(" address %s", inet_ntop(i->ifa_family, RTA_DATA(a), text, 64));
          if (a->rta_type == IFA_LOCAL) printf(" local %s", inet_ntop(i->ifa_family, RTA_DATA(a), text, 64));
          if (a->rta_type == IFA_LABEL) printf(" label %s", (char *)RTA_DATA(a));
        }
        printf("\n");
      }
      if (h->nlmsg_type == RTM_NEWROUTE && wanted == RTM_GETROUTE && !(h->nlmsg_flags & NLM_F_MULTI)) {
        struct rtmsg *i = NLMSG_DATA(h);
        printf("route length %d table %d type %d\n", i->rtm_dst_len, i->rtm_table, i->rtm_type);
        done = 1;
      }
    }
  }
}

static void ask(int s, int type, int flags, int seq, int size, int family, int index) {
  struct { struct nlmsghdr h; char body[64]; } q;
  memset(&q, 0, sizeof q);
  q.h.nlmsg_len = NLMSG_LENGTH(size);
  q.h.nlmsg_type = type;
  q.h.nlmsg_flags = NLM_F_REQUEST | flags;
  q.h.nlmsg_seq = seq;
  q.body[0] = family;
  memcpy(q.body + 4, &index, 4);
  P("ask", send(s, &q, q.h.nlmsg_len, 0));
  show_messages(s, type);
}

static void netlink(void) {
  int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), t = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE);
  struct sockaddr_nl a = {.nl_family = AF_NETLINK}, r;
  socklen_t l = sizeof r;
  P("stream", socket(AF_NETLINK, SOCK_STREAM, 0));
  P("protocol", socket(AF_NETLINK, SOCK_RAW, 77));
  P("short", bind(s, (void *)&a, 8));
  a.nl_family = AF_INET;
  P("family", bind(s, (void *)&a, sizeof a));
  a.nl_family = AF_NETLINK;
  P("bind", bind(s, (void *)&a, sizeof a));
  P("bind again", bind(s, (void *)&a, sizeof a));
  getsockname(s, (void *)&r, &l);
  printf("own %d size %d port is pid %d\n", r.nl_family, l, r.nl_pid == getpid());
  P("bind other", bind(t, (void *)&a, sizeof a));
  getsockname(t, (void *)&r, &l);
  printf("other port %d\n", (int)r.nl_pid < 0);
  P("taken", bind(socket(AF_NETLINK, SOCK_RAW, 0), (void *)&r, sizeof r));
  P("type", option(s, SOL_SOCKET, SO_TYPE));
  P("listen", listen(s, 1));
  events("quiet", s);
  P("nothing", recv(s, b, 10, MSG_DONTWAIT));
  ask(s, RTM_GETLINK, NLM_F_DUMP, 5, 16, AF_UNSPEC, 0);
  ask(s, RTM_GETADDR, NLM_F_DUMP, 6, 8, AF_UNSPEC, 0);
  ask(s, RTM_GETADDR, NLM_F_DUMP, 7, 8, AF_INET6, 0);
  ask(s, RTM_GETLINK, 0, 8, 16, AF_UNSPEC, 1);
  ask(s, RTM_GETLINK, 0, 9, 16, AF_UNSPEC, 4711);
  ask(s, RTM_GETROUTE, NLM_F_DUMP, 10, 12, AF_INET, 0);
  struct { struct nlmsghdr h; struct rtmsg m; struct rtattr at; unsigned char to[4]; } q = {
    {sizeof q, RTM_GETROUTE, NLM_F_REQUEST, 11}, {.rtm_family = AF_INET, .rtm_dst_len = 32}, {8, RTA_DST}, {127, 0, 0, 1}};
  P("route", send(s, &q, sizeof q, 0));
  show_messages(s, RTM_GETROUTE);
  /* lengths */
  struct { struct nlmsghdr h; struct ifinfomsg m; } g = {{sizeof g, RTM_GETLINK, NLM_F_REQUEST, 12}, {.ifi_index = 1}};
  send(s, &g, sizeof g, 0);
  int whole = recv(s, b, 0, MSG_PEEK | MSG_TRUNC);
  printf("peek %d\n", whole > 100);
  P("short", recv(s, b, 16, 0));
  P("gone", recv(s, b, 16, MSG_DONTWAIT));
  send(s, &g, sizeof g, 0);
  struct iovec v = {b, 32768};
  struct msghdr m = {.msg_name = &r, .msg_namelen = sizeof r, .msg_iov = &v, .msg_iovlen = 1};
  P("whole", recvmsg(s, &m, 0) == whole);
  printf("from %d port %d size %d flags %x\n", r.nl_family, r.nl_pid, m.msg_namelen, m.msg_flags);
  r.nl_pid = 12345;
  P("to nobody", sendto(s, &g, sizeof g, 0, (void *)&r, sizeof r));
  if (fork() == 0) { setuid(65534); ask(s, RTM_NEWADDR, NLM_F_ACK, 13, 8, AF_INET, 1); _exit(0); }
  wait(0);
}

/* /sys/class/net. */
static void files(void) {
  const char *names[] = {"addr_assign_type", "addr_len", "address", "broadcast", "carrier", "dev_id", "dev_port", "dormant", "duplex",
                         "flags", "ifalias", "ifindex", "iflink", "link_mode", "name_assign_type", "operstate", "speed",
                         "tx_queue_len", "type", "uevent", "statistics/rx_errors", "none"};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
    char path[100], text[100] = "";
    snprintf(path, sizeof path, "/sys/class/net/lo/%s", names[i]);
    int f = open(path, O_RDONLY), n = f < 0 ? -1 : (int)read(f, text, 99);
    printf("%s: %d %d %s\n", names[i], n, n < 0 ? errno : 0, text);
    if (f >= 0) close(f);
  }
  char target[100] = "";
  P("link", readlink("/sys/class/net/lo", target, 99));
  printf("%s\n", target);
  P("no such interface", open("/sys/class/net/none", O_RDONLY));
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  files();
  libc();
  requests();
  netlink();
  return 0;
}
