package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.u16;

import io.rookery.ext2.layout.GroupDescriptorLayout;

/** A group's descriptor as stored. */
final class Descriptor {
  final long blockBitmap;
  final long inodeBitmap;
  final long inodeTable;
  final int freeBlocks;
  final int freeInodes;
  final int directories;
  final int unusedInodes;
  final int blockBitmapChecksum;
  final int inodeBitmapChecksum;
  final boolean blocksUninitialised;
  final boolean inodesUninitialised;
  boolean blockBitmapUsable = true;
  boolean inodeBitmapUsable = true;
  boolean inodeTableUsable = true;

  Descriptor(byte[] data, int at, Image image) {
    int size = image.descriptorSize;
    blockBitmap =
        GroupDescriptorLayout.u32(
            data,
            at,
            size,
            GroupDescriptorLayout.BLOCK_BITMAP,
            GroupDescriptorLayout.BLOCK_BITMAP_HIGH);
    inodeBitmap =
        GroupDescriptorLayout.u32(
            data,
            at,
            size,
            GroupDescriptorLayout.INODE_BITMAP,
            GroupDescriptorLayout.INODE_BITMAP_HIGH);
    inodeTable =
        GroupDescriptorLayout.u32(
            data,
            at,
            size,
            GroupDescriptorLayout.INODE_TABLE,
            GroupDescriptorLayout.INODE_TABLE_HIGH);
    freeBlocks =
        GroupDescriptorLayout.count(
            data,
            at,
            size,
            GroupDescriptorLayout.FREE_BLOCKS_COUNT,
            GroupDescriptorLayout.FREE_BLOCKS_COUNT_HIGH);
    freeInodes =
        GroupDescriptorLayout.count(
            data,
            at,
            size,
            GroupDescriptorLayout.FREE_INODES_COUNT,
            GroupDescriptorLayout.FREE_INODES_COUNT_HIGH);
    directories =
        GroupDescriptorLayout.count(
            data,
            at,
            size,
            GroupDescriptorLayout.USED_DIRECTORIES_COUNT,
            GroupDescriptorLayout.USED_DIRECTORIES_COUNT_HIGH);
    blockBitmapChecksum =
        GroupDescriptorLayout.u16(
            data,
            at,
            size,
            GroupDescriptorLayout.BLOCK_BITMAP_CHECKSUM,
            GroupDescriptorLayout.BLOCK_BITMAP_CHECKSUM_HIGH);
    inodeBitmapChecksum =
        GroupDescriptorLayout.u16(
            data,
            at,
            size,
            GroupDescriptorLayout.INODE_BITMAP_CHECKSUM,
            GroupDescriptorLayout.INODE_BITMAP_CHECKSUM_HIGH);
    // As e2fsck, flags are believed even where no feature allows them.
    int flags = u16(data, at + GroupDescriptorLayout.FLAGS);
    blocksUninitialised = (flags & GroupDescriptorLayout.FLAG_BLOCKS_UNINITIALISED) != 0;
    inodesUninitialised = (flags & GroupDescriptorLayout.FLAG_INODES_UNINITIALISED) != 0;
    unusedInodes =
        image.hasDescriptorChecksums() || flags != 0
            ? GroupDescriptorLayout.count(
                data,
                at,
                size,
                GroupDescriptorLayout.UNUSED_INODES_COUNT,
                GroupDescriptorLayout.UNUSED_INODES_COUNT_HIGH)
            : 0;
  }
}
