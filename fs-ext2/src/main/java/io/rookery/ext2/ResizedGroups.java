package io.rookery.ext2;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.GroupDescriptorLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The block groups that a volume has once it is resized: those that stay, with what is allocated in
 * them meanwhile, and new ones. Nothing is written before {@link #store}.
 */
final class ResizedGroups {
  private final BlockDevice device;
  private final Geometry old;
  private final Geometry next;
  private final byte[] oldTable;
  private final byte[] table;
  private final BlockGroup[] groups;
  private int blockGoal;
  private int inodeGoal;

  /**
   * Reads the descriptors of a volume that a check has found sound.
   *
   * @throws Ext2Exception EOPNOTSUPP if its last group would lose bitmaps or inode table
   */
  ResizedGroups(BlockDevice device, Geometry old, Geometry next) throws IOException {
    this.device = device;
    this.old = old;
    this.next = next;
    oldTable = new byte[old.groupTableBlocks() * old.blockSize()];
    device.read(old.byteOffset(old.firstDataBlock() + 1), ByteBuffer.wrap(oldTable));
    table = new byte[next.groupTableBlocks() * next.blockSize()];
    groups = new BlockGroup[next.groups()];
    int kept = Math.min(groups.length, old.groups());
    int size = GroupDescriptorLayout.SIZE;
    System.arraycopy(oldTable, 0, table, 0, kept * size);
    for (int i = 0; i < groups.length; i++) {
      groups[i] =
          i < kept ? new BlockGroup(i, table, i * size, size) : BlockGroup.plan(next, i, table);
    }
    for (int i = kept; i < groups.length; i++) {
      groups[i].blockBits = Bitmap.filled(next.blockSize(), next.overhead(i), next.blocksIn(i));
      groups[i].inodeBits = Bitmap.filled(next.blockSize(), 0, next.inodesPerGroup());
      groups[i].freeBlocks = next.blocksIn(i) - next.overhead(i);
      groups[i].freeInodes = next.inodesPerGroup();
    }
    if (next.blocksIn(kept - 1) != old.blocksIn(kept - 1)) {
      resizeLast(groups[kept - 1]);
    }
  }

  /** The group that was the last one, or is, has another size. */
  private void resizeLast(BlockGroup group) throws IOException {
    long end = next.groupStart(group.index) + next.blocksIn(group.index);
    if (group.blockBitmap >= end
        || group.inodeBitmap >= end
        || group.inodeTable + next.inodeTableBlocks() > end) {
      throw new Ext2Exception(
          Reason.EOPNOTSUPP,
          "group %d keeps its bitmaps and inodes beyond block %d".formatted(group.index, end));
    }
    Bitmap bits = readBits(group.blockBitmap, old.blocksIn(group.index));
    group.blockBits = bits.resized(next.blocksIn(group.index));
    group.freeBlocks = group.blockBits.countClear();
    group.blockBitsDirty = true;
  }

  private Bitmap readBits(long block, int size) throws IOException {
    byte[] data = new byte[old.blockSize()];
    device.read(old.byteOffset(block), ByteBuffer.wrap(data));
    return new Bitmap(data, size);
  }

  private Bitmap blockBits(BlockGroup group) throws IOException {
    Bitmap bits = group.blockBits;
    if (bits == null) {
      bits = readBits(group.blockBitmap, next.blocksIn(group.index));
      group.blockBits = bits;
    }
    return bits;
  }

  private Bitmap inodeBits(BlockGroup group) throws IOException {
    Bitmap bits = group.inodeBits;
    if (bits == null) {
      bits = readBits(group.inodeBitmap, next.inodesPerGroup());
      group.inodeBits = bits;
    }
    return bits;
  }

  BlockGroup get(int index) {
    return groups[index];
  }

  /** The descriptor of a group before. */
  BlockGroup before(int index) {
    int size = GroupDescriptorLayout.SIZE;
    return new BlockGroup(index, oldTable, index * size, size);
  }

  /** A reserved inode, as it is stored. */
  byte[] lowInode(int number) throws IOException {
    byte[] raw = new byte[old.inodeSize()];
    long offset = (long) (number - 1) * raw.length;
    device.read(old.byteOffset(groups[0].inodeTable) + offset, ByteBuffer.wrap(raw));
    return raw;
  }

  /**
   * Takes the next free block.
   *
   * @throws Ext2Exception ENOSPC
   */
  long allocateBlock() throws IOException {
    for (; blockGoal < groups.length; blockGoal++) {
      BlockGroup group = groups[blockGoal];
      int bit = group.freeBlocks == 0 ? -1 : blockBits(group).nextClear(0);
      if (bit >= 0) {
        blockBits(group).set(bit);
        group.freeBlocks--;
        group.blockBitsDirty = true;
        return next.groupStart(blockGoal) + bit;
      }
    }
    throw new Ext2Exception(
        Reason.ENOSPC, "%d blocks do not hold what the volume holds".formatted(next.blocks()));
  }

  /**
   * Takes the next free inode.
   *
   * @throws Ext2Exception ENOSPC
   */
  long allocateInode(boolean directory) throws IOException {
    for (; inodeGoal < groups.length; inodeGoal++) {
      BlockGroup group = groups[inodeGoal];
      int from = inodeGoal == 0 ? next.firstInode() - 1 : 0;
      int bit = group.freeInodes == 0 ? -1 : inodeBits(group).nextClear(from);
      if (bit >= 0) {
        inodeBits(group).set(bit);
        group.freeInodes--;
        group.directories += directory ? 1 : 0;
        group.inodeBitsDirty = true;
        return (long) inodeGoal * next.inodesPerGroup() + bit + 1;
      }
    }
    throw new Ext2Exception(
        Reason.ENOSPC, "%d inodes do not hold what the volume holds".formatted(next.inodes()));
  }

  /** Frees the blocks by which the copies of the descriptors have become shorter. */
  void freeOldHeaders() throws IOException {
    for (int i = 0; i < Math.min(groups.length, old.groups()); i++) {
      BlockGroup group = groups[i];
      int before = old.headerBlocks(i);
      for (int bit = next.headerBlocks(i); bit < before; bit++) {
        blockBits(group).clear(bit);
        group.freeBlocks++;
        group.blockBitsDirty = true;
      }
    }
  }

  /**
   * Puts the bitmaps of groups that stay into {@code kept}, those of new ones into {@code fresh}.
   */
  void store(StagedBlocks kept, StagedBlocks fresh) {
    for (BlockGroup group : groups) {
      group.putCounts(table, group.index * GroupDescriptorLayout.SIZE, GroupDescriptorLayout.SIZE);
      boolean added = group.index >= old.groups();
      store(group.blockBitmap, group.blockBits, added, group.blockBitsDirty, kept, fresh);
      store(group.inodeBitmap, group.inodeBits, added, group.inodeBitsDirty, kept, fresh);
    }
  }

  private static void store(
      long block,
      @Nullable Bitmap bits,
      boolean added,
      boolean dirty,
      StagedBlocks kept,
      StagedBlocks fresh) {
    if (bits != null && (added || dirty)) {
      (added ? fresh : kept).put(block, bits.bytes());
    }
  }

  /** The descriptors, once they are stored. */
  byte[] table() {
    return table;
  }

  /** As many descriptor blocks as before, with the groups of before and, if they fit, new ones. */
  byte[] transitionTable() {
    byte[] both = oldTable.clone();
    int used = groups.length * GroupDescriptorLayout.SIZE;
    System.arraycopy(table, 0, both, 0, Math.min(used, both.length));
    return both;
  }

  long freeBlocks() {
    long sum = 0;
    for (BlockGroup group : groups) {
      sum += group.freeBlocks;
    }
    return sum;
  }

  long freeInodes() {
    long sum = 0;
    for (BlockGroup group : groups) {
      sum += group.freeInodes;
    }
    return sum;
  }
}
