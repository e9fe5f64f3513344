package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A file's blocks: extents ({@link ExtentMap}), or 12 direct pointers in the inode and three trees
 * of pointer blocks. The caller holds the inode's lock, for writing where the map changes.
 */
final class BlockMap {

  /**
   * Neighbouring blocks of a file: all mapped to neighbours from {@code physical} on, or a hole.
   */
  record Extent(long physical, int count) {
    boolean isHole() {
      return physical == 0;
    }
  }

  private final Volume volume;
  private final Geometry geometry;
  private final GroupTable groups;
  private final BlockCache cache;
  private final BlockAllocator allocator;
  private final BlockReleaser releaser;

  /** Null on volumes that have none. */
  private final @Nullable ExtentMap extentMap;

  BlockMap(Volume volume) {
    this.volume = volume;
    this.geometry = volume.geometry();
    this.groups = volume.groups();
    this.cache = volume.cache();
    this.allocator = volume.blocks();
    this.releaser = volume.releaser();
    this.extentMap = geometry.hasExtents() ? new ExtentMap(volume) : null;
  }

  /** What an inode's blocks are in; null for pointers. */
  private @Nullable ExtentMap extents(Ext2Inode inode) {
    return inode.hasFlag(InodeLayout.FLAG_EXTENTS) ? extentMap : null;
  }

  /** Gives an inode without blocks, whose pointers do not count, an empty map. */
  void initialise(Ext2Inode inode) {
    if (extentMap == null) {
      inode.setPointers(new byte[0]);
    } else {
      inode.setPointers(ExtentTree.empty());
      inode.setFlag(InodeLayout.FLAG_EXTENTS);
    }
  }

  /** The largest size that a file can have. */
  long maxSize(Ext2Inode file) {
    return extents(file) != null ? geometry.maxExtentFileSize() : geometry.maxFileSize();
  }

  /** Where a file block lies in the tree: the levels below the inode and the first one's slot. */
  private record Place(int levels, int slot, long rest) {}

  private Place place(long fileBlock) {
    long p = geometry.pointersPerBlock();
    if (fileBlock < InodeLayout.DIRECT_BLOCKS) {
      return new Place(0, (int) fileBlock, 0);
    }
    long rest = fileBlock - InodeLayout.DIRECT_BLOCKS;
    long span = p;
    for (int level = 1; level <= InodeLayout.INDIRECT_LEVELS; level++) {
      if (rest < span) {
        return new Place(level, InodeLayout.DIRECT_BLOCKS + level - 1, rest);
      }
      rest -= span;
      span *= p;
    }
    throw new IllegalArgumentException("file block " + fileBlock);
  }

  /** File blocks that one pointer at this height covers; height 0 are data blocks. */
  private long span(int height) {
    long span = 1;
    for (int i = 0; i < height; i++) {
      span *= geometry.pointersPerBlock();
    }
    return span;
  }

  /** The extent that begins at a file block, at most {@code max} blocks of it. */
  Extent get(Ext2Inode inode, long fileBlock, int max) throws IOException {
    ExtentMap extents = extents(inode);
    if (extents != null) {
      return extents.get(inode, fileBlock, max);
    }
    Place place = place(fileBlock);
    if (place.levels == 0) {
      int limit = Math.min(max, InodeLayout.DIRECT_BLOCKS - place.slot);
      return scan(inode, inode.raw(), InodeLayout.BLOCK, place.slot, limit);
    }
    long block = pointer(inode, inode.raw(), InodeLayout.BLOCK, place.slot);
    long rest = place.rest;
    for (int height = place.levels - 1; ; height--) {
      if (block == 0) {
        long left = span(height + 1) - rest;
        return new Extent(0, (int) Math.min(max, left));
      }
      byte[] pointers = cache.read(block);
      long span = span(height);
      int slot = (int) (rest / span);
      if (height == 0) {
        return scan(inode, pointers, 0, slot, Math.min(max, geometry.pointersPerBlock() - slot));
      }
      block = pointer(inode, pointers, 0, slot);
      rest %= span;
    }
  }

  private Extent scan(Ext2Inode inode, byte[] pointers, int base, int slot, int max)
      throws Ext2Exception {
    long first = pointer(inode, pointers, base, slot);
    int n = 1;
    while (n < max && pointer(inode, pointers, base, slot + n) == (first == 0 ? 0 : first + n)) {
      n++;
    }
    return new Extent(first, n);
  }

  private long pointer(Ext2Inode inode, byte[] pointers, int base, int slot) throws Ext2Exception {
    long block = u32(pointers, base + slot * Integer.BYTES);
    if (block != 0 && !groups.isDataBlock(block)) {
      throw Ext2Exception.corrupt(
          "block pointer of " + inode,
          (long) slot * Integer.BYTES,
          block,
          "a data block below " + geometry.blocks());
    }
    return block;
  }

  /**
   * Maps up to {@code max} file blocks, none of which is mapped, to new neighbouring blocks, whose
   * contents are undefined.
   *
   * @throws Ext2Exception ENOSPC
   */
  Extent add(Ext2Inode inode, long fileBlock, int max) throws IOException {
    long goal = goal(inode, fileBlock);
    ExtentMap extents = extents(inode);
    if (extents != null) {
      return extents.add(inode, fileBlock, max, goal);
    }
    if (geometry.blocks() > 1L << 32) { // pointers have 32 bits
      throw new Ext2Exception(
          Ext2Exception.Reason.EFBIG, inode + ", without extents, on so large a volume");
    }
    Place place = place(fileBlock);
    if (place.levels == 0) {
      int limit = Math.min(max, InodeLayout.DIRECT_BLOCKS - place.slot);
      BlockAllocator.Run run = allocator.allocate(goal, limit);
      store(inode, 0, place.slot, run);
      return added(inode, run);
    }
    long parent = 0;
    int slot = place.slot;
    long rest = place.rest;
    for (int height = place.levels - 1; height >= 0; height--) {
      byte[] pointers = parent == 0 ? inode.raw() : cache.read(parent);
      int base = parent == 0 ? InodeLayout.BLOCK : 0;
      long child = pointer(inode, pointers, base, slot);
      if (child == 0) {
        BlockAllocator.Run run = allocator.allocate(goal, 1);
        child = run.first();
        cache.create(child, data -> {});
        store(inode, parent, slot, run);
        inode.addBlocks(1);
        goal = child + 1;
      }
      parent = child;
      slot = (int) (rest / span(height));
      rest %= span(height);
    }
    int limit = Math.min(max, geometry.pointersPerBlock() - slot);
    BlockAllocator.Run run = allocator.allocate(goal, limit);
    store(inode, parent, slot, run);
    return added(inode, run);
  }

  /**
   * Sees to it that blocks from a file block on have their place on the device, as zeros where they
   * have no data.
   *
   * @return how many of them, at most {@code max}
   * @throws Ext2Exception ENOSPC
   */
  int reserve(Ext2Inode inode, long fileBlock, int max) throws IOException {
    ExtentMap extents = extents(inode);
    if (extents != null) {
      return extents.reserve(inode, fileBlock, max, goal(inode, fileBlock));
    }
    Extent extent = get(inode, fileBlock, max);
    if (extent.isHole()) {
      extent = add(inode, fileBlock, extent.count());
      for (int i = 0; i < extent.count(); i++) {
        volume.balance();
        cache.overwrite(extent.physical() + i, data -> {});
      }
    }
    return extent.count();
  }

  private Extent added(Ext2Inode inode, BlockAllocator.Run run) {
    inode.addBlocks(run.count());
    inode.allocationGoal = run.first() + run.count();
    return new Extent(run.first(), run.count());
  }

  /** The block after the file's previous one, or the beginning of the inode's group. */
  private long goal(Ext2Inode inode, long fileBlock) throws IOException {
    if (inode.allocationGoal != 0) {
      return inode.allocationGoal;
    }
    if (fileBlock > 0) {
      long before = get(inode, fileBlock - 1, 1).physical();
      if (before != 0) {
        return before + 1;
      }
    }
    return groups.goal((int) ((inode.number() - 1) / geometry.inodesPerGroup()));
  }

  /** Stores pointers to a run from a slot on, in a pointer block or (parent 0) the inode. */
  private void store(Ext2Inode inode, long parent, int slot, BlockAllocator.Run run)
      throws IOException {
    if (parent == 0) {
      synchronized (inode) {
        putPointers(inode.raw(), InodeLayout.BLOCK + slot * Integer.BYTES, run);
        inode.dirty();
      }
    } else {
      cache.modify(parent, data -> putPointers(data, slot * Integer.BYTES, run));
    }
  }

  private static void putPointers(byte[] data, int at, BlockAllocator.Run run) {
    for (int i = 0; i < run.count(); i++) {
      put32(data, at + i * Integer.BYTES, run.first() + i);
    }
  }

  /** Unmaps and frees the file blocks from {@code from} up to, without, {@code to}. */
  void free(Ext2Inode inode, long from, long to) throws IOException {
    inode.allocationGoal = 0;
    ExtentMap extents = extents(inode);
    if (extents != null) {
      extents.free(inode, from, to);
      return;
    }
    byte[] raw = inode.raw();
    for (int slot = 0; slot < InodeLayout.DIRECT_BLOCKS; slot++) {
      long block = pointer(inode, raw, InodeLayout.BLOCK, slot);
      if (block != 0 && slot >= from && slot < to) {
        releaser.release(inode, block);
        clearRoot(inode, slot);
      }
    }
    long first = InodeLayout.DIRECT_BLOCKS;
    for (int level = 1; level <= InodeLayout.INDIRECT_LEVELS; level++) {
      int slot = InodeLayout.DIRECT_BLOCKS + level - 1;
      long block = pointer(inode, raw, InodeLayout.BLOCK, slot);
      if (block != 0
          && overlaps(first, span(level), from, to)
          && freeTree(inode, block, level, first, from, to)) {
        clearRoot(inode, slot);
      }
      first += span(level);
    }
  }

  private static boolean overlaps(long first, long span, long from, long to) {
    return first < to && first + span > from;
  }

  private static void clearRoot(Ext2Inode inode, int slot) {
    synchronized (inode) {
      put32(inode.raw(), InodeLayout.BLOCK + slot * Integer.BYTES, 0);
      inode.dirty();
    }
  }

  /** Frees the part of a pointer block's tree in the range; true if all of it went, it included. */
  private boolean freeTree(Ext2Inode inode, long block, int height, long first, long from, long to)
      throws IOException {
    // A block that is its own descendant is found here, when it is met again after it was freed.
    allocator.requireUsed(block);
    byte[] pointers = cache.read(block).clone();
    long span = span(height - 1);
    boolean empty = true;
    boolean changed = false;
    for (int slot = 0; slot < geometry.pointersPerBlock(); slot++) {
      long child = pointer(inode, pointers, 0, slot);
      if (child == 0) {
        continue;
      }
      long childFirst = first + slot * span;
      boolean gone = false;
      if (overlaps(childFirst, span, from, to)) {
        if (height == 1) {
          releaser.release(inode, child);
          gone = true;
        } else {
          gone = freeTree(inode, child, height - 1, childFirst, from, to);
        }
      }
      if (gone) {
        put32(pointers, slot * Integer.BYTES, 0);
        changed = true;
      } else {
        empty = false;
      }
    }
    if (empty) {
      releaser.release(inode, block);
    } else if (changed) {
      cache.modify(block, data -> System.arraycopy(pointers, 0, data, 0, data.length));
    }
    return empty;
  }
}
