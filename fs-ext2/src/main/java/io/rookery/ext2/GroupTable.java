package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put16;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.GroupDescriptorLayout;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The block groups: descriptors, bitmaps and the counts of what is free. Its monitor guards all of
 * them; the allocators hold it.
 */
final class GroupTable {
  private final Geometry geometry;
  private final BlockCache cache;
  private final BlockGroup[] groups;
  private long freeBlocks;
  private long freeInodes;

  private GroupTable(Geometry geometry, BlockCache cache, BlockGroup[] groups) {
    this.geometry = geometry;
    this.cache = cache;
    this.groups = groups;
    for (BlockGroup group : groups) {
      freeBlocks += group.freeBlocks;
      freeInodes += group.freeInodes;
    }
  }

  static GroupTable load(Geometry geometry, BlockDevice device, BlockCache cache)
      throws IOException {
    int size = geometry.groups() * GroupDescriptorLayout.SIZE;
    byte[] table = new byte[size];
    long start = geometry.byteOffset(geometry.firstDataBlock() + 1);
    device.read(start, ByteBuffer.wrap(table));
    BlockGroup[] groups = new BlockGroup[geometry.groups()];
    for (int i = 0; i < groups.length; i++) {
      int offset = i * GroupDescriptorLayout.SIZE;
      groups[i] = new BlockGroup(i, table, offset);
      check(geometry, groups[i], start + offset);
    }
    return new GroupTable(geometry, cache, groups);
  }

  private static void check(Geometry geometry, BlockGroup group, long at) throws Ext2Exception {
    long low = geometry.groupStart(group.index) + geometry.headerBlocks(group.index);
    long high = geometry.groupStart(group.index) + geometry.blocksIn(group.index);
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
    BlockGroup group = groups[geometry.groupOf(block)];
    return block != group.blockBitmap
        && block != group.inodeBitmap
        && (block < group.inodeTable || block >= group.inodeTable + geometry.inodeTableBlocks())
        && block - geometry.groupStart(group.index) >= geometry.headerBlocks(group.index);
  }

  /** Puts changed bitmaps and descriptors into their blocks. */
  synchronized void store() throws IOException {
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
        cache.modify(
            block,
            data -> {
              put16(data, at + GroupDescriptorLayout.FREE_BLOCKS_COUNT, group.freeBlocks);
              put16(data, at + GroupDescriptorLayout.FREE_INODES_COUNT, group.freeInodes);
              put16(data, at + GroupDescriptorLayout.USED_DIRECTORIES_COUNT, group.directories);
            });
        group.descriptorDirty = false;
      }
    }
  }

  private void storeBitmap(long block, Bitmap bits) throws IOException {
    byte[] bytes = bits.bytes();
    cache.create(block, data -> System.arraycopy(bytes, 0, data, 0, bytes.length));
  }
}
