package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/** Checks and slices that every device needs. */
final class DeviceRange {
  private DeviceRange() {}

  static void check(BlockDevice device, long offset, long length) {
    Objects.checkFromIndexSize(offset, length, device.size());
    if (((offset | length) & (device.blockSize() - 1)) != 0) {
      throw new IllegalArgumentException(
          "offset %d, length %d: not aligned to %d".formatted(offset, length, device.blockSize()));
    }
  }

  static void checkWrite(BlockDevice device, long offset, long length) throws IOException {
    if (device.readOnly()) {
      throw new ReadOnlyDeviceException("write to a read-only device");
    }
    check(device, offset, length);
  }

  /** Takes the next {@code length} bytes of the buffer as a buffer of their own. */
  static ByteBuffer take(ByteBuffer buffer, int length) {
    ByteBuffer part = buffer.slice(buffer.position(), length);
    buffer.position(buffer.position() + length);
    return part;
  }

  static void putZeros(ByteBuffer dst, int length) {
    ByteBuffer part = take(dst, length);
    if (part.hasArray()) {
      int from = part.arrayOffset();
      Arrays.fill(part.array(), from, from + length, (byte) 0);
      return;
    }
    while (part.remaining() >= Long.BYTES) {
      part.putLong(0);
    }
    while (part.hasRemaining()) {
      part.put((byte) 0);
    }
  }
}
