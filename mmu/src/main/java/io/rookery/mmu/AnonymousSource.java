package io.rookery.mmu;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Zeroed pages of a shared anonymous mapping; they live until nobody maps them. Thread-safe. */
final class AnonymousSource implements PageSource {
  private final MemoryPool pool;
  private final Map<Long, Frame> frames = new HashMap<>();
  private long mappedPages;

  AnonymousSource(MemoryPool pool) {
    this.pool = pool;
  }

  @Override
  public Frame frame(long pageIndex, boolean forWrite) {
    Frame found = find(pageIndex);
    if (found != null) {
      return found;
    }
    Frame fresh = pool.allocateFrame(); // may reclaim, so not under our lock
    synchronized (this) {
      Frame winner = frames.putIfAbsent(pageIndex, fresh);
      if (winner != null) {
        fresh.release();
        winner.retain();
        return winner;
      }
      fresh.retain();
      return fresh;
    }
  }

  private synchronized @Nullable Frame find(long pageIndex) {
    Frame found = frames.get(pageIndex);
    if (found != null) {
      found.retain();
    }
    return found;
  }

  @Override
  public void unpin(Frame frame) {
    frame.release();
  }

  @Override
  public void dirtied(Frame frame) {}

  @Override
  public String name() {
    return "/dev/zero (deleted)";
  }

  @Override
  public long sizeBytes() {
    return Long.MAX_VALUE;
  }

  @Override
  public long generation(long pageIndex) {
    return 0;
  }

  @Override
  public synchronized void mapped(long pages) {
    mappedPages += pages;
  }

  @Override
  public synchronized void unmapped(long pages) {
    mappedPages -= pages;
    if (mappedPages == 0) {
      frames.values().forEach(Frame::release);
      frames.clear();
    }
  }
}
