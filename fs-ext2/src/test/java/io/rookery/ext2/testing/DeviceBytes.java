package io.rookery.ext2.testing;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.rookery.ext2.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;

/** What tests of devices share. */
public final class DeviceBytes {
  private DeviceBytes() {}

  /** Bytes that a seed determines. */
  public static byte[] random(int length, long seed) {
    byte[] data = new byte[length];
    new Random(seed).nextBytes(data);
    return data;
  }

  /** Reads a range, which must fill the buffer. */
  public static byte[] read(BlockDevice device, long offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    device.read(offset, buffer);
    assertFalse(buffer.hasRemaining(), "a short read");
    return buffer.array();
  }
}
