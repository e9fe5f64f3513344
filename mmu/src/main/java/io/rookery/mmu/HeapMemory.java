package io.rookery.mmu;

import static io.rookery.mmu.Host.PAGE_SIZE;
import static io.rookery.mmu.Host.U;

import java.util.concurrent.ConcurrentHashMap;

/**
 * Memory of the C allocator, for JVMs without native access. Hosts refuse large pieces of it, and
 * Windows commits all of it at once, so windows are small.
 */
@SuppressWarnings("removal") // sun.misc.Unsafe, see Host
final class HeapMemory implements HostMemory {
  private static final int MAX_WINDOW_BITS = 32;

  private final ConcurrentHashMap<Long, Long> blocks = new ConcurrentHashMap<>();

  @Override
  public long reserve(long bytes) {
    long block;
    try {
      block = U.allocateMemory(bytes + PAGE_SIZE);
    } catch (OutOfMemoryError refused) {
      return 0;
    }
    long address = (block + PAGE_SIZE - 1) & -PAGE_SIZE;
    blocks.put(address, block);
    return address;
  }

  @Override
  public void release(long address, long bytes) {
    Long block = blocks.remove(address);
    if (block == null) {
      throw new IllegalArgumentException("not reserved: 0x" + Long.toHexString(address));
    }
    U.freeMemory(block);
  }

  @Override
  public boolean discard(long address, long bytes) {
    return false;
  }

  @Override
  public boolean zeroed() {
    return false;
  }

  @Override
  public int maxWindowBits() {
    return MAX_WINDOW_BITS;
  }
}
