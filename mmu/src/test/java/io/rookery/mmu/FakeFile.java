package io.rookery.mmu;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** A file with a page cache, as the kernel has one: read(2) and write(2) go to the same frames. */
final class FakeFile implements PageSource {
  private final MemoryPool pool;
  private final Map<Long, Frame> cache = new HashMap<>();
  private final Map<Long, Long> generations = new HashMap<>();
  private long size;
  int pins;
  int writePins;
  int dirtied;
  long mappedPages;
  boolean broken;

  /** Runs after a page was pinned, as if another process were faster. */
  Runnable afterPin = () -> {};

  FakeFile(MemoryPool pool, long size) {
    this.pool = pool;
    this.size = size;
  }

  @Override
  public Frame frame(long pageIndex, boolean forWrite) throws IOException {
    Frame frame = pin(pageIndex, forWrite);
    afterPin.run();
    return frame;
  }

  private synchronized Frame pin(long pageIndex, boolean forWrite) throws IOException {
    if (broken) {
      throw new IOException("disk error");
    }
    if (pageIndex << 12 >= size) {
      return null;
    }
    Frame frame = cached(pageIndex);
    frame.retain();
    pins++;
    if (forWrite) {
      writePins++;
    }
    return frame;
  }

  private Frame cached(long pageIndex) {
    return cache.computeIfAbsent(pageIndex, i -> pool.allocateFrame());
  }

  @Override
  public synchronized void unpin(Frame frame) {
    pins--;
    frame.release();
  }

  @Override
  public synchronized void dirtied(Frame frame) {
    dirtied++;
  }

  @Override
  public String name() {
    return "fake";
  }

  @Override
  public synchronized long sizeBytes() {
    return size;
  }

  @Override
  public synchronized long generation(long pageIndex) {
    return generations.getOrDefault(pageIndex, 1L);
  }

  @Override
  public synchronized void mapped(long pages) {
    mappedPages += pages;
  }

  @Override
  public synchronized void unmapped(long pages) {
    mappedPages -= pages;
  }

  /** pwrite(2) within one page. */
  synchronized void write(long position, byte... bytes) {
    long page = position >>> 12;
    cached(page).write((int) position & 4095, bytes, 0, bytes.length);
    generations.merge(page, 2L, Long::sum);
    size = Math.max(size, position + bytes.length);
  }

  /** pread(2) of one byte. */
  synchronized byte read(long position) {
    byte[] one = new byte[1];
    cached(position >>> 12).read((int) position & 4095, one, 0, 1);
    return one[0];
  }

  /** ftruncate(2), towards one address space that maps the file. */
  void truncate(long newSize, AddressSpace space) {
    synchronized (this) {
      size = newSize;
      cache
          .entrySet()
          .removeIf(
              e -> {
                boolean beyond = e.getKey() << 12 >= newSize;
                if (beyond) {
                  e.getValue().release();
                }
                return beyond;
              });
    }
    space.invalidate(this, (newSize + 4095) >>> 12, Long.MAX_VALUE);
  }

  /** Drops the cache. */
  synchronized void close() {
    cache.values().forEach(Frame::release);
    cache.clear();
  }
}
