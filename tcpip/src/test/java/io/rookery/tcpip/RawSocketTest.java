package io.rookery.tcpip;

import static io.rookery.tcpip.TcpSocketTest.assertError;
import static io.rookery.tcpip.TcpSocketTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.ClassicFilter.Instruction;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.wire.Checksum;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Raw sockets, their filters and their errors. */
class RawSocketTest {
  private static final int ICMP = 1;
  private static final int UDP = 17;
  private static final int ICMPV6 = 58;
  private static final int EXPERIMENT = 253; // RFC 3692

  private final Lab lab = Lab.clean(1500);

  @AfterEach
  void nothingWentWrong() {
    lab.assertHealthy();
    lab.close();
  }

  private static byte @Nullable [] receive(MessageSocket socket) throws NetException {
    ByteBuffer to = ByteBuffer.allocate(70_000);
    return socket.receive(to) == null ? null : Arrays.copyOf(to.array(), to.position());
  }

  private static byte[] received(MessageSocket socket) throws NetException {
    byte[] message = receive(socket);
    assertNotNull(message);
    return message;
  }

  private static ByteBuffer echoRequest(int type) {
    byte[] message = HexFormat.of().parseHex("0000000012340001aabbccdd");
    message[0] = (byte) type;
    int sum = Checksum.finish(Checksum.sum(message, 0, message.length));
    return ByteBuffer.wrap(message).putShort(2, (short) sum);
  }

  @Test
  void echoOverIpv4HasTheHeader() throws Exception {
    RawSocket raw = lab.a.raw(false, ICMP);
    RawSocket there = lab.b.raw(false, ICMP);
    assertEquals(Endpoint.of("0.0.0.0", ICMP), raw.localEndpoint());
    raw.send(echoRequest(8), Endpoint.of("10.0.0.2", 0));
    byte[] reply = received(raw);
    assertEquals(32, reply.length);
    assertEquals(0x45, reply[0]);
    assertEquals(0, reply[20]);
    assertTrue(Checksum.isValid(Checksum.sum(reply, 20, 12)));
    assertEquals(8, received(there)[20]); // a copy: the stack answered nevertheless
    assertNull(receive(raw));
  }

  @Test
  void echoOverIpv6HasNone() throws Exception {
    RawSocket raw = lab.a.raw(true, ICMPV6);
    byte[] request = HexFormat.of().parseHex("8000ffff12340001aabb"); // the checksum is filled in
    raw.send(ByteBuffer.wrap(request), Endpoint.of("fd00::2", ICMPV6));
    byte[] reply = received(raw);
    assertEquals(10, reply.length);
    assertEquals((byte) 129, reply[0]);
  }

  @Test
  void otherProtocolsAreCarriedAndUnwantedOnesAnswered() throws Exception {
    RawSocket from = lab.a.raw(false, EXPERIMENT);
    from.option(Options.RECEIVE_ERRORS, true);
    from.send(bytes("nobody there"), Endpoint.of("10.0.0.2", 0));
    ErrorReport report = from.takeErrorReport();
    assertNotNull(report);
    assertEquals(NetError.NO_PROTOCOL_OPTION, report.error());
    assertArrayEquals("nobody there".getBytes(StandardCharsets.US_ASCII), report.data());
    assertNull(from.takeError()); // it went with the report
    RawSocket to = lab.b.raw(false, EXPERIMENT);
    to.connect(Endpoint.of("10.0.0.1", 7));
    byte[] large = new byte[20_000];
    new SplittableRandom(3).nextBytes(large);
    from.send(ByteBuffer.wrap(large), Endpoint.of("10.0.0.2", 0));
    byte[] whole = received(to);
    assertArrayEquals(large, Arrays.copyOfRange(whole, 20, whole.length));
    assertNull(from.takeErrorReport());
    to.close();
    from.send(bytes("nobody there"), Endpoint.of("10.0.0.2", 0));
    assertNotNull(from.takeErrorReport());
  }

  @Test
  void datagramsOfOthersAreSeenAndTheirErrors() throws Exception {
    RawSocket watcher = lab.a.raw(true, UDP);
    watcher.option(Options.RECEIVE_ERRORS, true);
    UdpSocket client = lab.a.udp(true);
    client.send(bytes("x"), Endpoint.of("fd00::2", 9));
    ErrorReport report = watcher.takeErrorReport();
    assertNotNull(report);
    assertEquals(9, report.data().length); // UDP's header and the byte
  }

  @Test
  void headerIncluded() throws Exception {
    RawSocket raw = lab.a.raw(false, 255);
    assertTrue(raw.option(Options.HEADER_INCLUDED));
    RawSocket to = lab.b.raw(false, EXPERIMENT);
    byte[] packet =
        HexFormat.of()
            .parseHex("45000000" + "00000000" + "07fd0000" + "00000000" + "0a000002" + "abcd");
    Endpoint there = Endpoint.of("10.0.0.2", 0);
    assertEquals(22, raw.send(ByteBuffer.wrap(packet), there));
    byte[] seen = received(to);
    assertEquals(7, seen[8]);
    assertArrayEquals(new byte[] {10, 0, 0, 1}, Arrays.copyOfRange(seen, 12, 16));
    for (String bad : new String[] {"", "45", "4f" + "00".repeat(30), "65" + "00".repeat(30)}) {
      ByteBuffer message = ByteBuffer.wrap(HexFormat.of().parseHex(bad));
      assertError(NetError.INVALID, () -> raw.send(message, there));
    }
    ByteBuffer long1 = ByteBuffer.allocate(1501);
    assertError(NetError.MESSAGE_TOO_LONG, () -> raw.send(long1, there));
    assertNull(receive(to));
  }

  @Test
  void icmpFilterAndHopLimit() throws Exception {
    RawSocket raw = lab.a.raw(false, ICMP);
    raw.option(Options.ICMP_FILTER, List.of(1)); // no echo replies
    raw.send(echoRequest(8), Endpoint.of("10.0.0.2", 0));
    assertNull(receive(raw));
    raw.option(Options.ICMP_FILTER, List.of(~1));
    raw.send(echoRequest(8), Endpoint.of("10.0.0.2", 0));
    assertNotNull(receive(raw));
    RawSocket there = lab.b.raw(false, ICMP);
    raw.option(Options.HOP_LIMIT, 3);
    raw.send(echoRequest(8), Endpoint.of("10.0.0.2", 0));
    assertEquals(3, received(there)[8]);
  }

  @Test
  void packetFilter() throws Exception {
    RawSocket raw = lab.a.raw(false, ICMP);
    // The identifier behind an IP header of any length: ldxb 4*([0]&0xf); ldh [x+4]; jeq; ret
    raw.option(
        Options.FILTER,
        new ClassicFilter(
            new Instruction(0xb1, 0, 0, 0),
            new Instruction(0x48, 0, 0, 4),
            new Instruction(0x15, 0, 1, 0x1234),
            new Instruction(0x06, 0, 0, 24),
            new Instruction(0x06, 0, 0, 0)));
    raw.send(echoRequest(8), Endpoint.of("10.0.0.2", 0));
    assertEquals(24, received(raw).length);
    raw.send(
        echoRequest(8).putShort(4, (short) 1).putShort(2, (short) 0), Endpoint.of("10.0.0.1", 0));
    assertNull(receive(raw));
  }

  @Test
  void pingSocketsIgnorePorts() throws Exception {
    PingSocket ping = lab.a.ping(false);
    ping.connect(Endpoint.of("10.0.0.2", 1025));
    ping.send(echoRequest(8), null);
    assertEquals(12, received(ping).length);
  }
}
