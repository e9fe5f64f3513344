package io.rookery.ext2;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Gives out and takes back inodes. A file goes into its directory's group; a directory below the
 * root into the emptiest group, so that trees that grow have room around them; any other directory
 * near its parent while that group is not crowded. On a packed volume directories are placed as
 * files are. Thread-safe.
 */
final class InodeAllocator {
  private final Geometry geometry;
  private final GroupTable groups;
  private final boolean packed;

  InodeAllocator(Geometry geometry, GroupTable groups, boolean packed) {
    this.geometry = geometry;
    this.groups = groups;
    this.packed = packed;
  }

  int groupOf(long inode) {
    return (int) ((inode - 1) / geometry.inodesPerGroup());
  }

  /**
   * Takes a free inode.
   *
   * @throws Ext2Exception ENOSPC
   */
  long allocate(long parent, boolean directory, boolean topLevel) throws IOException {
    synchronized (groups) {
      int start = groupOf(parent);
      if (directory && !packed) {
        start = topLevel ? emptiest() : uncrowded(start);
      }
      for (int i = 0; i < groups.count(); i++) {
        BlockGroup group = groups.get((start + i) % groups.count());
        if (group.freeInodes > 0) {
          Long inode = take(group, directory);
          if (inode != null) {
            return inode;
          }
        }
      }
      if (groups.settle()) {
        return allocate(parent, directory, topLevel);
      }
    }
    throw new Ext2Exception(
        Ext2Exception.Reason.ENOSPC, "no free inode among %d".formatted(geometry.inodes()));
  }

  private @Nullable Long take(BlockGroup group, boolean directory) throws IOException {
    Bitmap bits = groups.inodeBits(group);
    int bit = bits.nextClear(group.index == 0 ? geometry.firstInode() - 1 : 0);
    if (bit < 0) {
      return null;
    }
    bits.set(bit);
    groups.initialise(group, bit);
    groups.addFreeInodes(group, -1, directory ? 1 : 0);
    return (long) group.index * geometry.inodesPerGroup() + bit + 1;
  }

  private int emptiest() {
    int best = 0;
    for (int i = 1; i < groups.count(); i++) {
      if (score(groups.get(i)) > score(groups.get(best))) {
        best = i;
      }
    }
    return best;
  }

  private static long score(BlockGroup group) {
    return group.freeInodes == 0 ? -1 : group.freeBlocks - 64L * group.directories;
  }

  /** The first group from this one on with at least average room for files and their blocks. */
  private int uncrowded(int start) {
    long minInodes = groups.freeInodes() / groups.count() / 2;
    long minBlocks = groups.freeBlocks() / groups.count() / 2;
    for (int i = 0; i < groups.count(); i++) {
      int index = (start + i) % groups.count();
      BlockGroup group = groups.get(index);
      if (group.freeInodes > minInodes && group.freeBlocks > minBlocks) {
        return index;
      }
    }
    return start;
  }

  /** Gives an inode back. */
  void free(long inode, boolean directory) throws IOException {
    synchronized (groups) {
      BlockGroup group = groups.get(groupOf(inode));
      Bitmap bits = groups.inodeBits(group);
      int bit = (int) ((inode - 1) % geometry.inodesPerGroup());
      if (!bits.get(bit)) {
        throw Ext2Exception.corrupt(
            "inode bitmap of group " + group.index,
            geometry.byteOffset(group.inodeBitmap) + bit / 8,
            "inode " + inode + " free while it is in use",
            "it in use");
      }
      groups.release(bits, bit);
      groups.addFreeInodes(group, 1, directory ? -1 : 0);
    }
  }
}
