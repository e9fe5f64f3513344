package io.rookery.tcpip.core;

import java.util.ArrayList;
import java.util.List;

/**
 * The memory that all sockets of a stack share, in pages, with a limit. The limit is soft: it says
 * when to take no more from peers and users; what was promised to a peer is still taken.
 */
public final class PagePool {
  /** Bytes of a page. */
  public static final int PAGE = 16 << 10;

  private static final int KEPT = 512;

  private final long limit;
  private final List<byte[]> free = new ArrayList<>();
  private long used;

  PagePool(long limit) {
    this.limit = limit;
  }

  /** A page with any content. */
  public byte[] take() {
    used += PAGE;
    return free.isEmpty() ? new byte[PAGE] : free.removeLast();
  }

  public void give(byte[] page) {
    used -= PAGE;
    if (free.size() < KEPT) {
      free.add(page);
    }
  }

  /** Counts memory that is not in pages; negative to give it back. */
  public void charge(int bytes) {
    used += bytes;
  }

  /** Whether sockets should take no more. */
  public boolean isFull() {
    return used >= limit;
  }

  /** Whether so much is in use that buffers should not grow. */
  public boolean isTight() {
    return used >= limit / 2;
  }

  /** Bytes in use. */
  public long used() {
    return used;
  }
}
