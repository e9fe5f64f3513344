package io.rookery.cpu.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * The blocks that were translated from one guest page. A block that straddles two pages is in both.
 * Guarded by itself.
 */
final class CodePage {
  private static final int LINE_SHIFT = 6;

  private final long start;
  private final List<Block> blocks = new ArrayList<>();

  /** Bit i: a block covers bytes of the page's i-th line of 64. */
  private long lines;

  /** Incremented by each change of the page's bytes. */
  private long version;

  private int invalidations;

  CodePage(long start) {
    this.start = start;
  }

  synchronized long version() {
    return version;
  }

  /** How often blocks of this page were invalidated. */
  synchronized int invalidations() {
    return invalidations;
  }

  /** Adds a block, unless the page changed since {@code expectedVersion} was read. */
  synchronized boolean add(Block block, long expectedVersion) {
    if (version != expectedVersion) {
      return false;
    }
    blocks.add(block);
    lines |= lines(block.rip - start, block.rip + block.bytes - start);
    return true;
  }

  private static long lines(long from, long to) {
    int first = (int) (Math.max(from, 0) >> LINE_SHIFT);
    int last = (int) ((Math.min(to, 4096) - 1) >> LINE_SHIFT);
    return (-1L << first) & (-1L >>> (63 - last));
  }

  /**
   * Invalidates the blocks that a store touched.
   *
   * @return true if no block is left
   */
  synchronized boolean written(long address, int length) {
    version++;
    if ((lines & lines(address - start, address + length - start)) == 0) {
      return blocks.isEmpty();
    }
    invalidations++;
    blocks.removeIf(
        block -> {
          boolean hit = block.rip < address + length && address < block.rip + block.bytes;
          if (hit) {
            block.invalidate();
          }
          return hit || !block.valid;
        });
    lines = 0;
    for (Block block : blocks) {
      lines |= lines(block.rip - start, block.rip + block.bytes - start);
    }
    return blocks.isEmpty();
  }

  synchronized void drop() {
    version++;
    for (Block block : blocks) {
      block.invalidate();
    }
    blocks.clear();
    lines = 0;
  }
}
