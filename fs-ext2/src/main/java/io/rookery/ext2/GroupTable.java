package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.u16;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.GroupDescriptorLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The block groups: descriptors, bitmaps and the counts of what is free. Its monitor guards all of
 * them; the allocators hold it.
 */
final class GroupTable {
  private final Geometry geometry;
  private final BlockCache cache;
  private final BlockGroup[] groups;

  /** Where the volume's own blocks are if they may be anywhere. */
  private final @Nullable MetadataRanges flexible;

  /** Whether what is freed waits for the next sync: until then the disk may refer to it. */
  private final boolean ordered;

  private long freeBlocks;
  private long freeInodes;

  private GroupTable(Geometry geometry, BlockCache cache, BlockGroup[] groups, boolean ordered) {
    this.geometry = geometry;
    this.ordered = ordered;
    this.cache = cache;
    this.groups = groups;
    this.flexible = geometry.hasFlexibleGroups() ? new MetadataRanges(geometry, groups) : null;
    for (BlockGroup group : groups) {
      freeBlocks += group.freeBlocks;
      freeInodes += group.freeInodes;
    }
  }

  /**
   * Reads the descriptors.
   *
   * @param superblock its UUID is part of their checksums
   */
  static GroupTable load(Geometry geometry, BlockDevice device, BlockCache cache, byte[] superblock)
      throws IOException {
    int size = geometry.descriptorSize();
    int perBlock = geometry.blockSize() / size;
    byte[] table = new byte[geometry.blockSize()];
    BlockGroup[] groups = new BlockGroup[geometry.groups()];
    for (int i = 0; i < groups.length; i++) {
      long start = geometry.byteOffset(geometry.placement().descriptorBlock(i / perBlock));
      int offset = i % perBlock * size;
      if (offset == 0) {
        device.read(start, ByteBuffer.wrap(table));
      }
      checkChecksum(geometry, superblock, i, table, offset, start + offset);
      groups[i] = new BlockGroup(i, table, offset, size);
      check(geometry, groups[i], start + offset);
    }
    return new GroupTable(geometry, cache, groups, !device.flushIsAtomic());
  }

  private static void checkChecksum(
      Geometry geometry, byte[] superblock, int group, byte[] table, int offset, long at)
      throws Ext2Exception {
    int size = geometry.descriptorSize();
    int expected;
    if (geometry.checksums()) {
      expected = Checksums.descriptor32(geometry.checksumSeed(), group, table, offset, size);
    } else if (Feature.UNINIT_BG.in(geometry.featuresRoCompat())) {
      expected = Checksums.descriptor16(superblock, group, table, offset, size);
    } else {
      return;
    }
    int found = u16(table, offset + GroupDescriptorLayout.CHECKSUM);
    if (found != expected) {
      throw Ext2Exception.corrupt(
          "descriptor of group " + group + ", bg_checksum",
          at + GroupDescriptorLayout.CHECKSUM,
          Integer.toHexString(found),
          Integer.toHexString(expected));
    }
  }

  private static void check(Geometry geometry, BlockGroup group, long at) throws Ext2Exception {
    long low = geometry.groupStart(group.index) + geometry.headerBlocks(group.index);
    long high = geometry.groupStart(group.index) + geometry.blocksIn(group.index);
    if (geometry.hasFlexibleGroups()) { // anywhere
      low = geometry.firstDataBlock() + 1;
      high = geometry.blocks();
    }
    String name = "descriptor of group " + group.index;
    int tableBlocks = geometry.inodeTableBlocks();
    checkRange(name + ", bg_block_bitmap", at, group.blockBitmap, 1, low, high);
    checkRange(name + ", bg_inode_bitmap", at + 4, group.inodeBitmap, 1, low, high);
    checkRange(name + ", bg_inode_table", at + 8, group.inodeTable, tableBlocks, low, high);
    long table = group.inodeTable;
    if (group.blockBitmap == group.inodeBitmap
        || (group.blockBitmap >= table && group.blockBitmap < table + tableBlocks)
        || (group.inodeBitmap >= table && group.inodeBitmap < table + tableBlocks)) {
      throw Ext2Exception.corrupt(name, at, "overlapping bitmaps and table", "separate ones");
    }
    if (group.freeBlocks > geometry.blocksIn(group.index)
        || group.freeInodes > geometry.inodesPerGroup()
        || group.directories > geometry.inodesPerGroup()) {
      throw Ext2Exception.corrupt(
          name,
          at + GroupDescriptorLayout.FREE_BLOCKS_COUNT,
          "%d free blocks, %d free inodes, %d directories"
              .formatted(group.freeBlocks, group.freeInodes, group.directories),
          "no more than the group has");
    }
  }

  private static void checkRange(String name, long at, long block, int count, long low, long high)
      throws Ext2Exception {
    if (block < low || block + count > high) {
      throw Ext2Exception.corrupt(name, at, block, "a block in " + low + ".." + (high - count));
    }
  }

  int count() {
    return groups.length;
  }

  BlockGroup get(int index) {
    return groups[index];
  }

  synchronized long freeBlocks() {
    return freeBlocks;
  }

  synchronized long freeInodes() {
    return freeInodes;
  }

  /** With the monitor held: the group's free blocks changed by so many. */
  void addFreeBlocks(BlockGroup group, int delta) {
    group.freeBlocks += delta;
    freeBlocks += delta;
    group.blockBitsDirty = true;
    group.descriptorDirty = true;
  }

  /** With the monitor held: gives back a block or inode of a bitmap. */
  void release(Bitmap bits, int bit) {
    if (ordered) {
      bits.release(bit);
    } else {
      bits.clear(bit);
    }
  }

  /** With the monitor held: what was freed may be used again; whether there was anything. */
  boolean settle() {
    boolean any = false;
    for (BlockGroup group : groups) {
      any |= group.blockBits != null && group.blockBits.settle();
      any |= group.inodeBits != null && group.inodeBits.settle();
    }
    return any;
  }

  /** With the monitor held: the group's free inodes and directories changed by so many. */
  void addFreeInodes(BlockGroup group, int delta, int directoryDelta) {
    group.freeInodes += delta;
    group.directories = Math.max(0, group.directories + directoryDelta);
    freeInodes += delta;
    group.inodeBitsDirty = true;
    group.descriptorDirty = true;
  }

  /** With the monitor held: the group's block bitmap, checked to cover the group's own metadata. */
  Bitmap blockBits(BlockGroup group) throws IOException {
    Bitmap bits = group.blockBits;
    if (bits == null) {
      bits = new Bitmap(cache.read(group.blockBitmap).clone(), geometry.blocksIn(group.index));
      long start = geometry.groupStart(group.index);
      checkSet(bits, group, 0, geometry.headerBlocks(group.index));
      checkSet(bits, group, (int) (group.blockBitmap - start), 1);
      checkSet(bits, group, (int) (group.inodeBitmap - start), 1);
      checkSet(bits, group, (int) (group.inodeTable - start), geometry.inodeTableBlocks());
      int free = bits.countClear();
      if (free != group.freeBlocks) { // as after a crash: the bitmap is what counts
        freeBlocks += free - group.freeBlocks;
        group.freeBlocks = free;
        group.descriptorDirty = true;
      }
      group.blockBits = bits;
    }
    return bits;
  }

  private void checkSet(Bitmap bits, BlockGroup group, int from, int n) throws Ext2Exception {
    for (int bit = from; bit < from + n; bit++) {
      if (!bits.get(bit)) {
        throw Ext2Exception.corrupt(
            "block bitmap of group " + group.index,
            geometry.byteOffset(group.blockBitmap) + bit / 8,
            "metadata block " + (geometry.groupStart(group.index) + bit) + " free",
            "it in use");
      }
    }
  }

  /** With the monitor held: the group's inode bitmap. */
  Bitmap inodeBits(BlockGroup group) throws IOException {
    Bitmap bits = group.inodeBits;
    if (bits == null) {
      bits = new Bitmap(cache.read(group.inodeBitmap).clone(), geometry.inodesPerGroup());
      int free = bits.countClear();
      if (free != group.freeInodes) {
        freeInodes += free - group.freeInodes;
        group.freeInodes = free;
        group.descriptorDirty = true;
      }
      group.inodeBits = bits;
    }
    return bits;
  }

  /** Whether files may use the block: inside the volume and not metadata of fixed place. */
  boolean isDataBlock(long block) {
    if (block <= geometry.firstDataBlock() || block >= geometry.blocks()) {
      return false;
    }
    if (flexible != null) {
      return !flexible.contains(block);
    }
    BlockGroup group = groups[geometry.groupOf(block)];
    return block != group.blockBitmap
        && block != group.inodeBitmap
        && (block < group.inodeTable || block >= group.inodeTable + geometry.inodeTableBlocks())
        && block - geometry.groupStart(group.index) >= geometry.headerBlocks(group.index);
  }

  /** Whether files may use all of these blocks. */
  boolean areDataBlocks(long first, int count) {
    if (first <= geometry.firstDataBlock() || first > geometry.blocks() - count) {
      return false;
    }
    if (flexible != null) {
      return !flexible.intersects(first, count);
    }
    for (long block = first; block < first + count; block++) {
      if (!isDataBlock(block)) {
        return false;
      }
    }
    return true;
  }

  /** Puts changed bitmaps and descriptors into their blocks, while nothing is allocated. */
  synchronized void store() throws IOException {
    settle();
    int perBlock = geometry.blockSize() / GroupDescriptorLayout.SIZE;
    for (BlockGroup group : groups) {
      Bitmap blockBits = group.blockBits;
      if (group.blockBitsDirty && blockBits != null) {
        storeBitmap(group.blockBitmap, blockBits);
        group.blockBitsDirty = false;
      }
      Bitmap inodeBits = group.inodeBits;
      if (group.inodeBitsDirty && inodeBits != null) {
        storeBitmap(group.inodeBitmap, inodeBits);
        group.inodeBitsDirty = false;
      }
      if (group.descriptorDirty) {
        long block = geometry.firstDataBlock() + 1 + group.index / perBlock;
        int at = group.index % perBlock * GroupDescriptorLayout.SIZE;
        cache.modify(block, data -> group.putCounts(data, at));
        group.descriptorDirty = false;
      }
    }
  }

  private void storeBitmap(long block, Bitmap bits) throws IOException {
    byte[] bytes = bits.bytes();
    cache.overwrite(block, data -> System.arraycopy(bytes, 0, data, 0, bytes.length));
  }
}
