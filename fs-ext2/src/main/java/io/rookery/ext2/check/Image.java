package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.i64;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.GroupDescriptorLayout;
import io.rookery.ext2.layout.GroupPlacement;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A volume as its superblock describes it, once {@link SuperblockCheck} has found that sound. */
final class Image {
  final byte[] superblock;
  final int compat;
  final int incompat;
  final int roCompat;
  final int blockSize;
  final long blocks;
  final long inodes;
  final long firstDataBlock;
  final int blocksPerGroup;
  final int inodesPerGroup;
  final int inodeSize;
  final int firstInode;
  final int descriptorSize;
  final int reservedDescriptorBlocks;
  final int groups;
  final int checksumSeed;
  private final GroupPlacement placement;
  private final BlockDevice device;

  Image(BlockDevice device, byte[] sb) {
    this.device = device;
    this.superblock = sb;
    boolean dynamic = u32(sb, SuperblockLayout.REVISION) >= SuperblockLayout.REVISION_DYNAMIC;
    this.compat = dynamic ? i32(sb, SuperblockLayout.FEATURES_COMPAT) : 0;
    this.incompat = dynamic ? i32(sb, SuperblockLayout.FEATURES_INCOMPAT) : 0;
    this.roCompat = dynamic ? i32(sb, SuperblockLayout.FEATURES_RO_COMPAT) : 0;
    this.blockSize = 1024 << i32(sb, SuperblockLayout.LOG_BLOCK_SIZE);
    this.blocks = blocksCount(sb);
    this.inodes = u32(sb, SuperblockLayout.INODES_COUNT);
    this.firstDataBlock = u32(sb, SuperblockLayout.FIRST_DATA_BLOCK);
    this.blocksPerGroup = i32(sb, SuperblockLayout.BLOCKS_PER_GROUP);
    this.inodesPerGroup = i32(sb, SuperblockLayout.INODES_PER_GROUP);
    this.inodeSize =
        dynamic ? u16(sb, SuperblockLayout.INODE_SIZE) : SuperblockLayout.REVISION_0_INODE_SIZE;
    this.firstInode =
        dynamic ? i32(sb, SuperblockLayout.FIRST_INODE) : SuperblockLayout.REVISION_0_FIRST_INODE;
    this.descriptorSize =
        Feature.BITS_64.in(incompat)
            ? u16(sb, SuperblockLayout.DESCRIPTOR_SIZE)
            : GroupDescriptorLayout.SIZE;
    this.reservedDescriptorBlocks = u16(sb, SuperblockLayout.RESERVED_GDT_BLOCKS);
    this.groups = (int) ((blocks - firstDataBlock + blocksPerGroup - 1) / blocksPerGroup);
    this.placement = GroupPlacement.of(sb, groups, blockSize / descriptorSize);
    this.checksumSeed = Checksums.volumeSeed(sb, Feature.METADATA_CSUM_SEED.in(incompat));
  }

  static long blocksCount(byte[] sb) {
    long high =
        Feature.BITS_64.in(i32(sb, SuperblockLayout.FEATURES_INCOMPAT))
            ? u32(sb, SuperblockLayout.BLOCKS_COUNT_HIGH) << 32
            : 0;
    return u32(sb, SuperblockLayout.BLOCKS_COUNT) | high;
  }

  boolean hasChecksums() {
    return Feature.METADATA_CSUM.in(roCompat);
  }

  boolean hasDescriptorChecksums() {
    return hasChecksums() || Feature.UNINIT_BG.in(roCompat);
  }

  boolean hasExtents() {
    return Feature.EXTENT.in(incompat);
  }

  boolean hasHugeFiles() {
    return Feature.HUGE_FILE.in(roCompat);
  }

  boolean hasFileType() {
    // The Hurd's volumes have the flag, but no types.
    return Feature.FILETYPE.in(incompat)
        && u32(superblock, SuperblockLayout.CREATOR_OS) != SuperblockLayout.CREATOR_HURD;
  }

  /** A number of an inode that the superblock names, 0 for none. */
  long superblockInode(int field) {
    return u32(superblock, field);
  }

  long mmpBlock() {
    return Feature.MMP.in(incompat) ? i64(superblock, SuperblockLayout.MMP_BLOCK) : 0;
  }

  boolean isBlock(long block) {
    return block >= firstDataBlock && block < blocks;
  }

  long groupStart(int group) {
    return firstDataBlock + (long) group * blocksPerGroup;
  }

  int blocksIn(int group) {
    return (int) Math.min(blocksPerGroup, blocks - groupStart(group));
  }

  int groupOf(long block) {
    return (int) ((block - firstDataBlock) / blocksPerGroup);
  }

  int inodesPerBlock() {
    return blockSize / inodeSize;
  }

  int inodeTableBlocks() {
    return (inodesPerGroup + inodesPerBlock() - 1) / inodesPerBlock();
  }

  int descriptorsPerBlock() {
    return blockSize / descriptorSize;
  }

  int descriptorBlocks() {
    return (groups + descriptorsPerBlock() - 1) / descriptorsPerBlock();
  }

  boolean hasSuperblock(int group) {
    return placement.hasSuperblock(group);
  }

  /** Blocks at a group's beginning that superblock and descriptors take. */
  int headerBlocks(int group) {
    return placement.headerBlocks(group);
  }

  /** Where a block of descriptors is. */
  long descriptorBlock(int index) {
    return placement.descriptorBlock(index);
  }

  /** Reads a block; what lies behind the device's end reads as zeros. */
  byte[] read(long block) throws IOException {
    return read(block, 1);
  }

  byte[] read(long block, int count) throws IOException {
    byte[] data = new byte[count * blockSize];
    long at = block * blockSize;
    int n = (int) Math.min(data.length, Math.max(0, device.size() - at));
    if (n > 0) {
      device.read(at, ByteBuffer.wrap(data, 0, n));
    }
    return data;
  }

  long deviceBlocks() {
    return device.size() / blockSize;
  }
}
