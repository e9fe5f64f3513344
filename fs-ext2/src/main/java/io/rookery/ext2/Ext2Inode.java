package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.put16;
import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A file of a mounted volume, whatever its names. There is one object per file: two lookups give
 * the same one for as long as somebody holds it. Safe for use by many threads.
 *
 * <p>Holding the object does not keep the file's contents once its last name is gone; {@link
 * #retain} does. Using the handle of a deleted file is {@link Ext2Exception.Reason#ESTALE}.
 */
public final class Ext2Inode {

  /** Guards the contents: block pointers, data, directory entries, extended attributes. */
  final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  /** Where a sequential reader would go on; a hint, so races do not matter. */
  long readAheadAt;

  /** Where the next block should be allocated, 0 for unknown. Guarded by {@link #lock}. */
  long allocationGoal;

  /** The leaf of a file's extent tree that was read last. */
  volatile ExtentMap.@Nullable Leaf extents;

  /** The names of a directory. Made under the lock for reading, changed under that for writing. */
  volatile @Nullable DirectoryIndex index;

  private final Volume volume;
  private final long number;
  private final FileType type;

  /**
   * The inode as on the device. Attributes are guarded by this object's monitor, the block pointers
   * by {@link #lock}.
   */
  private final byte[] raw;

  /** The directory of an inode that was never written; else null. */
  private volatile @Nullable Ext2Inode newIn;

  private int users;
  private boolean linkable;
  private boolean deleted;

  Ext2Inode(Volume volume, long number, byte[] raw) {
    this.volume = volume;
    this.number = number;
    this.raw = raw;
    this.type = FileType.ofMode(u16(raw, InodeLayout.MODE));
  }

  /** The inode's number, unique among the volume's existing files; the root is 2. */
  public long number() {
    return number;
  }

  /** The file's type; it never changes. */
  public FileType type() {
    return type;
  }

  public boolean isDirectory() {
    return type == FileType.DIRECTORY;
  }

  /** Type and permission bits, as {@code st_mode}. */
  public synchronized int mode() {
    return u16(raw, InodeLayout.MODE);
  }

  /** The owner. */
  public synchronized int uid() {
    return u16(raw, InodeLayout.UID) | u16(raw, InodeLayout.UID_HIGH) << 16;
  }

  /** The group. */
  public synchronized int gid() {
    return u16(raw, InodeLayout.GID) | u16(raw, InodeLayout.GID_HIGH) << 16;
  }

  /** The length in bytes. */
  public synchronized long size() {
    long low = u32(raw, InodeLayout.SIZE);
    return type == FileType.REGULAR ? low | u32(raw, InodeLayout.SIZE_HIGH) << 32 : low;
  }

  /** Everything stat(2) wants, consistent in itself; never touches the device. */
  public synchronized Ext2Attributes attributes() {
    return new Ext2Attributes(
        number,
        mode(),
        uid(),
        gid(),
        links(),
        size(),
        blocks512(),
        deviceNumber(),
        time(InodeLayout.ACCESS_TIME, InodeLayout.ACCESS_TIME_EXTRA),
        time(InodeLayout.MODIFY_TIME, InodeLayout.MODIFY_TIME_EXTRA),
        time(InodeLayout.CHANGE_TIME, InodeLayout.CHANGE_TIME_EXTRA),
        hasExtra(InodeLayout.BIRTH_TIME)
            ? time(InodeLayout.BIRTH_TIME, InodeLayout.BIRTH_TIME_EXTRA)
            : Instant.EPOCH,
        flags(),
        i32(raw, InodeLayout.GENERATION));
  }

  /**
   * Counts one more user (an open file, a mapping): the file's contents stay when its last name
   * goes. Each call is paired with one {@link #release}.
   *
   * @throws Ext2Exception ESTALE if the file is already gone
   */
  public synchronized void retain() throws Ext2Exception {
    requireAlive();
    users++;
  }

  /** Counts one user less; the last one of a file without names frees it. */
  public void release() throws IOException {
    synchronized (this) {
      if (users == 0) {
        throw new IllegalStateException(this + " released more often than retained");
      }
      if (--users > 0 || links() > 0 || deleted) {
        return;
      }
    }
    volume.freeUnused(this);
  }

  @Override
  public String toString() {
    return "inode " + number;
  }

  Volume volume() {
    return volume;
  }

  byte[] raw() {
    return raw;
  }

  synchronized byte[] snapshot() {
    return raw.clone();
  }

  synchronized boolean isDeleted() {
    return deleted;
  }

  synchronized void requireAlive() throws Ext2Exception {
    if (deleted) {
      throw new Ext2Exception(Ext2Exception.Reason.ESTALE, this + " was deleted");
    }
  }

  /** Notes where an inode is that is not on the device yet. */
  void setNewIn(Ext2Inode dir) {
    newIn = dir;
  }

  /** The directory of an inode that was never written; else null. */
  @Nullable Ext2Inode newIn() {
    return newIn;
  }

  boolean isNew() {
    return newIn != null;
  }

  /** The inode is in its block. */
  void stored() {
    newIn = null;
  }

  /** Whether a file without a name may get one: one that was made so, once. */
  synchronized void setLinkable(boolean on) {
    linkable = on;
  }

  synchronized boolean isLinkable() {
    return linkable || links() > 0;
  }

  /** Marks the file as gone if nobody uses or names it; false if somebody does or it was. */
  synchronized boolean tryDelete(boolean force) {
    if (deleted || (!force && (users > 0 || links() > 0))) {
      return false;
    }
    deleted = true;
    return true;
  }

  // Attributes; each setter marks the inode as changed.

  synchronized int links() {
    return u16(raw, InodeLayout.LINKS_COUNT);
  }

  synchronized void setLinks(int links) {
    put16(raw, InodeLayout.LINKS_COUNT, links);
    dirty();
  }

  synchronized void addLinks(int delta) {
    setLinks(Math.max(0, links() + delta));
  }

  boolean canAddSubdirectory() {
    return hasUnlimitedLinks() || links() < volume.geometry().maxLinks();
  }

  private boolean hasUnlimitedLinks() {
    return Feature.DIR_NLINK.in(volume.geometry().featuresRoCompat());
  }

  /** Counts the name {@code ..} of a new directory in this one, or gives counting up for good. */
  synchronized void addSubdirectory() {
    if (!isUncounted()) {
      setLinks(links() < volume.geometry().maxLinks() ? links() + 1 : 1);
    }
  }

  synchronized void removeSubdirectory() {
    if (!isUncounted()) {
      addLinks(-1);
    }
  }

  /** Whether a directory has had too many in it to count (dir_nlink). */
  private boolean isUncounted() {
    return hasUnlimitedLinks() && links() == 1;
  }

  /** Puts a new inode into the project of its directory, if that says so. */
  synchronized void inheritProject(Ext2Inode dir) {
    if (Feature.PROJECT.in(volume.geometry().featuresRoCompat())
        && hasExtra(InodeLayout.PROJECT_ID)
        && dir.hasFlag(InodeLayout.FLAG_PROJECT_INHERITED)) {
      put32(raw, InodeLayout.PROJECT_ID, dir.projectId());
      if (isDirectory()) {
        setFlag(InodeLayout.FLAG_PROJECT_INHERITED);
      }
    }
  }

  private synchronized int projectId() {
    return hasExtra(InodeLayout.PROJECT_ID) ? i32(raw, InodeLayout.PROJECT_ID) : 0;
  }

  synchronized int flags() {
    return i32(raw, InodeLayout.FLAGS);
  }

  boolean hasFlag(int flag) {
    return (flags() & flag) != 0;
  }

  synchronized void setFlag(int flag) {
    put32(raw, InodeLayout.FLAGS, flags() | flag);
    dirty();
  }

  synchronized void clearFlag(int flag) {
    put32(raw, InodeLayout.FLAGS, flags() & ~flag);
    dirty();
  }

  /** Puts bytes in place of the block pointers; what is left of their room becomes zeros. */
  synchronized void setPointers(byte[] bytes) {
    int from = InodeLayout.BLOCK;
    System.arraycopy(bytes, 0, raw, from, bytes.length);
    Arrays.fill(raw, from + bytes.length, from + InodeLayout.BLOCK_BYTES, (byte) 0);
    dirty();
  }

  synchronized void setSize(long size) {
    put32(raw, InodeLayout.SIZE, size);
    if (type == FileType.REGULAR) {
      put32(raw, InodeLayout.SIZE_HIGH, size >>> 32);
    }
    dirty();
  }

  /** Counts blocks of the volume that were added to the file, or taken from it. */
  synchronized void addBlocks(long delta) {
    long count =
        Math.max(0, storedBlocks() + delta * (volume.geometry().blockSize() / blockUnit()));
    put32(raw, InodeLayout.BLOCKS_512, count);
    if (hasHugeFiles()) {
      put16(raw, InodeLayout.BLOCKS_HIGH, (int) (count >>> 32));
    }
    dirty();
  }

  synchronized long blocks512() {
    return storedBlocks() * (blockUnit() / 512);
  }

  /** Whether i_blocks has room for so many blocks of the volume more. */
  synchronized boolean canCount(long blocks) {
    return hasHugeFiles()
        || storedBlocks() + blocks * (volume.geometry().blockSize() / 512) <= 0xFFFF_FFFFL;
  }

  private boolean hasHugeFiles() {
    return Feature.HUGE_FILE.in(volume.geometry().featuresRoCompat());
  }

  /** What i_blocks counts, in bytes. */
  private int blockUnit() {
    return hasHugeFiles() && hasFlag(InodeLayout.FLAG_HUGE_FILE)
        ? volume.geometry().blockSize()
        : 512;
  }

  private long storedBlocks() {
    long low = u32(raw, InodeLayout.BLOCKS_512);
    return hasHugeFiles() ? low | (long) u16(raw, InodeLayout.BLOCKS_HIGH) << 32 : low;
  }

  synchronized void setMode(int permissions) {
    put16(raw, InodeLayout.MODE, type.mode() | (permissions & ~FileType.MODE_MASK));
    dirty();
  }

  synchronized void setOwner(int uid, int gid) {
    if (uid != -1) {
      put16(raw, InodeLayout.UID, uid);
      put16(raw, InodeLayout.UID_HIGH, uid >>> 16);
    }
    if (gid != -1) {
      put16(raw, InodeLayout.GID, gid);
      put16(raw, InodeLayout.GID_HIGH, gid >>> 16);
    }
    dirty();
  }

  synchronized long xattrBlock() {
    long low = u32(raw, InodeLayout.FILE_ACL);
    return Feature.BITS_64.in(volume.geometry().featuresIncompat())
        ? low | (long) u16(raw, InodeLayout.FILE_ACL_HIGH) << 32
        : low;
  }

  synchronized void setXattrBlock(long block) {
    put32(raw, InodeLayout.FILE_ACL, block);
    if (Feature.BITS_64.in(volume.geometry().featuresIncompat())) {
      put16(raw, InodeLayout.FILE_ACL_HIGH, (int) (block >>> 32));
    }
    dirty();
  }

  synchronized long deletionTime() {
    return u32(raw, InodeLayout.DELETION_TIME);
  }

  /** The time of deletion, or the next inode of the orphan list. */
  synchronized void setDeletionTime(long value) {
    put32(raw, InodeLayout.DELETION_TIME, value);
    dirty();
  }

  synchronized void setAccessTime(Instant t) {
    putTime(raw, InodeLayout.ACCESS_TIME, InodeLayout.ACCESS_TIME_EXTRA, t);
    dirty();
  }

  synchronized void setModifyTime(Instant t) {
    putTime(raw, InodeLayout.MODIFY_TIME, InodeLayout.MODIFY_TIME_EXTRA, t);
    dirty();
  }

  synchronized void setChangeTime(Instant t) {
    putTime(raw, InodeLayout.CHANGE_TIME, InodeLayout.CHANGE_TIME_EXTRA, t);
    dirty();
  }

  /** The contents changed now. */
  synchronized void touchContents() {
    Instant now = volume.now();
    setModifyTime(now);
    setChangeTime(now);
  }

  void dirty() {
    volume.inodes().markDirty(this);
  }

  private boolean hasExtra(int field) {
    return hasExtra(raw, field);
  }

  /** Whether the inode is large enough for a field beyond the first 128 bytes. */
  private static boolean hasExtra(byte[] raw, int field) {
    return raw.length > InodeLayout.BASE_SIZE
        && field + Integer.BYTES <= InodeLayout.BASE_SIZE + u16(raw, InodeLayout.EXTRA_SIZE);
  }

  /** The lower two bits of the extra field extend the seconds, the others are nanoseconds. */
  private Instant time(int field, int extraField) {
    long seconds = i32(raw, field);
    long nanos = 0;
    if (hasExtra(extraField)) {
      long extra = u32(raw, extraField);
      seconds += (extra & 3) << 32;
      nanos = Math.min(extra >>> 2, 999_999_999);
    }
    return Instant.ofEpochSecond(seconds, nanos);
  }

  @SuppressWarnings("JavaInstantGetSecondsGetNano") // the seconds are clamped
  static void putTime(byte[] raw, int field, int extraField, Instant t) {
    long seconds = t.getEpochSecond();
    if (hasExtra(raw, extraField)) {
      seconds = Math.clamp(seconds, Integer.MIN_VALUE, (3L << 32) + Integer.MAX_VALUE);
      long epoch = ((seconds - (int) seconds) >>> 32) & 3;
      long nanos = t.getNano();
      put32(raw, extraField, epoch | nanos << 2);
    } else {
      seconds = Math.clamp(seconds, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    put32(raw, field, seconds);
  }

  /** The first pointer holds old numbers (8+8 bits), else the second the new form. */
  private int deviceNumber() {
    if (type != FileType.CHARACTER_DEVICE && type != FileType.BLOCK_DEVICE) {
      return 0;
    }
    int old = i32(raw, InodeLayout.BLOCK);
    return old != 0 ? old & 0xFFFF : i32(raw, InodeLayout.BLOCK + Integer.BYTES);
  }

  static void putDeviceNumber(byte[] pointers, int at, int rdev) {
    boolean small = (rdev & 0xFFFF) == rdev;
    put32(pointers, at, small ? rdev : 0);
    put32(pointers, at + Integer.BYTES, small ? 0 : rdev);
  }
}
