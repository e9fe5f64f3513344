package io.rookery.ext2;

import io.rookery.ext2.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Writes bytes, but not zeros over zeros, so that a new sparse file stays sparse. */
final class SparseWriter {
  private final BlockDevice device;

  SparseWriter(BlockDevice device) {
    this.device = device;
  }

  void write(long offset, byte[] data) throws IOException {
    if (isZero(data)) {
      zero(offset, data.length);
    } else {
      device.write(offset, ByteBuffer.wrap(data));
    }
  }

  void zero(long offset, long length) throws IOException {
    byte[] found = new byte[(int) Math.min(length, 1 << 16)];
    for (long done = 0; done < length; ) {
      int n = (int) Math.min(found.length, length - done);
      device.read(offset + done, ByteBuffer.wrap(found, 0, n));
      if (!isZero(found)) {
        device.write(offset + done, ByteBuffer.wrap(new byte[n]));
      }
      done += n;
    }
  }

  private static boolean isZero(byte[] data) {
    return data.length == 0
        || (data[0] == 0 && Arrays.equals(data, 0, data.length - 1, data, 1, data.length));
  }
}
