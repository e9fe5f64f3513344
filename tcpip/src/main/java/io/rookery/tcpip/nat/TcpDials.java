package io.rookery.tcpip.nat;

import io.rookery.tcpip.ForwardedConnection;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.Unreachable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A guest's connections to others: being opened, and relayed. Thread-safe. */
final class TcpDials implements AutoCloseable {
  private final NatLoop loop;
  private final Connector connector;
  private final Judge judge;
  private final Set<SocketChannel> opening = ConcurrentHashMap.newKeySet();
  private final Set<TcpRelay> relays = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  TcpDials(NatLoop loop, Connector connector, Judge judge) {
    this.loop = loop;
    this.connector = connector;
    this.judge = judge;
  }

  /** Opens a connection, on the loop's thread. */
  void dial(ForwardedConnection request) {
    if (closed) {
      request.drop();
      return;
    }
    Judge.Verdict verdict = judge.connection("tcp", request.from(), request.to());
    InetSocketAddress to = verdict.dial();
    if (to == null) {
      if (verdict.gateway()) {
        request.refuse();
      } else {
        request.unreachable(Unreachable.PROHIBITED);
      }
      return;
    }
    SocketChannel channel = null;
    try {
      channel = connector.stream(to);
      opening.add(channel);
      SocketChannel opened = channel;
      SelectionKey key = loop.register(channel, 0, (k, _) -> finish(request, opened, k));
      if (channel.isConnected()) {
        connected(request, channel, key);
      } else {
        key.interestOps(SelectionKey.OP_CONNECT);
      }
    } catch (IOException e) {
      failed(request, channel, e);
    } catch (UnsupportedAddressTypeException | UnresolvedAddressException e) {
      failed(request, channel, new IOException(e));
    }
  }

  private void finish(ForwardedConnection request, SocketChannel channel, SelectionKey key) {
    try {
      if (channel.finishConnect()) {
        connected(request, channel, key);
      } else {
        key.interestOps(SelectionKey.OP_CONNECT);
      }
    } catch (IOException e) {
      failed(request, channel, e);
    }
  }

  private void connected(ForwardedConnection request, SocketChannel channel, SelectionKey key)
      throws IOException {
    opening.remove(channel);
    TcpSocket inside = request.accept();
    if (inside == null) {
      channel.close(); // the guest has given up
      judge.budget().closed();
      return;
    }
    TcpRelay[] self = new TcpRelay[1];
    TcpRelay relay =
        new TcpRelay(
            loop,
            inside,
            channel,
            judge.budget()::spend,
            () -> {
              relays.remove(self[0]);
              judge.budget().closed();
            });
    self[0] = relay;
    relays.add(relay);
    relay.start(key);
    if (closed) {
      relay.abort();
    }
  }

  private void failed(ForwardedConnection request, @Nullable SocketChannel channel, IOException e) {
    judge.budget().closed();
    if (channel != null) {
      opening.remove(channel);
      try {
        channel.close();
      } catch (IOException ignored) {
        // Nothing can be done about it.
      }
    }
    DialErrors.answer(request, e);
  }

  @Override
  public void close() {
    closed = true;
    for (SocketChannel channel : opening) {
      try {
        channel.close();
      } catch (IOException e) {
        // Nothing can be done about it.
      }
    }
    relays.forEach(TcpRelay::abort);
  }
}
