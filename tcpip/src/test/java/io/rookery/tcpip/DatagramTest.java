package io.rookery.tcpip;

import static io.rookery.tcpip.TcpSocketTest.assertError;
import static io.rookery.tcpip.TcpSocketTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.link.VirtualSwitch;
import io.rookery.tcpip.wire.Checksum;
import io.rookery.tcpip.wire.Protocol;
import io.rookery.tcpip.wire.Udp;
import io.rookery.tcpip.wire.UdpLite;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** UDP and ping sockets, ICMP errors, fragments, groups. */
class DatagramTest {
  private final Lab lab = Lab.clean(1500);

  @AfterEach
  void nothingWentWrong() {
    lab.assertHealthy();
    lab.close();
  }

  private static String receive(UdpSocket socket) throws NetException {
    ByteBuffer to = ByteBuffer.allocate(65_536);
    DatagramInfo info = socket.receive(to);
    return info == null
        ? "NOTHING"
        : new String(to.array(), 0, to.position(), StandardCharsets.US_ASCII);
  }

  private static UdpSocket bound(IpStack stack, String address, int port) throws NetException {
    UdpSocket socket = stack.udp(address.contains(":"));
    socket.bind(Endpoint.of(address, port));
    return socket;
  }

  @Test
  void echo() throws Exception {
    UdpSocket server = bound(lab.b, "0.0.0.0", 53);
    UdpSocket client = lab.a.udp(false);
    assertEquals(5, client.send(bytes("query"), Endpoint.of("10.0.0.2", 53)));
    ByteBuffer to = ByteBuffer.allocate(3);
    DatagramInfo info = server.receive(to);
    assertNotNull(info);
    assertEquals(5, info.length()); // cut to three
    assertEquals("10.0.0.1", info.source().address().toString());
    server.send(bytes("answer"), info.source());
    assertEquals("answer", receive(client));
    assertEquals("NOTHING", receive(client));
  }

  /** RFC 3828 section 3.1: only what the checksum covers has to be intact. */
  @Test
  void liteTakesDamageThatIsNotCovered() throws Exception {
    for (int damaged = 0; damaged <= 12; damaged++) {
      UdpSocket server = lab.b.udpLite(false);
      server.bind(Endpoint.of("10.0.0.2", 53));
      byte[] b = new byte[Udp.HEADER + 5];
      Udp.write(b, 0, 1000, 53, Udp.HEADER + 2);
      Arrays.fill(b, Udp.HEADER, b.length, (byte) 'a');
      IpAddress from = IpAddress.parse("10.0.0.1");
      IpAddress to = IpAddress.parse("10.0.0.2");
      UdpLite.finish(b, 0, b.length, Checksum.pseudoHeader(from, to, Protocol.UDP_LITE, b.length));
      b[damaged] ^= 1;
      lab.a.raw(false, Protocol.UDP_LITE).send(ByteBuffer.wrap(b), new Endpoint(to, 0));
      String received = receive(server);
      assertEquals(damaged < Udp.HEADER + 2, received.equals("NOTHING"), "byte " + damaged);
      server.close();
    }
  }

  @Test
  void liteAsksForCoverage() throws Exception {
    UdpSocket server = lab.b.udpLite(true);
    server.bind(Endpoint.of("fd00::2", 53));
    UdpSocket client = lab.a.udpLite(true);
    client.option(Options.SEND_COVERAGE, 12);
    client.send(bytes("taken"), Endpoint.of("fd00::2", 53));
    assertEquals("taken", receive(server));
    server.option(Options.RECEIVE_COVERAGE, 13);
    client.send(bytes("refused"), Endpoint.of("fd00::2", 53));
    assertEquals("NOTHING", receive(server));
    client.option(Options.SEND_COVERAGE, 0);
    client.send(bytes("whole"), Endpoint.of("fd00::2", 53));
    assertEquals("whole", receive(server));
    UdpSocket plain = bound(lab.b, "fd00::2", 53); // another protocol's port
    assertError(NetError.NO_PROTOCOL_OPTION, () -> plain.option(Options.SEND_COVERAGE, 12));
  }

  @Test
  void portUnreachableReachesConnectedSockets() throws Exception {
    UdpSocket client = lab.a.udp(false);
    client.connect(Endpoint.of("10.0.0.2", 9));
    client.send(bytes("x"), null);
    assertTrue((client.readiness() & Readiness.ERROR) != 0);
    assertError(NetError.CONNECTION_REFUSED, () -> client.send(bytes("y"), null));
    UdpSocket loose = lab.a.udp(true);
    loose.send(bytes("x"), Endpoint.of("fd00::2", 9));
    assertNull(loose.takeError());
    loose.option(Options.RECEIVE_ERRORS, true);
    loose.send(bytes("payload"), Endpoint.of("fd00::2", 9));
    ErrorReport report = loose.takeErrorReport();
    assertNotNull(report);
    assertEquals(NetError.CONNECTION_REFUSED, report.error());
    assertEquals(Endpoint.of("fd00::2", 9), report.destination());
    assertArrayEquals("payload".getBytes(StandardCharsets.US_ASCII), report.data());
  }

  @Test
  void fragmentsBothFamilies() throws Exception {
    for (String host : new String[] {"10.0.0.2", "fd00::2"}) {
      boolean v6 = host.contains(":");
      UdpSocket server = bound(lab.b, host, 53);
      UdpSocket client = lab.a.udp(v6);
      int most = v6 ? 65_527 : 65_507;
      byte[] data = new byte[most];
      new SplittableRandom(1).nextBytes(data);
      client.send(ByteBuffer.wrap(data), Endpoint.of(host, 53));
      ByteBuffer to = ByteBuffer.allocate(70_000);
      DatagramInfo info = server.receive(to);
      assertNotNull(info);
      assertEquals(most, info.length());
      assertArrayEquals(data, Arrays.copyOf(to.array(), most));
      ByteBuffer tooMuch = ByteBuffer.allocate(most + 1);
      assertError(NetError.MESSAGE_TOO_LONG, () -> client.send(tooMuch, Endpoint.of(host, 53)));
      client.option(Options.MTU_DISCOVER, 2);
      assertError(
          NetError.MESSAGE_TOO_LONG,
          () -> client.send(ByteBuffer.allocate(1500), Endpoint.of(host, 53)));
    }
  }

  @Test
  void bindingRulesAndChoice() throws Exception {
    UdpSocket any = bound(lab.b, "0.0.0.0", 53);
    UdpSocket second = lab.b.udp(false);
    assertError(NetError.ADDRESS_IN_USE, () -> second.bind(Endpoint.of("10.0.0.2", 53)));
    any.option(Options.REUSE_ADDRESS, true);
    second.option(Options.REUSE_ADDRESS, true);
    second.bind(Endpoint.of("10.0.0.2", 53));
    UdpSocket client = bound(lab.a, "10.0.0.1", 1000);
    client.send(bytes("specific"), Endpoint.of("10.0.0.2", 53));
    assertEquals("specific", receive(second));
    assertEquals("NOTHING", receive(any));
    second.connect(Endpoint.of("10.0.0.1", 999)); // takes nothing from port 1000 now
    client.send(bytes("general"), Endpoint.of("10.0.0.2", 53));
    assertEquals("general", receive(any));
  }

  @Test
  void broadcastNeedsLeave() throws Exception {
    UdpSocket server = bound(lab.b, "0.0.0.0", 67);
    UdpSocket client = lab.a.udp(false);
    assertError(NetError.ACCESS, () -> client.send(bytes("x"), Endpoint.of("10.0.0.255", 67)));
    client.option(Options.BROADCAST, true);
    client.send(bytes("subnet"), Endpoint.of("10.0.0.255", 67));
    client.send(bytes("all"), Endpoint.of("255.255.255.255", 67));
    assertEquals("subnet", receive(server));
    assertEquals("all", receive(server));
  }

  @Test
  void groups() throws Exception {
    for (String group : new String[] {"224.0.0.251", "ff02::fb"}) {
      boolean v6 = group.contains(":");
      UdpSocket member = bound(lab.b, v6 ? "::" : "0.0.0.0", v6 ? 5354 : 5353);
      UdpSocket local = bound(lab.a, v6 ? "::" : "0.0.0.0", v6 ? 5354 : 5353);
      UdpSocket sender = lab.a.udp(v6);
      Endpoint to = Endpoint.of(group, v6 ? 5354 : 5353);
      sender.send(bytes("before"), to);
      assertEquals("NOTHING", receive(member));
      member.join(IpAddress.parse(group), 2);
      local.join(IpAddress.parse(group), 2);
      assertError(NetError.ADDRESS_IN_USE, () -> member.join(IpAddress.parse(group), 2));
      sender.send(bytes("hello"), to);
      assertEquals("hello", receive(member));
      assertEquals("hello", receive(local)); // own packets come back
      member.leave(IpAddress.parse(group), 2);
      sender.send(bytes("after"), to);
      assertEquals("NOTHING", receive(member));
      assertError(NetError.ADDRESS_NOT_AVAILABLE, () -> member.leave(IpAddress.parse(group), 2));
    }
  }

  @Test
  void fullQueueDropsAndMemoryComesBack() throws Exception {
    UdpSocket server = bound(lab.b, "0.0.0.0", 53);
    server.option(Options.RECEIVE_BUFFER, 10_000);
    UdpSocket client = lab.a.udp(false);
    for (int i = 0; i < 100; i++) {
      client.send(ByteBuffer.allocate(1000), Endpoint.of("10.0.0.2", 53));
    }
    assertTrue(lab.b.count(Counter.UDP_OVERFLOW) > 80);
    server.close();
    assertEquals(0, ((io.rookery.tcpip.stack.Stack) lab.b).memoryInUse());
  }

  @Test
  void ping() throws Exception {
    for (String host : new String[] {"10.0.0.2", "fd00::2", "127.0.0.1", "::1"}) {
      boolean v6 = host.contains(":");
      PingSocket ping = lab.a.ping(v6);
      byte[] message = new byte[8 + 3000]; // in fragments
      message[0] = (byte) (v6 ? 128 : 8);
      message[7] = 42;
      message[3007] = 17;
      ping.send(ByteBuffer.wrap(message), Endpoint.of(host, 0));
      ByteBuffer to = ByteBuffer.allocate(4000);
      DatagramInfo info = ping.receive(to);
      assertNotNull(info, host);
      assertEquals(3008, info.length());
      assertEquals(v6 ? 129 : 0, to.get(0) & 0xff);
      assertEquals(ping.localEndpoint().port(), to.getShort(4) & 0xffff);
      assertEquals(42, to.get(7));
      assertEquals(17, to.get(3007));
      assertError(NetError.INVALID, () -> ping.send(ByteBuffer.allocate(8), Endpoint.of(host, 0)));
      ping.close();
    }
  }

  @Test
  void unreachableProtocolAndLimits() throws Exception {
    // 1,000 datagrams to closed ports: the answers are limited.
    UdpSocket client = lab.a.udp(false);
    for (int i = 0; i < 1000; i++) {
      client.send(bytes("x"), Endpoint.of("10.0.0.2", 1 + i));
    }
    assertTrue(lab.b.count(Counter.ICMP_OUT) <= 51, "burst of " + lab.b.count(Counter.ICMP_OUT));
    assertTrue(lab.b.count(Counter.ICMP_RATE_LIMITED) >= 949);
  }

  @Test
  void switchJoinsThree() throws Exception {
    VirtualSwitch lan = new VirtualSwitch(1500);
    IpStack[] hosts = new IpStack[3];
    UdpSocket[] sockets = new UdpSocket[3];
    for (int i = 0; i < 3; i++) {
      IpPrefix address = IpPrefix.parse("192.168.7." + (i + 1) + "/24");
      hosts[i] = IpStack.builder().scheduler(lab.time).build();
      hosts[i].addInterface("eth0", lan.port(IpPrefix.host(address.address())), address);
      sockets[i] = bound(hosts[i], "0.0.0.0", 7);
      sockets[i].option(Options.BROADCAST, true);
    }
    sockets[0].send(bytes("one"), Endpoint.of("192.168.7.2", 7));
    assertEquals("one", receive(sockets[1]));
    assertEquals("NOTHING", receive(sockets[2]));
    sockets[0].send(bytes("all"), Endpoint.of("192.168.7.255", 7));
    assertEquals("all", receive(sockets[1]));
    assertEquals("all", receive(sockets[2]));
    // A forged source does not pass.
    hosts[0].interfaces().get(1).addAddress(IpPrefix.parse("192.168.7.99/32"));
    UdpSocket forger = bound(hosts[0], "192.168.7.99", 0);
    forger.send(bytes("forged"), Endpoint.of("192.168.7.3", 7));
    assertEquals("NOTHING", receive(sockets[2]));
    for (IpStack host : hosts) {
      assertEquals(0, host.count(Counter.INTERNAL_ERRORS));
      host.close();
    }
  }
}
