package io.rookery.linux.vfs;

import io.rookery.mmu.Frame;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.PageSource;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** All page caches of a VM, and their share of its memory. Thread-safe. */
public final class PageCaches {
  /** Tells every address space that pages of a file are to be asked for again. */
  @FunctionalInterface
  public interface Invalidator {
    void invalidate(PageSource source, long firstPage, long pageCount);
  }

  /**
   * Gives frames back until the pool is about to be closed. Apart from {@link PageCaches}, so that
   * cleaners that hold it do not hold the VM.
   */
  static final class FrameReturn {
    private boolean closed;

    synchronized void release(Iterable<Frame> frames) {
      if (!closed) {
        frames.forEach(Frame::release);
      }
    }

    synchronized void close() {
      closed = true;
    }
  }

  private static final int MIN_PRUNE = 1024;
  private static final Invalidator NOBODY = (source, first, count) -> {};

  private final MemoryPool pool;
  private final Deque<WeakReference<PageCache>> all = new ArrayDeque<>(); // guarded by itself
  private int pruneAt = MIN_PRUNE; // guarded by all
  private final FrameReturn frameReturn = new FrameReturn();
  private volatile Invalidator invalidator = NOBODY;

  public PageCaches(MemoryPool pool) {
    this.pool = pool;
    pool.setReclaimer(this::reclaim);
  }

  /** Makes the cache of one file. */
  public PageCache newCache(PageStore store, String name, long generation) {
    return newCache(store, name, generation, null);
  }

  /** Makes the cache of one file that is kept in memory, within a quota if there is one. */
  public PageCache newCache(
      PageStore store, String name, long generation, @Nullable PageQuota quota) {
    PageCache c = new PageCache(this, store, name, generation, quota);
    synchronized (all) {
      if (all.size() >= pruneAt) {
        all.removeIf(r -> r.get() == null);
        pruneAt = Math.max(MIN_PRUNE, 2 * all.size());
      }
      all.addLast(new WeakReference<>(c));
    }
    return c;
  }

  /** Sets who tells address spaces of truncated files. */
  public void setInvalidator(Invalidator invalidator) {
    this.invalidator = invalidator;
  }

  /** The memory limit of the VM, in bytes. */
  public long limitBytes() {
    return pool.limitBytes();
  }

  /** The memory in use by the VM, in bytes. */
  public long usedBytes() {
    return pool.usedBytes();
  }

  void invalidated(PageCache cache, long first, long count) {
    if (cache.mapped()) {
      invalidator.invalidate(cache, first, count);
    }
  }

  Frame allocate() {
    return pool.allocateFrame();
  }

  /** Drops clean pages, oldest files first, in two rounds as the used bits need. */
  private long reclaim(long wanted) {
    long dropped = 0;
    int candidates;
    synchronized (all) {
      candidates = all.size();
    }
    for (int i = 0; i < 2 * candidates && dropped < wanted; i++) {
      PageCache c;
      synchronized (all) {
        WeakReference<PageCache> r = all.pollFirst();
        if (r == null) {
          break;
        }
        c = r.get();
        if (c == null) {
          continue;
        }
        all.addLast(r);
      }
      dropped += c.reclaim(wanted - dropped);
    }
    return dropped;
  }

  /**
   * The pool is about to be closed: frames are no longer given back one by one, and nobody hears of
   * memory that is short.
   */
  public void close() {
    frameReturn.close();
    invalidator = NOBODY;
    pool.setReclaimer(null);
  }

  FrameReturn frameReturn() {
    return frameReturn;
  }
}
