package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The inodes in memory. Each is there once for as long as anybody can reach it; the last few
 * thousand that were loaded and those with changes are held here.
 */
final class InodeCache {
  private static final int RECENT = 8192;
  private static final int MAX_DIRTY = 16384;
  private static final int STRIPES = 64;

  private static final class Entry extends WeakReference<Ext2Inode> {
    final long number;

    Entry(Ext2Inode inode, ReferenceQueue<Ext2Inode> queue) {
      super(inode, queue);
      this.number = inode.number();
    }
  }

  private final Volume volume;
  private final Map<Long, Entry> entries = new ConcurrentHashMap<>();
  private final ReferenceQueue<Ext2Inode> unreachable = new ReferenceQueue<>();
  private final AtomicReferenceArray<@Nullable Ext2Inode> recent =
      new AtomicReferenceArray<>(RECENT);
  private final AtomicInteger recentNext = new AtomicInteger();
  private final Map<Long, Ext2Inode> dirty = new ConcurrentHashMap<>();
  private final ReentrantLock storing = new ReentrantLock();
  private final ReentrantLock[] loading = new ReentrantLock[STRIPES];

  InodeCache(Volume volume) {
    this.volume = volume;
    for (int i = 0; i < STRIPES; i++) {
      loading[i] = new ReentrantLock();
    }
  }

  /**
   * The inode with this number.
   *
   * @throws Ext2Exception ENOENT if it is not in use, EUCLEAN if it makes no sense
   */
  Ext2Inode get(long number) throws IOException {
    Ext2Inode inode = cached(number);
    if (inode == null) {
      ReentrantLock lock = loading[(int) (number % STRIPES)];
      lock.lock();
      try {
        inode = cached(number);
        if (inode == null) {
          inode = load(number, false);
          enter(inode);
        }
      } finally {
        lock.unlock();
      }
    }
    if (inode.isDeleted()) {
      throw notInUse(number);
    }
    return inode;
  }

  private @Nullable Ext2Inode cached(long number) {
    Entry entry = entries.get(number);
    return entry == null ? null : entry.get();
  }

  /** Makes a new inode known, or one from the orphan list. */
  void add(Ext2Inode inode) {
    ReentrantLock lock = loading[(int) (inode.number() % STRIPES)];
    lock.lock();
    try {
      enter(inode);
    } finally {
      lock.unlock();
    }
  }

  private void enter(Ext2Inode inode) {
    for (var gone = unreachable.poll(); gone != null; gone = unreachable.poll()) {
      if (gone instanceof Entry entry) {
        entries.remove(entry.number, entry);
      }
    }
    entries.put(inode.number(), new Entry(inode, unreachable));
    recent.set(Math.floorMod(recentNext.getAndIncrement(), RECENT), inode);
  }

  /** Reads an inode that is not in the cache. */
  Ext2Inode load(long number, boolean unnamed) throws IOException {
    Geometry geometry = volume.geometry();
    if (number < 1 || number > geometry.inodes()) {
      throw new Ext2Exception(
          Ext2Exception.Reason.ENOENT,
          "inode number %d, expected 1..%d".formatted(number, geometry.inodes()));
    }
    byte[] raw = new byte[geometry.inodeSize()];
    byte[] table = volume.cache().read(tableBlock(number));
    System.arraycopy(table, tableOffset(number), raw, 0, raw.length);
    long at = geometry.byteOffset(tableBlock(number)) + tableOffset(number);
    if ((u16(raw, InodeLayout.LINKS_COUNT) == 0 && !unnamed) || u16(raw, InodeLayout.MODE) == 0) {
      throw notInUse(number);
    }
    check(number, raw, at);
    return new Ext2Inode(volume, number, raw);
  }

  private static Ext2Exception notInUse(long number) {
    return new Ext2Exception(
        Ext2Exception.Reason.ENOENT, "inode %d is not in use".formatted(number));
  }

  private void check(long number, byte[] raw, long at) throws Ext2Exception {
    String name = "inode " + number;
    int blockSize = volume.geometry().blockSize();
    FileType type = FileType.ofMode(u16(raw, InodeLayout.MODE));
    if (type == FileType.UNKNOWN) {
      throw Ext2Exception.corrupt(
          name + ", i_mode", at, Integer.toOctalString(u16(raw, 0)), "a known file type");
    }
    Geometry geometry = volume.geometry();
    int flags = i32(raw, InodeLayout.FLAGS);
    int unknown =
        (geometry.hasExtents() ? 0 : InodeLayout.FLAG_EXTENTS)
            | (Feature.INLINE_DATA.in(geometry.featuresIncompat())
                ? 0
                : InodeLayout.FLAG_INLINE_DATA);
    if ((flags & unknown) != 0) {
      throw Ext2Exception.corrupt(
          name + ", i_flags",
          at + InodeLayout.FLAGS,
          Integer.toHexString(flags),
          "no extents and no inline data on a volume without these features");
    }
    if (geometry.checksums() && !Checksums.inodeMatches(geometry.checksumSeed(), number, raw)) {
      throw Ext2Exception.corrupt(name + ", checksum", at, "a wrong one", "the inode's");
    }
    if (raw.length > InodeLayout.BASE_SIZE) {
      int extra = u16(raw, InodeLayout.EXTRA_SIZE);
      if (extra > raw.length - InodeLayout.BASE_SIZE || extra % 4 != 0) {
        throw Ext2Exception.corrupt(
            name + ", i_extra_isize",
            at + InodeLayout.EXTRA_SIZE,
            extra,
            "a multiple of 4 up to " + (raw.length - InodeLayout.BASE_SIZE));
      }
    }
    long low = u32(raw, InodeLayout.SIZE);
    boolean inline = (flags & InodeLayout.FLAG_INLINE_DATA) != 0;
    boolean extents = (flags & InodeLayout.FLAG_EXTENTS) != 0;
    long space =
        (flags & InodeLayout.FLAG_HUGE_FILE) != 0
            ? Integer.MAX_VALUE
            : u32(raw, InodeLayout.BLOCKS_512) * 512;
    String expected =
        switch (type) {
          case REGULAR -> {
            long size = low | u32(raw, InodeLayout.SIZE_HIGH) << 32;
            long max = extents ? geometry.maxExtentFileSize() : geometry.maxFileSize();
            if (inline) {
              max = raw.length;
            }
            yield size >= 0 && size <= max ? "" : "0.." + max;
          }
          case DIRECTORY -> {
            if (inline) {
              yield low <= raw.length ? "" : "0.." + raw.length;
            }
            yield low > 0 && low % blockSize == 0 && low <= Math.min(space, Integer.MAX_VALUE)
                ? ""
                : "a multiple of %d up to i_blocks' %d bytes".formatted(blockSize, space);
          }
          case SYMLINK -> low > 0 && low <= blockSize ? "" : "1.." + blockSize;
          case UNKNOWN, CHARACTER_DEVICE, BLOCK_DEVICE, FIFO, SOCKET -> "";
        };
    if (!expected.isEmpty()) {
      throw Ext2Exception.corrupt(name + ", i_size", at + InodeLayout.SIZE, low, expected);
    }
  }

  private long tableBlock(long number) {
    Geometry geometry = volume.geometry();
    long group = (number - 1) / geometry.inodesPerGroup();
    long index = (number - 1) % geometry.inodesPerGroup();
    return volume.groups().get((int) group).inodeTable
        + index / (geometry.blockSize() / geometry.inodeSize());
  }

  private int tableOffset(long number) {
    Geometry geometry = volume.geometry();
    long index = (number - 1) % geometry.inodesPerGroup();
    return (int) (index % (geometry.blockSize() / geometry.inodeSize())) * geometry.inodeSize();
  }

  void markDirty(Ext2Inode inode) {
    dirty.put(inode.number(), inode);
  }

  boolean hasDirty() {
    return !dirty.isEmpty();
  }

  /** Whether there are too many changed inodes to keep. */
  boolean isCrowded() {
    return dirty.size() > MAX_DIRTY;
  }

  /**
   * Puts the changed inodes of directories into their blocks, but of new directories in new ones
   * only the outer ones; whether there are more.
   */
  boolean storeDirectories() throws IOException {
    Set<Ext2Inode> later = new HashSet<>();
    for (Ext2Inode inode : dirty.values()) {
      Ext2Inode outer = inode.newIn();
      if (inode.isDirectory()
          && outer != null
          && outer.isNew()
          && dirty.get(outer.number()) == outer) {
        later.add(inode);
      }
    }
    store(inode -> inode.isDirectory() && !later.contains(inode), WriteOrder.DIRECTORIES);
    return !later.isEmpty();
  }

  /** Puts changed inodes, all or some, into their blocks. */
  @SuppressWarnings("ModifyCollectionInEnhancedForLoop") // a concurrent map
  void store(Predicate<Ext2Inode> which, WriteOrder order) throws IOException {
    storing.lock();
    try {
      for (Ext2Inode inode : dirty.values()) {
        // Taken off the list first: a change from now on puts it there again.
        if (which.test(inode) && dirty.remove(inode.number(), inode)) {
          boolean done = false;
          try {
            write(inode, order);
            done = true;
          } finally {
            if (!done) {
              dirty.putIfAbsent(inode.number(), inode);
            }
          }
        }
      }
    } finally {
      storing.unlock();
    }
  }

  private void write(Ext2Inode inode, WriteOrder order) throws IOException {
    byte[] raw = inode.snapshot();
    if (volume.geometry().checksums()) {
      Checksums.putInode(volume.geometry().checksumSeed(), inode.number(), raw);
    }
    int at = tableOffset(inode.number());
    volume
        .cache()
        .modify(
            tableBlock(inode.number()),
            order,
            data -> System.arraycopy(raw, 0, data, at, raw.length));
    inode.stored();
  }

  /** Writes a deleted inode a last time and forgets it. */
  void remove(Ext2Inode inode) throws IOException {
    storing.lock();
    try {
      dirty.remove(inode.number());
      write(inode, WriteOrder.FIRST);
      entries.computeIfPresent(
          inode.number(), (number, entry) -> entry.refersTo(inode) ? null : entry);
    } finally {
      storing.unlock();
    }
  }
}
