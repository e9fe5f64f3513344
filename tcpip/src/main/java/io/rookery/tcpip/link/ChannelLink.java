package io.rookery.tcpip.link;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A link over a stream, such as a connection to another process: each packet is preceded by its
 * length in two bytes, the higher first. The peer is a stranger: a length of zero ends the link,
 * and it cannot make this end hold more than one packet and a bounded queue. Packets that the
 * stream does not take in time are lost.
 */
public final class ChannelLink implements PacketSink {
  private static final int LENGTH = 2;
  private static final int BUFFER = 1 << 18;

  /** Bytes that may wait for the stream. */
  private static final int MOST_WAITING = 8 << 20;

  private final ByteChannel channel;
  private final int mtu;
  private final Set<Offload> offloads;
  private final Runnable whenEnded;
  private final Delivery in = new Delivery();
  private final Object lock = new Object();
  private ByteBuffer filling = ByteBuffer.allocate(BUFFER); // guarded by lock
  private boolean ended; // guarded by lock

  /**
   * A link over a channel in blocking mode, which belongs to it from then on.
   *
   * @param name of its two threads
   * @param mtu 68 to 65,535
   * @param whenEnded called once, when either side has closed the link
   */
  public ChannelLink(
      String name, ByteChannel channel, int mtu, Set<Offload> offloads, Runnable whenEnded) {
    if (mtu < 68 || mtu > 0xffff) {
      throw new IllegalArgumentException("MTU " + mtu);
    }
    this.channel = channel;
    this.mtu = mtu;
    this.offloads = Set.copyOf(offloads);
    this.whenEnded = whenEnded;
    Thread.ofPlatform().daemon().name(name + " in").start(this::read);
    Thread.ofPlatform().daemon().name(name + " out").start(this::write);
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public Set<Offload> offloads() {
    return offloads;
  }

  @Override
  public void attach(Receiver receiver) {
    in.attach(receiver);
  }

  @Override
  public void send(List<ByteBuffer> packets) {
    LinkPair.checkLengths(this, packets);
    synchronized (lock) {
      for (ByteBuffer packet : packets) {
        if (!ended && makeRoom(LENGTH + packet.remaining())) {
          filling.putShort((short) packet.remaining()).put(packet.duplicate());
        }
      }
      lock.notifyAll();
    }
  }

  private boolean makeRoom(int size) {
    while (filling.remaining() < size) {
      if (filling.capacity() >= MOST_WAITING) {
        return false;
      }
      filling = ByteBuffer.allocate(2 * filling.capacity()).put(filling.flip());
    }
    return true;
  }

  private void write() {
    ByteBuffer spare = ByteBuffer.allocate(BUFFER);
    try {
      ByteBuffer out = exchange(spare);
      while (out != null) {
        while (out.hasRemaining()) {
          channel.write(out);
        }
        spare = out.capacity() == BUFFER ? out : ByteBuffer.allocate(BUFFER);
        out = exchange(spare);
      }
    } catch (IOException | InterruptedException e) {
      // The end of the link, which is told below.
    } finally {
      end();
    }
  }

  /** Takes all that waits, once something does, and leaves an empty buffer; null at the end. */
  private @Nullable ByteBuffer exchange(ByteBuffer spare) throws InterruptedException {
    synchronized (lock) {
      while (filling.position() == 0 && !ended) {
        lock.wait();
      }
      ByteBuffer full = filling;
      filling = spare.clear();
      return ended ? null : full.flip();
    }
  }

  private void read() {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    try {
      while (channel.read(buffer) >= 0) {
        buffer.flip();
        List<ByteBuffer> batch = new ArrayList<>();
        while (buffer.remaining() >= LENGTH) {
          int length = Short.toUnsignedInt(buffer.getShort(buffer.position()));
          if (length == 0) {
            return;
          }
          if (buffer.remaining() < LENGTH + length) {
            break;
          }
          batch.add(buffer.slice(buffer.position() + LENGTH, length));
          buffer.position(buffer.position() + LENGTH + length);
        }
        in.deliver(batch);
        buffer.compact();
      }
    } catch (IOException e) {
      // The end of the link, which is told below.
    } finally {
      end();
    }
  }

  private void end() {
    synchronized (lock) {
      if (ended) {
        return;
      }
      ended = true;
      lock.notifyAll();
    }
    in.close();
    try {
      channel.close();
    } catch (IOException e) {
      // There is nothing left to save.
    }
    whenEnded.run();
  }

  @Override
  public void close() {
    end();
  }
}
