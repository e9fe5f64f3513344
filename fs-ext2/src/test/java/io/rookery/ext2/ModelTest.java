package io.rookery.ext2;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random sessions: a map agrees with the volume, and e2fsck finds nothing to complain about. */
class ModelTest {
  private static Path folder;

  @BeforeContainer
  static void makeFolder() throws IOException {
    folder = Files.createTempDirectory("ext2-model");
  }

  @AfterContainer
  static void removeFolder() throws IOException {
    Files.deleteIfExists(folder.resolve("check.img"));
    Files.delete(folder);
  }

  @Property(tries = 12, shrinking = ShrinkingMode.OFF)
  void agreesWithAMap(
      @ForAll long seed, @ForAll @IntRange(max = 3) int size, @ForAll boolean smallInodes)
      throws IOException {
    session(seed, size, smallInodes, 500);
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void agreesWithAMapForLong(
      @ForAll long seed, @ForAll @IntRange(max = 3) int size, @ForAll boolean smallInodes)
      throws IOException {
    if (Volumes.full()) {
      session(seed, size, smallInodes, 1500);
    }
  }

  private static void session(long seed, int size, boolean smallInodes, int operations)
      throws IOException {
    // The smallest becomes full on the way.
    BlockDevice device = BlockDevices.memory((size == 0 ? 3L : 32L) << 20);
    Ext2.format(
        device, Volumes.FIXED.withBlockSize(1024 << size).withInodeSize(smallInodes ? 128 : 256));
    MountOptions options = MountOptions.readWrite().withCacheBytes(1 << 20).withDiscard(true);
    ModelSession session = new ModelSession(device, options, seed);
    session.run(operations);
    session.compare();
    session.close();
    Volumes.assertClean(device, folder);
  }
}
