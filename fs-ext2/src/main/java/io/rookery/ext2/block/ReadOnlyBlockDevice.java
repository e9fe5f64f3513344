package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Another device, without the right to write. */
class ReadOnlyBlockDevice implements BlockDevice {
  private final BlockDevice device;

  ReadOnlyBlockDevice(BlockDevice device) {
    this.device = device;
  }

  @Override
  public long size() {
    return device.size();
  }

  @Override
  public int blockSize() {
    return device.blockSize();
  }

  @Override
  public boolean readOnly() {
    return true;
  }

  @Override
  public void read(long offset, ByteBuffer dst) throws IOException {
    device.read(offset, dst);
  }

  @Override
  public void write(long offset, ByteBuffer src) throws IOException {
    throw new ReadOnlyDeviceException("write to a read-only device");
  }

  @Override
  public void flush() {}

  @Override
  public void discard(long offset, long length) throws IOException {
    throw new ReadOnlyDeviceException("discard on a read-only device");
  }

  @Override
  public void close() throws IOException {
    device.close();
  }
}
