package io.rookery.ext2.testing;

import static io.rookery.ext2.testing.DeviceBytes.random;
import static io.rookery.ext2.testing.DeviceBytes.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.block.ReadOnlyDeviceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every writable {@link BlockDevice} must do. To test one of your own, extend this class in
 * your tests and say how it is opened; JUnit 5 runs the rest. What is left after a crash is for
 * tests of your own: only you know how yours can be stopped.
 */
public abstract class BlockDeviceContract {
  /** The size of the devices of this project's tests: no multiple of anything but sectors. */
  public static final int SIZE = 3 * 1024 * 1024 + 512;

  private static final int THREADS = 4;

  /** An empty folder for each test. */
  @TempDir protected Path folder;

  /** The device under test. */
  protected BlockDevice device;

  /** Opens a device of {@link #size} bytes, all zeros. */
  protected abstract BlockDevice open() throws IOException;

  /** The device's size: 1 MiB to 64 MiB, a multiple of its block size. */
  protected int size() {
    return SIZE;
  }

  @BeforeEach
  protected final void openDevice() throws IOException {
    device = open();
  }

  @AfterEach
  protected final void closeDevice() throws IOException {
    device.close();
    device.close();
  }

  /** The largest multiple of the block size that is not larger. */
  private int aligned(int number) {
    return number & -device.blockSize();
  }

  @Test
  void beginsWithZeros() throws IOException {
    assertEquals(size(), device.size());
    assertEquals(1, Integer.bitCount(device.blockSize()));
    assertEquals(0, size() % device.blockSize());
    assertFalse(device.readOnly());
    assertArrayEquals(new byte[size()], read(device, 0, size()));
  }

  @Test
  void keepsWhatIsWritten() throws IOException {
    byte[] model = new byte[size()];
    Random random = new Random(11);
    for (int i = 0; i < 400; i++) {
      int at = aligned(random.nextInt(size()));
      int wanted = random.nextInt(random.nextInt(8) == 0 ? 700_000 : 9000);
      int length = aligned(Math.min(size() - at, wanted));
      switch (random.nextInt(5)) {
        case 0 -> model = discard(at, length, model);
        case 1, 2 -> {
          byte[] expected = Arrays.copyOfRange(model, at, at + length);
          assertArrayEquals(expected, read(device, at, length));
        }
        case 3 -> {
          byte[] data = random(length, i);
          System.arraycopy(data, 0, model, at, length);
          ByteBuffer direct = ByteBuffer.allocateDirect(length + 7).position(7);
          direct.put(data).position(7);
          device.write(at, direct);
          assertFalse(direct.hasRemaining());
        }
        default -> {
          byte[] data = random(length, i);
          System.arraycopy(data, 0, model, at, length);
          device.write(at, ByteBuffer.wrap(data).asReadOnlyBuffer());
          if (i % 10 == 0) {
            device.flush();
          }
        }
      }
    }
    assertArrayEquals(model, read(device, 0, size()));
  }

  /** Discards a range; returns the contents, which may have become zeros there. */
  private byte[] discard(int at, int length, byte[] before) throws IOException {
    device.discard(at, length);
    byte[] now = read(device, 0, size());
    for (int i = 0; i < now.length; i++) {
      boolean zeroed = i >= at && i < at + length && now[i] == 0;
      assertTrue(zeroed || now[i] == before[i], "byte " + i);
    }
    return now;
  }

  @Test
  void refusesWhatIsOutside() {
    long unit = device.blockSize();
    long[][] ranges = {
      {-unit, unit}, {size(), unit}, {size() - unit, 2 * unit}, {Long.MAX_VALUE & -unit, unit}
    };
    for (long[] range : ranges) {
      ByteBuffer buffer = ByteBuffer.allocate((int) range[1]);
      assertThrows(IndexOutOfBoundsException.class, () -> device.read(range[0], buffer));
      assertThrows(IndexOutOfBoundsException.class, () -> device.write(range[0], buffer));
      assertThrows(IndexOutOfBoundsException.class, () -> device.discard(range[0], range[1]));
    }
  }

  @Test
  void refusesWhatIsNotAligned() {
    int unit = device.blockSize();
    if (unit > 1) {
      ByteBuffer block = ByteBuffer.allocate(unit);
      ByteBuffer byteOnly = ByteBuffer.allocate(1);
      assertThrows(IllegalArgumentException.class, () -> device.read(1, block));
      assertThrows(IllegalArgumentException.class, () -> device.write(0, byteOnly));
      assertThrows(IllegalArgumentException.class, () -> device.discard(0, 1));
    }
  }

  @Test
  void failsOnceClosed() throws IOException {
    device.close();
    ByteBuffer block = ByteBuffer.allocate(device.blockSize());
    assertThrows(IOException.class, () -> device.read(0, block));
    assertThrows(IOException.class, () -> device.write(0, block));
    assertThrows(IOException.class, () -> device.flush());
  }

  @Test
  void readOnlyViewRefusesWrites() throws IOException {
    int unit = device.blockSize();
    device.write(unit, ByteBuffer.wrap(random(3 * unit, 1)));
    BlockDevice view = BlockDevices.readOnly(device);
    assertTrue(view.readOnly());
    assertArrayEquals(random(3 * unit, 1), read(view, unit, 3 * unit));
    ByteBuffer block = ByteBuffer.allocate(unit);
    assertThrows(ReadOnlyDeviceException.class, () -> view.write(0, block));
    assertThrows(ReadOnlyDeviceException.class, () -> view.discard(0, unit));
  }

  @Test
  void manyThreadsAtOnce() throws Exception {
    int share = aligned(size() / THREADS);
    List<Future<?>> threads = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
      for (int t = 0; t < THREADS; t++) {
        int start = t * share;
        threads.add(pool.submit(() -> writeAndRead(start, share)));
      }
    }
    for (Future<?> thread : threads) {
      thread.get();
    }
  }

  private Void writeAndRead(int start, int share) throws IOException {
    Random random = new Random(start);
    byte[] model = new byte[share];
    for (int i = 0; i < 150; i++) {
      int at = aligned(random.nextInt(share));
      byte[] data = random(aligned(Math.min(share - at, random.nextInt(20_000))), start + i);
      System.arraycopy(data, 0, model, at, data.length);
      device.write(start + at, ByteBuffer.wrap(data));
      if (i % 50 == 0) {
        device.flush();
      }
    }
    assertArrayEquals(model, read(device, start, share));
    return null;
  }

  @Test
  void interruptsDoNoHarm() throws IOException {
    byte[] data = random(aligned(200_000), 3);
    Thread.currentThread().interrupt();
    device.write(0, ByteBuffer.wrap(data));
    assertArrayEquals(data, read(device, 0, data.length));
    device.flush();
    assertTrue(Thread.interrupted());
  }
}
