package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put16;
import static io.rookery.ext2.layout.LittleEndian.put32;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.DirectoryEntryLayout;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.GroupDescriptorLayout;
import io.rookery.ext2.layout.GroupPlacement;
import io.rookery.ext2.layout.InodeLayout;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/** Writes a new volume. */
final class Formatter {
  private static final long SMALL = 64L << 20;
  private static final int MAX_BLOCKS_PER_GROUP = 65528;
  private static final int LOST_AND_FOUND_BYTES = 16 << 10;

  /** The volume can later grow by this factor, if the descriptors of that fit. */
  private static final int GROWTH = 1024;

  private final BlockDevice device;
  private final SparseWriter out;
  private final FormatOptions options;
  private final Geometry geometry;
  private final int blockSize;
  private final BlockGroup[] groups;

  /** The next free block of group 0, where all first files go. */
  private long nextBlock;

  Formatter(BlockDevice device, FormatOptions options) throws Ext2Exception {
    if (device.readOnly()) {
      throw new Ext2Exception(Reason.EROFS, "the device is read-only");
    }
    this.device = device;
    this.out = new SparseWriter(device);
    this.options = options;
    this.geometry = plan();
    this.blockSize = geometry.blockSize();
    this.groups = new BlockGroup[geometry.groups()];
  }

  private Geometry plan() throws Ext2Exception {
    boolean small = device.size() < SMALL;
    int size = options.blockSize() != 0 ? options.blockSize() : small ? 1024 : 4096;
    int ratio = options.bytesPerInode() != 0 ? options.bytesPerInode() : small ? 4096 : 16384;
    long first = size == 1024 ? 1 : 0;
    long blocks = device.size() / size;
    if (blocks > 0xFFFF_FFFFL) {
      throw new Ext2Exception(
          Reason.EFBIG, "%d blocks of %d bytes are too many".formatted(blocks, size));
    }
    int perGroup = Math.min(8 * size, MAX_BLOCKS_PER_GROUP);
    int reserved = options.resizeInode() ? reservedGdtBlocks(blocks, first, perGroup, size) : 0;
    while (true) {
      long groupCount = (blocks - first + perGroup - 1) / perGroup;
      long inodes = options.inodes() != 0 ? options.inodes() : blocks * size / ratio;
      Geometry plan =
          new Geometry(
              size,
              blocks,
              0,
              first,
              perGroup,
              inodesPerGroup(inodes, Math.max(1, groupCount), size),
              options.inodeSize(),
              SuperblockLayout.REVISION_0_FIRST_INODE,
              reserved,
              Feature.EXT_ATTR.mask()
                  | Feature.DIR_INDEX.mask()
                  | (reserved > 0 ? Feature.RESIZE_INODE.mask() : 0),
              Feature.FILETYPE.mask(),
              Feature.SPARSE_SUPER.mask() | Feature.LARGE_FILE.mask(),
              GroupDescriptorLayout.SIZE,
              placement(first, perGroup, groupCount, size, reserved),
              false,
              0);
      if (plan.lastGroupIsTooShort()) {
        blocks -= plan.blocksIn((int) groupCount - 1); // leave it unused
        continue;
      }
      int overhead = groupCount == 0 ? 0 : plan.overhead((int) groupCount - 1);
      if (groupCount == 0 || plan.blocksIn(0) < overhead + lostAndFoundBlocks(size) + 2) {
        throw new Ext2Exception(
            Reason.EINVAL,
            "%d blocks of %d bytes do not hold the volume's own %d"
                .formatted(blocks, size, overhead));
      }
      return plan;
    }
  }

  private static GroupPlacement placement(
      long first, int perGroup, long groups, int blockSize, int reserved) {
    int perBlock = blockSize / GroupDescriptorLayout.SIZE;
    int descriptorBlocks = (int) ((groups + perBlock - 1) / perBlock);
    return new GroupPlacement(first, perGroup, perBlock, true, -1, -1, descriptorBlocks, reserved);
  }

  private int inodesPerGroup(long inodes, long groupCount, int size) throws Ext2Exception {
    int perBlock = size / options.inodeSize();
    long wanted = (inodes + groupCount - 1) / groupCount;
    long perGroup = Math.max(16, (wanted + perBlock - 1) / perBlock * perBlock);
    // Fill whole blocks of the table, and whole bytes of the bitmap.
    perGroup = (perGroup + 7) / 8 * 8;
    // The descriptor counts a group's inodes in 16 bits.
    int max = Math.min(8 * size, (1 << 16) - Math.max(8, perBlock));
    if (perGroup > max && options.inodes() == 0) {
      perGroup = max;
    }
    if (perGroup > max || perGroup * groupCount > 0xFFFF_FFFFL) {
      throw new Ext2Exception(
          Reason.EINVAL, "%d inodes in each group, at most %d".formatted(perGroup, max));
    }
    return (int) perGroup;
  }

  private static int lostAndFoundBlocks(int size) {
    return Math.min(InodeLayout.DIRECT_BLOCKS, Math.max(1, LOST_AND_FOUND_BYTES / size));
  }

  private static int reservedGdtBlocks(long blocks, long first, int perGroup, int size) {
    long max = Math.min(blocks * GROWTH, 0xFFFF_FFFFL);
    int perBlock = size / GroupDescriptorLayout.SIZE;
    long wanted = ((max - first + perGroup - 1) / perGroup + perBlock - 1) / perBlock;
    long used = ((blocks - first + perGroup - 1) / perGroup + perBlock - 1) / perBlock;
    return (int) Math.min(Math.max(0, wanted - used), size / Integer.BYTES);
  }

  void run() throws IOException {
    // Without a superblock first: a volume half made is none.
    out.zero(0, Math.min(geometry.byteOffset(geometry.firstDataBlock() + 1), device.size()));
    byte[] descriptors = new byte[geometry.groupTableBlocks() * blockSize];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = BlockGroup.plan(geometry, i, descriptors);
    }
    nextBlock = groups[0].inodeTable + geometry.inodeTableBlocks();
    for (BlockGroup group : groups) {
      out.zero(
          geometry.byteOffset(group.inodeTable), (long) geometry.inodeTableBlocks() * blockSize);
    }
    makeDirectories();
    if (geometry.reservedGdtBlocks() > 0) {
      makeResizeInode();
    }
    long freeBlocks = 0;
    long freeInodes = 0;
    for (BlockGroup group : groups) {
      writeBitmaps(group, descriptors);
      freeBlocks += group.freeBlocks;
      freeInodes += group.freeInodes;
    }
    writeSuperblocks(descriptors, freeBlocks, freeInodes);
    device.flush();
  }

  private void makeDirectories() throws IOException {
    long root = nextBlock++;
    int count = lostAndFoundBlocks(blockSize);
    byte[] lostAndFound = "lost+found".getBytes(StandardCharsets.US_ASCII);
    int lostAndFoundInode = geometry.firstInode();
    byte[] block = new byte[blockSize];
    int at = putEntry(block, 0, InodeLayout.ROOT_INODE, Directory.DOT, 0);
    at = putEntry(block, at, InodeLayout.ROOT_INODE, Directory.DOT_DOT, 0);
    putEntry(block, at, lostAndFoundInode, lostAndFound, blockSize - at);
    out.write(geometry.byteOffset(root), block);
    byte[] inode = newInode(FileType.DIRECTORY.mode() | 0755, 3, blockSize, 1);
    put32(inode, InodeLayout.BLOCK, root);
    writeInode(InodeLayout.ROOT_INODE, inode);

    inode = newInode(FileType.DIRECTORY.mode() | 0700, 2, (long) count * blockSize, count);
    for (int i = 0; i < count; i++) {
      long number = nextBlock++;
      Arrays.fill(block, (byte) 0);
      if (i == 0) {
        at = putEntry(block, 0, lostAndFoundInode, Directory.DOT, 0);
        putEntry(block, at, InodeLayout.ROOT_INODE, Directory.DOT_DOT, blockSize - at);
      } else {
        DirectoryEntryLayout.putRecordLength(block, 0, blockSize);
      }
      out.write(geometry.byteOffset(number), block);
      put32(inode, InodeLayout.BLOCK + i * Integer.BYTES, number);
    }
    writeInode(lostAndFoundInode, inode);
  }

  /** Puts a directory's entry; a length of 0 stands for what the entry needs. */
  private static int putEntry(byte[] block, int at, int inode, byte[] name, int length) {
    int size = length == 0 ? DirectoryEntryLayout.sizeFor(name.length) : length;
    put32(block, at + DirectoryEntryLayout.INODE, inode);
    DirectoryEntryLayout.putRecordLength(block, at, size);
    block[at + DirectoryEntryLayout.NAME_LENGTH] = (byte) name.length;
    block[at + DirectoryEntryLayout.FILE_TYPE] = (byte) FileType.DIRECTORY.entryCode();
    System.arraycopy(name, 0, block, at + DirectoryEntryLayout.NAME, name.length);
    return at + size;
  }

  private byte[] newInode(int mode, int links, long size, long blocks) {
    byte[] raw = new byte[geometry.inodeSize()];
    put16(raw, InodeLayout.MODE, mode);
    put16(raw, InodeLayout.LINKS_COUNT, links);
    put32(raw, InodeLayout.SIZE, size);
    if (FileType.ofMode(mode) == FileType.REGULAR) {
      put32(raw, InodeLayout.SIZE_HIGH, size >>> 32);
    }
    put32(raw, InodeLayout.BLOCKS_512, blocks * (blockSize / 512));
    var time = options.time();
    if (raw.length > InodeLayout.BASE_SIZE) {
      put16(raw, InodeLayout.EXTRA_SIZE, InodeLayout.WANTED_EXTRA_SIZE);
      Ext2Inode.putTime(raw, InodeLayout.BIRTH_TIME, InodeLayout.BIRTH_TIME_EXTRA, time);
    }
    Ext2Inode.putTime(raw, InodeLayout.ACCESS_TIME, InodeLayout.ACCESS_TIME_EXTRA, time);
    Ext2Inode.putTime(raw, InodeLayout.CHANGE_TIME, InodeLayout.CHANGE_TIME_EXTRA, time);
    Ext2Inode.putTime(raw, InodeLayout.MODIFY_TIME, InodeLayout.MODIFY_TIME_EXTRA, time);
    return raw;
  }

  private void writeInode(int number, byte[] raw) throws IOException {
    long offset = (long) (number - 1) * geometry.inodeSize();
    out.write(geometry.byteOffset(groups[0].inodeTable) + offset, raw);
  }

  private void makeResizeInode() throws IOException {
    ResizeInode contents = new ResizeInode(geometry);
    long top = nextBlock++;
    for (int i = 0; i < geometry.reservedGdtBlocks(); i++) {
      out.write(geometry.byteOffset(contents.block(i)), contents.pointers(i));
    }
    out.write(geometry.byteOffset(top), contents.top());
    byte[] inode = newInode(FileType.REGULAR.mode() | 0600, 1, contents.size(), contents.blocks());
    put32(inode, ResizeInode.TOP, top);
    writeInode(InodeLayout.RESIZE_INODE, inode);
  }

  private void writeBitmaps(BlockGroup group, byte[] descriptors) throws IOException {
    int total = geometry.blocksIn(group.index);
    long start = geometry.groupStart(group.index);
    int used = (int) (group.inodeTable + geometry.inodeTableBlocks() - start);
    if (group.index == 0) {
      used = (int) (nextBlock - start);
    }
    group.freeBlocks = total - used;
    out.write(
        geometry.byteOffset(group.blockBitmap), Bitmap.filled(blockSize, used, total).bytes());

    int usedInodes = group.index == 0 ? geometry.firstInode() : 0;
    group.freeInodes = geometry.inodesPerGroup() - usedInodes;
    out.write(
        geometry.byteOffset(group.inodeBitmap),
        Bitmap.filled(blockSize, usedInodes, geometry.inodesPerGroup()).bytes());

    group.directories = group.index == 0 ? 2 : 0;
    group.putCounts(
        descriptors, group.index * GroupDescriptorLayout.SIZE, GroupDescriptorLayout.SIZE);
  }

  private void writeSuperblocks(byte[] descriptors, long freeBlocks, long freeInodes)
      throws IOException {
    byte[] sb = superblock(freeBlocks, freeInodes);
    for (int group = groups.length - 1; group >= 0; group--) {
      if (geometry.hasSuperblock(group)) {
        long start = geometry.groupStart(group);
        out.write(geometry.byteOffset(start + 1), descriptors);
        put16(sb, SuperblockLayout.BLOCK_GROUP_NUMBER, group);
        out.write(group == 0 ? SuperblockLayout.OFFSET : geometry.byteOffset(start), sb);
      }
    }
  }

  private byte[] superblock(long freeBlocks, long freeInodes) {
    byte[] sb = new byte[SuperblockLayout.SIZE];
    long time = options.time().getEpochSecond();
    int logSize = Integer.numberOfTrailingZeros(blockSize) - 10;
    put32(sb, SuperblockLayout.INODES_COUNT, (long) groups.length * geometry.inodesPerGroup());
    put32(sb, SuperblockLayout.BLOCKS_COUNT, geometry.blocks());
    put32(
        sb,
        SuperblockLayout.RESERVED_BLOCKS_COUNT,
        geometry.blocks() * options.reservedPercent() / 100);
    put32(sb, SuperblockLayout.FREE_BLOCKS_COUNT, freeBlocks);
    put32(sb, SuperblockLayout.FREE_INODES_COUNT, freeInodes);
    put32(sb, SuperblockLayout.FIRST_DATA_BLOCK, geometry.firstDataBlock());
    put32(sb, SuperblockLayout.LOG_BLOCK_SIZE, logSize);
    put32(sb, SuperblockLayout.LOG_FRAGMENT_SIZE, logSize);
    put32(sb, SuperblockLayout.BLOCKS_PER_GROUP, geometry.blocksPerGroup());
    put32(sb, SuperblockLayout.FRAGMENTS_PER_GROUP, geometry.blocksPerGroup());
    put32(sb, SuperblockLayout.INODES_PER_GROUP, geometry.inodesPerGroup());
    put32(sb, SuperblockLayout.WRITE_TIME, time);
    put16(sb, SuperblockLayout.MAX_MOUNT_COUNT, -1);
    put16(sb, SuperblockLayout.MAGIC, SuperblockLayout.MAGIC_VALUE);
    put16(sb, SuperblockLayout.STATE, SuperblockLayout.STATE_CLEAN);
    put16(sb, SuperblockLayout.ERRORS, SuperblockLayout.ERRORS_CONTINUE);
    put32(sb, SuperblockLayout.LAST_CHECK, time);
    put32(sb, SuperblockLayout.REVISION, SuperblockLayout.REVISION_DYNAMIC);
    put32(sb, SuperblockLayout.FIRST_INODE, geometry.firstInode());
    put16(sb, SuperblockLayout.INODE_SIZE, geometry.inodeSize());
    put32(sb, SuperblockLayout.FEATURES_COMPAT, geometry.featuresCompat());
    put32(sb, SuperblockLayout.FEATURES_INCOMPAT, geometry.featuresIncompat());
    put32(sb, SuperblockLayout.FEATURES_RO_COMPAT, geometry.featuresRoCompat());
    putUuid(sb, SuperblockLayout.UUID, options.uuid());
    byte[] label = options.label().getBytes(StandardCharsets.UTF_8);
    System.arraycopy(label, 0, sb, SuperblockLayout.VOLUME_NAME, label.length);
    put16(sb, SuperblockLayout.RESERVED_GDT_BLOCKS, geometry.reservedGdtBlocks());
    // The seed of directory hashes only has to differ between volumes.
    putUuid(sb, SuperblockLayout.HASH_SEED, options.uuid());
    sb[SuperblockLayout.DEFAULT_HASH_VERSION] = SuperblockLayout.HASH_HALF_MD4;
    put32(
        sb,
        SuperblockLayout.DEFAULT_MOUNT_OPTIONS,
        SuperblockLayout.MOUNT_OPTION_XATTR_USER | SuperblockLayout.MOUNT_OPTION_ACL);
    put32(sb, SuperblockLayout.MKFS_TIME, time);
    if (geometry.inodeSize() > InodeLayout.BASE_SIZE) {
      put16(sb, SuperblockLayout.MIN_EXTRA_ISIZE, InodeLayout.WANTED_EXTRA_SIZE);
      put16(sb, SuperblockLayout.WANT_EXTRA_ISIZE, InodeLayout.WANTED_EXTRA_SIZE);
    }
    put32(sb, SuperblockLayout.FLAGS, SuperblockLayout.FLAG_SIGNED_HASH);
    return sb;
  }

  private static void putUuid(byte[] data, int at, UUID uuid) {
    ByteBuffer.wrap(data, at, 16)
        .putLong(uuid.getMostSignificantBits())
        .putLong(uuid.getLeastSignificantBits());
  }
}
