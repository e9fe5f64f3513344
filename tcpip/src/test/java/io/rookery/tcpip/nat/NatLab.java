package io.rookery.tcpip.nat;

import io.rookery.tcpip.IpInterface;
import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.Route;
import io.rookery.tcpip.TcpStream;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.dns.DnsAnswer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A guest's stack behind a gateway whose connector records. */
final class NatLab implements AutoCloseable {
  static final String GATEWAY = "10.0.2.2";
  static final String GATEWAY_V6 = "fd00:2::2";

  final RecordingConnector connector = new RecordingConnector();
  final List<Refusal> refusals = new CopyOnWriteArrayList<>();
  final Map<String, List<String>> names = new ConcurrentHashMap<>();
  final IpStack guest = IpStack.create();
  private final NatGateway gateway;
  private final List<ServerSocket> servers = new CopyOnWriteArrayList<>();

  NatLab(EgressPolicy.Builder policy) {
    gateway =
        new NatGateway(
            "gateway",
            List.of(IpPrefix.parse(GATEWAY + "/24"), IpPrefix.parse(GATEWAY_V6 + "/64")),
            policy.onRefusal(refusals::add).build(),
            connector,
            (name, _, _) -> {
              List<String> known = names.get(name);
              return known == null
                  ? DnsAnswer.noSuchName()
                  : DnsAnswer.ofAddresses(known.stream().map(IpAddress::parse).toList(), 60);
            });
    IpInterface eth0 =
        guest.addInterface(
            "eth0",
            gateway.sink(),
            IpPrefix.parse("10.0.2.15/24"),
            IpPrefix.parse("fd00:2::15/64"));
    guest.addRoute(new Route(IpPrefix.ALL_V4, IpAddress.parse(GATEWAY), eth0.index(), null, 0));
    guest.addRoute(new Route(IpPrefix.ALL_V6, IpAddress.parse(GATEWAY_V6), eth0.index(), null, 0));
  }

  /** What a local server does with a connection. */
  interface Handler {
    void handle(Socket socket) throws IOException;
  }

  /** Starts a server on this machine's loopback that stands for an address. */
  void serve(String address, int port, Handler handler) throws IOException {
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    servers.add(server);
    connector.serve(
        IpAddress.parse(address) + ":" + port,
        new InetSocketAddress(server.getInetAddress(), server.getLocalPort()));
    Thread.ofVirtual()
        .start(
            () -> {
              while (!server.isClosed()) {
                try {
                  Socket accepted = server.accept();
                  Thread.ofVirtual()
                      .start(
                          () -> {
                            try (accepted) {
                              handler.handle(accepted);
                            } catch (IOException e) {
                              // The test looks at the other side.
                            }
                          });
                } catch (IOException e) {
                  return;
                }
              }
            });
  }

  TcpStream connect(String address, int port) throws IOException {
    return TcpStream.connect(guest, Endpoint.of(address, port));
  }

  List<String> dials() {
    return connector.dials;
  }

  List<String> reasons() {
    return refusals.stream().map(Refusal::reason).toList();
  }

  static byte[] pattern(int length) {
    byte[] data = new byte[length];
    for (int i = 0; i < length; i++) {
      data[i] = (byte) (i * 31 + (i >> 8) * 7);
    }
    return data;
  }

  static boolean same(byte[] a, byte[] b) {
    return Arrays.equals(a, b);
  }

  @Override
  public void close() throws IOException {
    guest.close();
    gateway.close();
    for (ServerSocket server : servers) {
      server.close();
    }
  }
}
