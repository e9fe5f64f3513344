package io.rookery.mmu;

import static io.rookery.mmu.Host.PAGE_SHIFT;
import static io.rookery.mmu.Host.PAGE_SIZE;
import static io.rookery.mmu.Host.U;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A linear piece of host memory that holds guest pages at their guest address, with two tables of a
 * byte per page: the rights that {@link Access} tests, and the state; and a table of a byte per
 * granule, which {@link DirectAccess#reaches} tests. Everything but the reads of single bytes is
 * guarded by the lock of the address space that owns the window.
 */
@SuppressWarnings("removal") // sun.misc.Unsafe, see Host
final class Window {
  /** State: the page's contents are in the window. */
  static final int PRESENT = 1;

  /** State: the host page was touched, so it must be zeroed before it is granted. */
  static final int HOST = 2;

  /** State: contents differ from the source, or there is no source. */
  static final int MODIFIED = 4;

  /** State: present, and children borrow it. */
  static final int LENT = 8;

  /** State: contents are read from a {@link PageShare} at the first touch. */
  static final int BORROWED = 16;

  /** State: a code page whose missing WRITE right only serves to notice stores. */
  static final int STORABLE = 32;

  private static final int GRANULES_SHIFT = PAGE_SHIFT - DirectAccess.GRANULE_SHIFT;
  private static final long EACH_GRANULE = 0x0101_0101_0101_0101L;

  private static final int CHUNK_SHIFT = 9;
  private static final long CHUNK_PAGES = 1L << CHUNK_SHIFT;
  private static final long HOST_ONLY = 0x0202_0202_0202_0202L;

  /** What {@link #forEachUsed} calls. */
  @FunctionalInterface
  interface PageAction {
    void accept(long page, int state);
  }

  final long base;
  final long rights;
  private final long reach;
  final long pages;
  private final long states;
  private final HostMemory memory;
  private final long tableBytes;
  private final MemoryPool pool;

  /** Chunks of 512 pages in which the present owner has a page, and in which any owner had. */
  private final long[] used;

  private final long[] touched;
  private long hostPages;

  /** Loans that outlive the owner, and one for the owner itself. */
  private final AtomicInteger holders = new AtomicInteger();

  private Window(HostMemory memory, MemoryPool pool, long reach, long tables, long pages) {
    this.memory = memory;
    this.pool = pool;
    this.reach = reach;
    this.base = reach + granules(pages);
    this.pages = pages;
    this.rights = tables;
    this.tableBytes = tableBytes(pages);
    this.states = tables + tableBytes;
    int words = (int) Math.max(1, pages >>> (CHUNK_SHIFT + 6));
    this.used = new long[words];
    this.touched = new long[words];
  }

  /** Bytes of one table: the spare byte behind the last page needs a host page of its own. */
  private static long tableBytes(long pages) {
    return pages + PAGE_SIZE;
  }

  /** Reserves a window, or answers null when the host refuses. */
  static @Nullable Window reserve(HostMemory memory, MemoryPool pool, int bits) {
    long bytes = 1L << bits;
    long pages = bytes >>> PAGE_SHIFT;
    long reach = memory.reserve(granules(pages) + bytes);
    if (reach == 0) {
      return null;
    }
    long tables = memory.reserve(2 * tableBytes(pages));
    if (tables == 0) {
      memory.release(reach, granules(pages) + bytes);
      return null;
    }
    if (!memory.zeroed()) {
      Host.zero(reach, granules(pages));
      Host.zero(tables, 2 * tableBytes(pages));
    }
    return new Window(memory, pool, reach, tables, pages);
  }

  void close() {
    memory.release(reach, granules(pages) + bytes());
    memory.release(rights, 2 * tableBytes);
  }

  private static long granules(long pages) {
    return pages << GRANULES_SHIFT;
  }

  long bytes() {
    return pages << PAGE_SHIFT;
  }

  boolean contains(long page) {
    return page >= 0 && page < pages;
  }

  long host(long page) {
    return base + (page << PAGE_SHIFT);
  }

  long hostPages() {
    return hostPages;
  }

  int rights(long page) {
    return U.getByte(rights + page);
  }

  /** Publishes rights after the contents they allow to see. */
  void setRights(long page, int value) {
    U.storeFence();
    U.putByte(rights + page, (byte) value);
    setReach(page, value, rights(page + 1));
    if (page > 0) {
      setLastReach(page - 1, rights(page - 1), value);
    }
  }

  /** A page's granules grant what it grants, also for what follows within a granule's length. */
  private void setReach(long page, int value, int next) {
    long quad = reachOf(value, value) * EACH_GRANULE;
    long first = reach + (page << GRANULES_SHIFT);
    U.putLong(first, quad);
    U.putLong(first + 8, (quad & ~0L >>> 8) | (long) reachOf(value, next) << 56);
  }

  private void setLastReach(long page, int value, int next) {
    U.putByte(reach + (page + 1 << GRANULES_SHIFT) - 1, (byte) reachOf(value, next));
  }

  private static int reachOf(int here, int next) {
    int rights = here & (DirectAccess.READ | DirectAccess.WRITE);
    return rights | (rights & next) * DirectAccess.AND_BEYOND;
  }

  int state(long page) {
    return U.getByte(states + page);
  }

  void setState(long page, int value) {
    U.putByte(states + page, (byte) value);
  }

  /** Marks a page as used by the owner, so that {@link #forEachUsed} visits it. */
  void use(long page) {
    mark(used, page);
  }

  /** Prepares the host page for new contents, zeroed if asked for; returns its address. */
  long prepare(long page, boolean zeroed) {
    long host = host(page);
    mark(used, page);
    if ((state(page) & HOST) == 0) {
      mark(touched, page);
      setState(page, state(page) | HOST);
      hostPages++;
      pool.hostPageTouched();
      if (pool.freshMemoryIsZero()) {
        return host;
      }
    }
    if (zeroed) {
      Host.zero(host, PAGE_SIZE);
    }
    return host;
  }

  private static void mark(long[] bits, long page) {
    long chunk = page >>> CHUNK_SHIFT;
    bits[(int) (chunk >>> 6)] |= 1L << chunk;
  }

  /** Visits the pages of a range that are present or borrowed, in order. */
  void forEachUsed(long from, long to, PageAction action) {
    for (long page = Math.max(0, from), end = Math.min(to, pages); page < end; ) {
      page = nextMarked(used, page);
      long chunkEnd = Math.min(end, (page | CHUNK_PAGES - 1) + 1);
      for (; page < chunkEnd; page++) {
        if ((page & 7) == 0 && (U.getLong(states + page) & ~HOST_ONLY) == 0) {
          page += 7;
          continue;
        }
        int state = state(page);
        if ((state & ~HOST) != 0) {
          action.accept(page, state);
        }
      }
    }
  }

  /** The first page from {@code page} on in a marked chunk, or {@link #pages}. */
  private long nextMarked(long[] bits, long page) {
    long chunk = page >>> CHUNK_SHIFT;
    int word = (int) (chunk >>> 6);
    if (word >= bits.length) {
      return pages;
    }
    long rest = bits[word] & -1L << chunk;
    while (rest == 0) {
      if (++word == bits.length) {
        return pages;
      }
      rest = bits[word];
    }
    long found = ((long) word << 6) + Long.numberOfTrailingZeros(rest);
    return Math.max(page, found << CHUNK_SHIFT);
  }

  /** Gives host pages without contents back to the host; returns how many. */
  long trim() {
    long before = hostPages;
    for (long page = nextMarked(touched, 0); page < pages; page = nextMarked(touched, page)) {
      long chunkEnd = Math.min(pages, (page | CHUNK_PAGES - 1) + 1);
      while (page < chunkEnd) {
        long run = page;
        while (run < chunkEnd && (state(run) & (HOST | PRESENT)) == HOST) {
          run++;
        }
        if (run > page && memory.discard(host(page), (run - page) << PAGE_SHIFT)) {
          for (long p = page; p < run; p++) {
            setState(p, state(p) & ~HOST);
          }
          hostPages -= run - page;
        }
        page = Math.max(run, page + 1);
      }
    }
    long trimmed = before - hostPages;
    pool.hostPagesTrimmed(trimmed);
    return trimmed;
  }

  // ---- owner and borrowers ----

  /** A new owner takes an idle window. */
  void open() {
    holders.set(1);
  }

  /** A page stays borrowed although the owner leaves. */
  void hold() {
    holders.incrementAndGet();
  }

  /** The owner, or the last borrower of a page of an owner that has left, goes. */
  void drop() {
    if (holders.decrementAndGet() == 0) {
      pool.recycle(this);
    }
  }

  /** Forgets the owner's pages; borrowed contents stay in place. */
  void clear() {
    for (long page = nextMarked(used, 0); page < pages; page = nextMarked(used, page)) {
      long end = Math.min(pages, (page | CHUNK_PAGES - 1) + 1);
      Host.zero(rights + page, end - page);
      Host.zero(reach + granules(page), granules(end - page));
      for (; page < end; page += 8) {
        U.putLong(states + page, U.getLong(states + page) & HOST_ONLY);
      }
    }
    Arrays.fill(used, 0);
  }
}
