package io.rookery.tcpip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.stack.Stack;
import io.rookery.tcpip.wire.Bytes;
import io.rookery.tcpip.wire.Protocol;
import io.rookery.tcpip.wire.Tcp;
import io.rookery.tcpip.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Random packets: no exception, no leak, no more packets out than in. */
class FuzzTest {
  private static final int COUNT = Boolean.getBoolean("rookery.full") ? 10_000_000 : 100_000;

  private final VirtualTime time = new VirtualTime();
  private final RawPeer peer = new RawPeer();
  private final Stack stack =
      (Stack) IpStack.builder().scheduler(time).random(new SplittableRandom(1)).build();
  private final SplittableRandom random = new SplittableRandom(42);
  private final List<StackSocket> sockets = new ArrayList<>();

  FuzzTest() {
    stack.addInterface("eth0", peer, IpPrefix.parse("10.0.0.1/24"), IpPrefix.parse("fd00::1/64"));
  }

  private void assertHealthy() {
    assertEquals(0, stack.count(Counter.INTERNAL_ERRORS));
    assertEquals(0, stack.count(Counter.SINK_FAILURES));
    sockets.forEach(StackSocket::close);
    time.run(1000 * Lab.SECOND);
    assertEquals(List.of(), stack.sockets());
    assertEquals(0, stack.memoryInUse());
    assertEquals(0, stack.reassemblyMemory());
    stack.close();
  }

  /** Noise behind a right IP header, with every protocol and extension header. */
  @Test
  void noise() throws Exception {
    TcpSocket listener = stack.tcp(true);
    listener.bind(Endpoint.of("::", 7));
    listener.listen(10);
    UdpSocket udp = stack.udp(true);
    udp.bind(Endpoint.of("::", 7));
    PingSocket ping = stack.ping(false);
    ping.bind(Endpoint.of("0.0.0.0", 7));
    sockets.addAll(List.of(listener, udp, ping));
    peer.stopRecording();
    int[] protocols = {0, 1, 6, 17, 41, 43, 44, 51, 58, 59, 60, 255};
    for (int i = 0; i < COUNT; i++) {
      boolean v6 = random.nextBoolean();
      byte[] payload = new byte[random.nextInt(random.nextInt(20) == 0 ? 1400 : 90)];
      random.nextBytes(payload);
      if (payload.length > 4 && random.nextBoolean()) {
        Bytes.put16(payload, 2, 7); // the open port
      }
      byte[] packet = RawPeer.ip(v6, protocols[random.nextInt(protocols.length)], payload);
      switch (random.nextInt(6)) {
        case 0 -> packet[random.nextInt(Math.min(packet.length, 40))] = (byte) random.nextInt();
        case 1 -> {
          if (!v6) {
            Bytes.put16(packet, 6, random.nextInt(0x4000)); // fragments
          }
        }
        case 2 -> packet[0] = (byte) (random.nextBoolean() ? 0x45 + random.nextInt(11) : 0x60);
        default -> {}
      }
      peer.inject(packet);
      if (i % 100 == 0) {
        time.run(Lab.MS);
        udp.receive(ByteBuffer.allocate(0));
      }
    }
    // SYN-ACKs of random SYNs are repeated five times; nothing else leaves unasked.
    long repeated = stack.count(Counter.TCP_PASSIVE_OPENS) + 10_000;
    assertTrue(peer.packets() <= COUNT + repeated, peer.packets() + " packets");
    assertTrue(stack.reassemblyMemory() <= 5 << 20);
    assertHealthy();
  }

  /** Segments with nearly right numbers into connections that are open, closing and opening. */
  @Test
  void segmentsIntoConnections() throws Exception {
    TcpSocket listener = stack.tcp(false);
    listener.bind(Endpoint.of("0.0.0.0", 80));
    listener.listen(100);
    int done = 0;
    long before = 0;
    for (int port = 1024; done < COUNT; port = port == 60_000 ? 1024 : port + 1) {
      int isn = random.nextInt();
      byte[] syn = new byte[44];
      Tcp.write(syn, 0, port, 80, isn, 0, 44, Tcp.SYN, 60_000, 0);
      byte[] options = {
        4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 3, 3, 7, 2, 4, 5, (byte) 180, 0, 0, 0, 0, 0
      };
      System.arraycopy(options, 0, syn, 20, 24);
      peer.inject(RawPeer.ip(false, Protocol.TCP, syn));
      TcpSegment answer = peer.takeSegment();
      int ours = answer.sequence() + 1;
      before = peer.packets();
      TcpSocket socket = null;
      int batch = 200;
      for (int i = 0; i < batch; i++) {
        peer.inject(RawPeer.ip(false, Protocol.TCP, segment(port, isn + 1, ours, i == 0)));
        if (socket == null) {
          socket = listener.accept();
        } else if (random.nextInt(50) == 0) {
          act(socket);
        }
        if (random.nextInt(10) == 0) {
          time.run(random.nextLong(50 * Lab.MS));
        }
      }
      done += batch;
      // Data and their repetitions besides the answers.
      assertTrue(peer.packets() - before <= 3 * batch + 100, "amplification");
      peer.take();
      // A random SYN may have opened another one after the end of the first.
      for (; socket != null; socket = listener.accept()) {
        socket.abort();
        socket.close();
      }
    }
    sockets.add(listener);
    peer.stopRecording();
    assertHealthy();
  }

  private byte[] segment(int port, int theirs, int ours, boolean right) {
    int data = random.nextInt(3) == 0 ? random.nextInt(1400) : 0;
    int options = right ? 12 : 4 * random.nextInt(11);
    byte[] b = new byte[20 + options + data];
    random.nextBytes(b);
    int sequence = theirs + near();
    int ack = ours + near();
    int flags = random.nextInt(3) == 0 ? random.nextInt(64) : Tcp.ACK;
    if (right || random.nextInt(3) == 0) {
      sequence = theirs;
      ack = ours;
      flags = Tcp.ACK;
    }
    Tcp.write(
        b,
        0,
        port,
        80,
        sequence,
        ack,
        20 + options,
        flags,
        random.nextInt(0x10000),
        random.nextInt(100));
    if (options >= 12 && (right || random.nextInt(4) != 0)) {
      Bytes.put32(b, 20, 0x0101080a);
      Bytes.put32(b, 24, 1 + (right ? 0 : random.nextInt(100)));
      if (options >= 24 && random.nextBoolean()) {
        Bytes.put32(b, 32, 0x0101050a);
        Bytes.put32(b, 36, ours + near());
        Bytes.put32(b, 40, ours + near());
      }
    }
    return b;
  }

  private int near() {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> random.nextInt(5000);
      case 2 -> random.nextInt(200_000) - 100_000;
      default -> random.nextInt();
    };
  }

  private void act(TcpSocket socket) {
    try {
      switch (random.nextInt(5)) {
        case 0 -> socket.shutdown(false, true);
        case 1 -> socket.write(ByteBuffer.allocate(random.nextInt(3000)), random.nextBoolean());
        case 2 -> socket.writeUrgent(ByteBuffer.allocate(1 + random.nextInt(10)));
        case 3 -> socket.option(Options.URGENT_INLINE, random.nextBoolean());
        default -> socket.read(ByteBuffer.allocate(random.nextInt(10_000)));
      }
    } catch (NetException e) {
      // The segments before may have ended it.
    }
  }
}
