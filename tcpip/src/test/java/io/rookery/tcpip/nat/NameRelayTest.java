package io.rookery.tcpip.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The gateway's name server: every question has an answer. */
@Timeout(60)
class NameRelayTest {
  private final NatLab lab = new NatLab(EgressPolicy.builder());
  private final NameClient client = new NameClient(lab);

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  @Test
  void addressesOfBothFamilies() throws Exception {
    lab.names.put("www.example.org", List.of("192.0.2.1", "192.0.2.2", "2001:db8::1"));
    assertEquals(
        List.of("192.0.2.1", "192.0.2.2", "2001:db8::1"), client.addresses("www.Example.org"));
  }

  @Test
  void whatIsNotThereIsNoDataAndNotSilence() throws Exception {
    lab.names.put("v4.example.org", List.of("192.0.2.1"));
    for (int type : new int[] {28, 33, 15, 16, 2, 6, 65, 255}) { // AAAA, SRV, MX, TXT, NS, SOA…
      ByteBuffer answer = client.ask(NameClient.query(1, "v4.example.org", type, 0));
      assertNotNull(answer, "type " + type);
      assertEquals(0, NameClient.code(answer), "type " + type);
      assertEquals(0, NameClient.records(answer), "type " + type);
    }
    ByteBuffer missing = client.ask(NameClient.query(1, "missing.example.org", 1, 0));
    assertEquals(3, NameClient.code(missing));
  }

  @Test
  void longAnswersGoByTcpOrInLargerDatagrams() throws Exception {
    lab.names.put(
        "many.example.org", IntStream.range(1, 60).mapToObj(i -> "192.0.2." + i).toList());
    byte[] query = NameClient.query(9, "many.example.org", 1, 0);
    ByteBuffer brief = client.ask(query);
    assertTrue(NameClient.truncated(brief));
    assertEquals(0, NameClient.records(brief));
    assertEquals(59, NameClient.records(client.askByTcp(query)));
    ByteBuffer extended = client.ask(NameClient.query(9, "many.example.org", 1, 1232));
    assertFalse(NameClient.truncated(extended));
    assertEquals(59, NameClient.records(extended));
    assertEquals(1, extended.getShort(10)); // its own OPT record
  }

  @Test
  void strangeQuestionsAreErrorsOrNothing() throws Exception {
    byte[] pointer = NameClient.query(1, "a", 1, 0);
    pointer[12] = (byte) 0xc0;
    assertEquals(1, NameClient.code(client.ask(pointer)));
    byte[] status = NameClient.query(1, "a", 1, 0);
    status[2] = 0x10;
    assertEquals(4, NameClient.code(client.ask(status)));
    assertEquals(3, NameClient.code(client.ask(NameClient.query(1, "sp ace\u0000", 1, 0))));
    byte[] none = NameClient.query(1, "a", 1, 0);
    none[5] = 0;
    assertEquals(1, NameClient.code(client.ask(none)));
  }

  @Test
  void noiseDoesNotStopIt() throws Exception {
    lab.names.put("www.example.org", List.of("192.0.2.1"));
    SplittableRandom random = new SplittableRandom(3);
    try (io.rookery.tcpip.UdpSocket socket = lab.guest.udp(false)) {
      for (int i = 0; i < 20_000; i++) {
        byte[] noise = NameClient.query(i & 0xffff, "www.example.org", 1, 600);
        for (int n = random.nextInt(1, 6); n > 0; n--) {
          noise[random.nextInt(noise.length)] = (byte) random.nextInt();
        }
        int length = random.nextInt(noise.length + 1);
        socket.send(
            ByteBuffer.wrap(noise, 0, length),
            io.rookery.tcpip.address.Endpoint.of(NatLab.GATEWAY, 53));
      }
    }
    assertEquals(List.of("192.0.2.1"), client.addresses("www.example.org"));
  }
}
