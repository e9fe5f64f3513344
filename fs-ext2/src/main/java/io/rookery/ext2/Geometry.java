package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;
import static io.rookery.ext2.layout.LittleEndian.u8;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.GroupDescriptorLayout;
import io.rookery.ext2.layout.GroupPlacement;
import io.rookery.ext2.layout.InodeLayout;
import io.rookery.ext2.layout.SuperblockLayout;
import java.util.Set;
import java.util.TreeSet;

/**
 * The sizes that a superblock fixes, checked.
 *
 * @param reservedGdtBlocks blocks after the group descriptors kept for growing the volume
 * @param checksums whether metadata have checksums, which are to be verified
 * @param checksumSeed where they start from
 */
record Geometry(
    int blockSize,
    long blocks,
    long inodes,
    long firstDataBlock,
    int blocksPerGroup,
    int inodesPerGroup,
    int inodeSize,
    int firstInode,
    int reservedGdtBlocks,
    int featuresCompat,
    int featuresIncompat,
    int featuresRoCompat,
    int descriptorSize,
    GroupPlacement placement,
    boolean checksums,
    int checksumSeed) {

  private static final int MAX_LOG_BLOCK_SIZE = 6;

  private static final int EXT2_LINK_MAX = 32000;
  private static final int EXT4_LINK_MAX = 65000;

  /** Blocks beyond its metadata that make a last, shorter group worth having. */
  private static final int MIN_LAST_GROUP = 50;

  /** Checks a superblock against itself and the device. */
  static Geometry parse(byte[] sb, BlockDevice device) throws Ext2Exception {
    int magic = u16(sb, SuperblockLayout.MAGIC);
    if (magic != SuperblockLayout.MAGIC_VALUE) {
      throw new Ext2Exception(
          Ext2Exception.Reason.EINVAL,
          "no ext2 volume: superblock magic at byte %d is %04x, expected %04x"
              .formatted(
                  SuperblockLayout.OFFSET + SuperblockLayout.MAGIC,
                  magic,
                  SuperblockLayout.MAGIC_VALUE));
    }
    boolean dynamic = u32(sb, SuperblockLayout.REVISION) >= SuperblockLayout.REVISION_DYNAMIC;
    int incompat = dynamic ? i32(sb, SuperblockLayout.FEATURES_INCOMPAT) : 0;
    Set<String> unsupported =
        Feature.unsupported(Feature.Kind.INCOMPAT, incompat, Feature.Support.READ);
    int roCompat = dynamic ? i32(sb, SuperblockLayout.FEATURES_RO_COMPAT) : 0;
    if (Feature.BIGALLOC.in(roCompat)) { // groups have other sizes then
      unsupported.add(Feature.BIGALLOC.printName());
    }
    if (!unsupported.isEmpty()) {
      throw new Ext2Exception(
          Ext2Exception.Reason.EINVAL,
          "the volume uses features that are not supported: " + String.join(", ", unsupported));
    }
    int logBlockSize = i32(sb, SuperblockLayout.LOG_BLOCK_SIZE);
    check(
        logBlockSize >= 0 && logBlockSize <= MAX_LOG_BLOCK_SIZE,
        SuperblockLayout.LOG_BLOCK_SIZE,
        "s_log_block_size",
        logBlockSize,
        "0 to " + MAX_LOG_BLOCK_SIZE);
    int blockSize = 1024 << logBlockSize;
    int perGroup = i32(sb, SuperblockLayout.BLOCKS_PER_GROUP);
    check(
        perGroup >= 256 && perGroup <= 8 * blockSize && perGroup % 8 == 0,
        SuperblockLayout.BLOCKS_PER_GROUP,
        "s_blocks_per_group",
        perGroup,
        "a multiple of 8 in 256.." + 8 * blockSize);
    boolean wide = Feature.BITS_64.in(incompat);
    int descriptorSize =
        wide ? u16(sb, SuperblockLayout.DESCRIPTOR_SIZE) : GroupDescriptorLayout.SIZE;
    check(
        !wide
            || (descriptorSize >= GroupDescriptorLayout.LONG_SIZE
                && descriptorSize <= blockSize
                && Integer.bitCount(descriptorSize) == 1),
        SuperblockLayout.DESCRIPTOR_SIZE,
        "s_desc_size",
        descriptorSize,
        "a power of two in 64.." + blockSize);
    long first = u32(sb, SuperblockLayout.FIRST_DATA_BLOCK);
    long blocks =
        u32(sb, SuperblockLayout.BLOCKS_COUNT)
            | (wide ? u32(sb, SuperblockLayout.BLOCKS_COUNT_HIGH) << 32 : 0);
    check(
        blocks > first && blocks <= device.size() / blockSize,
        SuperblockLayout.BLOCKS_COUNT,
        "s_blocks_count",
        blocks,
        "at most the device's " + device.size() / blockSize);
    int groups = (int) Math.min((blocks - first + perGroup - 1) / perGroup, Integer.MAX_VALUE);
    Geometry geometry =
        new Geometry(
            blockSize,
            blocks,
            u32(sb, SuperblockLayout.INODES_COUNT),
            first,
            perGroup,
            i32(sb, SuperblockLayout.INODES_PER_GROUP),
            dynamic ? u16(sb, SuperblockLayout.INODE_SIZE) : SuperblockLayout.REVISION_0_INODE_SIZE,
            dynamic
                ? i32(sb, SuperblockLayout.FIRST_INODE)
                : SuperblockLayout.REVISION_0_FIRST_INODE,
            u16(sb, SuperblockLayout.RESERVED_GDT_BLOCKS),
            dynamic ? i32(sb, SuperblockLayout.FEATURES_COMPAT) : 0,
            incompat,
            roCompat,
            descriptorSize,
            GroupPlacement.of(sb, groups, blockSize / descriptorSize),
            Feature.METADATA_CSUM.in(roCompat),
            Checksums.volumeSeed(sb, Feature.METADATA_CSUM_SEED.in(incompat)));
    geometry.checkSizes();
    if (geometry.checksums) {
      geometry.checkChecksum(sb);
    }
    return geometry;
  }

  private void checkChecksum(byte[] sb) throws Ext2Exception {
    int type = u8(sb, SuperblockLayout.CHECKSUM_TYPE);
    check(
        type == SuperblockLayout.CHECKSUM_TYPE_CRC32C,
        SuperblockLayout.CHECKSUM_TYPE,
        "s_checksum_type",
        type,
        "1");
    int stored = i32(sb, SuperblockLayout.CHECKSUM);
    check(
        stored == Checksums.superblock(sb),
        SuperblockLayout.CHECKSUM,
        "s_checksum",
        stored,
        "" + Checksums.superblock(sb));
  }

  /** The same volume, its checksums taken as they are: before its journal is replayed. */
  Geometry unverified() {
    return new Geometry(
        blockSize,
        blocks,
        inodes,
        firstDataBlock,
        blocksPerGroup,
        inodesPerGroup,
        inodeSize,
        firstInode,
        reservedGdtBlocks,
        featuresCompat,
        featuresIncompat,
        featuresRoCompat & ~Feature.UNINIT_BG.mask(),
        descriptorSize,
        placement,
        false,
        checksumSeed);
  }

  private void checkSizes() throws Ext2Exception {
    int bits = 8 * blockSize;
    check(
        firstDataBlock == (blockSize == 1024 ? 1 : 0),
        SuperblockLayout.FIRST_DATA_BLOCK,
        "s_first_data_block",
        firstDataBlock,
        blockSize == 1024 ? "1" : "0");
    check(
        inodeSize >= InodeLayout.BASE_SIZE
            && inodeSize <= blockSize
            && Integer.bitCount(inodeSize) == 1,
        SuperblockLayout.INODE_SIZE,
        "s_inode_size",
        inodeSize,
        "a power of two in 128.." + blockSize);
    int inodesPerBlock = blockSize / inodeSize;
    check(
        inodesPerGroup >= inodesPerBlock
            && inodesPerGroup <= bits
            && inodesPerGroup / inodesPerBlock < blocksPerGroup,
        SuperblockLayout.INODES_PER_GROUP,
        "s_inodes_per_group",
        inodesPerGroup,
        inodesPerBlock + ".." + bits);
    check(
        inodes == (long) groups() * inodesPerGroup,
        SuperblockLayout.INODES_COUNT,
        "s_inodes_count",
        inodes,
        "%d groups of %d".formatted(groups(), inodesPerGroup));
    check(
        firstInode >= SuperblockLayout.REVISION_0_FIRST_INODE && firstInode <= inodesPerGroup,
        SuperblockLayout.FIRST_INODE,
        "s_first_ino",
        firstInode,
        "11.." + inodesPerGroup);
    check(
        groupTableBlocks() + reservedGdtBlocks < blocksPerGroup,
        SuperblockLayout.RESERVED_GDT_BLOCKS,
        "s_reserved_gdt_blocks",
        reservedGdtBlocks,
        "room for %d descriptor blocks in a group".formatted(groupTableBlocks()));
  }

  private static void check(boolean good, int field, String name, long found, String expected)
      throws Ext2Exception {
    if (!good) {
      throw Ext2Exception.corrupt(
          "superblock field " + name, SuperblockLayout.OFFSET + field, found, expected);
    }
  }

  boolean has(Feature feature, int flags) {
    return (flags & feature.mask()) != 0;
  }

  boolean hasFileType() {
    return has(Feature.FILETYPE, featuresIncompat);
  }

  Set<String> featureNames() {
    Set<String> names = new TreeSet<>();
    names.addAll(Feature.names(Feature.Kind.COMPAT, featuresCompat));
    names.addAll(Feature.names(Feature.Kind.INCOMPAT, featuresIncompat));
    names.addAll(Feature.names(Feature.Kind.RO_COMPAT, featuresRoCompat));
    return names;
  }

  int groups() {
    return (int) ((blocks - firstDataBlock + blocksPerGroup - 1) / blocksPerGroup);
  }

  int groupTableBlocks() {
    int perBlock = blockSize / descriptorSize;
    return (groups() + perBlock - 1) / perBlock;
  }

  int inodeTableBlocks() {
    int perBlock = blockSize / inodeSize;
    return (inodesPerGroup + perBlock - 1) / perBlock;
  }

  long groupStart(int group) {
    return firstDataBlock + (long) group * blocksPerGroup;
  }

  int groupOf(long block) {
    return (int) ((block - firstDataBlock) / blocksPerGroup);
  }

  int blocksIn(int group) {
    return (int) Math.min(blocksPerGroup, blocks - groupStart(group));
  }

  /** Whether the group begins with a copy of superblock and descriptors. */
  boolean hasSuperblock(int group) {
    return placement.hasSuperblock(group);
  }

  /** Blocks at a group's beginning taken by the copies of superblock and descriptors. */
  int headerBlocks(int group) {
    return placement.headerBlocks(group);
  }

  /** Blocks of a group that are never free. */
  int overhead(int group) {
    return headerBlocks(group) + 2 + inodeTableBlocks();
  }

  /** Whether the last group of several has not enough blocks to be worth having. */
  boolean lastGroupIsTooShort() {
    int last = groups() - 1;
    return last > 0 && blocksIn(last) < overhead(last) + MIN_LAST_GROUP;
  }

  int pointersPerBlock() {
    return blockSize / Integer.BYTES;
  }

  long byteOffset(long block) {
    return block * blockSize;
  }

  boolean hasExtents() {
    return Feature.EXTENT.in(featuresIncompat);
  }

  boolean hasFlexibleGroups() {
    return Feature.FLEX_BG.in(featuresIncompat);
  }

  /** Whether descriptors have checksums, and say what of a group was never written. */
  boolean hasGroupChecksums() {
    return checksums || Feature.UNINIT_BG.in(featuresRoCompat);
  }

  /**
   * The largest size of a file in extents, whose block numbers have 32 bits, the last one excluded;
   * without the huge_file feature i_blocks has 32 bits of sectors.
   */
  long maxExtentFileSize() {
    long blocks = (1L << 32) - 1;
    return (Feature.HUGE_FILE.in(featuresRoCompat) ? blocks : blocks / (blockSize / 512))
        * blockSize;
  }

  /** The largest count of a file's names, and of a directory's subdirectories. */
  int maxLinks() {
    return hasExtents() ? EXT4_LINK_MAX : EXT2_LINK_MAX;
  }

  /** The largest size of a file: the block tree's reach, and i_blocks' 32 bits of sectors. */
  long maxFileSize() {
    long p = pointersPerBlock();
    long tree = InodeLayout.DIRECT_BLOCKS + p + p * p + p * p * p;
    // Of the sectors that i_blocks can count, the pointer blocks of each level take their share.
    long counted = 0xFFFF_FFFFL / (blockSize / 512);
    long pointers = 2 + (counted / p) + (counted / (p * p)) + 1;
    return Math.min(Math.min(tree, counted - pointers), 1L << 32) * blockSize;
  }
}
