package io.rookery.tcpip.nat;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.DatagramInfo;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.PingSocket;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.TcpStream;
import io.rookery.tcpip.UdpSocket;
import io.rookery.tcpip.address.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A guest's connections through a gateway, to servers on this machine's loopback. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class NatGatewayTest {
  private static final String SERVER = "203.0.113.7";
  private static final String SERVER_V6 = "2001:db8::7";

  private static void echo(java.net.Socket socket) throws IOException {
    socket.getInputStream().transferTo(socket.getOutputStream());
  }

  private static NetError failure(NatLab lab, String address, int port) {
    return assertThrows(NetException.class, () -> lab.connect(address, port).close()).error();
  }

  private static DatagramInfo await(UdpSocket socket, ByteBuffer to) throws Exception {
    for (int i = 0; i < 3000; i++) {
      DatagramInfo info = socket.receive(to);
      if (info != null) {
        return info;
      }
      Thread.sleep(5);
    }
    throw new AssertionError("nothing came");
  }

  @Test
  void streamsGoBothWaysWholeAndEndOneByOne() throws Exception {
    try (NatLab lab = new NatLab(EgressPolicy.builder())) {
      lab.serve(SERVER, 80, NatGatewayTest::echo);
      byte[] data = NatLab.pattern(8 << 20);
      try (TcpStream stream = lab.connect(SERVER, 80)) {
        Thread writer =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        stream.output().write(data);
                        stream.output().close();
                      } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                      }
                    });
        assertArrayEquals(data, stream.input().readAllBytes());
        writer.join();
      }
      assertEquals(List.of("tcp " + SERVER + ":80"), lab.dials());
    }
  }

  @Test
  void ipv6IsDialledAsIpv6AndMappedAddressesAsIpv4() throws Exception {
    try (NatLab lab = new NatLab(EgressPolicy.builder())) {
      lab.serve(SERVER_V6, 80, NatGatewayTest::echo);
      lab.serve(SERVER, 80, NatGatewayTest::echo);
      for (String address : List.of(SERVER_V6, "::ffff:" + SERVER)) {
        try (TcpStream stream = lab.connect(address, 80)) {
          stream.output().write("hello".getBytes(US_ASCII));
          assertEquals("hello", new String(stream.input().readNBytes(5), US_ASCII));
        }
      }
      assertEquals(List.of("tcp " + SERVER_V6 + ":80", "tcp " + SERVER + ":80"), lab.dials());
    }
  }

  @Test
  void aDialThatFailsTellsTheGuestWhy() throws Exception {
    try (NatLab lab = new NatLab(EgressPolicy.builder())) {
      lab.connector.fail(SERVER + ":2", new NoRouteToHostException("No route to host"));
      lab.connector.fail(SERVER + ":3", new SocketException("Network is unreachable"));
      assertEquals(NetError.CONNECTION_REFUSED, failure(lab, SERVER, 1));
      assertEquals(NetError.HOST_UNREACHABLE, failure(lab, SERVER, 2));
      assertEquals(NetError.NETWORK_UNREACHABLE, failure(lab, SERVER, 3));
      assertEquals(NetError.CONNECTION_REFUSED, failure(lab, SERVER_V6, 1));
      // A real refusal, by a port of the loopback where nobody listens any more.
      InetSocketAddress nobody;
      try (java.net.ServerSocket gone =
          new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        nobody = new InetSocketAddress(gone.getInetAddress(), gone.getLocalPort());
      }
      lab.connector.serve(SERVER + ":4", nobody);
      assertEquals(NetError.CONNECTION_REFUSED, failure(lab, SERVER, 4));
      assertEquals(List.of(), lab.refusals);
    }
  }

  @Test
  void aResetOutsideIsAResetInside() throws Exception {
    try (NatLab lab = new NatLab(EgressPolicy.builder())) {
      lab.serve(
          SERVER,
          80,
          socket -> {
            assertEquals(1, socket.getInputStream().read());
            socket.setSoLinger(true, 0);
          });
      try (TcpStream stream = lab.connect(SERVER, 80)) {
        stream.output().write(1);
        NetException e = assertThrows(NetException.class, () -> stream.input().read());
        assertEquals(NetError.CONNECTION_RESET, e.error());
      }
    }
  }

  @Test
  void aResetInsideIsAResetOutside() throws Exception {
    try (NatLab lab = new NatLab(EgressPolicy.builder())) {
      CountDownLatch reset = new CountDownLatch(1);
      lab.serve(
          SERVER,
          80,
          socket -> {
            try {
              InputStream in = socket.getInputStream();
              while (in.read() >= 0) {}
            } catch (SocketException e) {
              reset.countDown();
            }
          });
      TcpStream stream = lab.connect(SERVER, 80);
      stream.output().write(1);
      stream.socket().abort();
      assertTrue(reset.await(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void whoDoesNotReadStopsTheOtherSide() throws Exception {
    try (NatLab lab = new NatLab(EgressPolicy.builder())) {
      CountDownLatch over = new CountDownLatch(1);
      lab.serve(
          SERVER,
          80,
          socket -> {
            try {
              over.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      try (TcpStream stream = lab.connect(SERVER, 80)) {
        TcpSocket socket = stream.socket();
        byte[] data = new byte[1 << 16];
        long sent = 0;
        for (int idle = 0; idle < 100; ) {
          int count = socket.write(ByteBuffer.wrap(data), false);
          sent += count;
          idle = count > 0 ? 0 : idle + 1;
          Thread.sleep(count > 0 ? 0 : 5);
          assertTrue(sent < 64 << 20, "somebody buffers without a bound");
        }
        assertTrue(sent > 1 << 20, "sent only " + sent);
      }
      over.countDown();
    }
  }

  @Test
  void datagramsComeBackFromWhomTheyWereSentTo() throws Exception {
    try (NatLab lab = new NatLab(EgressPolicy.builder());
        DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      lab.connector.serve(
          SERVER + ":5000", new InetSocketAddress(server.getLocalAddress(), server.getLocalPort()));
      Thread.ofVirtual()
          .start(
              () -> {
                byte[] b = new byte[65_536];
                while (true) {
                  try {
                    DatagramPacket p = new DatagramPacket(b, b.length);
                    server.receive(p);
                    server.send(p);
                  } catch (IOException e) {
                    return;
                  }
                }
              });
      try (UdpSocket socket = lab.guest.udp(false)) {
        for (int size : new int[] {1, 1400, 9000, 65_000}) {
          byte[] data = NatLab.pattern(size);
          socket.send(ByteBuffer.wrap(data), Endpoint.of(SERVER, 5000));
          ByteBuffer got = ByteBuffer.allocate(65_536);
          DatagramInfo info = await(socket, got);
          assertEquals(Endpoint.of(SERVER, 5000), info.source());
          assertArrayEquals(data, java.util.Arrays.copyOf(got.array(), got.position()));
        }
      }
      assertEquals(List.of("udp " + SERVER + ":5000"), lab.dials()); // one flow
    }
  }

  @Test
  void aDatagramThatNobodyWantsIsAnError() throws Exception {
    try (NatLab lab = new NatLab(EgressPolicy.builder())) {
      InetSocketAddress nobody;
      try (DatagramSocket gone = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
        nobody = new InetSocketAddress(gone.getLocalAddress(), gone.getLocalPort());
      }
      lab.connector.serve(SERVER + ":5000", nobody);
      try (UdpSocket socket = lab.guest.udp(false)) {
        socket.connect(Endpoint.of(SERVER, 5000));
        socket.send(ByteBuffer.wrap(new byte[1]), null);
        NetError error = null;
        for (int i = 0; i < 2000 && error == null; i++) {
          error = socket.takeError();
          Thread.sleep(5);
        }
        assertEquals(NetError.CONNECTION_REFUSED, error);
      }
    }
  }

  @Test
  void pingsAreAnswered() throws Exception {
    try (NatLab lab = new NatLab(EgressPolicy.builder())) {
      for (String address : List.of(SERVER, NatLab.GATEWAY)) {
        try (PingSocket socket = lab.guest.ping(false)) {
          byte[] request = {8, 0, 0, 0, 0, 0, 0, 1, 'd', 'a', 't', 'a'};
          socket.send(ByteBuffer.wrap(request), Endpoint.of(address, 0));
          ByteBuffer got = ByteBuffer.allocate(100);
          DatagramInfo info = null;
          for (int i = 0; i < 2000 && info == null; i++) {
            info = socket.receive(got);
            Thread.sleep(5);
          }
          assertNotNull(info);
          assertEquals(address, info.source().address().toString());
          assertEquals("data", new String(got.array(), 8, 4, US_ASCII));
        }
      }
      assertEquals(List.of("icmp " + SERVER), lab.dials());
    }
  }

  @Test
  void connectionsAreLimited() throws Exception {
    try (NatLab lab = new NatLab(EgressPolicy.builder().connections(3))) {
      lab.serve(SERVER, 80, NatGatewayTest::echo);
      List<TcpStream> open = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        open.add(lab.connect(SERVER, 80));
      }
      assertEquals(NetError.HOST_UNREACHABLE, failure(lab, SERVER, 80));
      assertEquals(List.of("too many connections"), lab.reasons());
      open.removeLast().close();
      TcpStream again = null;
      for (int i = 0; i < 1000 && again == null; i++) {
        try {
          again = lab.connect(SERVER, 80);
        } catch (NetException e) {
          Thread.sleep(5); // the server's side has not ended yet
        }
      }
      assertNotNull(again);
    }
  }

  @Test
  void bytesAreLimited() throws Exception {
    try (NatLab lab = new NatLab(EgressPolicy.builder().bytes(100_000))) {
      lab.serve(SERVER, 80, NatGatewayTest::echo);
      try (TcpStream stream = lab.connect(SERVER, 80)) {
        byte[] part = new byte[10_000];
        for (int i = 0; i < 5; i++) {
          stream.output().write(part);
          assertEquals(part.length, stream.input().readNBytes(part.length).length);
        }
        assertThrows(
            NetException.class,
            () -> {
              stream.output().write(part);
              assertEquals(part.length, stream.input().readNBytes(part.length).length);
            });
      }
      assertEquals(NetError.HOST_UNREACHABLE, failure(lab, SERVER, 80));
      assertEquals(List.of("all bytes are used"), lab.reasons());
    }
  }

  @Test
  void manyConnectionsAtOnceNeedNoThreadEach() throws Exception {
    try (NatLab lab = new NatLab(EgressPolicy.builder())) {
      lab.serve(SERVER, 80, NatGatewayTest::echo);
      int before = Thread.activeCount();
      List<TcpStream> open = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        open.add(lab.connect(SERVER, 80));
      }
      for (TcpStream stream : open) {
        stream.output().write(NatLab.pattern(1000));
      }
      for (TcpStream stream : open) {
        assertTrue(NatLab.same(NatLab.pattern(1000), stream.input().readNBytes(1000)));
      }
      assertTrue(Thread.activeCount() < before + 40);
      for (TcpStream stream : open) {
        stream.close();
      }
    }
  }
}
