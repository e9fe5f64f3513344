package io.rookery.ext2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Random sessions: a map agrees with the volume, as it is read here, by debugfs, and by the host's
 * kernel where that mounts it; and e2fsck finds nothing to complain about.
 */
class ModelTest {
  private static Path folder;
  private static int volumes;
  private static int mounted;

  @BeforeContainer
  static void makeFolder() throws IOException {
    folder = Files.createTempDirectory("ext2-model");
  }

  @AfterContainer
  static void removeFolder() throws IOException {
    Files.deleteIfExists(folder.resolve("check.img"));
    Files.delete(folder);
    System.out.println(mounted + " of " + volumes + " volumes were mounted by the host");
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
    session(device, seed, operations);
  }

  private static void session(BlockDevice device, long seed, int operations) throws IOException {
    MountOptions options = MountOptions.readWrite().withCacheBytes(1 << 20).withDiscard(true);
    ModelSession session = new ModelSession(device, options, seed);
    session.run(operations);
    session.compare();
    session.close();
    Volumes.assertClean(device, folder);
    assertEquals(List.of(), Ext2.check(device).problems());
    Path image = folder.resolve("check.img");
    Path copy = folder.resolve("copy");
    HostReading.byDebugfs(image, copy);
    session.compare(copy, false);
    HostReading.delete(copy);
    volumes++;
    if (HostReading.byKernel(image, copy)) {
      session.compare(copy, true);
      mounted++;
    }
    HostReading.delete(copy);
  }

  /** What {@code mke2fs -t ext4} makes by default, with other options, and as images have it. */
  private static final List<String> EXT4 =
      List.of(
          "-b 4096",
          "-b 1024",
          "-b 1024 -O ^has_journal", // small: becomes full
          "-b 1024 -O ^metadata_csum,uninit_bg",
          "-b 2048 -O ^64bit,metadata_csum_seed -I 128",
          "-b 1024 -O inline_data,^flex_bg",
          "-b 4096 -O orphan_file,metadata_csum_seed,large_dir -G 4",
          "-b 1024 -O ^metadata_csum,^uninit_bg,meta_bg,^resize_inode",
          "-b 1024 -O ^extent,^64bit -I 512",
          "-b 65536 -O ^has_journal",
          "-b 1024 -O ^has_journal,^huge_file,^dir_nlink,^extra_isize,sparse_super2 -g 1024");

  @Property(tries = 11, shrinking = ShrinkingMode.OFF, generation = GenerationMode.EXHAUSTIVE)
  void agreesWithAMapOnExt4(@ForAll @IntRange(max = 10) int layout) throws IOException {
    ext4(layout, 77 + layout, 500);
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void agreesWithAMapOnExt4ForLong(@ForAll long seed, @ForAll @IntRange(max = 10) int layout)
      throws IOException {
    if (Volumes.full()) {
      ext4(layout, seed, 1500);
    }
  }

  private static void ext4(int layout, long seed, int operations) throws IOException {
    String options = EXT4.get(layout);
    List<String> arguments = new ArrayList<>(List.of("-t", "ext4"));
    arguments.addAll(List.of(options.split(" ", -1)));
    Path image = folder.resolve("ext4.img");
    Files.deleteIfExists(image);
    E2fsprogs.mke2fs(image, (layout == 2 ? 3L : 40L) << 20, arguments.toArray(String[]::new));
    session(Volumes.load(image), seed, operations);
    Files.delete(image);
  }
}
