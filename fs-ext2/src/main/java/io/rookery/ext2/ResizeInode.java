package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put32;

import io.rookery.ext2.layout.InodeLayout;

/**
 * What the resize inode holds. It owns the blocks behind the descriptors, in all groups that have
 * them: under its double-indirect block there is a pointer block for each reserved block of group
 * 0, which is that block itself, and points to the same block's copies in the other groups.
 */
final class ResizeInode {
  /** The pointer to the double-indirect block, the only one in use. */
  static final int TOP = InodeLayout.BLOCK + 13 * Integer.BYTES;

  private final Geometry geometry;

  ResizeInode(Geometry geometry) {
    this.geometry = geometry;
  }

  /** The reserved block of group 0, counted from the first one. */
  long block(int index) {
    return geometry.firstDataBlock() + 1 + geometry.groupTableBlocks() + index;
  }

  /** What the double-indirect block holds. */
  byte[] top() {
    byte[] pointers = new byte[geometry.blockSize()];
    for (int i = 0; i < geometry.reservedGdtBlocks(); i++) {
      int slot = (geometry.groupTableBlocks() + i) % geometry.pointersPerBlock();
      put32(pointers, slot * Integer.BYTES, block(i));
    }
    return pointers;
  }

  /** What a reserved block of group 0 holds. */
  byte[] pointers(int index) {
    byte[] copies = new byte[geometry.blockSize()];
    int n = 0;
    for (int group = 1; group < geometry.groups(); group++) {
      if (geometry.hasSuperblock(group)) {
        put32(copies, n++ * Integer.BYTES, block(index) + (long) group * geometry.blocksPerGroup());
      }
    }
    return copies;
  }

  /** All its blocks, the double-indirect one included. */
  long blocks() {
    long groups = 0;
    for (int group = 0; group < geometry.groups(); group++) {
      groups += geometry.hasSuperblock(group) ? 1 : 0;
    }
    return 1 + geometry.reservedGdtBlocks() * groups;
  }

  /** Its size: as if every pointer to the end of the double-indirect block were in use. */
  long size() {
    long pointers = geometry.pointersPerBlock();
    return (InodeLayout.DIRECT_BLOCKS + pointers + pointers * pointers) * geometry.blockSize();
  }
}
