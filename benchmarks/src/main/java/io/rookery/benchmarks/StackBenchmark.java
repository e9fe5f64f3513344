package io.rookery.benchmarks;

import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.link.LinkPair;
import io.rookery.tcpip.link.Offload;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A stream through the TCP/IP stack alone: two stacks back to back, or one with itself; writer and
 * reader on one thread. The score is megabytes a second; 125 are 1 Gbit/s.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class StackBenchmark {
  private static final int PIECE = 256 << 10;

  /** What lies between the two ends. */
  public enum Path {
    /** One stack, 64 KiB segments. */
    LOOPBACK,
    /** 64 KiB packets, checksums neither made nor looked at. */
    LARGE,
    /** 64 KiB packets with checksums. */
    LARGE_SUMMED,
    /** As a switch between VMs: MTU 1500, but 64 KiB segments pass. */
    SEGMENTED,
    /** 1500 bytes, checksums neither made nor looked at. */
    SMALL,
    /** 1500 bytes with checksums. */
    SMALL_SUMMED
  }

  /** What lies between the two ends. */
  @Param public Path path;

  private final ByteBuffer out = ByteBuffer.allocate(PIECE);
  private final ByteBuffer in = ByteBuffer.allocate(PIECE);
  private IpStack left;
  private IpStack right;
  private TcpSocket writer;
  private TcpSocket reader;

  /** Connects. */
  @Setup(Level.Trial)
  public void connect() throws Exception {
    left = IpStack.create();
    right = path == Path.LOOPBACK ? left : IpStack.create();
    if (path != Path.LOOPBACK) {
      LinkPair pair =
          switch (path) {
            case LARGE -> LinkPair.of(65_535, Offload.CHECKSUM);
            case LARGE_SUMMED -> LinkPair.of(65_535);
            case SEGMENTED -> LinkPair.of(1500, Offload.CHECKSUM, Offload.SEGMENTATION);
            case SMALL -> LinkPair.of(1500, Offload.CHECKSUM);
            default -> LinkPair.of(1500);
          };
      left.addInterface("eth0", pair.first(), IpPrefix.parse("10.0.0.1/24"));
      right.addInterface("eth0", pair.second(), IpPrefix.parse("10.0.0.2/24"));
    }
    TcpSocket listener = right.tcp(false);
    listener.bind(Endpoint.of("0.0.0.0", 5001));
    listener.listen(1);
    writer = left.tcp(false);
    writer.connect(Endpoint.of(path == Path.LOOPBACK ? "127.0.0.1" : "10.0.0.2", 5001));
    while (reader == null) {
      reader = listener.accept();
    }
  }

  /** Ends the stacks. */
  @TearDown(Level.Trial)
  public void end() {
    left.close();
    right.close();
  }

  /** Sends and receives a piece of the stream. */
  @Benchmark
  @OperationsPerInvocation(PIECE)
  public long stream() throws Exception {
    out.clear();
    long received = 0;
    while (received < PIECE) {
      writer.write(out, false);
      int count = reader.read(in.clear());
      if (count < 0) {
        throw new IllegalStateException("the stream has ended");
      }
      received += count;
    }
    return received;
  }
}
