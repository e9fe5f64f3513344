package io.rookery.mmu;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One page (4096 bytes) of host memory, reference counted. Made with one reference by {@link
 * MemoryPool#allocateFrame}; gone when the last is released. Thread-safe; whoever uses the address
 * must hold a reference.
 */
public final class Frame {
  /** Bytes in a frame. */
  public static final int SIZE = Host.PAGE_SIZE;

  private final MemoryPool pool;
  private final long address;
  private final AtomicInteger references = new AtomicInteger(1);

  Frame(MemoryPool pool, long address) {
    this.pool = pool;
    this.address = address;
  }

  /** Host address of the first byte, a multiple of 4096. */
  public long address() {
    return address;
  }

  /** Adds a reference. */
  public void retain() {
    int old = references.getAndIncrement();
    if (old <= 0) {
      references.getAndDecrement();
      throw new IllegalStateException("frame retained after its last release");
    }
  }

  /** Drops a reference; the last one returns the memory to the pool. */
  public void release() {
    int left = references.decrementAndGet();
    if (left == 0) {
      pool.freeFrame(address);
    } else if (left < 0) {
      throw new IllegalStateException("frame released too often");
    }
  }

  int references() {
    return references.get();
  }

  /** Copies bytes out; the range must lie inside the frame. */
  public void read(int position, byte[] destination, int offset, int length) {
    checkRange(position, length);
    Objects.checkFromIndexSize(offset, length, destination.length);
    Host.toArray(address + position, destination, offset, length);
  }

  /** Copies bytes in; the range must lie inside the frame. */
  public void write(int position, byte[] source, int offset, int length) {
    checkRange(position, length);
    Objects.checkFromIndexSize(offset, length, source.length);
    Host.fromArray(source, offset, address + position, length);
  }

  /** Copies {@code destination.remaining()} bytes out; the range must lie inside the frame. */
  public void read(int position, ByteBuffer destination) {
    checkRange(position, destination.remaining());
    HostBuffers.toBuffer(address + position, destination, destination.remaining());
  }

  /** Copies {@code source.remaining()} bytes in; the range must lie inside the frame. */
  public void write(int position, ByteBuffer source) {
    checkRange(position, source.remaining());
    HostBuffers.fromBuffer(source, address + position, source.remaining());
  }

  /** Sets bytes to zero; the range must lie inside the frame. */
  public void zero(int position, int length) {
    checkRange(position, length);
    Host.zero(address + position, length);
  }

  private void checkRange(int position, int length) {
    Objects.checkFromIndexSize(position, length, /* length= */ SIZE);
    if (references.get() <= 0) {
      throw new IllegalStateException("frame used after its last release");
    }
  }
}
