package io.rookery.mmu;

import java.nio.ByteBuffer;
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

  AddressSpace(long base, long perms, long pages) {
    this.base = base;
    this.perms = perms;
    this.pages = pages;
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
    throw unfinished();
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
    throw unfinished();
  }

  /**
   * Finds a free range: at the hint if that is free, else top-down below the mapping base; huge ranges
   * lie outside the window.
   *
   * @param hint wanted address, 0 for none; rounded down to a page
   * @param length bytes
   * @throws MappingException when no space is left
   */
  public long findFree(long hint, long length) {
    throw unfinished();
  }

  /** Sets the address below which {@link #findFree} looks; a multiple of 4096. */
  public void setMappingBase(long address) {
    throw unfinished();
  }

  /** The address below which {@link #findFree} looks. */
  public long mappingBase() {
    throw unfinished();
  }

  /** Sets how far below its end a {@link MapFlags#GROWSDOWN} mapping may grow, in bytes. */
  public void setStackLimit(long bytes) {
    throw unfinished();
  }

  /** Guest addresses are below this. */
  public long addressLimit() {
    throw unfinished();
  }

  /** Unmaps a range; holes in it are no error. */
  public void unmap(long address, long length) {
    throw unfinished();
  }

  /**
   * Changes the rights of a range. Where rights of present pages shrink, returns after every thread has
   * noticed.
   *
   * @throws MappingException with NOT_MAPPED at a hole; the mappings before it are changed, as on Linux
   */
  public void protect(long address, long length, int protection) {
    throw unfinished();
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
  public long remap(
      long address, long oldLength, long newLength, int remapFlags, long newAddress) {
    throw unfinished();
  }

  /**
   * Drops the pages of a range (MADV_DONTNEED): private ones are fresh at the next access, shared ones
   * are read again from their source.
   *
   * @throws MappingException with NOT_MAPPED at a hole; the mappings before and behind it are done
   */
  public void discard(long address, long length) {
    throw unfinished();
  }

  /** Tells the sources of shared mappings in a range what may have been stored to (msync(2)). */
  public void sync(long address, long length) {
    throw unfinished();
  }

  /**
   * Forgets the pages of an object, so that they are asked for again: after it was truncated, or a page
   * replaced. Private copies that were written to stay, unless the object ends before them.
   *
   * @param source the object
   * @param firstPage index of the first page
   * @param pageCount number of pages, {@link Long#MAX_VALUE} for all behind it
   */
  public void invalidate(PageSource source, long firstPage, long pageCount) {
    throw unfinished();
  }

  /** Whether all of a range is mapped. */
  public boolean isMapped(long address, long length) {
    throw unfinished();
  }

  /** The mapping an address lies in, or null. */
  public @Nullable Mapping mappingAt(long address) {
    throw unfinished();
  }

  /** Hands every mapping to an action, in address order; a consistent snapshot. */
  public void forEachMapping(Consumer<Mapping> action) {
    throw unfinished();
  }

  /** Whether a page's contents are in memory (mincore(2)). */
  public boolean isResident(long address) {
    throw unfinished();
  }

  /** Number of pages in memory. */
  public long residentPages() {
    throw unfinished();
  }

  /** Sum of the lengths of the mappings. */
  public long mappedBytes() {
    throw unfinished();
  }

  /**
   * Makes a copy for a child process, held once. Private pages are copied when either side touches
   * them. Waits until no other thread of this address space has a store under way.
   *
   * @throws MemoryLimitException when the host grants no window
   */
  public AddressSpace fork() {
    throw unfinished();
  }

  /** Adds a reference. */
  public void retain() {
    throw unfinished();
  }

  /** Drops a reference; the last one unmaps everything. */
  public void release() {
    throw unfinished();
  }

  // ---- the kernel's accesses ----

  /**
   * Reads guest memory.
   *
   * @throws MemoryFault at the first byte that cannot be read; those before it are in the array
   */
  public void read(long address, byte[] destination, int offset, int length) {
    throw unfinished();
  }

  /**
   * Writes guest memory.
   *
   * @throws MemoryFault at the first byte that cannot be written; those before it are written
   */
  public void write(long address, byte[] source, int offset, int length) {
    throw unfinished();
  }

  /**
   * Reads {@code destination.remaining()} bytes.
   *
   * @throws MemoryFault at the first byte that cannot be read; the position tells how far it came
   */
  public void read(long address, ByteBuffer destination) {
    throw unfinished();
  }

  /**
   * Writes {@code source.remaining()} bytes.
   *
   * @throws MemoryFault at the first byte that cannot be written; the position tells how far it came
   */
  public void write(long address, ByteBuffer source) {
    throw unfinished();
  }

  /**
   * Reads what the rights forbid too, as ptrace(2) and /proc/pid/mem may; what is not mapped faults.
   */
  public void readForced(long address, byte[] destination, int offset, int length) {
    throw unfinished();
  }

  /**
   * Writes what the rights forbid too; private pages are copied first, and read-only shared ones fault.
   */
  public void writeForced(long address, byte[] source, int offset, int length) {
    throw unfinished();
  }

  /**
   * Reads a string that ends with a zero byte.
   *
   * @param max most bytes to look at, the zero byte included
   * @return the bytes before the zero, or null when there is none within {@code max}
   * @throws MemoryFault when it cannot be read that far
   */
  public byte @Nullable [] readCString(long address, int max) {
    throw unfinished();
  }

  /** Loads one byte. */
  public byte loadByte(long address) {
    throw unfinished();
  }

  /** Loads two bytes. */
  public short loadShort(long address) {
    throw unfinished();
  }

  /** Loads four bytes. */
  public int loadInt(long address) {
    throw unfinished();
  }

  /** Loads eight bytes. */
  public long loadLong(long address) {
    throw unfinished();
  }

  /** Stores one byte. */
  public void storeByte(long address, byte value) {
    throw unfinished();
  }

  /** Stores two bytes. */
  public void storeShort(long address, short value) {
    throw unfinished();
  }

  /** Stores four bytes. */
  public void storeInt(long address, int value) {
    throw unfinished();
  }

  /** Stores eight bytes. */
  public void storeLong(long address, long value) {
    throw unfinished();
  }

  /** Atomic compare and exchange of four bytes, for futexes and robust lists; returns the old value. */
  public int compareAndExchangeInt(long address, int expected, int value) {
    throw unfinished();
  }

  // ---- code ----

  /** Sets who is told about changes to code pages. */
  public void setCodeListener(@Nullable CodeListener listener) {
    throw unfinished();
  }

  /** Marks a page as holding translated code: stores to it are reported from now on. */
  public void markCode(long pageAddress) {
    throw unfinished();
  }

  /** Takes the mark away. */
  public void clearCode(long pageAddress) {
    throw unfinished();
  }

  /**
   * Fetches instruction bytes, up to the first page that cannot be executed.
   *
   * @param max most bytes to fetch
   * @return how many bytes were fetched, at least 1
   * @throws MemoryFault when the first byte cannot be executed
   */
  public int fetch(long address, byte[] destination, int max) {
    throw unfinished();
  }

  /** Names the bytes of a page, or null when they are private to this address space. */
  public @Nullable CodeIdentity codeIdentity(long pageAddress) {
    throw unfinished();
  }

  // ---- threads ----

  /** The calling thread is going to run guest code here. It starts outside the kernel. */
  public void register(Participant participant) {
    throw unfinished();
  }

  /** The thread runs no more guest code here. */
  public void unregister(Participant participant) {
    throw unfinished();
  }

  /** The thread is at a poll: no check made before it is relied on any more. */
  public void passedPoll(Participant participant) {
    throw unfinished();
  }

  /** The thread enters a system call: it makes no guest access until it leaves. */
  public void enterKernel(Participant participant) {
    throw unfinished();
  }

  /** The thread leaves its system call. */
  public void exitKernel(Participant participant) {
    throw unfinished();
  }

  // ---- slow paths of Access ----

  long slowLoad8(long addr) {
    throw unfinished();
  }

  void slowStore8(long addr, long value) {
    throw unfinished();
  }

  long slowLoad16(long addr) {
    throw unfinished();
  }

  void slowStore16(long addr, long value) {
    throw unfinished();
  }

  long slowLoad32(long addr) {
    throw unfinished();
  }

  void slowStore32(long addr, long value) {
    throw unfinished();
  }

  long slowLoad64(long addr) {
    throw unfinished();
  }

  void slowStore64(long addr, long value) {
    throw unfinished();
  }

  void slowStore128(long addr, long lo, long hi) {
    throw unfinished();
  }

  void slowStore256(long addr, long q0, long q1, long q2, long q3) {
    throw unfinished();
  }

  long slowAtomic(int operation, long addr, long value, long expected, int size) {
    throw unfinished();
  }

  boolean compareAndSwap128(
      long host, long addr, long expLo, long expHi, long newLo, long newHi, long[] oldOut) {
    throw unfinished();
  }

  private static UnsupportedOperationException unfinished() {
    return new UnsupportedOperationException("not written yet");
  }
}
