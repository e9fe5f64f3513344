package io.rookery.tcpip.nat;

import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.Readiness;
import io.rookery.tcpip.TcpSocket;
import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection from this machine into a stack: opened to the first address where somebody listens,
 * then relayed; reset where nobody does.
 */
final class InwardDial {
  private final NatLoop loop;
  private final IpStack stack;
  private final SocketChannel outside;
  private final Deque<IpAddress> candidates;
  private final int port;
  private Runnable whenEnded = () -> {};

  // Guarded by this.
  private @Nullable TcpSocket trying;
  private @Nullable TcpRelay relay;
  private boolean ended;

  InwardDial(
      NatLoop loop, IpStack stack, SocketChannel outside, List<IpAddress> candidates, int port) {
    this.loop = loop;
    this.stack = stack;
    this.outside = outside;
    this.candidates = new ArrayDeque<>(candidates);
    this.port = port;
  }

  /**
   * Begins.
   *
   * @param whenDone called once, when the connection has ended
   */
  void start(Runnable whenDone) {
    whenEnded = whenDone;
    next();
  }

  /** On the loop's thread, as everything but {@link #abort}. */
  private void next() {
    IpAddress to = candidates.poll();
    if (to == null) {
      reset();
      return;
    }
    TcpSocket socket = stack.tcp(to.v6());
    synchronized (this) {
      if (ended) {
        socket.close();
        return;
      }
      trying = socket;
    }
    socket.listener(_ -> loop.execute(() -> look(socket)));
    try {
      socket.connect(new Endpoint(to, port));
    } catch (NetException e) {
      failed(socket);
      return;
    }
    look(socket);
  }

  @SuppressWarnings("ReferenceEquality") // whether it is the socket of the attempt under way
  private void look(TcpSocket socket) {
    synchronized (this) {
      if (trying != socket) {
        return;
      }
    }
    if (socket.takeError() != null) {
      failed(socket);
    } else if (socket.state().isSynchronized()
        || (socket.readiness() & Readiness.READ_CLOSED) != 0) {
      connected(socket);
    }
  }

  private void failed(TcpSocket socket) {
    synchronized (this) {
      trying = null;
    }
    socket.close();
    next();
  }

  private void connected(TcpSocket socket) {
    TcpRelay made = new TcpRelay(loop, socket, outside, _ -> true, this::over);
    synchronized (this) {
      trying = null;
      relay = made;
    }
    try {
      outside.setOption(StandardSocketOptions.TCP_NODELAY, true);
    } catch (IOException e) {
      made.abort();
    }
    made.start(null);
  }

  private void reset() {
    try {
      outside.setOption(StandardSocketOptions.SO_LINGER, 0);
      outside.close();
    } catch (IOException e) {
      // It is gone.
    }
    over();
  }

  private void over() {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
    }
    whenEnded.run();
  }

  /** Ends it; any thread. */
  void abort() {
    TcpSocket attempt;
    TcpRelay relaying;
    synchronized (this) {
      attempt = trying;
      trying = null;
      relaying = relay;
    }
    if (attempt != null) {
      attempt.close();
    }
    if (relaying != null) {
      relaying.abort();
    } else {
      reset();
    }
  }
}
