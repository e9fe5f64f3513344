package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.ExtentLayout;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.util.Arrays;

/** The blocks of files in extents, which are read only. */
final class ExtentMap {
  private static final long END = 1L << 32;

  /**
   * A leaf of an extent tree, which tells about all file blocks of a range: those in none of its
   * extents are holes. Extents without data (uninitialised ones) are left out.
   */
  static final class Leaf {
    private final long from;
    private final long to;
    private final int count;
    private final long[] first;
    private final int[] length;
    private final long[] physical;

    Leaf(long from, long to, int count, long[] first, int[] length, long[] physical) {
      this.from = from;
      this.to = to;
      this.count = count;
      this.first = first;
      this.length = length;
      this.physical = physical;
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

  private final Geometry geometry;
  private final GroupTable groups;
  private final BlockCache cache;

  ExtentMap(Volume volume) {
    this.geometry = volume.geometry();
    this.groups = volume.groups();
    this.cache = volume.cache();
  }

  /** The extent that begins at a file block, at most {@code max} blocks of it. */
  BlockMap.Extent get(Ext2Inode inode, long fileBlock, int max) throws IOException {
    Leaf leaf = inode.extents;
    if (leaf == null || !leaf.covers(fileBlock)) {
      leaf = load(inode, fileBlock);
      inode.extents = leaf;
    }
    return leaf.get(fileBlock, max);
  }

  private Leaf load(Ext2Inode inode, long fileBlock) throws IOException {
    int base = InodeLayout.BLOCK;
    byte[] node = Arrays.copyOfRange(inode.raw(), base, base + InodeLayout.BLOCK_BYTES);
    int depth = u16(node, ExtentLayout.DEPTH);
    if (depth > ExtentLayout.MAX_DEPTH) {
      throw corrupt(inode, "depth " + depth, "at most " + ExtentLayout.MAX_DEPTH);
    }
    int seed = Checksums.inodeSeed(geometry.checksumSeed(), inode.number(), inode.raw());
    long from = 0;
    long to = END;
    checkHeader(inode, node, depth);
    while (depth > 0) {
      int entries = u16(node, ExtentLayout.ENTRIES);
      int at = -1;
      for (int i = 0; i < entries; i++) {
        long first = u32(node, entry(i));
        if (first < from || first >= to || (at >= 0 && first <= u32(node, entry(i - 1)))) {
          throw corrupt(inode, "a node at file block " + first, "%d..%d".formatted(from, to));
        }
        if (first <= fileBlock) {
          at = i;
        }
      }
      if (at < 0) { // a hole in front of the first extent
        return new Leaf(from, u32(node, entry(0)), 0, new long[0], new int[0], new long[0]);
      }
      to = at + 1 < entries ? u32(node, entry(at + 1)) : to;
      from = u32(node, entry(at));
      node = child(inode, ExtentLayout.child(node, entry(at)), seed);
      checkHeader(inode, node, --depth);
    }
    return leaf(inode, node, from, to);
  }

  private static int entry(int index) {
    return ExtentLayout.HEADER_SIZE + index * ExtentLayout.ENTRY_SIZE;
  }

  private byte[] child(Ext2Inode inode, long block, int seed) throws IOException {
    if (!groups.isDataBlock(block)) {
      throw corrupt(inode, "a node at block " + block, "a data block");
    }
    byte[] node = cache.read(block);
    if (geometry.checksums() && !Checksums.extentsMatch(seed, node)) {
      throw corrupt(inode, "a wrong checksum in block " + block, "a right one");
    }
    return node;
  }

  private static void checkHeader(Ext2Inode inode, byte[] node, int depth) throws Ext2Exception {
    int entries = u16(node, ExtentLayout.ENTRIES);
    if (u16(node, ExtentLayout.MAGIC) != ExtentLayout.MAGIC_VALUE
        || u16(node, ExtentLayout.DEPTH) != depth
        || entries > u16(node, ExtentLayout.MAX_ENTRIES)
        || (depth > 0 && entries == 0)
        || ExtentLayout.end(node, 0) > node.length) {
      throw corrupt(
          inode,
          "header %04x, depth %d, %d entries"
              .formatted(u16(node, ExtentLayout.MAGIC), u16(node, ExtentLayout.DEPTH), entries),
          "%04x, depth %d".formatted(ExtentLayout.MAGIC_VALUE, depth));
    }
  }

  private Leaf leaf(Ext2Inode inode, byte[] node, long from, long to) throws Ext2Exception {
    int entries = u16(node, ExtentLayout.ENTRIES);
    long[] first = new long[entries];
    int[] length = new int[entries];
    long[] physical = new long[entries];
    int count = 0;
    long next = from;
    for (int i = 0; i < entries; i++) {
      long fileBlock = u32(node, entry(i));
      int stored = u16(node, entry(i) + ExtentLayout.LENGTH);
      boolean data = stored <= ExtentLayout.MAX_LENGTH;
      int blocks = data ? stored : stored - ExtentLayout.MAX_LENGTH;
      long start = ExtentLayout.start(node, entry(i));
      if (fileBlock < next || blocks == 0 || fileBlock + blocks > to) {
        throw corrupt(
            inode,
            "an extent of %d blocks at file block %d".formatted(blocks, fileBlock),
            "%d..%d".formatted(next, to));
      }
      if (!groups.areDataBlocks(start, blocks)) {
        throw corrupt(inode, "%d blocks at block %d".formatted(blocks, start), "data blocks");
      }
      next = fileBlock + blocks;
      if (data) {
        first[count] = fileBlock;
        length[count] = blocks;
        physical[count++] = start;
      }
    }
    return new Leaf(from, to, count, first, length, physical);
  }

  private static Ext2Exception corrupt(Ext2Inode inode, String found, String expected) {
    return Ext2Exception.corrupt("extent tree of " + inode, InodeLayout.BLOCK, found, expected);
  }
}
