package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Another device, read-only, that notes what is read of it: for {@link FirstReads}. Closing it
 * closes that device. Thread-safe.
 */
public final class ReadRecorder extends ReadOnlyBlockDevice {
  private final Set<Integer> chunks = new LinkedHashSet<>(); // guarded by itself

  /** Notes what is read from now on. */
  public ReadRecorder(BlockDevice device) {
    super(device);
  }

  @Override
  public void read(long offset, ByteBuffer dst) throws IOException {
    int length = dst.remaining();
    super.read(offset, dst);
    if (length > 0) {
      synchronized (chunks) {
        long last = (offset + length - 1) / FirstReads.CHUNK;
        for (long chunk = offset / FirstReads.CHUNK; chunk <= last; chunk++) {
          chunks.add((int) chunk);
        }
      }
    }
  }

  /** What was read, in this order. */
  public FirstReads reads() {
    synchronized (chunks) {
      return FirstReads.of(chunks);
    }
  }
}
