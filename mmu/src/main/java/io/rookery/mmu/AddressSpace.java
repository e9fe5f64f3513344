package io.rookery.mmu;

import static io.rookery.mmu.Host.PAGE_MASK;
import static io.rookery.mmu.Host.PAGE_SHIFT;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a guest process: mappings, pages and rights.
 *
 * <p>Guest addresses below {@code pages * 4096} lie in the window: guest address + {@link #base} is
 * the host address of a byte, once the page's byte in the table at {@link #perms} grants the right.
 * Everything else is done by slow paths behind {@link Access}. Thread-safe.
 *
 * <p>All ranges are whole pages: addresses are multiples of 4096 and lengths positive multiples of
 * 4096; anything else, and ranges beyond {@link #addressLimit}, is an {@link
 * IllegalArgumentException}.
 */
public final class AddressSpace {
  /** Table bit: loads may go on. */
  public static final int READ = 1;

  /** Table bit: stores may go on. */
  public static final int WRITE = 2;

  /** Table bit: the page is present and may be executed. */
  public static final int EXEC = 4;

  /** Table bit: the page holds translated code; WRITE is not set beside it. */
  public static final int CODE = 8;

  /** Host address of guest address 0. */
  public final long base;

  /** Host address of the table: a byte for each page of the window and a zero byte behind them. */
  public final long perms;

  /** Pages in the window. */
  public final long pages;

  /** User addresses of x86-64 with four-level paging are below it. */
  static final long USER_LIMIT = 1L << 47;

  /** Linux's default gap below a stack. */
  static final long STACK_GUARD = 256L << PAGE_SHIFT;

  private static final long DEFAULT_STACK_LIMIT = 8L << 20;

  final MemoryPool pool;
  final GuestThreads threads = new GuestThreads();
  final SpaceLock lock = new SpaceLock(threads);
  final Quarantine quarantine;

  private final Mappings mappings;
  private final Window window;
  private final Pages pageStates;
  private final MappingCalls calls;
  private final MappingOperations operations;
  private final FaultHandler faults;

  /**
   * Loads and stores call it directly: its methods exceed the 35 bytecodes that HotSpot inlines at
   * rare calls.
   */
  final SlowPath slow;

  private final GuestCopies copies;
  private final AtomicInteger references = new AtomicInteger(1);
  private final int windowBits;
  private final long addressLimit;
  private long stackLimit = DEFAULT_STACK_LIMIT;
  private volatile @Nullable CodeListener codeListener;

  AddressSpace(MemoryPool pool, Window window, int windowBits, long addressLimit) {
    this(pool, window, windowBits, addressLimit, new Mappings(), defaultBase(window, addressLimit));
  }

  private AddressSpace(
      MemoryPool pool,
      Window window,
      int windowBits,
      long addressLimit,
      Mappings mappings,
      long mappingBase) {
    this.base = window.base;
    this.perms = window.rights;
    this.pages = window.pages;
    this.pool = pool;
    this.windowBits = windowBits;
    this.addressLimit = addressLimit;
    this.mappings = mappings;
    this.quarantine = new Quarantine(pool, threads);
    this.window = window;
    this.pageStates = new Pages(pool, window);
    this.calls = new MappingCalls(this, mappings, pageStates, mappingBase);
    this.operations = new MappingOperations(this, mappings, pageStates, calls);
    this.faults = new FaultHandler(this, pageStates);
    this.slow = new SlowPath(this, pageStates, faults);
    this.copies = new GuestCopies(this, slow, faults, quarantine.copies);
  }

  /** Leaves the top sixteenth of the window to stacks. */
  private static long defaultBase(Window window, long addressLimit) {
    long top = Math.min(window.bytes(), addressLimit);
    return top - top / 16 & -Host.PAGE_SIZE;
  }

  // ---- mappings ----

  /**
   * Maps a range, replacing what is there (MAP_FIXED).
   *
   * @param address first guest address
   * @param length bytes
   * @param protection see {@link Protection}
   * @param flags {@link MapFlags#SHARED} or {@link MapFlags#PRIVATE}, and others
   * @param source where pages come from; null for zeroed anonymous memory, shared or private
   * @param offset offset in the source, a multiple of 4096
   * @param tag what listings show, see {@link Mapping#tag}
   * @return {@code address}
   * @throws MappingException when there are too many mappings
   */
  public long map(
      long address,
      long length,
      int protection,
      int flags,
      @Nullable PageSource source,
      long offset,
      @Nullable Object tag) {
    return operations.map(address, length, protection, flags, source, offset, tag);
  }

  /**
   * Maps a free range, chosen like {@link #findFree} in the same step.
   *
   * @return the address
   * @throws MappingException when there are too many mappings or no space is left
   */
  public long mapAnywhere(
      long hint,
      long length,
      int protection,
      int flags,
      @Nullable PageSource source,
      long offset,
      @Nullable Object tag) {
    return operations.mapAnywhere(hint, length, protection, flags, source, offset, tag);
  }

  /**
   * Finds a free range: at the hint if that is free, else top-down below the mapping base. Huge
   * ranges lie outside the window, all others inside it as long as there is room, whatever the
   * hint.
   *
   * @param hint wanted address, 0 for none; rounded down to a page
   * @param length bytes
   * @throws MappingException when no space is left
   */
  public long findFree(long hint, long length) {
    return operations.findFree(hint, length);
  }

  /** Sets the address below which {@link #findFree} looks; a multiple of 4096. */
  public void setMappingBase(long address) {
    operations.setMappingBase(address);
  }

  /** The address below which {@link #findFree} looks. */
  public long mappingBase() {
    return operations.locked(calls::mappingBase);
  }

  /** Sets how far below its end a {@link MapFlags#GROWSDOWN} mapping may grow, in bytes. */
  public void setStackLimit(long bytes) {
    lock.lock();
    try {
      stackLimit = bytes;
    } finally {
      lock.unlock();
    }
  }

  /** Guest addresses are below this. */
  public long addressLimit() {
    return addressLimit;
  }

  /** Unmaps a range; holes in it are no error. */
  public void unmap(long address, long length) {
    operations.unmap(address, length);
  }

  /**
   * Changes the rights of a range. Where rights of present pages shrink, returns after every thread
   * has noticed.
   *
   * @throws MappingException with NOT_MAPPED at a hole; the mappings before it are changed, as on
   *     Linux
   */
  public void protect(long address, long length, int protection) {
    operations.protect(address, length, protection);
  }

  /**
   * Resizes or moves a mapping (mremap(2)).
   *
   * @param address first guest address
   * @param oldLength bytes; all in one mapping
   * @param newLength bytes
   * @param remapFlags see {@link MapFlags#REMAP_MAYMOVE} and its neighbours
   * @param newAddress where to, with {@link MapFlags#REMAP_FIXED}
   * @return the new address
   * @throws MappingException when the old range is not mapped or there is no space
   */
  public long remap(long address, long oldLength, long newLength, int remapFlags, long newAddress) {
    return operations.remap(address, oldLength, newLength, remapFlags, newAddress);
  }

  /**
   * Drops the pages of a range (MADV_DONTNEED): private ones are fresh at the next access, shared
   * ones are read again from their source.
   *
   * @throws MappingException with NOT_MAPPED at a hole; the mappings before and behind it are done
   */
  public void discard(long address, long length) {
    operations.discard(address, length);
  }

  /**
   * Sets or clears a flag of the mappings in a range.
   *
   * @param flag {@link MapFlags#DONT_FORK}, {@link MapFlags#LOCKED}, or {@link
   *     MapFlags#WIPE_ON_FORK}, which only private anonymous memory may have
   * @throws MappingException with NOT_MAPPED at a hole; the mappings before and behind it are done
   */
  public void setFlag(long address, long length, int flag, boolean on) {
    operations.setFlag(address, length, flag, on);
  }

  /** Tells the sources of shared mappings in a range what may have been stored to (msync(2)). */
  public void sync(long address, long length) {
    operations.sync(address, length);
  }

  /**
   * Forgets the pages of an object, so that they are asked for again: after it was truncated, or a
   * page replaced. Private copies that were written to stay, unless the object ends before them.
   *
   * @param source the object
   * @param firstPage index of the first page
   * @param pageCount number of pages, {@link Long#MAX_VALUE} for all behind it
   */
  public void invalidate(PageSource source, long firstPage, long pageCount) {
    operations.invalidate(source, firstPage, pageCount);
  }

  /** Whether all of a range is mapped. */
  public boolean isMapped(long address, long length) {
    return operations.isMapped(address, length);
  }

  /** The mapping an address lies in, or null. */
  public @Nullable Mapping mappingAt(long address) {
    return operations.locked(() -> mappings.at(address));
  }

  /** Hands every mapping to an action, in address order; a consistent snapshot. */
  public void forEachMapping(Consumer<Mapping> action) {
    operations.locked(mappings::list).forEach(action);
  }

  /** Whether a page's contents are in memory (mincore(2)). */
  public boolean isResident(long address) {
    return operations.locked(() -> pageStates.isResident(address >>> PAGE_SHIFT));
  }

  /** Number of pages in memory. */
  public long residentPages() {
    return operations.locked(pageStates::resident);
  }

  /** Sum of the lengths of the mappings. */
  public long mappedBytes() {
    return operations.locked(mappings::bytes);
  }

  /**
   * Makes a copy for a child process, held once, of the mappings that are not {@link
   * MapFlags#DONT_FORK}. Private pages are copied when either side touches them. Waits until no
   * other thread of this address space has a store under way.
   *
   * @throws MemoryLimitException when the host grants no window
   */
  public AddressSpace fork() {
    Window window = pool.takeWindow(windowBits);
    if (window.pages != pages) {
      window.drop();
      throw new MemoryLimitException("the host granted no second window of " + pages + " pages");
    }
    AddressSpace child;
    lock.lock();
    try {
      quarantine.awaitAll();
      child =
          new AddressSpace(
              pool, window, windowBits, addressLimit, mappings.inherited(), calls.mappingBase());
      child.stackLimit = stackLimit;
      for (Mapping mapping : child.mappings.list()) {
        PageSource source = mapping.source();
        if (source != null) {
          source.mapped(mapping.length() >>> PAGE_SHIFT);
        }
        if (!mapping.shared() && (mapping.flags() & MapFlags.WIPE_ON_FORK) == 0) {
          pageStates.lend(mapping, child.pageStates);
        }
      }
      threads.await(quarantine.advance()); // whoever needs the lock meanwhile counts as stopped
    } finally {
      lock.unlock();
    }
    quarantine.runReady();
    pool.started(child);
    return child;
  }

  /** Adds a reference. */
  public void retain() {
    if (references.getAndIncrement() <= 0) {
      references.getAndDecrement();
      throw new IllegalStateException("the address space has ended");
    }
  }

  /** Drops a reference; the last one unmaps everything. */
  public void release() {
    int left = references.decrementAndGet();
    if (left < 0) {
      throw new IllegalStateException("the address space was released too often");
    }
    if (left == 0) {
      end();
    }
  }

  /** Whether the last reference was dropped. */
  public boolean hasEnded() {
    return references.get() <= 0;
  }

  private void end() {
    Retired retired = new Retired();
    lock.lock();
    try {
      pageStates.external.in(0, Long.MAX_VALUE).forEach(retired::addExternal);
      for (Mapping mapping : mappings.list()) {
        PageSource source = mapping.source();
        if (source != null) {
          retired.addUnmapped(source, mapping.length() >>> PAGE_SHIFT);
        }
      }
      quarantine.awaitAll();
      pageStates.leave();
    } finally {
      lock.unlock();
    }
    quarantine.runReady();
    retired.release(pool);
    pool.ended(this);
  }

  // ---- the kernel's accesses ----

  /**
   * Reads guest memory.
   *
   * @throws MemoryFault at the first byte that cannot be read; those before it are in the array
   */
  public void read(long address, byte[] destination, int offset, int length) {
    copies.read(address, destination, offset, length);
  }

  /**
   * Writes guest memory.
   *
   * @throws MemoryFault at the first byte that cannot be written; those before it are written
   */
  public void write(long address, byte[] source, int offset, int length) {
    copies.write(address, source, offset, length);
  }

  /**
   * Reads {@code destination.remaining()} bytes.
   *
   * @throws MemoryFault at the first byte that cannot be read; the position tells how far it came
   */
  public void read(long address, ByteBuffer destination) {
    copies.read(address, destination);
  }

  /**
   * Writes {@code source.remaining()} bytes.
   *
   * @throws MemoryFault at the first byte that cannot be written; the position tells how far it
   *     came
   */
  public void write(long address, ByteBuffer source) {
    copies.write(address, source);
  }

  /**
   * Reads what the rights forbid too, as ptrace(2) and /proc/pid/mem may; what is not mapped
   * faults.
   */
  public void readForced(long address, byte[] destination, int offset, int length) {
    copies.forced(address, destination, offset, length, false);
  }

  /**
   * Writes what the rights forbid too; private pages are copied first, and read-only shared ones
   * fault.
   */
  public void writeForced(long address, byte[] source, int offset, int length) {
    copies.forced(address, source, offset, length, true);
  }

  /**
   * Reads a string that ends with a zero byte.
   *
   * @param max most bytes to look at, the zero byte included
   * @return the bytes before the zero, or null when there is none within {@code max}
   * @throws MemoryFault when it cannot be read that far
   */
  public byte @Nullable [] readCString(long address, int max) {
    return copies.readCString(address, max);
  }

  /** Loads one byte. */
  public byte loadByte(long address) {
    return (byte) copies.load(address, 1);
  }

  /** Loads two bytes. */
  public short loadShort(long address) {
    return (short) copies.load(address, 2);
  }

  /** Loads four bytes. */
  public int loadInt(long address) {
    return (int) copies.load(address, 4);
  }

  /** Loads eight bytes. */
  public long loadLong(long address) {
    return copies.load(address, 8);
  }

  /** Stores one byte. */
  public void storeByte(long address, byte value) {
    copies.store(address, value, 1);
  }

  /** Stores two bytes. */
  public void storeShort(long address, short value) {
    copies.store(address, value, 2);
  }

  /** Stores four bytes. */
  public void storeInt(long address, int value) {
    copies.store(address, value, 4);
  }

  /** Stores eight bytes. */
  public void storeLong(long address, long value) {
    copies.store(address, value, 8);
  }

  /**
   * Atomic compare and exchange of four bytes, for futexes and robust lists; returns the old value.
   */
  public int compareAndExchangeInt(long address, int expected, int value) {
    return copies.compareAndExchangeInt(address, expected, value);
  }

  // ---- code ----

  /** Sets who is told about changes to code pages. */
  public void setCodeListener(@Nullable CodeListener listener) {
    codeListener = listener;
  }

  /**
   * Marks a page as holding translated code: stores to it are reported from now on.
   *
   * @return false if the page is not there
   */
  public boolean markCode(long pageAddress) {
    lock.lock();
    try {
      Mapping mapping = mappings.at(pageAddress);
      return mapping != null
          && pageStates.markCode(pageAddress >>> PAGE_SHIFT, mapping.protection());
    } finally {
      lock.unlock();
    }
  }

  /** Takes the mark away. */
  public void clearCode(long pageAddress) {
    lock.lock();
    try {
      Mapping mapping = mappings.at(pageAddress);
      if (mapping != null) {
        pageStates.clearCode(pageAddress >>> PAGE_SHIFT, mapping.protection());
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Fetches instruction bytes, up to the first page that cannot be executed.
   *
   * @param max most bytes to fetch
   * @return how many bytes were fetched, at least 1
   * @throws MemoryFault when the first byte cannot be executed
   */
  public int fetch(long address, byte[] destination, int max) {
    Objects.checkFromIndexSize(0, max, destination.length);
    return slow.fetch(address, destination, max);
  }

  /** Names the bytes of a page, or null when they are private to this address space. */
  public @Nullable CodeIdentity codeIdentity(long pageAddress) {
    lock.lock();
    try {
      Mapping mapping = mappings.at(pageAddress);
      PageSource source = mapping == null ? null : mapping.source();
      if (mapping == null || source == null || mapping.shared()) {
        return null;
      }
      long generation = pageStates.generation(pageAddress >>> PAGE_SHIFT);
      return generation == ExternalPage.NO_GENERATION
          ? null
          : new CodeIdentity(source, mapping.sourcePage(pageAddress & ~PAGE_MASK), generation);
    } finally {
      lock.unlock();
    }
  }

  // ---- threads ----

  /** The calling thread is going to run guest code here. It starts outside the kernel. */
  public void register(Participant participant) {
    retain();
    threads.add(participant);
  }

  /** The thread runs no more guest code here. */
  public void unregister(Participant participant) {
    threads.remove(participant);
    settle();
    release();
  }

  /** The thread is at a poll: no check made before it is relied on any more. */
  public void passedPoll(Participant participant) {
    threads.passedPoll(participant);
    settle();
  }

  /** The thread enters a system call: it makes no guest access until it leaves. */
  public void enterKernel(Participant participant) {
    threads.get(participant).enterQuiet();
    settle();
  }

  /** The thread leaves its system call. */
  public void exitKernel(Participant participant) {
    threads.leaveKernel(participant);
  }

  /**
   * Waits until every thread has passed a poll since the call began, or is in a system call
   * (membarrier(2)).
   */
  public void synchronizeThreads() {
    threads.await(threads.advance());
  }

  /**
   * Returns once every other thread has passed a poll since the call or is in a system call, and so
   * has run a full memory barrier (membarrier(2)). The calling thread must be in a system call.
   */
  public void barrier() {
    threads.await(threads.advance());
  }

  // ---- slow paths of Access ----

  void slowStore128(long addr, long lo, long hi) {
    slow.storeWide(addr, 16, lo, hi, 0, 0);
  }

  void slowStore256(long addr, long q0, long q1, long q2, long q3) {
    slow.storeWide(addr, 32, q0, q1, q2, q3);
  }

  long slowAtomic(int operation, long addr, long value, long expected, int size) {
    return slow.atomic(operation, addr, value, expected, size);
  }

  boolean compareAndSwap128(long host, long addr, long[] values) {
    if ((addr & 15) != 0) {
      throw MemoryFault.onWrite(MemoryFault.Kind.GENERAL_PROTECTION, addr);
    }
    long at = host != 0 ? host : slow.host(addr, WRITE);
    boolean swapped = Atomics.compareAndSwap128(at, values);
    if (host == 0) {
      slow.stored(addr, 16);
    }
    return swapped;
  }

  /**
   * Makes the page behind that of {@code address} accessible as that page is, where a page fault
   * would do that: {@link DirectAccess#reaches} looks beyond an access. Does nothing where that is
   * not allowed, and for shared mappings.
   */
  public void extendReach(long address) {
    long page = address >>> PAGE_SHIFT;
    if (!window.contains(page + 1)) {
      return;
    }
    int need = (window.rights(page) & WRITE) != 0 ? WRITE : READ;
    if ((window.rights(page + 1) & (need | CODE)) == 0 && grants(page + 1, need)) {
      try {
        faults.resolve(page + 1 << PAGE_SHIFT, need);
      } catch (MemoryFault fault) {
        // Beyond the end of a file, or no memory: whoever accesses the page will hear of it.
      }
    }
  }

  /** Whether a private mapping of the page grants {@code need}. */
  private boolean grants(long page, int need) {
    lock.lock();
    try {
      Mapping mapping = mappings.at(page << PAGE_SHIFT);
      return mapping != null && !mapping.shared() && (Rights.of(mapping.protection()) & need) != 0;
    } finally {
      lock.unlock();
    }
  }

  // ---- for the other classes of this package ----

  /** Who is told about changes of code, as far as anybody is. */
  public @Nullable CodeListener codeListener() {
    return codeListener;
  }

  /** The mapping at an address that is accessed: a stack grows. Called with the lock held. */
  @Nullable Mapping mappingForAccess(long address) {
    Mapping found = mappings.at(address);
    return found != null ? found : calls.grow(address, stackLimit);
  }

  /** Copies within a page whatever its rights; false when it must be faulted in first. */
  boolean copyForced(long address, byte[] bytes, int offset, int length, boolean write) {
    lock.lock();
    try {
      long host = pageStates.locate(address >>> PAGE_SHIFT, write);
      if (host == 0) {
        return false;
      }
      if (write) {
        Host.fromArray(bytes, offset, host + (address & PAGE_MASK), length);
      } else {
        Host.toArray(host + (address & PAGE_MASK), bytes, offset, length);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Gives host pages without contents back, unless the address space is busy. */
  void trim() {
    if (!lock.tryLock()) {
      return;
    }
    try {
      if (references.get() > 0 && !quarantine.waiting()) {
        window.trim();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Lets go what everyone has noticed, if nobody holds the lock. */
  private void settle() {
    if (quarantine.waiting() && lock.tryLock()) {
      try {
        quarantine.collect();
      } finally {
        lock.unlock();
      }
      quarantine.runReady();
    }
  }
}
