package io.rookery.tcpip.tcp;

import io.rookery.tcpip.Counter;
import io.rookery.tcpip.NetError;

/**
 * The sending half of a connection: what may be sent now, given the peer's window, the congestion
 * window, Nagle's algorithm and silly window avoidance.
 */
final class Sender {
  private static final int MOST_SEGMENT = 0xffff - 40 - 60; // headers of any kind fit besides

  private final Connection c;
  private final SendQueue queue;
  private final Scoreboard board = new Scoreboard();
  private final RttEstimator rtt = new RttEstimator();
  private final LossDetector detector = new LossDetector(board, rtt);
  private final Recovery recovery;
  private final RetransmissionTimer timer;
  private final TailLossProbe probe = new TailLossProbe();

  private final int iss;
  private int una;
  private int next;
  private long window; // the peer's, from una
  private long maxWindow;
  private int windowSequence; // SND.WL1
  private int windowAck; // SND.WL2
  private int scale = -1;
  private int mss = 536;

  private boolean finQueued;
  private boolean finSent;
  private boolean more; // MSG_MORE
  private boolean override; // a timer lets small segments go
  private int smallEnd; // behind the last segment that was not full
  private int urgentEnd;
  private boolean urgent;

  private boolean windowLimited; // the congestion window held data back since the last ack
  private long lastSentAt;
  private long bytesSent;
  private long bytesAcknowledged;
  private long bytesRetransmitted;
  private long retransmissions;

  Sender(Connection c, int iss) {
    this.c = c;
    this.iss = iss;
    una = iss;
    next = iss + 1;
    smallEnd = iss;
    queue = new SendQueue(c.loop().memory());
    recovery = new Recovery(c, board);
    timer = new RetransmissionTimer(c);
    detector.start(iss);
  }

  /** The handshake is over. */
  void established(int firstWindow, int segment, int ack, boolean synLost) {
    una = iss + 1;
    updateMss();
    setWindow((long) firstWindow, segment, ack);
    recovery.start(mss, synLost);
    lastSentAt = c.loop().now();
  }

  // --- What the peer told ---

  void setScale(int shift) {
    scale = shift;
  }

  int scale() {
    return scale;
  }

  /** Takes the window of a segment that is not older than the last (RFC 9293 section 3.10.7.4). */
  boolean updateWindow(int field, int sequence, int ack) {
    if (Seq.before(windowSequence, sequence)
        || windowSequence == sequence && Seq.atMost(windowAck, ack)) {
      return setWindow((long) field << Math.max(scale, 0), sequence, ack);
    }
    return false;
  }

  private boolean setWindow(long value, int sequence, int ack) {
    boolean changed = value != window;
    windowSequence = sequence;
    windowAck = ack;
    window = value;
    maxWindow = Math.max(maxWindow, value);
    if (window > 0) {
      timer.peerAnswered();
    }
    return changed;
  }

  /** The cumulative acknowledgment has moved; the scoreboard knows already. */
  void acknowledged(int ack) {
    int bytes = ack - una;
    una = ack;
    long offset = Math.min(queue.start() + bytes, queue.end()); // a FIN is no byte
    bytesAcknowledged += offset - queue.start();
    queue.acknowledge(offset);
    if (urgent && Seq.atMost(urgentEnd, una)) {
      urgent = false;
    }
  }

  /** What the path carries has changed. */
  void updateMss() {
    mss = Math.max(c.pathMss() - c.optionLength(), 8);
  }

  // --- What the user wants ---

  void queueFin() {
    finQueued = true;
  }

  void setMore(boolean value) {
    more = value;
  }

  void setUrgent() {
    urgent = true;
    urgentEnd = sequence(queue.end());
  }

  /** Sends although it is little: what the user corked, or what fits a small window. */
  void outputSmall() {
    override = true;
    output();
    override = false;
  }

  // --- Numbers ---

  SendQueue queue() {
    return queue;
  }

  Scoreboard board() {
    return board;
  }

  RttEstimator rtt() {
    return rtt;
  }

  LossDetector detector() {
    return detector;
  }

  Recovery recovery() {
    return recovery;
  }

  RetransmissionTimer timer() {
    return timer;
  }

  TailLossProbe probe() {
    return probe;
  }

  int iss() {
    return iss;
  }

  /** SND.UNA. */
  int una() {
    return una;
  }

  /** SND.NXT. */
  int next() {
    return next;
  }

  long window() {
    return window;
  }

  long maxWindow() {
    return maxWindow;
  }

  /** Data in a full segment. Half the peer's window is enough, lest it acknowledge late. */
  int mss() {
    return maxWindow > 1072 ? (int) Math.min(mss, Math.max(maxWindow / 2, 536)) : mss;
  }

  long bytesSent() {
    return bytesSent;
  }

  long bytesAcknowledged() {
    return bytesAcknowledged;
  }

  long bytesRetransmitted() {
    return bytesRetransmitted;
  }

  long retransmissions() {
    return retransmissions;
  }

  boolean finAcknowledged() {
    return finSent && una == next;
  }

  private int sequence(long offset) {
    return sequenceOfStart() + (int) (offset - queue.start());
  }

  /** Sequence number of the queue's first byte. */
  private int sequenceOfStart() {
    return una == iss ? iss + 1 : una;
  }

  private long offset(int sequence) {
    return queue.start() + (sequence - sequenceOfStart());
  }

  /** Bytes that were never sent. */
  int unsent() {
    return finSent ? 0 : (int) (queue.end() - offset(next));
  }

  boolean hasUnsent() {
    return unsent() > 0 || finQueued && !finSent;
  }

  /** Whether the peer's window, not the user, is what keeps data back. */
  boolean windowBlocks() {
    long usable = una + window - next;
    int unsent = unsent();
    return usable <= 0 || usable < unsent && usable < mss();
  }

  /** The urgent pointer for a segment, 0 if there is nothing urgent ahead. */
  int urgentPointer(int sequence) {
    if (!urgent || !Seq.after(urgentEnd, sequence)) {
      return 0;
    }
    return Math.min(urgentEnd - sequence, 0xffff);
  }

  // --- Sending ---

  /** Sends what may be sent, and sets the timer. */
  void output() {
    if (!c.state().isSynchronized()) {
      return;
    }
    updateMss();
    restartAfterIdle();
    retransmitLost();
    sendNew();
    timer.rearm();
  }

  private void restartAfterIdle() {
    long idle = c.loop().now() - lastSentAt;
    if (board.isEmpty() && idle > rtt.rto() && hasUnsent()) {
      recovery.idle(mss(), idle / rtt.rto());
      lastSentAt = c.loop().now();
    }
  }

  private void retransmitLost() {
    for (SentSegment segment = board.firstLost(); segment != null; segment = board.firstLost()) {
      int length = Math.min(segment.length(), mss());
      int pipe = board.pipe();
      if (pipe > 0 && pipe + length > recovery.window()) {
        return;
      }
      if (segment.start != una && !Seq.before(segment.start, una + (int) window)) {
        return; // the peer has shrunk its window
      }
      if (!retransmit(segment)) {
        return;
      }
    }
  }

  /** Sends a segment again, or the part of it that fits one now. */
  boolean retransmit(SentSegment segment) {
    int room = (int) Math.min(maxSegment(), recovery.window() - board.pipe());
    int most = Math.max(mss(), room / mss() * mss());
    int data = segment.length() - (segment.fin ? 1 : 0);
    if (data > most) {
      board.split(segment, segment.start + most);
      data = most;
    }
    board.resent(segment, c.loop().now());
    retransmissions++;
    bytesRetransmitted += data;
    recovery.sent(segment.length(), true, c.timestamp());
    c.loop().count(Counter.TCP_RETRANSMITTED);
    if (segment.start == una) {
      timer.restart();
    }
    return send(segment, data);
  }

  private boolean send(SentSegment segment, int data) {
    lastSentAt = segment.sentAt;
    bytesSent += data;
    boolean push = segment.fin || segment.end == sequence(queue.end());
    NetError error =
        c.transmitter().data(segment.start, offset(segment.start), data, segment.fin, push);
    if (error == NetError.MESSAGE_TOO_LONG) {
      board.markLost(segment); // the path has shrunk this moment: again, in pieces
    }
    return error == null;
  }

  private void sendNew() {
    while (hasUnsent()) {
      int length = newLength();
      if (length < 0) {
        return;
      }
      boolean fin = finQueued && length == unsent() && una + window - next > length;
      if (length == 0 && !fin) {
        return;
      }
      if (!sendSegment(length, fin)) {
        return;
      }
    }
  }

  /** Bytes of data for a new segment now, -1 for none; 0 if only a FIN is left. */
  private int newLength() {
    int unsent = unsent();
    int mss = mss();
    long usable = una + window - next;
    int length = (int) Math.min(Math.min(unsent, maxSegment()), usable);
    if (length <= 0 && (unsent > 0 || usable <= 0)) {
      return -1;
    }
    if (!fitsCongestionWindow(Math.min(length, mss))) {
      windowLimited = true;
      return -1;
    }
    if (length > mss) {
      // Whole segments, as many as both windows take.
      long room = Math.max(recovery.window() - board.pipe(), mss);
      boolean last = length == unsent && length <= room && (finQueued || nagleAllows());
      windowLimited |= length > room;
      length = last ? length : (int) Math.min(length, room) / mss * mss;
    }
    if (length < mss && length > 0 && !mayBeSmall(length, unsent)) {
      return -1;
    }
    return length;
  }

  private boolean fitsCongestionWindow(int length) {
    int pipe = board.pipe();
    return pipe == 0 || pipe + length <= recovery.window();
  }

  /** RFC 9293 sections 3.7.4 and 3.8.6.2.1. */
  private boolean mayBeSmall(int length, int unsent) {
    if (length < unsent) {
      return length >= maxWindow / 2 || override;
    }
    return finQueued || nagleAllows();
  }

  /** Nagle's algorithm in Minshall's form: one small segment may be under way. */
  private boolean nagleAllows() {
    if (override || urgent) {
      return true;
    }
    if (c.config().cork() || more) {
      return false;
    }
    return c.config().noDelay() || Seq.atMost(smallEnd, una);
  }

  private boolean sendSegment(int length, boolean fin) {
    SentSegment segment = new SentSegment(next, next + length + (fin ? 1 : 0), fin, c.loop().now());
    if (board.isEmpty()) {
      timer.restart();
    }
    board.sent(segment);
    next = segment.end;
    finSent |= fin;
    if (length % mss() != 0) {
      smallEnd = segment.end;
    }
    recovery.sent(segment.length(), false, 0);
    timer.wantProbe();
    if (board.pipe() + mss() > recovery.window()) {
      windowLimited = true;
    }
    return send(segment, length);
  }

  /** Most bytes of data in a segment: several full ones if the link cuts them. */
  private int maxSegment() {
    int mss = mss();
    if (!c.segmentationOffload() || mss >= MOST_SEGMENT / 2) {
      return mss;
    }
    long most = Math.min(MOST_SEGMENT, Math.max(maxWindow / 2, mss));
    return (int) (most / mss) * mss;
  }

  /** Whether the congestion window was the limit; asking forgets it. */
  boolean takeWindowLimited() {
    // In slow start half of the window in use justifies its growth (RFC 7661).
    boolean limited =
        windowLimited
            || recovery.window() < recovery.threshold()
                && 2L * board.outstanding() > recovery.window();
    windowLimited = false;
    return limited;
  }

  // --- Timers ---

  /** The retransmission timer has fired with data outstanding. */
  void timeout() {
    if (board.first().sacked) {
      board.forgetSacks(); // the peer has dropped what it had
      c.acks().forgetSacks();
    }
    recovery.timeout(next, mss());
    board.markAllLost();
    board.departed(0);
    probe.cancel();
    timer.noProbe();
    timer.reorder(0);
    timer.backOff();
    timer.restart();
    output();
  }

  void reorderingTimeout() {
    detectLosses();
    output();
  }

  /** Marks what is lost, and begins recovery if anything is. */
  void detectLosses() {
    timer.reorder(detector.detect(recovery.inRecovery(), c.loop().now()));
    if (board.lostBytes() > board.resentBytes() || board.firstLost() != null) {
      recovery.lossFound(next, mss());
      probe.cancel();
    }
  }

  /** RFC 8985 section 7.2: when a tail loss probe makes sense. */
  boolean mayProbe() {
    return c.sackEnabled()
        && !recovery.inRecovery()
        && board.sackedBytes() == 0
        && !probe.isOutstanding();
  }

  /** RFC 8985 section 7.3. */
  void sendTailProbe() {
    c.loop().count(Counter.TCP_LOSS_PROBES);
    int unsent = unsent();
    long usable = una + window - next;
    if (unsent > 0 && usable >= Math.min(unsent, mss())) {
      int length = Math.min(unsent, mss());
      boolean fin = finQueued && length == unsent && usable > length;
      sendSegment(length, fin);
      probe.sent(next, false);
    } else if (!board.isEmpty()) {
      SentSegment last = board.last();
      int data = last.length() - (last.fin ? 1 : 0);
      if (data > mss()) {
        board.split(last, last.start + (data - 1) / mss() * mss());
      }
      retransmit(board.last());
      probe.sent(next, true);
    }
    timer.noProbe();
    timer.restart();
    timer.rearm();
  }

  /** Segments larger than the path carries now are sent again at once, in pieces (RFC 1191). */
  void pathShrank() {
    updateMss();
    for (int i = 0; i < board.size(); i++) {
      SentSegment segment = board.get(i);
      if (!segment.sacked && !segment.lost && segment.length() > mss) {
        board.markLost(segment);
      }
    }
    output();
  }

  void dispose() {
    timer.dispose();
    queue.clear();
  }
}
