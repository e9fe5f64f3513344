package io.rookery.tcpip.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.NetError;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Route;
import io.rookery.tcpip.TcpStream;
import io.rookery.tcpip.UdpSocket;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.dns.DnsAnswer;
import io.rookery.tcpip.link.PacketSink;
import io.rookery.tcpip.nat.Connector;
import io.rookery.tcpip.nat.EgressPolicy;
import io.rookery.tcpip.nat.NatGateway;
import io.rookery.tcpip.nat.Refusal;
import io.rookery.tcpip.wire.ChecksumCompletion;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Attempts to reach what is denied, by a stack of ours and by the Linux kernel, each behind a
 * gateway of its own: both see the same error. The connector opens nothing.
 */
@Timeout(120)
class EgressErrnoTest {
  private static final IpPrefix GATEWAY = IpPrefix.parse("10.0.2.2/24");
  private static final IpPrefix GATEWAY_V6 = IpPrefix.parse("fd00:2::2/64");
  private static final String GUEST = "10.0.2.15/24";
  private static final String GUEST_V6 = "fd00:2::15/64";
  private static final int SECONDS = 10;

  private static final Map<NetError, Integer> ERRNO =
      Map.of(
          NetError.ACCESS, 13,
          NetError.INVALID, 22,
          NetError.NETWORK_UNREACHABLE, 101,
          NetError.CONNECTION_REFUSED, 111,
          NetError.HOST_UNREACHABLE, 113);

  private static final List<String> SPECIAL =
      List.of(
          "0.1.2.3",
          "10.0.0.1",
          "10.0.2.3", // beside the gateway
          "10.255.255.254",
          "100.64.0.1",
          "100.100.100.200", // a cloud's metadata
          "127.0.0.1",
          "127.1.2.3",
          "169.254.0.1",
          "169.254.169.254", // metadata
          "169.254.170.2", // containers' credentials
          "172.16.0.1",
          "172.17.0.1", // Docker's host
          "172.31.255.254",
          "192.0.0.192", // a cloud's metadata
          "192.88.99.1",
          "192.168.0.1",
          "192.168.127.254",
          "198.18.0.1",
          "198.19.255.254",
          "224.0.0.1",
          "239.255.255.250",
          "240.0.0.1",
          "255.255.255.254",
          "255.255.255.255",
          "::1",
          "::2",
          "::7f00:1", // IPv4-compatible loopback
          "::10.0.0.1",
          "::ffff:10.0.0.1",
          "::ffff:127.0.0.1",
          "::ffff:169.254.169.254",
          "::ffff:172.16.0.1",
          "::ffff:192.168.1.1",
          "64:ff9b::127.0.0.1", // translated by NAT64
          "64:ff9b::10.0.0.1",
          "64:ff9b::169.254.169.254",
          "64:ff9b:1::a00:1",
          "100::1",
          "2001::1", // Teredo
          "2002:7f00:1::1", // 6to4 of 127.0.0.1
          "2002:a00:1::1",
          "fc00::1",
          "fd00:2::3", // beside the gateway
          "fd00:ec2::254", // a cloud's metadata
          "fd12:3456::1",
          "fec0::1");

  private static final int[] HOST_SERVICES = {22, 25, 80, 111, 443, 631, 3306, 5432, 6379, 8080};

  /** One try. */
  private record Attempt(int type, Endpoint to) {
    private String with(Endpoint destination) {
      return (type == KernelSockets.STREAM ? "tcp " : "udp ") + destination;
    }

    /** As events tell it. */
    String reported() {
      return with(new Endpoint(to.address().unmapped(), to.port()));
    }

    @Override
    public String toString() {
      return with(to);
    }
  }

  private static List<Attempt> attempts() {
    List<Attempt> attempts = new ArrayList<>();
    for (String address : SPECIAL) {
      attempts.add(new Attempt(KernelSockets.STREAM, Endpoint.of(address, 80)));
    }
    for (int port : HOST_SERVICES) {
      for (IpPrefix gateway : List.of(GATEWAY, GATEWAY_V6)) {
        attempts.add(new Attempt(KernelSockets.STREAM, new Endpoint(gateway.address(), port)));
      }
    }
    for (String address :
        List.of(
            "10.0.0.1",
            "10.0.2.2",
            "169.254.169.254",
            "172.17.0.1",
            "192.168.1.1",
            "fd00:2::2",
            "fd00:ec2::254",
            "64:ff9b::10.0.0.1",
            "::ffff:192.168.1.1")) {
      attempts.add(new Attempt(KernelSockets.DATAGRAM, Endpoint.of(address, 161)));
    }
    return attempts;
  }

  /** A gateway that allows what is public, but has no way to get there. */
  private static final class Gateway implements AutoCloseable {
    final List<String> dials = new CopyOnWriteArrayList<>();
    final List<Refusal> refusals = new CopyOnWriteArrayList<>();
    final NatGateway gateway;

    Gateway() {
      Connector connector =
          new Connector() {
            @Override
            public SocketChannel stream(InetSocketAddress to) throws IOException {
              dials.add("tcp " + to);
              throw new ConnectException("Connection refused");
            }

            @Override
            public DatagramChannel datagrams(InetSocketAddress to) throws IOException {
              dials.add("udp " + to);
              throw new ConnectException("Connection refused");
            }

            @Override
            public boolean answers(IpAddress to, Duration timeout) {
              dials.add("icmp " + to);
              return false;
            }
          };
      EgressPolicy policy =
          EgressPolicy.builder().allow("0.0.0.0/0").allow("::/0").onRefusal(refusals::add).build();
      gateway =
          new NatGateway(
              "gateway",
              List.of(GATEWAY, GATEWAY_V6),
              policy,
              connector,
              (_, _, _) -> DnsAnswer.noSuchName());
    }

    @Override
    public void close() {
      gateway.close();
    }
  }

  /** Attempts and how they failed, by the order of their names. */
  private static Map<String, Integer> kernel(Gateway gateway) throws Exception {
    Tun tun = Tun.open(1500, GUEST, GUEST_V6);
    PacketSink sink = gateway.gateway.sink();
    sink.attach(packets -> tun.send(packets.stream().map(EgressErrnoTest::complete).toList()));
    tun.attach(sink::send);
    Map<String, Integer> errors = new TreeMap<>();
    try {
      tun.inNamespace(
          () -> {
            Tun.ip("route", "add", "default", "via", GATEWAY.address().toString());
            Tun.ip("-6", "route", "add", "default", "via", GATEWAY_V6.address().toString());
            return null;
          });
      for (Attempt attempt : attempts()) {
        int error = tun.inNamespace(() -> KernelSockets.attempt(attempt.type, attempt.to, SECONDS));
        errors.put(attempt.toString(), error);
      }
    } finally {
      tun.close();
    }
    return errors;
  }

  private static ByteBuffer complete(ByteBuffer packet) {
    byte[] copy = new byte[packet.remaining()];
    packet.get(packet.position(), copy);
    ChecksumCompletion.complete(copy, 0, copy.length);
    return ByteBuffer.wrap(copy);
  }

  private static Map<String, Integer> ours(Gateway gateway) throws Exception {
    Map<String, Integer> errors = new TreeMap<>();
    try (IpStack stack = IpStack.create()) {
      IpInterface eth0 =
          stack.addInterface(
              "eth0", gateway.gateway.sink(), IpPrefix.parse(GUEST), IpPrefix.parse(GUEST_V6));
      stack.addRoute(new Route(IpPrefix.ALL_V4, GATEWAY.address(), eth0.index(), null, 0));
      stack.addRoute(new Route(IpPrefix.ALL_V6, GATEWAY_V6.address(), eth0.index(), null, 0));
      for (Attempt attempt : attempts()) {
        NetError error =
            attempt.type == KernelSockets.STREAM
                ? stream(stack, attempt.to)
                : datagram(stack, attempt.to);
        errors.put(attempt.toString(), error == null ? 0 : ERRNO.getOrDefault(error, -1));
      }
    }
    return errors;
  }

  private static NetError stream(IpStack stack, Endpoint to) throws IOException {
    try {
      TcpStream.connect(stack, to).close();
      return null;
    } catch (NetException e) {
      return e.error();
    }
  }

  private static NetError datagram(IpStack stack, Endpoint to) throws Exception {
    try (UdpSocket socket = stack.udp(to.address().v6())) {
      socket.connect(to);
      socket.send(ByteBuffer.wrap(new byte[1]), null);
      NetError error = null;
      for (int i = 0; error == null && i < SECONDS * 500; i++) {
        Thread.sleep(2);
        error = socket.takeError();
      }
      return error;
    }
  }

  @Test
  void attemptsFailAsOnLinux() throws Exception {
    String missing = Tun.missing();
    assumeTrue(missing == null, () -> "No TUN device: " + missing);
    assertTrue(attempts().size() >= 60);
    try (Gateway toOurs = new Gateway();
        Gateway toKernel = new Gateway()) {
      Map<String, Integer> ours = ours(toOurs);
      assertEquals(kernel(toKernel), ours);
      assertEquals(List.of(), toOurs.dials);
      assertEquals(List.of(), toKernel.dials);
      // Each was reported but those that never leave the guest.
      List<String> inside = new ArrayList<>(attempts().stream().map(Attempt::reported).toList());
      for (Refusal refusal : toOurs.refusals) {
        assertTrue(inside.remove(refusal.what() + " " + refusal.to()), refusal::toString);
      }
      assertEquals(
          List.of(
              "tcp 127.0.0.1:80",
              "tcp 127.1.2.3:80",
              "tcp 224.0.0.1:80",
              "tcp 239.255.255.250:80",
              "tcp 255.255.255.255:80",
              "tcp [::1]:80",
              "tcp 127.0.0.1:80"),
          inside);
    }
  }
}
