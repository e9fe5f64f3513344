package io.rookery.mmu;

import static io.rookery.mmu.Host.PAGE_SHIFT;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
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

  private static final int MIN_WINDOW_BITS = 24;
  private static final int MAX_IDLE_WINDOWS = 16;
  private static final long RECLAIM_BATCH = 64;

  /** Frees memory that can be had back, such as clean pages of a page cache. */
  @FunctionalInterface
  public interface Reclaimer {
    /**
     * Tries to release frames. Called with no lock of this module held, but on the thread that
     * needs memory, with whatever locks the caller of {@link #allocateFrame} holds.
     *
     * @param pages how many are wanted
     * @return how many were released; 0 means there is nothing left to give
     */
    long reclaim(long pages);
  }

  private final HostMemory memory;
  private final FrameSlabs slabs;
  private final FaultCounters faults = new FaultCounters();
  private final long limitPages;
  private final AtomicLong usedPages = new AtomicLong();
  private final AtomicLong hostPages = new AtomicLong();
  private final Set<AddressSpace> spaces = ConcurrentHashMap.newKeySet();
  private final List<Window> idle = new ArrayList<>();
  private volatile @Nullable Reclaimer reclaimer;
  private volatile long trimAt;
  private int grantedBits;
  private int borrowedWindows;
  private boolean closed;

  /**
   * Makes a pool.
   *
   * @param limitBytes how much memory guests and page cache may use together; at least 1 MiB
   */
  public MemoryPool(long limitBytes) {
    this(limitBytes, HostMemory.best());
  }

  MemoryPool(long limitBytes, HostMemory memory) {
    if (limitBytes < 1 << 20) {
      throw new IllegalArgumentException(
          "memory limit " + limitBytes + ", at least 1048576 expected");
    }
    this.limitPages = limitBytes >>> PAGE_SHIFT;
    this.memory = memory;
    this.slabs = new FrameSlabs(memory);
    this.trimAt = limitPages;
    this.grantedBits = memory.maxWindowBits();
  }

  /**
   * Links what the host's memory functions need, as the first pool would: tens of milliseconds that
   * a program can spend on another thread while it starts.
   */
  public static void prepare() {
    HostMemory.best();
  }

  /** Sets who is asked for memory back before a request fails. */
  public void setReclaimer(@Nullable Reclaimer reclaimer) {
    this.reclaimer = reclaimer;
  }

  // ---- accounting ----

  /** How much memory may be used, in bytes. */
  public long limitBytes() {
    return limitPages << PAGE_SHIFT;
  }

  /** How much memory is in use by guests and frames, in bytes. */
  public long usedBytes() {
    return usedPages.get() << PAGE_SHIFT;
  }

  /** How often accesses had to be prepared, by cause, in a stable order. */
  public Map<String, Long> statistics() {
    return faults.snapshot();
  }

  FaultCounters faults() {
    return faults;
  }

  /** Takes pages from the limit, without reclaiming any. */
  boolean tryCharge(long pages) {
    if (usedPages.addAndGet(pages) <= limitPages) {
      return true;
    }
    usedPages.addAndGet(-pages);
    return false;
  }

  /** Takes pages beyond the limit, where contents would be lost otherwise. */
  void forceCharge(long pages) {
    usedPages.addAndGet(pages);
  }

  void uncharge(long pages) {
    usedPages.addAndGet(-pages);
  }

  /** Asks for memory back; whether there was any. Call without locks. */
  boolean reclaim() {
    Reclaimer current = reclaimer;
    return current != null && current.reclaim(RECLAIM_BATCH) > 0;
  }

  boolean freshMemoryIsZero() {
    return memory.zeroed();
  }

  // ---- frames ----

  /**
   * Allocates a zeroed frame with one reference.
   *
   * @throws MemoryLimitException when the limit is reached and nothing can be reclaimed
   */
  public Frame allocateFrame() {
    while (true) {
      Frame frame = tryAllocateFrame();
      if (frame != null) {
        return frame;
      }
      if (!reclaim()) {
        throw new MemoryLimitException(
            "memory limit of " + limitBytes() + " bytes reached by one more page");
      }
    }
  }

  /** A zeroed frame, or null at the limit. */
  @Nullable Frame tryAllocateFrame() {
    return tryCharge(1) ? newFrame() : null;
  }

  /** A frame that is allowed to exceed the limit, where contents would be lost otherwise. */
  Frame forceAllocateFrame() {
    forceCharge(1);
    return newFrame();
  }

  private Frame newFrame() {
    try {
      return new Frame(this, slabs.allocate());
    } catch (MemoryLimitException e) {
      uncharge(1);
      throw e;
    }
  }

  void freeFrame(long address) {
    slabs.free(address);
    uncharge(1);
  }

  // ---- address spaces and windows ----

  /**
   * Makes an empty address space of a 64-bit program (guest addresses below 2^47), held once.
   *
   * @throws MemoryLimitException when the host grants no window
   */
  public AddressSpace newAddressSpace() {
    return newAddressSpace(DEFAULT_WINDOW_BITS, AddressSpace.USER_LIMIT);
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
    if (windowBits < MIN_WINDOW_BITS || windowBits > 40) {
      throw new IllegalArgumentException("window bits " + windowBits + ", 24 to 40 expected");
    }
    if (addressLimit <= 0
        || addressLimit > AddressSpace.USER_LIMIT
        || (addressLimit & Host.PAGE_MASK) != 0) {
      throw new IllegalArgumentException("address limit 0x" + Long.toHexString(addressLimit));
    }
    AddressSpace space = new AddressSpace(this, takeWindow(windowBits), windowBits, addressLimit);
    started(space);
    return space;
  }

  void started(AddressSpace space) {
    spaces.add(space);
  }

  void ended(AddressSpace space) {
    spaces.remove(space);
  }

  /** An idle window of that size or a new one, smaller if the host grants no such. */
  synchronized Window takeWindow(int bits) {
    if (closed) {
      throw new IllegalStateException("the memory pool is closed");
    }
    int wanted = Math.min(bits, grantedBits);
    Window window = takeIdle(1L << wanted);
    if (window == null) {
      window = reserve(wanted);
    }
    window.open();
    borrowedWindows++;
    return window;
  }

  private @Nullable Window takeIdle(long bytes) {
    for (int i = idle.size() - 1; i >= 0; i--) {
      if (idle.get(i).bytes() == bytes) {
        return idle.remove(i);
      }
    }
    return null;
  }

  private Window reserve(int wanted) {
    for (int bits = wanted; bits >= MIN_WINDOW_BITS; bits--) {
      Window window = Window.reserve(memory, this, bits);
      if (window != null) {
        return window;
      }
      closeIdle();
      if (bits == grantedBits && borrowedWindows == 0) {
        grantedBits = Math.max(MIN_WINDOW_BITS, bits - 1); // the host will not change its mind
      }
    }
    throw new MemoryLimitException("the host granted no window of 2^" + MIN_WINDOW_BITS + " bytes");
  }

  /** An owner has left a window, and nobody borrows from it. */
  synchronized void recycle(Window window) {
    borrowedWindows--;
    if (idle.size() < MAX_IDLE_WINDOWS && hostPages.get() <= limitPages) {
      idle.add(window);
    } else {
      discardWindow(window);
    }
  }

  private void discardWindow(Window window) {
    hostPages.addAndGet(-window.hostPages());
    window.close();
  }

  private synchronized long closeIdle() {
    long before = hostPages.get();
    idle.forEach(this::discardWindow);
    idle.clear();
    return before - hostPages.get();
  }

  /** Counts a fresh host page. */
  void hostPageTouched() {
    hostPages.incrementAndGet();
  }

  void hostPagesTrimmed(long pages) {
    hostPages.addAndGet(-pages);
  }

  /** Whether windows hold more host memory than guests may use. */
  boolean wantsTrim() {
    return hostPages.get() > trimAt;
  }

  /** Gives host memory without contents back to the host. Call without locks. */
  void trim() {
    if (closeIdle() == 0) {
      spaces.forEach(AddressSpace::trim);
    }
    trimAt = Math.max(limitPages, hostPages.get() + limitPages / 8); // what is left cannot be had
  }

  /**
   * Frees everything. All address spaces must have been released.
   *
   * @throws IllegalStateException when some have not; nothing is freed then
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    if (!spaces.isEmpty() || borrowedWindows != 0) {
      throw new IllegalStateException(spaces.size() + " address spaces are still in use");
    }
    closed = true;
    closeIdle();
    slabs.close();
  }
}
