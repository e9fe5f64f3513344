package io.rookery.ext2.layout;

/** An entry of a directory block; the entries of a block follow each other and fill it. */
public final class DirectoryEntryLayout {
  public static final int INODE = 0;
  public static final int RECORD_LENGTH = 4; // 16 bits
  public static final int NAME_LENGTH = 6; // 8 bits
  public static final int FILE_TYPE = 7; // 8 bits, with the filetype feature
  public static final int NAME = 8;

  /** With the metadata_csum feature a block ends in an unused entry that holds its checksum. */
  public static final int TAIL_SIZE = 12;

  public static final int TAIL_TYPE = 0xDE;

  /** Stands for a record of 65,536 bytes, which 16 bits cannot say. */
  private static final int WHOLE_64K_BLOCK = 0xFFFF;

  private DirectoryEntryLayout() {}

  /** The bytes that an entry needs for a name. */
  public static int sizeFor(int nameLength) {
    return NAME + nameLength + 3 & ~3;
  }

  /** Whether the block ends in a checksum. */
  public static boolean hasTail(byte[] block) {
    int at = block.length - TAIL_SIZE;
    return LittleEndian.i32(block, at) == 0
        && LittleEndian.u16(block, at + RECORD_LENGTH) == TAIL_SIZE
        && LittleEndian.u8(block, at + NAME_LENGTH) == 0
        && LittleEndian.u8(block, at + FILE_TYPE) == TAIL_TYPE;
  }

  /** Makes the end of a block, which no entry may reach, the place of its checksum. */
  static void putTail(byte[] block) {
    int at = block.length - TAIL_SIZE;
    LittleEndian.put32(block, at, 0);
    LittleEndian.put16(block, at + RECORD_LENGTH, TAIL_SIZE);
    block[at + NAME_LENGTH] = 0;
    block[at + FILE_TYPE] = (byte) TAIL_TYPE;
  }

  /** Whether a block of an indexed directory holds a part of the index, not entries. */
  public static boolean isIndexNode(byte[] block, long fileBlock) {
    return fileBlock == 0
        || (LittleEndian.i32(block, 0) == 0
            && recordLength(block, 0) == block.length
            && LittleEndian.u8(block, NAME_LENGTH) == 0
            && !hasTail(block));
  }

  /** Where the counts of an index node are, which its entries follow. */
  public static int indexCounts(long fileBlock) {
    return fileBlock == 0 ? 32 : 8;
  }

  public static int recordLength(byte[] block, int offset) {
    int length = LittleEndian.u16(block, offset + RECORD_LENGTH);
    return block.length == 1 << 16 && (length == WHOLE_64K_BLOCK || length == 0)
        ? block.length
        : length;
  }

  public static void putRecordLength(byte[] block, int offset, int length) {
    LittleEndian.put16(block, offset + RECORD_LENGTH, length == 1 << 16 ? WHOLE_64K_BLOCK : length);
  }
}
