package io.rookery.ext2.check;

import io.rookery.ext2.layout.Feature;
import org.jspecify.annotations.Nullable;

/** The blocks that one inode claims. */
final class InodeBlocks {
  private final Image image;
  private final Findings findings;
  private final BlockUse use;
  private final long inode;
  private final @Nullable DirectoryFacts directory;
  private long count;
  private long last = -1;
  private long lastInitialised = -1;
  private long mapped;

  InodeBlocks(
      Image image,
      Findings findings,
      BlockUse use,
      long inode,
      @Nullable DirectoryFacts directory) {
    this.image = image;
    this.findings = findings;
    this.use = use;
    this.inode = inode;
    this.directory = directory;
  }

  /** A block of pointers or extents; false if it is not to be looked into. */
  boolean addPointers(long block) {
    return claim(block, true);
  }

  void addData(long fileBlock, long block, boolean initialised) {
    last = Math.max(last, fileBlock);
    mapped++;
    if (initialised) {
      lastInitialised = Math.max(lastInitialised, fileBlock);
    }
    if (directory != null
        && fileBlock >= 1L << 31 - Integer.numberOfTrailingZeros(image.blockSize)) {
      findings.add(ProblemKind.INODE, inode, "directory %d is too big", inode);
      return;
    }
    if (claim(block, false) && directory != null) {
      directory.add(fileBlock, block);
    }
  }

  /**
   * The blocks of an extent. It ends at the first block that has an owner already (once sharing,
   * where it is allowed, has gone far), so that each block costs time once, not once for each
   * extent.
   */
  void addExtent(long fileBlock, long block, int length, boolean initialised) {
    for (int i = 0; i < length; i++) {
      if (use.isUsed(block + i) && !use.mayShareMore()) {
        addData(fileBlock + i, block + i, initialised);
        count += length - i - 1;
        mapped += length - i - 1;
        last = Math.max(last, fileBlock + length - 1);
        lastInitialised = initialised ? Math.max(lastInitialised, last) : lastInitialised;
        return;
      }
      addData(fileBlock + i, block + i, initialised);
    }
  }

  private boolean claim(long block, boolean pointers) {
    if (!image.isBlock(block)) {
      findings.add(ProblemKind.BLOCK_POINTER, inode, "inode %d points to block %d", inode, block);
      return false;
    }
    count++;
    if (use.isMetadata(block)) {
      findings.add(
          ProblemKind.SHARED_BLOCK,
          inode,
          "block %d of inode %d is the volume's own",
          block,
          inode);
      return false;
    }
    if (!use.add(block)) {
      if (pointers || !Feature.SHARED_BLOCKS.in(image.roCompat)) {
        findings.add(
            ProblemKind.SHARED_BLOCK, inode, "block %d of inode %d has two owners", block, inode);
      }
      return false;
    }
    return true;
  }

  /** Counts blocks of attributes, which several inodes may own. */
  void addElsewhere(long blocks) {
    count += blocks;
  }

  long count() {
    return count;
  }

  long last() {
    return last;
  }

  long lastInitialised() {
    return lastInitialised;
  }

  /** File blocks that have a block. */
  long mapped() {
    return mapped;
  }
}
