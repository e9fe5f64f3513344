package io.rookery.tcpip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.link.FaultInjector;
import io.rookery.tcpip.link.Faults;
import io.rookery.tcpip.link.LinkPair;
import io.rookery.tcpip.link.Offload;
import io.rookery.tcpip.link.PacketSink;
import java.util.SplittableRandom;

/**
 * Two stacks, 10.0.0.1 and 10.0.0.2 (fd00::1 and fd00::2), at the ends of a link, in virtual time.
 */
public final class Lab implements AutoCloseable {
  public static final long SECOND = 1_000_000_000L;
  public static final long MS = 1_000_000L;

  public final VirtualTime time = new VirtualTime();
  public final SplittableRandom random;
  public final IpStack a;
  public final IpStack b;

  public Lab(long seed, int mtu, Faults toB, Faults toA, Offload... offloads) {
    this(seed, LinkPair.of(mtu, offloads), toB, toA);
  }

  private Lab(long seed, LinkPair pair, Faults toB, Faults toA) {
    random = new SplittableRandom(seed);
    PacketSink link =
        toB.equals(Faults.NONE) && toA.equals(Faults.NONE)
            ? pair.first()
            : new FaultInjector(pair.first(), time, random.split(), toB, toA);
    a = stack("a", link, "10.0.0.1/24", "fd00::1/64");
    b = stack("b", pair.second(), "10.0.0.2/24", "fd00::2/64");
  }

  public static Lab clean(int mtu) {
    return new Lab(1, mtu, Faults.NONE, Faults.NONE);
  }

  private IpStack stack(String name, PacketSink link, String v4, String v6) {
    IpStack stack = IpStack.builder().name(name).scheduler(time).random(random.split()).build();
    stack.addInterface("eth0", link, IpPrefix.parse(v4), IpPrefix.parse(v6));
    return stack;
  }

  /** A connected pair: the first on stack a, the second accepted on stack b. */
  public TcpSocket[] connect(boolean v6) throws NetException {
    TcpSocket listener = b.tcp(v6);
    listener.bind(Endpoint.of(v6 ? "::" : "0.0.0.0", 0));
    listener.listen(16);
    TcpSocket client = a.tcp(v6);
    client.connect(Endpoint.of(v6 ? "fd00::2" : "10.0.0.2", listener.localEndpoint().port()));
    assertTrue(
        time.runUntil(() -> (listener.readiness() & Readiness.READABLE) != 0, 200 * SECOND),
        "no connection");
    TcpSocket server = listener.accept();
    assertNotNull(server);
    assertTrue(time.runUntil(() -> client.state().isSynchronized(), 200 * SECOND));
    listener.close();
    return new TcpSocket[] {client, server};
  }

  public void assertHealthy() {
    assertEquals(0, a.count(Counter.INTERNAL_ERRORS), "internal errors of a");
    assertEquals(0, b.count(Counter.INTERNAL_ERRORS), "internal errors of b");
    assertEquals(0, a.count(Counter.SINK_FAILURES));
    assertEquals(0, b.count(Counter.SINK_FAILURES));
  }

  @Override
  public void close() {
    a.close();
    b.close();
  }
}
