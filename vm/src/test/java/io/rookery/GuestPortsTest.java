package io.rookery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A guest's ports from the host's side: published ones, and channels without a port. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class GuestPortsTest {
  private static final String ECHO =
      """
      import socket, threading
      def serve(family, address, port):
          l = socket.create_server((address, port), family=family)
          def one(c):
              with c:
                  while data := c.recv(1 << 16):
                      c.sendall(data)
          def all():
              while True:
                  threading.Thread(target=one, args=(l.accept()[0],), daemon=True).start()
          threading.Thread(target=all).start()
      serve(socket.AF_INET, '127.0.0.1', 7000)
      serve(socket.AF_INET6, '::1', 7006)
      print('ready')
      """;

  private static Vm vm;

  @BeforeAll
  static void start() throws IOException {
    vm =
        Vm.builder()
            .disk(Disks.hostDirectory(Path.of("/")))
            .publish(0, 7000)
            .publish(0, 7001)
            .publish(0, 7006)
            .build();
    GuestPrograms.server(vm, ECHO);
  }

  @AfterAll
  static void stop() {
    vm.close();
  }

  private static byte[] data(int length) {
    byte[] data = new byte[length];
    for (int i = 0; i < length; i++) {
      data[i] = (byte) (i * 7 + (i >> 9));
    }
    return data;
  }

  private static void assertEchoes(SocketChannel channel, int length) throws Exception {
    byte[] data = data(length);
    CompletableFuture<Void> sent =
        CompletableFuture.runAsync(
            () -> {
              try {
                channel.write(ByteBuffer.wrap(data));
                channel.shutdownOutput();
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    byte[] got = Channels.newInputStream(channel).readAllBytes();
    sent.get();
    assertTrue(Arrays.equals(data, got), "got " + got.length);
  }

  @Test
  void publishedPortsLeadIntoTheGuest() throws Exception {
    for (int port : new int[] {7000, 7006}) {
      InetSocketAddress at = vm.published(port);
      assertTrue(at.getAddress().isLoopbackAddress());
      try (SocketChannel channel = SocketChannel.open(at)) {
        assertEchoes(channel, 3 << 20);
      }
    }
  }

  @Test
  void publishedPortsAreThereOnTheLoopbackInterfaceOnly() throws Exception {
    int port = vm.published(7000).getPort();
    List<InetAddress> others =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(a -> !a.isLoopbackAddress() && !a.isLinkLocalAddress())
            .toList();
    for (InetAddress other : others) { // of this machine
      assertThrows(ConnectException.class, () -> new Socket(other, port).close(), other::toString);
    }
  }

  @Test
  void whereNobodyListensTheConnectionIsReset() throws Exception {
    try (Socket socket = new Socket()) {
      socket.connect(vm.published(7001));
      assertThrows(IOException.class, () -> socket.getInputStream().read());
    }
    assertThrows(ConnectException.class, () -> vm.connect(7001));
    assertThrows(IllegalArgumentException.class, () -> vm.published(7002));
  }

  @Test
  void aPortThatIsTakenIsAnError() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      VmBuilder builder =
          Vm.builder().disk(Disks.hostDirectory(Path.of("/"))).publish(taken.getLocalPort(), 80);
      VmException e = assertThrows(VmException.class, builder::build);
      assertTrue(String.valueOf(e.getMessage()).contains("port 80"), e::getMessage);
    }
  }

  @Test
  void channelsReachTheGuestWithoutAPort() throws Exception {
    for (int port : new int[] {7000, 7006}) {
      try (SocketChannel channel = vm.connect(port)) {
        assertTrue(channel.isConnected());
        assertEchoes(channel, 3 << 20);
      }
    }
  }

  @Test
  void aChannelMayBeNonBlocking() throws Exception {
    try (SocketChannel channel = vm.connect(7000)) {
      channel.configureBlocking(false);
      ByteBuffer to = ByteBuffer.allocate(10);
      assertEquals(0, channel.read(to));
      assertEquals(2, channel.write(ByteBuffer.wrap("hi".getBytes(UTF_8))));
      while (to.position() < 2) {
        channel.read(to);
        Thread.sleep(1);
      }
      assertEquals("hi", new String(to.array(), 0, 2, UTF_8));
    }
  }

  @Test
  void closingAndInterruptingEndAWait() throws Exception {
    SocketChannel closed = vm.connect(7000);
    CompletableFuture<Integer> reading =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return closed.read(ByteBuffer.allocate(1));
              } catch (AsynchronousCloseException e) {
                return -2;
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    Thread.sleep(50);
    closed.close();
    assertEquals(-2, reading.get());
    SocketChannel interrupted = vm.connect(7000);
    Thread.currentThread().interrupt();
    assertThrows(ClosedByInterruptException.class, () -> interrupted.read(ByteBuffer.allocate(1)));
    assertTrue(Thread.interrupted());
    assertTrue(!interrupted.isOpen());
  }

  @Test
  void theHostListensInTheGuest() throws Exception {
    try (ServerSocketChannel server = vm.listen(7010)) {
      assertThrows(BindException.class, () -> vm.listen(7010).close());
      assertThrows(BindException.class, () -> vm.listen(7000).close());
      server.configureBlocking(false);
      assertNull(server.accept());
      server.configureBlocking(true);
      CompletableFuture<String> printed =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return GuestPrograms.sh(
                      vm, "exec 3<>/dev/tcp/localhost/7010; echo question >&3; cat <&3");
                } catch (IOException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      try (SocketChannel channel = server.accept()) {
        ByteBuffer question = ByteBuffer.allocate(9);
        while (question.hasRemaining() && channel.read(question) >= 0) {}
        assertEquals("question\n", new String(question.array(), UTF_8));
        channel.write(ByteBuffer.wrap("answer\n".getBytes(UTF_8)));
      }
      assertEquals("answer\n", printed.get());
    }
  }
}
