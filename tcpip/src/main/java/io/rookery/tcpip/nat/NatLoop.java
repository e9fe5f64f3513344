package io.rookery.tcpip.nat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** The one thread that waits for all of a gateway's channels. */
final class NatLoop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(NatGateway.class.getName());
  private static final long SWEEP_MILLIS = 1000;
  private static final int BUFFERS = 8;

  /** Bytes of a buffer: the largest datagram, and a good portion of a stream. */
  static final int BUFFER = 1 << 16;

  /** What is attached to a key. */
  @FunctionalInterface
  interface Handler {
    /** Called on the loop's thread, with the interest in what is ready taken away. */
    void ready(SelectionKey key, int operations);
  }

  private final Selector selector;
  private final Thread thread;
  private final Runnable sweep;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Queue<ByteBuffer> buffers = new ArrayBlockingQueue<>(BUFFERS);
  private volatile boolean closed;

  /**
   * A loop whose thread runs.
   *
   * @param sweep called about every second while there are channels
   */
  NatLoop(String name, Runnable sweep) {
    this.sweep = sweep;
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  /** Runs a task on the loop's thread, soon. */
  void execute(Runnable task) {
    tasks.add(task);
    wakeUp();
  }

  /** Makes the loop look at changed interests. */
  void wakeUp() {
    if (Thread.currentThread() != thread) {
      selector.wakeup();
    }
  }

  SelectionKey register(SelectableChannel channel, int operations, Handler handler)
      throws ClosedChannelException {
    try {
      SelectionKey key = channel.register(selector, operations, handler);
      wakeUp();
      return key;
    } catch (ClosedSelectorException e) {
      throw new ClosedChannelException();
    }
  }

  /** A direct buffer of {@link #BUFFER} bytes, empty. */
  ByteBuffer buffer() {
    ByteBuffer free = buffers.poll();
    return free == null ? ByteBuffer.allocateDirect(BUFFER) : free.clear();
  }

  void release(ByteBuffer buffer) {
    buffers.offer(buffer);
  }

  private void run() {
    long swept = System.nanoTime();
    try {
      while (!closed) {
        selector.select(this::dispatch, selector.keys().isEmpty() ? 0 : SWEEP_MILLIS);
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          safely(task);
        }
        long now = System.nanoTime();
        if (now - swept > SWEEP_MILLIS * 1_000_000) {
          swept = now;
          safely(sweep);
        }
      }
    } catch (IOException | ClosedSelectorException e) {
      if (!closed) {
        LOG.log(System.Logger.Level.ERROR, "A gateway's loop ends", e);
      }
    }
  }

  private void dispatch(SelectionKey key) {
    if (!(key.attachment() instanceof Handler handler)) {
      return;
    }
    safely(
        () -> {
          int ready = take(key);
          if (ready != 0) {
            handler.ready(key, ready);
          }
        });
  }

  /** A handler asks again when it wants more; until then the loop does not turn for nothing. */
  private static int take(SelectionKey key) {
    try {
      int ready = key.readyOps();
      key.interestOpsAnd(~ready);
      return ready;
    } catch (CancelledKeyException e) {
      return 0;
    }
  }

  private static void safely(@Nullable Runnable action) {
    try {
      if (action != null) {
        action.run();
      }
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "Internal error", e);
    }
  }

  /** Ends the thread; channels are their owners'. */
  @Override
  public void close() {
    closed = true;
    try {
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
