package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put16;
import static io.rookery.ext2.layout.LittleEndian.u16;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.Checksums;
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
  private final byte[] superblock;

  /** Where the volume's own blocks are if they may be anywhere. */
  private final @Nullable MetadataRanges flexible;

  /** Whether what is freed waits for the next sync: until then the disk may refer to it. */
  private final boolean ordered;

  private long freeBlocks;
  private long freeInodes;

  private GroupTable(
      Geometry geometry,
      BlockCache cache,
      BlockGroup[] groups,
      byte[] superblock,
      boolean ordered) {
    this.geometry = geometry;
    this.ordered = ordered;
    this.cache = cache;
    this.groups = groups;
    this.superblock = superblock;
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
    return new GroupTable(geometry, cache, groups, superblock, !device.flushIsAtomic());
  }

  private static void checkChecksum(
      Geometry geometry, byte[] superblock, int group, byte[] table, int offset, long at)
      throws Ext2Exception {
    if (!geometry.hasGroupChecksums()) {
      return;
    }
    int expected = checksum(geometry, superblock, group, table, offset);
    int found = u16(table, offset + GroupDescriptorLayout.CHECKSUM);
    if (found != expected) {
      throw Ext2Exception.corrupt(
          "descriptor of group " + group + ", bg_checksum",
          at + GroupDescriptorLayout.CHECKSUM,
          Integer.toHexString(found),
          Integer.toHexString(expected));
    }
  }

  private static int checksum(
      Geometry geometry, byte[] superblock, int group, byte[] table, int offset) {
    int size = geometry.descriptorSize();
    return geometry.checksums()
        ? Checksums.descriptor32(geometry.checksumSeed(), group, table, offset, size)
        : Checksums.descriptor16(superblock, group, table, offset, size);
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
        || group.directories > geometry.inodesPerGroup()
        || (geometry.hasGroupChecksums() && group.unusedInodes > geometry.inodesPerGroup())) {
      throw Ext2Exception.corrupt(
          name,
          at + GroupDescriptorLayout.FREE_BLOCKS_COUNT,
          "%d free blocks, %d free inodes, %d unused ones, %d directories"
              .formatted(group.freeBlocks, group.freeInodes, group.unusedInodes, group.directories),
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

  /** Where blocks of a group's inodes should be, if possible. */
  long goal(int group) {
    return geometry.hasFlexibleGroups() // tables may be anywhere
        ? geometry.groupStart(group) + geometry.headerBlocks(group)
        : groups[group].inodeTable + geometry.inodeTableBlocks();
  }

  synchronized long freeBlocks() {
    return freeBlocks;
  }

  synchronized long freeInodes() {
    return freeInodes;
  }

  /** With the monitor held: the group's free blocks changed by so many. */
  void addFreeBlocks(BlockGroup group, int delta) {
    group.flags &= ~GroupDescriptorLayout.FLAG_BLOCKS_UNINITIALISED;
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

  /**
   * With the monitor held: an inode of the group is in use from now on, and with it, on volumes
   * that keep note of that, all of the table in front of it, and the group's block bitmap.
   */
  void initialise(BlockGroup group, int inode) throws IOException {
    if (!geometry.hasGroupChecksums()) {
      return;
    }
    group.flags &= ~GroupDescriptorLayout.FLAG_INODES_UNINITIALISED;
    group.unusedInodes = Math.min(group.unusedInodes, geometry.inodesPerGroup() - inode - 1);
    if (isUninitialised(group, GroupDescriptorLayout.FLAG_BLOCKS_UNINITIALISED)) {
      blockBits(group);
      addFreeBlocks(group, 0);
    }
  }

  private boolean isUninitialised(BlockGroup group, int flag) {
    return geometry.hasGroupChecksums() && (group.flags & flag) != 0;
  }

  /** With the monitor held: the group's block bitmap, checked to cover the group's own metadata. */
  Bitmap blockBits(BlockGroup group) throws IOException {
    Bitmap bits = group.blockBits;
    if (bits == null) {
      if (isUninitialised(group, GroupDescriptorLayout.FLAG_BLOCKS_UNINITIALISED)) {
        Bitmap made = Bitmap.filled(geometry.blockSize(), 0, geometry.blocksIn(group.index));
        forMetadata(group, made::set);
        bits = made;
      } else {
        Bitmap read = readBlockBits(group);
        forMetadata(group, (from, to) -> checkSet(read, group, from, to));
        bits = read;
      }
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

  private Bitmap readBlockBits(BlockGroup group) throws IOException {
    byte[] data = cache.read(group.blockBitmap).clone();
    checkBitmap(
        group, "block", group.blockBitmap, data, blockBitmapBytes(), group.blockBitmapChecksum);
    return new Bitmap(data, geometry.blocksIn(group.index));
  }

  private int blockBitmapBytes() {
    return geometry.blocksPerGroup() / 8;
  }

  private int inodeBitmapBytes() {
    return geometry.inodesPerGroup() / 8;
  }

  /** The bits of a bitmap count as checksum, the padding behind them does not. */
  private int bitmapChecksum(byte[] bitmap, int bytes) {
    if (!geometry.checksums()) {
      return 0;
    }
    int crc = Checksums.crc32c(geometry.checksumSeed(), bitmap, 0, bytes);
    return geometry.descriptorSize() >= GroupDescriptorLayout.LONG_SIZE ? crc : crc & 0xFFFF;
  }

  private void checkBitmap(
      BlockGroup group, String kind, long block, byte[] data, int bytes, int expected)
      throws Ext2Exception {
    if (geometry.checksums() && expected != bitmapChecksum(data, bytes)) {
      throw Ext2Exception.corrupt(
          "%s bitmap of group %d".formatted(kind, group.index),
          geometry.byteOffset(block),
          "a wrong checksum",
          "the descriptor's");
    }
  }

  /** A range of a group's bits, the last one excluded. */
  private interface BitRange {
    void range(int from, int to) throws Ext2Exception;
  }

  /** The blocks of a group that are the volume's own. */
  private void forMetadata(BlockGroup group, BitRange consumer) throws Ext2Exception {
    long start = geometry.groupStart(group.index);
    MetadataRanges.Consumer blocks =
        (from, to) -> consumer.range((int) (from - start), (int) (to - start));
    if (flexible != null) {
      flexible.within(start, start + geometry.blocksIn(group.index), blocks);
      return;
    }
    blocks.range(start, start + geometry.headerBlocks(group.index));
    blocks.range(group.blockBitmap, group.blockBitmap + 1);
    blocks.range(group.inodeBitmap, group.inodeBitmap + 1);
    blocks.range(group.inodeTable, group.inodeTable + geometry.inodeTableBlocks());
  }

  private void checkSet(Bitmap bits, BlockGroup group, int from, int to) throws Ext2Exception {
    for (int bit = from; bit < to; bit++) {
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
      if (isUninitialised(group, GroupDescriptorLayout.FLAG_INODES_UNINITIALISED)) {
        bits = Bitmap.filled(geometry.blockSize(), 0, geometry.inodesPerGroup());
      } else {
        byte[] data = cache.read(group.inodeBitmap).clone();
        checkBitmap(
            group, "inode", group.inodeBitmap, data, inodeBitmapBytes(), group.inodeBitmapChecksum);
        bits = new Bitmap(data, geometry.inodesPerGroup());
      }
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
    for (BlockGroup group : groups) {
      Bitmap blockBits = group.blockBits;
      if (group.blockBitsDirty && blockBits != null) {
        storeBitmap(group.blockBitmap, blockBits);
        group.blockBitmapChecksum = bitmapChecksum(blockBits.bytes(), blockBitmapBytes());
        group.blockBitsDirty = false;
      }
      Bitmap inodeBits = group.inodeBits;
      if (group.inodeBitsDirty && inodeBits != null) {
        storeBitmap(group.inodeBitmap, inodeBits);
        group.inodeBitmapChecksum = bitmapChecksum(inodeBits.bytes(), inodeBitmapBytes());
        group.inodeBitsDirty = false;
      }
      if (group.descriptorDirty) {
        storeDescriptor(group);
        group.descriptorDirty = false;
      }
    }
  }

  private void storeDescriptor(BlockGroup group) throws IOException {
    int size = geometry.descriptorSize();
    int perBlock = geometry.blockSize() / size;
    int at = group.index % perBlock * size;
    cache.modify(
        geometry.placement().descriptorBlock(group.index / perBlock),
        data -> {
          group.putCounts(data, at, size);
          if (geometry.hasGroupChecksums()) {
            group.putInitialisation(data, at, size);
            int crc = checksum(geometry, superblock, group.index, data, at);
            put16(data, at + GroupDescriptorLayout.CHECKSUM, crc);
          }
        });
  }

  private void storeBitmap(long block, Bitmap bits) throws IOException {
    byte[] bytes = bits.bytes();
    cache.overwrite(block, data -> System.arraycopy(bytes, 0, data, 0, bytes.length));
  }
}
