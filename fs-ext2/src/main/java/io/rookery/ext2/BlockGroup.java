package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

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
  @Nullable Bitmap blockBits;
  @Nullable Bitmap inodeBits;
  boolean descriptorDirty;
  boolean blockBitsDirty;
  boolean inodeBitsDirty;

  BlockGroup(int index, byte[] table, int offset, int size) {
    boolean wide = size >= GroupDescriptorLayout.LONG_SIZE;
    this.index = index;
    this.blockBitmap =
        u32(table, offset + GroupDescriptorLayout.BLOCK_BITMAP)
            | (wide ? u32(table, offset + GroupDescriptorLayout.BLOCK_BITMAP_HIGH) << 32 : 0);
    this.inodeBitmap =
        u32(table, offset + GroupDescriptorLayout.INODE_BITMAP)
            | (wide ? u32(table, offset + GroupDescriptorLayout.INODE_BITMAP_HIGH) << 32 : 0);
    this.inodeTable =
        u32(table, offset + GroupDescriptorLayout.INODE_TABLE)
            | (wide ? u32(table, offset + GroupDescriptorLayout.INODE_TABLE_HIGH) << 32 : 0);
    this.freeBlocks =
        u16(table, offset + GroupDescriptorLayout.FREE_BLOCKS_COUNT)
            | (wide ? u16(table, offset + GroupDescriptorLayout.FREE_BLOCKS_COUNT_HIGH) << 16 : 0);
    this.freeInodes =
        u16(table, offset + GroupDescriptorLayout.FREE_INODES_COUNT)
            | (wide ? u16(table, offset + GroupDescriptorLayout.FREE_INODES_COUNT_HIGH) << 16 : 0);
    this.directories =
        u16(table, offset + GroupDescriptorLayout.USED_DIRECTORIES_COUNT)
            | (wide
                ? u16(table, offset + GroupDescriptorLayout.USED_DIRECTORIES_COUNT_HIGH) << 16
                : 0);
  }
}
