package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put16;
import static io.rookery.ext2.layout.LittleEndian.put32;

import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Makes inodes, and frees those that have lost their names and users. Thread-safe. */
final class InodeLifecycle {
  private final Volume volume;
  private final Geometry geometry;
  private final InodeAllocator allocator;
  private final AtomicInteger generation;

  InodeLifecycle(Volume volume) {
    this.volume = volume;
    this.geometry = volume.geometry();
    this.allocator = new InodeAllocator(geometry, volume.groups(), volume.packed());
    this.generation = new AtomicInteger((int) volume.now().getEpochSecond());
  }

  /**
   * Makes a new inode, not yet in any directory.
   *
   * @param firstPointers what a device node or a fast symlink keeps in place of block pointers
   */
  Ext2Inode newInode(
      Ext2Inode dir, int mode, int uid, int gid, int links, byte @Nullable [] firstPointers)
      throws IOException {
    boolean directory = FileType.ofMode(mode) == FileType.DIRECTORY;
    long number =
        allocator.allocate(dir.number(), directory, dir.number() == InodeLayout.ROOT_INODE);
    byte[] raw = new byte[geometry.inodeSize()];
    Instant now = volume.now();
    if (raw.length > InodeLayout.BASE_SIZE) {
      put16(raw, InodeLayout.EXTRA_SIZE, InodeLayout.WANTED_EXTRA_SIZE);
      Ext2Inode.putTime(raw, InodeLayout.BIRTH_TIME, InodeLayout.BIRTH_TIME_EXTRA, now);
    }
    put16(raw, InodeLayout.MODE, mode);
    put32(raw, InodeLayout.GENERATION, generation.incrementAndGet());
    if (firstPointers != null) {
      System.arraycopy(firstPointers, 0, raw, InodeLayout.BLOCK, firstPointers.length);
    }
    Ext2Inode inode = new Ext2Inode(volume, number, raw);
    inode.setNewIn(dir);
    if (firstPointers == null && inode.type().canHaveBlocks()) {
      volume.map().initialise(inode);
    }
    inode.inheritProject(dir);
    inode.setOwner(uid, gid);
    inode.setAccessTime(now);
    inode.touchContents();
    inode.setLinks(links);
    volume.inodes().add(inode);
    return inode;
  }

  /**
   * Sets a file's count of names to zero, and frees the file unless it is in use. With the names
   * lock held.
   */
  void dropLastName(Ext2Inode inode) throws IOException {
    // On the list before the count is zero: from then on a release may free it at any moment.
    volume.orphans().add(inode);
    inode.setLinks(0);
    deleteIf(inode, false);
  }

  /** Undoes the making of an inode that could not be entered into its directory. */
  void discard(Ext2Inode inode) throws IOException {
    inode.setLinks(0);
    deleteIf(inode, true);
  }

  /** Frees a file without names, unless it is in use and must not be. */
  void deleteIf(Ext2Inode inode, boolean force) throws IOException {
    if (inode.tryDelete(force)) {
      delete(inode);
    }
  }

  /** Frees what only open files have kept. */
  void freeOrphans() throws IOException {
    for (Ext2Inode inode : volume.orphans().all()) {
      freeOrphan(inode);
    }
  }

  private void freeOrphan(@Nullable Ext2Inode inode) throws IOException {
    if (inode != null && inode.links() > 0) { // ext4 also lists files whose shortening was cut off
      volume.orphans().remove(inode);
      if (inode.type() == FileType.REGULAR && hasBlocks(inode)) {
        volume.data().trim(inode);
      }
    } else if (inode != null) {
      deleteIf(inode, true);
    }
  }

  /** Frees blocks and inode of a file marked as deleted. */
  private void delete(Ext2Inode inode) throws IOException {
    inode.lock.writeLock().lock();
    try {
      volume.orphans().remove(inode);
      volume.xattrs().drop(inode);
      if (hasBlocks(inode)) {
        volume.map().free(inode, 0, Long.MAX_VALUE);
      }
      inode.setSize(0);
      inode.setDeletionTime(volume.now().getEpochSecond());
      inode.index = null;
    } finally {
      inode.lock.writeLock().unlock();
    }
    volume.inodes().remove(inode);
    allocator.free(inode.number(), inode.isDirectory());
  }

  /** Whether the inode's pointers are pointers: not so in device nodes and short symlinks. */
  boolean hasBlocks(Ext2Inode inode) {
    if (inode.hasFlag(InodeLayout.FLAG_INLINE_DATA)) {
      return false;
    }
    return switch (inode.type()) {
      case REGULAR, DIRECTORY -> true;
      case SYMLINK -> {
        long attributeSectors = inode.xattrBlock() == 0 ? 0 : geometry.blockSize() / 512;
        yield inode.blocks512() > attributeSectors;
      }
      case UNKNOWN, CHARACTER_DEVICE, BLOCK_DEVICE, FIFO, SOCKET -> false;
    };
  }

  /** Frees what a crash left without names. */
  void freeOrphansOfCrash() throws IOException {
    long firstOrphan = volume.superblock().lastOrphan();
    if (firstOrphan != 0) {
      volume.orphans().load(firstOrphan);
      try (var _ = volume.beginChange()) {
        freeOrphans();
      }
    }
    if (Feature.ORPHAN_PRESENT.in(geometry.featuresRoCompat())) {
      OrphanFile file = new OrphanFile(volume);
      try (var _ = volume.beginChange()) {
        for (long number : file.read()) {
          freeOrphan(volume.orphans().find(number));
        }
        file.clear();
        volume.superblock().removeFeatureRoCompat(Feature.ORPHAN_PRESENT);
      }
    }
  }
}
