package io.rookery.ext2.layout;

/** Extended attributes: a block of their own, or the end of a large inode. */
public final class XattrLayout {
  public static final int MAGIC_VALUE = 0xEA020000;

  /** Block header; inside an inode there is the magic number only. */
  public static final int MAGIC = 0;

  public static final int REFERENCE_COUNT = 4;
  public static final int BLOCK_COUNT = 8;
  public static final int HASH = 12;
  public static final int CHECKSUM = 16;
  public static final int BLOCK_HEADER_SIZE = 32;
  public static final int INODE_HEADER_SIZE = 4;

  /** An entry; four zero bytes end the list. */
  public static final int ENTRY_NAME_LENGTH = 0; // 8 bits

  public static final int ENTRY_NAME_INDEX = 1; // 8 bits
  public static final int ENTRY_VALUE_OFFSET = 2; // 16 bits
  public static final int ENTRY_VALUE_INODE = 4;
  public static final int ENTRY_VALUE_SIZE = 8;
  public static final int ENTRY_HASH = 12;
  public static final int ENTRY_NAME = 16;

  private XattrLayout() {}

  /** Entries and values are padded to four bytes. */
  public static int padded(int length) {
    return length + 3 & ~3;
  }

  public static int entrySize(int nameLength) {
    return padded(ENTRY_NAME + nameLength);
  }
}
