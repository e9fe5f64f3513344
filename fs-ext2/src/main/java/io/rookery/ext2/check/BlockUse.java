package io.rookery.ext2.check;

/** Which blocks have an owner. */
final class BlockUse {
  private final PagedBits used;
  private final PagedBits metadata;

  /** How often blocks may still be met again, for volumes that share blocks. */
  private long sharing;

  BlockUse(long blocks, boolean shared) {
    sharing = shared ? 4 * blocks : 0;
    used = new PagedBits(blocks);
    metadata = new PagedBits(blocks);
  }

  /** Gives a block to the volume itself; false if it had an owner. */
  boolean addMetadata(long block) {
    metadata.add(block);
    return used.add(block);
  }

  /** Gives a block to an inode; false if it had an owner. */
  boolean add(long block) {
    return used.add(block);
  }

  /** Whether a block with an owner may be one of many of the kind; asking counts. */
  boolean mayShareMore() {
    return sharing > 0 && sharing-- > 0;
  }

  boolean isMetadata(long block) {
    return metadata.get(block);
  }

  boolean isUsed(long block) {
    return used.get(block);
  }

  long count() {
    return used.count();
  }
}
