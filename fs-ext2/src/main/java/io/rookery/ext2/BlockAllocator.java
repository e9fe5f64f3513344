package io.rookery.ext2;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Gives out and takes back blocks. A file's next block is the one after its last if that is free,
 * else the beginning of the next stretch of free blocks in the same group that holds what is
 * wanted, else the best the group has, else the same in the following groups. Thread-safe.
 */
final class BlockAllocator {
  private final Geometry geometry;
  private final GroupTable groups;

  /** Neighbouring blocks. */
  record Run(long first, int count) {}

  BlockAllocator(Geometry geometry, GroupTable groups) {
    this.geometry = geometry;
    this.groups = groups;
  }

  /**
   * Takes between 1 and {@code wanted} neighbouring blocks.
   *
   * @param goal where they should be, if possible
   * @throws Ext2Exception ENOSPC
   */
  Run allocate(long goal, int wanted) throws IOException {
    long start =
        goal > geometry.firstDataBlock() && goal < geometry.blocks()
            ? goal
            : geometry.firstDataBlock() + 1;
    int goalGroup = geometry.groupOf(start);
    synchronized (groups) {
      for (int i = 0; i < groups.count(); i++) {
        BlockGroup group = groups.get((goalGroup + i) % groups.count());
        if (group.freeBlocks > 0) {
          int from = i == 0 ? (int) (start - geometry.groupStart(group.index)) : 0;
          Run run = search(group, from, wanted, i == 0);
          if (run != null) {
            return run;
          }
        }
      }
      if (groups.settle()) { // a full volume does without the order of writes
        return allocate(goal, wanted);
      }
    }
    throw new Ext2Exception(
        Ext2Exception.Reason.ENOSPC, "no free block among %d".formatted(geometry.blocks()));
  }

  private @Nullable Run search(BlockGroup group, int from, int wanted, boolean exactFirst)
      throws IOException {
    Bitmap bits = groups.blockBits(group);
    if (exactFirst) {
      int run = bits.clearRun(from, wanted);
      if (run > 0) {
        return take(group, bits, from, run);
      }
    }
    int best = -1;
    int bestRun = 0;
    int bit = bits.nextClear(from);
    boolean wrapped = from == 0;
    while (bestRun < wanted) {
      if (bit < 0) {
        if (wrapped) {
          break;
        }
        wrapped = true;
        bit = bits.nextClear(0);
        continue;
      }
      int run = bits.clearRun(bit, wanted);
      if (run > bestRun) {
        best = bit;
        bestRun = run;
      }
      bit = bits.nextClear(bit + run);
    }
    return best < 0 ? null : take(group, bits, best, bestRun);
  }

  private Run take(BlockGroup group, Bitmap bits, int first, int n) {
    for (int i = 0; i < n; i++) {
      bits.set(first + i);
    }
    groups.addFreeBlocks(group, -n);
    return new Run(geometry.groupStart(group.index) + first, n);
  }

  /**
   * Gives a block back.
   *
   * @throws Ext2Exception EUCLEAN if it was free
   */
  void free(long block) throws IOException {
    synchronized (groups) {
      requireUsed(block);
      BlockGroup group = groups.get(geometry.groupOf(block));
      groups.release(groups.blockBits(group), (int) (block - geometry.groupStart(group.index)));
      groups.addFreeBlocks(group, 1);
    }
  }

  /** EUCLEAN unless the bitmap says that the block, which a file refers to, is in use. */
  void requireUsed(long block) throws IOException {
    synchronized (groups) {
      BlockGroup group = groups.get(geometry.groupOf(block));
      int bit = (int) (block - geometry.groupStart(group.index));
      if (!groups.blockBits(group).get(bit)) {
        throw Ext2Exception.corrupt(
            "block bitmap of group " + group.index,
            geometry.byteOffset(group.blockBitmap) + bit / 8,
            "block " + block + " free while a file uses it",
            "it in use");
      }
    }
  }
}
