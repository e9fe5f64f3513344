package io.rookery.tcpip.nat;

import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.address.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Ports of this machine that lead into a stack. One thread serves them all. Thread-safe. */
public final class PortPublisher implements AutoCloseable {
  private static final int MOST_CONNECTIONS = 1024;

  private final Supplier<IpStack> stack;
  private final Supplier<List<IpAddress>> addresses;
  private final NatLoop loop;
  private final List<ServerSocketChannel> servers = new ArrayList<>(); // guarded by this
  private final List<SelectionKey> waiting = new ArrayList<>(); // guarded by this
  private final Set<InwardDial> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger count = new AtomicInteger();
  private boolean closed; // guarded by this

  /**
   * A publisher without ports.
   *
   * @param name of its thread
   * @param stack asked when somebody connects
   * @param addresses of the stack that are tried one after the other, asked likewise
   */
  public PortPublisher(String name, Supplier<IpStack> stack, Supplier<List<IpAddress>> addresses) {
    this.stack = stack;
    this.addresses = addresses;
    loop = new NatLoop(name, () -> {});
  }

  /**
   * Publishes a port.
   *
   * @param host where to listen, port 0 for any
   * @param port of the stack
   * @return where it listens
   * @throws IOException if that is not possible
   */
  public InetSocketAddress publish(InetSocketAddress host, int port) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open();
    try {
      server.bind(host);
      server.configureBlocking(false);
      synchronized (this) {
        if (closed) {
          throw new ClosedChannelException();
        }
        servers.add(server);
      }
      loop.register(server, SelectionKey.OP_ACCEPT, (key, _) -> accept(server, key, port));
      return (InetSocketAddress) server.getLocalAddress();
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private void accept(ServerSocketChannel server, SelectionKey key, int port) {
    try {
      if (count.get() >= MOST_CONNECTIONS) {
        synchronized (this) {
          waiting.add(key); // others wait in the host's backlog
        }
        return;
      }
      SocketChannel accepted = server.accept();
      if (accepted != null) {
        accepted.configureBlocking(false);
        count.incrementAndGet();
        InwardDial dial =
            new InwardDial(loop, stack.get(), accepted, List.copyOf(addresses.get()), port);
        open.add(dial);
        dial.start(() -> ended(dial));
      }
    } catch (IOException e) {
      // The one who wanted to connect has gone.
    }
    if (key.isValid()) {
      key.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private void ended(InwardDial dial) {
    open.remove(dial);
    count.decrementAndGet();
    synchronized (this) {
      for (SelectionKey key : waiting) {
        if (key.isValid()) {
          key.interestOps(SelectionKey.OP_ACCEPT);
        }
      }
      waiting.clear();
    }
    loop.wakeUp();
  }

  @Override
  public void close() {
    List<ServerSocketChannel> closing;
    synchronized (this) {
      closed = true;
      closing = List.copyOf(servers);
    }
    for (ServerSocketChannel server : closing) {
      try {
        server.close();
      } catch (IOException e) {
        // Nothing can be done about it.
      }
    }
    open.forEach(InwardDial::abort);
    loop.close();
  }
}
