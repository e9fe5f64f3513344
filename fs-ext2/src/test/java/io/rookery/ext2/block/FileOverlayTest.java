package io.rookery.ext2.block;

import static io.rookery.ext2.testing.DeviceBytes.random;
import static io.rookery.ext2.testing.DeviceBytes.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.testing.BlockDeviceContract;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FileOverlayTest extends BlockDeviceContract {
  private static final int CLUSTER = OverlayLayout.CLUSTER;

  private final BlockDevice base = BlockDevices.memory(SIZE);

  private Path file() {
    return folder.resolve("overlay");
  }

  @Override
  protected BlockDevice open() throws IOException {
    return BlockDevices.fileOverlay(BlockDevices.readOnly(base), file());
  }

  @AfterEach
  void baseIsUnchanged() throws IOException {
    assertArrayEquals(new byte[SIZE], read(base, 0, SIZE));
  }

  private void writeRandomly(Random random, byte[] model) throws IOException {
    for (int i = 0; i < 20; i++) {
      int at = random.nextInt(SIZE);
      int length = Math.min(SIZE - at, random.nextInt(random.nextInt(6) == 0 ? 300_000 : 9000));
      byte[] data = random(length, random.nextLong());
      System.arraycopy(data, 0, model, at, length);
      device.write(at, ByteBuffer.wrap(data));
    }
  }

  private void assertHolds(byte[] expected, Path path) throws IOException {
    try (BlockDevice copy = BlockDevices.fileOverlay(base, path)) {
      assertArrayEquals(expected, read(copy, 0, SIZE));
    }
  }

  @Test
  void reopensWithItsContents() throws IOException {
    byte[] model = new byte[SIZE];
    Random random = new Random(1);
    for (int i = 0; i < 10; i++) {
      writeRandomly(random, model);
      device.close();
      device = open();
      assertArrayEquals(model, read(device, 0, SIZE));
    }
    long used = Files.size(file());
    assertTrue(used < 3L * SIZE, used + " bytes");
  }

  @Test
  void killedAnywhereItHoldsTheLastFlush() throws IOException {
    Random random = new Random(2);
    byte[] model = new byte[SIZE];
    for (int round = 0; round < 6; round++) {
      byte[] flushed = model.clone();
      byte[] before = Files.readAllBytes(file());
      writeRandomly(random, model);
      byte[] unflushed = Files.readAllBytes(file());
      Path copy = folder.resolve("copy");
      Files.write(copy, unflushed);
      assertHolds(flushed, copy);
      device.flush();
      byte[] after = Files.readAllBytes(file());
      // Everything up to the first barrier, in any part and order, without the root.
      for (int i = 0; i < 15; i++) {
        Files.write(copy, mixture(before, after, random));
        assertHolds(flushed, copy);
      }
      // The root, cut anywhere.
      for (int i = 0; i < 15; i++) {
        int cut = random.nextInt(CLUSTER);
        byte[] torn = after.clone();
        int slot = changedRoot(before, after);
        System.arraycopy(before, slot * CLUSTER + cut, torn, slot * CLUSTER + cut, CLUSTER - cut);
        Files.write(copy, torn);
        boolean whole = Arrays.equals(torn, after);
        assertHolds(whole ? model : flushed, copy);
      }
      Files.write(copy, after);
      assertHolds(model, copy);
    }
  }

  private static int changedRoot(byte[] before, byte[] after) {
    int from = OverlayLayout.ROOT_SLOT_0 * CLUSTER;
    boolean first = !Arrays.equals(before, from, from + CLUSTER, after, from, from + CLUSTER);
    return OverlayLayout.ROOT_SLOT_0 + (first ? 0 : 1);
  }

  private static byte[] mixture(byte[] before, byte[] after, Random random) {
    byte[] mixed = Arrays.copyOf(before, after.length);
    List<Integer> clusters = new ArrayList<>();
    for (int i = OverlayLayout.FIRST_FREE; i < after.length / CLUSTER; i++) {
      clusters.add(i);
    }
    for (int cluster : clusters) {
      int length = random.nextInt(3) * CLUSTER / 2;
      System.arraycopy(after, cluster * CLUSTER, mixed, cluster * CLUSTER, length);
    }
    return mixed;
  }

  @Test
  void damageIsFound() throws IOException {
    Random random = new Random(3);
    byte[] model = new byte[SIZE];
    writeRandomly(random, model);
    device.flush();
    writeRandomly(random, model);
    device.close();
    byte[] good = Files.readAllBytes(file());
    Path copy = folder.resolve("copy");
    int found = 0;
    for (int i = 0; i < 300; i++) {
      byte[] bad = good.clone();
      if (i % 3 == 0) {
        bad = Arrays.copyOf(bad, random.nextInt(bad.length));
      } else {
        bad[random.nextInt(i % 3 == 1 ? bad.length : 3 * CLUSTER)] ^=
            (byte) (1 << random.nextInt(8));
      }
      Files.write(copy, bad);
      try (BlockDevice damaged = BlockDevices.fileOverlay(base, copy)) {
        byte[] now = read(damaged, 0, SIZE);
        // The older root is as good as the newer one while nothing has reused its clusters.
        if (!Arrays.equals(model, now)) {
          found++;
        }
      } catch (IOException e) {
        found++;
      }
    }
    assertTrue(found > 100, found + " of 300");
  }

  @Test
  void belongsToItsBase() throws IOException {
    device.write(0, ByteBuffer.wrap(random(100, 1)));
    device.close();
    assertThrows(
        DeviceFormatException.class,
        () -> BlockDevices.fileOverlay(BlockDevices.memory(SIZE + 512), file()));
    BlockDevice other = BlockDevices.memory(SIZE);
    other.write(1024, ByteBuffer.wrap(random(10, 1)));
    assertThrows(DeviceFormatException.class, () -> BlockDevices.fileOverlay(other, file()));
    Path text = folder.resolve("text");
    Files.writeString(text, "this is no overlay, and should not become one".repeat(1000));
    assertThrows(DeviceFormatException.class, () -> BlockDevices.fileOverlay(base, text));
    Files.writeString(text, "short");
    assertThrows(DeviceFormatException.class, () -> BlockDevices.fileOverlay(base, text));
  }

  @Test
  void isLocked() {
    assertThrows(DeviceLockedException.class, this::open);
  }

  @Test
  void makingItCanBeCutOff() throws IOException {
    device.close();
    byte[] fresh = Files.readAllBytes(file());
    Arrays.fill(fresh, 0, 8, (byte) 0);
    Path copy = folder.resolve("copy");
    for (int length : new int[] {0, 8, 5000, fresh.length}) {
      Files.write(copy, Arrays.copyOf(fresh, length));
      assertHolds(new byte[SIZE], copy);
    }
  }

  @Test
  void discardedSpaceIsReused() throws IOException {
    for (int i = 0; i < 20; i++) {
      device.write(0, ByteBuffer.wrap(random(1 << 20, i)));
      device.flush();
      device.discard(0, 1 << 20);
      device.flush();
    }
    assertArrayEquals(new byte[1 << 20], read(device, 0, 1 << 20));
    assertTrue(Files.size(file()) < 3 << 20, Files.size(file()) + " bytes");
  }
}
