package io.rookery.ext2;

import java.util.Arrays;

/** The blocks that are the volume's own, where groups may keep them anywhere (flex_bg). */
final class MetadataRanges {
  /** First blocks, sorted, and the blocks behind the last ones; ranges do not touch. */
  private final long[] starts;

  private final long[] ends;
  private int count;

  MetadataRanges(Geometry geometry, BlockGroup[] groups) {
    long[][] ranges = new long[groups.length * 4][];
    int n = 0;
    for (BlockGroup group : groups) {
      long start = geometry.groupStart(group.index);
      ranges[n++] = new long[] {start, start + geometry.headerBlocks(group.index)};
      ranges[n++] = new long[] {group.blockBitmap, group.blockBitmap + 1};
      ranges[n++] = new long[] {group.inodeBitmap, group.inodeBitmap + 1};
      ranges[n++] = new long[] {group.inodeTable, group.inodeTable + geometry.inodeTableBlocks()};
    }
    Arrays.sort(ranges, (a, b) -> Long.compare(a[0], b[0]));
    starts = new long[n];
    ends = new long[n];
    for (long[] range : ranges) {
      if (count > 0 && range[0] <= ends[count - 1]) {
        ends[count - 1] = Math.max(ends[count - 1], range[1]);
      } else if (range[0] < range[1]) {
        starts[count] = range[0];
        ends[count++] = range[1];
      }
    }
  }

  /** Takes a range of blocks, the last one excluded. */
  interface Consumer {
    void range(long from, long to) throws Ext2Exception;
  }

  /** The parts of the ranges that are within these bounds. */
  void within(long from, long to, Consumer consumer) throws Ext2Exception {
    int found = Arrays.binarySearch(starts, 0, count, from);
    for (int i = found >= 0 ? found : Math.max(0, -found - 2); i < count && starts[i] < to; i++) {
      if (ends[i] > from) {
        consumer.range(Math.max(from, starts[i]), Math.min(to, ends[i]));
      }
    }
  }

  boolean contains(long block) {
    return intersects(block, 1);
  }

  boolean intersects(long first, int length) {
    int at = Arrays.binarySearch(starts, 0, count, first + length - 1);
    int before = at >= 0 ? at : -at - 2;
    return before >= 0 && ends[before] > first;
  }
}
