package io.rookery.ext2.check;

import org.jspecify.annotations.Nullable;

/** A large array of numbers, zero at first, whose memory depends on what is used. */
final class PagedInts {
  private static final int PAGE_SHIFT = 12;
  private static final int PAGE_MASK = (1 << PAGE_SHIFT) - 1;

  private final int[] @Nullable [] pages;

  PagedInts(long size) {
    pages = new int[(int) ((size >>> PAGE_SHIFT) + 1)][];
  }

  int get(long index) {
    int[] page = pages[(int) (index >>> PAGE_SHIFT)];
    return page == null ? 0 : page[(int) index & PAGE_MASK];
  }

  void set(long index, int value) {
    int at = (int) (index >>> PAGE_SHIFT);
    int[] page = pages[at];
    if (page == null) {
      page = new int[1 << PAGE_SHIFT];
      pages[at] = page;
    }
    page[(int) index & PAGE_MASK] = value;
  }

  void increment(long index) {
    set(index, get(index) + 1);
  }
}
