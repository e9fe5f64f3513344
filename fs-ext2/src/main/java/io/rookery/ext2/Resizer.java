package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put16;
import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.check.CheckReport;
import io.rookery.ext2.check.Checker;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.InodeLayout;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;

/**
 * Gives a volume another size.
 *
 * <p>Everything is planned before the first write. Then, with a barrier after each step unless the
 * device does without, what no part of the volume refers to is written, then what refers to it,
 * then bitmaps and counts, the superblock last: e2fsck -p repairs what a power cut leaves. Between
 * two sizes the superblock says that no blocks are reserved for descriptors: only then does e2fsck
 * accept that the resize inode fits neither. Where files get other inode numbers (a smaller volume)
 * there is no such order.
 */
final class Resizer {
  private static final long MAX = 0xFFFF_FFFFL;
  private static final Set<Feature> KNOWN =
      Set.of(
          Feature.EXT_ATTR,
          Feature.RESIZE_INODE,
          Feature.DIR_INDEX,
          Feature.FILETYPE,
          Feature.SPARSE_SUPER,
          Feature.LARGE_FILE,
          Feature.EXTRA_ISIZE);

  private final BlockDevice device;
  private final byte[] superblock;
  private final Geometry old;
  private final Geometry next;
  private final byte[] nextSuperblock;
  private final int blockSize;

  private Resizer(BlockDevice device, byte[] superblock, Geometry old, long blocks)
      throws IOException {
    this.device = device;
    this.superblock = superblock;
    this.old = old;
    this.blockSize = old.blockSize();
    this.nextSuperblock = superblock.clone();
    // Linux counts for itself what the volume itself takes, if this is zero.
    put32(nextSuperblock, SuperblockLayout.OVERHEAD, 0);
    this.next = plan(blocks);
  }

  static long resize(BlockDevice device, long bytes) throws IOException {
    if (device.readOnly()) {
      throw new Ext2Exception(Reason.EROFS, "the device is read-only");
    }
    byte[] superblock = Volume.superblock(device);
    Geometry geometry = Geometry.parse(superblock, device);
    requireKnownFeatures(geometry);
    if (device.blockSize() > geometry.blockSize() || bytes < 1 || bytes > device.size()) {
      throw new Ext2Exception(
          Reason.EINVAL,
          "%d bytes in blocks of %d on a device of %d in blocks of %d"
              .formatted(bytes, geometry.blockSize(), device.size(), device.blockSize()));
    }
    Resizer resizer = new Resizer(device, superblock, geometry, bytes / geometry.blockSize());
    resizer.requireSound();
    if (resizer.next.blocks() != geometry.blocks()) {
      resizer.run();
    }
    return geometry.byteOffset(resizer.next.blocks());
  }

  private static void requireKnownFeatures(Geometry geometry) throws Ext2Exception {
    Set<String> unknown = geometry.featureNames();
    for (Feature feature : KNOWN) {
      unknown.remove(feature.printName());
    }
    if (!unknown.isEmpty()) {
      throw new Ext2Exception(
          Reason.EOPNOTSUPP,
          "volumes cannot be resized with their features " + String.join(", ", unknown));
    }
  }

  private void requireSound() throws IOException {
    if (!new Superblock(superblock).isClean()
        || u32(superblock, SuperblockLayout.LAST_ORPHAN) != 0) {
      throw new Ext2Exception(
          Reason.EUCLEAN, "the volume was not unmounted: mount it for writing, or check it, first");
    }
    CheckReport report = Checker.check(device);
    if (!report.isClean()) {
      throw new Ext2Exception(
          Reason.EUCLEAN,
          "the volume is damaged, repair it first: " + report.problems().getFirst());
    }
  }

  /** Decides the new sizes, and enters them into the new superblock. */
  private Geometry plan(long wanted) throws Ext2Exception {
    long blocks = wanted;
    while (true) {
      long first = old.firstDataBlock();
      long groups = (blocks - first + old.blocksPerGroup() - 1) / old.blocksPerGroup();
      long inodes = groups * old.inodesPerGroup();
      if (blocks > MAX || inodes > MAX) {
        throw new Ext2Exception(
            Reason.EFBIG, "%d blocks and %d inodes are too many".formatted(blocks, inodes));
      }
      if (groups < 1) {
        throw new Ext2Exception(Reason.EINVAL, "%d blocks are no volume".formatted(wanted));
      }
      put32(nextSuperblock, SuperblockLayout.BLOCKS_COUNT, blocks);
      put32(nextSuperblock, SuperblockLayout.INODES_COUNT, inodes);
      put16(nextSuperblock, SuperblockLayout.RESERVED_GDT_BLOCKS, reservedGdtBlocks(groups));
      long share = u32(superblock, SuperblockLayout.RESERVED_BLOCKS_COUNT) * blocks / old.blocks();
      put32(nextSuperblock, SuperblockLayout.RESERVED_BLOCKS_COUNT, share);
      Geometry plan = Geometry.parse(nextSuperblock, device);
      if (!plan.lastGroupIsTooShort()) {
        if (blocks <= plan.overhead(plan.groups() - 1)) {
          throw new Ext2Exception(
              Reason.ENOSPC, "%d blocks do not hold the volume's own".formatted(blocks));
        }
        return plan;
      }
      blocks -= plan.blocksIn((int) groups - 1); // leave it unused
    }
  }

  /** Blocks that come out of use as descriptors are reserved from then on, and the reverse. */
  private int reservedGdtBlocks(long groups) throws Ext2Exception {
    int perBlock = blockSize / old.descriptorSize();
    long reserved =
        old.groupTableBlocks() + old.reservedGdtBlocks() - (groups + perBlock - 1) / perBlock;
    if (reserved < 0) {
      throw new Ext2Exception(
          Reason.EFBIG,
          "%d groups: the volume was made to grow to %d"
              .formatted(
                  groups, (old.groupTableBlocks() + old.reservedGdtBlocks()) * (long) perBlock));
    }
    return hasResizeInode() ? (int) Math.min(reserved, blockSize / Integer.BYTES) : 0;
  }

  private boolean hasResizeInode() {
    return Feature.RESIZE_INODE.in(old.featuresCompat());
  }

  private void run() throws IOException {
    StagedBlocks fresh = new StagedBlocks(device, blockSize);
    StagedBlocks inPlace = new StagedBlocks(device, blockSize);
    StagedBlocks bitmaps = new StagedBlocks(device, blockSize);
    ResizedGroups groups = new ResizedGroups(device, old, next);
    if (u32(groups.lowInode(InodeLayout.BAD_BLOCKS_INODE), InodeLayout.BLOCKS_512) != 0) {
      throw new Ext2Exception(Reason.EOPNOTSUPP, "volumes with bad blocks cannot be resized");
    }
    ShrinkMove moves = new ShrinkMove(device, old, next, groups, fresh, inPlace);
    long oldTop =
        hasResizeInode()
            ? u32(groups.lowInode(InodeLayout.RESIZE_INODE), ResizeInode.TOP)
            : old.firstDataBlock();
    long top = oldTop;
    if (next.blocks() < old.blocks()) {
      moves.plan();
      if (top >= next.blocks()) {
        top = groups.allocateBlock();
        fresh.put(top, new byte[blockSize]);
      }
    }
    groups.freeOldHeaders();
    groups.store(bitmaps, fresh);
    put32(nextSuperblock, SuperblockLayout.FREE_BLOCKS_COUNT, groups.freeBlocks());
    put32(nextSuperblock, SuperblockLayout.FREE_INODES_COUNT, groups.freeInodes());

    boolean rebuild = hasResizeInode() && resizeInodeChanges(oldTop, top);
    writeSuperblock(transition(superblock, old.reservedGdtBlocks()));
    barrier();
    moves.copy();
    fresh.write();
    writeNewGroups(groups);
    barrier();
    inPlace.write();
    barrier();
    bitmaps.write();
    device.write(byteOffsetOfTable(), ByteBuffer.wrap(groups.transitionTable()));
    barrier();
    if (rebuild) {
      clearResizeInode(groups, top);
    }
    writeSuperblock(transition(nextSuperblock, rebuild ? 0 : next.reservedGdtBlocks()));
    barrier();
    writeHeaders(groups, 0, Math.min(old.groups(), next.groups()));
    if (rebuild) {
      fillResizeInode(groups, top);
    }
    barrier();
    writeSuperblock(nextSuperblock);
    device.flush();
  }

  private boolean resizeInodeChanges(long oldTop, long top) throws IOException {
    byte[] found = new byte[blockSize];
    device.read(old.byteOffset(oldTop), ByteBuffer.wrap(found));
    return top != oldTop
        || next.groupTableBlocks() != old.groupTableBlocks()
        || next.reservedGdtBlocks() != old.reservedGdtBlocks()
        || new ResizeInode(next).blocks() != new ResizeInode(old).blocks()
        || !Arrays.equals(found, new ResizeInode(next).top());
  }

  /** Takes the reserved blocks from the resize inode, and writes descriptors into them. */
  private void clearResizeInode(ResizedGroups groups, long top) throws IOException {
    writeSuperblock(transition(superblock, 0));
    barrier();
    device.write(old.byteOffset(top), ByteBuffer.allocate(blockSize));
    writeResizeInode(groups, top, 1);
    barrier();
    int before = old.groupTableBlocks() * blockSize;
    byte[] table = groups.table();
    if (table.length > before) {
      ByteBuffer added = ByteBuffer.wrap(table, before, table.length - before);
      device.write(byteOffsetOfTable() + before, added);
      barrier();
    }
  }

  private void fillResizeInode(ResizedGroups groups, long top) throws IOException {
    ResizeInode contents = new ResizeInode(next);
    for (int i = 0; i < next.reservedGdtBlocks(); i++) {
      device.write(next.byteOffset(contents.block(i)), ByteBuffer.wrap(contents.pointers(i)));
    }
    barrier();
    device.write(next.byteOffset(top), ByteBuffer.wrap(contents.top()));
    writeResizeInode(groups, top, contents.blocks());
  }

  private void writeResizeInode(ResizedGroups groups, long top, long blocks) throws IOException {
    long index = InodeLayout.RESIZE_INODE - 1;
    long offset = index * old.inodeSize();
    long block = groups.get(0).inodeTable + offset / blockSize;
    int at = (int) (offset % blockSize);
    byte[] data = readBlock(block);
    put32(data, at + ResizeInode.TOP, top);
    put32(data, at + InodeLayout.BLOCKS_512, blocks * (blockSize / 512));
    device.write(old.byteOffset(block), ByteBuffer.wrap(data));
  }

  private void writeNewGroups(ResizedGroups groups) throws IOException {
    SparseWriter out = new SparseWriter(device);
    for (int group = old.groups(); group < next.groups(); group++) {
      long table = next.byteOffset(groups.get(group).inodeTable);
      out.zero(table, (long) next.inodeTableBlocks() * blockSize);
    }
    writeHeaders(groups, old.groups(), next.groups());
  }

  /** Writes descriptors and copies of the superblock, but not the superblock itself. */
  private void writeHeaders(ResizedGroups groups, int from, int to) throws IOException {
    for (int group = from; group < to; group++) {
      if (next.hasSuperblock(group)) {
        long start = next.groupStart(group);
        if (group > 0) {
          byte[] copy = Arrays.copyOf(nextSuperblock, blockSize);
          put16(copy, SuperblockLayout.BLOCK_GROUP_NUMBER, group);
          device.write(next.byteOffset(start), ByteBuffer.wrap(copy));
        }
        device.write(next.byteOffset(start + 1), ByteBuffer.wrap(groups.table()));
      }
    }
  }

  private long byteOffsetOfTable() {
    return old.byteOffset(old.firstDataBlock() + 1);
  }

  private byte[] readBlock(long block) throws IOException {
    byte[] data = new byte[blockSize];
    device.read(old.byteOffset(block), ByteBuffer.wrap(data));
    return data;
  }

  /** A copy of a superblock for the time of the change. */
  private static byte[] transition(byte[] superblock, int reservedGdtBlocks) {
    byte[] sb = superblock.clone();
    int state = u16(sb, SuperblockLayout.STATE) & ~SuperblockLayout.STATE_CLEAN;
    put16(sb, SuperblockLayout.STATE, state);
    put16(sb, SuperblockLayout.RESERVED_GDT_BLOCKS, reservedGdtBlocks);
    put32(sb, SuperblockLayout.OVERHEAD, 0);
    return sb;
  }

  private void writeSuperblock(byte[] sb) throws IOException {
    long block = SuperblockLayout.OFFSET / blockSize;
    byte[] data = readBlock(block);
    System.arraycopy(sb, 0, data, SuperblockLayout.OFFSET % blockSize, SuperblockLayout.SIZE);
    device.write(old.byteOffset(block), ByteBuffer.wrap(data));
  }

  private void barrier() throws IOException {
    if (!device.flushIsAtomic()) {
      device.flush();
    }
  }
}
