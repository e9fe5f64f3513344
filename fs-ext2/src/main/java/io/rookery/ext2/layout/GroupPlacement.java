package io.rookery.ext2.layout;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

/**
 * Where the copies of superblock and group descriptors are.
 *
 * @param sparse only group 1 and powers of 3, 5 and 7 have copies (sparse_super)
 * @param backup1 a group with copies (sparse_super2), negative without that feature
 * @param backup2 the other one
 * @param firstMetaGroup so many blocks of descriptors follow the superblock; the others are in the
 *     groups that they describe (meta_bg)
 * @param reserved blocks behind the descriptors kept for growing the volume
 */
public record GroupPlacement(
    long firstDataBlock,
    int blocksPerGroup,
    int descriptorsPerBlock,
    boolean sparse,
    long backup1,
    long backup2,
    int firstMetaGroup,
    int reserved) {

  /** As a superblock says, whose sizes must be sound. */
  public static GroupPlacement of(byte[] sb, int groups, int descriptorsPerBlock) {
    boolean dynamic = u32(sb, SuperblockLayout.REVISION) >= SuperblockLayout.REVISION_DYNAMIC;
    int compat = dynamic ? i32(sb, SuperblockLayout.FEATURES_COMPAT) : 0;
    int incompat = dynamic ? i32(sb, SuperblockLayout.FEATURES_INCOMPAT) : 0;
    int roCompat = dynamic ? i32(sb, SuperblockLayout.FEATURES_RO_COMPAT) : 0;
    boolean two = Feature.SPARSE_SUPER2.in(compat);
    int descriptorBlocks = (groups + descriptorsPerBlock - 1) / descriptorsPerBlock;
    return new GroupPlacement(
        u32(sb, SuperblockLayout.FIRST_DATA_BLOCK),
        i32(sb, SuperblockLayout.BLOCKS_PER_GROUP),
        descriptorsPerBlock,
        Feature.SPARSE_SUPER.in(roCompat),
        two ? u32(sb, SuperblockLayout.BACKUP_GROUPS) : -1,
        two ? u32(sb, SuperblockLayout.BACKUP_GROUPS + Integer.BYTES) : -1,
        Feature.META_BG.in(incompat)
            ? (int) Math.min(u32(sb, SuperblockLayout.FIRST_META_GROUP), descriptorBlocks)
            : descriptorBlocks,
        u16(sb, SuperblockLayout.RESERVED_GDT_BLOCKS));
  }

  /** Whether the group begins with a copy of the superblock. */
  public boolean hasSuperblock(int group) {
    if (group == 0) {
      return true;
    }
    if (backup1 >= 0) {
      return group == backup1 || group == backup2;
    }
    return group == 1 || !sparse || isPower(group, 3) || isPower(group, 5) || isPower(group, 7);
  }

  private static boolean isPower(int number, int base) {
    long power = base;
    while (power < number) {
      power *= base;
    }
    return power == number;
  }

  /** Blocks at a group's beginning taken by the copies of superblock and descriptors. */
  public int headerBlocks(int group) {
    boolean superblock = hasSuperblock(group);
    if (group / descriptorsPerBlock < firstMetaGroup) {
      return superblock ? 1 + firstMetaGroup + reserved : 0;
    }
    int place = group % descriptorsPerBlock;
    boolean copy = place <= 1 || place == descriptorsPerBlock - 1;
    return (superblock ? 1 : 0) + (copy ? 1 : 0);
  }

  /** Where a block of descriptors is. */
  public long descriptorBlock(int index) {
    if (index < firstMetaGroup) {
      return firstDataBlock + 1 + index;
    }
    int group = index * descriptorsPerBlock;
    return firstDataBlock + (long) group * blocksPerGroup + (hasSuperblock(group) ? 1 : 0);
  }
}
