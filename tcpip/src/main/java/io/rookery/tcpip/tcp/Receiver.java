package io.rookery.tcpip.tcp;

import io.rookery.tcpip.Readiness;
import io.rookery.tcpip.wire.TcpSegment;
import java.nio.ByteBuffer;

/** The receiving half of a connection: window, reassembly, when to acknowledge, urgent data. */
final class Receiver {
  /** Shift of the own window: 65,535 &lt;&lt; 8 covers the largest buffer. */
  static final int SCALE = 8;

  /** Shorter segments say nothing of the peer's MSS: Linux's TCP_MIN_MSS. */
  private static final int LEAST_MSS = 88;

  private static final int QUICK_ACKS = 16;
  private static final long DELAY = 40_000_000; // nanoseconds, as Linux's least

  private final Connection c;
  private final ReceiveQueue queue;
  private final SackReporter sacks = new SackReporter();
  private final DuplicateAcks duplicates = new DuplicateAcks();
  private final UrgentMark urgent = new UrgentMark();
  private final ReceiveAutotune autotune = new ReceiveAutotune();

  private int irs;
  private int edge; // right edge of the window: what lies left of it is taken
  private int buffer = ReceiveAutotune.INITIAL;
  private long finOffset = -1;
  private boolean finReceived;
  private int scale;

  // When to acknowledge.
  private boolean ackNow;
  private int unacknowledged;
  private int quickAcks = QUICK_ACKS;
  private long lastDataAt;
  private int peerMss = 536;
  private int lastLength;
  private int lastAckSent;
  private int acknowledgedEdge;

  Receiver(Connection c) {
    this.c = c;
    queue = new ReceiveQueue(c.loop().memory());
  }

  /** The peer's first sequence number is known. */
  void start(int peerIsn) {
    irs = peerIsn;
    lastAckSent = next();
    int configured = c.config().receiveBuffer();
    buffer = configured != 0 ? configured : ReceiveAutotune.INITIAL;
    if (configured == 0 && c.announcedMss() > 16_384) {
      buffer = 4 * 65_536; // a few segments of a jumbo link
    }
    edge = next() + Math.min(0xffff, windowLimit());
  }

  void useScale(int shift) {
    scale = shift;
  }

  int irs() {
    return irs;
  }

  /** RCV.NXT. */
  int next() {
    return irs + 1 + (int) queue.next() + (finReceived ? 1 : 0);
  }

  private int sequenceOf0() {
    return irs + 1;
  }

  /** Right edge of the window: never left of what was announced. */
  int edge() {
    return edge;
  }

  int lastAckSent() {
    return lastAckSent;
  }

  boolean finReceived() {
    return finReceived;
  }

  ReceiveQueue queue() {
    return queue;
  }

  UrgentMark urgent() {
    return urgent;
  }

  int bufferSize() {
    return buffer;
  }

  int peerMss() {
    return peerMss;
  }

  long rtt() {
    return autotune.rtt();
  }

  private int windowLimit() {
    int clamp = c.config().windowClamp();
    return Math.min(clamp == 0 ? buffer : Math.min(buffer, clamp), 0xffff << scale);
  }

  /**
   * The window field for a segment that is about to be sent. The right edge never moves left, and
   * moves right only by a useful amount (RFC 9293 section 3.8.6.2.2).
   */
  int announceWindow() {
    int free = Math.max(0, windowLimit() - queue.length());
    if (c.loop().memory().isFull()) {
      free = 0;
    }
    if (free - announced() >= Math.min(buffer / 2, peerMss)) {
      edge = next() + free;
    }
    return Math.min(0xffff, announced() >>> scale);
  }

  /**
   * What the window field can say of the window. It is rounded down: more would not be taken, and
   * the sender would have to repeat the tail of a segment; were it taken, many small segments would
   * fill the memory.
   */
  private int announced() {
    return Math.max(0, edge - next()) >>> scale << scale;
  }

  /** For a SYN, whose window is never scaled. */
  int announceInitialWindow() {
    return Math.min(0xffff, windowLimit());
  }

  /** What every segment that acknowledges does. */
  void acknowledged() {
    ackNow = false;
    unacknowledged = 0;
    duplicates.sent();
    lastAckSent = next();
    acknowledgedEdge = next() + announced();
    if (quickAcks > 0) {
      quickAcks--;
    }
    c.timers().cancelDelayedAck();
  }

  /** A segment with data leaves: soon after received ones, the traffic is request and response. */
  void dataSent(long now) {
    if (now - lastDataAt < DELAY) {
      quickAcks = 0;
    }
  }

  boolean ackNow() {
    return ackNow;
  }

  void requestAck() {
    ackNow = true;
  }

  /** Acknowledge at once for a while (TCP_QUICKACK). */
  void quickAck() {
    quickAcks = QUICK_ACKS;
    if (unacknowledged > 0) {
      ackNow = true;
    }
  }

  /** A segment came that lies left of what is expected. */
  void duplicate(int left, int right) {
    if (c.sackEnabled()) {
      sacks.duplicated(left, Seq.min(right, next()));
    }
    quickAcks = Math.max(quickAcks, 1);
    ackNow = true;
  }

  /** Takes the data of a segment that was trimmed to the window (RFC 9293 section 3.10.7.4). */
  void data(TcpSegment segment) {
    int length = segment.dataLength();
    long offset = offsetOf(segment.sequence());
    long now = c.loop().now();
    if (length > 0) {
      lastDataAt = now;
      estimate(segment, now);
      ReceiveQueue.Outcome outcome = queue.insert(offset, segment.bytes(), segment.data(), length);
      switch (outcome) {
        case IN_ORDER -> received(length);
        case FILLED -> {
          received(length);
          ackNow = true;
        }
        case OUT_OF_ORDER -> {
          sacks.changed(offset);
          if (c.sackEnabled() && duplicates.mayWait(next())) {
            c.timers().delayAck(DuplicateAcks.delay(autotune.rtt()));
          } else {
            ackNow = true;
          }
        }
        case DUPLICATE -> duplicateBehindGap(segment);
        case REFUSED -> ackNow = true;
      }
    }
    if (segment.fin()) {
      finOffset = offset + length;
    }
    if (finOffset == queue.next() && !finReceived) {
      finReceived = true;
      ackNow = true;
      c.finArrived();
    } else if (segment.fin()) {
      ackNow = true;
    }
  }

  private long offsetOf(int sequence) {
    return queue.next() + (sequence - (sequenceOf0() + (int) queue.next()));
  }

  private void duplicateBehindGap(TcpSegment segment) {
    if (c.sackEnabled()) {
      sacks.changed(offsetOf(segment.sequence()));
      sacks.duplicated(segment.sequence(), segment.sequence() + segment.dataLength());
    }
    ackNow = true;
  }

  private void estimate(TcpSegment segment, long now) {
    int length = segment.dataLength();
    if (length > peerMss || isFull(segment)) {
      peerMss = Math.min(length, c.announcedMss());
    }
    lastLength = length;
    if (c.timestamps()) {
      if (length >= peerMss && segment.timestampEcho() != 0) {
        autotune.sample(Math.max(0, c.timestamp() - segment.timestampEcho()) * 1_000_000L);
      }
    } else {
      autotune.arrived(next(), edge, now);
    }
  }

  /**
   * Whether a segment seems to be as long as the peer's can be, though shorter than thought: as the
   * one before, and nothing was pushed. Over links with a small MTU none is ever longer.
   */
  private boolean isFull(TcpSegment segment) {
    int length = segment.dataLength();
    return length == lastLength && length >= LEAST_MSS && !segment.psh() && !segment.fin();
  }

  private void received(int length) {
    unacknowledged += length;
    if (urgent.arrived(queue)) {
      c.signal(Readiness.URGENT);
    }
    boolean quick = quickAcks > 0 && c.config().quickAck();
    if (quick || queue.hasIslands() || unacknowledged >= 2 * peerMss) {
      ackNow = true;
    } else {
      c.timers().delayAck(DELAY);
    }
    c.signal(Readiness.READABLE);
  }

  /** Reads, or peeks if the offset is not to move. */
  int read(ByteBuffer to, int skip, boolean keep) {
    boolean inline = c.config().urgentInline();
    long from = queue.start();
    if (urgent.skips(from, inline)) {
      from++;
      if (!keep) {
        queue.discardTo(from);
      }
    }
    from += skip;
    long stop = urgent.stop(from, queue.next(), inline);
    int count = (int) Math.min(to.remaining(), stop - from);
    if (count <= 0) {
      return 0;
    }
    queue.read(from, to, count);
    if (!keep) {
      queue.discardTo(from + count);
      userHasRead();
    }
    return count;
  }

  /** Puts bytes back that were read last: they count against the window again. */
  void unread(byte[] from, int at, int length) {
    queue.unread(from, at, length);
    c.signal(Readiness.READABLE);
  }

  /** Bytes that {@link #read} has an answer for. */
  int available() {
    return queue.length() - urgent.hole(queue, c.config().urgentInline());
  }

  private void userHasRead() {
    if (c.config().receiveBuffer() == 0 && !c.loop().memory().isTight()) {
      long wanted = autotune.read(queue.start(), peerMss, c.loop().now());
      buffer = (int) Math.max(buffer, wanted);
    }
    // A window update, if it is worth a segment: acknowledgments of data will tell, too.
    int opened = next() + Math.max(0, windowLimit() - queue.length()) - acknowledgedEdge;
    int known = acknowledgedEdge - next();
    boolean isLow = known < buffer / 2 && opened >= Math.min(buffer / 2, 4 * peerMss);
    boolean wasClosed = known < peerMss && opened >= peerMss;
    if (!finReceived && (isLow || wasClosed)) {
      c.acknowledgeNow();
    }
  }

  void configChanged() {
    if (c.config().receiveBuffer() != 0) {
      buffer = c.config().receiveBuffer();
    }
  }

  /** Bytes of SACK options in what room there is. */
  int sackLength(int room) {
    return c.sackEnabled() ? sacks.length(queue, room) : 0;
  }

  void writeSacks(byte[] b, int at, int length) {
    sacks.write(b, at, length, queue, sequenceOf0());
  }

  /** A segment says where urgent data end (RFC 6093). */
  void urgentPointer(TcpSegment segment) {
    // As Linux and all others: the pointer is behind the urgent byte.
    long at = offsetOf(segment.sequence()) + segment.urgentPointer() - 1;
    if (urgent.announced(at, queue)) {
      c.signal(Readiness.URGENT);
    }
  }
}
