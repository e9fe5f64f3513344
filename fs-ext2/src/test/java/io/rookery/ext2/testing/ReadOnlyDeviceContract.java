package io.rookery.ext2.testing;

import static io.rookery.ext2.testing.DeviceBytes.random;
import static io.rookery.ext2.testing.DeviceBytes.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.block.BlockDevice;
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

/** What every {@link BlockDevice} that cannot be written must do; used as its sibling is. */
public abstract class ReadOnlyDeviceContract {
  private static final int THREADS = 4;

  /** An empty folder for each test. */
  @TempDir protected Path folder;

  /** What the device holds. */
  protected final byte[] contents = contents();

  /** The device under test. */
  protected BlockDevice device;

  /** Opens a device that holds {@link #contents}. */
  protected abstract BlockDevice open() throws IOException;

  /** 1 MiB to 64 MiB, a multiple of the device's block size. */
  protected byte[] contents() {
    return random(BlockDeviceContract.SIZE, 77);
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

  private int aligned(int number) {
    return number & -device.blockSize();
  }

  private void readSomewhere(Random random) throws IOException {
    int at = aligned(random.nextInt(contents.length));
    int wanted = random.nextInt(random.nextInt(8) == 0 ? 700_000 : 9000);
    int length = aligned(Math.min(contents.length - at, wanted));
    assertArrayEquals(Arrays.copyOfRange(contents, at, at + length), read(device, at, length));
  }

  @Test
  void holdsItsContents() throws IOException {
    assertEquals(contents.length, device.size());
    assertTrue(device.readOnly());
    Random random = new Random(5);
    for (int i = 0; i < 300; i++) {
      readSomewhere(random);
    }
    assertArrayEquals(contents, read(device, 0, contents.length));
    ByteBuffer direct = ByteBuffer.allocateDirect(aligned(100_000));
    device.read(0, direct);
    assertEquals(ByteBuffer.wrap(contents, 0, direct.capacity()), direct.flip());
  }

  @Test
  void refusesWhatIsOutside() {
    long unit = device.blockSize();
    long size = device.size();
    for (long[] range : new long[][] {{-unit, unit}, {size, unit}, {size - unit, 2 * unit}}) {
      ByteBuffer buffer = ByteBuffer.allocate((int) range[1]);
      assertThrows(IndexOutOfBoundsException.class, () -> device.read(range[0], buffer));
    }
  }

  @Test
  void refusesToBeWritten() throws IOException {
    ByteBuffer block = ByteBuffer.allocate(device.blockSize());
    assertThrows(ReadOnlyDeviceException.class, () -> device.write(0, block));
    assertThrows(ReadOnlyDeviceException.class, () -> device.discard(0, device.blockSize()));
    device.flush();
  }

  @Test
  void failsOnceClosed() throws IOException {
    device.close();
    ByteBuffer block = ByteBuffer.allocate(device.blockSize());
    assertThrows(IOException.class, () -> device.read(0, block));
  }

  @Test
  void manyThreadsAtOnce() throws Exception {
    List<Future<?>> threads = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
      for (int t = 0; t < THREADS; t++) {
        Random random = new Random(t % 2); // pairs that want the same at the same time
        threads.add(
            pool.submit(
                () -> {
                  for (int i = 0; i < 100; i++) {
                    readSomewhere(random);
                  }
                  return null;
                }));
      }
    }
    for (Future<?> thread : threads) {
      thread.get();
    }
  }

  @Test
  void interruptsDoNoHarm() throws IOException {
    int length = aligned(200_000);
    Thread.currentThread().interrupt();
    assertArrayEquals(Arrays.copyOf(contents, length), read(device, 0, length));
    assertTrue(Thread.interrupted());
    assertArrayEquals(contents, read(device, 0, contents.length));
  }
}
