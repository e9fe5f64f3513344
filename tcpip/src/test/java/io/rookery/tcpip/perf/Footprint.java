package io.rookery.tcpip.perf;

import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.link.LinkPair;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory of 10,000 idle and 1,000 active connections, both ends of each in this process. No test;
 * run its main method with -Xmx160m -XX:+UseSerialGC, which leaves the JVM below 256 MB.
 */
public final class Footprint {
  private Footprint() {}

  public static void main(String[] args) throws Exception {
    LinkPair pair = LinkPair.of(1500);
    try (IpStack a = IpStack.create();
        IpStack b = IpStack.create()) {
      a.addInterface("eth0", pair.first(), IpPrefix.parse("10.0.0.1/24"));
      b.addInterface("eth0", pair.second(), IpPrefix.parse("10.0.0.2/24"));
      TcpSocket listener = b.tcp(false);
      listener.bind(Endpoint.of("0.0.0.0", 80));
      listener.listen(4000);
      long before = used();
      List<TcpSocket> idle = open(a, listener, 10_000);
      System.out.printf("idle: %d bytes a connection, both ends%n", (used() - before) / 10_000);
      List<TcpSocket> active = open(a, listener, 1000);
      long bytes = 0;
      ByteBuffer out = ByteBuffer.allocate(16 << 10);
      ByteBuffer in = ByteBuffer.allocate(64 << 10);
      long start = System.nanoTime();
      for (int round = 0; round < 10; round++) {
        for (int i = 0; i < active.size(); i += 2) {
          active.get(i).write(out.clear(), false);
        }
        for (int i = 1; i < active.size(); i += 2) {
          for (int n = 1; n > 0; bytes += n) {
            n = active.get(i).read(in.clear());
          }
        }
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          "active: %.2f Gbit/s over 1,000; heap in use %d MiB; %d idle still open%n",
          bytes * 8 / seconds / 1e9,
          used() >> 20,
          idle.stream().filter(s -> s.state().sends()).count() / 2);
    }
  }

  /** Clients and servers by turns. */
  private static List<TcpSocket> open(IpStack from, TcpSocket listener, int count)
      throws NetException {
    List<TcpSocket> sockets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TcpSocket client = from.tcp(false);
      client.connect(Endpoint.of("10.0.0.2", 80));
      TcpSocket server = null;
      while (server == null) {
        server = listener.accept();
      }
      sockets.add(client);
      sockets.add(server);
    }
    return sockets;
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
