package io.rookery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real programs of two guests that a switch joins. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class SwitchNetworkTest {
  private static final String ECHO =
      """
      import socket, threading
      l = socket.create_server(('', 7000), family=socket.AF_INET6, dualstack_ipv6=True)
      u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('', 7001))
      def datagrams():
          while True:
              data, peer = u.recvfrom(65536)
              u.sendto(data[::-1], peer)
      threading.Thread(target=datagrams, daemon=True).start()
      print('ready')
      while True:
          c, peer = l.accept()
          with c:
              while data := c.recv(1 << 16):
                  c.sendall(data)
      """;

  private static Vm left;
  private static Vm right;

  @BeforeAll
  static void start() throws Exception {
    left = GuestPrograms.vm("left", Networks.switched("test"));
    right = GuestPrograms.vm("right", Networks.switched("test"));
    GuestPrograms.server(right, ECHO);
  }

  @AfterAll
  static void stop() {
    left.close();
    right.close();
  }

  @Test
  void aStreamComesBackWhole() throws Exception {
    String printed =
        GuestPrograms.python(
            left,
            """
            import socket, threading, hashlib, os
            data = os.urandom(1 << 20) * 5
            c = socket.create_connection(('right', 7000))
            def send():
                c.sendall(data); c.shutdown(socket.SHUT_WR)
            threading.Thread(target=send).start()
            h = hashlib.sha256()
            while part := c.recv(1 << 16): h.update(part)
            print(h.digest() == hashlib.sha256(data).digest())
            """);
    assertEquals("True\n", printed);
  }

  @Test
  void datagramsAndIpv6ComeBack() throws Exception {
    String printed =
        GuestPrograms.python(
            left,
            """
            import socket
            u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(20)
            u.connect(('right', 7001))
            for size in (1, 1000, 9000, 60000):
                data = bytes(i % 251 for i in range(size))
                u.send(data)
                print(u.recv(65536) == data[::-1], end=' ')
            family, kind, proto, _, to = socket.getaddrinfo(
                'right', 7000, socket.AF_INET6, socket.SOCK_STREAM)[0]
            c = socket.socket(family, kind, proto); c.connect(to)
            c.sendall(b'six'); print(c.recv(10).decode())
            """);
    assertEquals("True True True True six\n", printed);
  }

  @Test
  void namesAreTold() throws Exception {
    String there =
        GuestPrograms.sh(left, "getent ahostsv4 right | head -1 | cut -d' ' -f1").strip();
    assertEquals(
        there, GuestPrograms.sh(right, "getent ahostsv4 right | head -1 | cut -d' ' -f1").strip());
    assertTrue(there.startsWith("10.99."), there);
    assertEquals(
        "right",
        GuestPrograms.sh(left, "getent hosts " + there + " | tr -s ' ' | cut -d' ' -f2").strip());
    assertEquals("2\n", GuestPrograms.sh(left, "getent hosts nobody; echo $?"));
    assertTrue(GuestPrograms.sh(left, "cat /etc/resolv.conf").startsWith("nameserver 10.99."));
  }

  @Test
  void nobodyListensIsRefusedAndNowhereUnreachable() throws Exception {
    String printed =
        GuestPrograms.python(
            left,
            """
            import socket, errno
            for to in (('right', 7999), ('192.0.2.1', 80), ('2001:db8::1', 80)):
                try: socket.create_connection(to, 20)
                except OSError as e: print(errno.errorcode[e.errno], end=' ')
            """);
    assertEquals("ECONNREFUSED ENETUNREACH ENETUNREACH ", printed);
  }

  @Test
  void guestsOnOtherSwitchesAreNotThere() throws Exception {
    try (Vm alone = GuestPrograms.vm("alone", Networks.switched("other"))) {
      assertEquals("2\n", GuestPrograms.sh(alone, "getent hosts right; echo $?"));
      assertEquals(
          "alone",
          GuestPrograms.sh(
                  alone,
                  "getent hosts $(hostname -I 2>/dev/null | cut -d' ' -f1) | tr -s ' ' | cut -d' ' -f2")
              .strip());
    }
  }

  @Test
  void aGuestOnTwoSwitchesKnowsBoth() throws Exception {
    try (Vm other = GuestPrograms.vm("other", Networks.switched("second"));
        Vm both =
            GuestPrograms.vm("both", Networks.switched("test"), Networks.switched("second"))) {
      assertTrue(other.statistics().size() > 0);
      String text =
          GuestPrograms.sh(
              both,
              "getent ahostsv4 right other; for n in right other; do getent ahostsv4 $n | head -1; done; cat /proc/net/dev");
      assertTrue(text.contains("eth0:") && text.contains("eth1:"), text);
      assertTrue(GuestPrograms.sh(both, "getent hosts other").contains("other"));
      assertEquals("2\n", GuestPrograms.sh(both, "getent hosts nobody; echo $?"));
    }
  }
}
