package io.rookery;

import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.TcpStream;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpPrefix;
import java.io.IOException;

/** A guest of a shared switch without a VM: a stack; as a program, one that echoes streams. */
final class SwitchPeer implements AutoCloseable {
  static final int PORT = 7;

  final IpStack stack = IpStack.create();
  final Network.Joined joined;

  SwitchPeer(String network, String hostname) {
    joined = new SharedSwitchNetwork(network).join(new Network.Guest(hostname, false));
    stack.addInterface("eth0", joined.sink(), joined.addresses().toArray(IpPrefix[]::new));
  }

  String address() {
    return joined.addresses().getFirst().address().toString();
  }

  @Override
  public void close() {
    stack.close();
  }

  /** Arguments: the switch, and a host name. Prints its address; ends with its standard input. */
  public static void main(String[] arguments) throws Exception {
    try (SwitchPeer peer = new SwitchPeer(arguments[0], arguments[1])) {
      TcpSocket listener = peer.stack.tcp(false);
      listener.bind(Endpoint.of("0.0.0.0", PORT));
      listener.listen(4);
      Thread.ofPlatform().daemon().start(() -> serve(listener));
      System.out.println(peer.address());
      System.out.flush();
      while (System.in.read() >= 0) {
        // Until the parent closes it, or dies.
      }
    }
  }

  private static void serve(TcpSocket listener) {
    try {
      while (true) {
        TcpStream client = TcpStream.accept(listener);
        Thread.ofPlatform().daemon().start(() -> echo(client));
      }
    } catch (IOException e) {
      System.err.println("no more connections: " + e);
    }
  }

  private static void echo(TcpStream client) {
    try (client) {
      client.input().transferTo(client.output());
    } catch (IOException e) {
      System.err.println("a connection ends: " + e);
    }
  }
}
