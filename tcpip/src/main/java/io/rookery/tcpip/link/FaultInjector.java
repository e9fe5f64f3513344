package io.rookery.tcpip.link;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Makes a link worse: it loses, repeats, damages, holds back and delays packets. */
public final class FaultInjector extends ForwardingSink {
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final Direction out;
  private final Direction in;
  private final Delivery toReceiver = new Delivery();

  /**
   * Wraps a link, which belongs to the injector from then on.
   *
   * @param random drawn from under a lock, so that it need not be thread-safe
   * @param sending what happens to packets that are sent into the link
   * @param receiving what happens to those that arrive from it
   */
  public FaultInjector(
      PacketSink inner,
      Scheduler scheduler,
      RandomGenerator random,
      Faults sending,
      Faults receiving) {
    super(inner);
    this.scheduler = scheduler;
    this.random = random;
    out = new Direction(sending, inner::send);
    in = new Direction(receiving, toReceiver::deliver);
  }

  @Override
  public void attach(Receiver receiver) {
    toReceiver.attach(receiver);
    super.attach(in::take);
  }

  @Override
  public void send(List<ByteBuffer> packets) {
    LinkPair.checkLengths(this, packets);
    out.take(packets);
  }

  @Override
  public void close() {
    toReceiver.close();
    super.close();
  }

  private final class Direction {
    private final Faults faults;
    private final Receiver target;
    private long freeAt;
    private boolean busy;

    Direction(Faults faults, Receiver target) {
      this.faults = faults;
      this.target = target;
    }

    void take(List<ByteBuffer> packets) {
      List<ByteBuffer> now = new ArrayList<>(packets.size());
      for (ByteBuffer packet : packets) {
        synchronized (random) {
          take(packet, now);
        }
      }
      if (!now.isEmpty()) {
        target.receive(now);
      }
    }

    private void take(ByteBuffer packet, List<ByteBuffer> now) {
      if (happens(faults.loss())) {
        return;
      }
      int copies = happens(faults.duplicate()) ? 2 : 1;
      for (int i = 0; i < copies; i++) {
        long wait = queueTime(packet.remaining());
        if (wait < 0) {
          return;
        }
        long delay = wait + faults.delay().toNanos();
        if (happens(faults.reorder())) {
          delay += random.nextLong(faults.holdBack().toNanos() + 1);
        }
        boolean damaged = happens(faults.corrupt());
        ByteBuffer passed = delay > 0 || damaged ? Delivery.copy(packet) : packet;
        if (damaged) {
          int bit = random.nextInt(passed.remaining() * 8);
          passed.put(bit / 8, (byte) (passed.get(bit / 8) ^ 1 << bit % 8));
        }
        if (delay > 0) {
          List<ByteBuffer> later = List.of(passed);
          scheduler.schedule(() -> target.receive(later), delay);
        } else {
          now.add(passed);
        }
      }
    }

    /** Nanoseconds until the packet has left a link of this rate, -1 if the queue is full. */
    private long queueTime(int bytes) {
      if (faults.bitsPerSecond() == 0) {
        return 0;
      }
      long time = scheduler.nanoTime();
      if (!busy || freeAt - time < 0) {
        freeAt = time;
        busy = true;
      }
      long backlog = (long) ((freeAt - time) / 8e9 * faults.bitsPerSecond());
      if (backlog + bytes > faults.queueBytes()) {
        return -1;
      }
      freeAt += (long) (bytes * 8e9 / faults.bitsPerSecond());
      return freeAt - time;
    }

    private boolean happens(double probability) {
      return probability > 0 && random.nextDouble() < probability;
    }
  }
}
