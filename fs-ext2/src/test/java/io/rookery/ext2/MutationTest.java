package io.rookery.ext2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.check.CheckReport;
import io.rookery.ext2.layout.GroupDescriptorLayout;
import io.rookery.ext2.layout.LittleEndian;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every structure of a volume is damaged, one million times with -Pfull: the checker, a reader and
 * a writer end, soon, with the declared exceptions, in the memory that tests have.
 */
class MutationTest {
  private static final int COUNT = Volumes.full() ? 1_000_000 : 3000;

  /** Of these tests, ext2's share; four layouts of ext4 have the rest. */
  private static final int EXT2_COUNT = COUNT * 3 / 5;

  private static final int MAX_READ = 8 << 10;

  @TempDir Path folder;

  static void use(MutatedImage image, Random random) throws IOException {
    try (BlockDevice device = image.mutated(random)) {
      Ext2.check(device);
      MountOptions reading = MountOptions.readOnly().withCacheBytes(1 << 20);
      try (Ext2FileSystem fs = Ext2FileSystem.open(device, reading)) {
        new HostileVolumeTest.Visitor(fs, MAX_READ).visit(fs.root(), 0);
      } catch (Ext2Exception e) {
        HostileVolumeTest.requireDamage(e);
      }
      MountOptions writing = MountOptions.readWrite().withCacheBytes(1 << 20);
      try (Ext2FileSystem fs = Ext2FileSystem.open(device, writing)) {
        new HostileVolumeTest.Vandal(fs, random, 3).run();
      } catch (Ext2Exception e) {
        HostileVolumeTest.requireDamage(e);
      }
    }
  }

  private static void mutate(byte[] good, int count) throws IOException {
    MutatedImage image = new MutatedImage(good);
    AtomicInteger seed = new AtomicInteger();
    assertTimeoutPreemptively(
        Duration.ofMinutes(5).plusMillis(count * 10L),
        () -> {
          for (; seed.get() < count; seed.incrementAndGet()) {
            try {
              use(image, new Random(seed.get()));
            } catch (RuntimeException | Error e) {
              throw new AssertionError("seed " + seed, e);
            }
          }
        },
        () -> "seed " + seed);
    System.out.printf("%,d mutations of %s KiB%n", count, image);
  }

  @Test
  void ext2() throws IOException {
    mutate(HostileImages.good(), EXT2_COUNT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "^has_journal,^metadata_csum,^resize_inode",
        "^has_journal,^metadata_csum,inline_data,^64bit",
        "^has_journal,metadata_csum,inline_data",
        "^metadata_csum,^resize_inode"
      })
  void ext4(String features) throws IOException {
    Path image = folder.resolve("image");
    Path tree = makeTree();
    E2fsprogs.mke2fs(
        image, 3 << 20, "-t", "ext4", "-b", "1024", "-N", "96", "-O", features, "-d", "" + tree);
    StringBuilder requests = new StringBuilder();
    for (int i = 0; i < 40; i += 3) {
      String dir = i % 2 == 0 ? "dir/" : "dir/below/";
      requests.append("ea_set ").append(dir).append("name").append(i);
      requests.append(" user.x ").append("v".repeat(i * 5 + 1)).append('\n');
    }
    Path script = folder.resolve("script");
    Files.writeString(script, requests);
    E2fsprogs.Result result = E2fsprogs.run("debugfs", "-w", "-f", "" + script, "" + image);
    assertEquals(0, result.status(), result.output());
    mutate(Files.readAllBytes(image), (COUNT - EXT2_COUNT) / 4);
  }

  /** Found by them: counts of 32 bits that were taken for negative ones. */
  @Test
  void countsOf32Bits() throws IOException {
    Path image = folder.resolve("image");
    E2fsprogs.mke2fs(image, 3 << 20, "-t", "ext4", "-b", "1024", "-O", "64bit,metadata_csum");
    byte[] good = Files.readAllBytes(image);
    int descriptor = 2048;
    for (int field :
        new int[] {
          GroupDescriptorLayout.UNUSED_INODES_COUNT_HIGH,
          GroupDescriptorLayout.FREE_BLOCKS_COUNT_HIGH,
          GroupDescriptorLayout.FREE_INODES_COUNT_HIGH,
          GroupDescriptorLayout.USED_DIRECTORIES_COUNT_HIGH
        }) {
      byte[] bad = good.clone();
      LittleEndian.put16(bad, descriptor + field, 0x9a5b);
      try (BlockDevice device = HostileImages.device(bad)) {
        CheckReport report =
            assertTimeoutPreemptively(Duration.ofMinutes(1), () -> Ext2.check(device));
        assertFalse(report.isClean());
      }
    }
  }

  private Path makeTree() throws IOException {
    Path tree = folder.resolve("tree");
    Path below = Files.createDirectories(tree.resolve("dir/below"));
    for (int i = 0; i < 40; i++) {
      Path dir = i % 2 == 0 ? tree.resolve("dir") : below;
      Files.write(dir.resolve("name" + i), Volumes.random(i < 8 ? i * 9 : i * 100, i));
    }
    Files.createSymbolicLink(tree.resolve("fast"), Path.of("target"));
    Files.createSymbolicLink(tree.resolve("slow"), Path.of("x".repeat(300)));
    // More extents than fit an inode.
    try (RandomAccessFile file = new RandomAccessFile(below.resolve("sparse").toFile(), "rw")) {
      for (int i = 0; i < 60; i++) {
        file.seek(i * 8192L);
        file.write("data".repeat(100).getBytes(StandardCharsets.US_ASCII));
      }
    }
    return tree;
  }
}
