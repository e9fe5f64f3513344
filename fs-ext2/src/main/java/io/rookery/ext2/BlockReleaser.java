package io.rookery.ext2;

import io.rookery.ext2.block.BlockDevice;
import java.io.IOException;

/** Takes blocks back from files. Thread-safe. */
final class BlockReleaser {
  private final BlockDevice device;
  private final Geometry geometry;
  private final BlockCache cache;
  private final BlockAllocator allocator;
  private final boolean discard;

  BlockReleaser(Volume volume, boolean discard) {
    this.device = volume.device();
    this.geometry = volume.geometry();
    this.cache = volume.cache();
    this.allocator = volume.blocks();
    this.discard = discard;
  }

  /**
   * Frees a block that an inode does not refer to any more, with what the cache has of it.
   *
   * @throws Ext2Exception EUCLEAN if it was free
   */
  void release(Ext2Inode inode, long block) throws IOException {
    allocator.requireUsed(block);
    cache.forget(block);
    if (discard) {
      device.discard(geometry.byteOffset(block), geometry.blockSize());
    }
    allocator.free(block);
    inode.addBlocks(-1);
  }
}
