package io.rookery.linux.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.linux.call.Guest;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.tcpip.address.Endpoint;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The network as a part of the kernel: when it begins and ends, and what guests can take of it. */
@Timeout(60)
class NetworkNamespaceTest {
  private static final int STREAM = 1;
  private static final int DATAGRAM = 2;
  private static final int NON_BLOCKING = 0x800;
  private static final int DONT_WAIT = 0x40;

  private static byte[] loopback(int port) {
    return SocketAddresses.of(Endpoint.of("127.0.0.1", port));
  }

  private static int port(Guest g, long fd) {
    byte[] length = {16, 0, 0, 0};
    g.task.memory().write(Guest.BUFFER + 64, length);
    assertEquals(0, g.call("getsockname", fd, Guest.BUFFER, Guest.BUFFER + 64));
    byte[] a = g.buffer(4);
    return (a[2] & 0xff) << 8 | a[3] & 0xff;
  }

  private static long listener(Guest g) {
    long l = g.call("socket", 2, STREAM, 0);
    assertEquals(0, g.call("bind", l, loopback(0), 16));
    assertEquals(0, g.call("listen", l, 100));
    return l;
  }

  private static long connection(Guest g, int port) {
    long c = g.call("socket", 2, STREAM | NON_BLOCKING, 0);
    assertEquals(-Errno.EINPROGRESS.number(), g.call("connect", c, loopback(port), 16));
    return c;
  }

  private static long networkThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("network of "))
        .count();
  }

  @Test
  void endsWithTheKernel() throws InterruptedException {
    long before = networkThreads();
    NetworkNamespace network;
    try (Guest g = new Guest()) {
      long l = listener(g);
      connection(g, port(g, l));
      connection(g, port(g, l));
      network = g.kernel.kernel.network();
      assertTrue(networkThreads() > before); // delayed acknowledgments and the like
    }
    for (int i = 0; networkThreads() > before && i < 500; i++) {
      Thread.sleep(10);
    }
    assertEquals(before, networkThreads());
    assertEquals(List.of(), network.stack().sockets());
  }

  @Test
  void doesNotBeginUnasked() {
    try (Guest g = new Guest()) {
      NetworkNamespace network = g.kernel.kernel.network();
      network.close();
      assertEquals(Errno.ENETDOWN, assertThrows(ErrnoException.class, network::stack).errno());
    }
  }

  @Test
  void closedDescriptorsLeaveNothing() {
    try (Guest g = new Guest()) {
      long l = listener(g);
      long c = connection(g, port(g, l));
      long a = g.call("accept", l, 0L, 0L);
      long u = g.call("socket", 10, DATAGRAM, 0);
      for (long fd : new long[] {c, a, l, u}) {
        assertEquals(0, g.call("close", fd));
      }
      assertEquals(0, g.kernel.kernel.network().openSockets());
      assertTrue(
          g.kernel.kernel.network().stack().sockets().stream().allMatch(e -> e.socket() == null));
    }
  }

  /** Senders stop long before the host's memory does. */
  @Test
  void unreadDataAreBounded() {
    try (Guest g = new Guest()) { // 256 MiB: a limit of 32 MiB for sockets
      long l = listener(g);
      int port = port(g, l);
      long sent = 0;
      for (int i = 0; i < 20; i++) {
        long c = connection(g, port);
        long a = g.call("accept", l, 0L, 0L);
        assertTrue(a > 0);
        long n = 1;
        while (n > 0) {
          n = g.call("sendto", c, Guest.BUFFER, 1 << 20, DONT_WAIT, 0L, 0);
          sent += Math.max(n, 0);
        }
        assertEquals(-Errno.EAGAIN.number(), n);
      }
      assertTrue(sent > 4 << 20, "sent " + sent);
      assertTrue(sent < 64 << 20, "sent " + sent);
    }
  }

  @Test
  void unreadDatagramsAreBounded() {
    try (Guest g = new Guest()) {
      long r = g.call("socket", 2, DATAGRAM, 0);
      assertEquals(0, g.call("bind", r, loopback(0), 16));
      int port = port(g, r);
      long s = g.call("socket", 2, DATAGRAM, 0);
      for (int i = 0; i < 5000; i++) {
        assertEquals(
            1000, g.call("sendto", s, Guest.BUFFER, 1000, 0, loopback(port), 16)); // dropped
      }
      int kept = 0;
      while (g.call("recvfrom", r, Guest.BUFFER, 2000, DONT_WAIT, 0L, 0L) == 1000) {
        kept++;
      }
      assertTrue(kept > 50 && kept < 500, "kept " + kept);
    }
  }

  /** A blocked call of another thread ends when the process is killed, and the port is free. */
  @Test
  void blockedCallsEndWithTheTask() throws InterruptedException {
    try (Guest g = new Guest()) {
      long l = listener(g);
      int port = port(g, l);
      AtomicLong result = new AtomicLong(1);
      Guest[] other = new Guest[1];
      Thread t =
          Thread.ofPlatform()
              .start(
                  () -> {
                    other[0] = g.another();
                    long mine = listener(other[0]);
                    result.set(other[0].call("accept", mine, 0L, 0L));
                    other[0].close();
                  });
      while (t.getState() != Thread.State.WAITING) {
        Thread.sleep(1);
      }
      other[0].task.exitGroup(0);
      t.join();
      assertTrue(result.get() < 0);
      connection(g, port); // the network goes on
      assertEquals(2, g.kernel.kernel.network().openSockets());
    }
  }
}
