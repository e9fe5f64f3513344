/* Giving sockets names, and connecting them. */
#include "calls.h"
#include "addresses.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

static void binding(void) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un a = path("bound"), deep = path("none/bound"), abstract = {AF_UNIX};
  struct sockaddr_in wrong = {AF_INET};
  struct stat s;
  CALL(bind, "to a path", fd, &a, sizeof a);
  stat("bound", &s);
  EFFECT(bind, "to a path: mode", s.st_mode);
  CALL(bind, "to a path that is there", other, &a, sizeof a);
  CALL(bind, "a second time", fd, &deep, sizeof deep);
  CALL(bind, "to a path in no directory", other, &deep, sizeof deep);
  CALL(bind, "to an address of another family", other, &wrong, sizeof wrong);
  CALL(bind, "to an address of one byte", other, &a, 1);
  CALL(bind, "to an address that is too long", other, &a, sizeof a + 1);
  CALL(bind, "to an address of a negative length", other, &a, -1);
  CALL(bind, "to an address that is nowhere", other, 8L, sizeof a);
  IN_CHILD(become(1234); a = path("by a user");
           CALL(bind, "in a directory of another's", other, &a, sizeof a));
  sprintf(abstract.sun_path + 1, "rookery%d", getpid());
  socklen_t length = PATH + 1 + strlen(abstract.sun_path + 1);
  CALL(bind, "to an abstract name", other, &abstract, length);
  close(fd);
  fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  CALL(bind, "to an abstract name that another type has", fd, &abstract, length);
  close(fd);
  fd = socket(AF_UNIX, SOCK_STREAM, 0);
  CALL(bind, "to an abstract name that is taken", fd, &abstract, length);
  CALL(bind, "to the same name but longer", fd, &abstract, length + 1);
  CALL(bind, "to any name when it has one", fd, &abstract, sizeof abstract.sun_family);
  CALL(bind, "to an abstract name when it has one", fd, &abstract, length + 2);
  a = path("second");
  CALL(bind, "to a path when it has a name", fd, &a, sizeof a);
  EFFECT(bind, "to a path when it has a name: nothing is left", access("second", F_OK));
  close(fd);
  close(other);
  fd = socket(AF_UNIX, SOCK_STREAM, 0);
  CALL(bind, "to an abstract name that is free again", fd, &abstract, length);
  close(fd);

  int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET6, SOCK_DGRAM, 0);
  struct sockaddr_in in = loopback(0), far = loopback(0), low = loopback(1);
  struct sockaddr_in6 in6 = loopback6(0);
  far.sin_addr.s_addr = htonl(0xc0000201);
  CALL(bind, "to an address of another host", tcp, &far, sizeof far);
  CALL(bind, "to an address of IPv4 cut short", tcp, &in, 15);
  CALL(bind, "over IPv4 to the family of IPv6", tcp, &in6, sizeof in6);
  IN_CHILD(become(1234); CALL(bind, "to a low port by a user", tcp, &low, sizeof low));
  CALL(bind, "to any port", tcp, &in, sizeof in);
  EFFECT(bind, "to any port: one is chosen", port(tcp) > 1023);
  CALL(bind, "over IPv4 a second time", tcp, &in, sizeof in);
  in = loopback(port(tcp));
  fd = socket(AF_INET, SOCK_STREAM, 0);
  CALL(bind, "to a port that is taken", fd, &in, sizeof in);
  close(fd);
  fd = socket(AF_INET, SOCK_DGRAM, 0);
  CALL(bind, "to the port of another protocol", fd, &in, sizeof in);
  CALL(bind, "over IPv6", udp, &in6, sizeof in6);
  close(fd);
  close(tcp);
  close(udp);
  CALL(bind, "of a closed descriptor", udp, &in, sizeof in);
  CALL(bind, "of a file", 0, &in, sizeof in);
}

static void listening(void) {
  int p[2], fd = socket(AF_UNIX, SOCK_STREAM, 0), datagrams = socket(AF_UNIX, SOCK_DGRAM, 0);
  int value = -1;
  socklen_t n = sizeof value;
  struct sockaddr_un a = path("listener");
  CALL(listen, "without a name", fd, 1);
  bind(fd, (void *)&a, sizeof a);
  CALL(listen, "with a name", fd, 1);
  getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &n);
  EFFECT(listen, "is seen by SO_ACCEPTCONN", value);
  CALL(listen, "again with another backlog", fd, 5);
  CALL(listen, "of a negative backlog", fd, -1);
  close(fd);
  CALL(listen, "of datagrams", datagrams, 1);
  close(datagrams);
  socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  CALL(listen, "when connected", p[0], 1);
  close(p[0]);
  close(p[1]);
  int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
  CALL(listen, "of TCP without a name", tcp, 1);
  EFFECT(listen, "of TCP without a name: gets a port", port(tcp) > 1023);
  CALL(listen, "of UDP", udp, 1);
  struct sockaddr_in in = loopback(port(tcp));
  int client = socket(AF_INET, SOCK_STREAM, 0);
  connect(client, (void *)&in, sizeof in);
  CALL(listen, "of a client of TCP", client, 1);
  close(client);
  close(tcp);
  close(udp);
  CALL(listen, "of a closed descriptor", tcp, 1);
  CALL(listen, "of a file", 0, 1);
}

static void connecting(void) {
  int fd = listener("server", 1), client = socket(AF_UNIX, SOCK_STREAM, 0), file;
  struct sockaddr_un a = path("server"), none = path("nobody"), plain = path("plain");
  CALL(connect, "to a path that nobody has", client, &none, sizeof none);
  close(file = open("plain", O_CREAT | O_RDWR, 0666));
  CALL(connect, "to a plain file", client, &plain, sizeof plain);
  CALL(connect, "to an address that is nowhere", client, 8L, sizeof a);
  CALL(connect, "to an address of a negative length", client, &a, -1);
  CALL(connect, "to an address of one byte", client, &a, 1);
  IN_CHILD(become(1234); CALL(connect, "to a path without rights", client, &a, sizeof a));
  CALL(connect, "to a path", client, &a, sizeof a);
  CALL(connect, "twice", client, &a, sizeof a);
  CALL(connect, "of a listener", fd, &a, sizeof a);
  int datagrams = socket(AF_UNIX, SOCK_DGRAM, 0);
  CALL(connect, "to a socket of another type", datagrams, &a, sizeof a);
  int hasty = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CALL(connect, "without waiting", hasty, &a, sizeof a);
  close(hasty);
  hasty = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CALL(connect, "beyond the backlog without waiting", hasty, &a, sizeof a);
  close(fd);
  EFFECT(connect, "the end of a listener", read(client, &file, 1));
  CALL(connect, "to a path that is left behind", hasty, &a, sizeof a);
  close(client);
  unlink("server");
  fd = listener("server", 1);
  shutdown(fd, SHUT_RD);
  CALL(connect, "to a listener shut down", hasty, &a, sizeof a);
  close(hasty);
  close(fd);

  struct sockaddr unspecified = {AF_UNSPEC};
  int server = listener(0, 5), udp = socket(AF_INET, SOCK_DGRAM, 0);
  int tcp = socket(AF_INET, SOCK_STREAM, 0), never = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in in = loopback(port(server)), free = loopback(0);
  bind(never, (void *)&free, sizeof free);
  free = loopback(port(never));
  CALL(connect, "to a port where nobody listens", tcp, &free, sizeof free);
  CALL(connect, "of TCP after a refusal", tcp, &in, sizeof in);
  CALL(connect, "of TCP twice", tcp, &in, sizeof in);
  CALL(connect, "of TCP to no family", tcp, &unspecified, sizeof unspecified);
  CALL(connect, "of TCP once more", tcp, &in, sizeof in);
  struct sockaddr_in short_ = in;
  CALL(connect, "to an address of IPv4 cut short", never, &short_, 8);
  short_.sin_family = AF_UNIX;
  CALL(connect, "to an address of another family", never, &short_, sizeof short_);
  CALL(connect, "of a listener of TCP", server, &in, sizeof in);
  hasty = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CALL(connect, "of TCP without waiting", hasty, &in, sizeof in);
  struct pollfd ready = {hasty, POLLOUT};
  poll(&ready, 1, -1);
  CALL(connect, "when it has come to be", hasty, &in, sizeof in);
  CALL(connect, "when it is", hasty, &in, sizeof in);
  CALL(connect, "of UDP to where nobody is", udp, &free, sizeof free);
  EFFECT(connect, "of UDP gives an address", port(udp) > 1023);
  CALL(connect, "of UDP to another one", udp, &in, sizeof in);
  CALL(connect, "of UDP to no family", udp, &unspecified, sizeof unspecified);
  struct sockaddr_storage peer;
  socklen_t n = sizeof peer;
  CALL(getpeername, "of UDP that is no longer connected", udp, &peer, &n);
  close(hasty);
  close(server);
  close(tcp);
  close(udp);
  close(never);
  CALL(connect, "of a closed descriptor", never, &in, sizeof in);
  CALL(connect, "of a file", 0, &in, sizeof in);
}

int main(void) {
  begin();
  const char *directory = own_directory();
  binding();
  listening();
  connecting();
  remove_own_directory(directory);
  return 0;
}
