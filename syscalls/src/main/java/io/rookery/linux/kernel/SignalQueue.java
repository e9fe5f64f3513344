package io.rookery.linux.kernel;

import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** Pending signals of a thread or of a process. Guarded by the process's signal lock. */
final class SignalQueue {
  private final ArrayDeque<SigInfo> queue = new ArrayDeque<>();
  private long set;

  /** The pending signals. */
  long set() {
    return set;
  }

  /** Whether this very signal is in the queue. */
  boolean contains(SigInfo info) {
    return queue.contains(info); // SigInfo has no equals: identity
  }

  int size() {
    return queue.size();
  }

  /**
   * Adds a signal. A standard signal that is pending already is not queued again.
   *
   * @return false when a real-time signal exceeds {@code limit} entries
   */
  boolean add(SigInfo info, int limit) {
    int signal = info.signal();
    long bit = Signals.bit(signal);
    if (signal < Signals.SIGRTMIN) {
      if ((set & bit) != 0) {
        return true;
      }
    } else if (queue.size() >= limit) {
      return false;
    }
    queue.addLast(info);
    set |= bit;
    return true;
  }

  /** Takes the next signal outside {@code blocked}: synchronous ones first, then by number. */
  @Nullable SigInfo take(long blocked) {
    long candidates = set & ~blocked;
    if (candidates == 0) {
      return null;
    }
    long first = candidates & Signals.SYNCHRONOUS;
    int signal = Long.numberOfTrailingZeros(first != 0 ? first : candidates) + 1;
    SigInfo found = null;
    boolean more = false;
    for (Iterator<SigInfo> i = queue.iterator(); i.hasNext(); ) {
      SigInfo s = i.next();
      if (s.signal() == signal) {
        if (found != null) {
          more = true;
          break;
        }
        found = s;
        i.remove();
      }
    }
    if (!more) {
      set &= ~Signals.bit(signal);
    }
    return found;
  }

  /** Drops all signals of a set. */
  void discard(long signals) {
    if ((set & signals) != 0) {
      queue.removeIf(s -> (Signals.bit(s.signal()) & signals) != 0);
      set &= ~signals;
    }
  }
}
