package io.rookery.ext2.check;

import java.util.Arrays;

/** A directory: its blocks, and where it hangs. */
final class DirectoryFacts {
  final long inode;
  final boolean indexed;

  /** With the casefold or encrypt flag, names and hashes are not what they seem. */
  final boolean opaque;

  final int checksumSeed;

  /** The entries of a directory that has them in its inode; else empty. */
  byte[] inline = new byte[0];

  /** The directory that names this one, and what its own {@code ..} says; 0 for none. */
  long parent;

  long dotDot;

  private int[] logical = new int[1];
  private long[] physical = new long[1];
  private int count;

  DirectoryFacts(long inode, boolean indexed, boolean opaque, int checksumSeed) {
    this.inode = inode;
    this.indexed = indexed;
    this.opaque = opaque;
    this.checksumSeed = checksumSeed;
  }

  void add(long fileBlock, long block) {
    if (count == logical.length) {
      logical = Arrays.copyOf(logical, count * 2);
      physical = Arrays.copyOf(physical, count * 2);
    }
    logical[count] = (int) fileBlock;
    physical[count++] = block;
  }

  int blocks() {
    return count;
  }

  int fileBlock(int index) {
    return logical[index];
  }

  long block(int index) {
    return physical[index];
  }

  /** The index of a file block's entry; negative if the directory has none. */
  int find(int fileBlock) {
    return Arrays.binarySearch(logical, 0, count, fileBlock);
  }

  /** Blocks are no longer needed. */
  void forgetBlocks() {
    logical = new int[0];
    physical = new long[0];
    count = 0;
    inline = new byte[0];
  }
}
