package io.rookery.mmu;

/** Where large pieces of host memory come from. Thread-safe. */
interface HostMemory {
  /**
   * Reserves readable and writable memory that costs nothing until it is touched, as far as the
   * host can.
   *
   * @return its address, a multiple of 4096, or 0 when the host refuses
   */
  long reserve(long bytes);

  /** Gives back what {@link #reserve} answered. */
  void release(long address, long bytes);

  /**
   * Gives the memory behind a range back to the host, so that it reads as zero.
   *
   * @return whether that was done
   */
  boolean discard(long address, long bytes);

  /** Whether memory reads as zero at first. */
  boolean zeroed();

  /** Address bits of the largest window worth asking for. */
  int maxWindowBits();

  /** The best that this host offers; linking it takes tens of milliseconds, once. */
  static HostMemory best() {
    return Best.MEMORY;
  }

  /** Made at its first use. */
  final class Best {
    private static final HostMemory MEMORY = choose();

    private Best() {}

    private static HostMemory choose() {
      HostMemory mapped = MappedMemory.ifAvailable();
      return mapped != null ? mapped : new HeapMemory();
    }
  }
}
