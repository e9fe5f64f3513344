package io.rookery.ext2;

import io.rookery.ext2.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A mounted ext2 volume. Names and symbolic links are bytes, as Linux has them; permissions are the
 * caller's business, every other rule of POSIX is checked here. Reading does not change access
 * times; {@link #setTimes} does.
 *
 * <p>Safe for use by many threads: reads of a file run side by side, writes to different files too;
 * changes of names happen one after the other.
 *
 * <p>Changes are kept in memory until {@link #sync}, {@link #fsync} or {@link #close}, or until the
 * cache is half full of them. On an overlay device ({@code BlockDevices.overlay}), the disk after a
 * crash is what it was at the last of these.
 *
 * <p>Every method throws {@link Ext2Exception} with the errno that Linux would give; a volume found
 * damaged is EUCLEAN. All other {@link IOException}s are the device's. After {@link #close} every
 * method throws EIO.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Ext2FileSystem implements AutoCloseable {

  /** The longest file name in bytes. */
  public static final int MAX_NAME_LENGTH = 255;

  private Ext2FileSystem() {}

  /**
   * Mounts the volume on the device, which stays the caller's to close, after the file system.
   *
   * @throws Ext2Exception EINVAL if there is no ext volume or it uses features that this
   *     implementation lacks (the message names them), EUCLEAN if it is damaged, EROFS if it can be
   *     read but not written as asked
   */
  public static Ext2FileSystem open(BlockDevice device, MountOptions options) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** The volume's fixed properties. */
  public VolumeInfo info() {
    throw new UnsupportedOperationException();
  }

  public boolean isReadOnly() {
    throw new UnsupportedOperationException();
  }

  /** What statfs(2) says. */
  public VolumeStatus status() throws IOException {
    throw new UnsupportedOperationException();
  }

  /** The root directory. */
  public Ext2Inode root() {
    throw new UnsupportedOperationException();
  }

  /**
   * The inode with this number.
   *
   * @throws Ext2Exception ENOENT if no file has it
   */
  public Ext2Inode inode(long number) throws IOException {
    throw new UnsupportedOperationException();
  }

  // Directories

  /**
   * The file with this name, null if there is none. {@code .} and {@code ..} are names too.
   *
   * @throws Ext2Exception ENOTDIR, ENAMETOOLONG
   */
  public @Nullable Ext2Inode lookup(Ext2Inode dir, byte[] name) throws IOException {
    throw new UnsupportedOperationException();
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
    throw new UnsupportedOperationException();
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
    throw new UnsupportedOperationException();
  }

  /**
   * Creates a regular file without a name, in the neighbourhood of the directory, for O_TMPFILE. It
   * is retained once for the caller; {@link #link} may give it a name.
   */
  public Ext2Inode createUnnamed(Ext2Inode dir, int mode, int uid, int gid) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Creates a directory; EMLINK when the parent has 32,000 links. Otherwise as {@link #create}. */
  public Ext2Inode mkdir(Ext2Inode dir, byte[] name, int mode, int uid, int gid)
      throws IOException {
    throw new UnsupportedOperationException();
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
    throw new UnsupportedOperationException();
  }

  /**
   * Creates a symbolic link.
   *
   * @throws Ext2Exception ENAMETOOLONG if the target is not shorter than a block or 4,096 bytes,
   *     ENOENT if it is empty; otherwise as {@link #create}
   */
  public Ext2Inode symlink(Ext2Inode dir, byte[] name, byte[] target, int uid, int gid)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * The target of a symbolic link.
   *
   * @throws Ext2Exception EINVAL if it is none
   */
  public byte[] readlink(Ext2Inode link) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Gives a file one more name.
   *
   * @throws Ext2Exception EPERM for a directory, EMLINK beyond 32,000 names; otherwise as {@link
   *     #create}
   */
  public void link(Ext2Inode dir, byte[] name, Ext2Inode file) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Removes a name of a file that is no directory.
   *
   * @throws Ext2Exception ENOENT, EISDIR, ENOTDIR, EROFS
   */
  public void unlink(Ext2Inode dir, byte[] name) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Removes an empty directory.
   *
   * @throws Ext2Exception ENOENT, ENOTDIR, ENOTEMPTY, EROFS, EINVAL for {@code .}, ENOTEMPTY for
   *     {@code ..}
   */
  public void rmdir(Ext2Inode dir, byte[] name) throws IOException {
    throw new UnsupportedOperationException();
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
    throw new UnsupportedOperationException();
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
    throw new UnsupportedOperationException();
  }

  /**
   * Writes to a regular file, making it longer if need be.
   *
   * @return bytes written, less than asked for only when the volume became full or the largest size
   *     was reached on the way
   * @throws Ext2Exception ENOSPC, EFBIG if nothing could be written, EROFS, EISDIR, EINVAL
   */
  public int write(Ext2Inode file, long position, ByteBuffer src) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Sets a regular file's length; what is added is a hole.
   *
   * @throws Ext2Exception EFBIG, EINVAL, EISDIR, EROFS
   */
  public void truncate(Ext2Inode file, long size) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Frees the blocks of a range, which then reads as zeros; the length stays
   * (FALLOC_FL_PUNCH_HOLE).
   */
  public void punchHole(Ext2Inode file, long position, long length) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Allocates the blocks of a range as zeros where there are none; the length stays unless {@code
   * extend}.
   *
   * @throws Ext2Exception ENOSPC, EFBIG, EROFS, EINVAL, EISDIR
   */
  public void allocate(Ext2Inode file, long position, long length, boolean extend)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * The first position of data at or after this one (SEEK_DATA), by whole blocks.
   *
   * @throws Ext2Exception ENXIO if there is none before the end of the file
   */
  public long seekData(Ext2Inode file, long position) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * The first position of a hole at or after this one (SEEK_HOLE); the end of the file is one.
   *
   * @throws Ext2Exception ENXIO if the position is not before the end of the file
   */
  public long seekHole(Ext2Inode file, long position) throws IOException {
    throw new UnsupportedOperationException();
  }

  // Attributes

  /** Sets the permission bits (07777). */
  public void setMode(Ext2Inode inode, int mode) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Sets owner and group; -1 leaves one as it is. Set-id bits are the caller's business. */
  public void setOwner(Ext2Inode inode, int uid, int gid) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Sets access and modification time; null leaves one as it is. */
  public void setTimes(Ext2Inode inode, @Nullable Instant accessTime, @Nullable Instant modifyTime)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * An extended attribute's value, null if there is none.
   *
   * @param name with its prefix, as {@code user.mime_type}
   */
  public byte @Nullable [] getXattr(Ext2Inode inode, byte[] name) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** The names of the extended attributes, with their prefixes. */
  public List<byte[]> listXattr(Ext2Inode inode) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Sets an extended attribute.
   *
   * @throws Ext2Exception EEXIST, ENODATA by mode; EOPNOTSUPP for an unknown prefix, ERANGE for a
   *     name over 255 bytes, ENOSPC if the attributes no longer fit into a block, EROFS
   */
  public void setXattr(Ext2Inode inode, byte[] name, byte[] value, XattrMode mode)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Removes an extended attribute.
   *
   * @throws Ext2Exception ENODATA if it does not exist, EROFS
   */
  public void removeXattr(Ext2Inode inode, byte[] name) throws IOException {
    throw new UnsupportedOperationException();
  }

  // Durability

  /** Writes everything that has changed and flushes the device. */
  public void sync() throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Makes a file's contents and attributes durable, with everything else that has changed so far:
   * ext2 has no journal, so a part of the changes alone would not be a whole volume.
   */
  public void fsync(Ext2Inode inode) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Frees the files without names, writes everything, marks the volume clean and flushes the
   * device. Closing again does nothing.
   */
  @Override
  public void close() throws IOException {
    throw new UnsupportedOperationException();
  }
}
