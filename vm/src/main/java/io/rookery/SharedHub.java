package io.rookery;

import io.rookery.tcpip.link.ChannelLink;
import io.rookery.tcpip.link.PacketSink;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.FileLock;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The switch itself, in the JVM that is its hub: guests of other JVMs come by a socket, one
 * connection for each. Thread-safe.
 */
final class SharedHub implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(SharedHub.class.getName());

  /** Connections, those that have not said yet who they are included. */
  private static final int MOST = 512;

  private final SharedFolder folder;
  private final String name;
  private final FileLock lock;
  private final ServerSocketChannel server;
  private final SwitchHub hub;
  private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();

  private SharedHub(
      SharedFolder folder, String name, FileLock lock, ServerSocketChannel server, SwitchHub hub) {
    this.folder = folder;
    this.name = name;
    this.lock = lock;
    this.server = server;
    this.hub = hub;
  }

  /** Becomes the hub; null if another JVM is. */
  static @Nullable SharedHub tryOpen(SharedFolder folder, String name) throws IOException {
    FileLock lock = folder.tryLock(name);
    if (lock == null) {
      return null;
    }
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      Path socket = folder.socket(name);
      Files.deleteIfExists(socket); // of a hub that was killed
      SharedFolder.State state = folder.state(name, SwitchHub.FIRST_GUEST - 1);
      server.bind(UnixDomainSocketAddress.of(socket));
      SwitchHub hub = new SwitchHub(name, state.number(), state.lastHost());
      SharedHub made = new SharedHub(folder, name, lock, server, hub);
      Thread.ofPlatform().daemon().name("switch " + name).start(made::accept);
      return made;
    } catch (IOException | RuntimeException e) {
      server.close();
      lock.acquiredBy().close();
      throw e;
    }
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel peer = server.accept();
        if (connections.size() >= MOST) {
          peer.close();
          continue;
        }
        connections.add(peer);
        Thread.ofVirtual().start(() -> welcome(peer));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void welcome(SocketChannel peer) {
    try (Deadline _ = Deadline.of(peer)) {
      DataInputStream in = new DataInputStream(Channels.newInputStream(peer));
      DataOutputStream out = new DataOutputStream(Channels.newOutputStream(peer));
      SharedGreeting.Request request = SharedGreeting.Request.read(in);
      Network.Joined joined;
      try {
        joined = join(request.guest(), request.host());
      } catch (VmException e) {
        SharedGreeting.refuse(out);
        throw new IOException(e);
      }
      PacketSink port = joined.sink();
      try {
        SharedGreeting.accept(out, hub.number(), SwitchHub.hostOf(joined));
      } catch (IOException e) {
        leave(joined);
        throw e;
      }
      connect(peer, port, joined);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "A guest did not come to the switch", e);
      drop(peer);
    }
  }

  private void connect(SocketChannel peer, PacketSink port, Network.Joined joined) {
    ChannelLink link =
        new ChannelLink(
            "switch " + name,
            peer,
            SwitchHub.MTU,
            SwitchHub.OFFLOADS,
            () -> {
              drop(peer);
              leave(joined);
            });
    port.attach(link::send);
    link.attach(port::send);
  }

  private void drop(SocketChannel peer) {
    connections.remove(peer);
    try {
      peer.close();
    } catch (IOException e) {
      // There is nothing left to save.
    }
  }

  /**
   * Joins a guest.
   *
   * @param host the address it had, 0 if none
   * @throws VmException if the address is taken, or all are
   */
  Network.Joined join(Network.Guest guest, int host) {
    Network.Joined joined = hub.join(guest, host);
    try {
      folder.write(name, new SharedFolder.State(hub.number(), hub.lastHost()));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "The next hub will not know which addresses are new", e);
    }
    return joined;
  }

  /** A guest has left. */
  void leave(Network.Joined joined) {
    joined.sink().close();
    hub.left(joined);
  }

  int number() {
    return hub.number();
  }

  /** Ends the hub. Guests of other JVMs, if there are any, make another one. */
  @Override
  public void close() {
    try {
      server.close();
      boolean alone = connections.isEmpty();
      connections.forEach(this::drop);
      hub.close();
      if (alone) {
        folder.forget(name);
      }
      lock.acquiredBy().close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "Files of the switch " + name + " are left", e);
    }
  }
}
