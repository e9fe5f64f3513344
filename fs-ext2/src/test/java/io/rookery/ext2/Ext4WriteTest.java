package io.rookery.ext2;

import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Volumes that {@code mke2fs -t ext4} and the host's driver made, written here. */
class Ext4WriteTest {
  @TempDir(factory = InMemory.class)
  Path folder;

  private Path image() {
    return folder.resolve("image");
  }

  private void mke2fs(long size, String options, String... further) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-t", "ext4"));
    arguments.addAll(List.of(options.split(" ", -1)));
    arguments.addAll(List.of(further));
    Files.deleteIfExists(image());
    E2fsprogs.mke2fs(image(), size, arguments.toArray(String[]::new));
  }

  /** Does something to the mounted image; both checkers find nothing to complain about. */
  private interface Change {
    void apply(Ext2FileSystem fs) throws IOException;
  }

  private void write(Change change) throws IOException {
    try (BlockDevice device = BlockDevices.openFile(image());
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      change.apply(fs);
    }
    E2fsprogs.assertClean(image());
    try (BlockDevice device = BlockDevices.openFileReadOnly(image())) {
      assertEquals(List.of(), Ext2.check(device).problems());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"quota", "mmp", "verity"})
  void whatIsNotKnownForWritingIsNamed(String feature) throws IOException {
    mke2fs(32 << 20, "-O " + feature);
    byte[] before = Files.readAllBytes(image());
    try (BlockDevice device = BlockDevices.openFile(image())) {
      Ext2Exception refused =
          assertThrows(
              Ext2Exception.class, () -> Ext2FileSystem.open(device, MountOptions.readWrite()));
      assertEquals(Reason.EROFS, refused.reason());
      assertTrue(String.valueOf(refused.getMessage()).endsWith(feature), refused.toString());
      Ext2FileSystem.open(device, MountOptions.readOnly()).close();
    }
    assertArrayEquals(before, Files.readAllBytes(image()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigalloc", "encrypt", "casefold", "ea_inode"})
  void whatIsNotKnownAtAllIsNamed(String feature) throws IOException {
    mke2fs(32 << 20, "-O " + feature);
    try (BlockDevice device = BlockDevices.openFile(image())) {
      for (MountOptions options : List.of(MountOptions.readWrite(), MountOptions.readOnly())) {
        Ext2Exception refused =
            assertThrows(Ext2Exception.class, () -> Ext2FileSystem.open(device, options));
        assertEquals(Reason.EINVAL, refused.reason());
        assertTrue(String.valueOf(refused.getMessage()).endsWith(feature), refused.toString());
      }
    }
  }

  @Test
  void timesHaveNanosecondsUntil2446() throws IOException {
    mke2fs(16 << 20, "-b 1024");
    Instant late = Instant.parse("2446-05-10T22:38:55.123456789Z");
    Instant early = Instant.parse("1901-12-13T20:45:52.987654321Z");
    write(fs -> fs.setTimes(Volumes.write(fs, "file", bytes("x")), late, early));
    write(
        fs -> {
          Ext2Attributes a = Volumes.find(fs, "file").attributes();
          assertEquals(late, a.accessTime());
          assertEquals(early, a.modifyTime());
        });
  }

  /** Contents in inodes are read, and move into blocks when they change. */
  @ParameterizedTest
  @ValueSource(
      strings = {"-b 1024", "-b 4096 -I 512", "-b 1024 -O ^metadata_csum", "-O ^extent,^64bit"})
  void inlineContentsChange(String options) throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    for (int i = 0; i < 12; i++) {
      Files.write(tree.resolve("f" + i), Volumes.random(10 * i + 5, i));
      Path dir = Files.createDirectory(tree.resolve("d" + i));
      for (int j = 0; j < i % 4; j++) {
        Files.createFile(dir.resolve("e" + j));
      }
    }
    Files.createSymbolicLink(tree.resolve("link"), Path.of("t".repeat(80)));
    mke2fs(16 << 20, "-O inline_data " + options, "-d", tree.toString());
    write(
        fs -> {
          Ext2Inode root = fs.root();
          for (int i = 0; i < 12; i++) {
            fs.setXattr(Volumes.find(fs, "f" + i), bytes("user.a"), bytes("b"), XattrMode.SET);
          }
          fs.write(Volumes.find(fs, "f1"), 3, ByteBuffer.wrap(bytes("abc")));
          fs.write(Volumes.find(fs, "f2"), 5000, ByteBuffer.wrap(bytes("abc")));
          fs.truncate(Volumes.find(fs, "f3"), 7);
          fs.truncate(Volumes.find(fs, "f4"), 0);
          fs.truncate(Volumes.find(fs, "f5"), 9999);
          fs.punchHole(Volumes.find(fs, "f6"), 10, 10);
          fs.allocate(Volumes.find(fs, "f7"), 0, 3000, true);
          fs.unlink(root, bytes("f8"));
          fs.unlink(root, bytes("link"));
          fs.create(Volumes.find(fs, "d1"), bytes("new"), 0644, 0, 0);
          fs.unlink(Volumes.find(fs, "d2"), bytes("e0"));
          fs.rename(root, bytes("d3"), Volumes.find(fs, "d4"), bytes("in"), RenameMode.REPLACE);
          fs.rmdir(root, bytes("d8"));
          fs.link(Volumes.find(fs, "d5"), bytes("hard"), Volumes.find(fs, "f9"));
        });
    write(
        fs -> {
          assertEquals("abc", new String(contents(fs, "f1", 3, 3), StandardCharsets.US_ASCII));
          assertEquals(Volumes.random(15, 1)[14], contents(fs, "f1", 14, 1)[0]);
          assertArrayEquals(Volumes.random(25, 2), contents(fs, "f2", 0, 25));
          assertArrayEquals(new byte[4975], contents(fs, "f2", 25, 4975));
          assertEquals(7, Volumes.find(fs, "f3").size());
          assertArrayEquals(new byte[9000], contents(fs, "f5", 55, 9000));
          assertArrayEquals(new byte[10], contents(fs, "f6", 10, 10));
          assertArrayEquals(Volumes.random(75, 7), contents(fs, "f7", 0, 75));
          assertArrayEquals(Volumes.random(105, 10), contents(fs, "f10", 0, 105));
          assertEquals(List.of(".", "..", "e0", "new"), Volumes.names(fs, Volumes.find(fs, "d1")));
          assertEquals(List.of(".", "..", "e1"), Volumes.names(fs, Volumes.find(fs, "d2")));
          assertEquals(Volumes.find(fs, "d4"), fs.lookup(Volumes.find(fs, "d4/in"), bytes("..")));
        });
  }

  private static byte[] contents(Ext2FileSystem fs, String path, int from, int length)
      throws IOException {
    ByteBuffer data = ByteBuffer.allocate(length);
    assertEquals(length, fs.read(Volumes.find(fs, path), from, data));
    return data.array();
  }

  /** e2fsck -D makes indexes; what changes in them or ends them keeps their checksums right. */
  @ParameterizedTest
  @ValueSource(strings = {"-b 1024", "-b 4096", "-b 1024 -O ^metadata_csum,uninit_bg"})
  void indexedDirectoriesChange(String options) throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Path many = Files.createDirectories(tree.resolve("a/many"));
    Files.createDirectory(tree.resolve("b"));
    for (int i = 0; i < 3000; i++) {
      Files.createFile(many.resolve("a-rather-long-file-name-" + i));
    }
    mke2fs(32 << 20, options + " -N 8000", "-d", tree.toString());
    assertTrue(E2fsprogs.run("e2fsck", "-fyD", image().toString()).status() <= 1);
    write(
        fs -> {
          fs.rename(
              Volumes.find(fs, "a"),
              bytes("many"),
              Volumes.find(fs, "b"),
              bytes("many"),
              RenameMode.REPLACE);
          Ext2Inode dir = Volumes.find(fs, "b/many");
          for (int i = 0; i < 3000; i += 7) {
            fs.unlink(dir, bytes("a-rather-long-file-name-" + i));
          }
        });
    assertTrue(E2fsprogs.debugfs(image(), "stat /b/many").contains("Flags: 0x81000"));
    write(
        fs -> {
          Ext2Inode dir = Volumes.find(fs, "b/many");
          for (int i = 0; i < 1000; i++) {
            fs.create(dir, bytes("n" + i), 0644, 0, 0);
          }
          assertEquals(3000 - 429 + 1000 + 2, Volumes.names(fs, dir).size());
        });
    assertTrue(E2fsprogs.debugfs(image(), "stat /b/many").contains("Flags: 0x80000"));
  }

  /** Groups that mke2fs has not written, on a device that is full of something else. */
  @ParameterizedTest
  @ValueSource(strings = {"-O metadata_csum", "-O ^metadata_csum,uninit_bg", "-O ^flex_bg"})
  void groupsAreInitialisedWhenTheyAreUsed(String options) throws IOException {
    byte[] garbage = Volumes.random(1 << 20, 5);
    Files.deleteIfExists(image());
    try (RandomAccessFile file = new RandomAccessFile(image().toFile(), "rw")) {
      for (int i = 0; i < 64; i++) {
        file.write(garbage);
      }
    }
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-t", "ext4", "-b", "1024", "-E", "nodiscard,lazy_itable_init=1", "-N", "9000"));
    arguments.addAll(List.of(options.split(" ", -1)));
    E2fsprogs.mke2fs(image(), 64 << 20, arguments.toArray(String[]::new));
    write(
        fs -> {
          for (int i = 0; i < 40; i++) {
            Ext2Inode dir = fs.mkdir(fs.root(), bytes("dir" + i), 0755, 0, 0);
            for (int j = 0; j < 60; j++) {
              Ext2Inode file = fs.create(dir, bytes("file" + j), 0644, 0, 0);
              fs.write(file, 0, ByteBuffer.wrap(garbage, 0, 10_000));
            }
          }
        });
    write(
        fs -> {
          for (int i = 0; i < 40; i += 2) {
            Ext2Inode dir = Volumes.find(fs, "dir" + i);
            for (int j = 0; j < 60; j++) {
              fs.unlink(dir, bytes("file" + j));
            }
            fs.rmdir(fs.root(), bytes("dir" + i));
          }
        });
  }

  @Test
  void directoriesStopCountingTheirSubdirectories() throws IOException {
    assumeTrue(Volumes.full(), "65,010 directories");
    mke2fs(200 << 20, "-b 1024 -N 70000 -O ^has_journal");
    write(
        fs -> {
          Ext2Inode dir = fs.mkdir(fs.root(), bytes("dir"), 0755, 0, 0);
          for (int i = 0; i < 65_010; i++) {
            fs.mkdir(dir, bytes("d" + i), 0755, 0, 0);
          }
          assertEquals(1, dir.attributes().links());
          fs.rmdir(dir, bytes("d7"));
          assertEquals(1, dir.attributes().links());
          Ext2Inode file = fs.create(fs.root(), bytes("file"), 0644, 0, 0);
          for (int i = 1; i < 65_000; i++) {
            fs.link(fs.root(), bytes("l" + i), file);
          }
          Volumes.assertReason(Reason.EMLINK, () -> fs.link(fs.root(), bytes("x"), file));
        });
  }

  private Path mount() throws IOException {
    Path mount = folder.resolve("mount");
    Files.createDirectories(mount);
    E2fsprogs.Result mounted =
        E2fsprogs.run("mount", "-o", "loop", image().toString(), mount.toString());
    assumeTrue(mounted.status() == 0, "no loop mounts here: " + mounted.output());
    return mount;
  }

  /** The host's driver is cut off with a journal to be replayed, and open files without names. */
  @ParameterizedTest
  @ValueSource(
      strings = {"-b 1024", "-b 4096 -O orphan_file", "-b 1024 -O ^metadata_csum,uninit_bg"})
  void journalsAreReplayedAndOrphansFreed(String options) throws IOException {
    mke2fs(64 << 20, options);
    Path mount = mount();
    Path crashed = folder.resolve("crashed");
    List<RandomAccessFile> open = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        Files.write(mount.resolve("f" + i), Volumes.random(50_000, i));
      }
      E2fsprogs.run("sync", "-f", mount.toString());
      for (int i = 0; i < 40; i++) {
        Path file = mount.resolve("f" + i);
        RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw");
        open.add(opened);
        if (i % 4 == 0) {
          Files.delete(file);
        } else {
          opened.setLength(1000L * i);
        }
        opened.getFD().sync();
      }
      Files.copy(image(), crashed);
    } finally {
      for (RandomAccessFile file : open) {
        file.close();
      }
      E2fsprogs.run("umount", mount.toString());
    }
    Files.copy(crashed, image(), StandardCopyOption.REPLACE_EXISTING);
    write(
        fs -> {
          assertFalse(fs.info().features().contains("needs_recovery"));
          for (int i = 0; i < 40; i++) {
            if (i % 4 == 0) {
              assertNull(fs.lookup(fs.root(), bytes("f" + i)));
            } else {
              byte[] expected = Arrays.copyOf(Volumes.random(50_000, i), 1000 * i);
              assertArrayEquals(expected, Volumes.readAll(fs, Volumes.find(fs, "f" + i)));
            }
          }
          assertEquals(fs.status().inodes() - fs.status().freeInodes(), 30 + firstFree(options));
          Volumes.write(fs, "more", Volumes.random(100_000, 99));
        });
    assertFalse(
        E2fsprogs.run("dumpe2fs", "-h", image().toString()).output().contains("orphan_present"));
  }

  /** Inodes in use on an empty volume. */
  private static int firstFree(String options) {
    return options.contains("orphan_file") ? 12 : 11;
  }

  /** What is written here is what the host's driver reads, and the other way round. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-b 1024",
        "-b 4096 -O inline_data",
        "-b 1024 -O ^metadata_csum,uninit_bg,^64bit",
        "-b 4096 -O project,large_dir,metadata_csum_seed,orphan_file"
      })
  void theHostsDriverAgrees(String options) throws IOException {
    mke2fs(64 << 20, options + " -I 256");
    for (int round = 0; round < 3; round++) {
      int seed = round;
      write(fs -> makeHere(fs, seed));
      Path mount = mount();
      try {
        for (int i = 0; i < 30; i++) {
          compare(mount, seed, i);
        }
        assertEquals(
            "blue",
            new String(xattr(mount.resolve("here" + seed + "/f1")), StandardCharsets.US_ASCII)
                .strip());
        Path host = Files.createDirectory(mount.resolve("host" + seed));
        for (int i = 0; i < 200; i++) {
          Files.write(host.resolve("f" + i), Volumes.random(i * 37, i));
        }
        for (int i = 0; i < 400; i++) {
          Files.createFile(mount.resolve("here" + seed + "/added-by-the-host-" + i));
        }
        Random random = new Random(seed);
        try (RandomAccessFile file =
            new RandomAccessFile(mount.resolve("here" + seed + "/f7").toFile(), "rw")) {
          for (int i = 0; i < 50; i++) {
            file.seek(random.nextInt(2_000_000));
            file.write(Volumes.random(random.nextInt(5000), i));
          }
        }
        E2fsprogs.run("fallocate", "-n", "-l", "3M", host.resolve("f9").toString());
      } finally {
        assertEquals(0, E2fsprogs.run("umount", mount.toString()).status());
      }
      E2fsprogs.assertClean(image());
    }
    write(
        fs -> {
          for (int i = 0; i < 200; i += 3) {
            assertArrayEquals(
                Volumes.random(i * 37, i), Volumes.readAll(fs, Volumes.find(fs, "host1/f" + i)));
            fs.write(Volumes.find(fs, "host1/f" + i), 100_000, ByteBuffer.wrap(new byte[50]));
            fs.unlink(Volumes.find(fs, "host0"), bytes("f" + i));
          }
          for (int i = 0; i < 400; i++) {
            fs.unlink(Volumes.find(fs, "here2"), bytes("added-by-the-host-" + i));
          }
        });
  }

  private static void makeHere(Ext2FileSystem fs, int seed) throws IOException {
    Ext2Inode dir = fs.mkdir(fs.root(), bytes("here" + seed), 0755, 0, 0);
    Random random = new Random(seed);
    for (int i = 0; i < 30; i++) {
      Ext2Inode file = fs.create(dir, bytes("f" + i), 0644, 0, 0);
      fs.write(file, random.nextInt(3) * 100_000L, ByteBuffer.wrap(Volumes.random(30_000, i)));
      fs.allocate(file, 500_000, 20_000, true);
      fs.write(file, 507_000, ByteBuffer.wrap(Volumes.random(5_000, i)));
      for (int j = 0; j < 200 && i % 10 == 0; j++) {
        fs.write(file, 600_000 + j * 8192L, ByteBuffer.wrap(Volumes.random(100, j)));
      }
      fs.setXattr(file, bytes("user.colour"), bytes("blue"), XattrMode.SET);
      fs.setXattr(file, bytes("user.long"), bytes("y".repeat(i * 20)), XattrMode.SET);
      fs.symlink(dir, bytes("link" + i), bytes("t".repeat(1 + i * 9)), 0, 0);
    }
  }

  private static byte[] xattr(Path file) throws IOException {
    return (byte[]) Files.getAttribute(file, "user:colour");
  }

  private static void compare(Path mount, int seed, int i) throws IOException {
    Random random = new Random(seed);
    int start = 0;
    for (int j = 0; j <= i; j++) {
      start = random.nextInt(3) * 100_000;
    }
    boolean pieces = i % 10 == 0;
    byte[] expected = new byte[pieces ? 600_000 + 199 * 8192 + 100 : 520_000];
    System.arraycopy(Volumes.random(30_000, i), 0, expected, start, 30_000);
    System.arraycopy(Volumes.random(5_000, i), 0, expected, 507_000, 5_000);
    for (int j = 0; j < 200 && pieces; j++) {
      System.arraycopy(Volumes.random(100, j), 0, expected, 600_000 + j * 8192, 100);
    }
    Path dir = mount.resolve("here" + seed);
    assertArrayEquals(expected, Files.readAllBytes(dir.resolve("f" + i)));
    assertEquals("t".repeat(1 + i * 9), Files.readSymbolicLink(dir.resolve("link" + i)).toString());
  }
}
