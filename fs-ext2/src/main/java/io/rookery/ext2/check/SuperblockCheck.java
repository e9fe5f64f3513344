package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;
import static io.rookery.ext2.layout.LittleEndian.u8;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.GroupDescriptorLayout;
import io.rookery.ext2.layout.InodeLayout;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The superblock's fields, each and against each other. */
final class SuperblockCheck {
  /** Beyond these, a check would need too much memory. */
  private static final long MAX_BLOCKS = 1L << 36;

  private static final int MAX_GROUPS = 1 << 24;

  /** Features whose structures are not known here. */
  private static final int UNKNOWN_INCOMPAT =
      ~(Feature.FILETYPE.mask()
          | Feature.NEEDS_RECOVERY.mask()
          | Feature.META_BG.mask()
          | Feature.EXTENT.mask()
          | Feature.BITS_64.mask()
          | Feature.MMP.mask()
          | Feature.FLEX_BG.mask()
          | Feature.EA_INODE.mask()
          | Feature.METADATA_CSUM_SEED.mask()
          | Feature.LARGE_DIR.mask()
          | Feature.INLINE_DATA.mask()
          | Feature.ENCRYPT.mask()
          | Feature.CASEFOLD.mask());

  private static final int UNKNOWN_COMPAT =
      ~(Feature.DIR_PREALLOC.mask()
          | Feature.IMAGIC_INODES.mask()
          | Feature.HAS_JOURNAL.mask()
          | Feature.EXT_ATTR.mask()
          | Feature.RESIZE_INODE.mask()
          | Feature.DIR_INDEX.mask()
          | Feature.SPARSE_SUPER2.mask()
          | Feature.FAST_COMMIT.mask()
          | Feature.STABLE_INODES.mask()
          | Feature.ORPHAN_FILE.mask());

  private static final int UNKNOWN_RO_COMPAT =
      ~(Feature.SPARSE_SUPER.mask()
          | Feature.LARGE_FILE.mask()
          | Feature.HUGE_FILE.mask()
          | Feature.UNINIT_BG.mask()
          | Feature.DIR_NLINK.mask()
          | Feature.EXTRA_ISIZE.mask()
          | Feature.QUOTA.mask()
          | Feature.METADATA_CSUM.mask()
          | Feature.READ_ONLY.mask()
          | Feature.PROJECT.mask()
          | Feature.SHARED_BLOCKS.mask()
          | Feature.VERITY.mask()
          | Feature.ORPHAN_PRESENT.mask());

  private static final int USER_QUOTA_INODE = 3;
  private static final int GROUP_QUOTA_INODE = 4;

  private final Findings findings;
  private final byte[] sb;
  private boolean usable = true;

  private SuperblockCheck(Findings findings, byte[] sb) {
    this.findings = findings;
    this.sb = sb;
  }

  /** The volume, null if its superblock is too bad to go on. */
  static @Nullable Image check(BlockDevice device, Findings findings) throws IOException {
    if (device.size() < SuperblockLayout.OFFSET + SuperblockLayout.SIZE) {
      findings.add(
          ProblemKind.SUPERBLOCK, 0, "device of %d bytes has no superblock", device.size());
      return null;
    }
    byte[] sb = new byte[SuperblockLayout.SIZE];
    device.read(SuperblockLayout.OFFSET, ByteBuffer.wrap(sb));
    return new SuperblockCheck(findings, sb).run(device);
  }

  private @Nullable Image run(BlockDevice device) {
    int magic = u16(sb, SuperblockLayout.MAGIC);
    if (magic != SuperblockLayout.MAGIC_VALUE) {
      findings.add(ProblemKind.SUPERBLOCK, 0, "magic number %04x, no ext2", magic);
      return null;
    }
    long revision = u32(sb, SuperblockLayout.REVISION);
    require(revision <= SuperblockLayout.REVISION_DYNAMIC, "s_rev_level", revision);
    checkFeatures();
    int log = i32(sb, SuperblockLayout.LOG_BLOCK_SIZE);
    require(log >= 0 && log <= 6, "s_log_block_size", log);
    if (!usable) {
      return null;
    }
    checkSizes(1024 << log);
    if (!usable) {
      return null;
    }
    Image image = new Image(device, sb);
    checkGroups(image);
    if (!usable) {
      return null;
    }
    checkRest(image);
    return image;
  }

  private void require(boolean good, String field, long value) {
    if (!good) {
      findings.add(ProblemKind.SUPERBLOCK, 0, "%s is %d", field, value);
      usable = false;
    }
  }

  private void checkFeatures() {
    boolean dynamic = u32(sb, SuperblockLayout.REVISION) >= SuperblockLayout.REVISION_DYNAMIC;
    int incompat = dynamic ? i32(sb, SuperblockLayout.FEATURES_INCOMPAT) : 0;
    int roCompat = dynamic ? i32(sb, SuperblockLayout.FEATURES_RO_COMPAT) : 0;
    int compat = dynamic ? i32(sb, SuperblockLayout.FEATURES_COMPAT) : 0;
    refuse(Feature.Kind.COMPAT, compat & UNKNOWN_COMPAT);
    refuse(Feature.Kind.INCOMPAT, incompat & UNKNOWN_INCOMPAT);
    refuse(Feature.Kind.RO_COMPAT, roCompat & UNKNOWN_RO_COMPAT);
    if (Feature.METADATA_CSUM.in(roCompat)) {
      int type = u8(sb, SuperblockLayout.CHECKSUM_TYPE);
      require(type == SuperblockLayout.CHECKSUM_TYPE_CRC32C, "s_checksum_type", type);
      if (i32(sb, SuperblockLayout.CHECKSUM) != Checksums.superblock(sb)) {
        findings.add(ProblemKind.CHECKSUM, 0, "superblock checksum does not match");
        usable = false;
      }
    }
  }

  private void refuse(Feature.Kind kind, int unknown) {
    if (unknown != 0) {
      findings.add(
          ProblemKind.LIMIT,
          0,
          "features that cannot be checked: %s",
          Feature.names(kind, unknown));
      usable = false;
    }
  }

  private void checkSizes(int blockSize) {
    boolean dynamic = u32(sb, SuperblockLayout.REVISION) >= SuperblockLayout.REVISION_DYNAMIC;
    int inodeSize = u16(sb, SuperblockLayout.INODE_SIZE);
    long first = u32(sb, SuperblockLayout.FIRST_DATA_BLOCK);
    long blocks = Image.blocksCount(sb);
    int perGroup = i32(sb, SuperblockLayout.BLOCKS_PER_GROUP);
    int inodesPerGroup = i32(sb, SuperblockLayout.INODES_PER_GROUP);
    require(
        !dynamic
            || (inodeSize >= InodeLayout.BASE_SIZE
                && inodeSize <= blockSize
                && Integer.bitCount(inodeSize) == 1),
        "s_inode_size",
        inodeSize);
    int size = dynamic ? inodeSize : SuperblockLayout.REVISION_0_INODE_SIZE;
    require(first == (blockSize == 1024 ? 1 : 0), "s_first_data_block", first);
    require(blocks > first && blocks <= MAX_BLOCKS, "s_blocks_count", blocks);
    require(
        perGroup >= 8 && perGroup <= 8 * blockSize && perGroup % 8 == 0,
        "s_blocks_per_group",
        perGroup);
    int perBlock = blockSize / Math.max(InodeLayout.BASE_SIZE, size);
    require(
        inodesPerGroup >= perBlock && inodesPerGroup <= 8 * blockSize,
        "s_inodes_per_group",
        inodesPerGroup);
    int descriptor = u16(sb, SuperblockLayout.DESCRIPTOR_SIZE);
    int smallest =
        Feature.BITS_64.in(i32(sb, SuperblockLayout.FEATURES_INCOMPAT))
            ? GroupDescriptorLayout.LONG_SIZE
            : 0;
    require(
        descriptor >= smallest && descriptor <= 1024 && Integer.bitCount(descriptor) <= 1,
        "s_desc_size",
        descriptor);
    int flex = u8(sb, SuperblockLayout.LOG_GROUPS_PER_FLEX);
    require(flex < Integer.SIZE, "s_log_groups_per_flex", flex);
    long firstInode = u32(sb, SuperblockLayout.FIRST_INODE);
    require(
        !dynamic
            || (firstInode >= SuperblockLayout.REVISION_0_FIRST_INODE
                && firstInode <= Integer.MAX_VALUE),
        "s_first_ino",
        firstInode);
  }

  private void checkGroups(Image image) {
    require(
        (image.blocks - image.firstDataBlock + image.blocksPerGroup - 1) / image.blocksPerGroup
            <= MAX_GROUPS,
        "count of groups",
        image.groups);
    require(
        image.inodes == (long) image.groups * image.inodesPerGroup, "s_inodes_count", image.inodes);
    require(image.firstInode <= image.inodes, "s_first_ino", image.firstInode);
    if (image.blocks > image.deviceBlocks()) {
      findings.add(
          ProblemKind.SUPERBLOCK,
          0,
          "volume of %d blocks on a device of %d",
          image.blocks,
          image.deviceBlocks());
      usable = false; // or the check would take as long as the superblock likes
    }
    if (usable) {
      require(image.headerBlocks(0) < image.blocksPerGroup, "size of descriptors", image.groups);
    }
  }

  private void checkRest(Image image) {
    long reserved = u32(sb, SuperblockLayout.RESERVED_BLOCKS_COUNT);
    note(reserved <= image.blocks / 2, "s_r_blocks_count", reserved);
    int gdt = image.reservedDescriptorBlocks;
    note(gdt <= image.blockSize / 4, "s_reserved_gdt_blocks", gdt);
    note(
        gdt == 0 || Feature.RESIZE_INODE.in(image.compat),
        "s_reserved_gdt_blocks without resize_inode",
        gdt);
    note(
        !(Feature.RESIZE_INODE.in(image.compat) && Feature.META_BG.in(image.incompat)),
        "resize_inode with meta_bg",
        1);
    int log = i32(sb, SuperblockLayout.LOG_FRAGMENT_SIZE);
    note(log == i32(sb, SuperblockLayout.LOG_BLOCK_SIZE), "s_log_frag_size", log);
    int fragments = i32(sb, SuperblockLayout.FRAGMENTS_PER_GROUP);
    note(fragments == image.blocksPerGroup, "s_frags_per_group", fragments);
    note(
        u32(sb, SuperblockLayout.FIRST_META_GROUP) <= image.descriptorBlocks()
            || !Feature.META_BG.in(image.incompat),
        "s_first_meta_bg",
        u32(sb, SuperblockLayout.FIRST_META_GROUP));
    if (Feature.QUOTA.in(image.roCompat)) {
      checkQuotaInode(image, SuperblockLayout.USER_QUOTA_INODE, USER_QUOTA_INODE);
      checkQuotaInode(image, SuperblockLayout.GROUP_QUOTA_INODE, GROUP_QUOTA_INODE);
    }
  }

  private void checkQuotaInode(Image image, int field, int expected) {
    long inode = image.superblockInode(field);
    note(inode == 0 || inode == expected, "inode of quotas", inode);
  }

  private void note(boolean good, String field, long value) {
    if (!good) {
      findings.add(ProblemKind.SUPERBLOCK, 0, "%s is %d", field, value);
    }
  }
}
