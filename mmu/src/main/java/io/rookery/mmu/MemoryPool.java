package io.rookery.mmu;

import org.jspecify.annotations.Nullable;

/**
 * The host memory of one virtual machine: frames, windows and their byte limit. Address spaces that
 * have ended leave their windows here for the next ones. Thread-safe.
 */
public final class MemoryPool implements AutoCloseable {
  /** Address bits of a default window. */
  public static final int DEFAULT_WINDOW_BITS = 36;

  /** Address bits of the window of a 32-bit program. */
  public static final int WINDOW_BITS_32 = 32;

  /** Frees memory that can be had back, such as clean pages of a page cache. */
  @FunctionalInterface
  public interface Reclaimer {
    /**
     * Tries to release frames. Called with no lock of this module held.
     *
     * @param pages how many are wanted
     * @return how many were released; 0 means there is nothing left to give
     */
    long reclaim(long pages);
  }

  private final long limitBytes;

  /**
   * Makes a pool.
   *
   * @param limitBytes how much memory guests and page cache may use together; at least 1 MiB
   */
  public MemoryPool(long limitBytes) {
    if (limitBytes < 1 << 20) {
      throw new IllegalArgumentException("memory limit " + limitBytes + ", at least 1048576 expected");
    }
    this.limitBytes = limitBytes;
  }

  /** Sets who is asked for memory back before a request fails. */
  public void setReclaimer(@Nullable Reclaimer reclaimer) {
    throw new UnsupportedOperationException("setReclaimer " + reclaimer);
  }

  /**
   * Allocates a zeroed frame with one reference.
   *
   * @throws MemoryLimitException when the limit is reached
   */
  public Frame allocateFrame() {
    throw new UnsupportedOperationException("allocateFrame");
  }

  void freeFrame(long address) {
    throw new UnsupportedOperationException("freeFrame " + address);
  }

  /**
   * Makes an empty address space of a 64-bit program (guest addresses below 2^47), held once.
   *
   * @throws MemoryLimitException when the host grants no window
   */
  public AddressSpace newAddressSpace() {
    return newAddressSpace(DEFAULT_WINDOW_BITS, 1L << 47);
  }

  /**
   * Makes an empty address space, held once.
   *
   * @param windowBits the window is 2^windowBits bytes if the host grants it, smaller otherwise: 24
   *     to 40
   * @param addressLimit guest addresses are below it: at most 2^47, a multiple of 4096
   * @throws MemoryLimitException when the host grants no window
   */
  public AddressSpace newAddressSpace(int windowBits, long addressLimit) {
    throw new UnsupportedOperationException("newAddressSpace " + windowBits + addressLimit);
  }

  /** How much memory may be used, in bytes. */
  public long limitBytes() {
    return limitBytes;
  }

  /** How much memory is in use by guests and frames, in bytes. */
  public long usedBytes() {
    return 0;
  }

  /**
   * Frees everything. All address spaces must have been released.
   *
   * @throws IllegalStateException when some have not; nothing is freed then
   */
  @Override
  public void close() {}
}
