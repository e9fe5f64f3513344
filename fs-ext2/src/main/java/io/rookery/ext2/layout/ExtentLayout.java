package io.rookery.ext2.layout;

/** A node of an extent tree: a header and entries; the root is in place of the block pointers. */
public final class ExtentLayout {
  public static final int MAGIC_VALUE = 0xF30A;
  public static final int HEADER_SIZE = 12;
  public static final int ENTRY_SIZE = 12;
  public static final int MAX_DEPTH = 5;

  public static final int MAGIC = 0; // 16 bits
  public static final int ENTRIES = 2; // 16 bits
  public static final int MAX_ENTRIES = 4; // 16 bits
  public static final int DEPTH = 6; // 16 bits

  /** Of both kinds of entries: the first file block. */
  public static final int FIRST_FILE_BLOCK = 0;

  /** Of a leaf's entries; above {@link #MAX_LENGTH} the extent is allocated but reads as zeros. */
  public static final int LENGTH = 4; // 16 bits

  public static final int START_HIGH = 6; // 16 bits
  public static final int START = 8;

  /** Of an inner node's entries. */
  public static final int CHILD = 4;

  public static final int CHILD_HIGH = 8; // 16 bits

  public static final int MAX_LENGTH = 32768;

  private ExtentLayout() {}

  /** Where the entries end, and in a block with a checksum that stands. */
  public static int end(byte[] node, int at) {
    return HEADER_SIZE + LittleEndian.u16(node, at + MAX_ENTRIES) * ENTRY_SIZE;
  }

  public static long start(byte[] node, int entry) {
    return LittleEndian.u32(node, entry + START)
        | (long) LittleEndian.u16(node, entry + START_HIGH) << 32;
  }

  public static void putStart(byte[] node, int entry, long block) {
    LittleEndian.put32(node, entry + START, block);
    LittleEndian.put16(node, entry + START_HIGH, (int) (block >>> 32));
  }

  public static void putChild(byte[] node, int entry, long block) {
    LittleEndian.put32(node, entry + CHILD, block);
    LittleEndian.put16(node, entry + CHILD_HIGH, (int) (block >>> 32));
  }

  public static long child(byte[] node, int entry) {
    return LittleEndian.u32(node, entry + CHILD)
        | (long) LittleEndian.u16(node, entry + CHILD_HIGH) << 32;
  }
}
