package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/** A part of another device; closing it leaves that open. */
final class DeviceSlice implements BlockDevice {
  private final BlockDevice device;
  private final long start;
  private final long size;
  private final AtomicBoolean closed = new AtomicBoolean();

  DeviceSlice(BlockDevice device, long start, long size) {
    DeviceRange.check(device, start, size);
    this.device = device;
    this.start = start;
    this.size = size;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int blockSize() {
    return device.blockSize();
  }

  @Override
  public boolean readOnly() {
    return device.readOnly();
  }

  @Override
  public boolean flushIsAtomic() {
    return device.flushIsAtomic();
  }

  @Override
  public void read(long offset, ByteBuffer dst) throws IOException {
    DeviceRange.check(this, offset, dst.remaining());
    checkOpen();
    device.read(start + offset, dst);
  }

  @Override
  public void write(long offset, ByteBuffer src) throws IOException {
    DeviceRange.checkWrite(this, offset, src.remaining());
    checkOpen();
    device.write(start + offset, src);
  }

  @Override
  public void flush() throws IOException {
    checkOpen();
    device.flush();
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    DeviceRange.checkWrite(this, offset, length);
    checkOpen();
    device.discard(start + offset, length);
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true) && !device.readOnly()) {
      device.flush();
    }
  }

  private void checkOpen() throws IOException {
    if (closed.get()) {
      throw new IOException("the part of the device is closed");
    }
  }
}
