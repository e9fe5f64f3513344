package io.rookery.ext2.block;

import static io.rookery.ext2.testing.DeviceBytes.random;
import static io.rookery.ext2.testing.DeviceBytes.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.testing.BlockDeviceContract;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JournaledFileTest extends BlockDeviceContract {
  @Override
  protected BlockDevice open() throws IOException {
    if (!Files.exists(disk())) {
      BlockDevices.createFile(disk(), SIZE).close();
    }
    return BlockDevices.openJournaledFile(disk());
  }

  private Path disk() {
    return folder.resolve("disk");
  }

  private Path journal() {
    return folder.resolve("disk.journal");
  }

  @Test
  void theFileChangesWhenItIsClosed() throws IOException {
    device.write(5000, ByteBuffer.wrap(random(100_000, 1)));
    device.flush();
    assertArrayEquals(new byte[SIZE], Files.readAllBytes(disk()));
    device.close();
    byte[] expected = new byte[SIZE];
    System.arraycopy(random(100_000, 1), 0, expected, 5000, 100_000);
    assertArrayEquals(expected, Files.readAllBytes(disk()));
    assertFalse(Files.exists(journal()));
  }

  /** The files of a process that was killed, in another folder. */
  private Path crashed() throws IOException {
    Path copy = Files.createTempDirectory(folder, "crash").resolve("disk");
    Files.copy(disk(), copy);
    Files.copy(journal(), copy.resolveSibling("disk.journal"));
    return copy;
  }

  @Test
  void aCrashLeavesTheLastFlush() throws IOException {
    device.write(0, ByteBuffer.wrap(random(50_000, 1)));
    device.flush();
    device.write(0, ByteBuffer.wrap(random(60_000, 2)));
    Path copy = crashed();
    try (BlockDevice after = BlockDevices.openFileReadOnly(copy)) {
      assertArrayEquals(random(50_000, 1), read(after, 0, 50_000));
      assertArrayEquals(new byte[10_000], read(after, 50_000, 10_000));
    }
    assertFalse(Files.exists(copy.resolveSibling("disk.journal")));
  }

  @Test
  void aFileThatSomebodyElseChangedIsNotMixed() throws IOException {
    device.write(0, ByteBuffer.wrap(random(50_000, 1)));
    device.flush();
    Path copy = crashed();
    byte[] changed = Files.readAllBytes(copy);
    changed[1024] ^= 1;
    Files.write(copy, changed);
    assertThrows(DeviceFormatException.class, () -> BlockDevices.openJournaledFile(copy));
    assertThrows(DeviceFormatException.class, () -> BlockDevices.openFile(copy));
    assertTrue(Files.exists(copy.resolveSibling("disk.journal")));
  }

  @Test
  void isLockedAsWell() {
    assertThrows(DeviceLockedException.class, () -> BlockDevices.openJournaledFile(disk()));
    assertThrows(DeviceLockedException.class, () -> BlockDevices.openFile(disk()));
    assertThrows(DeviceLockedException.class, () -> BlockDevices.openFileReadOnly(disk()));
  }

  /** A base that fails after some writes, as if the process ended there. */
  private static final class Failing implements BlockDevice {
    private final BlockDevice device;
    private int writesLeft;

    Failing(BlockDevice device, int writes) {
      this.device = device;
      this.writesLeft = writes;
    }

    @Override
    public void write(long offset, ByteBuffer src) throws IOException {
      if (writesLeft-- <= 0) {
        throw new IOException("the end");
      }
      device.write(offset, src);
    }

    @Override
    public void flush() throws IOException {
      if (writesLeft-- <= 0) {
        throw new IOException("the end");
      }
      device.flush();
    }

    @Override
    public long size() {
      return device.size();
    }

    @Override
    public int blockSize() {
      return device.blockSize();
    }

    @Override
    public boolean readOnly() {
      return false;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
      device.read(offset, dst);
    }

    @Override
    public void discard(long offset, long length) {}

    @Override
    public void close() {}
  }

  @Test
  void aMergeCutOffAnywhereIsRepeated() throws IOException {
    byte[] model = new byte[SIZE];
    for (int writes = 0; writes < 30; writes++) {
      BlockDevice base = BlockDevices.memory(SIZE);
      base.write(0, ByteBuffer.wrap(random(5000, 77)));
      System.arraycopy(random(5000, 77), 0, model, 0, 5000);
      Arrays.fill(model, 5000, SIZE, (byte) 0);
      Path file = folder.resolve("overlay");
      Path copy = folder.resolve("copy");
      boolean ended = false;
      try (FileOverlay overlay = FileOverlay.open(new Failing(base, writes), file)) {
        Random random = new Random(writes);
        for (int i = 0; i < 20; i++) {
          int at = random.nextInt(SIZE - 9000);
          byte[] data = random(9000, random.nextLong());
          System.arraycopy(data, 0, model, at, data.length);
          overlay.write(at, ByteBuffer.wrap(data));
        }
        overlay.write(0, ByteBuffer.wrap(random(4096, 6)));
        overlay.discard(0, 4096);
        Arrays.fill(model, 0, 4096, (byte) 0);
        overlay.write(1000, ByteBuffer.wrap(random(100, 5)));
        System.arraycopy(random(100, 5), 0, model, 1000, 100);
        overlay.flush();
        try {
          overlay.merge();
          ended = true;
        } catch (IOException e) {
          assertArrayEquals(model, read(overlay, 0, SIZE));
        }
        Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      }
      Files.delete(file);
      try (FileOverlay again = FileOverlay.open(base, copy)) {
        assertArrayEquals(model, read(again, 0, SIZE));
        again.merge();
        assertArrayEquals(model, read(base, 0, SIZE));
        assertArrayEquals(model, read(again, 0, SIZE));
      }
      if (ended) {
        return;
      }
    }
    throw new AssertionError("no merge came to its end");
  }
}
