package io.rookery.ext2.layout;

/** The journal of ext3 and ext4 (jbd2); its numbers are big-endian. */
public final class JournalLayout {
  public static final int MAGIC_VALUE = 0xC03B3998;

  /** The head of every block that is not data. */
  public static final int MAGIC = 0;

  public static final int BLOCK_TYPE = 4;
  public static final int SEQUENCE = 8;
  public static final int HEADER_SIZE = 12;

  public static final int DESCRIPTOR = 1;
  public static final int COMMIT = 2;
  public static final int SUPERBLOCK_V1 = 3;
  public static final int SUPERBLOCK_V2 = 4;
  public static final int REVOKE = 5;

  // The superblock.
  public static final int BLOCK_SIZE = 12;
  public static final int LENGTH = 16;
  public static final int FIRST = 20;
  public static final int FIRST_SEQUENCE = 24;
  public static final int START = 28;
  public static final int FEATURES_COMPAT = 36;
  public static final int FEATURES_INCOMPAT = 40;
  public static final int FEATURES_RO_COMPAT = 44;
  public static final int UUID = 48;
  public static final int USERS = 64;
  public static final int SUPERBLOCK_CHECKSUM = 252;
  public static final int SUPERBLOCK_SIZE = 1024;

  public static final int FEATURE_REVOKE = 1;
  public static final int FEATURE_64BIT = 2;
  public static final int FEATURE_ASYNC_COMMIT = 4;
  public static final int FEATURE_CHECKSUM_V2 = 8;
  public static final int FEATURE_CHECKSUM_V3 = 16;

  // Tags of a descriptor block.
  public static final int TAG_ESCAPED = 1;
  public static final int TAG_SAME_UUID = 2;
  public static final int TAG_LAST = 8;
  public static final int UUID_SIZE = 16;

  /** Of a descriptor and a revoke block: the checksum at the end. */
  public static final int TAIL_SIZE = 4;

  public static final int COMMIT_CHECKSUM = 16;
  public static final int REVOKE_COUNT = 12;
  public static final int REVOKE_HEADER_SIZE = 16;

  private JournalLayout() {}
}
