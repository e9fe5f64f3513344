package io.rookery.ext2;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.InodeLayout;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

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
  private final InodeLifecycle lifecycle;
  private final InodeCache inodes;
  private final BlockReleaser releaser;
  private final BlockMap map;
  private final Directory directories;
  private final FileData data;
  private final Xattrs xattrs;
  private final Orphans orphans;
  private final PendingNames pendingNames;

  /** Changes share it; writing everything out needs it alone. */
  private final ReentrantReadWriteLock changes = new ReentrantReadWriteLock();

  /** One change of names at a time. */
  private final ReentrantLock names = new ReentrantLock();

  private final ReentrantLock marking = new ReentrantLock();
  private volatile boolean marked;

  /** Since their inodes were written. */
  private volatile boolean directoriesGrew;

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
      requireWritable(device, geometry);
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
    this.lifecycle = new InodeLifecycle(this);
    this.inodes = new InodeCache(this);
    this.releaser = new BlockReleaser(this, options.discard());
    this.map = new BlockMap(this);
    this.xattrs = new Xattrs(this);
    InlineData inline = new InlineData(this);
    this.directories =
        new Directory(this, map, inline, new DirectoryIndexes(options.cacheBytes() / INDEX_SHARE));
    this.data = new FileData(this, map, inline);
    this.orphans = new Orphans(this);
    this.pendingNames = new PendingNames(this);
  }

  static Volume open(BlockDevice device, MountOptions options) throws IOException {
    byte[] raw = superblock(device);
    Geometry geometry = Geometry.parse(raw, device);
    BlockDevice current = device;
    if (!options.readOnlyMount()) {
      requireWritable(device, geometry);
    }
    if (Feature.NEEDS_RECOVERY.in(geometry.featuresIncompat())) {
      Volume unrecovered = new Volume(device, options.forReading(), geometry.unverified(), raw);
      Journal journal = new Journal(unrecovered, raw);
      if (options.readOnlyMount()) {
        current = journal.replayed();
      } else {
        journal.recover();
      }
      raw = superblock(current);
      geometry = Geometry.parse(raw, current);
    }
    Volume volume = new Volume(current, options, geometry, raw);
    Ext2Inode root = volume.inodes.get(InodeLayout.ROOT_INODE);
    if (!root.isDirectory()) {
      throw Ext2Exception.corrupt("root inode", 0, root.type(), "a directory");
    }
    if (!volume.readOnly) {
      volume.lifecycle.freeOrphansOfCrash();
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

  private static void requireWritable(BlockDevice device, Geometry geometry) throws Ext2Exception {
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

  BlockReleaser releaser() {
    return releaser;
  }

  BlockMap map() {
    return map;
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

  PendingNames pendingNames() {
    return pendingNames;
  }

  InodeLifecycle lifecycle() {
    return lifecycle;
  }

  ReentrantLock names() {
    return names;
  }

  /** See {@link MountOptions#packed}. */
  boolean packed() {
    return options.packed();
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
      balance();
      done = true;
      return changes.readLock()::unlock;
    } finally {
      if (!done) {
        changes.readLock().unlock();
      }
    }
  }

  /** Writes back if so much is dirty that clean blocks, or other inodes, become few. */
  void balance() throws IOException {
    boolean inOrder = !device.flushIsAtomic();
    // Who changes names meanwhile, so that this has to wait for the order's sake, does it himself.
    if (inOrder && ((!inodes.isCrowded() && !cache.isCrowded()) || !names.tryLock())) {
      return;
    }
    try {
      if (inOrder) {
        writeNames();
      }
      if (inodes.isCrowded()) {
        inodes.store(inode -> true, WriteOrder.REST);
      }
      cache.balance();
    } finally {
      if (inOrder) {
        names.unlock();
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

  /** Frees a file without names that has lost its last user. */
  void freeUnused(Ext2Inode inode) throws IOException {
    if (closed) {
      return; // close freed it
    }
    try (var _ = beginChange()) {
      lifecycle.deleteIf(inode, false);
    }
  }

  /** A directory gets a block: its inode has to be written before those that are named there. */
  void directoryGrows() {
    directoriesGrew = true;
  }

  /** Writes what goes before the inodes of files, while no other names change. */
  void writeNames() throws IOException {
    inodes.store(inode -> inode.links() == 0, WriteOrder.FIRST);
    cache.writeUpTo(WriteOrder.NAMES);
    for (boolean more = directoriesGrew; more; ) {
      more = inodes.storeDirectories();
      cache.writeUpTo(WriteOrder.DIRECTORIES);
    }
    directoriesGrew = false;
    pendingNames.written();
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
            lifecycle.freeOrphans();
          }
          writeAll(true);
        }
      } finally {
        closed = true;
      }
    }
  }
}
