package io.rookery.tcpip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.link.LinkPair;
import io.rookery.tcpip.link.PacketSink;
import io.rookery.tcpip.wire.Bytes;
import io.rookery.tcpip.wire.Checksum;
import io.rookery.tcpip.wire.Icmp;
import io.rookery.tcpip.wire.Ipv4;
import io.rookery.tcpip.wire.Ipv6;
import io.rookery.tcpip.wire.Protocol;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A router in the middle of the path whose next link carries less. */
class PathMtuTest {

  /** Drops what is too big, and says so or not. */
  private static final class Narrow implements PacketSink {
    private final PacketSink inner;
    private final int narrow;
    private final boolean silent;
    private Receiver receiver;
    private int dropped;

    Narrow(PacketSink inner, int narrow, boolean silent) {
      this.inner = inner;
      this.narrow = narrow;
      this.silent = silent;
    }

    @Override
    public int mtu() {
      return inner.mtu();
    }

    @Override
    public void attach(Receiver to) {
      receiver = to;
      inner.attach(to);
    }

    @Override
    public void send(List<ByteBuffer> packets) {
      List<ByteBuffer> passing = new ArrayList<>();
      List<ByteBuffer> answers = new ArrayList<>();
      for (ByteBuffer packet : packets) {
        if (packet.remaining() <= narrow) {
          passing.add(packet);
        } else {
          dropped++;
          if (!silent) {
            answers.add(tooBig(packet));
          }
        }
      }
      inner.send(passing);
      receiver.receive(answers);
    }

    private ByteBuffer tooBig(ByteBuffer packet) {
      byte[] about = new byte[packet.remaining()];
      packet.get(packet.position(), about);
      boolean v6 = Ipv4.version(about, 0) == 6;
      int header = v6 ? Ipv6.HEADER : Ipv4.HEADER;
      int quoted = Math.min(about.length, v6 ? 500 : 28);
      byte[] answer = new byte[header + 8 + quoted];
      System.arraycopy(about, 0, answer, header + 8, quoted);
      if (v6) {
        Ipv6.write(
            answer,
            0,
            0,
            8 + quoted,
            Protocol.ICMPV6,
            64,
            Ipv6.destination(about, 0),
            Ipv6.source(about, 0));
        Icmp.write(answer, header, Icmp.V6_PACKET_TOO_BIG, 0, narrow);
      } else {
        Ipv4.write(
            answer,
            0,
            0,
            answer.length,
            0,
            0,
            64,
            Protocol.ICMP,
            Ipv4.destination(about, 0),
            Ipv4.source(about, 0));
        Icmp.write(answer, header, Icmp.V4_UNREACHABLE, Icmp.V4_FRAGMENTATION_NEEDED, narrow);
      }
      long sum = Checksum.sum(answer, header, 8 + quoted);
      if (v6) {
        sum +=
            Checksum.pseudoHeader(
                Ipv6.source(answer, 0), Ipv6.destination(answer, 0), Protocol.ICMPV6, 8 + quoted);
      }
      Bytes.put16(answer, header + Icmp.CHECKSUM, Checksum.finish(sum));
      return ByteBuffer.wrap(answer);
    }

    @Override
    public void close() {
      inner.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "false, 1400, false",
    "true, 1300, false",
    "false, 600, false",
    "false, 1400, true",
    "true, 1280, true",
    "false, 600, true",
  })
  void finishesOverANarrowPath(boolean v6, int narrow, boolean silent) throws Exception {
    VirtualTime time = new VirtualTime();
    LinkPair pair = LinkPair.of(1500);
    Narrow router = new Narrow(pair.first(), narrow, silent);
    try (IpStack a = IpStack.builder().scheduler(time).random(new SplittableRandom(1)).build();
        IpStack b = IpStack.builder().scheduler(time).random(new SplittableRandom(2)).build()) {
      a.addInterface("eth0", router, IpPrefix.parse("10.0.0.1/24"), IpPrefix.parse("fd00::1/64"));
      b.addInterface(
          "eth0", pair.second(), IpPrefix.parse("10.0.0.2/24"), IpPrefix.parse("fd00::2/64"));
      TcpSocket listener = b.tcp(v6);
      listener.bind(Endpoint.of(v6 ? "::" : "0.0.0.0", 80));
      listener.listen(1);
      TcpSocket client = a.tcp(v6);
      client.connect(Endpoint.of(v6 ? "fd00::2" : "10.0.0.2", 80));
      TcpSocket server = listener.accept();
      Duplex duplex = new Duplex(client, server, 500_000, 100_000, 1);
      long start = time.nanoTime();
      assertTrue(time.runUntil(duplex::done, 100 * Lab.SECOND), () -> client.info().toString());
      assertTrue(router.dropped > 0);
      assertEquals(0, a.count(Counter.INTERNAL_ERRORS));
      if (silent) {
        assertTrue(a.count(Counter.TCP_BLACK_HOLES) > 0);
      } else {
        assertEquals(narrow, client.info().pathMtu());
        assertTrue(time.nanoTime() - start < Lab.SECOND, "no timeout is needed");
      }
    }
  }
}
