package io.rookery.tcpip.tcp;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What was sent and is not acknowledged: segments by sequence number, and those under way also by
 * the time of their last transmission (RFC 8985 section 6.1). It counts bytes as RFC 6675's pipe.
 */
final class Scoreboard {
  private @Nullable SentSegment[] ring = new SentSegment[8];
  private int head;
  private int size;

  private @Nullable SentSegment oldest;
  private @Nullable SentSegment newest;

  private int outstanding;
  private int sacked;
  private int sackedSegments;
  private int lost;
  private int resent;
  private int departed;

  /** No segment left of this sequence number is lost and not sent again. */
  private int lostFrom;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  int outstanding() {
    return outstanding;
  }

  int sackedBytes() {
    return sacked;
  }

  int sackedSegments() {
    return sackedSegments;
  }

  int lostBytes() {
    return lost;
  }

  int resentBytes() {
    return resent;
  }

  /** Bytes held to be in the network. */
  int pipe() {
    return Math.max(0, outstanding - sacked - lost + resent - departed);
  }

  /** Bytes that duplicate acknowledgments without SACK say have arrived (RFC 5681 section 3.2). */
  int departedBytes() {
    return departed;
  }

  /** Sets {@link #departedBytes}; no more than what lies behind the first segment. */
  void departed(int bytes) {
    int most = size == 0 ? 0 : outstanding - first().length();
    departed = Math.clamp(bytes, 0, Math.max(most, 0));
  }

  SentSegment get(int index) {
    SentSegment segment = ring[head + index & ring.length - 1];
    if (segment == null) {
      throw new IndexOutOfBoundsException(index);
    }
    return segment;
  }

  SentSegment first() {
    return get(0);
  }

  SentSegment last() {
    return get(size - 1);
  }

  /** The segment under way that was sent first. */
  @Nullable SentSegment oldest() {
    return oldest;
  }

  /** Adds a new segment behind all others. */
  void sent(SentSegment segment) {
    insert(size, segment);
    outstanding += segment.length();
    list(segment);
  }

  /** Takes note that a segment was sent again. */
  void resent(SentSegment segment, long now) {
    segment.sentAt = now;
    segment.transmissions++;
    if (!segment.resent) {
      segment.resent = true;
      resent += segment.length();
    }
    unlist(segment);
    list(segment);
  }

  /** Cuts a segment in two at a sequence number within it. */
  void split(SentSegment segment, int at) {
    SentSegment rest = new SentSegment(at, segment.end, segment.fin, segment.sentAt);
    rest.transmissions = segment.transmissions;
    rest.sacked = segment.sacked;
    rest.lost = segment.lost;
    rest.resent = segment.resent;
    segment.end = at;
    segment.fin = false;
    sackedSegments += segment.sacked ? 1 : 0;
    insert(indexOf(segment.start) + 1, rest);
    if (segment.listed) {
      listBehind(segment, rest);
    }
  }

  /**
   * Removes what lies left of a sequence number.
   *
   * @param removed hears of each segment
   */
  void acknowledge(int una, Consumer<SentSegment> removed) {
    while (size > 0 && Seq.before(first().start, una)) {
      SentSegment segment = first();
      if (Seq.after(segment.end, una)) {
        split(segment, una);
      }
      uncount(segment);
      unlist(segment);
      ring[head] = null;
      head = head + 1 & ring.length - 1;
      size--;
      removed.accept(segment);
    }
  }

  /**
   * Marks a range as selectively acknowledged.
   *
   * @param newly hears of each segment that was not marked before
   */
  void sack(int left, int right, Consumer<SentSegment> newly) {
    int index = indexOf(left);
    if (index > 0 && Seq.after(get(index - 1).end, left)) {
      split(get(index - 1), left);
    }
    for (; index < size && Seq.before(get(index).start, right); index++) {
      SentSegment segment = get(index);
      if (segment.sacked) {
        continue;
      }
      if (Seq.after(segment.end, right)) {
        split(segment, right);
      }
      uncount(segment);
      segment.lost = false;
      segment.resent = false;
      segment.sacked = true;
      outstanding += segment.length();
      sacked += segment.length();
      sackedSegments++;
      unlist(segment);
      newly.accept(segment);
    }
  }

  /** Holds a segment to be lost, or its retransmission if it was already. */
  void markLost(SentSegment segment) {
    if (segment.resent) {
      segment.resent = false;
      resent -= segment.length();
    }
    if (!segment.lost) {
      segment.lost = true;
      lost += segment.length();
    }
    if (lost == segment.length() || Seq.before(segment.start, lostFrom)) {
      lostFrom = segment.start;
    }
    unlist(segment);
  }

  /** Holds everything to be lost that is not selectively acknowledged. */
  void markAllLost() {
    for (int i = 0; i < size; i++) {
      if (!get(i).sacked) {
        markLost(get(i));
      }
    }
    if (size > 0) {
      lostFrom = first().start;
    }
  }

  /** The peer took back its selective acknowledgments (RFC 2018 section 8). */
  void forgetSacks() {
    for (int i = 0; i < size; i++) {
      SentSegment segment = get(i);
      if (segment.sacked) {
        segment.sacked = false;
        sacked -= segment.length();
        sackedSegments--;
        list(segment);
      }
    }
  }

  /** Nothing is held to be lost any more; what was sent again stays so. */
  void forgetLosses() {
    for (int i = 0; i < size; i++) {
      SentSegment segment = get(i);
      if (segment.lost) {
        segment.lost = false;
        lost -= segment.length();
        if (!segment.listed) {
          list(segment);
        }
      }
    }
  }

  /** The first segment that is lost and not sent again; null if there is none. */
  @Nullable SentSegment firstLost() {
    if (lost == 0) {
      return null;
    }
    int from = Math.max(0, indexOf(lostFrom));
    for (int i = from; i < size; i++) {
      SentSegment segment = get(i);
      if (segment.lost && !segment.resent) {
        lostFrom = segment.start;
        return segment;
      }
    }
    lostFrom = size == 0 ? lostFrom : last().end;
    return null;
  }

  /** Index of the first segment that does not start before a sequence number. */
  private int indexOf(int sequence) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = low + high >>> 1;
      if (Seq.before(get(middle).start, sequence)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void insert(int index, SentSegment segment) {
    if (size == ring.length) {
      @Nullable SentSegment[] bigger = new SentSegment[size * 2];
      for (int i = 0; i < size; i++) {
        bigger[i] = get(i);
      }
      ring = bigger;
      head = 0;
    }
    for (int i = size; i > index; i--) {
      ring[head + i & ring.length - 1] = get(i - 1);
    }
    ring[head + index & ring.length - 1] = segment;
    size++;
  }

  private void uncount(SentSegment segment) {
    int length = segment.length();
    outstanding -= length;
    if (segment.sacked) {
      sacked -= length;
      sackedSegments--;
    }
    lost -= segment.lost ? length : 0;
    resent -= segment.resent ? length : 0;
  }

  private void list(SentSegment segment) {
    segment.listed = true;
    segment.older = newest;
    segment.newer = null;
    if (newest == null) {
      oldest = segment;
    } else {
      newest.newer = segment;
    }
    newest = segment;
  }

  private void listBehind(SentSegment segment, SentSegment rest) {
    rest.listed = true;
    rest.older = segment;
    rest.newer = segment.newer;
    if (segment.newer == null) {
      newest = rest;
    } else {
      segment.newer.older = rest;
    }
    segment.newer = rest;
  }

  private void unlist(SentSegment segment) {
    if (!segment.listed) {
      return;
    }
    segment.listed = false;
    if (segment.older == null) {
      oldest = segment.newer;
    } else {
      segment.older.newer = segment.newer;
    }
    if (segment.newer == null) {
      newest = segment.older;
    } else {
      segment.newer.older = segment.older;
    }
    segment.older = null;
    segment.newer = null;
  }
}
