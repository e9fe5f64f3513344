package io.rookery.tcpip.nat;

import io.rookery.tcpip.ForwardedConnection;
import io.rookery.tcpip.Forwarder;
import io.rookery.tcpip.Forwarding;
import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Unreachable;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.dns.DnsServer;
import io.rookery.tcpip.dns.NameResolver;
import io.rookery.tcpip.link.LinkPair;
import io.rookery.tcpip.link.Offload;
import io.rookery.tcpip.link.PacketSink;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A router with NAT for one guest, without rights on the host: TCP connections and UDP datagrams of
 * whoever is at the other end of {@link #sink} go on through sockets of this JVM, pings as far as
 * the JVM can, names through a resolver at the gateway's port 53. A connection is there for the
 * guest when it is there outside, and fails as it fails outside. Thread-safe.
 */
public final class NatGateway implements AutoCloseable {
  private static final int MTU = 65_520;
  private static final long MEMORY = 64L << 20;
  private static final Duration ECHO_PATIENCE = Duration.ofSeconds(3);
  private static final int ECHO_THREADS = 8;
  private static final int ECHO_WAITING = 32;
  private static final int MOST_WAITING = 2048; // connections that nobody has looked at

  private final LinkPair link = LinkPair.of(MTU, Offload.CHECKSUM, Offload.SEGMENTATION);
  private final IpStack stack;
  private final NatLoop loop;
  private final TcpDials connections;
  private final UdpFlows datagrams;
  private final DnsServer names;
  private final ThreadPoolExecutor echoes;

  /**
   * A gateway.
   *
   * @param name of its threads
   * @param addresses of the gateway, with the network in which the guest has another one
   * @param policy what may be reached
   * @param connector opens connections
   * @param resolver answers questions for names
   */
  public NatGateway(
      String name,
      List<IpPrefix> addresses,
      EgressPolicy policy,
      Connector connector,
      NameResolver resolver) {
    List<IpAddress> own = addresses.stream().map(IpPrefix::address).toList();
    LearnedNames learned = new LearnedNames();
    Judge judge = new Judge(policy, own, learned);
    stack = IpStack.builder().name(name).memory(MEMORY).build();
    stack.addInterface("inside", link.first(), addresses.toArray(IpPrefix[]::new));
    loop = new NatLoop(name + " channels", this::sweep);
    connections = new TcpDials(loop, connector, judge);
    datagrams = new UdpFlows(loop, connector, judge);
    echoes =
        new ThreadPoolExecutor(
            ECHO_THREADS,
            ECHO_THREADS,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(ECHO_WAITING),
            Thread.ofPlatform().daemon().name(name + " ping ", 0).factory());
    echoes.allowCoreThreadTimeOut(true);
    try {
      names = new DnsServer(stack, own, new JudgedResolver(resolver, judge, learned));
    } catch (NetException e) {
      throw new AssertionError(e); // the stack is new
    }
    Inside inside = new Inside(judge, connector);
    inside.back = stack.forward(inside);
  }

  /** The resolver that the JVM's own programs use. */
  public static NameResolver hostResolver() {
    return new HostResolver();
  }

  /** The guest's end of the link. Closing it does not close the gateway. */
  public PacketSink sink() {
    return link.second();
  }

  private void sweep() {
    datagrams.sweep();
  }

  @Override
  public void close() {
    connections.close();
    datagrams.close();
    names.close();
    echoes.shutdownNow();
    stack.close();
    loop.close();
  }

  private final class Inside implements Forwarder {
    private final Judge judge;
    private final Connector connector;
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile @Nullable Forwarding back;

    Inside(Judge judge, Connector connector) {
      this.judge = judge;
      this.connector = connector;
    }

    @Override
    public void connection(ForwardedConnection request) {
      if (waiting.incrementAndGet() > MOST_WAITING) {
        waiting.decrementAndGet();
        request.drop(); // the guest will try again
        return;
      }
      loop.execute(
          () -> {
            waiting.decrementAndGet();
            connections.dial(request);
          });
    }

    @Override
    public void datagram(Endpoint from, Endpoint to, byte[] data) {
      Forwarding answers = back;
      if (answers != null) {
        datagrams.send(answers, from, to, data);
      }
    }

    @Override
    public void echo(IpAddress from, IpAddress to, byte[] message) {
      Forwarding answers = back;
      if (answers == null) {
        return;
      }
      if (!judge.echo(new Endpoint(from, 0), to)) {
        answers.unreachable(from, to, message, Unreachable.PROHIBITED);
        return;
      }
      try {
        echoes.execute(() -> ping(answers, from, to, message));
      } catch (RejectedExecutionException e) {
        // Too many at once: as if it were lost on the way.
      }
    }

    private void ping(Forwarding answers, IpAddress from, IpAddress to, byte[] message) {
      try {
        if (connector.answers(to.unmapped(), ECHO_PATIENCE)) {
          answers.echoReply(to, from, message);
        }
      } catch (IOException e) {
        answers.unreachable(from, to, message, DialErrors.reason(e));
      }
    }
  }
}
