package io.rookery.linux.vfs;

import com.google.common.collect.Iterables;
import io.rookery.linux.errno.Errno;
import io.rookery.mmu.Frame;
import io.rookery.mmu.MemoryLimitException;
import io.rookery.mmu.PageSource;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The pages of one file: the one truth for read(2), write(2) and mmap(2). Thread-safe; data is
 * copied between host arrays and frames only, so its lock is never held while guest memory is
 * touched.
 *
 * <p>Pages that were changed stay until {@link #sync} has written them to a writable store, or for
 * ever where the store is not writable (files in memory, overlays). Clean, unpinned pages of a
 * store can be dropped by {@link #reclaim}.
 */
public final class PageCache implements PageSource {
  /** Bytes in a page. */
  public static final int PAGE = Frame.SIZE;

  private static final int READ_AHEAD = 16;
  private static final int MAX_DIRTY = 2048;
  private static final int OWN_SHARE = 64; // pages to give up when memory is short
  private static final Cleaner CLEANER = Cleaner.create();

  private static final class Page {
    final Frame frame;
    int pins;
    int writePins;
    boolean dirty;
    boolean used;
    boolean discarded;

    Page(Frame frame) {
      this.frame = frame;
    }
  }

  /** Apart from the cache, so that its cleaner does not hold the cache. */
  private static final class Pages implements Runnable {
    final NavigableMap<Long, Page> map = new TreeMap<>();
    final ReentrantLock lock = new ReentrantLock();
    private final PageCaches.FrameReturn frameReturn;

    Pages(PageCaches.FrameReturn frameReturn) {
      this.frameReturn = frameReturn;
    }

    @Override
    public void run() {
      lock.lock();
      try {
        frameReturn.release(Iterables.transform(map.values(), p -> p.frame));
        map.clear();
      } finally {
        lock.unlock();
      }
    }
  }

  private final PageCaches owner;
  private final PageStore store;
  private final String name;
  private final Pages pages;
  private final NavigableMap<Long, Page> map; // guarded by pages, as all below
  private final IdentityHashMap<Frame, Page> pinned = new IdentityHashMap<>();
  private long size;
  private long storeEnd; // bytes of the store beyond were cut off by truncate
  private int dirty;
  private int writePinned;
  private long mappedPages;
  private final AtomicLong generation;
  private final @Nullable PageQuota quota;
  private volatile @Nullable MappingListener listener;

  PageCache(
      PageCaches owner, PageStore store, String name, long generation, @Nullable PageQuota quota) {
    this.owner = owner;
    this.quota = quota;
    this.store = store;
    this.name = name;
    this.pages = new Pages(owner.frameReturn());
    this.map = pages.map;
    this.size = store.size();
    this.storeEnd = size;
    this.generation = new AtomicLong(generation);
    CLEANER.register(this, pages);
  }

  /** The size in bytes. */
  public long size() {
    pages.lock.lock();
    try {
      return size;
    } finally {
      pages.lock.unlock();
    }
  }

  /** Pages in memory, for st_blocks of files in memory. */
  public long residentPages() {
    pages.lock.lock();
    try {
      return map.size();
    } finally {
      pages.lock.unlock();
    }
  }

  /** Whether content differs from the store, or may at any time through a mapping. */
  public boolean hasDirty() {
    pages.lock.lock();
    try {
      return dirty > 0 || writePinned > 0;
    } finally {
      pages.lock.unlock();
    }
  }

  /** Reads bytes; 0 at and beyond the end. */
  public int read(long position, byte[] target, int offset, int length) throws IOException {
    pages.lock.lock();
    try {
      if (position >= size) {
        return 0;
      }
      int n = (int) Math.min(length, size - position);
      int done = 0;
      while (done < n) {
        long at = position + done;
        int in = (int) (at & (PAGE - 1));
        int part = Math.min(n - done, PAGE - in);
        Page p = present(at / PAGE);
        if (p == null) {
          Arrays.fill(target, offset + done, offset + done + part, (byte) 0);
        } else {
          p.used = true;
          p.frame.read(in, target, offset + done, part);
        }
        done += part;
      }
      return n;
    } finally {
      pages.lock.unlock();
    }
  }

  /**
   * Writes bytes, growing the file; returns how many.
   *
   * @throws NoSpaceException when there is no room for any
   */
  public int write(long position, byte[] source, int offset, int length) throws IOException {
    pages.lock.lock();
    try {
      int done = 0;
      try {
        while (done < length) {
          long at = position + done;
          int in = (int) (at & (PAGE - 1));
          int part = Math.min(length - done, PAGE - in);
          Page p;
          try {
            p = part == PAGE ? blank(at / PAGE) : loaded(at / PAGE);
          } catch (NoSpaceException | MemoryLimitException e) {
            if (done == 0) {
              throw e;
            }
            return done;
          }
          p.frame.write(in, source, offset + done, part);
          markDirty(p);
          done += part;
          size = Math.max(size, at + part);
        }
      } finally {
        generation.incrementAndGet();
      }
      if (dirty > MAX_DIRTY && store.writable()) {
        writeBack();
      }
      return done;
    } finally {
      pages.lock.unlock();
    }
  }

  /**
   * Makes the pages of a range without content, all or none (fallocate(2)).
   *
   * @throws NoSpaceException when there is no room
   */
  public void allocate(long from, long length) throws IOException {
    pages.lock.lock();
    try {
      List<Long> made = new ArrayList<>();
      try {
        long end = (from + length - 1) / PAGE;
        for (long index = from / PAGE; index <= end; index++) {
          if (map.get(index) == null) {
            markDirty(blank(index));
            made.add(index);
          }
        }
      } catch (NoSpaceException | MemoryLimitException e) {
        for (Long index : made) {
          discard(index * PAGE, (index + 1) * PAGE);
        }
        throw e;
      }
      generation.incrementAndGet();
    } finally {
      pages.lock.unlock();
    }
  }

  /** Updates pages that are in memory after the store itself was written (write-through). */
  public void overwritten(long position, byte[] source, int offset, int length) {
    pages.lock.lock();
    try {
      int done = 0;
      while (done < length) {
        long at = position + done;
        int in = (int) (at & (PAGE - 1));
        int part = Math.min(length - done, PAGE - in);
        Page p = map.get(at / PAGE);
        if (p != null) {
          p.frame.write(in, source, offset + done, part);
        }
        done += part;
      }
      size = Math.max(size, position + length);
      storeEnd = Math.max(storeEnd, size);
      generation.incrementAndGet();
    } finally {
      pages.lock.unlock();
    }
  }

  /** Sets the size; the bytes that come into being are zeros. */
  public void truncate(long newSize) throws IOException {
    pages.lock.lock();
    try {
      if (newSize < size) {
        discard(newSize, Long.MAX_VALUE - PAGE);
        storeEnd = Math.min(storeEnd, newSize);
      }
      size = newSize;
      generation.incrementAndGet();
    } finally {
      pages.lock.unlock();
    }
    owner.invalidated(this, (newSize + PAGE - 1) / PAGE, Long.MAX_VALUE);
  }

  /** Makes a range read as zeros and gives its whole pages back. */
  public void punch(long from, long length) throws IOException {
    long end;
    pages.lock.lock();
    try {
      end = Math.min(from + length, size);
      if (from < end) {
        if (store.size() > 0) {
          byte[] zeros = new byte[PAGE];
          for (long at = from; at < end; at += PAGE - (at & (PAGE - 1))) {
            write(at, zeros, 0, (int) Math.min(end - at, PAGE - (at & (PAGE - 1))));
          }
        } else {
          discard(from, end);
        }
      }
      generation.incrementAndGet();
    } finally {
      pages.lock.unlock();
    }
    owner.invalidated(this, from / PAGE, (length + PAGE - 1) / PAGE + 1);
  }

  /** Zeroes partial pages of a range and drops whole ones. */
  private void discard(long from, long end) throws IOException {
    long firstWhole = (from + PAGE - 1) / PAGE;
    long endWhole = end / PAGE;
    int head = (int) (from & (PAGE - 1));
    if (head != 0) {
      Page p = present(from / PAGE);
      if (p != null) {
        p.frame.zero(head, (int) Math.min(PAGE - head, end - from));
        markDirty(p);
      }
    }
    int tail = (int) (end & (PAGE - 1));
    if (tail != 0 && endWhole >= firstWhole) {
      Page p = map.get(endWhole);
      if (p != null) {
        p.frame.zero(0, tail);
        markDirty(p);
      }
    }
    if (firstWhole < endWhole) {
      var whole = map.subMap(firstWhole, endWhole).values().iterator();
      while (whole.hasNext()) {
        Page p = whole.next();
        if (p.dirty) {
          dirty--;
        }
        whole.remove();
        giveBack(1);
        p.discarded = true;
        p.frame.release(); // a pin holds a reference of its own
      }
    }
  }

  private void markDirty(Page p) {
    if (!p.dirty) {
      p.dirty = true;
      dirty++;
    }
    p.used = true;
  }

  /** The page, read from the store if need be; null for a hole of a file in memory. */
  private @Nullable Page present(long index) throws IOException {
    Page p = map.get(index);
    if (p == null && index * PAGE < storeEnd) {
      load(index);
      p = map.get(index);
    }
    return p;
  }

  private Page loaded(long index) throws IOException {
    Page p = present(index);
    return p != null ? p : blank(index);
  }

  /** The page without regard to its content. */
  private Page blank(long index) throws NoSpaceException {
    Page p = map.get(index);
    if (p == null) {
      if (quota != null && !quota.take()) {
        throw new NoSpaceException(name);
      }
      try {
        p = new Page(allocate());
      } catch (MemoryLimitException e) {
        giveBack(1);
        throw e;
      }
      map.put(index, p);
    }
    return p;
  }

  private void giveBack(long count) {
    if (quota != null) {
      quota.give(count);
    }
  }

  /**
   * A frame, at the cost of this file's own clean pages if need be: the pool's reclaimer passes a
   * cache by whose lock is held.
   */
  private Frame allocate() {
    try {
      return owner.allocate();
    } catch (MemoryLimitException e) {
      if (dropClean(OWN_SHARE) + dropClean(OWN_SHARE) == 0) {
        throw e;
      }
      return owner.allocate();
    }
  }

  private void load(long first) throws IOException {
    long last = Math.min(first + READ_AHEAD, (storeEnd + PAGE - 1) / PAGE);
    Long next = map.ceilingKey(first);
    if (next != null) {
      last = Math.min(last, next);
    }
    int count = (int) (last - first);
    byte[] buffer = new byte[count * PAGE];
    int valid = (int) Math.min(buffer.length, storeEnd - first * PAGE);
    store.load(first * PAGE, buffer, 0, valid);
    for (int i = 0; i < count; i++) {
      Frame f;
      try {
        f = i == 0 ? allocate() : owner.allocate();
      } catch (MemoryLimitException e) {
        if (i > 0) {
          return; // read ahead is not needed
        }
        throw e;
      }
      f.write(0, buffer, i * PAGE, PAGE);
      map.put(first + i, new Page(f));
    }
  }

  /** Writes changed pages to a writable store. */
  public void sync() throws IOException {
    pages.lock.lock();
    try {
      if (store.writable()) {
        writeBack();
      }
    } finally {
      pages.lock.unlock();
    }
  }

  private void writeBack() throws IOException {
    byte[] run = new byte[READ_AHEAD * PAGE];
    long runStart = 0;
    int runPages = 0;
    for (var e : map.entrySet()) {
      Page p = e.getValue();
      if (!p.dirty && p.writePins == 0) {
        continue;
      }
      long index = e.getKey();
      if (runPages > 0 && (index != runStart + runPages || runPages == READ_AHEAD)) {
        flush(runStart, run, runPages);
        runPages = 0;
      }
      if (runPages == 0) {
        runStart = index;
      }
      p.frame.read(0, run, runPages * PAGE, PAGE);
      runPages++;
    }
    if (runPages > 0) {
      flush(runStart, run, runPages);
    }
    for (Page p : map.values()) {
      p.dirty = false;
    }
    dirty = 0;
  }

  private void flush(long first, byte[] run, int count) throws IOException {
    long start = first * PAGE;
    int n = (int) Math.min((long) count * PAGE, size - start);
    if (n > 0) {
      store.store(start, run, 0, n);
      storeEnd = Math.max(storeEnd, start + n);
    }
  }

  /** Drops every page and forgets changes: the file has been deleted. */
  public void drop() {
    pages.lock.lock();
    try {
      size = 0;
      storeEnd = 0;
      dirty = 0;
      for (Page p : map.values()) {
        p.discarded = true;
        p.frame.release();
      }
      giveBack(map.size());
      map.clear();
      generation.incrementAndGet();
    } finally {
      pages.lock.unlock();
    }
  }

  /**
   * The store changed behind the cache: forgets all clean pages and takes its size. Whoever maps
   * them asks again.
   */
  public void storeChanged(long newGeneration) {
    pages.lock.lock();
    try {
      map.values()
          .removeIf(
              p -> {
                if (!p.dirty) {
                  p.discarded = true;
                  p.frame.release(); // a pin holds a reference of its own
                }
                return !p.dirty;
              });
      if (dirty == 0) {
        size = store.size();
        storeEnd = size;
      }
      generation.set(newGeneration);
    } finally {
      pages.lock.unlock();
    }
    owner.invalidated(this, 0, Long.MAX_VALUE);
  }

  /** Drops up to {@code wanted} clean pages that were not used lately; returns how many. */
  long reclaim(long wanted) {
    // Called from an allocation, perhaps with the lock of another cache or this one held.
    if (pages.lock.isHeldByCurrentThread() || !pages.lock.tryLock()) {
      return 0;
    }
    try {
      return dropClean(wanted);
    } finally {
      pages.lock.unlock();
    }
  }

  /** One round over the pages; those that were used lately are spared this time. */
  private long dropClean(long wanted) {
    long dropped = 0;
    var i = map.entrySet().iterator();
    while (i.hasNext() && dropped < wanted) {
      var e = i.next();
      Page p = e.getValue();
      if (p.dirty || p.pins > 0 || e.getKey() * PAGE >= storeEnd) {
        continue;
      }
      if (p.used) {
        p.used = false;
        continue;
      }
      i.remove();
      p.frame.release();
      dropped++;
    }
    return dropped;
  }

  /** The next page with content ({@code hole} false) or without, from an offset; -1 if none. */
  public long seek(long offset, boolean hole) {
    pages.lock.lock();
    try {
      for (long at = offset; at < size; at = (at / PAGE + 1) * PAGE) {
        boolean data = at < storeEnd || map.containsKey(at / PAGE);
        if (data != hole) {
          return at;
        }
      }
      return -1;
    } finally {
      pages.lock.unlock();
    }
  }

  /** Whether an address space maps pages of the file. */
  public boolean mapped() {
    pages.lock.lock();
    try {
      return mappedPages > 0;
    } finally {
      pages.lock.unlock();
    }
  }

  // PageSource

  @Override
  public @Nullable Frame frame(long pageIndex, boolean forWrite) throws IOException {
    pages.lock.lock();
    try {
      if (pageIndex < 0 || pageIndex > (size - 1) / PAGE || size == 0) {
        return null;
      }
      Page p = loaded(pageIndex);
      if (p.pins++ == 0) {
        pinned.put(p.frame, p);
      }
      p.used = true;
      p.frame.retain();
      if (forWrite) {
        p.writePins++;
        writePinned++;
        markDirty(p);
      }
      return p.frame;
    } finally {
      pages.lock.unlock();
    }
  }

  @Override
  public void unpin(Frame frame) {
    pages.lock.lock();
    try {
      Page p = pinned.get(frame);
      if (p != null && --p.pins == 0) {
        pinned.remove(frame);
      }
      if (p != null && p.writePins > p.pins) {
        writePinned -= p.writePins - p.pins;
        p.writePins = p.pins;
      }
    } finally {
      pages.lock.unlock();
    }
    frame.release();
  }

  @Override
  public void dirtied(Frame frame) {
    pages.lock.lock();
    try {
      Page p = pinned.get(frame);
      if (p != null && !p.discarded) {
        markDirty(p);
      }
    } finally {
      pages.lock.unlock();
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long sizeBytes() {
    return size();
  }

  @Override
  public long generation(long pageIndex) {
    return generation.get();
  }

  @Override
  public void mapped(long count) {
    boolean first;
    pages.lock.lock();
    try {
      first = mappedPages == 0;
      mappedPages += count;
    } finally {
      pages.lock.unlock();
    }
    MappingListener l = listener;
    if (first && l != null) {
      l.mapped();
    }
  }

  @Override
  public void unmapped(long count) {
    boolean last;
    pages.lock.lock();
    try {
      mappedPages -= count;
      last = mappedPages == 0;
    } finally {
      pages.lock.unlock();
    }
    MappingListener l = listener;
    if (last && l != null) {
      l.unmapped();
    }
  }

  /** Hears when the first mapping of a file comes and the last one goes. */
  public interface MappingListener {
    default void mapped() {}

    void unmapped();
  }

  /** Sets who hears of mappings: a deleted file can be freed when the last one goes. */
  public void setListener(MappingListener newListener) {
    listener = newListener;
  }

  /** The errno for a failure of the store. */
  public static RuntimeException failure(IOException e) {
    Errno errno =
        switch (e) {
          case NoSuchFileException x -> Errno.ESTALE;
          case NoSpaceException x -> Errno.ENOSPC;
          default -> Errno.EIO;
        };
    return errno.exception();
  }
}
