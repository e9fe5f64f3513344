package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The disk itself, without an overlay that would make flushes atomic. Longer writes than {@code
 * maxWrite} are several ones, of which some may be lost.
 */
record CrashDisk(CrashStorage storage, int maxWrite) implements BlockDevice {
  CrashDisk(CrashStorage storage) {
    this(storage, Integer.MAX_VALUE);
  }

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
    long at = offset;
    while (src.hasRemaining()) {
      int length = Math.min(src.remaining(), maxWrite);
      storage.write(at, src.slice(src.position(), length));
      src.position(src.position() + length);
      at += length;
    }
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
