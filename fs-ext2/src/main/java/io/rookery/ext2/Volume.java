package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put16;
import static io.rookery.ext2.layout.LittleEndian.put32;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.InodeLayout;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a mounted volume, and its locks. Their order: change or quiet (one of {@link
 * #beginChange}, {@link #quiesce}), names, an inode's lock (several only with names held), then the
 * leaves: inode monitors, groups, cache.
 */
final class Volume {
  private static final int INDEX_SHARE = 4;

  private final BlockDevice device;
  private final MountOptions options;
  private final Geometry geometry;
  private final Superblock superblock;
  private final boolean cleanAtMount;
  private final boolean readOnly;
  private final BlockCache cache;
  private final GroupTable groups;
  private final BlockAllocator blocks;
  private final InodeAllocator inodeAllocator;
  private final InodeCache inodes;
  private final BlockMap map;
  private final Directory directories;
  private final FileData data;
  private final Xattrs xattrs;
  private final Orphans orphans;
  private final AtomicInteger generation;

  /** Changes share it; writing everything out needs it alone. */
  private final ReentrantReadWriteLock changes = new ReentrantReadWriteLock();

  /** One change of names at a time. */
  private final ReentrantLock names = new ReentrantLock();

  private final ReentrantLock marking = new ReentrantLock();
  private volatile boolean marked;

  /** Since the last sync. */
  private volatile boolean madeDirectories;

  private boolean counted;
  private volatile boolean closed;

  private Volume(BlockDevice device, MountOptions options, Geometry geometry, byte[] raw)
      throws IOException {
    this.device = device;
    this.options = options;
    this.geometry = geometry;
    this.superblock = new Superblock(raw);
    this.cleanAtMount = superblock.isClean();
    this.readOnly = options.readOnlyMount();
    if (!readOnly) {
      requireWritableVolume();
    }
    if (device.blockSize() > geometry.blockSize()) {
      throw new Ext2Exception(
          Reason.EINVAL,
          "blocks of %d bytes on a device with blocks of %d"
              .formatted(geometry.blockSize(), device.blockSize()));
    }
    this.cache = new BlockCache(device, geometry.blockSize(), options.cacheBytes());
    this.groups = GroupTable.load(geometry, device, cache, raw);
    this.blocks = new BlockAllocator(geometry, groups);
    this.inodeAllocator = new InodeAllocator(geometry, groups);
    this.generation = new AtomicInteger((int) options.clock().instant().getEpochSecond());
    this.inodes = new InodeCache(this);
    this.map = new BlockMap(this, options.discard());
    this.xattrs = new Xattrs(this);
    InlineData inline = new InlineData(this);
    this.directories =
        new Directory(this, map, inline, new DirectoryIndexes(options.cacheBytes() / INDEX_SHARE));
    this.data = new FileData(this, map, inline);
    this.orphans = new Orphans(this);
  }

  static Volume open(BlockDevice device, MountOptions options) throws IOException {
    byte[] raw = superblock(device);
    Geometry geometry = Geometry.parse(raw, device);
    BlockDevice current = device;
    if (options.readOnlyMount() && Feature.NEEDS_RECOVERY.in(geometry.featuresIncompat())) {
      // What the journal changes comes from memory; the device stays as it is.
      current =
          new Journal(new Volume(device, options, geometry.unverified(), raw), raw).replayed();
      raw = superblock(current);
      geometry = Geometry.parse(raw, current);
    }
    Volume volume = new Volume(current, options, geometry, raw);
    Ext2Inode root = volume.inodes.get(InodeLayout.ROOT_INODE);
    if (!root.isDirectory()) {
      throw Ext2Exception.corrupt("root inode", 0, root.type(), "a directory");
    }
    long firstOrphan = volume.superblock.lastOrphan();
    if (!volume.readOnly && firstOrphan != 0) {
      volume.orphans.load(firstOrphan);
      try (var _ = volume.beginChange()) {
        volume.freeOrphans();
      }
    }
    return volume;
  }

  /**
   * Reads the superblock.
   *
   * @throws Ext2Exception EINVAL if the device is too small for one
   */
  static byte[] superblock(BlockDevice device) throws IOException {
    if (device.size() < SuperblockLayout.OFFSET + SuperblockLayout.SIZE) {
      throw new Ext2Exception(
          Reason.EINVAL, "no ext2 volume on a device of %d bytes".formatted(device.size()));
    }
    byte[] raw = new byte[SuperblockLayout.SIZE];
    device.read(SuperblockLayout.OFFSET, ByteBuffer.wrap(raw));
    return raw;
  }

  private void requireWritableVolume() throws Ext2Exception {
    if (device.readOnly()) {
      throw new Ext2Exception(Reason.EROFS, "the device is read-only");
    }
    Set<String> unsupported =
        Feature.unsupported(
            Feature.Kind.INCOMPAT, geometry.featuresIncompat(), Feature.Support.WRITE);
    unsupported.addAll(
        Feature.unsupported(
            Feature.Kind.RO_COMPAT, geometry.featuresRoCompat(), Feature.Support.WRITE));
    if (!unsupported.isEmpty()) {
      throw new Ext2Exception(
          Reason.EROFS,
          "the volume can only be read, for its features " + String.join(", ", unsupported));
    }
  }

  BlockDevice device() {
    return device;
  }

  Geometry geometry() {
    return geometry;
  }

  Superblock superblock() {
    return superblock;
  }

  boolean cleanAtMount() {
    return cleanAtMount;
  }

  boolean readOnly() {
    return readOnly;
  }

  BlockCache cache() {
    return cache;
  }

  GroupTable groups() {
    return groups;
  }

  BlockAllocator blocks() {
    return blocks;
  }

  InodeCache inodes() {
    return inodes;
  }

  Directory directories() {
    return directories;
  }

  FileData data() {
    return data;
  }

  Xattrs xattrs() {
    return xattrs;
  }

  Orphans orphans() {
    return orphans;
  }

  ReentrantLock names() {
    return names;
  }

  Instant now() {
    return options.clock().instant();
  }

  /** A lock held. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  void checkOpen() throws Ext2Exception {
    if (closed) {
      throw new Ext2Exception(Reason.EIO, "the file system is closed");
    }
  }

  /**
   * Begins a change of the volume; everything the change needs is checked and prepared.
   *
   * @throws Ext2Exception EROFS
   */
  Held beginChange() throws IOException {
    if (readOnly) {
      checkOpen();
      throw new Ext2Exception(Reason.EROFS, "the volume is mounted read-only");
    }
    changes.readLock().lock();
    boolean done = false;
    try {
      checkOpen();
      markMounted();
      inodes.balance();
      cache.balance();
      done = true;
      return changes.readLock()::unlock;
    } finally {
      if (!done) {
        changes.readLock().unlock();
      }
    }
  }

  /**
   * Before the first change, notes on the device that the volume is not clean any more. Where a
   * flush is atomic, that holds until the next one only.
   */
  private void markMounted() throws IOException {
    if (marked) {
      return;
    }
    marking.lock();
    try {
      if (!marked) {
        if (!counted) {
          superblock.countMount(now());
          counted = true;
        }
        superblock.setClean(false);
        superblock.store(cache, geometry, groups, now());
        cache.writeBack();
        if (!device.flushIsAtomic()) {
          device.flush();
        }
        marked = true;
      }
    } finally {
      marking.unlock();
    }
  }

  /** Keeps changes out. */
  private Held quiesce() {
    changes.writeLock().lock();
    return changes.writeLock()::unlock;
  }

  /** Allocations are not asked for: each has made an inode or a bitmap dirty. */
  boolean hasChanges() {
    return !readOnly && (inodes.hasDirty() || cache.hasDirty());
  }

  /** Makes everything durable, and does something before anything else changes. */
  void sync(Ext2FileSystem.AtRest action) throws IOException {
    checkOpen();
    try (var _ = quiesce()) {
      checkOpen();
      if (!readOnly) {
        writeAll(device.flushIsAtomic());
      }
      action.run();
    }
  }

  /** Writes everything, then, if so, that the volume is clean. */
  private void writeAll(boolean clean) throws IOException {
    if (!marked) {
      return; // nothing has changed
    }
    if (!device.flushIsAtomic()) {
      writeNames();
    }
    inodes.store(inode -> true, WriteOrder.REST);
    groups.store();
    if (clean && device.flushIsAtomic()) {
      superblock.setClean(cleanAtMount);
    }
    superblock.store(cache, geometry, groups, now());
    cache.writeBack();
    device.flush();
    if (clean && !device.flushIsAtomic()) {
      superblock.setClean(cleanAtMount);
      superblock.store(cache, geometry, groups, now());
      cache.writeBack();
      device.flush();
    }
    marked = !clean;
  }

  /** Writes what goes before the inodes of files. */
  private void writeNames() throws IOException {
    inodes.store(inode -> inode.links() == 0, WriteOrder.FIRST);
    cache.writeUpTo(WriteOrder.NAMES);
    if (madeDirectories) {
      inodes.store(Ext2Inode::isDirectory, WriteOrder.DIRECTORIES);
      cache.writeUpTo(WriteOrder.DIRECTORIES);
      madeDirectories = false;
    }
  }

  void close() throws IOException {
    try (var _ = quiesce()) {
      if (closed) {
        return;
      }
      try {
        if (!readOnly && counted) {
          if (!orphans.all().isEmpty()) {
            markMounted();
            freeOrphans();
          }
          writeAll(true);
        }
      } finally {
        closed = true;
      }
    }
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
    if (directory) {
      madeDirectories = true;
    }
    long number =
        inodeAllocator.allocate(dir.number(), directory, dir.number() == InodeLayout.ROOT_INODE);
    byte[] raw = new byte[geometry.inodeSize()];
    Instant now = now();
    if (raw.length > InodeLayout.BASE_SIZE) {
      put16(raw, InodeLayout.EXTRA_SIZE, InodeLayout.WANTED_EXTRA_SIZE);
      Ext2Inode.putTime(raw, InodeLayout.BIRTH_TIME, InodeLayout.BIRTH_TIME_EXTRA, now);
    }
    put16(raw, InodeLayout.MODE, mode);
    put32(raw, InodeLayout.GENERATION, generation.incrementAndGet());
    if (firstPointers != null) {
      System.arraycopy(firstPointers, 0, raw, InodeLayout.BLOCK, firstPointers.length);
    }
    Ext2Inode inode = new Ext2Inode(this, number, raw);
    inode.setOwner(uid, gid);
    inode.setAccessTime(now);
    inode.touchContents();
    inode.addLinks(links);
    inodes.add(inode);
    return inode;
  }

  /**
   * Sets a file's count of names to zero, and frees the file unless it is in use. With the names
   * lock held.
   */
  void dropLastName(Ext2Inode inode) throws IOException {
    // On the list before the count is zero: from then on a release may free it at any moment.
    orphans.add(inode);
    inode.addLinks(-inode.links());
    deleteIf(inode, false);
  }

  /** Undoes the making of an inode that could not be entered into its directory. */
  void discard(Ext2Inode inode) throws IOException {
    inode.addLinks(-inode.links());
    deleteIf(inode, true);
  }

  private void deleteIf(Ext2Inode inode, boolean force) throws IOException {
    if (inode.tryDelete(force)) {
      delete(inode);
    }
  }

  /** Frees a file without names that has lost its last user. */
  void freeUnused(Ext2Inode inode) throws IOException {
    if (closed) {
      return; // close freed it
    }
    try (var _ = beginChange()) {
      deleteIf(inode, false);
    }
  }

  private void freeOrphans() throws IOException {
    for (Ext2Inode inode : orphans.all()) {
      if (inode.links() > 0) { // ext4 also lists files whose shortening was cut off
        orphans.remove(inode);
        data.truncate(inode, inode.size());
      } else {
        deleteIf(inode, true);
      }
    }
  }

  /** Frees blocks and inode of a file marked as deleted. */
  private void delete(Ext2Inode inode) throws IOException {
    inode.lock.writeLock().lock();
    try {
      orphans.remove(inode);
      xattrs.drop(inode);
      if (hasBlocks(inode)) {
        map.free(inode, 0, Long.MAX_VALUE);
      }
      inode.setSize(0);
      inode.setDeletionTime(now().getEpochSecond());
      inode.index = null;
    } finally {
      inode.lock.writeLock().unlock();
    }
    inodes.remove(inode);
    inodeAllocator.free(inode.number(), inode.isDirectory());
  }

  /** Whether the inode's pointers are pointers: not so in device nodes and short symlinks. */
  boolean hasBlocks(Ext2Inode inode) {
    return switch (inode.type()) {
      case REGULAR, DIRECTORY -> true;
      case SYMLINK -> {
        long attributeSectors = inode.xattrBlock() == 0 ? 0 : geometry.blockSize() / 512;
        yield inode.blocks512() > attributeSectors;
      }
      case UNKNOWN, CHARACTER_DEVICE, BLOCK_DEVICE, FIFO, SOCKET -> false;
    };
  }
}
