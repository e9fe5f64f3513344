package io.rookery.tcpip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * Sends a pseudo-random stream from one socket to another, ends it, and checks each byte. Whoever
 * listens to the sockets calls {@link #write} and {@link #read} when they are ready.
 */
public final class Transfer {
  private final TcpSocket from;
  private final TcpSocket to;
  private final long total;
  private final int chunk;
  private final SplittableRandom written;
  private final SplittableRandom expected;
  private final ByteBuffer out;
  private final ByteBuffer in;
  private long sent;
  private long received;
  private boolean ended;
  private boolean failed;

  public Transfer(TcpSocket from, TcpSocket to, long total, int chunk, long seed) {
    this.from = from;
    this.to = to;
    this.total = total;
    this.chunk = chunk;
    written = new SplittableRandom(seed);
    expected = new SplittableRandom(seed);
    out = ByteBuffer.allocate(chunk).limit(0);
    in = ByteBuffer.allocate(chunk);
  }

  /** Listens to both sockets, and begins. */
  public Transfer start() {
    from.listener(_ -> write());
    to.listener(_ -> read());
    write();
    read();
    return this;
  }

  /** Whether the end came after the right bytes. */
  public boolean done() {
    return ended;
  }

  public boolean failed() {
    return failed;
  }

  public long received() {
    return received;
  }

  public void write() {
    try {
      while (sent < total || out.hasRemaining()) {
        if (!out.hasRemaining()) {
          fill();
        }
        if (from.write(out, false) == 0) {
          return;
        }
      }
      if (from.state().sends()) {
        from.shutdown(false, true);
      }
    } catch (NetException e) {
      failed = true;
    }
  }

  private void fill() {
    out.clear();
    int count = (int) Math.min(chunk, total - sent);
    for (int i = 0; i < count; i++) {
      out.put((byte) written.nextInt());
    }
    sent += count;
    out.flip();
  }

  public void read() {
    try {
      while (!ended) {
        int count = to.read(in.clear());
        if (count == 0) {
          return;
        }
        if (count < 0) {
          assertEquals(total, received, "bytes before the end");
          ended = true;
          return;
        }
        check(count);
      }
    } catch (NetException e) {
      failed = true;
    }
  }

  private void check(int count) {
    for (int i = 0; i < count; i++) {
      if (in.get(i) != (byte) expected.nextInt()) {
        throw new AssertionError("byte " + (received + i) + " differs");
      }
    }
    received += count;
  }
}
