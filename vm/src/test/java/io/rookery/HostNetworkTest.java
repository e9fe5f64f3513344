package io.rookery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.dns.DnsAnswer;
import io.rookery.tcpip.nat.Connector;
import io.rookery.tcpip.nat.EgressPolicy;
import io.rookery.tcpip.nat.Refusal;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real programs of a guest on the host's network. The connector opens connections to a server on
 * this machine's loopback only, and records what was meant.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class HostNetworkTest {
  private static final byte[] PAGE = "a page\n".repeat(100_000).getBytes(UTF_8);
  private static final Map<String, String> NAMES =
      Map.of("www.example.org", "203.0.113.80", "rebound.example.org", "169.254.169.254");

  @TempDir static Path directory;

  private static final List<String> DIALS = new CopyOnWriteArrayList<>();
  private static final List<Refusal> REFUSALS = new CopyOnWriteArrayList<>();
  private static LoopbackHttp server;
  private static Path capture;
  private static Vm vm;

  private static final Connector LOOPBACK_ONLY =
      new Connector() {
        @Override
        public SocketChannel stream(InetSocketAddress to) throws IOException {
          DIALS.add(to.getAddress().getHostAddress() + ":" + to.getPort());
          if (to.getPort() != 80 && to.getPort() != server.address().getPort()) {
            throw new ConnectException("Connection refused");
          }
          return Connector.system().stream(server.address());
        }

        @Override
        public DatagramChannel datagrams(InetSocketAddress to) throws IOException {
          throw new ConnectException("Connection refused");
        }

        @Override
        public boolean answers(IpAddress to, Duration timeout) {
          return true;
        }
      };

  @BeforeAll
  static void start() throws IOException {
    server = new LoopbackHttp(PAGE);
    capture = directory.resolve("packets.pcapng");
    EgressPolicy policy =
        EgressPolicy.builder()
            .allowHost(server.address().getPort(), server.address().getPort())
            .onRefusal(REFUSALS::add)
            .build();
    vm =
        Vm.builder()
            .disk(Disks.hostDirectory(Path.of("/")))
            .hostname("guest")
            .network(
                new HostNetwork(
                    policy,
                    LOOPBACK_ONLY,
                    (name, _, _) ->
                        NAMES.containsKey(name)
                            ? DnsAnswer.ofAddresses(List.of(IpAddress.parse(NAMES.get(name))), 60)
                            : DnsAnswer.noSuchName()))
            .capture(capture)
            .build();
  }

  @AfterAll
  static void stop() throws IOException {
    vm.close();
    server.close();
    byte[] packets = Files.readAllBytes(capture);
    assertEquals(0x0a, packets[0]);
    assertTrue(packets.length > PAGE.length);
  }

  @Test
  void aPageIsFetchedByName() throws Exception {
    String printed =
        GuestPrograms.python(
            vm,
            """
            import urllib.request, hashlib
            page = urllib.request.urlopen('http://www.example.org/page').read()
            print(len(page), hashlib.md5(page).hexdigest())
            for name in ('missing.example.org', 'rebound.example.org'):
                try: urllib.request.urlopen('http://' + name + '/')
                except OSError as e: print(e.reason)
            try: urllib.request.urlopen('http://www.example.org/metadata')
            except OSError as e: print(e.reason)
            """);
    byte[] digest = java.security.MessageDigest.getInstance("MD5").digest(PAGE);
    assertEquals(
        PAGE.length
            + " "
            + java.util.HexFormat.of().formatHex(digest)
            + "\n[Errno -2] Name or service not known"
            + "\n[Errno 113] No route to host"
            + "\n[Errno 113] No route to host\n",
        printed);
    assertTrue(DIALS.contains("203.0.113.80:80"), DIALS::toString);
    assertTrue(DIALS.stream().noneMatch(d -> d.startsWith("169.254")), DIALS::toString);
    assertTrue(
        REFUSALS.stream().anyMatch(r -> "rebound.example.org".equals(r.name())),
        REFUSALS::toString);
  }

  @Test
  void refusalsAreLinuxErrors() throws Exception {
    String printed =
        GuestPrograms.python(
            vm,
            """
            import errno, socket
            def attempt(address, port, kind=socket.SOCK_STREAM):
                s = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, kind)
                s.settimeout(30)
                try:
                    s.connect((address, port))
                    if kind == socket.SOCK_DGRAM:
                        s.send(b'x')
                        s.recv(10)
                    return 'open'
                except OSError as e:
                    return errno.errorcode[e.errno]
            tcp = ['203.0.113.80', '203.0.113.81', '169.254.169.254', '10.0.0.1', '10.0.2.2',
                '::ffff:10.0.0.1', 'fd00:ec2::254', '127.0.0.1', '::1', '224.0.0.1']
            print(*[attempt(a, 80 if a == '203.0.113.80' else 81) for a in tcp])
            udp = ['169.254.169.254', '10.0.2.2', 'fd00:ec2::254']
            print(*[attempt(a, 5000, socket.SOCK_DGRAM) for a in udp])
            """);
    assertEquals(
        "open ECONNREFUSED EHOSTUNREACH EHOSTUNREACH ECONNREFUSED EHOSTUNREACH EACCES"
            + " ECONNREFUSED ECONNREFUSED ENETUNREACH\n"
            + "EHOSTUNREACH ECONNREFUSED EACCES\n",
        printed);
  }

  @Test
  void theHostsServiceIsAtTheGateway() throws Exception {
    String head =
        GuestPrograms.sh(
            vm,
            "exec 3<>/dev/tcp/10.0.2.2/"
                + server.address().getPort()
                + "; printf 'GET /page HTTP/1.0\\r\\n\\r\\n' >&3; head -1 <&3");
    assertTrue(head.startsWith("HTTP/1.1 200"), head);
  }

  @Test
  void interfaceRouteAndNameServerAreSet() throws Exception {
    assertEquals("nameserver 10.0.2.2\n", GuestPrograms.sh(vm, "cat /etc/resolv.conf"));
    String routes = GuestPrograms.sh(vm, "cat /proc/net/route");
    assertTrue(routes.contains("eth0\t00000000\t0202000A"), routes);
  }

  @Test
  void oneSuchNetworkIsEnough() {
    VmBuilder twice =
        Vm.builder()
            .disk(Disks.hostDirectory(Path.of("/")))
            .network(Networks.host())
            .network(Networks.host(EgressPolicy.publicInternet()));
    assertThrows(IllegalArgumentException.class, twice::build);
  }
}
