package io.rookery.tcpip.perf;

import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.link.LinkPair;
import io.rookery.tcpip.link.Offload;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Bulk throughput of the stack alone: two stacks back to back, writer and reader on one thread, so
 * that CPU time is all there is. No test; run its main method.
 */
public final class Throughput {
  private Throughput() {}

  public static void main(String[] args) throws Exception {
    for (int round = 0; round < 3; round++) {
      measure("loopback, 64 KiB segments", null);
      measure("pair, MTU 65535, no checksums", LinkPair.of(65_535, Offload.CHECKSUM));
      measure("pair, MTU 65535, checksums", LinkPair.of(65_535));
      measure(
          "pair, MTU 1500, segmentation offload",
          LinkPair.of(1500, Offload.CHECKSUM, Offload.SEGMENTATION));
      measure("pair, MTU 1500, no checksums", LinkPair.of(1500, Offload.CHECKSUM));
      measure("pair, MTU 1500, checksums", LinkPair.of(1500));
    }
  }

  private static void measure(String what, LinkPair pair) throws Exception {
    try (IpStack a = IpStack.create();
        IpStack b = pair == null ? null : IpStack.create()) {
      String host = "127.0.0.1";
      if (pair != null) {
        a.addInterface("eth0", pair.first(), IpPrefix.parse("10.0.0.1/24"));
        b.addInterface("eth0", pair.second(), IpPrefix.parse("10.0.0.2/24"));
        host = "10.0.0.2";
      }
      TcpSocket listener = (pair == null ? a : b).tcp(false);
      listener.bind(Endpoint.of("0.0.0.0", 5001));
      listener.listen(1);
      TcpSocket client = a.tcp(false);
      client.connect(Endpoint.of(host, 5001));
      TcpSocket server = null;
      while (server == null) {
        server = listener.accept();
      }
      ByteBuffer out = ByteBuffer.allocate(256 << 10);
      ByteBuffer in = ByteBuffer.allocate(256 << 10);
      long total = 0;
      long cpu = cpuTime();
      long start = System.nanoTime();
      while (System.nanoTime() - start < 2_000_000_000L) {
        client.write(out.clear(), false);
        int count;
        while ((count = server.read(in.clear())) > 0) {
          total += count;
        }
      }
      double wall = (System.nanoTime() - start) / 1e9;
      double used = (cpuTime() - cpu) / 1e9;
      System.out.printf(
          "%-40s %6.2f Gbit/s, %6.2f per CPU second, %d segments, buffers %d/%d KiB%n",
          what,
          total * 8 / wall / 1e9,
          total * 8 / used / 1e9,
          client.info().segmentsOut(),
          client.info().sendSpace() >> 10,
          server.info().receiveSpace() >> 10);
    }
  }

  /** Of the whole process, compiler and collector included. */
  private static long cpuTime() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }
}
