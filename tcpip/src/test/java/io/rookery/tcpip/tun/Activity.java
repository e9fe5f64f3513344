package io.rookery.tcpip.tun;

import io.rookery.tcpip.link.ForwardingSink;
import io.rookery.tcpip.link.PacketSink;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/**
 * Watches for silence on links: times in which no packet is sent from either side. A silence may be
 * as long as the first retransmission timeout can be, or twice as long as the one before (RFC 6298,
 * section 5.5).
 */
final class Activity {
  private static final long NOTEWORTHY = Duration.ofMillis(200).toNanos();
  private static final double BACKOFF = 2.5; // and some noise

  private final long first;
  private boolean watching;
  private long last;
  private long before;
  private long longest;
  private boolean unexplained;

  Activity(Duration firstTimeout) {
    first = firstTimeout.toNanos();
  }

  synchronized void start() {
    watching = true;
    last = System.nanoTime();
    before = 0;
    longest = 0;
    unexplained = false;
  }

  synchronized void stop() {
    touch();
    watching = false;
  }

  synchronized Duration longest() {
    return Duration.ofNanos(longest);
  }

  synchronized boolean unexplained() {
    return unexplained;
  }

  private synchronized void touch() {
    long now = System.nanoTime();
    long gap = now - last;
    last = now;
    if (watching && gap > NOTEWORTHY) {
      longest = Math.max(longest, gap);
      unexplained |= gap > Math.max(first, (long) (BACKOFF * before));
      before = gap;
    }
  }

  /** The same link, watched. */
  PacketSink watch(PacketSink inner) {
    return new ForwardingSink(inner) {
      @Override
      public void attach(Receiver receiver) {
        super.attach(
            packets -> {
              touch();
              receiver.receive(packets);
            });
      }

      @Override
      public void send(List<ByteBuffer> packets) {
        touch();
        super.send(packets);
      }
    };
  }
}
