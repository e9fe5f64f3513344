package io.rookery.tcpip.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.PingSocket;
import io.rookery.tcpip.Readiness;
import io.rookery.tcpip.StackSocket;
import io.rookery.tcpip.UdpSocket;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Attempts to reach what is denied. The connector records dials and opens none, so nothing is ever
 * sent to one of these addresses.
 */
@Timeout(60)
class EgressPolicyTest {
  private static NatLab lab(UnaryOperator<EgressPolicy.Builder> settings) {
    return new NatLab(settings.apply(EgressPolicy.builder()));
  }

  private static NetError error(NatLab lab, String address, int port) {
    return assertThrows(NetException.class, () -> lab.connect(address, port).close()).error();
  }

  /** As Linux's errno for ICMP "administratively prohibited": EHOSTUNREACH, or EACCES over IPv6. */
  private static NetError prohibited(String address) {
    IpAddress a = IpAddress.parse(address);
    return a.v6() && !a.isMapped() ? NetError.ACCESS : NetError.HOST_UNREACHABLE;
  }

  static Stream<String> special() {
    return Stream.of(
        "10.0.0.1",
        "10.0.2.3", // beside the gateway
        "10.255.255.254",
        "100.64.0.1",
        "100.100.100.200", // a cloud's metadata
        "169.254.169.254", // metadata
        "169.254.170.2", // containers' credentials
        "169.254.0.1",
        "172.16.0.1",
        "172.17.0.1", // Docker's host
        "172.31.255.254",
        "192.0.0.192", // a cloud's metadata
        "192.168.0.1",
        "192.168.127.254",
        "192.88.99.1",
        "198.18.0.1",
        "198.19.255.254",
        "240.0.0.1",
        "255.255.255.254",
        "0.1.2.3",
        "::2",
        "::7f00:1", // IPv4-compatible loopback
        "::10.0.0.1",
        "64:ff9b::127.0.0.1", // translated by NAT64
        "64:ff9b::169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::a00:1",
        "100::1",
        "2001::1", // Teredo
        "2002:7f00:1::1", // 6to4 of 127.0.0.1
        "2002:a00:1::1",
        "fc00::1",
        "fd00:ec2::254", // a cloud's metadata
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:192.168.1.1",
        "::ffff:172.16.0.1");
  }

  @ParameterizedTest
  @MethodSource("special")
  void specialAddressesAreDenied(String address) throws Exception {
    try (NatLab lab = lab(p -> p.allow("0.0.0.0/0").allow("::/0").allow("*"))) {
      assertEquals(prohibited(address), error(lab, address, 80));
      assertEquals(1, lab.refusals.size());
      Refusal refusal = lab.refusals.getFirst();
      assertEquals("tcp", refusal.what());
      assertEquals(new Endpoint(IpAddress.parse(address).unmapped(), 80), refusal.to());
      assertTrue(refusal.reason().startsWith("special address"), refusal.reason());
      assertEquals(List.of(), lab.dials());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"})
  void loopbackIsTheGuestsOwn(String address) throws Exception {
    try (NatLab lab = lab(p -> p)) {
      assertEquals(NetError.CONNECTION_REFUSED, error(lab, address, 22));
      assertEquals(List.of(), lab.dials());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"224.0.0.1", "239.255.255.250", "255.255.255.255", "ff02::1"})
  void groupsAreNoPeers(String address) throws Exception {
    try (NatLab lab = lab(p -> p)) {
      assertEquals(NetError.NETWORK_UNREACHABLE, error(lab, address, 80));
      assertEquals(List.of(), lab.dials());
    }
  }

  @Test
  void addressesOfTheHostsInterfacesAreDenied() throws Exception {
    List<IpAddress> own =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .map(IpAddress::of)
            .filter(a -> !a.isLoopback())
            .toList();
    for (IpAddress address : own) {
      try (NatLab lab = lab(p -> p.allow("0.0.0.0/1").allow("128.0.0.0/1").allow("*"))) {
        assertEquals(prohibited(address.toString()), error(lab, address.toString(), 22));
        assertEquals(List.of(), lab.dials());
      }
      try (NatLab lab = lab(p -> p.allow(address.v6() ? "[" + address + "]" : address + ":22"))) {
        error(lab, address.toString(), 22); // allowed by name: dialled, and recorded
        assertEquals(1, lab.dials().size());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1", "198.51.100.1", "203.0.113.80", "2001:db8::1", "1.1.1.1"})
  void documentationRangesAreOrdinary(String address) throws Exception {
    try (NatLab lab = lab(p -> p)) {
      assertEquals(NetError.CONNECTION_REFUSED, error(lab, address, 80)); // by the connector
      assertEquals(List.of("tcp " + address + ":80"), lab.dials());
      assertEquals(List.of(), lab.refusals);
    }
  }

  @Test
  void hostServicesAreReachedAtTheGatewayIfAllowed() throws Exception {
    try (NatLab lab = lab(p -> p.allowHost(5432, 5433))) {
      for (int port : new int[] {22, 5431, 5434, 8080}) {
        assertEquals(NetError.CONNECTION_REFUSED, error(lab, NatLab.GATEWAY, port));
        assertEquals(NetError.CONNECTION_REFUSED, error(lab, NatLab.GATEWAY_V6, port));
      }
      assertEquals(8, lab.refusals.size());
      assertEquals(List.of(), lab.dials());
      error(lab, NatLab.GATEWAY, 5432);
      error(lab, NatLab.GATEWAY_V6, 5433);
      assertEquals(List.of("tcp 127.0.0.1:5432", "tcp ::1:5433"), lab.dials());
    }
  }

  @Test
  void namesThatTurnToDeniedAddressesAreDenied() throws Exception {
    try (NatLab lab = lab(p -> p.allow("*.example.org"))) {
      NameClient client = new NameClient(lab);
      lab.names.put("rebind.example.org", List.of("203.0.113.5"));
      assertEquals(List.of("203.0.113.5"), client.addresses("rebind.example.org"));
      error(lab, "203.0.113.5", 80);
      assertEquals(List.of("tcp 203.0.113.5:80"), lab.dials());
      for (String inner : List.of("169.254.169.254", "192.168.0.7", "::ffff:10.0.0.9")) {
        lab.names.put("rebind.example.org", List.of(inner));
        client.addresses("rebind.example.org");
        assertEquals(prohibited(inner), error(lab, inner, 80));
      }
      assertEquals(1, lab.dials().size());
      assertEquals("rebind.example.org", lab.refusals.getFirst().name());
    }
  }

  @Test
  void denyByDefaultLeavesWhatIsListed() throws Exception {
    try (NatLab lab =
        lab(
            p ->
                p.denyByDefault()
                    .deny("bad.example.org")
                    .allow("*.example.org:443")
                    .allow("198.51.100.0/24:8000-8999"))) {
      NameClient client = new NameClient(lab);
      lab.names.put("good.example.org", List.of("203.0.113.1"));
      lab.names.put("bad.example.org", List.of("203.0.113.2"));
      lab.names.put("other.example.net", List.of("203.0.113.3"));
      // Found by nobody yet.
      assertEquals(NetError.HOST_UNREACHABLE, error(lab, "203.0.113.1", 443));
      assertEquals(List.of("203.0.113.1"), client.addresses("Good.Example.ORG"));
      assertEquals(List.of(), client.addresses("bad.example.org"));
      assertEquals(List.of(), client.addresses("other.example.net"));
      assertEquals(List.of(), client.addresses("example.org.evil.net"));
      assertEquals(List.of(), client.addresses("notexample.org"));
      lab.refusals.clear();
      for (String denied :
          List.of(
              "203.0.113.1 80",
              "203.0.113.2 443",
              "203.0.113.3 443",
              "198.51.100.1 7999",
              "198.51.100.1 9000",
              "198.51.101.1 8000")) {
        List<String> pair = List.of(denied.split(" ", -1));
        NetError error = error(lab, pair.getFirst(), Integer.parseInt(pair.getLast()));
        assertEquals(NetError.HOST_UNREACHABLE, error, denied);
      }
      assertEquals(6, lab.refusals.size());
      assertEquals(List.of(), lab.dials());
      error(lab, "203.0.113.1", 443);
      error(lab, "198.51.100.1", 8000);
      error(lab, "::ffff:198.51.100.1", 8999);
      assertEquals(3, lab.dials().size());
    }
  }

  @Test
  void privateRangesCanBeAllowedOneByOne() throws Exception {
    try (NatLab lab = lab(p -> p.deny("10.1.2.3").allow("10.1.0.0/16:80").allow("[fd00:1::]"))) {
      assertEquals(NetError.HOST_UNREACHABLE, error(lab, "10.1.2.3", 80));
      assertEquals(NetError.HOST_UNREACHABLE, error(lab, "10.1.2.4", 81));
      assertEquals(NetError.HOST_UNREACHABLE, error(lab, "10.2.0.1", 80));
      assertEquals(NetError.ACCESS, error(lab, "fd00:1::1", 80));
      assertEquals(List.of(), lab.dials());
      error(lab, "10.1.2.4", 80);
      error(lab, "::ffff:10.1.2.4", 80);
      error(lab, "fd00:1::", 80);
      assertEquals(List.of("tcp 10.1.2.4:80", "tcp 10.1.2.4:80", "tcp fd00:1:::80"), lab.dials());
    }
  }

  private static NetError pendingError(StackSocket socket) throws InterruptedException {
    for (int i = 0; i < 2000; i++) {
      NetError error = socket.takeError();
      if (error != null) {
        return error;
      }
      Thread.sleep(2);
    }
    throw new AssertionError("no error");
  }

  @ParameterizedTest
  @ValueSource(strings = {"169.254.169.254", "10.0.0.1", "192.168.1.1", "fd00:ec2::254"})
  void datagramsAreJudgedToo(String address) throws Exception {
    try (NatLab lab = lab(p -> p);
        UdpSocket socket = lab.guest.udp(address.indexOf(':') >= 0)) {
      socket.connect(Endpoint.of(address, 53));
      socket.send(ByteBuffer.wrap(new byte[10]), null);
      assertEquals(prohibited(address), pendingError(socket));
      assertEquals("udp", lab.refusals.getFirst().what());
      assertEquals(List.of(), lab.dials());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"169.254.169.254", "10.0.0.1"})
  void pingsAreJudgedToo(String address) throws Exception {
    try (NatLab lab = lab(p -> p);
        PingSocket socket = lab.guest.ping(false)) {
      socket.connect(Endpoint.of(address, 0));
      socket.send(ByteBuffer.wrap(new byte[] {8, 0, 0, 0, 0, 0, 0, 1}), null);
      assertEquals(NetError.HOST_UNREACHABLE, pendingError(socket));
      assertEquals("icmp", lab.refusals.getFirst().what());
      assertEquals(List.of(), lab.dials());
    }
  }

  @Test
  void nothingIsReadyForWhoIsRefused() throws Exception {
    try (NatLab lab = lab(p -> p);
        UdpSocket socket = lab.guest.udp(false)) {
      socket.send(ByteBuffer.wrap(new byte[1]), Endpoint.of("10.0.0.1", 53)); // not connected
      Thread.sleep(50);
      assertEquals(0, socket.readiness() & Readiness.ERROR);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.200.0.1, 1, true",
    "10.0.0.0/8:80, 10.200.0.1, 81, false",
    "10.0.0.0/8:80-90, 10.200.0.1, 90, true",
    "[2001:db8::/32]:443, 2001:db8:1::1, 443, true",
    "2001:db8::/32, 2001:db8:1::1, 443, true",
    "::ffff:10.0.0.0/104, 10.200.0.1, 1, true",
    "192.0.2.1, 192.0.2.1, 65535, true",
    "192.0.2.1, 192.0.2.2, 65535, false",
  })
  void rulesAreReadAsWritten(String rule, String address, int port, boolean matches) {
    EgressRule parsed = EgressRule.parse(false, rule);
    assertEquals(
        matches, parsed.matches(IpAddress.parse(address), port, List.of(), List.of()), rule);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a b",
        "10.0.0.0/33",
        "x:70000",
        "x:9-8",
        "*x",
        "a..b",
        "[::1",
        "10.0.0.1:",
        "http://x"
      })
  void otherRulesAreRefused(String rule) {
    assertThrows(IllegalArgumentException.class, () -> EgressRule.parse(true, rule));
  }

  @Test
  void namesMatchWholeLabels() {
    EgressRule rule = EgressRule.parse(true, "*.Example.org");
    assertTrue(rule.matchesName("a.example.org") && rule.matchesName("a.b.example.org"));
    assertFalse(rule.matchesName("example.org") || rule.matchesName("badexample.org"));
    EgressPolicy open = EgressPolicy.publicInternet();
    assertNull(open.nameRefusal("anything.example"));
    EgressPolicy closed = EgressPolicy.builder().denyByDefault().allow("a.example").build();
    assertNull(closed.nameRefusal("a.example"));
    assertNotNull(closed.nameRefusal("b.example"));
  }
}
