package io.rookery.ext2;

import java.util.ArrayDeque;
import java.util.Queue;

/** Keeps the memory of all directories' indexes within bounds; the oldest goes first. */
final class DirectoryIndexes {
  private record Held(Ext2Inode dir, DirectoryIndex index, long bytes) {}

  private final long maxBytes;
  private final Queue<Held> held = new ArrayDeque<>();
  private long total;

  DirectoryIndexes(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** The bound, for one directory as for all. */
  long maxBytes() {
    return maxBytes;
  }

  /** Notes a directory's new index. */
  @SuppressWarnings("ReferenceEquality") // the directory may have got another index since
  synchronized void added(Ext2Inode dir, DirectoryIndex index) {
    held.add(new Held(dir, index, index.bytes()));
    total += index.bytes();
    while (total > maxBytes && held.size() > 1) {
      Held oldest = held.remove();
      total -= oldest.bytes;
      if (oldest.dir.index == oldest.index) {
        oldest.dir.index = null;
      }
    }
  }
}
