package io.rookery.ext2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.statistics.Statistics;

/** Random changes and random sizes in turn: a map agrees, and e2fsck has nothing to say. */
class ResizeModelTest {
  private static final int SIZE = 24 << 20;
  private static final List<String> LAYOUTS =
      List.of(
          "-b 1024",
          "-b 1024 -g 512 -E resize=40000",
          "-b 1024 -g 256 -E resize=40000 -I 128 -N 3000",
          "-b 2048 -g 1024 -E resize=40000",
          "-b 4096 -g 512 -E resize=40000",
          "-b 1024 -g 1024 -O ^resize_inode",
          "-b 1024 -g 768 -O ^resize_inode,^sparse_super",
          "-b 4096 -N 300");

  private static Path folder;

  @BeforeContainer
  static void makeFolder() throws IOException {
    folder = Files.createTempDirectory("ext2-resize");
  }

  @AfterContainer
  static void removeFolder() throws IOException {
    Files.deleteIfExists(folder.resolve("check.img"));
    Files.delete(folder);
  }

  @Property(tries = 8, seed = "1", shrinking = ShrinkingMode.OFF)
  void agreesWithAMap(@ForAll long seed, @ForAll @IntRange(max = 7) int layout) throws IOException {
    session(seed, LAYOUTS.get(layout), 6);
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void agreesWithAMapForLong(@ForAll long seed, @ForAll @IntRange(max = 7) int layout)
      throws IOException {
    if (Volumes.full()) {
      session(seed, LAYOUTS.get(layout), 20);
    }
  }

  private static void session(long seed, String layout, int rounds) throws IOException {
    Random random = new Random(seed);
    long first = (2 + random.nextInt(22)) * 1_000_000L;
    BlockDevice device = ResizeTest.made(folder, first, SIZE, layout.split(" ", -1));
    int blockSize = Integer.parseInt(layout.split(" ", -1)[1]);
    MountOptions options = MountOptions.readWrite().withCacheBytes(1 << 20).withDiscard(true);
    ModelSession session = new ModelSession(device, options, seed);
    for (int i = 0; i < rounds; i++) {
      session.run(80);
      session.unmounted(() -> resize(device, blockSize + random.nextInt(SIZE - blockSize)));
      session.compare();
    }
    session.close();
  }

  private static void resize(BlockDevice device, long bytes) throws IOException {
    byte[] before = all(device);
    try {
      long now = Ext2.resize(device, bytes);
      assertTrue(now <= bytes, now + " of " + bytes);
      Volumes.assertClean(device, folder);
      Statistics.label("resize").collect("done");
    } catch (Ext2Exception e) {
      boolean refused = e.reason() == Reason.ENOSPC || e.reason() == Reason.EFBIG;
      assertTrue(refused, e.getMessage());
      Statistics.label("resize").collect(e.reason());
      assertArrayEquals(before, all(device), "a refusal has changed something");
    }
  }

  private static byte[] all(BlockDevice device) throws IOException {
    ByteBuffer data = ByteBuffer.allocate(SIZE);
    device.read(0, data);
    return data.array();
  }
}
