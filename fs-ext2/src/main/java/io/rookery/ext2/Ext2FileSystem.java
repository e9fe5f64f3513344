package io.rookery.ext2;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A mounted ext2 or ext4 volume. Names and symbolic links are bytes, as Linux has them; permissions
 * are the caller's business, every other rule of POSIX is checked here. Reading does not change
 * access times; {@link #setTimes} does.
 *
 * <p>Safe for use by many threads: reads of a file run side by side, writes to different files too;
 * changes of names happen one after the other.
 *
 * <p>Changes are kept in memory until {@link #sync}, {@link #fsync} or {@link #close}, or until the
 * cache is half full of them. On an overlay device, the disk after a crash is what it was at the
 * last of the three, and clean. That holds for ext4 volumes too, which are written without their
 * journal: on a bare device a crash leaves them to e2fsck, as it does an ext2 volume.
 *
 * <p>Every method throws {@link Ext2Exception} with the errno that Linux would give; a volume found
 * damaged is EUCLEAN. All other {@link IOException}s are the device's. After {@link #close} every
 * method throws EIO.
 */
public final class Ext2FileSystem implements AutoCloseable {

  /** The longest file name in bytes. */
  public static final int MAX_NAME_LENGTH = 255;

  private static final int PERMISSIONS = 07777;
  private static final AtRest NOTHING = () -> {};

  private final Volume volume;
  private final Namespace namespace;
  private final Ext2Inode root;

  private Ext2FileSystem(Volume volume, Ext2Inode root) {
    this.volume = volume;
    this.namespace = new Namespace(volume);
    this.root = root;
  }

  /**
   * Mounts the volume on the device, which stays the caller's to close, after the file system. What
   * a crash left in a journal is replayed, in memory if the volume is mounted read-only.
   *
   * @throws Ext2Exception EINVAL if there is no ext volume or it uses features that this
   *     implementation lacks (the message names them), EUCLEAN if it is damaged, EROFS if it can be
   *     read but not written as asked
   */
  public static Ext2FileSystem open(BlockDevice device, MountOptions options) throws IOException {
    Volume volume = Volume.open(device, options);
    return new Ext2FileSystem(volume, volume.inodes().get(InodeLayout.ROOT_INODE));
  }

  /** The volume's fixed properties. */
  public VolumeInfo info() {
    Geometry geometry = volume.geometry();
    return new VolumeInfo(
        volume.superblock().uuid(),
        volume.superblock().label(),
        geometry.blockSize(),
        geometry.inodeSize(),
        geometry.blocks(),
        geometry.inodes(),
        geometry.featureNames(),
        volume.cleanAtMount());
  }

  public boolean isReadOnly() {
    return volume.readOnly();
  }

  /** What statfs(2) says. */
  public VolumeStatus status() throws IOException {
    volume.checkOpen();
    Geometry geometry = volume.geometry();
    long free = volume.groups().freeBlocks();
    long overhead = geometry.firstDataBlock();
    for (int group = 0; group < geometry.groups(); group++) {
      overhead += geometry.headerBlocks(group) + 2 + geometry.inodeTableBlocks();
    }
    UUID uuid = volume.superblock().uuid();
    return new VolumeStatus(
        geometry.blockSize(),
        geometry.blocks() - overhead,
        free,
        Math.max(0, free - volume.superblock().reservedBlocks()),
        geometry.inodes(),
        volume.groups().freeInodes(),
        uuid.getMostSignificantBits() ^ uuid.getLeastSignificantBits(),
        MAX_NAME_LENGTH);
  }

  /** The root directory. */
  public Ext2Inode root() {
    return root;
  }

  /**
   * The inode with this number.
   *
   * @throws Ext2Exception ENOENT if no file has it
   */
  public Ext2Inode inode(long number) throws IOException {
    volume.checkOpen();
    return volume.inodes().get(number);
  }

  /** An access to one inode. */
  private interface Access<T extends @Nullable Object> {
    T run() throws IOException;
  }

  private <T extends @Nullable Object> T reading(Ext2Inode inode, Access<T> access)
      throws IOException {
    volume.checkOpen();
    inode.lock.readLock().lock();
    try {
      inode.requireAlive();
      return access.run();
    } finally {
      inode.lock.readLock().unlock();
    }
  }

  private <T extends @Nullable Object> T changing(Ext2Inode inode, Access<T> access)
      throws IOException {
    try (var _ = volume.beginChange()) {
      inode.lock.writeLock().lock();
      try {
        inode.requireAlive();
        return access.run();
      } finally {
        inode.lock.writeLock().unlock();
      }
    }
  }

  private static void requireFile(Ext2Inode inode, long position) throws Ext2Exception {
    if (inode.type() != FileType.REGULAR) {
      throw new Ext2Exception(
          inode.isDirectory() ? Reason.EISDIR : Reason.EINVAL, inode + " is no regular file");
    }
    if (position < 0) {
      throw new Ext2Exception(Reason.EINVAL, "position or size " + position);
    }
  }

  /** Files of 2 GiB and more have a feature flag of their own. */
  private void noteLargeFile(Ext2Inode file) {
    if (file.size() > Integer.MAX_VALUE) {
      volume.superblock().addFeatureRoCompat(Feature.LARGE_FILE);
    }
  }

  // Directories

  /**
   * The file with this name, null if there is none. {@code .} and {@code ..} are names too.
   *
   * @throws Ext2Exception ENOTDIR, ENAMETOOLONG
   */
  public @Nullable Ext2Inode lookup(Ext2Inode dir, byte[] name) throws IOException {
    volume.checkOpen();
    Namespace.requireDirectory(dir);
    if (name.length > MAX_NAME_LENGTH) {
      Namespace.checkName(name);
    }
    Directory.Entry entry;
    dir.lock.readLock().lock();
    try {
      entry = volume.directories().find(dir, name);
      return entry == null ? null : Namespace.named(volume, dir, entry);
    } finally {
      dir.lock.readLock().unlock();
    }
  }

  /**
   * Lists a directory, {@code .} and {@code ..} included, in its order on the disk.
   *
   * @param cookie 0 for the beginning, or a value that this method gave out earlier; it stays valid
   *     while entries come and go
   * @return the cookie to go on with; the same as given when nothing was left
   * @throws Ext2Exception ENOTDIR
   */
  public long list(Ext2Inode dir, long cookie, DirectoryVisitor visitor) throws IOException {
    volume.checkOpen();
    Namespace.requireDirectory(dir);
    long at = cookie;
    while (at >= 0) {
      List<Directory.NamedEntry> entries;
      dir.lock.readLock().lock();
      try {
        entries = volume.directories().list(dir, at);
      } finally {
        dir.lock.readLock().unlock();
      }
      if (entries.isEmpty()) {
        return at;
      }
      for (Directory.NamedEntry entry : entries) {
        if (!visitor.entry(entry.name(), entry.inode(), entry.type(), entry.next())) {
          return at;
        }
        at = entry.next();
      }
    }
    throw new Ext2Exception(Reason.EINVAL, "directory cookie " + cookie);
  }

  /**
   * Creates an empty regular file.
   *
   * @param mode permission bits (07777); type bits are ignored
   * @throws Ext2Exception EEXIST, ENOTDIR, ENAMETOOLONG, ENOSPC, EROFS, EINVAL for a name that is
   *     empty, contains {@code /} or NUL, ENOENT if the directory was removed
   */
  public Ext2Inode create(Ext2Inode dir, byte[] name, int mode, int uid, int gid)
      throws IOException {
    return namespace.make(
        dir, name, FileType.REGULAR.mode() | (mode & PERMISSIONS), uid, gid, null, null);
  }

  /**
   * Creates a regular file without a name, in the neighbourhood of the directory, for O_TMPFILE. It
   * is retained once for the caller; {@link #link} may give it a name.
   */
  public Ext2Inode createUnnamed(Ext2Inode dir, int mode, int uid, int gid) throws IOException {
    return namespace.makeUnnamed(dir, FileType.REGULAR.mode() | (mode & PERMISSIONS), uid, gid);
  }

  /**
   * Creates a directory; EMLINK when the parent has 32,000 links, or 65,000 on ext4 volumes without
   * the dir_nlink feature. Otherwise as {@link #create}.
   */
  public Ext2Inode mkdir(Ext2Inode dir, byte[] name, int mode, int uid, int gid)
      throws IOException {
    return namespace.make(
        dir, name, FileType.DIRECTORY.mode() | (mode & PERMISSIONS), uid, gid, null, null);
  }

  /**
   * Creates a device node, FIFO, socket or regular file.
   *
   * @param mode type and permission bits
   * @param rdev for devices, the number as in {@link Ext2Attributes#rdev}
   * @throws Ext2Exception EINVAL for another type; otherwise as {@link #create}
   */
  public Ext2Inode mknod(Ext2Inode dir, byte[] name, int mode, int rdev, int uid, int gid)
      throws IOException {
    FileType type = FileType.ofMode(mode);
    byte[] pointers =
        switch (type) {
          case CHARACTER_DEVICE, BLOCK_DEVICE -> {
            byte[] numbers = new byte[InodeLayout.BLOCK_BYTES];
            Ext2Inode.putDeviceNumber(numbers, 0, rdev);
            yield numbers;
          }
          case REGULAR, FIFO, SOCKET -> null;
          case UNKNOWN, DIRECTORY, SYMLINK ->
              throw new Ext2Exception(Reason.EINVAL, "mknod of a " + type);
        };
    return namespace.make(dir, name, type.mode() | (mode & PERMISSIONS), uid, gid, pointers, null);
  }

  /**
   * Creates a symbolic link.
   *
   * @throws Ext2Exception ENAMETOOLONG if the target is not shorter than a block or 4,096 bytes,
   *     ENOENT if it is empty; otherwise as {@link #create}
   */
  public Ext2Inode symlink(Ext2Inode dir, byte[] name, byte[] target, int uid, int gid)
      throws IOException {
    return namespace.symlink(dir, name, target, uid, gid);
  }

  /**
   * The target of a symbolic link.
   *
   * @throws Ext2Exception EINVAL if it is none
   */
  public byte[] readlink(Ext2Inode link) throws IOException {
    if (link.type() != FileType.SYMLINK) {
      throw new Ext2Exception(Reason.EINVAL, link + " is no symlink");
    }
    return reading(link, () -> volume.data().readTarget(link, !volume.lifecycle().hasBlocks(link)));
  }

  /**
   * Gives a file one more name.
   *
   * @throws Ext2Exception EPERM for a directory, EMLINK beyond 32,000 names, or 65,000 on ext4
   *     volumes; otherwise as {@link #create}
   */
  public void link(Ext2Inode dir, byte[] name, Ext2Inode file) throws IOException {
    namespace.link(dir, name, file);
  }

  /**
   * Removes a name of a file that is no directory.
   *
   * @throws Ext2Exception ENOENT, EISDIR, ENOTDIR, EROFS
   */
  public void unlink(Ext2Inode dir, byte[] name) throws IOException {
    namespace.unlink(dir, name);
  }

  /**
   * Removes an empty directory.
   *
   * @throws Ext2Exception ENOENT, ENOTDIR, ENOTEMPTY, EROFS, EINVAL for {@code .}, ENOTEMPTY for
   *     {@code ..}
   */
  public void rmdir(Ext2Inode dir, byte[] name) throws IOException {
    namespace.rmdir(dir, name);
  }

  /**
   * Moves a name, atomically for every other user of this object.
   *
   * @throws Ext2Exception as rename(2): ENOENT, EEXIST, EISDIR, ENOTDIR, ENOTEMPTY, EINVAL when a
   *     directory would become its own descendant, EMLINK, EBUSY for {@code .} and {@code ..}
   */
  public void rename(
      Ext2Inode fromDir, byte[] fromName, Ext2Inode toDir, byte[] toName, RenameMode mode)
      throws IOException {
    namespace.rename(fromDir, fromName, toDir, toName, mode);
  }

  // Contents

  /**
   * Reads from a regular file; holes are zeros.
   *
   * @return bytes read, less than asked for only at the end of the file; 0 at or after it (or for
   *     an empty buffer), never -1
   * @throws Ext2Exception EISDIR, or EINVAL if it is no regular file or the position is negative
   */
  public int read(Ext2Inode file, long position, ByteBuffer dst) throws IOException {
    requireFile(file, position);
    return reading(file, () -> volume.data().read(file, position, dst));
  }

  /**
   * Writes to a regular file, making it longer if need be.
   *
   * @return bytes written, less than asked for only when the volume became full or the largest size
   *     was reached on the way
   * @throws Ext2Exception ENOSPC, EFBIG if nothing could be written, EROFS, EISDIR, EINVAL
   */
  public int write(Ext2Inode file, long position, ByteBuffer src) throws IOException {
    requireFile(file, position);
    return changing(
        file,
        () -> {
          int written = src.hasRemaining() ? volume.data().write(file, position, src) : 0;
          noteLargeFile(file);
          return written;
        });
  }

  /**
   * Sets a regular file's length; what is added is a hole.
   *
   * @throws Ext2Exception EFBIG, EINVAL, EISDIR, EROFS
   */
  public void truncate(Ext2Inode file, long size) throws IOException {
    requireFile(file, size);
    this.<@Nullable Void>changing(
        file,
        () -> {
          volume.data().truncate(file, size);
          noteLargeFile(file);
          return null;
        });
  }

  /**
   * Frees the blocks of a range, which then reads as zeros; the length stays
   * (FALLOC_FL_PUNCH_HOLE).
   */
  public void punchHole(Ext2Inode file, long position, long length) throws IOException {
    requireFile(file, Math.min(position, length));
    this.<@Nullable Void>changing(
        file,
        () -> {
          volume.data().punchHole(file, position, Math.min(length, Long.MAX_VALUE - position));
          return null;
        });
  }

  /**
   * Allocates the blocks of a range as zeros where there are none; the length stays unless {@code
   * extend}. In files with extents nothing is written for that, and the range stays a hole to
   * {@link #seekData}.
   *
   * @throws Ext2Exception ENOSPC, EFBIG, EROFS, EINVAL, EISDIR
   */
  public void allocate(Ext2Inode file, long position, long length, boolean extend)
      throws IOException {
    requireFile(file, Math.min(position, length));
    this.<@Nullable Void>changing(
        file,
        () -> {
          volume.data().allocate(file, position, length, extend);
          noteLargeFile(file);
          return null;
        });
  }

  /**
   * The first position of data at or after this one (SEEK_DATA), by whole blocks.
   *
   * @throws Ext2Exception ENXIO if there is none before the end of the file
   */
  public long seekData(Ext2Inode file, long position) throws IOException {
    return seek(file, position, true);
  }

  /**
   * The first position of a hole at or after this one (SEEK_HOLE); the end of the file is one.
   *
   * @throws Ext2Exception ENXIO if the position is not before the end of the file
   */
  public long seekHole(Ext2Inode file, long position) throws IOException {
    return seek(file, position, false);
  }

  private long seek(Ext2Inode file, long position, boolean data) throws IOException {
    requireFile(file, position);
    return reading(
        file,
        () -> {
          long size = file.size();
          long found = position < size ? volume.data().seek(file, position, data) : size;
          if (position >= size || (data && found == size)) {
            throw new Ext2Exception(
                Reason.ENXIO, "nothing from byte %d of %d on".formatted(position, size));
          }
          return found;
        });
  }

  // Attributes

  /** Sets the permission bits (07777). */
  public void setMode(Ext2Inode inode, int mode) throws IOException {
    this.<@Nullable Void>changing(
        inode,
        () -> {
          inode.setMode(mode & PERMISSIONS);
          inode.setChangeTime(volume.now());
          return null;
        });
  }

  /** Sets owner and group; -1 leaves one as it is. Set-id bits are the caller's business. */
  public void setOwner(Ext2Inode inode, int uid, int gid) throws IOException {
    this.<@Nullable Void>changing(
        inode,
        () -> {
          inode.setOwner(uid, gid);
          inode.setChangeTime(volume.now());
          return null;
        });
  }

  /** Sets access and modification time; null leaves one as it is. */
  public void setTimes(Ext2Inode inode, @Nullable Instant accessTime, @Nullable Instant modifyTime)
      throws IOException {
    this.<@Nullable Void>changing(
        inode,
        () -> {
          if (accessTime != null) {
            inode.setAccessTime(accessTime);
          }
          if (modifyTime != null) {
            inode.setModifyTime(modifyTime);
          }
          inode.setChangeTime(volume.now());
          return null;
        });
  }

  /**
   * An extended attribute's value, null if there is none.
   *
   * @param name with its prefix, as {@code user.mime_type}
   */
  public byte @Nullable [] getXattr(Ext2Inode inode, byte[] name) throws IOException {
    XattrName parsed = XattrName.parse(name);
    return this.<byte @Nullable []>reading(inode, () -> volume.xattrs().get(inode, parsed));
  }

  /** The names of the extended attributes, with their prefixes. */
  public List<byte[]> listXattr(Ext2Inode inode) throws IOException {
    return reading(inode, () -> volume.xattrs().list(inode));
  }

  /**
   * Sets an extended attribute.
   *
   * @throws Ext2Exception EEXIST, ENODATA by mode; EOPNOTSUPP for an unknown prefix, ERANGE for a
   *     name over 255 bytes, ENOSPC if the attributes no longer fit into a block, EROFS
   */
  public void setXattr(Ext2Inode inode, byte[] name, byte[] value, XattrMode mode)
      throws IOException {
    changeXattr(inode, name, value, mode);
  }

  /**
   * Removes an extended attribute.
   *
   * @throws Ext2Exception ENODATA if it does not exist, EROFS
   */
  public void removeXattr(Ext2Inode inode, byte[] name) throws IOException {
    changeXattr(inode, name, null, XattrMode.REPLACE);
  }

  private void changeXattr(Ext2Inode inode, byte[] name, byte @Nullable [] value, XattrMode mode)
      throws IOException {
    XattrName parsed = XattrName.parse(name);
    this.<@Nullable Void>changing(
        inode,
        () -> {
          volume.xattrs().set(inode, parsed, value, mode);
          inode.setChangeTime(volume.now());
          return null;
        });
  }

  // Durability

  /** Whether there are changes that only {@link #sync} is sure to have written. */
  public boolean hasChanges() {
    return volume.hasChanges();
  }

  /** Writes everything that has changed and flushes the device. */
  public void sync() throws IOException {
    volume.sync(NOTHING);
  }

  /** Something to do while a volume is at rest. */
  @FunctionalInterface
  public interface AtRest {
    void run() throws IOException;
  }

  /**
   * As {@link #sync()}, and then does something with the device, which holds a whole volume, before
   * anything else changes: a snapshot for example. The action must not use the volume.
   */
  public void sync(AtRest action) throws IOException {
    volume.sync(action);
  }

  /**
   * Makes a file's contents and attributes durable, with everything else that has changed so far:
   * ext2 has no journal, so a part of the changes alone would not be a whole volume.
   */
  public void fsync(Ext2Inode inode) throws IOException {
    inode.requireAlive();
    volume.sync(NOTHING);
  }

  /**
   * Frees the files without names, writes everything, marks the volume clean and flushes the
   * device. Closing again does nothing.
   */
  @Override
  public void close() throws IOException {
    volume.close();
  }
}
