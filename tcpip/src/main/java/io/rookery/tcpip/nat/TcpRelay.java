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
  private final Direction outwards;
  private final Direction inwards;
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
    outwards = new Direction(inside::read, outside::write, outside::shutdownOutput);
    inwards =
        new Direction(
            outside::read, data -> inside.write(data, false), () -> inside.shutdown(false, true));
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
    boolean again = outwards.move();
    again |= inwards.move();
    if (outwards.isDone() && inwards.isDone()) {
      end(false);
      return;
    }
    SelectionKey k = key;
    if (k != null) {
      int wanted =
          (inwards.reads() ? SelectionKey.OP_READ : 0)
              | (outwards.left == null ? 0 : SelectionKey.OP_WRITE);
      if (k.interestOps() != wanted) {
        k.interestOps(wanted);
        loop.wakeUp();
      }
    }
    if (again) {
      loop.execute(this::run); // this thread may be a guest's
    }
  }

  private interface Transfer {
    int move(ByteBuffer data) throws IOException;
  }

  private interface End {
    void end() throws IOException;
  }

  /** What goes from one side to the other. */
  private final class Direction {
    private final Transfer from;
    private final Transfer to;
    private final End end;
    private @Nullable ByteBuffer left;
    private boolean ended;

    /**
     * A direction in which nothing has gone yet.
     *
     * @param end tells the other side that there is no more
     */
    Direction(Transfer from, Transfer to, End end) {
      this.from = from;
      this.to = to;
      this.end = end;
    }

    boolean reads() {
      return !ended && left == null;
    }

    boolean isDone() {
      return ended && left == null;
    }

    /** Whether it stopped for fairness only. */
    boolean move() throws IOException {
      ByteBuffer rest = left;
      if (rest != null) {
        to.move(rest);
        if (rest.hasRemaining()) {
          return false;
        }
        left = null;
      }
      ByteBuffer buffer = loop.buffer();
      try {
        for (int moved = 0; !ended; ) {
          buffer.clear();
          int count = from.move(buffer);
          if (count == 0) {
            return false;
          }
          if (count < 0) {
            ended = true;
            end.end();
            return false;
          }
          check(count);
          to.move(buffer.flip());
          if (buffer.hasRemaining()) {
            left = copy(buffer);
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
