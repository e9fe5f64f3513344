package io.rookery.ext2.check;

/** What a problem is about. */
public enum ProblemKind {
  /** The superblock is missing, or its fields make no sense. */
  SUPERBLOCK,
  /** A group descriptor makes no sense. */
  GROUP_DESCRIPTOR,
  /** A checksum does not match what it stands beside. */
  CHECKSUM,
  /** A field of an inode makes no sense, or contradicts another one. */
  INODE,
  /** A pointer to a block outside the volume. */
  BLOCK_POINTER,
  /** An extent tree is damaged. */
  EXTENT,
  /** A block has two owners. */
  SHARED_BLOCK,
  /** Extended attributes are damaged, or their block has a wrong count of users. */
  XATTR,
  /** An inode was deleted while in use, and not freed. */
  ORPHAN,
  /** A directory's entries are damaged, or name what does not exist. */
  DIRECTORY,
  /** A directory's index contradicts its entries. */
  DIRECTORY_INDEX,
  /** A file or directory is in use but cannot be reached from the root. */
  UNREACHABLE,
  /** An inode's count of names is wrong. */
  LINK_COUNT,
  /** The block bitmap contradicts what inodes claim. */
  BLOCK_BITMAP,
  /** The inode bitmap contradicts which inodes are in use. */
  INODE_BITMAP,
  /** Counts of free blocks, inodes or directories are wrong. */
  FREE_COUNT,
  /** The journal is damaged. */
  JOURNAL,
  /** The volume is too large, or too strange, to be checked to the end. */
  LIMIT
}
