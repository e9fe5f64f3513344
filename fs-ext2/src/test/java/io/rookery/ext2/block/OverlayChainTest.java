package io.rookery.ext2.block;

import static io.rookery.ext2.testing.DeviceBytes.random;
import static io.rookery.ext2.testing.DeviceBytes.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.testing.BlockDeviceContract;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OverlayChainTest extends BlockDeviceContract {
  private final BlockDevice base = BlockDevices.memory(SIZE);

  private Path layer(int number) {
    return folder.resolve("layer" + number);
  }

  private List<Path> layers(int count) {
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      files.add(layer(i));
    }
    return files;
  }

  @Override
  protected BlockDevice open() throws IOException {
    for (int depth = 1; depth < 4; depth++) {
      OverlayChain.open(base, layers(depth)).close();
    }
    return OverlayChain.open(base, layers(4));
  }

  private static void change(BlockDevice device, byte[] model, Random random) throws IOException {
    for (int i = 0; i < 8; i++) {
      byte[] data = random(random.nextInt(20_000), random.nextLong());
      int at = random.nextInt(SIZE - data.length);
      device.write(at, ByteBuffer.wrap(data));
      System.arraycopy(data, 0, model, at, data.length);
    }
  }

  /** Makes layers with changes each; returns what each shows. */
  private List<byte[]> fill(int count) throws IOException {
    device.close();
    for (Path file : layers(4)) {
      Files.delete(file);
    }
    List<byte[]> states = new ArrayList<>();
    byte[] model = new byte[SIZE];
    Random random = new Random(3);
    for (int depth = 1; depth <= count; depth++) {
      try (BlockDevice chain = OverlayChain.open(base, layers(depth))) {
        change(chain, model, random);
        states.add(model.clone());
      }
    }
    return states;
  }

  private void assertHolds(byte[] expected, int depth) throws IOException {
    try (BlockDevice chain = OverlayChain.open(base, layers(depth))) {
      assertArrayEquals(expected, read(chain, 0, SIZE));
    }
  }

  @Test
  void readersShareAChain() throws IOException {
    List<byte[]> states = fill(3);
    try (BlockDevice one = OverlayChain.openReadOnly(base, layers(3));
        BlockDevice other = OverlayChain.openReadOnly(base, layers(3))) {
      assertArrayEquals(states.get(2), read(one, 0, SIZE));
      assertArrayEquals(states.get(2), read(other, 0, SIZE));
      assertTrue(one.readOnly());
      assertThrows(ReadOnlyDeviceException.class, () -> one.write(0, ByteBuffer.wrap(new byte[1])));
      assertThrows(DeviceLockedException.class, () -> OverlayChain.open(base, layers(3)).close());
    }
    assertHolds(states.get(2), 3);
  }

  @Test
  void deepChains() throws IOException {
    List<byte[]> states = fill(20);
    for (int depth = 20; depth > 0; depth--) {
      assertHolds(states.get(depth - 1), depth);
    }
  }

  @Test
  void lowerLayersAreShared() throws IOException {
    List<byte[]> states = fill(3);
    List<Path> fork = layers(2);
    fork.add(folder.resolve("fork"));
    try (BlockDevice ours = OverlayChain.open(base, layers(3));
        BlockDevice theirs = OverlayChain.open(base, fork)) {
      assertArrayEquals(states.get(2), read(ours, 0, SIZE));
      assertArrayEquals(states.get(1), read(theirs, 0, SIZE));
      assertThrows(DeviceLockedException.class, () -> OverlayChain.open(base, layers(2)));
      assertThrows(DeviceLockedException.class, () -> OverlayChain.commit(base, layer(0)));
      assertThrows(DeviceLockedException.class, () -> OverlayChain.open(base, layers(3)));
    }
    assertThrows(
        NoSuchFileException.class,
        () -> OverlayChain.open(base, List.of(folder.resolve("absent"), layer(2))));
  }

  @Test
  void snapshotsKeepWhatWasThere() throws IOException {
    byte[] model = new byte[SIZE];
    Random random = new Random(1);
    List<byte[]> states = new ArrayList<>();
    try (OverlayChain chain = (OverlayChain) device) {
      for (int i = 4; i < 9; i++) {
        change(chain, model, random);
        states.add(model.clone());
        chain.snapshot(layer(i));
        change(chain, model, random);
        assertArrayEquals(model, read(chain, 0, SIZE));
        List<Path> fork = layers(i); // while the chain goes on
        fork.add(folder.resolve("fork" + i));
        try (BlockDevice theirs = OverlayChain.open(base, fork)) {
          assertArrayEquals(states.getLast(), read(theirs, 0, SIZE));
          change(theirs, new byte[SIZE], random);
        }
        assertThrows(FileAlreadyExistsException.class, () -> chain.snapshot(layer(0)));
        assertThrows(DeviceLockedException.class, () -> OverlayChain.commit(base, fork.get(3)));
      }
    }
    assertHolds(model, 9);
    for (int i = 4; i < 9; i++) {
      List<Path> files = layers(i);
      files.add(folder.resolve("reader"));
      try (BlockDevice then = OverlayChain.open(base, files)) {
        assertArrayEquals(states.get(i - 4), read(then, 0, SIZE));
      }
      Files.delete(folder.resolve("reader"));
    }
  }

  @Test
  void commitsGoDownTheChain() throws IOException {
    List<byte[]> states = fill(3);
    try (BlockDevice below = OverlayChain.open(base, layers(2))) {
      OverlayChain.commit(below, layer(2));
    }
    assertHolds(states.get(2), 2);
    assertHolds(states.get(2), 3);
    OverlayChain.commit(base, layer(0)); // with others on top
    assertArrayEquals(states.get(0), read(base, 0, SIZE));
    assertHolds(states.get(2), 3);
    OverlayChain.commit(base, layer(1));
    assertArrayEquals(states.get(2), read(base, 0, SIZE));
    assertHolds(states.get(2), 3);
  }

  @Test
  void discardForgets() throws IOException {
    List<byte[]> states = fill(2);
    try (BlockDevice below = OverlayChain.open(base, layers(1))) {
      OverlayChain.discard(below, layer(1));
    }
    assertHolds(states.get(0), 2);
    OverlayChain.discard(base, layer(0));
    assertHolds(new byte[SIZE], 1);
  }

  @Test
  void rebaseKeepsTheContents() throws IOException {
    List<byte[]> states = fill(2);
    byte[] otherContents = states.get(0).clone();
    BlockDevice other = BlockDevices.memory(SIZE);
    other.write(0, ByteBuffer.wrap(otherContents));
    change(other, otherContents, new Random(99));
    try (BlockDevice below = OverlayChain.open(base, layers(1))) {
      assertThrows(
          DeviceFormatException.class,
          () -> OverlayChain.rebase(layer(1), below, BlockDevices.memory(SIZE - 512)));
      OverlayChain.rebase(layer(1), below, other);
    }
    try (BlockDevice moved = OverlayChain.open(other, List.of(layer(1)))) {
      assertArrayEquals(states.get(1), read(moved, 0, SIZE));
    }
    assertArrayEquals(otherContents, read(other, 0, SIZE));
  }

  @Test
  void writersGoOnWhileASnapshotIsTaken() throws Exception {
    OverlayChain chain = (OverlayChain) device;
    byte[] model = new byte[SIZE];
    Thread writer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    for (int i = 0; i < 40; i++) {
                      change(chain, model, new Random(i));
                    }
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
    for (int i = 4; i < 10; i++) {
      Thread.sleep(3);
      chain.snapshot(layer(i));
    }
    writer.join();
    assertArrayEquals(model, read(chain, 0, SIZE));
    assertTrue(chain.flushIsAtomic());
    assertEquals(SIZE, chain.size());
  }
}
