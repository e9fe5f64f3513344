package io.rookery.tcpip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.link.Faults;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The socket calls with the errors and events that Linux has. */
class TcpSocketTest {
  private final Lab lab = Lab.clean(1500);

  @AfterEach
  void nothingWentWrong() {
    lab.assertHealthy();
    lab.close();
  }

  static void assertError(NetError error, Executable call) {
    assertEquals(error, assertThrows(NetException.class, call).error());
  }

  static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  static String read(TcpSocket socket) throws NetException {
    ByteBuffer to = ByteBuffer.allocate(100_000);
    int count = socket.read(to);
    return count < 0 ? "END" : new String(to.array(), 0, count, StandardCharsets.US_ASCII);
  }

  private TcpSocket listener(int backlog) throws NetException {
    TcpSocket listener = lab.b.tcp(false);
    listener.bind(Endpoint.of("0.0.0.0", 80));
    listener.listen(backlog);
    return listener;
  }

  private TcpSocket connecting() throws NetException {
    TcpSocket socket = lab.a.tcp(false);
    socket.connect(Endpoint.of("10.0.0.2", 80));
    return socket;
  }

  @Test
  void refused() throws Exception {
    TcpSocket socket = connecting();
    lab.time.run(Lab.MS);
    assertTrue((socket.readiness() & Readiness.ERROR) != 0);
    assertEquals(NetError.CONNECTION_REFUSED, socket.takeError());
    assertNull(socket.takeError());
    listener(1);
    socket.connect(Endpoint.of("10.0.0.2", 80)); // the same socket may try again
    assertEquals(TcpState.ESTABLISHED, socket.state());
  }

  @Test
  void timesOutAfterSixRepetitions() throws Exception {
    try (Lab deaf = new Lab(1, 1500, Faults.NONE.withLoss(1), Faults.NONE)) {
      TcpSocket socket = deaf.a.tcp(false);
      long start = deaf.time.nanoTime();
      socket.connect(Endpoint.of("10.0.0.2", 80));
      assertError(NetError.ALREADY, () -> socket.connect(Endpoint.of("10.0.0.2", 80)));
      assertTrue(
          deaf.time.runUntil(() -> (socket.readiness() & Readiness.ERROR) != 0, 300 * Lab.SECOND));
      assertEquals(127, (deaf.time.nanoTime() - start) / Lab.SECOND); // 1+2+4+8+16+32+64
      assertError(NetError.TIMED_OUT, () -> socket.read(ByteBuffer.allocate(1)));
    }
  }

  @Test
  void noRoute() {
    TcpSocket socket = lab.a.tcp(false);
    assertError(NetError.NETWORK_UNREACHABLE, () -> socket.connect(Endpoint.of("192.0.2.1", 80)));
    assertError(NetError.FAMILY_NOT_SUPPORTED, () -> socket.connect(Endpoint.of("fd00::2", 80)));
  }

  @Test
  void bindRules() throws Exception {
    TcpSocket one = lab.a.tcp(false);
    one.bind(Endpoint.of("0.0.0.0", 1000));
    assertError(NetError.INVALID, () -> one.bind(Endpoint.of("0.0.0.0", 1001)));
    TcpSocket two = lab.a.tcp(false);
    assertError(NetError.ADDRESS_IN_USE, () -> two.bind(Endpoint.of("10.0.0.1", 1000)));
    assertError(NetError.ADDRESS_IN_USE, () -> lab.a.tcp(true).bind(Endpoint.of("::", 1000)));
    TcpSocket six = lab.a.tcp(true);
    six.option(Options.V6_ONLY, true);
    six.bind(Endpoint.of("::", 1000));
    assertError(NetError.ADDRESS_NOT_AVAILABLE, () -> two.bind(Endpoint.of("10.0.0.7", 1000)));
    one.option(Options.REUSE_ADDRESS, true);
    two.option(Options.REUSE_ADDRESS, true);
    two.bind(Endpoint.of("10.0.0.1", 1000));
    one.listen(1);
    assertError(NetError.ADDRESS_IN_USE, () -> two.listen(1));
    one.close();
    two.listen(1);
    assertEquals(TcpState.LISTEN, two.state());
  }

  @Test
  void halfCloseAndTimeWait() throws Exception {
    TcpSocket[] pair = lab.connect(false);
    pair[0].write(bytes("hello"), false);
    pair[0].shutdown(false, true);
    assertError(NetError.BROKEN_PIPE, () -> pair[0].write(bytes("x"), false));
    assertEquals("hello", read(pair[1]));
    assertEquals("END", read(pair[1]));
    assertEquals(TcpState.CLOSE_WAIT, pair[1].state());
    assertEquals(TcpState.FIN_WAIT_2, pair[0].state());
    pair[1].write(bytes("and back"), false);
    assertEquals("and back", read(pair[0]));
    pair[1].close();
    assertEquals("END", read(pair[0]));
    assertEquals(TcpState.TIME_WAIT, pair[0].state());
    pair[0].close();
    lab.time.run(61 * Lab.SECOND);
    assertEquals(List.of(), lab.a.sockets());
    assertEquals(List.of(), lab.b.sockets());
  }

  @Test
  void closingWithUnreadDataResets() throws Exception {
    TcpSocket[] pair = lab.connect(false);
    pair[0].write(bytes("unread"), false);
    pair[1].close();
    assertError(NetError.CONNECTION_RESET, () -> read(pair[0]));
    assertEquals("END", read(pair[0]));
    assertError(NetError.BROKEN_PIPE, () -> pair[0].write(bytes("x"), false));
  }

  @Test
  void lingerZeroResets() throws Exception {
    TcpSocket[] pair = lab.connect(false);
    pair[0].option(Options.LINGER, 0);
    pair[0].close();
    assertTrue((pair[1].readiness() & (Readiness.HANG_UP | Readiness.ERROR)) != 0);
    assertError(NetError.CONNECTION_RESET, () -> read(pair[1]));
  }

  @Test
  void dataAfterCloseIsAnsweredWithReset() throws Exception {
    TcpSocket[] pair = lab.connect(false);
    pair[1].close();
    pair[0].write(bytes("too late"), false);
    assertEquals("END", read(pair[0]));
    assertError(NetError.BROKEN_PIPE, () -> pair[0].write(bytes("x"), false));
    assertEquals(List.of(), lab.b.sockets());
  }

  @Test
  void simultaneousOpen() throws Exception {
    try (Lab slow =
        new Lab(
            1,
            1500,
            Faults.NONE.withDelay(java.time.Duration.ofMillis(10)),
            Faults.NONE.withDelay(java.time.Duration.ofMillis(10)))) {
      TcpSocket one = slow.a.tcp(false);
      TcpSocket two = slow.b.tcp(false);
      one.bind(Endpoint.of("10.0.0.1", 1111));
      two.bind(Endpoint.of("10.0.0.2", 2222));
      one.connect(Endpoint.of("10.0.0.2", 2222));
      two.connect(Endpoint.of("10.0.0.1", 1111));
      slow.time.run(Lab.SECOND);
      assertEquals(TcpState.ESTABLISHED, one.state());
      assertEquals(TcpState.ESTABLISHED, two.state());
      Duplex duplex = new Duplex(one, two, 50_000, 60_000, 1);
      assertTrue(slow.time.runUntil(duplex::done, 10 * Lab.SECOND));
      slow.assertHealthy();
    }
  }

  @Test
  void simultaneousClose() throws Exception {
    try (Lab slow =
        new Lab(
            1,
            1500,
            Faults.NONE.withDelay(java.time.Duration.ofMillis(10)),
            Faults.NONE.withDelay(java.time.Duration.ofMillis(10)))) {
      TcpSocket[] pair = slow.connect(false);
      slow.time.run(Lab.SECOND);
      pair[0].shutdown(false, true);
      pair[1].shutdown(false, true);
      assertTrue(slow.time.runUntil(() -> pair[0].state() == TcpState.CLOSING, Lab.SECOND));
      slow.time.run(Lab.SECOND);
      assertEquals(TcpState.TIME_WAIT, pair[0].state());
      assertEquals(TcpState.TIME_WAIT, pair[1].state());
      slow.assertHealthy();
    }
  }

  @Test
  void acceptQueueAndCookies() throws Exception {
    TcpSocket listener = listener(4);
    for (int i = 0; i < 8; i++) {
      connecting();
    }
    lab.time.run(100 * Lab.MS);
    int accepted = 0;
    while (listener.accept() != null) {
      accepted++;
    }
    assertEquals(5, accepted); // backlog and one
    lab.time.run(5 * Lab.SECOND); // those that were dropped try again
    while (listener.accept() != null) {
      accepted++;
    }
    assertEquals(8, accepted);
  }

  @Test
  void synCookiesWhenTheQueueIsFull() throws Exception {
    // SYN-ACKs take a while, so that half-open connections pile up.
    try (Lab slow =
        new Lab(1, 1500, Faults.NONE, Faults.NONE.withDelay(java.time.Duration.ofMillis(50)))) {
      TcpSocket listener = slow.b.tcp(false);
      listener.bind(Endpoint.of("0.0.0.0", 80));
      listener.listen(3);
      List<TcpSocket> clients = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        TcpSocket client = slow.a.tcp(false);
        client.connect(Endpoint.of("10.0.0.2", 80));
        clients.add(client);
      }
      slow.time.run(Lab.SECOND);
      assertEquals(1, slow.b.count(Counter.TCP_COOKIES_OUT));
      assertEquals(1, slow.b.count(Counter.TCP_COOKIES_IN));
      TcpSocket last = null;
      for (int i = 0; i < 4; i++) {
        last = listener.accept();
        assertNotNull(last);
      }
      TcpInfo info = last.info();
      assertTrue(info.sack() && info.timestamps());
      assertEquals(8, info.sendScale());
      Duplex duplex = new Duplex(clients.get(3), last, 200_000, 200_000, 5);
      assertTrue(slow.time.runUntil(duplex::done, 60 * Lab.SECOND));
      slow.assertHealthy();
    }
  }

  @Test
  void zeroWindowIsProbedAndOpens() throws Exception {
    TcpSocket[] pair = lab.connect(false);
    pair[1].option(Options.RECEIVE_BUFFER, 4096);
    byte[] much = new byte[200_000];
    ByteBuffer out = ByteBuffer.wrap(much);
    while (pair[0].write(out, false) > 0) {}
    lab.time.run(300 * Lab.SECOND);
    assertEquals(TcpState.ESTABLISHED, pair[0].state());
    int read = 0;
    ByteBuffer in = ByteBuffer.allocate(10_000);
    for (int i = 0; i < 10_000 && read < much.length; i++) {
      read += Math.max(0, pair[1].read(in.clear()));
      pair[0].write(out, false);
      lab.time.run(10 * Lab.MS);
    }
    assertEquals(much.length, read);
  }

  @Test
  void keepAliveFindsADeadPeer() throws Exception {
    TcpSocket[] pair = lab.connect(false);
    pair[0].option(Options.KEEP_ALIVE, true);
    pair[0].option(Options.KEEP_IDLE, 10);
    pair[0].option(Options.KEEP_INTERVAL, 5);
    pair[0].option(Options.KEEP_COUNT, 3);
    lab.time.run(100 * Lab.SECOND);
    assertEquals(TcpState.ESTABLISHED, pair[0].state());
    lab.b.interfaces().get(1).setUp(false);
    lab.time.run(100 * Lab.SECOND);
    assertError(NetError.TIMED_OUT, () -> read(pair[0]));
  }

  @Test
  void userTimeout() throws Exception {
    TcpSocket[] pair = lab.connect(false);
    pair[0].option(Options.USER_TIMEOUT, 5000);
    lab.b.interfaces().get(1).setUp(false);
    pair[0].write(bytes("into the void"), false);
    long start = lab.time.nanoTime();
    assertTrue(lab.time.runUntil(() -> pair[0].state() == TcpState.CLOSED, 60 * Lab.SECOND));
    long seconds = (lab.time.nanoTime() - start) / Lab.SECOND;
    assertTrue(seconds >= 5 && seconds < 13, "after " + seconds);
    assertEquals(NetError.TIMED_OUT, pair[0].takeError());
  }

  @Test
  void givesUpAfterAQuarterOfAnHour() throws Exception {
    TcpSocket[] pair = lab.connect(false);
    lab.b.interfaces().get(1).setUp(false);
    pair[0].write(bytes("into the void"), false);
    long start = lab.time.nanoTime();
    assertTrue(lab.time.runUntil(() -> pair[0].state() == TcpState.CLOSED, 2000 * Lab.SECOND));
    long minutes = (lab.time.nanoTime() - start) / Lab.SECOND / 60;
    assertTrue(minutes >= 13 && minutes <= 17, "after " + minutes); // R2: 924 s in Linux
  }

  @Test
  void nagleAndCork() throws Exception {
    try (Lab slow =
        new Lab(
            1,
            1500,
            Faults.NONE.withDelay(java.time.Duration.ofMillis(10)),
            Faults.NONE.withDelay(java.time.Duration.ofMillis(10)))) {
      TcpSocket[] pair = slow.connect(false);
      slow.time.run(Lab.SECOND);
      pair[0].write(bytes("a"), false);
      pair[0].write(bytes("b"), false);
      pair[0].write(bytes("c"), false);
      slow.time.run(11 * Lab.MS);
      assertEquals("a", read(pair[1])); // b and c wait for its acknowledgment
      slow.time.run(60 * Lab.MS);
      assertEquals("bc", read(pair[1]));
      pair[0].option(Options.NO_DELAY, true);
      pair[0].write(bytes("d"), false);
      pair[0].write(bytes("e"), false);
      slow.time.run(11 * Lab.MS);
      assertEquals("de", read(pair[1]));
      slow.time.run(Lab.SECOND);
      pair[0].option(Options.CORK, true);
      pair[0].write(bytes("f"), false);
      slow.time.run(100 * Lab.MS);
      assertEquals("", read(pair[1]));
      slow.time.run(150 * Lab.MS);
      assertEquals("f", read(pair[1])); // corked for 200 ms at most
      pair[0].write(bytes("g"), true);
      pair[0].option(Options.CORK, false);
      pair[0].write(bytes("h"), false);
      slow.time.run(50 * Lab.MS);
      assertEquals("gh", read(pair[1]));
    }
  }

  @Test
  void urgentData() throws Exception {
    TcpSocket[] pair = lab.connect(false);
    pair[0].write(bytes("abc"), false);
    assertError(NetError.INVALID, pair[1]::readUrgent);
    pair[0].writeUrgent(bytes("dX"));
    pair[0].write(bytes("ef"), false);
    lab.time.run(Lab.SECOND);
    assertTrue((pair[1].readiness() & Readiness.URGENT) != 0);
    assertEquals('X', pair[1].readUrgent());
    assertError(NetError.INVALID, pair[1]::readUrgent);
    assertEquals(6, pair[1].available());
    assertEquals("abcd", read(pair[1])); // stops at the mark
    assertTrue(pair[1].atUrgentMark());
    assertEquals("ef", read(pair[1]));
    pair[1].option(Options.URGENT_INLINE, true);
    pair[0].writeUrgent(bytes("1Y"));
    pair[0].write(bytes("2"), false);
    lab.time.run(Lab.SECOND);
    assertEquals("1", read(pair[1]));
    assertTrue(pair[1].atUrgentMark());
    assertEquals("Y2", read(pair[1]));
  }

  @Test
  void peekLeavesDataThere() throws Exception {
    TcpSocket[] pair = lab.connect(false);
    pair[0].write(bytes("hello"), false);
    ByteBuffer to = ByteBuffer.allocate(3);
    assertEquals(3, pair[1].peek(to, 1));
    assertArrayEquals("ell".getBytes(StandardCharsets.US_ASCII), to.array());
    assertEquals("hello", read(pair[1]));
  }

  @Test
  void dualStack() throws Exception {
    TcpSocket listener = lab.b.tcp(true);
    listener.bind(Endpoint.of("::", 80));
    listener.listen(1);
    TcpSocket client = connecting();
    TcpSocket server = listener.accept();
    assertNotNull(server);
    assertEquals("::ffff:10.0.0.1", server.remoteEndpoint().address().toString());
    assertEquals("::ffff:10.0.0.2", server.localEndpoint().address().toString());
    TcpSocket six = lab.a.tcp(true);
    six.connect(Endpoint.of("::ffff:10.0.0.2", 80));
    assertEquals(TcpState.ESTABLISHED, six.state());
    assertEquals(TcpState.ESTABLISHED, client.state());
  }

  @Test
  void loopback() throws Exception {
    TcpSocket listener = lab.a.tcp(false);
    listener.bind(Endpoint.of("127.0.0.1", 0));
    listener.listen(1);
    TcpSocket client = lab.a.tcp(false);
    client.connect(listener.localEndpoint());
    TcpSocket server = listener.accept();
    assertNotNull(server);
    Duplex duplex = new Duplex(client, server, 20_000_000, 1000, 1);
    assertTrue(
        lab.time.runUntil(duplex::done, 10 * Lab.SECOND),
        () -> client.info() + "\n" + server.info());
    assertEquals(0, client.info().totalRetransmissions());
    assertFalse(duplex.failed());
  }

  @Test
  void portsRunOut() throws Exception {
    TcpSocket listener = listener(0);
    listener.close();
    // All ports to one destination: connections in SYN-SENT to a host that drops everything.
    lab.b.interfaces().get(1).setUp(false);
    List<TcpSocket> sockets = new ArrayList<>();
    for (int i = 0; i < 60_999 - 32_768 + 1; i++) {
      sockets.add(connecting());
    }
    assertError(NetError.ADDRESS_NOT_AVAILABLE, this::connecting);
    sockets.forEach(TcpSocket::close);
    assertEquals(List.of(), lab.a.sockets());
  }
}
