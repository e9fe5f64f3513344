package io.rookery.ext2;

import io.rookery.ext2.Ext2Exception.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The blocks of files in extents. The caller holds the inode's lock. */
final class ExtentMap {
  /** The block behind the last one that a file can have. */
  private static final long END = (1L << 32) - 1;

  /** Nodes that a change may add to a tree. */
  private static final int MAX_NEW_NODES = 8;

  /**
   * A leaf of an extent tree, which tells about all file blocks of a range: those in none of its
   * extents are holes. Extents without data (unwritten ones) are left out.
   */
  static final class Leaf {
    private final long from;
    private final long to;
    private final int count;
    private final long[] first;
    private final int[] length;
    private final long[] physical;

    Leaf(ExtentTree.Path path) {
      ExtentNode node = path.leaf();
      this.from = path.from();
      this.to = path.to();
      this.first = new long[node.entries()];
      this.length = new int[node.entries()];
      this.physical = new long[node.entries()];
      int n = 0;
      for (int i = 0; i < node.entries(); i++) {
        if (node.isWritten(i)) {
          first[n] = node.first(i);
          length[n] = node.length(i);
          physical[n++] = node.physical(i);
        }
      }
      this.count = n;
    }

    boolean covers(long fileBlock) {
      return fileBlock >= from && fileBlock < to;
    }

    BlockMap.Extent get(long fileBlock, int max) {
      int found = Arrays.binarySearch(first, 0, count, fileBlock);
      int at = found >= 0 ? found : -found - 2;
      if (at >= 0 && fileBlock < first[at] + length[at]) {
        int offset = (int) (fileBlock - first[at]);
        return new BlockMap.Extent(physical[at] + offset, Math.min(max, length[at] - offset));
      }
      long end = at + 1 < count ? first[at + 1] : to;
      return new BlockMap.Extent(0, (int) Math.min(max, end - fileBlock));
    }
  }

  private final BlockAllocator allocator;
  private final BlockReleaser releaser;
  private final ExtentTree tree;

  ExtentMap(Volume volume) {
    this.allocator = volume.blocks();
    this.releaser = volume.releaser();
    this.tree = new ExtentTree(volume);
  }

  /** The extent that begins at a file block, at most {@code max} blocks of it. */
  BlockMap.Extent get(Ext2Inode inode, long fileBlock, int max) throws IOException {
    Leaf leaf = inode.extents;
    if (leaf == null || !leaf.covers(fileBlock)) {
      leaf = new Leaf(tree.find(inode, fileBlock));
      inode.extents = leaf;
    }
    return leaf.get(fileBlock, max);
  }

  /**
   * Gives data to up to {@code max} file blocks, which have none, in neighbouring blocks, whose
   * contents are undefined.
   *
   * @param goal where new blocks should be, if possible
   * @throws Ext2Exception ENOSPC, EFBIG
   */
  BlockMap.Extent add(Ext2Inode inode, long fileBlock, int max, long goal) throws IOException {
    inode.extents = null;
    ExtentTree.Path path = tree.find(inode, fileBlock);
    int entry = path.leaf().find(fileBlock);
    return entry >= 0 && fileBlock < path.leaf().end(entry)
        ? write(inode, path, entry, fileBlock, max)
        : map(inode, path, fileBlock, max, goal, true);
  }

  /**
   * Sees to it that blocks from a file block on have their place on the device, as zeros where they
   * have no data.
   *
   * @return how many of them, at most {@code max}
   * @throws Ext2Exception ENOSPC, EFBIG
   */
  int reserve(Ext2Inode inode, long fileBlock, int max, long goal) throws IOException {
    inode.extents = null;
    ExtentTree.Path path = tree.find(inode, fileBlock);
    int entry = path.leaf().find(fileBlock);
    if (entry >= 0 && fileBlock < path.leaf().end(entry)) {
      return (int) Math.min(max, path.leaf().end(entry) - fileBlock);
    }
    return map(inode, path, fileBlock, max, goal, false).count();
  }

  /** Maps a part of the hole that begins at a file block, or that it is in. */
  private BlockMap.Extent map(
      Ext2Inode inode, ExtentTree.Path path, long fileBlock, int max, long goal, boolean written)
      throws IOException {
    int next = path.leaf().find(fileBlock) + 1;
    long end = next < path.leaf().entries() ? path.leaf().first(next) : Math.min(path.to(), END);
    long limit = Math.min(Math.min(max, end - fileBlock), ExtentNode.maxLength(written));
    if (limit <= 0 || !inode.canCount(limit + MAX_NEW_NODES)) {
      throw new Ext2Exception(Reason.EFBIG, "file block %d of %s".formatted(fileBlock, inode));
    }
    BlockAllocator.Run run = allocator.allocate(goal, (int) limit);
    inode.addBlocks(run.count());
    inode.allocationGoal = run.first() + run.count();
    boolean done = false;
    try {
      insert(inode, path, fileBlock, run, written);
      done = true;
    } finally {
      if (!done) {
        release(inode, run.first(), run.count());
      }
    }
    return new BlockMap.Extent(run.first(), run.count());
  }

  private void insert(
      Ext2Inode inode,
      ExtentTree.Path path,
      long fileBlock,
      BlockAllocator.Run run,
      boolean written)
      throws IOException {
    ExtentTree.Path at = path;
    ExtentNode leaf = at.leaf();
    int before = leaf.find(fileBlock);
    if (leaf.continues(before, fileBlock, run.first(), run.count(), written)) {
      leaf.setLength(before, leaf.length(before) + run.count());
    } else {
      if (leaf.room() == 0) {
        at = tree.makeRoom(inode, fileBlock, 1);
        leaf = at.leaf();
        before = leaf.find(fileBlock);
      }
      leaf.insertExtent(++before, fileBlock, run.first(), run.count(), written);
    }
    leaf.join(before);
    tree.storeLeaf(inode, at);
  }

  /** Makes a part of an extent that is allocated one with data. */
  private BlockMap.Extent write(
      Ext2Inode inode, ExtentTree.Path path, int found, long fileBlock, int max)
      throws IOException {
    ExtentTree.Path at = path;
    int entry = found;
    ExtentNode leaf = at.leaf();
    int offset = (int) (fileBlock - leaf.first(entry));
    int count = Math.min(max, leaf.length(entry) - offset);
    long physical = leaf.physical(entry) + offset;
    int rest = leaf.length(entry) - offset - count;
    if (offset == 0 && leaf.continues(entry - 1, fileBlock, physical, count, true)) {
      leaf.setLength(entry - 1, leaf.length(entry - 1) + count);
      if (rest > 0) {
        leaf.cutFront(entry, count);
      } else {
        leaf.remove(entry, entry + 1);
        leaf.join(entry - 1);
      }
    } else {
      int wanted = (offset > 0 ? 1 : 0) + (rest > 0 ? 1 : 0);
      if (leaf.room() < wanted) {
        at = tree.makeRoom(inode, fileBlock, wanted);
        leaf = at.leaf();
        entry = leaf.find(fileBlock);
      }
      if (rest > 0) {
        leaf.insertExtent(entry + 1, fileBlock + count, physical + count, rest, false);
      }
      if (offset > 0) {
        leaf.setLength(entry, offset);
        leaf.insertExtent(++entry, fileBlock, physical, count, true);
      } else {
        leaf.setExtent(entry, fileBlock, physical, count, true);
      }
      leaf.join(entry);
    }
    tree.storeLeaf(inode, at);
    return new BlockMap.Extent(physical, count);
  }

  /** Unmaps and frees the file blocks from {@code from} up to, without, {@code to}. */
  void free(Ext2Inode inode, long from, long to) throws IOException {
    inode.extents = null;
    long end = Math.min(to, 1L << 32);
    long at = from;
    while (at < end) {
      ExtentTree.Path path = tree.find(inode, at);
      int entry = Math.max(0, path.leaf().find(at));
      if (entry < path.leaf().entries() && path.leaf().end(entry) <= at) {
        entry++;
      }
      if (entry == path.leaf().entries() || path.leaf().first(entry) >= end) {
        at = path.to();
      } else if (path.leaf().first(entry) < at && path.leaf().end(entry) > end) {
        punch(inode, at, end);
        return;
      } else {
        freeInLeaf(inode, path, entry, at, end);
        at = path.to();
      }
    }
    tree.flatten(inode, from);
  }

  /** Frees blocks in the middle of one extent. */
  private void punch(Ext2Inode inode, long from, long to) throws IOException {
    ExtentTree.Path path = tree.makeRoom(inode, from, 1);
    ExtentNode leaf = path.leaf();
    int entry = leaf.find(from);
    long first = leaf.first(entry);
    long physical = leaf.physical(entry);
    leaf.insertExtent(
        entry + 1,
        to,
        physical + (to - first),
        (int) (leaf.end(entry) - to),
        leaf.isWritten(entry));
    leaf.setLength(entry, (int) (from - first));
    tree.storeLeaf(inode, path);
    release(inode, physical + (from - first), (int) (to - from));
  }

  /** Frees what a leaf has of a range of file blocks, from an entry on that reaches into it. */
  private void freeInLeaf(Ext2Inode inode, ExtentTree.Path path, int firstEntry, long from, long to)
      throws IOException {
    ExtentNode leaf = path.leaf();
    List<BlockAllocator.Run> freed = new ArrayList<>();
    int entry = firstEntry;
    if (leaf.first(entry) < from) {
      int kept = (int) (from - leaf.first(entry));
      freed.add(new BlockAllocator.Run(leaf.physical(entry) + kept, leaf.length(entry) - kept));
      leaf.setLength(entry++, kept);
    }
    int last = entry;
    while (last < leaf.entries() && leaf.end(last) <= to) {
      freed.add(new BlockAllocator.Run(leaf.physical(last), leaf.length(last)));
      last++;
    }
    if (last < leaf.entries() && leaf.first(last) < to) {
      int count = (int) (to - leaf.first(last));
      freed.add(new BlockAllocator.Run(leaf.physical(last), count));
      leaf.cutFront(last, count);
    }
    leaf.remove(entry, last);
    tree.storeLeaf(inode, path);
    // The tree does not name them any more: what is damaged is found out without doing more harm.
    for (BlockAllocator.Run run : freed) {
      release(inode, run.first(), run.count());
    }
  }

  private void release(Ext2Inode inode, long first, int count) throws IOException {
    for (long block = first; block < first + count; block++) {
      releaser.release(inode, block);
    }
  }
}
