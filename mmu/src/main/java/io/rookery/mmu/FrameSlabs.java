package io.rookery.mmu;

import static io.rookery.mmu.Host.PAGE_SIZE;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Host pages for frames, taken from the host in slabs and kept until the pool closes. Thread-safe.
 */
final class FrameSlabs {
  private static final int SLAB_PAGES = 256;

  private final HostMemory memory;
  private final List<Long> slabs = new ArrayList<>();
  private final ArrayDeque<Long> free = new ArrayDeque<>();

  FrameSlabs(HostMemory memory) {
    this.memory = memory;
  }

  /** A zeroed host page. */
  long allocate() {
    long address;
    synchronized (this) {
      if (free.isEmpty()) {
        grow();
      }
      address = free.pop();
    }
    Host.zero(address, PAGE_SIZE);
    return address;
  }

  private void grow() {
    long slab = memory.reserve((long) SLAB_PAGES * PAGE_SIZE);
    if (slab == 0) {
      throw new MemoryLimitException("the host refused " + SLAB_PAGES + " pages for frames");
    }
    slabs.add(slab);
    for (int i = SLAB_PAGES - 1; i >= 0; i--) {
      free.push(slab + (long) i * PAGE_SIZE);
    }
  }

  synchronized void free(long address) {
    free.push(address);
  }

  synchronized void close() {
    free.clear();
    for (long slab : slabs) {
      memory.release(slab, (long) SLAB_PAGES * PAGE_SIZE);
    }
    slabs.clear();
  }
}
