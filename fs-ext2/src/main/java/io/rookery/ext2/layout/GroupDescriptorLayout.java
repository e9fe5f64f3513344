package io.rookery.ext2.layout;

/** A block group's descriptor; the table of them follows the superblock's block. */
public final class GroupDescriptorLayout {
  public static final int SIZE = 32;

  public static final int BLOCK_BITMAP = 0;
  public static final int INODE_BITMAP = 4;
  public static final int INODE_TABLE = 8;
  public static final int FREE_BLOCKS_COUNT = 12; // 16 bits
  public static final int FREE_INODES_COUNT = 14; // 16 bits
  public static final int USED_DIRECTORIES_COUNT = 16; // 16 bits

  private GroupDescriptorLayout() {}
}
