package io.rookery.ext2;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * The directories whose changed names are not on the device yet. Where its flushes are not atomic,
 * a file that is on the disk must not lose a name there before it has its new one. New names are
 * written before lost ones are ({@link WriteOrder}), but a block is written whole: so no directory
 * is in both sets, and what would put it there writes the names first. Guarded by the names lock.
 */
final class PendingNames {
  private final Volume volume;
  private final boolean ordered;
  private final Set<Ext2Inode> gaining = new HashSet<>();

  /** Of these, names went whose files have new ones in the others. */
  private final Set<Ext2Inode> losing = new HashSet<>();

  PendingNames(Volume volume) {
    this.volume = volume;
    this.ordered = !volume.device().flushIsAtomic();
  }

  /** Before a directory gets a name, or one of its names another file. */
  void gain(Ext2Inode dir) throws IOException {
    if (ordered) {
      writeIfLosing(dir);
      gaining.add(dir);
    }
  }

  /** Before a directory loses a name of a file that has another one. */
  void lose(Ext2Inode dir, Ext2Inode file) throws IOException {
    if (!ordered || file.isNew()) {
      return;
    }
    if (gaining.contains(dir)) {
      volume.writeNames();
    }
    if (!gaining.isEmpty()) {
      losing.add(dir);
    }
  }

  /** Before a directory is freed, which is written before any name is. */
  void end(Ext2Inode dir) throws IOException {
    writeIfLosing(dir);
  }

  private void writeIfLosing(Ext2Inode dir) throws IOException {
    if (losing.contains(dir)) {
      volume.writeNames();
    }
  }

  /** The names are on the device. */
  void written() {
    gaining.clear();
    losing.clear();
  }
}
