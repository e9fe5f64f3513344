package io.rookery.tcpip;

import static io.rookery.tcpip.TcpSocketTest.bytes;
import static io.rookery.tcpip.TcpSocketTest.read;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.stack.Stack;
import io.rookery.tcpip.wire.Icmp;
import io.rookery.tcpip.wire.Tcp;
import io.rookery.tcpip.wire.TcpOptionWriter;
import io.rookery.tcpip.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One side of a connection is the test: RFC 5961's attacks, odd windows, single segments. */
class AttackTest {
  private static final int PORT = 80;
  private static final int FROM = 4000;
  private static final int ISN = -100; // wraps soon

  private final VirtualTime time = new VirtualTime();
  private final RawPeer peer = new RawPeer();
  private final IpStack stack =
      IpStack.builder().scheduler(time).random(new SplittableRandom(1)).build();
  private int seq = ISN + 1;
  private int ack;

  AttackTest() {
    stack.addInterface("eth0", peer, IpPrefix.parse("10.0.0.1/24"), IpPrefix.parse("fd00::1/64"));
  }

  @AfterEach
  void nothingWentWrong() {
    assertEquals(0, stack.count(Counter.INTERNAL_ERRORS));
    stack.close();
  }

  private TcpSocket established(int window) throws NetException {
    TcpSocket listener = stack.tcp(false);
    listener.bind(Endpoint.of("0.0.0.0", PORT));
    listener.listen(5);
    peer.segment(FROM, PORT, ISN, 0, Tcp.SYN, window);
    ack = peer.takeSegment().sequence() + 1;
    peer.segment(FROM, PORT, seq, ack, Tcp.ACK, window);
    TcpSocket socket = listener.accept();
    assertNotNull(socket);
    peer.take();
    return socket;
  }

  private void send(int flags, int sequence, byte... data) {
    peer.segment(FROM, PORT, sequence, ack, flags, 60_000, data);
  }

  @Test
  void resetOnlyByTheExactNumber() throws Exception {
    TcpSocket socket = established(60_000);
    for (int offset : new int[] {1, 100, 30_000}) {
      send(Tcp.RST, seq + offset);
      assertEquals(TcpState.ESTABLISHED, socket.state());
      TcpSegment challenge = peer.takeSegment();
      assertTrue(challenge.ack() && !challenge.rst());
      assertEquals(seq, challenge.acknowledgment());
      time.run(Lab.SECOND);
    }
    send(Tcp.RST, seq - 1);
    send(Tcp.RST, seq + 1_000_000);
    assertEquals(List.of(), peer.take());
    assertEquals(TcpState.ESTABLISHED, socket.state());
    send(Tcp.RST, seq);
    assertEquals(TcpState.CLOSED, socket.state());
  }

  @Test
  void synInAConnectionIsChallenged() throws Exception {
    TcpSocket socket = established(60_000);
    send(Tcp.SYN, seq + 10);
    assertTrue(peer.takeSegment().ack());
    assertEquals(TcpState.ESTABLISHED, socket.state());
    for (int i = 0; i < 100; i++) {
      send(Tcp.SYN, seq + i); // not more than two answers a second
    }
    assertEquals(0, peer.take().size());
  }

  @Test
  void acknowledgmentOfWhatWasNeverSent() throws Exception {
    TcpSocket socket = established(60_000);
    peer.segment(FROM, PORT, seq, ack + 5, Tcp.ACK, 60_000, (byte) 'x');
    assertEquals(0, socket.available());
    time.run(Lab.SECOND);
    peer.segment(FROM, PORT, seq, ack - 100_000, Tcp.ACK, 60_000, (byte) 'x');
    assertEquals(0, socket.available());
    send(Tcp.ACK, seq, (byte) 'y');
    assertEquals("y", read(socket));
  }

  @Test
  void icmpMustBeAboutWhatIsOutstanding() throws Exception {
    TcpSocket socket = established(60_000);
    socket.write(bytes("data"), false);
    byte[] packet = peer.take().getLast();
    byte[] other = packet.clone();
    other[24]++; // another sequence number
    peer.icmp(3, Icmp.V4_PORT_UNREACHABLE, 0, other);
    peer.icmp(3, Icmp.V4_FRAGMENTATION_NEEDED, 600, other);
    assertEquals(1500, socket.info().pathMtu());
    peer.icmp(3, Icmp.V4_PORT_UNREACHABLE, 0, packet);
    assertEquals(TcpState.ESTABLISHED, socket.state()); // RFC 5927: soft once it is open
    peer.icmp(3, Icmp.V4_FRAGMENTATION_NEEDED, 600, packet);
    assertEquals(600, socket.info().pathMtu());
    peer.icmp(3, Icmp.V4_FRAGMENTATION_NEEDED, 68, packet);
    assertEquals(552, socket.info().pathMtu());
  }

  @Test
  void whatAWindowProbeAcknowledgesMakesRoom() throws Exception {
    TcpSocket socket = established(60_000);
    socket.option(Options.SEND_BUFFER, 8192);
    while (socket.write(ByteBuffer.wrap(new byte[16_384]), false) > 0) {}
    AtomicInteger events = new AtomicInteger();
    socket.listener(bits -> events.accumulateAndGet(bits, (a, b) -> a | b));
    TcpSegment last = peer.takeSegment();
    int end = last.sequence() + last.dataLength();
    peer.segment(FROM, PORT, seq - 1, end, Tcp.ACK, 60_000);
    assertEquals(Readiness.WRITABLE, events.get() & Readiness.WRITABLE);
  }

  @Test
  void windowThatShrinks() throws Exception {
    TcpSocket socket = established(2000);
    byte[] data = new byte[10_000];
    new SplittableRandom(1).nextBytes(data);
    socket.write(ByteBuffer.wrap(data), false);
    List<byte[]> first = peer.take();
    int sent = first.stream().mapToInt(p -> p.length - 40).sum();
    assertTrue(sent > 1000 && sent <= 2000, "sent " + sent);
    peer.segment(FROM, PORT, seq, ack, Tcp.ACK, 0); // takes it all back
    time.run(100 * Lab.SECOND);
    assertEquals(TcpState.ESTABLISHED, socket.state());
    peer.take();
    // Opens again: everything comes, from the first byte, in the end.
    byte[] got = new byte[data.length];
    int next = ack;
    for (int round = 0; round < 2000 && next - ack < data.length; round++) {
      peer.segment(FROM, PORT, seq, next, Tcp.ACK, 1000);
      time.run(500 * Lab.MS);
      for (byte[] packet : peer.take()) {
        TcpSegment segment = new TcpSegment();
        segment.parse(packet, 20, packet.length - 20);
        int at = segment.sequence() - ack;
        assertTrue(segment.sequence() + segment.dataLength() - next <= 2000);
        System.arraycopy(segment.bytes(), segment.data(), got, at, segment.dataLength());
        if (at <= next - ack) {
          next = Math.max(next, segment.sequence() + segment.dataLength());
        }
      }
    }
    assertEquals(data.length, next - ack);
    assertTrue(Arrays.equals(data, got));
  }

  /** What a scaled window field says is kept, to the last byte. */
  @Test
  void allOfTheAnnouncedWindowIsTaken() throws Exception {
    TcpSocket listener = stack.tcp(false);
    listener.bind(Endpoint.of("0.0.0.0", PORT));
    listener.listen(5);
    byte[] syn = new byte[24];
    Tcp.write(syn, 0, FROM, PORT, ISN, 0, 24, Tcp.SYN, 60_000, 0);
    syn[20] = 3; // window scale
    syn[21] = 3;
    peer.inject(RawPeer.ip(false, 6, syn));
    TcpSegment answer = peer.takeSegment();
    assertTrue(answer.windowScale() > 0);
    ack = answer.sequence() + 1;
    int window = answer.window();
    send(Tcp.ACK, seq);
    TcpSocket socket = listener.accept();
    assertNotNull(socket);
    for (int size = 1447; window > 0; size = 1448 - (size + 37) % 500) {
      byte[] data = new byte[Math.min(size, window)];
      send(Tcp.ACK, seq, data);
      seq += data.length;
      time.run(Lab.SECOND);
      TcpSegment taken = peer.takeSegment();
      assertEquals(seq, taken.acknowledgment());
      window = taken.window() << answer.windowScale();
    }
    int most = socket.available();
    assertTrue(most <= socket.option(Options.RECEIVE_BUFFER), "buffered " + most);
    assertEquals(most, socket.read(ByteBuffer.allocate(1 << 20)));
    assertTrue(peer.takeSegment().window() > 0, "the window opens again");
  }

  private TcpSocket establishedWithSack() throws NetException {
    TcpSocket listener = stack.tcp(false);
    listener.bind(Endpoint.of("0.0.0.0", PORT));
    listener.listen(5);
    byte[] syn = new byte[24];
    Tcp.write(syn, 0, FROM, PORT, ISN, 0, 24, Tcp.SYN, 60_000, 0);
    syn[20] = 4; // SACK permitted
    syn[21] = 2;
    peer.inject(RawPeer.ip(false, 6, syn));
    TcpSegment answer = peer.takeSegment();
    assertTrue(answer.sackPermitted());
    ack = answer.sequence() + 1;
    send(Tcp.ACK, seq);
    TcpSocket socket = listener.accept();
    assertNotNull(socket);
    peer.take();
    return socket;
  }

  /** One SYN that is lost says nothing: data begin with ten segments, at the path's pace. */
  @Test
  void aLostSynDoesNotSlowTheStart() throws Exception {
    TcpSocket socket = stack.tcp(false);
    socket.connect(Endpoint.of("10.0.0.2", FROM));
    peer.take(); // lost
    time.run(Lab.SECOND);
    TcpSegment again = peer.takeSegment();
    assertTrue(again.syn());
    time.run(100 * Lab.MS);
    int options = 16;
    byte[] answer = new byte[20 + options];
    Tcp.write(
        answer,
        0,
        FROM,
        again.sourcePort(),
        ISN,
        again.sequence() + 1,
        answer.length,
        Tcp.SYN | Tcp.ACK,
        60_000,
        0);
    int at = TcpOptionWriter.mss(answer, 20, 1460);
    TcpOptionWriter.timestamps(answer, at, 1, again.timestampValue());
    peer.inject(RawPeer.ip(false, 6, answer));
    assertEquals(TcpState.ESTABLISHED, socket.state());
    peer.take();
    TcpInfo info = socket.info();
    assertTrue(Math.abs(info.smoothedRttNanos() - 100 * Lab.MS) < 2 * Lab.MS, info::toString);
    socket.write(ByteBuffer.allocate(50_000), false);
    assertEquals(10, peer.take().size());
  }

  @Test
  void acknowledgmentsOfTheSameHoleAreFew() throws Exception {
    establishedWithSack();
    for (int i = 1; i <= 3; i++) {
      send(Tcp.ACK, seq + 10 * i, new byte[10]);
      assertEquals(1, peer.take().size(), "fast retransmit needs it");
    }
    for (int i = 4; i <= 9; i++) {
      send(Tcp.ACK, seq + 10 * i, new byte[10]);
    }
    assertEquals(0, peer.take().size());
    time.run(1_000_000);
    TcpSegment one = peer.takeSegment();
    assertEquals(seq, one.acknowledgment());
    assertEquals(seq + 10, one.sackLeft(0));
    assertEquals(seq + 100, one.sackRight(0));
    time.run(Lab.SECOND);
    assertEquals(0, peer.take().size());
    for (int i = 10; i < 110; i++) {
      send(Tcp.ACK, seq + 10 * i, new byte[10]);
    }
    assertEquals(2, peer.take().size(), "however fast they come");
    send(Tcp.ACK, seq, new byte[10]);
    assertEquals(seq + 1100, peer.takeSegment().acknowledgment());
    send(Tcp.ACK, seq + 1110, new byte[10]);
    assertEquals(1, peer.take().size(), "another hole");
  }

  @Test
  void outOfOrderIsReportedBySack() throws Exception {
    TcpSocket socket = establishedWithSack();
    byte[] ten = new byte[10];
    send(Tcp.ACK, seq + 20, ten);
    send(Tcp.ACK, seq + 40, ten);
    send(Tcp.ACK, seq + 60, ten);
    TcpSegment sack = peer.takeSegment();
    assertEquals(3, sack.sackBlocks());
    assertEquals(seq + 60, sack.sackLeft(0)); // the last one first
    assertEquals(seq + 70, sack.sackRight(0));
    assertEquals(seq + 40, sack.sackLeft(1));
    assertEquals(seq + 20, sack.sackLeft(2));
    send(Tcp.ACK, seq + 42, new byte[4]); // again: D-SACK
    TcpSegment duplicate = peer.takeSegment();
    assertEquals(seq + 42, duplicate.sackLeft(0));
    assertEquals(seq + 46, duplicate.sackRight(0));
    assertEquals(seq + 40, duplicate.sackLeft(1));
    send(Tcp.ACK, seq, new byte[20]);
    assertEquals(seq + 30, peer.takeSegment().acknowledgment());
    assertEquals(30, socket.available());
    send(Tcp.ACK, seq + 5, new byte[10]); // old data again
    TcpSegment old = peer.takeSegment();
    assertEquals(seq + 5, old.sackLeft(0));
    assertEquals(seq + 15, old.sackRight(0));
  }

  @Test
  void initialNumbersAreNoGuess() throws Exception {
    TcpSocket listener = stack.tcp(false);
    listener.bind(Endpoint.of("0.0.0.0", PORT));
    listener.listen(100);
    int last = 0;
    int small = 0;
    for (int i = 0; i < 50; i++) {
      peer.segment(FROM + i, PORT, 1, 0, Tcp.SYN, 1000);
      int isn = peer.takeSegment().sequence();
      small += Math.abs(isn - last) < 10_000_000 ? 1 : 0;
      last = isn;
    }
    assertTrue(small < 5, small + " of 50 were near the one before");
    assertNotEquals(0, last);
  }

  @Test
  void synFloodHoldsNoMemory() throws Exception {
    TcpSocket listener = stack.tcp(false);
    listener.bind(Endpoint.of("0.0.0.0", PORT));
    listener.listen(64);
    for (int i = 0; i < 20_000; i++) {
      peer.segment(1024 + i, PORT, i, 0, Tcp.SYN, 1000);
    }
    peer.stopRecording();
    assertEquals(65, stack.sockets().size()); // the queue and the listener
    assertTrue(stack.count(Counter.TCP_COOKIES_OUT) > 19_000);
    // Guessed cookies make no connection.
    for (int i = 0; i < 20_000; i++) {
      peer.segment(1024 + i, PORT, i + 1, i * 7919, Tcp.ACK, 1000);
    }
    assertEquals(0, stack.count(Counter.TCP_COOKIES_IN));
    time.run(200 * Lab.SECOND);
    assertEquals(1, stack.sockets().size());
    assertEquals(0, ((Stack) stack).memoryInUse());
  }

  @Test
  void oneByteIslandsAreBounded() throws Exception {
    TcpSocket socket = established(60_000);
    for (int i = 1; i < 60_000; i += 2) {
      send(Tcp.ACK, seq + i, (byte) 1);
    }
    assertTrue(((Stack) stack).memoryInUse() <= 128 << 10);
    socket.abort();
    socket.close();
    assertEquals(0, ((Stack) stack).memoryInUse());
  }
}
