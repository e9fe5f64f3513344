package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

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
    boolean wide = image.descriptorSize >= GroupDescriptorLayout.LONG_SIZE;
    blockBitmap =
        u32(data, at + GroupDescriptorLayout.BLOCK_BITMAP)
            | high32(data, at + GroupDescriptorLayout.BLOCK_BITMAP_HIGH, wide);
    inodeBitmap =
        u32(data, at + GroupDescriptorLayout.INODE_BITMAP)
            | high32(data, at + GroupDescriptorLayout.INODE_BITMAP_HIGH, wide);
    inodeTable =
        u32(data, at + GroupDescriptorLayout.INODE_TABLE)
            | high32(data, at + GroupDescriptorLayout.INODE_TABLE_HIGH, wide);
    freeBlocks =
        u16(data, at + GroupDescriptorLayout.FREE_BLOCKS_COUNT)
            | high16(data, at + GroupDescriptorLayout.FREE_BLOCKS_COUNT_HIGH, wide);
    freeInodes =
        u16(data, at + GroupDescriptorLayout.FREE_INODES_COUNT)
            | high16(data, at + GroupDescriptorLayout.FREE_INODES_COUNT_HIGH, wide);
    directories =
        u16(data, at + GroupDescriptorLayout.USED_DIRECTORIES_COUNT)
            | high16(data, at + GroupDescriptorLayout.USED_DIRECTORIES_COUNT_HIGH, wide);
    blockBitmapChecksum =
        u16(data, at + GroupDescriptorLayout.BLOCK_BITMAP_CHECKSUM)
            | high16(data, at + GroupDescriptorLayout.BLOCK_BITMAP_CHECKSUM_HIGH, wide);
    inodeBitmapChecksum =
        u16(data, at + GroupDescriptorLayout.INODE_BITMAP_CHECKSUM)
            | high16(data, at + GroupDescriptorLayout.INODE_BITMAP_CHECKSUM_HIGH, wide);
    // As e2fsck, flags are believed even where no feature allows them.
    int flags = u16(data, at + GroupDescriptorLayout.FLAGS);
    blocksUninitialised = (flags & GroupDescriptorLayout.FLAG_BLOCKS_UNINITIALISED) != 0;
    inodesUninitialised = (flags & GroupDescriptorLayout.FLAG_INODES_UNINITIALISED) != 0;
    unusedInodes =
        image.hasDescriptorChecksums() || flags != 0
            ? u16(data, at + GroupDescriptorLayout.UNUSED_INODES_COUNT)
                | high16(data, at + GroupDescriptorLayout.UNUSED_INODES_COUNT_HIGH, wide)
            : 0;
  }

  private static long high32(byte[] data, int at, boolean wide) {
    return wide ? u32(data, at) << 32 : 0;
  }

  private static int high16(byte[] data, int at, boolean wide) {
    return wide ? u16(data, at) << 16 : 0;
  }
}
