package io.rookery.tcpip.tun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.DatagramInfo;
import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Options;
import io.rookery.tcpip.PingSocket;
import io.rookery.tcpip.Readiness;
import io.rookery.tcpip.TcpInfo;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.TcpStream;
import io.rookery.tcpip.UdpSocket;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.link.FaultInjector;
import io.rookery.tcpip.link.Faults;
import io.rookery.tcpip.link.PacketSink;
import io.rookery.tcpip.link.Scheduler;
import io.rookery.tcpip.link.SystemScheduler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the Linux kernel over a TUN device in a network namespace of the test's own. */
class HostKernelTest {
  private static final String KERNEL_V4 = "10.77.0.1";
  private static final String KERNEL_V6 = "fd77::1";
  private static final String OURS_V4 = "10.77.0.2";
  private static final String OURS_V6 = "fd77::2";

  @BeforeAll
  static void needsRootAndTun() {
    String missing = Tun.missing();
    assumeTrue(missing == null, () -> "No TUN device: " + missing);
  }

  /** A stack whose only link leads to the kernel. */
  private static final class Setup implements AutoCloseable {
    final Tun tun;
    final SystemScheduler scheduler = Scheduler.system("faults");
    final IpStack stack;

    Setup(int mtu, Faults faults) throws Exception {
      tun = Tun.open(mtu, KERNEL_V4 + "/24", KERNEL_V6 + "/64");
      PacketSink link =
          faults.equals(Faults.NONE)
              ? tun
              : new FaultInjector(tun, scheduler, new SplittableRandom(7), faults, faults);
      stack = IpStack.builder().name("ours").build();
      stack.addInterface(
          "eth0", link, IpPrefix.parse(OURS_V4 + "/24"), IpPrefix.parse(OURS_V6 + "/64"));
    }

    @Override
    public void close() {
      long errors = stack.count(Counter.INTERNAL_ERRORS) + stack.count(Counter.SINK_FAILURES);
      stack.close();
      scheduler.close();
      assertEquals(0, errors);
    }
  }

  private static CompletableFuture<Void> async(IoAction action) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            action.run();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        task -> Thread.ofPlatform().daemon().start(task));
  }

  interface IoAction {
    void run() throws Exception;
  }

  /** Writes a stream that a seed makes, and ends it. */
  private static void write(OutputStream out, long seed, int total) throws IOException {
    Random random = new Random(seed);
    byte[] chunk = new byte[50_000];
    for (int done = 0; done < total; done += chunk.length) {
      random.nextBytes(chunk);
      out.write(chunk, 0, Math.min(chunk.length, total - done));
    }
  }

  private static void check(InputStream in, long seed, int total) throws IOException {
    Random random = new Random(seed);
    byte[] chunk = new byte[50_000];
    for (int done = 0; done < total; done += chunk.length) {
      random.nextBytes(chunk);
      int size = Math.min(chunk.length, total - done);
      byte[] got = in.readNBytes(size);
      assertArrayEquals(Arrays.copyOf(chunk, size), got, "at " + done);
    }
    assertEquals(-1, in.read());
  }

  /** Streams both ways at once; kernel's socket and ours. */
  private static void exchange(Socket kernel, TcpStream ours, int total) throws Exception {
    CompletableFuture<?> all =
        CompletableFuture.allOf(
            async(
                () -> {
                  write(kernel.getOutputStream(), 1, total);
                  kernel.shutdownOutput();
                }),
            async(
                () -> {
                  write(ours.output(), 2, total);
                  ours.output().close();
                }),
            async(() -> check(kernel.getInputStream(), 2, total)),
            async(() -> check(ours.input(), 1, total)));
    try {
      all.get(100, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(ours.socket().info().toString(), e);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1500, false, 0, 0, 20000000",
    "1500, true, 0, 0, 20000000",
    "576, false, 0, 0, 3000000",
    "9000, true, 0, 0, 20000000",
    "65535, false, 0, 0, 20000000",
    "1500, false, 1, 5, 2000000",
    "1500, true, 3, 2, 1000000",
  })
  void bulkBothWays(int mtu, boolean v6, int lossPercent, int delayMillis, int total)
      throws Exception {
    Faults faults =
        Faults.NONE.withLoss(lossPercent / 100.0).withDelay(Duration.ofMillis(delayMillis));
    InetAddress oursAddress = InetAddress.getByName(v6 ? OURS_V6 : OURS_V4);
    InetAddress kernelAddress = InetAddress.getByName(v6 ? KERNEL_V6 : KERNEL_V4);
    try (Setup setup = new Setup(mtu, faults)) {
      // The kernel connects.
      TcpSocket listener = setup.stack.tcp(v6);
      listener.bind(new Endpoint(v6 ? IpAddress.ANY_V6 : IpAddress.ANY_V4, 5000));
      listener.listen(5);
      CompletableFuture<TcpStream> accepted = new CompletableFuture<>();
      var _ = async(() -> accepted.complete(TcpStream.accept(listener)));
      try (Socket kernel = setup.tun.inNamespace(() -> new Socket(oursAddress, 5000))) {
        TcpStream ours = accepted.get(20, TimeUnit.SECONDS);
        exchange(kernel, ours, total);
        TcpInfo info = ours.socket().info();
        assertTrue(info.sack() && info.timestamps() && info.sendScale() >= 0, info.toString());
        ours.close();
      }
      // The stack connects.
      try (ServerSocket server =
          setup.tun.inNamespace(() -> new ServerSocket(0, 5, kernelAddress))) {
        TcpStream ours =
            TcpStream.connect(
                setup.stack, new Endpoint(IpAddress.of(kernelAddress), server.getLocalPort()));
        try (Socket kernel = server.accept()) {
          exchange(kernel, ours, total);
        }
        ours.close();
      }
    }
  }

  @Test
  void refusals() throws Exception {
    try (Setup setup = new Setup(1500, Faults.NONE)) {
      NetException refused =
          assertThrows(
              NetException.class, () -> TcpStream.connect(setup.stack, Endpoint.of(KERNEL_V4, 9)));
      assertEquals(NetError.CONNECTION_REFUSED, refused.error());
      assertThrows(
          Exception.class,
          () -> setup.tun.inNamespace(() -> new Socket(InetAddress.getByName(OURS_V4), 9)),
          ConnectException.class.getName());
      UdpSocket udp = setup.stack.udp(true);
      udp.connect(Endpoint.of(KERNEL_V6, 9));
      // The kernel's address may not be ready at once, and datagrams are not repeated.
      for (int i = 0; i < 500 && (udp.readiness() & Readiness.ERROR) == 0; i++) {
        if (i % 50 == 0) {
          udp.send(ByteBuffer.allocate(10), null);
        }
        Thread.sleep(10);
      }
      assertEquals(NetError.CONNECTION_REFUSED, udp.takeError());
    }
  }

  @Test
  void datagramsAndPings() throws Exception {
    try (Setup setup = new Setup(1500, Faults.NONE)) {
      for (String host : new String[] {KERNEL_V4, KERNEL_V6}) {
        boolean v6 = host.contains(":");
        PingSocket ping = setup.stack.ping(v6);
        byte[] message = new byte[5000]; // fragments both ways
        message[0] = (byte) (v6 ? 128 : 8);
        message[4999] = 5;
        ping.send(ByteBuffer.wrap(message), Endpoint.of(host, 0));
        ByteBuffer reply = ByteBuffer.allocate(6000);
        for (int i = 0; i < 300 && ping.receive(reply) == null; i++) {
          Thread.sleep(10);
        }
        assertEquals(5000, reply.position());
        assertEquals(5, reply.get(4999));

        UdpSocket ours = setup.stack.udp(v6);
        ours.bind(Endpoint.of(v6 ? "::" : "0.0.0.0", 4000));
        try (DatagramSocket kernel = setup.tun.inNamespace(() -> new DatagramSocket())) {
          kernel.setSoTimeout(5000);
          byte[] data = new byte[20_000];
          new Random(1).nextBytes(data);
          InetAddress to = InetAddress.getByName(v6 ? OURS_V6 : OURS_V4);
          kernel.send(new DatagramPacket(data, data.length, to, 4000));
          ByteBuffer got = ByteBuffer.allocate(30_000);
          DatagramInfo info = null;
          for (int i = 0; i < 300 && info == null; i++) {
            info = ours.receive(got);
            Thread.sleep(10);
          }
          assertArrayEquals(data, Arrays.copyOf(got.array(), got.position()));
          ours.send(got.flip(), info.source());
          DatagramPacket back = new DatagramPacket(new byte[30_000], 30_000);
          kernel.receive(back);
          assertArrayEquals(data, Arrays.copyOf(back.getData(), back.getLength()));
        }
        ours.close();
      }
      long before = setup.stack.count(Counter.ICMP_IN);
      assertTrue(setup.tun.inNamespace(() -> InetAddress.getByName(OURS_V4).isReachable(5000)));
      assertTrue(setup.stack.count(Counter.ICMP_IN) > before); // root's JDK sends echo requests
    }
  }

  @Test
  void renoWorksToo() throws Exception {
    try (Setup setup = new Setup(1500, Faults.NONE.withLoss(0.01));
        ServerSocket server =
            setup.tun.inNamespace(() -> new ServerSocket(0, 5, InetAddress.getByName(KERNEL_V4)))) {
      TcpStream ours =
          TcpStream.connect(setup.stack, Endpoint.of(KERNEL_V4, server.getLocalPort()));
      ours.socket().option(Options.CONGESTION, "reno");
      try (Socket kernel = server.accept()) {
        exchange(kernel, ours, 1_000_000);
      }
      ours.close();
    }
  }
}
