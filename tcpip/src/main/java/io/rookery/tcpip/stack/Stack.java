package io.rookery.tcpip.stack;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.Forwarder;
import io.rookery.tcpip.Forwarding;
import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.LinkTap;
import io.rookery.tcpip.MessageSocket;
import io.rookery.tcpip.PingSocket;
import io.rookery.tcpip.RawSocket;
import io.rookery.tcpip.Route;
import io.rookery.tcpip.SocketEntry;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.TcpState;
import io.rookery.tcpip.UdpSocket;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.core.StackLoop;
import io.rookery.tcpip.forward.ForwardLayer;
import io.rookery.tcpip.icmp.IcmpLayer;
import io.rookery.tcpip.icmp.PingSocketImpl;
import io.rookery.tcpip.ip.IpLayer;
import io.rookery.tcpip.ip.LinkInterface;
import io.rookery.tcpip.link.LoopbackLink;
import io.rookery.tcpip.link.PacketSink;
import io.rookery.tcpip.link.Scheduler;
import io.rookery.tcpip.link.SystemScheduler;
import io.rookery.tcpip.raw.RawLayer;
import io.rookery.tcpip.raw.RawSocketImpl;
import io.rookery.tcpip.socket.DatagramSocketBase;
import io.rookery.tcpip.tcp.TcpLayer;
import io.rookery.tcpip.tcp.TcpReports;
import io.rookery.tcpip.tcp.TcpSocketImpl;
import io.rookery.tcpip.udp.UdpLayer;
import io.rookery.tcpip.udp.UdpSocketImpl;
import io.rookery.tcpip.wire.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The stack behind {@link IpStack}. */
public final class Stack implements IpStack {
  private final @Nullable SystemScheduler ownScheduler;
  private final StackLoop loop;
  private final IpLayer ip;
  private final IcmpLayer icmp;
  private final UdpLayer udp;
  private final UdpLayer udpLite;
  private final TcpLayer tcp;
  private final RawLayer raw;
  private boolean forwarding;
  private boolean closed;

  /** A stack with a loopback interface; see {@link io.rookery.tcpip.IpStackBuilder}. */
  public Stack(
      String name,
      @Nullable Scheduler scheduler,
      RandomGenerator random,
      @Nullable PacketSink loopback,
      long memory) {
    ownScheduler = scheduler == null ? Scheduler.system(name) : null;
    Scheduler clock = scheduler != null ? scheduler : ownScheduler;
    if (clock == null) {
      throw new AssertionError();
    }
    loop = new StackLoop(clock, random, memory);
    ip = new IpLayer(loop);
    icmp = new IcmpLayer(loop, ip);
    udp = new UdpLayer(loop, ip, icmp.errors(), Protocol.UDP);
    udpLite = new UdpLayer(loop, ip, icmp.errors(), Protocol.UDP_LITE);
    tcp = new TcpLayer(loop, ip);
    raw = new RawLayer(ip);
    ip.input().tap(raw);
    icmp.rawErrors(raw::error);
    ip.input().errors(icmp.errors());
    ip.input().register(Protocol.ICMP, icmp);
    ip.input().register(Protocol.ICMPV6, icmp);
    ip.input().register(Protocol.UDP, udp);
    ip.input().register(Protocol.UDP_LITE, udpLite);
    ip.input().register(Protocol.TCP, tcp);
    icmp.register(Protocol.ICMP, icmp);
    icmp.register(Protocol.ICMPV6, icmp);
    icmp.register(Protocol.UDP, udp);
    icmp.register(Protocol.UDP_LITE, udpLite);
    icmp.register(Protocol.TCP, tcp);
    add(
        "lo",
        loopback == null ? new LoopbackLink() : loopback,
        new IpPrefix(IpAddress.LOOPBACK_V4, 8),
        IpPrefix.host(IpAddress.LOOPBACK_V6));
  }

  private LinkInterface add(String name, PacketSink sink, IpPrefix... addresses) {
    LinkInterface added =
        locked(
            () -> {
              LinkInterface made = ip.addInterface(name, sink);
              for (IpPrefix address : addresses) {
                made.addAddress(address);
              }
              return made;
            });
    sink.attach(added);
    return added;
  }

  @Override
  public IpInterface addInterface(String name, PacketSink sink, IpPrefix... addresses) {
    return add(name, sink, addresses);
  }

  @Override
  public IpInterface loopback() {
    return locked(ip::loopback);
  }

  @Override
  public List<IpInterface> interfaces() {
    return locked(ip::interfaces);
  }

  @Override
  public void addRoute(Route route) {
    loop.enter();
    try {
      ip.addRoute(route);
    } finally {
      loop.exit();
    }
  }

  @Override
  public boolean removeRoute(Route route) {
    return locked(() -> ip.removeRoute(route));
  }

  @Override
  public List<Route> routes() {
    return locked(ip::routeList);
  }

  @Override
  public TcpSocket tcp(boolean v6) {
    return new TcpSocketImpl(loop, ip, tcp, v6);
  }

  @Override
  public UdpSocket udp(boolean v6) {
    return new UdpSocketImpl(loop, ip, udp, v6);
  }

  @Override
  public UdpSocket udpLite(boolean v6) {
    return new UdpSocketImpl(loop, ip, udpLite, v6);
  }

  @Override
  public PingSocket ping(boolean v6) {
    return new PingSocketImpl(loop, ip, icmp, v6);
  }

  @Override
  public RawSocket raw(boolean v6, int protocol) {
    if (protocol < 1 || protocol > Protocol.RAW) {
      throw new IllegalArgumentException("protocol: 1 to 255, not " + protocol);
    }
    return new RawSocketImpl(loop, ip, raw, v6, protocol);
  }

  @Override
  public Forwarding forward(Forwarder forwarder) {
    return locked(
        () -> {
          if (forwarding) {
            throw new IllegalStateException("There is a forwarder already");
          }
          forwarding = true;
          ForwardLayer layer = new ForwardLayer(loop, ip, icmp.errors(), forwarder);
          ip.input().forward();
          icmp.forward(layer);
          udp.forward(layer);
          tcp.forward(layer);
          return layer;
        });
  }

  @Override
  public void tap(LinkTap tap) {
    loop.enter();
    try {
      ip.taps().add(tap);
    } finally {
      loop.exit();
    }
  }

  @Override
  public void untap(LinkTap tap) {
    loop.enter();
    try {
      ip.taps().remove(tap);
    } finally {
      loop.exit();
    }
  }

  @Override
  public List<SocketEntry> sockets() {
    return locked(
        () -> {
          List<SocketEntry> entries = new ArrayList<>(TcpReports.entries(tcp));
          udp.ports().all().values().forEach(at -> at.forEach(s -> entries.add(entry(s))));
          udpLite.ports().all().values().forEach(at -> at.forEach(s -> entries.add(entry(s))));
          icmp.identifiers().all().values().forEach(at -> at.forEach(s -> entries.add(entry(s))));
          raw.sockets().forEach(s -> entries.add(entry(s)));
          return entries;
        });
  }

  private static <S extends DatagramSocketBase & MessageSocket> SocketEntry entry(S socket) {
    int protocol =
        switch ((MessageSocket) socket) {
          case UdpSocket u -> u.isLite() ? Protocol.UDP_LITE : Protocol.UDP;
          case PingSocket ping -> ping.v6() ? Protocol.ICMPV6 : Protocol.ICMP;
          case RawSocket any -> any.protocol();
        };
    return new SocketEntry(
        protocol,
        socket.v6(),
        socket.localEndpoint(),
        socket.remoteEndpoint(),
        TcpState.CLOSED,
        0,
        socket.queued(),
        0,
        socket);
  }

  @Override
  public long count(Counter counter) {
    return locked(() -> loop.counted(counter));
  }

  /** Bytes that sockets buffer now; for tests. */
  public long memoryInUse() {
    return locked(() -> loop.memory().used());
  }

  /** Bytes of incomplete packets; for tests. */
  public int reassemblyMemory() {
    return locked(() -> ip.input().reassemblyMemory());
  }

  private <T> T locked(Supplier<T> action) {
    loop.enter();
    try {
      return action.get();
    } finally {
      loop.exit();
    }
  }

  @Override
  public void close() {
    List<LinkInterface> links =
        locked(
            () -> {
              if (closed) {
                return List.of();
              }
              closed = true;
              tcp.abortAll();
              return ip.links();
            });
    for (LinkInterface link : links) {
      link.setUp(false);
      link.sink().close();
    }
    if (ownScheduler != null) {
      ownScheduler.close();
    }
  }
}
