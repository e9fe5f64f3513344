package io.rookery.ext2;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The inodes without names that are still in use: a list on the disk, from the superblock through
 * the inodes' deletion times, so that whoever repairs the volume after a crash can free them.
 * Thread-safe.
 */
final class Orphans {
  /** In the order of the list on the disk. */
  private final List<Ext2Inode> list = new ArrayList<>();

  private final Volume volume;

  Orphans(Volume volume) {
    this.volume = volume;
  }

  synchronized void add(Ext2Inode inode) {
    inode.setDeletionTime(list.isEmpty() ? 0 : list.get(0).number());
    list.add(0, inode);
    volume.superblock().setLastOrphan(inode.number());
  }

  synchronized void remove(Ext2Inode inode) {
    int at = list.indexOf(inode);
    if (at < 0) {
      return;
    }
    list.remove(at);
    long next = at < list.size() ? list.get(at).number() : 0;
    if (at == 0) {
      volume.superblock().setLastOrphan(next);
    } else {
      list.get(at - 1).setDeletionTime(next);
    }
    inode.setDeletionTime(0);
  }

  synchronized List<Ext2Inode> all() {
    return List.copyOf(list);
  }

  /** An inode without names that a crash left behind; null if it was freed all the same. */
  @Nullable Ext2Inode find(long number) throws IOException {
    requireUsual(number);
    try {
      Ext2Inode inode = volume.inodes().load(number, true);
      if (inode.links() == 0 && inode.deletionTime() != 0) {
        return null;
      }
      volume.inodes().add(inode);
      return inode;
    } catch (Ext2Exception e) {
      if (e.reason() == Ext2Exception.Reason.ENOENT) {
        return null;
      }
      throw e;
    }
  }

  private void requireUsual(long number) throws Ext2Exception {
    if (number < volume.geometry().firstInode()) {
      throw Ext2Exception.corrupt(
          "orphans", 0, "inode " + number, "none of those that are the volume's own");
    }
  }

  /** Reads the list that a crash left behind. */
  synchronized void load(long first) throws IOException {
    Set<Long> seen = new HashSet<>();
    for (long number = first; number != 0; ) {
      requireUsual(number);
      if (!seen.add(number)) {
        throw Ext2Exception.corrupt("orphans", 0, "inode " + number, "a list without loops");
      }
      Ext2Inode inode = volume.inodes().load(number, true);
      volume.inodes().add(inode);
      list.add(inode);
      number = inode.deletionTime();
    }
  }
}
