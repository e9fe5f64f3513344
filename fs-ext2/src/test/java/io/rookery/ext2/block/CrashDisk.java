package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The disk itself, without an overlay that would make flushes atomic. */
record CrashDisk(CrashStorage storage) implements BlockDevice {
  @Override
  public long size() {
    return storage.size();
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
    storage.read(offset, dst);
  }

  @Override
  public void write(long offset, ByteBuffer src) {
    storage.write(offset, src);
  }

  @Override
  public void flush() {
    storage.force();
  }

  @Override
  public void discard(long offset, long length) {}

  @Override
  public void close() {}
}
