package io.rookery.tcpip.nat;

import io.rookery.tcpip.Options;
import io.rookery.tcpip.ReadinessListener;
import io.rookery.tcpip.TcpSocket;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Joins a connection of a stack to a channel of the JVM, both ways: data, ends, resets. What one
 * side does not take stays where it is, but for a buffer of each direction, so that the sender's
 * window closes. No lock is held while either side is called: whoever has news runs the relay, or
 * tells the thread that runs it.
 */
final class TcpRelay implements ReadinessListener, NatLoop.Handler {
  /** Bytes in one direction before the other has its turn. */
  private static final int TURN = 1 << 20;

  private final NatLoop loop;
  private final TcpSocket inside;
  private final SocketChannel outside;
  private final LongPredicate spend;
  private final Runnable whenClosed;
  private final AtomicInteger demand = new AtomicInteger();
  private @Nullable SelectionKey key;

  // What follows is touched by the thread that runs the relay only.
  private @Nullable ByteBuffer toOutside;
  private @Nullable ByteBuffer toInside;
  private boolean insideEnded;
  private boolean outsideEnded;
  private boolean closed;
  private volatile boolean aborted;

  /**
   * A relay that does nothing before {@link #start}.
   *
   * @param spend told of bytes before they go on; false ends the connection
   * @param whenClosed called once
   */
  TcpRelay(
      NatLoop loop,
      TcpSocket inside,
      SocketChannel outside,
      LongPredicate spend,
      Runnable whenClosed) {
    this.loop = loop;
    this.inside = inside;
    this.outside = outside;
    this.spend = spend;
    this.whenClosed = whenClosed;
  }

  /** Begins; the channel is connected, and its key, if it has one, has no interest. */
  void start(@Nullable SelectionKey registered) {
    try {
      inside.option(Options.NO_DELAY, true);
      inside.option(Options.URGENT_INLINE, true);
      if (registered == null) {
        key = loop.register(outside, 0, this);
      } else {
        registered.attach(this);
        key = registered;
      }
      inside.listener(this);
      run();
    } catch (IOException e) {
      abort();
    }
  }

  @Override
  public void ready(int events) {
    run();
  }

  @Override
  public void ready(SelectionKey ready, int operations) {
    run();
  }

  /** Ends both sides with resets. */
  void abort() {
    aborted = true;
    run();
  }

  private void run() {
    if (demand.getAndIncrement() != 0) {
      return;
    }
    int seen;
    do {
      seen = demand.get();
      try {
        if (!closed) {
          step();
        }
      } catch (IOException | RuntimeException e) {
        end(true);
      }
      seen = demand.addAndGet(-seen);
    } while (seen != 0);
  }

  private void step() throws IOException {
    if (aborted) {
      end(true);
      return;
    }
    boolean again = outwards();
    again |= inwards();
    if (insideEnded && outsideEnded && toOutside == null && toInside == null) {
      end(false);
      return;
    }
    SelectionKey k = key;
    if (k != null) {
      int wanted =
          (outsideEnded || toInside != null ? 0 : SelectionKey.OP_READ)
              | (toOutside == null ? 0 : SelectionKey.OP_WRITE);
      if (k.interestOps() != wanted) {
        k.interestOps(wanted);
        loop.wakeUp();
      }
    }
    if (again) {
      loop.execute(this::run); // this thread may be a guest's
    }
  }

  /** Whether it stopped for fairness only. */
  private boolean outwards() throws IOException {
    ByteBuffer left = toOutside;
    if (left != null) {
      outside.write(left);
      if (left.hasRemaining()) {
        return false;
      }
      toOutside = null;
    }
    ByteBuffer buffer = loop.buffer();
    try {
      for (int moved = 0; !insideEnded; ) {
        buffer.clear();
        int count = inside.read(buffer);
        if (count == 0) {
          return false;
        }
        if (count < 0) {
          insideEnded = true;
          outside.shutdownOutput();
          return false;
        }
        check(count);
        outside.write(buffer.flip());
        if (buffer.hasRemaining()) {
          toOutside = copy(buffer);
          return false;
        }
        moved += count;
        if (moved >= TURN) {
          return true;
        }
      }
      return false;
    } finally {
      loop.release(buffer);
    }
  }

  private boolean inwards() throws IOException {
    ByteBuffer left = toInside;
    if (left != null) {
      inside.write(left, false);
      if (left.hasRemaining()) {
        return false;
      }
      toInside = null;
    }
    ByteBuffer buffer = loop.buffer();
    try {
      for (int moved = 0; !outsideEnded; ) {
        buffer.clear();
        int count = outside.read(buffer);
        if (count == 0) {
          return false;
        }
        if (count < 0) {
          outsideEnded = true;
          inside.shutdown(false, true);
          return false;
        }
        check(count);
        inside.write(buffer.flip(), false);
        if (buffer.hasRemaining()) {
          toInside = copy(buffer);
          return false;
        }
        moved += count;
        if (moved >= TURN) {
          return true;
        }
      }
      return false;
    } finally {
      loop.release(buffer);
    }
  }

  private void check(int count) throws IOException {
    if (!spend.test(count)) {
      throw new IOException("no bytes left");
    }
  }

  private static ByteBuffer copy(ByteBuffer rest) {
    return ByteBuffer.allocate(rest.remaining()).put(rest).flip();
  }

  private void end(boolean reset) {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (reset) {
        inside.abort();
        if (outside.isOpen()) {
          outside.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
      }
    } catch (IOException | CancelledKeyException e) {
      // It is being closed anyway.
    }
    inside.close();
    try {
      outside.close();
    } catch (IOException e) {
      // Nothing can be done about it.
    }
    loop.wakeUp(); // a closed channel goes when its key is looked at
    whenClosed.run();
  }
}
