package io.rookery.mmu;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.StampedLock;

/**
 * Keeps what was unmapped until every thread has noticed, so that a late store of a thread that had
 * already passed its check hits nobody else's memory. Guarded by the lock of the address space, but
 * for {@link #runReady} and {@link #copies}.
 */
final class Quarantine {
  private static final long REQUEST_SIZE = 256;
  private static final int REQUEST_COUNT = 16;

  private final MemoryPool pool;
  private final GuestThreads threads;
  private final List<Retired> pending = new ArrayList<>();
  private final ConcurrentLinkedQueue<Retired> ready = new ConcurrentLinkedQueue<>();
  private volatile boolean waiting;

  /** Held shared by the kernel while it looks up and copies within one page. */
  final StampedLock copies = new StampedLock();

  Quarantine(MemoryPool pool, GuestThreads threads) {
    this.pool = pool;
    this.threads = threads;
  }

  /** Starts an epoch for rights that were taken away, and waits for the kernel's copies. */
  long advance() {
    copies.unlockWrite(copies.writeLock());
    return threads.advance();
  }

  /** Takes in what was taken away. */
  void add(Retired retired) {
    if (retired.isEmpty()) {
      return;
    }
    retired.setEpoch(advance());
    if (threads.noticed(retired.epoch())) {
      ready.add(retired);
      return;
    }
    pending.add(retired);
    waiting = true;
    long size = 0;
    for (Retired each : pending) {
      size += each.size();
    }
    if (size >= REQUEST_SIZE || pending.size() >= REQUEST_COUNT) {
      threads.request(retired.epoch());
    }
  }

  /** Whether something waits for threads to notice; may be asked without the lock. */
  boolean waiting() {
    return waiting;
  }

  /** Moves what everyone has noticed to the ready queue. */
  void collect() {
    for (Iterator<Retired> i = pending.iterator(); i.hasNext(); ) {
      Retired retired = i.next();
      if (threads.noticed(retired.epoch())) {
        i.remove();
        ready.add(retired);
      }
    }
    waiting = !pending.isEmpty();
  }

  /** The lowest address in quarantine within a range, or the range's end when there is none. */
  long firstHeld(long start, long end) {
    long first = end;
    for (Retired retired : pending) {
      if (retired.overlaps(start, end)) {
        first = Math.min(first, Math.max(start, retired.start()));
      }
    }
    return first;
  }

  /** Waits until no late store can hit a range. */
  void awaitRange(long start, long end) {
    if (pending.isEmpty()) {
      return;
    }
    for (Retired retired : pending) {
      if (retired.overlaps(start, end)) {
        threads.await(retired.epoch());
      }
    }
    collect();
  }

  /** Waits until everyone has noticed all that is pending. */
  void awaitAll() {
    if (!pending.isEmpty()) {
      threads.await(pending.getLast().epoch());
      collect();
    }
  }

  /** Lets go what is ready. Call without the lock. */
  void runReady() {
    for (Retired retired = ready.poll(); retired != null; retired = ready.poll()) {
      retired.release(pool);
    }
  }
}
