package io.rookery.ext2.layout;

/**
 * A block group's descriptor; the table of them follows the superblock's block. With the 64bit
 * feature descriptors are longer: the upper halves of the fields follow.
 */
public final class GroupDescriptorLayout {
  public static final int SIZE = 32;

  public static final int BLOCK_BITMAP = 0;
  public static final int INODE_BITMAP = 4;
  public static final int INODE_TABLE = 8;
  public static final int FREE_BLOCKS_COUNT = 12; // 16 bits
  public static final int FREE_INODES_COUNT = 14; // 16 bits
  public static final int USED_DIRECTORIES_COUNT = 16; // 16 bits

  public static final int FLAGS = 18; // 16 bits
  public static final int BLOCK_BITMAP_CHECKSUM = 24; // 16 bits
  public static final int INODE_BITMAP_CHECKSUM = 26; // 16 bits
  public static final int UNUSED_INODES_COUNT = 28; // 16 bits
  public static final int CHECKSUM = 30; // 16 bits

  public static final int BLOCK_BITMAP_HIGH = 32;
  public static final int INODE_BITMAP_HIGH = 36;
  public static final int INODE_TABLE_HIGH = 40;
  public static final int FREE_BLOCKS_COUNT_HIGH = 44; // 16 bits
  public static final int FREE_INODES_COUNT_HIGH = 46; // 16 bits
  public static final int USED_DIRECTORIES_COUNT_HIGH = 48; // 16 bits
  public static final int UNUSED_INODES_COUNT_HIGH = 50; // 16 bits
  public static final int BLOCK_BITMAP_CHECKSUM_HIGH = 56; // 16 bits
  public static final int INODE_BITMAP_CHECKSUM_HIGH = 58; // 16 bits

  /** The smallest size of descriptors with upper halves. */
  public static final int LONG_SIZE = 64;

  public static final int FLAG_INODES_UNINITIALISED = 1;
  public static final int FLAG_BLOCKS_UNINITIALISED = 2;

  private GroupDescriptorLayout() {}

  /**
   * A number of 32 bits, or of 64 with the half that descriptors of {@code size} have further on.
   */
  public static long u32(byte[] data, int at, int size, int field, int high) {
    long upper = size >= LONG_SIZE ? LittleEndian.u32(data, at + high) << 32 : 0;
    return LittleEndian.u32(data, at + field) | upper;
  }

  /**
   * A number of 16 bits, or of 32 with the half that descriptors of {@code size} have further on.
   */
  public static int u16(byte[] data, int at, int size, int field, int high) {
    int upper = size >= LONG_SIZE ? LittleEndian.u16(data, at + high) << 16 : 0;
    return LittleEndian.u16(data, at + field) | upper;
  }

  /** Stores what {@link #u16} reads. */
  public static void put16(byte[] data, int at, int size, int field, int high, int value) {
    LittleEndian.put16(data, at + field, value);
    if (size >= LONG_SIZE) {
      LittleEndian.put16(data, at + high, value >>> 16);
    }
  }

  /** As {@link #u16}, of things that are counted; the largest int if it is larger. */
  public static int count(byte[] data, int at, int size, int field, int high) {
    int count = u16(data, at, size, field, high);
    return count < 0 ? Integer.MAX_VALUE : count;
  }
}
