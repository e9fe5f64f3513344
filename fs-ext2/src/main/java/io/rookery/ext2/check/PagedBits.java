package io.rookery.ext2.check;

import org.jspecify.annotations.Nullable;

/** A large set of numbers whose memory depends on how many neighbourhoods are used. */
final class PagedBits {
  private static final int PAGE_SHIFT = 18;
  private static final int PAGE_MASK = (1 << PAGE_SHIFT) - 1;

  private final long[] @Nullable [] pages;
  private long count;

  PagedBits(long size) {
    pages = new long[(int) ((size >>> PAGE_SHIFT) + 1)][];
  }

  boolean get(long bit) {
    int index = (int) (bit >>> PAGE_SHIFT);
    long[] page = index < pages.length ? pages[index] : null;
    int at = (int) bit & PAGE_MASK;
    return page != null && (page[at >>> 6] & 1L << at) != 0;
  }

  /** Adds a number; false if it was there. */
  boolean add(long bit) {
    int index = (int) (bit >>> PAGE_SHIFT);
    long[] page = pages[index];
    if (page == null) {
      page = new long[1 << PAGE_SHIFT - 6];
      pages[index] = page;
    }
    int at = (int) bit & PAGE_MASK;
    if ((page[at >>> 6] & 1L << at) != 0) {
      return false;
    }
    page[at >>> 6] |= 1L << at;
    count++;
    return true;
  }

  long count() {
    return count;
  }
}
