package io.rookery.ext2.block;

import static io.rookery.ext2.testing.DeviceBytes.random;
import static io.rookery.ext2.testing.DeviceBytes.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rookery.ext2.testing.BlockDeviceContract;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryOverlayTest extends BlockDeviceContract {
  private final BlockDevice base = BlockDevices.memory(SIZE);

  @Override
  protected BlockDevice open() {
    return BlockDevices.memoryOverlay(BlockDevices.readOnly(base), 1 << 30);
  }

  @AfterEach
  void baseIsUnchanged() throws IOException {
    assertArrayEquals(new byte[SIZE], read(base, 0, SIZE));
  }

  @Test
  void overlaysCanBeStacked() throws IOException {
    device.write(1000, ByteBuffer.wrap(random(10_000, 1)));
    BlockDevice upper = BlockDevices.memoryOverlay(device, 1 << 20);
    upper.write(2000, ByteBuffer.wrap(random(100, 2)));
    assertArrayEquals(random(100, 2), read(upper, 2000, 100));
    byte[] expected = random(10_000, 1);
    assertArrayEquals(expected, read(device, 1000, 10_000));
    System.arraycopy(random(100, 2), 0, expected, 1000, 100);
    assertArrayEquals(expected, read(upper, 1000, 10_000));
  }

  @Test
  void memoryIsBounded() throws IOException {
    BlockDevice small = BlockDevices.memoryOverlay(base, 40_000);
    small.write(0, ByteBuffer.allocate(36_864));
    assertThrows(DeviceFullException.class, () -> small.write(100_000, ByteBuffer.allocate(1)));
    small.discard(0, 8192);
    small.write(100_000, ByteBuffer.allocate(1));
  }
}
