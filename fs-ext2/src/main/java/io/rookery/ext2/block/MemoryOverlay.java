package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** A base device with the changed clusters in memory. */
final class MemoryOverlay implements BlockDevice {
  private static final int CLUSTER = 4096;

  /** A cluster that was discarded: zeros that take no memory. */
  private static final byte[] ZEROS = new byte[0];

  private final BlockDevice base;
  private final long maxClusters;
  private final Map<Long, byte[]> changed = new HashMap<>();
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private long held;
  private boolean closed;

  MemoryOverlay(BlockDevice base, long maxBytes) {
    if (base.blockSize() > CLUSTER) {
      throw new IllegalArgumentException("base has blocks of " + base.blockSize() + " bytes");
    }
    this.base = base;
    this.maxClusters = maxBytes / CLUSTER;
  }

  @Override
  public long size() {
    return base.size();
  }

  @Override
  public int blockSize() {
    return base.blockSize();
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public void read(long offset, ByteBuffer dst) throws IOException {
    DeviceRange.check(this, offset, dst.remaining());
    lock.readLock().lock();
    try {
      checkOpen();
      long at = offset;
      while (dst.hasRemaining()) {
        long cluster = at / CLUSTER;
        int from = (int) (at % CLUSTER);
        int n = Math.min(dst.remaining(), CLUSTER - from);
        byte[] data = changed.get(cluster);
        if (data != null && data.length > 0) {
          dst.put(data, from, n);
        } else if (data != null) {
          DeviceRange.putZeros(dst, n);
        } else {
          while (n < dst.remaining() && !changed.containsKey(++cluster)) {
            n = Math.min(dst.remaining(), n + CLUSTER);
          }
          base.read(at, DeviceRange.take(dst, n));
        }
        at += n;
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void write(long offset, ByteBuffer src) throws IOException {
    DeviceRange.checkWrite(this, offset, src.remaining());
    lock.writeLock().lock();
    try {
      checkOpen();
      long at = offset;
      while (src.hasRemaining()) {
        int from = (int) (at % CLUSTER);
        int n = Math.min(src.remaining(), CLUSTER - from);
        src.get(writable(at / CLUSTER, n == CLUSTER), from, n);
        at += n;
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private byte[] writable(long cluster, boolean whole) throws IOException {
    byte[] data = changed.get(cluster);
    if (data != null && data.length > 0) {
      return data;
    }
    if (held >= maxClusters) {
      throw new DeviceFullException(
          "the overlay's %d bytes of memory are used up".formatted(maxClusters * CLUSTER));
    }
    byte[] copy = new byte[CLUSTER];
    if (data == null && !whole) {
      long start = cluster * CLUSTER;
      int length = (int) Math.min(CLUSTER, base.size() - start);
      base.read(start, ByteBuffer.wrap(copy, 0, length));
    }
    changed.put(cluster, copy);
    held++;
    return copy;
  }

  @Override
  public void flush() throws IOException {
    lock.readLock().lock();
    try {
      checkOpen();
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public boolean flushIsAtomic() {
    return true;
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    DeviceRange.checkWrite(this, offset, length);
    lock.writeLock().lock();
    try {
      checkOpen();
      long end = (offset + length) / CLUSTER;
      for (long c = (offset + CLUSTER - 1) / CLUSTER; c < end; c++) {
        // A cluster of the base stays as it is: a marker for it would take memory, not free it.
        byte[] data = changed.get(c);
        if (data != null && data.length > 0) {
          changed.put(c, ZEROS);
          held--;
        }
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      closed = true;
      changed.clear();
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException("overlay is closed");
    }
  }
}
