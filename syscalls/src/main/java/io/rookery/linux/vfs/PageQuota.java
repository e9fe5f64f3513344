package io.rookery.linux.vfs;

import java.util.concurrent.atomic.AtomicLong;

/** How many pages the files of a file system in memory have, and may have. Thread-safe. */
public final class PageQuota {
  private final AtomicLong used = new AtomicLong();
  private volatile long limit;

  /**
   * A quota of which nothing is used.
   *
   * @param limit in pages; 0 for none
   */
  public PageQuota(long limit) {
    this.limit = limit;
  }

  /** Takes a page; false when there is none left. */
  public boolean take() {
    long most = limit;
    if (used.incrementAndGet() > most && most != 0) {
      used.decrementAndGet();
      return false;
    }
    return true;
  }

  /** Gives pages back. */
  public void give(long pages) {
    used.addAndGet(-pages);
  }

  /** Pages in use. */
  public long used() {
    return used.get();
  }

  /** Pages that may be in use; 0 if there is no limit. */
  public long limit() {
    return limit;
  }

  /** Changes the limit; what is above it stays. */
  public void setLimit(long pages) {
    limit = pages;
  }
}
