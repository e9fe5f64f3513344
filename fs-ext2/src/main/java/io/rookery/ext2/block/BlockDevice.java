package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A random-access array of bytes of a fixed size: a disk.
 *
 * <p>Offsets and lengths are bytes. Every access must lie inside {@code [0, size())} and be aligned
 * to {@link #blockSize()}; anything else is an {@link IndexOutOfBoundsException} or an {@link
 * IllegalArgumentException}. Implementations are safe for use by many threads. Two overlapping
 * accesses at the same time, one of them a write, may see a mixture, as on a real disk.
 *
 * <p>Durability: a completed {@link #write} is seen by every later {@link #read}, but survives the
 * end of the process or of the host only once a {@link #flush} that started after it has returned.
 * Writes that were not flushed may be lost or kept in any order.
 */
public interface BlockDevice extends AutoCloseable {

  /** The size in bytes; it does not change. */
  long size();

  /** The alignment of offsets and lengths in bytes: a power of two, 1 for byte granularity. */
  int blockSize();

  /** Whether {@link #write} and {@link #discard} are refused. */
  boolean readOnly();

  /**
   * Reads {@code dst.remaining()} bytes, all of them, and advances the buffer's position.
   *
   * @throws IndexOutOfBoundsException if the range is not inside the device
   * @throws IOException if the device fails or is closed
   */
  void read(long offset, ByteBuffer dst) throws IOException;

  /**
   * Writes {@code src.remaining()} bytes, all of them, and advances the buffer's position.
   *
   * @throws IndexOutOfBoundsException if the range is not inside the device
   * @throws ReadOnlyDeviceException if the device is read-only
   * @throws IOException if the device fails, is full or is closed
   */
  void write(long offset, ByteBuffer src) throws IOException;

  /** Makes every write that has completed durable before it returns. */
  void flush() throws IOException;

  /**
   * Whether after a crash the contents are exactly those of the last completed {@link #flush},
   * nothing later in part. A file system on such a device is never found half written.
   */
  default boolean flushIsAtomic() {
    return false;
  }

  /**
   * Says that the contents of the range are no longer needed. Reading it later gives, byte by byte,
   * the old contents or zeros.
   *
   * @throws ReadOnlyDeviceException if the device is read-only
   */
  void discard(long offset, long length) throws IOException;

  /** Flushes and releases everything; closing again does nothing. Later accesses fail. */
  @Override
  void close() throws IOException;
}
