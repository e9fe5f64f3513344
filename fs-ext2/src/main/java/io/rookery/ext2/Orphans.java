package io.rookery.ext2;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

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

  /** Reads the list that a crash left behind. */
  synchronized void load(long first) throws IOException {
    Set<Long> seen = new HashSet<>();
    for (long number = first; number != 0; ) {
      if (!seen.add(number) || number < volume.geometry().firstInode()) {
        throw Ext2Exception.corrupt(
            "orphan list", 0, "inode " + number, "a list without loops and reserved inodes");
      }
      Ext2Inode inode = volume.inodes().load(number, true);
      volume.inodes().add(inode);
      list.add(inode);
      number = inode.deletionTime();
    }
  }
}
