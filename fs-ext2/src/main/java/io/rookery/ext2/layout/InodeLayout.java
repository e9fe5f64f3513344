package io.rookery.ext2.layout;

/** An inode in the inode table. */
public final class InodeLayout {
  /** The part that every revision has; more is described by {@link #EXTRA_SIZE}. */
  public static final int BASE_SIZE = 128;

  public static final int MODE = 0; // 16 bits
  public static final int UID = 2; // 16 bits
  public static final int SIZE = 4;
  public static final int ACCESS_TIME = 8;
  public static final int CHANGE_TIME = 12;
  public static final int MODIFY_TIME = 16;
  public static final int DELETION_TIME = 20;
  public static final int GID = 24; // 16 bits
  public static final int LINKS_COUNT = 26; // 16 bits
  public static final int BLOCKS_512 = 28;
  public static final int FLAGS = 32;
  public static final int BLOCK = 40; // 15 pointers
  public static final int GENERATION = 100;
  public static final int FILE_ACL = 104;
  public static final int SIZE_HIGH = 108;
  public static final int FRAGMENT_ADDRESS = 112;
  public static final int BLOCKS_HIGH = 116; // 16 bits
  public static final int FILE_ACL_HIGH = 118; // 16 bits
  public static final int UID_HIGH = 120; // 16 bits
  public static final int GID_HIGH = 122; // 16 bits
  public static final int CHECKSUM = 124; // 16 bits
  public static final int EXTRA_SIZE = 128; // 16 bits
  public static final int CHECKSUM_HIGH = 130; // 16 bits
  public static final int CHANGE_TIME_EXTRA = 132;
  public static final int MODIFY_TIME_EXTRA = 136;
  public static final int ACCESS_TIME_EXTRA = 140;
  public static final int BIRTH_TIME = 144;
  public static final int BIRTH_TIME_EXTRA = 148;
  public static final int PROJECT_ID = 156;

  /** Extra bytes that today's Linux and mke2fs use. */
  public static final int WANTED_EXTRA_SIZE = 32;

  public static final int DIRECT_BLOCKS = 12;
  public static final int INDIRECT_LEVELS = 3;
  public static final int BLOCK_BYTES = 15 * Integer.BYTES;

  public static final int FLAG_IMMUTABLE = 0x10;
  public static final int FLAG_APPEND = 0x20;
  public static final int FLAG_ENCRYPTED = 0x800;
  public static final int FLAG_INDEXED_DIRECTORY = 0x1000;
  public static final int FLAG_IMAGIC = 0x2000;
  public static final int FLAG_HUGE_FILE = 0x40000;
  public static final int FLAG_EXTENTS = 0x80000;
  public static final int FLAG_VERITY = 0x100000;
  public static final int FLAG_XATTR_VALUE = 0x200000;
  public static final int FLAG_INLINE_DATA = 0x10000000;
  public static final int FLAG_PROJECT_INHERITED = 0x20000000;
  public static final int FLAG_CASEFOLD = 0x40000000;

  public static final int BAD_BLOCKS_INODE = 1;
  public static final int ROOT_INODE = 2;
  public static final int RESIZE_INODE = 7;
  public static final int JOURNAL_INODE = 8;

  private InodeLayout() {}
}
