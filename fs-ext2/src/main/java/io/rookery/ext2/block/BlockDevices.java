package io.rookery.ext2.block;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/** Makes the block devices that come with this module. All of them have byte granularity. */
public final class BlockDevices {
  private BlockDevices() {}

  // A journal that a crash left beside a file is part of it: whoever opens the file gets it merged.

  /** A device in memory, all zeros; memory is taken for what is written only. */
  public static BlockDevice memory(long size) {
    return new MemoryBlockDevice(size);
  }

  /**
   * An existing file, read and written. It is locked against every other user, in this process and
   * in others that respect locks.
   *
   * @throws DeviceLockedException if it is in use
   */
  public static BlockDevice openFile(Path path) throws IOException {
    JournaledFile.recover(path);
    return FileBlockDevice.open(path, false);
  }

  /**
   * An existing file, read and written as by {@link #openFile}, with a journal beside it ({@code
   * .journal} added to its name) while it is open: changes collect there, and are moved into the
   * file when it is closed and when they become many. After a crash the disk is what it was at its
   * last {@code flush} once it is opened this way again; until then the file and its journal belong
   * together.
   *
   * @throws DeviceLockedException if it is in use
   * @throws DeviceFormatException if a crash left a journal behind that is damaged, or the file was
   *     changed since by something else
   */
  public static BlockDevice openJournaledFile(Path path) throws IOException {
    return JournaledFile.open(path);
  }

  /** An existing file, read only; other readers are welcome, writers are kept out. */
  public static BlockDevice openFileReadOnly(Path path) throws IOException {
    JournaledFile.recover(path);
    return FileBlockDevice.open(path, true);
  }

  /**
   * A new sparse file of zeros, read and written.
   *
   * @throws java.nio.file.FileAlreadyExistsException if there is one already
   */
  public static BlockDevice createFile(Path path, long size) throws IOException {
    return FileBlockDevice.create(path, size);
  }

  /**
   * A file on a web server, read only, in the parts that are needed. What was read is kept in a
   * cache file, and read from there as long as the server's file has the same entity tag, date and
   * length; a disk that is opened again asks for that and nothing else, and does without an answer
   * if the server cannot be reached. All devices of this process on one URL share what they have;
   * another process has the cache for reading, and keeps what it fetches in memory.
   *
   * <p>The server must know byte ranges (RFC 9110, section 14). It is trusted as the owner of a
   * file is: what it sends is what the disk holds. Reads fail with {@link HttpDeviceException}.
   *
   * @param uri http or https
   * @throws HttpDeviceException if there is no such file, or it cannot be read in parts
   */
  public static BlockDevice http(URI uri, HttpOptions options) throws IOException {
    return HttpBlockDevice.open(uri, options);
  }

  /** The same device without the right to write; closing it closes the device. */
  public static BlockDevice readOnly(BlockDevice device) {
    return new ReadOnlyBlockDevice(device);
  }

  /**
   * A copy-on-write view: changes stay in memory and end with the view. The base is never written;
   * closing the view does not close it, so that many views can share one base.
   *
   * @param maxBytes memory for changed data; beyond it, writes are {@link DeviceFullException}
   */
  public static BlockDevice memoryOverlay(BlockDevice base, long maxBytes) {
    return new MemoryOverlay(base, maxBytes);
  }

  /**
   * A copy-on-write view with its changes in a file, which is made if it does not exist, and locked
   * as {@link #openFile} does. After a crash the view is what it was at its last {@code flush}:
   * changes are never written over what the last flush needs. The base is never written; closing
   * the view (which flushes) does not close it.
   *
   * @throws DeviceFormatException if the file is no overlay, is damaged, or was made over a base of
   *     another size or beginning
   * @throws DeviceLockedException if the file is in use
   */
  public static BlockDevice fileOverlay(BlockDevice base, Path file) throws IOException {
    return FileOverlay.open(base, file);
  }
}
