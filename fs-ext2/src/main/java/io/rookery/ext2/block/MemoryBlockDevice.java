package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/** Chunks of bytes, made when first written. */
final class MemoryBlockDevice implements BlockDevice {
  private static final int CHUNK = 1 << 16;

  private final long size;
  private final byte[] @Nullable [] chunks;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  MemoryBlockDevice(long size) {
    long count = (size + CHUNK - 1) / CHUNK;
    if (size < 0 || count > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException("size " + size);
    }
    this.size = size;
    this.chunks = new byte[(int) count][];
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int blockSize() {
    return 1;
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
        int from = (int) (at % CHUNK);
        int n = Math.min(dst.remaining(), CHUNK - from);
        byte[] chunk = chunks[(int) (at / CHUNK)];
        if (chunk == null) {
          DeviceRange.putZeros(dst, n);
        } else {
          dst.put(chunk, from, n);
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
        int from = (int) (at % CHUNK);
        int n = Math.min(src.remaining(), CHUNK - from);
        int index = (int) (at / CHUNK);
        byte[] chunk = chunks[index];
        if (chunk == null) {
          chunk = new byte[CHUNK];
          chunks[index] = chunk;
        }
        src.get(chunk, from, n);
        at += n;
      }
    } finally {
      lock.writeLock().unlock();
    }
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
  public void discard(long offset, long length) throws IOException {
    DeviceRange.checkWrite(this, offset, length);
    lock.writeLock().lock();
    try {
      checkOpen();
      long first = (offset + CHUNK - 1) / CHUNK;
      long end = (offset + length) / CHUNK;
      for (long i = first; i < end; i++) {
        chunks[(int) i] = null;
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
      Arrays.fill(chunks, null);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException("memory device is closed");
    }
  }
}
