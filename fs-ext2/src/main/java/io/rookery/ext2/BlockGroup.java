package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put16;
import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u16;

import io.rookery.ext2.layout.GroupDescriptorLayout;
import org.jspecify.annotations.Nullable;

/** A group's descriptor and its bitmaps, these once somebody needs them. Guarded by GroupTable. */
final class BlockGroup {
  final int index;
  final long blockBitmap;
  final long inodeBitmap;
  final long inodeTable;
  int freeBlocks;
  int freeInodes;
  int directories;

  /** Of the descriptor: what of the group was never written, if the volume keeps note of that. */
  int flags;

  /** Inodes at the table's end that were never in use, if the volume keeps note of that. */
  int unusedInodes;

  int blockBitmapChecksum;
  int inodeBitmapChecksum;
  @Nullable Bitmap blockBits;
  @Nullable Bitmap inodeBits;
  boolean descriptorDirty;
  boolean blockBitsDirty;
  boolean inodeBitsDirty;

  /** A new group, with bitmaps and inode table behind its header; enters it into the table. */
  static BlockGroup plan(Geometry geometry, int index, byte[] table) {
    long at = geometry.groupStart(index) + geometry.headerBlocks(index);
    int offset = index * GroupDescriptorLayout.SIZE;
    put32(table, offset + GroupDescriptorLayout.BLOCK_BITMAP, at);
    put32(table, offset + GroupDescriptorLayout.INODE_BITMAP, at + 1);
    put32(table, offset + GroupDescriptorLayout.INODE_TABLE, at + 2);
    return new BlockGroup(index, table, offset, GroupDescriptorLayout.SIZE);
  }

  BlockGroup(int index, byte[] table, int offset, int size) {
    this.index = index;
    blockBitmap =
        GroupDescriptorLayout.u32(
            table,
            offset,
            size,
            GroupDescriptorLayout.BLOCK_BITMAP,
            GroupDescriptorLayout.BLOCK_BITMAP_HIGH);
    inodeBitmap =
        GroupDescriptorLayout.u32(
            table,
            offset,
            size,
            GroupDescriptorLayout.INODE_BITMAP,
            GroupDescriptorLayout.INODE_BITMAP_HIGH);
    inodeTable =
        GroupDescriptorLayout.u32(
            table,
            offset,
            size,
            GroupDescriptorLayout.INODE_TABLE,
            GroupDescriptorLayout.INODE_TABLE_HIGH);
    freeBlocks =
        GroupDescriptorLayout.count(
            table,
            offset,
            size,
            GroupDescriptorLayout.FREE_BLOCKS_COUNT,
            GroupDescriptorLayout.FREE_BLOCKS_COUNT_HIGH);
    freeInodes =
        GroupDescriptorLayout.count(
            table,
            offset,
            size,
            GroupDescriptorLayout.FREE_INODES_COUNT,
            GroupDescriptorLayout.FREE_INODES_COUNT_HIGH);
    directories =
        GroupDescriptorLayout.count(
            table,
            offset,
            size,
            GroupDescriptorLayout.USED_DIRECTORIES_COUNT,
            GroupDescriptorLayout.USED_DIRECTORIES_COUNT_HIGH);
    flags = u16(table, offset + GroupDescriptorLayout.FLAGS);
    unusedInodes =
        GroupDescriptorLayout.count(
            table,
            offset,
            size,
            GroupDescriptorLayout.UNUSED_INODES_COUNT,
            GroupDescriptorLayout.UNUSED_INODES_COUNT_HIGH);
    blockBitmapChecksum =
        GroupDescriptorLayout.u16(
            table,
            offset,
            size,
            GroupDescriptorLayout.BLOCK_BITMAP_CHECKSUM,
            GroupDescriptorLayout.BLOCK_BITMAP_CHECKSUM_HIGH);
    inodeBitmapChecksum =
        GroupDescriptorLayout.u16(
            table,
            offset,
            size,
            GroupDescriptorLayout.INODE_BITMAP_CHECKSUM,
            GroupDescriptorLayout.INODE_BITMAP_CHECKSUM_HIGH);
  }

  /** Puts the counts into a descriptor. */
  void putCounts(byte[] table, int offset, int size) {
    GroupDescriptorLayout.put16(
        table,
        offset,
        size,
        GroupDescriptorLayout.FREE_BLOCKS_COUNT,
        GroupDescriptorLayout.FREE_BLOCKS_COUNT_HIGH,
        freeBlocks);
    GroupDescriptorLayout.put16(
        table,
        offset,
        size,
        GroupDescriptorLayout.FREE_INODES_COUNT,
        GroupDescriptorLayout.FREE_INODES_COUNT_HIGH,
        freeInodes);
    GroupDescriptorLayout.put16(
        table,
        offset,
        size,
        GroupDescriptorLayout.USED_DIRECTORIES_COUNT,
        GroupDescriptorLayout.USED_DIRECTORIES_COUNT_HIGH,
        directories);
  }

  /** Puts what the features metadata_csum and uninit_bg add into a descriptor. */
  void putInitialisation(byte[] table, int offset, int size) {
    put16(table, offset + GroupDescriptorLayout.FLAGS, flags);
    GroupDescriptorLayout.put16(
        table,
        offset,
        size,
        GroupDescriptorLayout.UNUSED_INODES_COUNT,
        GroupDescriptorLayout.UNUSED_INODES_COUNT_HIGH,
        unusedInodes);
    GroupDescriptorLayout.put16(
        table,
        offset,
        size,
        GroupDescriptorLayout.BLOCK_BITMAP_CHECKSUM,
        GroupDescriptorLayout.BLOCK_BITMAP_CHECKSUM_HIGH,
        blockBitmapChecksum);
    GroupDescriptorLayout.put16(
        table,
        offset,
        size,
        GroupDescriptorLayout.INODE_BITMAP_CHECKSUM,
        GroupDescriptorLayout.INODE_BITMAP_CHECKSUM_HIGH,
        inodeBitmapChecksum);
  }
}
