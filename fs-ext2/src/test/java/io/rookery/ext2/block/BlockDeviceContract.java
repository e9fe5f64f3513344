package io.rookery.ext2.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

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

/** What every writable device must do. */
abstract class BlockDeviceContract {
  static final int SIZE = 3 * 1024 * 1024 + 512;

  @TempDir Path folder;
  BlockDevice device;

  /** A device of SIZE bytes, all zeros. */
  abstract BlockDevice open() throws IOException;

  @BeforeEach
  void openDevice() throws IOException {
    device = open();
  }

  @AfterEach
  void closeDevice() throws IOException {
    device.close();
    device.close();
  }

  static byte[] random(int length, long seed) {
    byte[] data = new byte[length];
    new Random(seed).nextBytes(data);
    return data;
  }

  static byte[] read(BlockDevice device, long offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    device.read(offset, buffer);
    assertFalse(buffer.hasRemaining());
    return buffer.array();
  }

  @Test
  void beginsWithZeros() throws IOException {
    assertEquals(SIZE, device.size());
    assertFalse(device.readOnly());
    assertArrayEquals(new byte[SIZE], read(device, 0, SIZE));
  }

  @Test
  void keepsWhatIsWritten() throws IOException {
    byte[] model = new byte[SIZE];
    Random random = new Random(11);
    for (int i = 0; i < 400; i++) {
      int at = random.nextInt(SIZE);
      int length = Math.min(SIZE - at, random.nextInt(random.nextInt(8) == 0 ? 700_000 : 9000));
      switch (random.nextInt(5)) {
        case 0 -> {
          int end = at + length;
          byte[] old = model.clone();
          device.discard(at, length);
          byte[] now = read(device, 0, SIZE);
          for (int j = 0; j < SIZE; j++) {
            boolean zeroed = j >= at && j < end && now[j] == 0;
            if (!zeroed && now[j] != old[j]) {
              throw new AssertionError("byte " + j);
            }
          }
          model = now;
        }
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
    assertArrayEquals(model, read(device, 0, SIZE));
  }

  @Test
  void refusesWhatIsOutside() {
    for (long[] range : new long[][] {{-1, 1}, {SIZE, 1}, {SIZE - 1, 2}, {Long.MAX_VALUE, 2}}) {
      ByteBuffer buffer = ByteBuffer.allocate((int) range[1]);
      assertThrows(IndexOutOfBoundsException.class, () -> device.read(range[0], buffer));
      assertThrows(IndexOutOfBoundsException.class, () -> device.write(range[0], buffer));
      assertThrows(IndexOutOfBoundsException.class, () -> device.discard(range[0], range[1]));
    }
  }

  @Test
  void failsOnceClosed() throws IOException {
    device.close();
    assertThrows(IOException.class, () -> device.read(0, ByteBuffer.allocate(1)));
    assertThrows(IOException.class, () -> device.write(0, ByteBuffer.allocate(1)));
    assertThrows(IOException.class, () -> device.flush());
  }

  @Test
  void readOnlyViewRefusesWrites() throws IOException {
    device.write(5, ByteBuffer.wrap(random(100, 1)));
    BlockDevice view = BlockDevices.readOnly(device);
    assertEquals(true, view.readOnly());
    assertArrayEquals(random(100, 1), read(view, 5, 100));
    assertThrows(ReadOnlyDeviceException.class, () -> view.write(0, ByteBuffer.allocate(1)));
    assertThrows(ReadOnlyDeviceException.class, () -> view.discard(0, 1));
  }

  @Test
  void manyThreadsAtOnce() throws Exception {
    int share = SIZE / 4;
    List<Future<?>> threads = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
      for (int t = 0; t < 4; t++) {
        int start = t * share;
        long seed = t;
        threads.add(
            pool.submit(
                () -> {
                  Random random = new Random(seed);
                  byte[] model = new byte[share];
                  for (int i = 0; i < 150; i++) {
                    int at = random.nextInt(share);
                    int length = Math.min(share - at, random.nextInt(20_000));
                    byte[] data = random(length, seed * 1000 + i);
                    System.arraycopy(data, 0, model, at, length);
                    device.write(start + at, ByteBuffer.wrap(data));
                    if (i % 50 == 0) {
                      device.flush();
                    }
                  }
                  assertArrayEquals(model, read(device, start, share));
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
    byte[] data = random(200_000, 3);
    Thread.currentThread().interrupt();
    device.write(0, ByteBuffer.wrap(data));
    assertArrayEquals(data, read(device, 0, data.length));
    device.flush();
    assertEquals(true, Thread.interrupted());
  }
}
