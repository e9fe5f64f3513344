package io.rookery.ext2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files in so many pieces that their extent trees grow and shrink by levels. */
class ExtentModelTest {
  private static final int BLOCK = 1024;
  private static final int BLOCKS = 6000;

  @TempDir Path folder;

  /** What each block holds: 0 nothing, -1 zeros that are allocated, else its contents' number. */
  private final int[] blocks = new int[BLOCKS];

  private int size;
  private int counter;

  @ParameterizedTest
  @ValueSource(strings = {"metadata_csum", "^metadata_csum", "^has_journal,^flex_bg"})
  void treesAgreeWithAnArray(String features) throws IOException {
    Path image = folder.resolve("image");
    E2fsprogs.mke2fs(image, 32 << 20, "-t", "ext4", "-b", "" + BLOCK, "-O", features);
    int seeds = Volumes.full() ? 30 : 1;
    int deepest = 0;
    for (int seed = 0; seed < seeds; seed++) {
      Arrays.fill(blocks, 0);
      size = 0;
      deepest = Math.max(deepest, session(Volumes.load(image), seed));
    }
    assertTrue(deepest >= 2, "depth " + deepest);
  }

  private int session(BlockDevice device, long seed) throws IOException {
    Random random = new Random(seed);
    int depth = 0;
    MountOptions options = MountOptions.readWrite().withCacheBytes(1 << 20);
    for (int round = 0; round < 4; round++) {
      try (Ext2FileSystem fs = Ext2FileSystem.open(device, options)) {
        Ext2Inode file =
            round == 0
                ? fs.create(fs.root(), Volumes.bytes("file"), 0644, 0, 0)
                : Volumes.find(fs, "file");
        for (int i = 0; i < 2500; i++) {
          step(fs, file, random, round);
        }
        depth = Math.max(depth, new ExtentNode(0, Arrays.copyOfRange(file.raw(), 40, 100)).depth());
        compare(fs, file);
      }
      Volumes.assertClean(device, folder);
      Path dump = folder.resolve("dump");
      E2fsprogs.debugfs(folder.resolve("check.img"), "dump /file " + dump);
      assertArrayEquals(expected(), Files.readAllBytes(dump));
      assertEquals(List.of(), Ext2.check(device).problems());
    }
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, options)) {
      Ext2Inode file = Volumes.find(fs, "file");
      long free = fs.status().freeBlocks() + file.attributes().blocks512() / 2;
      fs.truncate(file, 0);
      assertEquals(0, file.attributes().blocks512());
      assertEquals(free, fs.status().freeBlocks());
      assertEquals(0, new ExtentNode(0, Arrays.copyOfRange(file.raw(), 40, 100)).depth());
    }
    Volumes.assertClean(device, folder);
    return depth;
  }

  /** Rounds are mostly writes first, then mostly holes. */
  private void step(Ext2FileSystem fs, Ext2Inode file, Random random, int round)
      throws IOException {
    int from = random.nextInt(BLOCKS - 64);
    int count = 1 + random.nextInt(random.nextInt(20) == 0 ? 64 : 3);
    int kind = random.nextInt(20);
    if (kind < (round == 3 ? 2 : 11)) {
      counter++;
      byte[] data = new byte[count * BLOCK];
      for (int i = 0; i < count; i++) {
        blocks[from + i] = counter;
        Arrays.fill(data, i * BLOCK, (i + 1) * BLOCK, contents(counter));
      }
      assertEquals(data.length, fs.write(file, (long) from * BLOCK, ByteBuffer.wrap(data)));
      size = Math.max(size, from + count);
    } else if (kind < 15) {
      fs.allocate(file, (long) from * BLOCK, (long) count * BLOCK, true);
      for (int i = from; i < from + count; i++) {
        blocks[i] = blocks[i] == 0 ? -1 : blocks[i];
      }
      size = Math.max(size, from + count);
    } else if (kind < 19 || random.nextInt(60) != 0) {
      fs.punchHole(file, (long) from * BLOCK, (long) count * BLOCK);
      Arrays.fill(blocks, Math.min(from, size), Math.min(from + count, size), 0);
    } else {
      fs.truncate(file, (long) from * BLOCK);
      if (from < size) {
        Arrays.fill(blocks, from, size, 0);
      }
      size = from;
    }
  }

  private static byte contents(int number) {
    return (byte) (number * 7 | 1);
  }

  private void compare(Ext2FileSystem fs, Ext2Inode file) throws IOException {
    assertEquals((long) size * BLOCK, file.size());
    int allocated = 0;
    for (int i = 0; i < size; i++) {
      allocated += blocks[i] == 0 ? 0 : 1;
      long place = (long) i * BLOCK;
      assertEquals(blocks[i] > 0, hasData(fs, file, place), "block " + i);
    }
    assertArrayEquals(expected(), Volumes.readAll(fs, file));
    long nodes = file.attributes().blocks512() / 2 - allocated;
    assertTrue(nodes >= 0 && nodes < 200, nodes + " nodes");
  }

  private byte[] expected() {
    byte[] expected = new byte[size * BLOCK];
    for (int i = 0; i < size; i++) {
      if (blocks[i] > 0) {
        Arrays.fill(expected, i * BLOCK, (i + 1) * BLOCK, contents(blocks[i]));
      }
    }
    return expected;
  }

  private static boolean hasData(Ext2FileSystem fs, Ext2Inode file, long place) throws IOException {
    return fs.seekHole(file, place) != place;
  }
}
