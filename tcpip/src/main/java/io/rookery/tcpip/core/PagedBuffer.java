package io.rookery.tcpip.core;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A moving window of a byte stream, addressed by offsets in the stream, in pages that exist only
 * where something was written.
 */
public final class PagedBuffer {
  private static final int SHIFT = Integer.numberOfTrailingZeros(PagePool.PAGE);
  private static final int MASK = PagePool.PAGE - 1;
  private static final byte[] @Nullable [] NONE = new byte[0][];

  private final PagePool pool;
  private byte[] @Nullable [] pages = NONE;
  private long start;

  /** An empty buffer that starts at offset 0. */
  public PagedBuffer(PagePool pool) {
    this.pool = pool;
  }

  /** Offset of the first byte that can be addressed. */
  public long start() {
    return start;
  }

  /** Copies bytes to an offset, which must not lie left of the start. */
  public void write(long offset, byte[] from, int at, int length) {
    long to = offset;
    int source = at;
    for (int left = length; left > 0; ) {
      int inPage = (int) to & MASK;
      int count = Math.min(left, PagePool.PAGE - inPage);
      System.arraycopy(from, source, page(to), inPage, count);
      to += count;
      source += count;
      left -= count;
    }
  }

  /** Moves bytes of a buffer to an offset, which must not lie left of the start. */
  public void write(long offset, ByteBuffer from, int length) {
    long to = offset;
    for (int left = length; left > 0; ) {
      int inPage = (int) to & MASK;
      int count = Math.min(left, PagePool.PAGE - inPage);
      from.get(page(to), inPage, count);
      to += count;
      left -= count;
    }
  }

  /** Copies bytes that were written before. */
  public void read(long offset, byte[] to, int at, int length) {
    long from = offset;
    int target = at;
    for (int left = length; left > 0; ) {
      int inPage = (int) from & MASK;
      int count = Math.min(left, PagePool.PAGE - inPage);
      System.arraycopy(page(from), inPage, to, target, count);
      from += count;
      target += count;
      left -= count;
    }
  }

  /** Copies bytes that were written before. */
  public void read(long offset, ByteBuffer to, int length) {
    long from = offset;
    for (int left = length; left > 0; ) {
      int inPage = (int) from & MASK;
      int count = Math.min(left, PagePool.PAGE - inPage);
      to.put(page(from), inPage, count);
      from += count;
      left -= count;
    }
  }

  /** Puts bytes before the start, which moves left. */
  public void prepend(byte[] from, int at, int length) {
    long last = (start >> SHIFT) + pages.length - 1;
    start -= length;
    if (last - (start >> SHIFT) >= pages.length) {
      grow(last - pages.length + 1, last, start >> SHIFT);
    }
    write(start, from, at, length);
  }

  /** Forgets what lies left of an offset. */
  public void discardTo(long offset) {
    if (pages.length > 0) {
      long last = Math.min(offset >> SHIFT, (start >> SHIFT) + pages.length);
      for (long page = start >> SHIFT; page < last; page++) {
        drop((int) page & (pages.length - 1));
      }
    }
    start = offset;
  }

  /** Forgets everything. */
  public void clear() {
    for (int i = 0; i < pages.length; i++) {
      drop(i);
    }
    pages = NONE;
  }

  private void drop(int index) {
    byte @Nullable [] page = pages[index];
    if (page != null) {
      pages[index] = null;
      pool.give(page);
    }
  }

  private byte[] page(long offset) {
    long number = offset >> SHIFT;
    long first = start >> SHIFT;
    if (number - first >= pages.length) {
      grow(first, first + pages.length - 1, number);
    }
    int index = (int) number & (pages.length - 1);
    byte @Nullable [] page = pages[index];
    if (page == null) {
      page = pool.take();
      pages[index] = page;
    }
    return page;
  }

  /** Makes room for a page before or behind those from the first to the last. */
  private void grow(long first, long last, long number) {
    long span = Math.max(last, number) - Math.min(first, number);
    int size = Math.max(4, pages.length);
    while (span >= size) {
      size *= 2;
    }
    byte[] @Nullable [] bigger = new byte[size][];
    for (long i = first; i <= last; i++) {
      bigger[(int) i & (size - 1)] = pages[(int) i & (pages.length - 1)];
    }
    pages = bigger;
  }
}
