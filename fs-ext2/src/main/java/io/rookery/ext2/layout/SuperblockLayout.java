package io.rookery.ext2.layout;

/** The superblock: 1,024 bytes at byte 1,024 of the volume, copies in some groups. */
public final class SuperblockLayout {
  public static final int OFFSET = 1024;
  public static final int SIZE = 1024;
  public static final int MAGIC_VALUE = 0xEF53;

  public static final int INODES_COUNT = 0;
  public static final int BLOCKS_COUNT = 4;
  public static final int RESERVED_BLOCKS_COUNT = 8;
  public static final int FREE_BLOCKS_COUNT = 12;
  public static final int FREE_INODES_COUNT = 16;
  public static final int FIRST_DATA_BLOCK = 20;
  public static final int LOG_BLOCK_SIZE = 24;
  public static final int LOG_FRAGMENT_SIZE = 28;
  public static final int BLOCKS_PER_GROUP = 32;
  public static final int FRAGMENTS_PER_GROUP = 36;
  public static final int INODES_PER_GROUP = 40;
  public static final int MOUNT_TIME = 44;
  public static final int WRITE_TIME = 48;
  public static final int MOUNT_COUNT = 52; // 16 bits
  public static final int MAX_MOUNT_COUNT = 54; // 16 bits
  public static final int MAGIC = 56; // 16 bits
  public static final int STATE = 58; // 16 bits
  public static final int ERRORS = 60; // 16 bits
  public static final int LAST_CHECK = 64;
  public static final int CHECK_INTERVAL = 68;
  public static final int CREATOR_OS = 72;
  public static final int REVISION = 76;
  public static final int FIRST_INODE = 84;
  public static final int INODE_SIZE = 88; // 16 bits
  public static final int BLOCK_GROUP_NUMBER = 90; // 16 bits
  public static final int FEATURES_COMPAT = 92;
  public static final int FEATURES_INCOMPAT = 96;
  public static final int FEATURES_RO_COMPAT = 100;
  public static final int UUID = 104; // 16 bytes
  public static final int VOLUME_NAME = 120; // 16 bytes
  public static final int PREALLOCATED_DIRECTORY_BLOCKS = 205; // 8 bits
  public static final int RESERVED_GDT_BLOCKS = 206; // 16 bits
  public static final int JOURNAL_UUID = 208; // 16 bytes
  public static final int JOURNAL_INODE = 224;
  public static final int JOURNAL_DEVICE = 228;
  public static final int LAST_ORPHAN = 232;
  public static final int HASH_SEED = 236; // 16 bytes
  public static final int DEFAULT_HASH_VERSION = 252; // 8 bits
  public static final int DESCRIPTOR_SIZE = 254; // 16 bits
  public static final int DEFAULT_MOUNT_OPTIONS = 256;
  public static final int FIRST_META_GROUP = 260;
  public static final int MKFS_TIME = 264;
  public static final int BLOCKS_COUNT_HIGH = 336;
  public static final int RESERVED_BLOCKS_COUNT_HIGH = 340;
  public static final int FREE_BLOCKS_COUNT_HIGH = 344;
  public static final int MIN_EXTRA_ISIZE = 348; // 16 bits
  public static final int WANT_EXTRA_ISIZE = 350; // 16 bits
  public static final int FLAGS = 352;
  public static final int MMP_BLOCK = 360; // 64 bits
  public static final int LOG_GROUPS_PER_FLEX = 372; // 8 bits
  public static final int CHECKSUM_TYPE = 373; // 8 bits
  public static final int USER_QUOTA_INODE = 576;
  public static final int GROUP_QUOTA_INODE = 580;
  public static final int OVERHEAD = 584;
  public static final int BACKUP_GROUPS = 588; // two of 32 bits
  public static final int PROJECT_QUOTA_INODE = 620;
  public static final int CHECKSUM_SEED = 624;
  public static final int ORPHAN_FILE_INODE = 640;
  public static final int CHECKSUM = 1020;

  public static final int STATE_CLEAN = 1;
  public static final int STATE_ERRORS = 2;
  public static final int ERRORS_CONTINUE = 1;
  public static final int REVISION_DYNAMIC = 1;
  public static final int CREATOR_HURD = 1;
  public static final int HASH_HALF_MD4 = 1;
  public static final int FLAG_SIGNED_HASH = 1;
  public static final int FLAG_UNSIGNED_HASH = 2;
  public static final int CHECKSUM_TYPE_CRC32C = 1;
  public static final int MOUNT_OPTION_XATTR_USER = 4;
  public static final int MOUNT_OPTION_ACL = 8;

  /** Inode size and first usable inode of revision 0, which does not store them. */
  public static final int REVISION_0_INODE_SIZE = 128;

  public static final int REVISION_0_FIRST_INODE = 11;

  private SuperblockLayout() {}
}
