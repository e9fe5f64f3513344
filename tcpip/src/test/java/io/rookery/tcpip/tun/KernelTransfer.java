package io.rookery.tcpip.tun;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.TcpStream;
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
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The kernel at one end of a bad link, a stack of ours or another kernel at the other one. */
final class KernelTransfer implements AutoCloseable {
  private static final String LEFT_V4 = "10.77.0.1";
  private static final String LEFT_V6 = "fd77::1";
  private static final String RIGHT_V4 = "10.77.0.2";
  private static final String RIGHT_V6 = "fd77::2";
  private static final int MOST_SECONDS = 300;
  private static final int CHUNK = 64 << 10;

  private final Activity activity;
  private final int total;
  private final boolean v6;
  private final long seed;
  private final Tun left;
  private final SystemScheduler scheduler = Scheduler.system("faults");
  private final @Nullable IpStack stack;
  private final @Nullable Tun right;

  KernelTransfer(KernelGridTest.Link link, boolean ours, int seed) throws Exception {
    this.seed = seed;
    v6 = link.mtu() >= 1280 && seed % 2 == 1;
    total = total(link);
    activity = new Activity(Duration.ofMillis(1300 + 8L * link.delay()));
    left = kernel(link.mtu(), LEFT_V4, LEFT_V6);
    Faults faults =
        Faults.NONE
            .withLoss(link.loss())
            .withDelay(Duration.ofMillis(link.delay()))
            .withReorder(link.reorder() ? 0.1 : 0, Duration.ofMillis(1 + link.delay() / 4));
    PacketSink path =
        activity.watch(
            new FaultInjector(
                activity.watch(left), scheduler, new SplittableRandom(seed), faults, faults));
    if (ours) {
      right = null;
      stack = IpStack.create();
      stack.addInterface(
          "eth0", path, IpPrefix.parse(RIGHT_V4 + "/24"), IpPrefix.parse(RIGHT_V6 + "/64"));
    } else {
      stack = null;
      right = kernel(link.mtu(), RIGHT_V4, RIGHT_V6);
      path.attach(right::send);
      right.attach(path::send);
    }
  }

  /** A kernel that uses CUBIC: a namespace must not choose it but for a route. */
  private static Tun kernel(int mtu, String v4, String v6) throws Exception {
    Tun tun = Tun.open(mtu, v4 + "/24", v6 + "/64");
    return tun.inNamespace(
        () -> {
          Files.writeString(Path.of("/proc/sys/net/ipv4/tcp_no_metrics_save"), "1");
          cubic("-4", "change", "10.77.0.0/24", "src", v4);
          if (mtu >= 1280) {
            cubic("-6", "add", "fd77::/64", "metric", "1");
          }
          return tun;
        });
  }

  private static void cubic(String family, String how, String to, String key, String value)
      throws Exception {
    Tun.ip(family, "route", how, to, "dev", "tun0", key, value, "congctl", "cubic");
  }

  /** What takes a few seconds, going by the macroscopic model of TCP's congestion avoidance. */
  private static int total(KernelGridTest.Link link) {
    double roundTrip = Math.max(0.002, 0.002 * link.delay());
    if (link.loss() == 0) {
      return link.delay() > 0 ? 6_000_000 : 4000 * link.mtu();
    }
    double rate = 1.3 * (link.mtu() - 40) / (roundTrip * Math.sqrt(link.loss()));
    return (int) Math.clamp(rate * 3, 150_000, 4000.0 * link.mtu());
  }

  Activity activity() {
    return activity;
  }

  /** One end of a connection, how its sending ends, and the connection. */
  private record End(InputStream in, OutputStream out, AutoCloseable finish, AutoCloseable rest) {
    static End of(Socket socket) throws IOException {
      OutputStream out = socket.getOutputStream();
      return new End(socket.getInputStream(), out, socket::shutdownOutput, socket);
    }
  }

  /** Sends a stream from the left kernel, or to it; bytes a second. */
  double run(boolean fromKernel) throws Exception {
    InetAddress at = InetAddress.getByName(v6 ? LEFT_V6 : LEFT_V4);
    try (ServerSocket server = left.inNamespace(() -> new ServerSocket(0, 5, at))) {
      CompletableFuture<End> connecting = async(() -> connect(at, server.getLocalPort()));
      End there = End.of(server.accept());
      End here = connecting.get(MOST_SECONDS, TimeUnit.SECONDS);
      End from = fromKernel ? there : here;
      End to = fromKernel ? here : there;
      activity.start();
      long start = System.nanoTime();
      CompletableFuture<Void> sent = async(() -> send(from));
      CompletableFuture<Void> checked = async(() -> check(to));
      try {
        checked.get(MOST_SECONDS, TimeUnit.SECONDS);
      } finally {
        activity.stop();
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      sent.get(MOST_SECONDS, TimeUnit.SECONDS);
      there.rest.close();
      here.rest.close();
      return total / seconds;
    }
  }

  private End connect(InetAddress at, int port) throws Exception {
    if (right != null) {
      return End.of(right.inNamespace(() -> new Socket(at, port)));
    }
    TcpStream stream = TcpStream.connect(stack, new Endpoint(IpAddress.of(at), port));
    return new End(stream.input(), stream.output(), stream.output(), stream);
  }

  private Void send(End from) throws Exception {
    Random random = new Random(seed);
    byte[] chunk = new byte[CHUNK];
    for (int done = 0; done < total; done += CHUNK) {
      random.nextBytes(chunk);
      from.out.write(chunk, 0, Math.min(CHUNK, total - done));
    }
    from.finish.close();
    return null;
  }

  private Void check(End to) throws Exception {
    Random random = new Random(seed);
    byte[] chunk = new byte[CHUNK];
    byte[] got = new byte[CHUNK];
    for (int done = 0; done < total; done += CHUNK) {
      random.nextBytes(chunk);
      int size = Math.min(CHUNK, total - done);
      int count = to.in.readNBytes(got, 0, size);
      if (count != size || !Arrays.equals(chunk, 0, size, got, 0, size)) {
        throw new AssertionError("differs between " + done + " and " + (done + size));
      }
    }
    if (to.in.read() != -1) {
      throw new AssertionError("more than was sent");
    }
    return null;
  }

  private static <T> CompletableFuture<T> async(Callable<T> action) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                result.complete(action.call());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            });
    return result;
  }

  @Override
  public void close() {
    long errors = 0;
    if (stack != null) {
      errors = stack.count(Counter.INTERNAL_ERRORS) + stack.count(Counter.SINK_FAILURES);
      stack.close();
    } else {
      left.close();
      right.close();
    }
    scheduler.close();
    if (errors > 0) {
      throw new AssertionError(errors + " internal errors");
    }
  }
}
